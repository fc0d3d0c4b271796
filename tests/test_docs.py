"""The documentation is true: its code runs, its commands, options, settings, tables, links and numbers exist.

What stands in the README and in the manual (`radmine/docs/*.md`), by the kind of its block:

- `python` blocks run, in their order, one page in one namespace;
- `console` blocks run too, between them; output that is shown is compared, "..." standing for anything;
- `sh` blocks name commands and options that exist; `toml` blocks, settings that exist; `json` blocks are JSON.

A page runs in a copy of a home folder with the corpus and the index `sample`, made once, of few reports.
"""

import contextlib
import doctest
import fnmatch
import importlib
import importlib.util
import io
import json
import re
import shlex
import shutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest
import typer

import radmine
from radmine import pipeline
from radmine.cli import app, main
from radmine.corpus import Corpus
from radmine.ingest import READERS, ingest_source
from radmine.label import LabelSettings
from radmine.label.answers.answers import Answer, read_answers
from radmine.records import TABLES
from radmine.run import keys_of
from radmine.sample import write_sample

ROOT = Path(__file__).parent.parent
PACKAGE = Path(radmine.__file__).parent
README = ROOT / "README.md"
MANUAL = sorted((PACKAGE / "docs").glob("*.md"))
PAGES = [README, *MANUAL]
SMALL = """
[topics]
topics = 4
sweeps = 2
[pixels]
size = 32
[train]
epochs = 1
min_positives = 3
"""
# The group of entry points, which is no module.
GROUPS = {"radmine.voters"}

page_of = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


class Block(NamedTuple):
    """A fenced block of a page."""

    kind: str
    code: str
    line: int


def blocks(page: Path) -> list[Block]:
    """Return the fenced blocks of a page."""
    text = page.read_text("utf-8")
    found = re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [Block(m[1], m[2], text.count("\n", 0, m.start()) + 2) for m in found]


def spans(page: Path) -> list[str]:
    """Return the inline code of a page."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.M | re.S))


def script(name: str) -> ModuleType:
    """Return a script as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# -- what can be run is run


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home folder in which the sample went through every stage."""
    folder = tmp_path_factory.mktemp("docs")
    write_sample(folder / "made", reports=40)
    (folder / "small.toml").write_text(SMALL)
    corpus = Corpus.create("sample", home=folder)
    pipeline.use_settings(corpus, folder / "small.toml")
    ingest_source(
        corpus, "folder", [folder / "made" / "source"], settings=pipeline.settings_of(corpus)["ingest"]
    )
    assert {outcome.status for outcome in pipeline.run(corpus)} <= {"done", "up to date"}
    return folder


@pytest.fixture
def here(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Stand in a copy of the home folder; what a page adds to dicts and modules goes with it."""
    from radmine.export import FORMATS
    from radmine.train.networks import NETWORKS

    for name in ("corpora", "indexes"):
        shutil.copytree(home / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RADMINE_HOME", raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))
    registries: list[tuple[dict[Any, Any], dict[Any, Any]]] = [
        (registry, dict(registry)) for registry in (READERS, NETWORKS, TABLES, FORMATS)
    ]
    modules = set(sys.modules)
    yield tmp_path
    for registry, before in registries:
        registry.clear()
        registry.update(before)
    for name in set(sys.modules) - modules:
        if Path(getattr(sys.modules[name], "__file__", None) or "/").is_relative_to(tmp_path):
            del sys.modules[name]


def run_command(line: str) -> tuple[int, str]:
    """Return the exit code and the output of a command, as a shell would run it: `echo '...' | radmine ...`."""
    before, pipe, after = line.rpartition(" | ")
    words = shlex.split(after)
    assert words[0] == "radmine", f"only radmine can be run here: {line}"
    given = shlex.split(before)[1] + "\n" if pipe else ""
    written, stdin = io.StringIO(), sys.stdin
    sys.stdin = io.StringIO(given)
    try:
        with contextlib.redirect_stdout(written), pytest.raises(SystemExit) as left:
            main(words[1:])
    finally:
        sys.stdin = stdin
    code = left.value.code
    return code if isinstance(code, int) else 0, written.getvalue()


def shown(block: Block) -> Iterator[tuple[str, str]]:
    """Yield the commands of a console block, each with the output that the page shows."""
    for part in re.split(r"^\$ ", block.code, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def test_what_pages_run_is_not_left_out() -> None:
    kinds = {block.kind for page in PAGES for block in blocks(page)}
    assert kinds <= {"python", "console", "sh", "toml", "json", "xml"}
    assert sum(block.kind == "python" for page in PAGES for block in blocks(page)) > 20


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=lambda page: page.stem)
def test_the_code_of_a_page_runs(page: Path, here: Path) -> None:
    space: dict[str, Any] = {"__name__": "page"}
    for block in blocks(page):
        if block.kind == "python":
            # Empty lines before it, so that a traceback names the page's own line.
            code = compile("\n" * (block.line - 1) + block.code, str(page), "exec")
            with contextlib.redirect_stdout(io.StringIO()):
                exec(code, space)
        elif block.kind == "console" and "$ bash" not in block.code:
            for command, output in shown(block):
                code_left, written = run_command(command)
                assert code_left == 0, f"{page.name}: {command}"
                flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
                assert not output or doctest.OutputChecker().check_output(output, written, flags), (
                    f"{page.name}: {command} prints\n{written}"
                )


def _with_doctests() -> list[str]:
    """Return the modules of radmine that have doctests."""
    paths = [path for path in sorted(PACKAGE.rglob("*.py")) if ">>> " in path.read_text("utf-8")]
    return [
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        for path in paths
    ]


@pytest.mark.parametrize("module", _with_doctests())
def test_doctests_hold(module: str) -> None:
    result = doctest.testmod(importlib.import_module(module))
    assert result.attempted > 0
    assert result.failed == 0


# -- what pages name exists


def _commands() -> dict[tuple[str, ...], Any]:
    """Return every command by the words that call it, without `radmine`."""
    found = script("make_pages").command_line(typer.main.get_command(app))
    return {names[1:]: command for names, command in found}


def _named_commands(page: Path) -> list[list[str]]:
    """Return the words of every command that a page names, without `radmine`."""
    lines = [s for s in spans(page) if s.startswith("radmine ")]
    for block in blocks(page):
        if block.kind in ("sh", "console"):
            lines += [
                line for line in block.code.splitlines() if re.match(r"(\$ )?(echo .* )?radmine ", line)
            ]
            lines += re.findall(r"^\$ .* \| (radmine .*)$", block.code, flags=re.MULTILINE)
    texts = (line.removeprefix("$ ").rpartition(" | ")[2].partition("  #")[0] for line in lines)
    return [shlex.split(text)[1:] for text in texts]


@page_of
def test_commands_and_options_exist(page: Path) -> None:
    commands = _commands()
    everywhere = {o for c in commands.values() for p in c.params for o in p.opts} | {"--help", "--version"}
    for words in _named_commands(page):
        if not words or words[0].isupper() or words[0].startswith("-"):
            # `radmine COMMAND --help`, `radmine --version`.
            assert {w for w in words if w.startswith("--")} <= everywhere, words
            continue
        named = [n for n in (tuple(words[:2]), tuple(words[:1])) if n in commands]
        assert named, f"{page.name} names the command {' '.join(words)}, which does not exist"
        options = {o for p in commands[named[0]].params for o in p.opts} | {"--help"}
        assert {w.partition("=")[0] for w in words if w.startswith("--")} <= options, f"{page.name}: {words}"
    for span in spans(page):
        if span.startswith("--"):
            assert {w.partition("=")[0] for w in span.split() if w.startswith("--")} <= everywhere, span


@page_of
def test_settings_of_a_page_exist(page: Path) -> None:
    known = script("make_pages").settings_tables()
    for block in blocks(page):
        if block.kind == "toml" and "entry-points" not in block.code:
            for name, keys in tomllib.loads(block.code).items():
                assert set(keys) <= set(keys_of(known[name])), f"{page.name}: [{name}]"
    for name, key in (m.groups() for s in spans(page) if (m := re.match(r"\[(\w+)\] (\w+)", s))):
        assert key in set(keys_of(known[name])), f"{page.name}: [{name}] {key}"


@page_of
def test_json_of_a_page_is_what_it_says(page: Path, tmp_path: Path) -> None:
    for number, block in enumerate(block for block in blocks(page) if block.kind == "json"):
        rows = [json.loads(line) for line in block.code.splitlines()]
        if all("finding" in row for row in rows):
            path = tmp_path / f"answers{number}.jsonl"
            path.write_text(block.code, "utf-8")
            assert all(isinstance(answer, Answer) for answer in read_answers(path)), page.name
        else:
            assert [*rows[0]["error"]] == ["kind", "what", "where", "do", "exit_code"]


@page_of
def test_links_topics_files_and_names_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    topics = {other.stem for other in MANUAL}
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        assert (page.parent / target).is_file(), f"{page.name} links to {target}"
    for topic in re.findall(r"radmine docs ([a-z]+)", text):
        assert topic in topics, f"{page.name}: radmine docs {topic}"
    for span in spans(page):
        if re.fullmatch(r"(scripts|tests|radmine)/[\w./]+", span):
            assert (ROOT / span).exists(), f"{page.name}: {span}"
        elif re.fullmatch(r"radmine(\.\w+)+", span) and span not in GROUPS:
            assert _find(span) is not None, f"{page.name}: {span}"


def _find(name: str) -> object | None:
    """Return what a dotted name means, None where it means nothing."""
    with contextlib.suppress(ModuleNotFoundError):
        return importlib.import_module(name)
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute, None)


# -- what exists is documented


@pytest.mark.parametrize("topic", ["settings", "tables", "commands"])
def test_what_the_code_knows_is_up_to_date_in_the_manual(topic: str) -> None:
    page = PACKAGE / "docs" / f"{topic}.md"
    assert page.read_text("utf-8") == script("make_pages").page(topic), "run `python scripts/make_pages.py`"


def test_every_setting_says_what_it_means() -> None:
    pages = script("make_pages")
    for table, record in pages.settings_tables().items():
        silent = set(keys_of(record)) - pages.comments(record).keys()
        assert not silent, f"[{table}] {silent}"
    assert pages.comments(LabelSettings)["voters"].startswith("A folder of trained voters")


def test_every_command_option_setting_and_table_is_in_the_manual() -> None:
    commands = (PACKAGE / "docs" / "commands.md").read_text("utf-8")
    root = typer.main.get_command(app)
    for names, command in _commands().items():
        part = commands.partition(f"\n## radmine {' '.join(names)}\n")[2].partition("\n## ")[0]
        assert part, names
        for option in (o for p in command.params for o in p.opts if o.startswith("--") and o != "--help"):
            assert f"`{option}`" in part, f"{names}: {option}"
    assert all(f"radmine {o}" in commands for p in root.params for o in p.opts if o.startswith("--"))
    settings = (PACKAGE / "docs" / "settings.md").read_text("utf-8")
    for stage in pipeline.STAGES:
        part = settings.partition(f"\n## [{stage.name}]\n")[2].partition("\n## ")[0]
        assert all(f"| `{key}` |" in part for key in keys_of(stage.settings)), stage.name
    tables = (PACKAGE / "docs" / "tables.md").read_text("utf-8")
    for name, spec in TABLES.items():
        part = tables.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        assert all(f"| `{column}` |" in part for column in spec.schema.names), name


def test_the_manual_names_every_choice() -> None:
    from radmine.export import FORMATS
    from radmine.train.networks import NETWORKS

    for topic, choices in (("sources", READERS), ("training", NETWORKS), ("export", FORMATS)):
        text = (PACKAGE / "docs" / f"{topic}.md").read_text("utf-8")
        assert all(f"`{name}`" in text for name in choices), topic


def test_the_map_names_the_rooms_that_there_are() -> None:
    text = README.read_text("utf-8")
    (plan,) = re.findall(r"^    radmine/\n(.*?)\n    corpora/", text, re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"(?<![\w/])(\w+(?:/|\.py))", plan))
    there = {
        f"{path.name}/" if path.is_dir() else path.name
        for path in PACKAGE.iterdir()
        if not path.name.startswith("__") and (path.is_dir() or path.suffix == ".py")
    }
    inner = {f"{path.name}/" for path in PACKAGE.glob("*/*/") if path.is_dir()}
    assert there <= named, "the README's map lacks a room"
    assert named <= there | inner, "the README's map names a room that does not exist"
    flow = re.findall(r"-> (\w+)", text.partition("reports and images -> ")[2].partition("\n")[0])
    assert ["ingest", *flow[: len(pipeline.STAGES) - 1]] == [stage.name for stage in pipeline.STAGES]


def test_numbers_stand_in_the_results() -> None:
    """Scores (0.937) and counts (1,495) of the README's and the manual's results are those that scripts wrote."""
    number = re.compile(r"\d+\.\d{3,}|\d{1,3}(?:,\d{3})+")
    written = {
        n for path in (ROOT / "scripts" / "results").glob("*.md") for n in number.findall(path.read_text())
    }
    results = README.read_text("utf-8").partition("\n## Results\n")[2].partition("\n## ")[0]
    results += (PACKAGE / "docs" / "results.md").read_text("utf-8")
    assert len(number.findall(results)) > 80
    assert set(number.findall(results)) <= written


def test_the_manual_is_shipped_with_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["radmine"]
    for page in MANUAL:
        name = page.relative_to(PACKAGE).as_posix()
        assert any(fnmatch.fnmatch(name, pattern) for pattern in patterns), name

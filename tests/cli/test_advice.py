"""What errors and docstrings advise works: every command that they name exists, and following them mends what is broken."""

import ast
import re
import shlex
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import typer.main

import radmine as package
from radmine.cli import app
from radmine.corpus import Corpus
from radmine.errors import CorpusError
from radmine.pixels import open_pixels
from radmine.search import open_index
from tests.cli.commands import Result, radmine
from tests.pixels.files import write_dicom

ROOT = Path(package.__file__).parent


def advised() -> Iterator[tuple[str, str]]:
    """Yield every command in backticks in the strings of the package, with the file that names it."""
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            parts = node.values if isinstance(node, ast.JoinedStr) else [node]
            texts = [
                part.value if isinstance(part, ast.Constant) else "NAME"
                for part in parts
                if isinstance(part, ast.Constant | ast.FormattedValue)
            ]
            if texts and all(isinstance(text, str) for text in texts):
                for command in re.findall(r"`radmine ([^`]+)`", "".join(map(str, texts))):
                    yield str(path.relative_to(ROOT)), command


def test_every_command_that_is_named_is_one_that_the_command_line_takes() -> None:
    found = list(advised())
    assert len(found) > 25
    root = typer.main.get_command(app)
    for file, command in found:
        # [what is optional] and what stands for many or one of several is written out once.
        words = shlex.split(re.sub(r"[\[\]]|\.\.\.", " ", command))
        if words[0] in {"NAME", "--help"}:  # `radmine {command}`, made of a name that is no part of the text
            continue
        context = root.make_context("radmine", [], resilient_parsing=True)
        at, rest = root, words
        while hasattr(at, "commands"):
            assert rest[0] in at.commands, f"{file}: `radmine {command}`"
            at, rest = at.commands[rest[0]], rest[1:]
        context = at.make_context(command, [], resilient_parsing=True)
        options = {option for parameter in at.params for option in parameter.opts} | {"--help"}
        unknown = [word for word in rest if word.startswith("--") and word.split("=")[0] not in options]
        assert not unknown, f"{file}: `radmine {command}` has no {unknown}"
        context.close()


def follow(advice: str, home: Path) -> Result:
    """Do what an error says: run its command."""
    command = re.search(r"`radmine ([^`]+)`", advice)
    assert command
    return radmine(*shlex.split(command[1]), home=home)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a corpus `c` of three decoded images."""
    home = tmp_path_factory.mktemp("home")
    (home / "files").mkdir()
    for number in range(3):
        values = np.random.default_rng(number).integers(0, 4096, (40, 30)).astype(np.uint16)
        write_dicom(home / "files" / f"{number}.dcm", values)
    assert radmine("ingest", "c", str(home / "files"), "--reader", "dicom", home=home).returncode == 0
    assert radmine("run", "c", "--through", "pixels", home=home).returncode == 0
    return home


@pytest.mark.parametrize("damage", ["lost", "cut short"])
def test_an_array_that_cannot_be_read_is_made_again(pictures: Path, damage: str) -> None:
    corpus = Corpus.open("c", home=pictures)
    store = open_pixels(corpus)
    image_id = store.ids[0]
    before = store[image_id].copy()
    for path in (corpus.folder / "arrays").iterdir():
        path.unlink() if damage == "lost" else path.write_bytes(path.read_bytes()[:64])
    with pytest.raises(CorpusError, match="array file") as caught:
        open_pixels(corpus)[image_id]
    assert follow(caught.value.do, pictures).returncode == 0
    np.testing.assert_array_equal(open_pixels(corpus)[image_id], before)


@pytest.mark.parametrize(
    ("file", "damage"),
    [
        ("ids.arrow", "cut short"),
        ("ids.arrow", "garbled"),
        ("text/meta.json", "garbled"),
        ("report-rows.npy", "garbled"),
        ("report.faiss", "garbled"),
        ("../manifest.json", "cut short"),
        ("../manifest.json", "another layout"),
    ],
)
def test_an_index_that_cannot_be_read_is_made_again(home: Path, file: str, damage: str) -> None:
    folder = home / "indexes" / "notes"
    (generation,) = folder.glob("generation-*")
    path = generation / file
    content = path.read_bytes()
    path.unlink()  # the file may be mapped into memory by an index that another test opened
    if damage == "another layout":
        path.write_bytes(re.sub(rb'"format": \d+', b'"format": 99', content))
        assert path.read_bytes() != content
    else:
        path.write_bytes(content[:20] if damage == "cut short" else b"\0" * len(content))
    with pytest.raises(CorpusError) as caught, open_index(folder) as index:
        index.search(text="effusion")
    assert follow(caught.value.do, home).returncode == 0
    with open_index(folder) as index:
        assert index.search(text="effusion")


def test_voters_that_are_not_there_are_made_by_the_command_that_is_named(tmp_path: Path) -> None:
    missing = radmine("label", "-", "--voters", str(tmp_path), home=tmp_path, stdin="No effusion.")
    assert missing.returncode == 2
    assert "`radmine voters train NAME`" in missing.stderr


def read_both(home: Path) -> None:
    corpus = Corpus.open("notes", home=home)
    for table in ("mentions", "labels"):
        corpus.read(table)


def shard_of(home: Path, table: str) -> Path:
    return max((home / "corpora" / "notes" / table).glob("part-*"), key=lambda p: p.stat().st_size)


# But the files without which there is no corpus, or the stage has not run, are never lost.
@pytest.mark.parametrize(
    ("thing", "damage"),
    [
        *product(["mentions", "labels"], ["a byte", "cut short", "lost"]),
        *product(["manifests/parse.json", "corpus.json"], ["a byte", "cut short"]),
    ],
)
def test_a_corpus_that_cannot_be_read_is_made_whole(home: Path, thing: str, damage: str) -> None:
    folder = home / "corpora" / "notes"
    path = folder / thing if "." in thing else shard_of(home, thing)
    data = path.read_bytes()
    path.unlink()
    if damage != "lost":
        path.write_bytes(data[:-9] if damage == "cut short" else data[:-9] + b"~" + data[-8:])
    with pytest.raises(CorpusError) as caught:
        read_both(home)
    assert follow(caught.value.do, home).returncode == 0
    assert Corpus.open("notes", home=home).rows("mentions") > 0
    assert radmine("run", "notes", home=home).returncode == 0
    assert "out of date" not in radmine("status", "notes", home=home).stdout

"""The house keeps its directions: imports follow the flow, heavy packages stay out of start-up."""

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping, Set
from functools import cache
from pathlib import Path

import pytest

import radmine
from radmine.records import TABLES

ROOT = Path(radmine.__file__).parent
BELOW = [
    "errors",
    "files",
    "cells",
    "plots",
    "records",
    "findings",
    "homes",
    "manifests",
    "shards",
    "placing",
    "writing",
    "sealed_lines",
    "corpus",
    "ids",
    "run",
    "models",
]
ABOVE = ["curate", "export", "pipeline", "check", "sample", "evaluate", "show", "cli"]
HEAVY = ("torch", "spacy", "pandas", "faiss", "gensim", "monai", "transformers", "sklearn", "tantivy")


def _rooms() -> list[str]:
    """The rooms in the order of the table of stages in pipeline.py."""
    tree = ast.parse((ROOT / "pipeline.py").read_text())
    (table,) = [
        node.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "STAGES"
    ]
    assert isinstance(table, ast.Tuple)
    return [e.value.id for e in table.elts if isinstance(e, ast.Attribute) and isinstance(e.value, ast.Name)]


def _imports(path: Path) -> list[tuple[str, list[str]]]:
    """The radmine modules that a file imports anywhere in it: (module, names)."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "radmine":
            found.append((node.module or "", [a.name for a in node.names]))
        elif isinstance(node, ast.Import):
            found += [(a.name, []) for a in node.names if a.name.split(".")[0] == "radmine"]
    return found


def test_imports_follow_the_flow() -> None:
    rooms = _rooms()
    order = [*BELOW, *rooms, *ABOVE]
    wrong = []
    for path in sorted(ROOT.rglob("*.py")):
        place = path.relative_to(ROOT).parts[0].removesuffix(".py")
        if place == "__init__":
            continue
        assert place in order, f"{place} has no place in the house"
        for module, names in _imports(path):
            parts = module.split(".")
            targets = [parts[1]] if len(parts) > 1 else [n for n in names if n != "__version__"]
            for target in targets:
                if target == place:
                    continue
                ahead = order.index(target) > order.index(place)
                inside = target in rooms and place in rooms and (len(parts) > 2 or "STAGE" in names)
                if ahead or inside:
                    wrong.append(f"{path.relative_to(ROOT)} imports {module} ({', '.join(names)})")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "statement",
    [
        "import radmine",
        "from radmine.parse import parse_report; parse_report('FINDINGS: No effusion.')",
        "from radmine.label import label_report; label_report('No effusion.')",
        "from radmine.link import find_references; find_references('series 3, image 4')",
        "import radmine.pipeline",
        "from radmine.cli import main; main(['--help'])",
    ],
)
def test_light_things_load_nothing_heavy(statement: str) -> None:
    code = f"import sys\ntry:\n    exec({statement!r})\nexcept SystemExit:\n    pass\nprint(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(result.stdout.split())
    assert not [name for name in HEAVY if name in loaded]


# -- inside the rooms -------------------------------------------------------------------------------------

MODULES = {
    ".".join(("radmine", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__"): path
    for path in ROOT.rglob("*.py")
}


def _is_typing(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"


def _statements(tree: ast.AST, *, inside: bool) -> Iterator[ast.stmt]:
    """The imports at the top of a module, or those inside of its functions; none that are for types alone."""
    for node in ast.iter_child_nodes(tree):
        function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if _is_typing(node):
            continue
        if function and inside:
            yield from (n for n in ast.walk(node) if isinstance(n, ast.Import | ast.ImportFrom))
        elif isinstance(node, ast.Import | ast.ImportFrom) and not inside:
            yield node
        elif not function:
            yield from _statements(node, inside=inside)


@cache
def _targets(module: str, *, inside: bool = False) -> frozenset[str]:
    """The modules that a module imports: of radmine as they are, of others their package's name."""
    found = set()
    for node in _statements(ast.parse(MODULES[module].read_text()), inside=inside):
        names = [a.name for a in node.names]  # type: ignore[attr-defined]
        if isinstance(node, ast.Import):
            found |= {n if n in MODULES else n.split(".")[0] for n in names}
        elif node.module is not None and node.module.split(".")[0] == "radmine":  # type: ignore[attr-defined]
            inner = {f"{node.module}.{n}" for n in names}  # type: ignore[attr-defined]
            found |= {i if i in MODULES else node.module for i in inner}  # type: ignore[attr-defined]
        elif node.module:  # type: ignore[attr-defined]
            found.add(node.module.split(".")[0])  # type: ignore[attr-defined]
    return frozenset(found)


def _circle(graph: Mapping[str, Set[str]]) -> list[str]:
    """A circle of a graph, [] where there is none."""
    done: set[str] = set()

    def visit(node: str, path: tuple[str, ...]) -> list[str]:
        if node in path:
            return [*path[path.index(node) :], node]
        if node in done:
            return []
        for other in sorted(graph.get(node, ())):
            if found := visit(other, (*path, node)):
                return found
        done.add(node)
        return []

    return next((found for node in sorted(graph) if (found := visit(node, ()))), [])


@pytest.mark.parametrize("room", sorted(p.name for p in ROOT.iterdir() if (p / "__init__.py").exists()))
def test_no_circle_is_inside_a_room(room: str) -> None:
    """Neither of modules nor of inner rooms, such as `label/voters`; nor does a module import its own room's face."""
    own = [m for m in MODULES if m.split(".")[1:2] == [room]]
    ties = {m: {t for t in _targets(m) if t in own} for m in own}
    assert not _circle(ties)
    inner: dict[str, set[str]] = {}
    for module, targets in ties.items():
        parts = module.split(".")
        if len(parts) < 3:
            continue
        for target in targets:
            assert target != f"radmine.{room}" or parts[2] == "__main__", (
                f"{module} imports the face of its own room"
            )
            here, there = ".".join(parts[:3]), ".".join(target.split(".")[:3])
            if here != there:
                inner.setdefault(here, set()).add(there)
    assert not _circle(inner)


@cache
def _brings(module: str) -> frozenset[str]:
    """The packages of others that come with a module."""
    seen, todo, packages = {module}, [module], set()
    while todo:
        for target in _targets(todo.pop()):
            if target not in MODULES:
                packages.add(target)
            elif target not in seen:
                parents = {".".join(target.split(".")[:i]) for i in range(2, target.count(".") + 2)}
                todo += [m for m in parents - seen if m in MODULES]
                seen |= parents
    return frozenset(packages)


def test_an_import_inside_a_function_puts_off_a_package_and_hides_no_circle() -> None:
    """In the rooms; the command line puts off everything, so that its help comes at once."""
    wrong = []
    for module in MODULES:
        if module.split(".")[1:2] == ["cli"]:
            continue
        for target in _targets(module, inside=True):
            if target in MODULES and not _brings(target) - _brings(module):
                wrong.append(f"{module} imports {target} inside a function")
    assert not wrong, "\n".join(wrong)


def test_every_room_says_what_it_reads_writes_and_guarantees() -> None:
    for room in _rooms():
        docstring = ast.get_docstring(ast.parse((ROOT / room / "__init__.py").read_text())) or ""
        for word in ("Reads", "Writes", "Guarantees"):
            assert word.lower() in docstring.lower(), (
                f"radmine/{room}/__init__.py does not say what it {word.lower()}"
            )
        assert (ROOT / room / "score.py").exists(), f"radmine/{room} does not say how we know that it works"


def test_every_room_names_all_that_its_stage_reads_and_writes() -> None:
    from radmine.pipeline import STAGES

    for room, stage in zip(_rooms(), STAGES, strict=True):
        said = ast.get_docstring(ast.parse((ROOT / room / "__init__.py").read_text())) or ""
        missing = [n for n in (*stage.reads, *stage.writes) if f"`{n}" not in said]
        assert not missing, f"radmine/{room}/__init__.py does not name {', '.join(missing)}"


def test_only_the_command_line_prints() -> None:
    for path in ROOT.rglob("*.py"):
        if path.relative_to(ROOT).parts[0] == "cli":
            continue
        calls = [n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call)]
        assert not [c for c in calls if getattr(c.func, "id", "") == "print"], path


def test_every_table_is_written_by_one_stage_and_read_after_it() -> None:
    from radmine.pipeline import STAGES

    written: set[str] = set()
    for stage in STAGES:
        assert set(stage.reads) <= written, f"{stage.name} reads what is not written yet"
        assert not set(stage.writes) & written
        written |= set(stage.writes)
    assert {name for name in written if name in TABLES} | {"rejected"} == set(TABLES)


def test_no_module_has_more_than_400_lines() -> None:
    long = {str(p.relative_to(ROOT)): n for p in MODULES.values() if (n := p.read_text().count("\n")) > 400}
    assert not long


def test_the_root_of_label_is_its_core() -> None:
    names = {p.stem for p in (ROOT / "label").iterdir() if p.suffix == ".py"}
    core = {
        "report",
        "panel",
        "images",
        "relevance",
        "tags",
        "stage",
        "rows",
        "with_others",
        "under_decisions",
        "fit",
        "lines",
        "explain",
        "score",
    }
    assert names - {"__init__"} == core
    assert {p.name for p in (ROOT / "label").iterdir() if (p / "__init__.py").exists()} == {
        "voters",
        "weigh",
        "answers",
        "abnormal",
    }

"""The house keeps its directions: imports follow the flow, heavy packages stay out of start-up."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import radmine
from radmine.records import TABLES

ROOT = Path(radmine.__file__).parent
BELOW = ["errors", "files", "records", "findings", "corpus", "run"]
ABOVE = ["pipeline", "sample", "evaluate", "show", "cli"]
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


def test_every_room_says_what_it_reads_writes_and_guarantees() -> None:
    for room in _rooms():
        docstring = ast.get_docstring(ast.parse((ROOT / room / "__init__.py").read_text())) or ""
        for word in ("Reads", "Writes", "Guarantees"):
            assert word.lower() in docstring.lower(), (
                f"radmine/{room}/__init__.py does not say what it {word.lower()}"
            )
        assert (ROOT / room / "score.py").exists(), f"radmine/{room} does not say how we know that it works"


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

"""What was set aside is told by reason, the worst loss first, and every reason of ours has its words."""

import ast
from pathlib import Path

import radmine
from radmine.records import Rejected
from radmine.run import REASONS, groups_of
from radmine.run.reasons import set_aside

ROWS = [
    Rejected("ingest", "a.pdf", "unknown_file", ".pdf"),
    Rejected("ingest", "b.hl7", "unknown_file", ".hl7"),
    Rejected("ingest", "c.hl7", "unknown_file", ".hl7"),
    Rejected("parse", "R1", "took_too_long", ""),
    Rejected("ingest", "list.csv", "unknown_table", "1,015 rows. The table has no column."),
    Rejected("ingest", "other.csv", "unknown_table", "more than 2 rows. The table has no column."),
    Rejected("label", "R2", "language_de", ""),
]


def test_the_worst_loss_comes_first() -> None:
    groups = groups_of(ROWS)
    assert [g.reason for g in groups] == ["unknown_table", "language_de", "took_too_long", "unknown_file"]
    assert groups[0].what == "2 tables with more than 1,017 rows"
    assert (groups[0].rows, groups[0].first) == (1017, "list.csv")
    assert groups[-1].what == "3 files (2 .hl7, .pdf)"
    assert [(g.meaning, g.do) for g in groups if g.reason == "language_de"] == [("language de", "")]


def test_a_run_says_the_worst_in_one_sentence() -> None:
    assert set_aside([]) == []
    assert set_aside(ROWS[:3]) == ["set aside: 3 files (2 .hl7, .pdf): nothing here reads them"]
    many = [Rejected("x", "i", reason, "") for reason in ("a", "b", "c", "d", "e", "f")]
    assert set_aside(many) == ["set aside: 1 item: a; 1 item: b; 1 item: c; 1 item: d; 2 other items"]


def test_every_reason_that_the_code_gives_is_explained() -> None:
    found = set[str]()
    for path in Path(radmine.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            place = {"reject": 1, "Refused": 1, "Rejected": 2, "reason_of": 1}.get(name)
            given = node.args[place : place + 1] if place is not None else []
            given += [k.value for k in node.keywords if k.arg in ("otherwise", "aside")]
            words = {a.value for a in given if isinstance(a, ast.Constant) and isinstance(a.value, str)}
            found |= {word for word in words if word.replace("_", "").isalpha()}
    assert len(found) > 30
    assert found <= REASONS.keys()

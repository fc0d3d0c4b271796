"""`radmine rejected`: what was set aside, as a user of a mixed folder meets it."""

from pathlib import Path

import pytest

from tests.cli.commands import objects, radmine


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "one.txt").write_text("No effusion.")
    (folder / "Thumbs.db").write_bytes(b"\x01\x02")
    (folder / "letter.docx").write_bytes(b"\x01\x02")
    (folder / "empty.txt").write_text(" ")
    rows = "".join(f"{n};Kein Erguss.\n" for n in range(15))
    (folder / "liste.csv").write_text(f"nummer;befundtext_lang\n{rows}")
    done = radmine("ingest", "mixed", str(folder), home=tmp_path)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert "set aside: 1 table with 15 rows: no column is known" in said
    assert said.index("15 rows") < said.index("1 report: no text") < said.index("1 file (.docx)")
    assert max(map(len, done.stdout.splitlines()[1:])) <= 80
    assert "4 items were set aside; `radmine rejected mixed`" in done.stderr
    return tmp_path


def test_by_reason_the_worst_first_with_what_to_do(home: Path) -> None:
    shown = radmine("rejected", "mixed", home=home).stdout
    assert shown.splitlines()[0] == "ingest  unknown_table: 1 table with 15 rows"
    assert "        first: liste.csv\n" in shown
    assert "--column text=COLUMN" in shown
    assert "befundtext_lang" in shown
    groups = objects(radmine("rejected", "mixed", "--json", home=home))
    assert [(g["reason"], g["items"], g["rows"]) for g in groups] == [
        ("unknown_table", 1, 15),
        ("empty_report", 1, None),
        ("other_format", 1, None),
        ("unknown_file", 1, None),
    ]
    assert radmine("rejected", "mixed", "--limit", "1", home=home).stdout.endswith(
        "3 more: radmine rejected mixed\n"
    )


def test_each_item_with_all(home: Path) -> None:
    lines = radmine("rejected", "mixed", "--all", "--stage", "ingest", home=home).stdout.splitlines()
    assert len(lines) == 4
    assert lines[1:] == [
        "ingest  empty_report  empty",
        "ingest  other_format  letter.docx  .docx",
        "ingest  unknown_file  Thumbs.db  .db",
    ]
    rows = objects(radmine("rejected", "mixed", "--all", "--reason", "unknown_file", "--json", home=home))
    assert {row["item"] for row in rows} == {"Thumbs.db"}


def test_what_is_not_there_is_named(home: Path) -> None:
    wrong = radmine("rejected", "mixed", "--reason", "fire", home=home)
    assert wrong.returncode == 2
    assert "There are: " in wrong.stderr
    assert "unknown_table" in wrong.stderr


def test_status_and_json_say_what_became_of_files(home: Path) -> None:
    status = radmine("status", "mixed", home=home).stdout
    assert "set aside: 1 table with 15 rows" in status
    (ingest, *_) = objects(radmine("status", "mixed", "--json", home=home))
    assert ingest["said"][0].startswith("set aside: 1 table with 15 rows")

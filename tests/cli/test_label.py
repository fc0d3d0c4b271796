"""`label`, `label -` and `explain`, and what `label` once did."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.commands import objects, radmine
from tests.cli.conftest import REPORT


def test_a_corpus_is_labelled(home: Path) -> None:
    (outcome,) = objects(radmine("label", "notes", "--json", home=home))
    assert (outcome["stage"], outcome["status"]) == ("label", "up to date")
    assert outcome["rows"]["labels"] > 0


def test_text_from_standard_input() -> None:
    (one,) = objects(radmine("label", "-", home=Path(), stdin=REPORT))
    assert one["labels"]["pleural_effusion"]["assertion"] == "present"
    assert one["labels"]["pneumothorax"]["assertion"] == "absent"
    vote = one["labels"]["pleural_effusion"]["evidence"][0]
    mention = vote["mentions"][0]
    assert "effusion" in REPORT[mention["start"] : mention["end"]]
    lines = "".join(json.dumps({"id": i, "text": REPORT}) + "\n" for i in ("a", "b"))
    arguments = ["label", "-", "--scheme", "chestxray14", "--workers", "1", "--json"]
    many = objects(radmine(*arguments, home=Path(), stdin=lines))
    assert [m["id"] for m in many] == ["a", "b"]
    assert many[0]["labels"]["Effusion"]["assertion"] == "present"
    assert many[0]["labels"]["Pneumonia"]["assertion"] == "uncertain"


def test_text_of_files_and_folders(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text(REPORT)
    Path("b.jsonl").write_text(json.dumps({"id": "B1", "text": "No effusion."}) + "\n")
    Path("more").mkdir()
    Path("more/c.txt").write_text("No pneumothorax.")
    rows = objects(radmine("label", "a.txt", "b.jsonl", "more", "--scheme", "chexpert", home=home))
    assert [row["id"] for row in rows] == ["a.txt", "B1", "c.txt"]
    assert rows[0]["labels"]["Pleural Effusion"]["assertion"] == "present"
    assert rows[2]["labels"]["Pneumothorax"]["assertion"] == "absent"
    (one,) = objects(radmine("label", "a.txt", "--json", home=home))
    (piped,) = objects(radmine("label", "-", home=home, stdin=REPORT))
    assert one["labels"] == piped["labels"]
    wrong = radmine("label", "a.txt", "--device", "cpu", home=home)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "--device goes with a corpus" in wrong.stderr


def test_a_name_of_a_corpus_and_of_a_file_is_asked_about(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("notes").write_text("No pneumothorax.")
    both = radmine("label", "notes", "--json", home=home)
    assert both.returncode == 2
    _, of_corpus, _, of_text, _ = json.loads(both.stderr)["error"]["do"].split("`")
    (outcome,) = objects(radmine(*shlex.split(of_corpus)[1:], "--json", home=home))
    assert outcome["stage"] == "label"
    (row,) = objects(radmine(*shlex.split(of_text)[1:], home=home))
    assert (row["id"], list(row["labels"])) == ("notes", ["pneumothorax"])


def test_how_a_report_got_its_labels(home: Path, tmp_path: Path) -> None:
    explained = radmine("explain", "notes", "report1", home=home)
    assert "pneumothorax" in explained.stdout
    assert "absent" in explained.stdout
    (one,) = objects(radmine("explain", "notes", "report1", "--json", home=home))
    assert one["explanation"]["labels"]["pneumothorax"]["assertion"] == "absent"
    page = tmp_path / "page.html"
    written = radmine("explain", "notes", "report1", "--html", str(page), home=home)
    assert (written.returncode, written.stdout) == (0, "")
    assert str(page) in written.stderr
    assert "pneumothorax" in page.read_text()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["label", "-", "--scheme", "horoscope"], "chestxray14"),
        (["label", "-", "--home", "."], "--home goes with a corpus"),
        (["label", "-", "--strict"], "--strict goes with a corpus"),
        (["label", "-", "--device", "cpu"], "--device goes with a corpus"),
        (["label", "notes", "--scheme", "chexpert"], "--scheme goes with text"),
        (["label", "notes", "--voters", "."], "under [label]"),
        (["label", "notes", "--settings", "s.toml"], "--settings goes with text"),
        (["label", "nobody"], "no corpus 'nobody', nor a file"),
        (["label", "nobody.txt", "other.txt"], "There is no such file"),
        (["label", "-", "nobody.txt"], "- stands alone"),
        (["explain", "notes", "nobody"], "nobody"),
        (["explain", "notes", "report1", "--html", "no/such/folder/page.html"], "cannot be written"),
    ],
)
def test_what_cannot_be_asked_is_explained(home: Path, arguments: list[str], says: str) -> None:
    result = radmine(*arguments, home=home, stdin=REPORT)
    assert result.returncode == 2, result.stderr
    assert says in result.stderr
    assert "effusion" not in result.stderr  # never report text
    assert not result.stdout


def test_a_line_that_is_no_report_never_ends_the_pipe(tmp_path: Path) -> None:
    lines = '{"id": "a", "text": "Clear."}\n{"id": "b"}\n{broken\n{"id": "c", "text": "Clear lungs."}\n'
    rows = objects(radmine("label", "-", home=Path(), stdin=lines))
    assert [row["id"] for row in rows] == ["a", "b", "3", "c"]
    assert [row.get("rejected") for row in rows] == [None, "bad_line", "bad_line", None]
    settings = tmp_path / "settings.toml"
    settings.write_text("[limits]\nreport_characters = 10\n")
    rows = objects(radmine("label", "-", "--settings", str(settings), home=Path(), stdin=lines))
    assert [row.get("rejected") for row in rows] == [None, "bad_line", "bad_line", "report_too_long"]


def test_bytes_that_are_no_text_are_no_internal_error() -> None:
    command = [sys.executable, "-m", "radmine.cli", "label", "-"]
    lines = b'{"id": "a", "text": "Clear."}\n{"id": "\xe9", "text": "Clear."}\n'
    done = subprocess.run(command, input=lines, capture_output=True, timeout=60, check=True)
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["a", "2"]
    done = subprocess.run(command, input=b"No \xe9ffusion.", capture_output=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"UTF-8" in done.stderr


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["notes", "--explain", "report1"], "radmine explain notes report1"),
        (["--explain=report1", "notes", "--json"], "radmine explain notes --json report1"),
        (["notes", "--explain", "r 1", "--html", "p.html"], "radmine explain notes --html p.html 'r 1'"),
        (["notes", "--html", "p.html"], "radmine explain notes --html p.html REPORT"),
        (["notes", "--train-voters"], "radmine voters train notes"),
        (
            ["notes", "--train-voters", "--voter", "words", "--voter", "topics"],
            "radmine voters train notes --voter words --voter topics",
        ),
        (
            ["notes", "--truth", "t.csv", "--scheme", "chexpert", "--train-voters"],
            "radmine voters train notes --truth t.csv --scheme chexpert",
        ),
        (["-", "--train-voters", "--checkpoint", "x"], "radmine voters train NAME --checkpoint x"),
    ],
)
def test_an_old_spelling_is_refused_with_the_new_command_ready_to_copy(
    home: Path, old: list[str], new: str
) -> None:
    result = radmine("label", *old, home=home)
    assert result.returncode == 2
    said = json.loads(result.stderr)["error"]["do"] if "--json" in old else result.stderr.strip()
    assert said.endswith(f"Run: {new}")
    assert not result.stdout


def test_the_command_that_replaces_an_old_spelling_works(home: Path) -> None:
    refused = radmine("label", "--explain", "report1", "notes", home=home)
    command = shlex.split(refused.stderr.split("Run: ")[1])
    assert "pneumothorax" in radmine(*command[1:], home=home).stdout


def test_another_unknown_option_is_just_unknown(home: Path) -> None:
    result = radmine("label", "notes", "--cook", home=home)
    assert result.returncode == 2
    assert "No such option: --cook" in result.stderr

"""The command line, as a user meets it: what it prints, where, and with which exit code."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from radmine.corpus import Corpus

REPORT = (
    "FINDINGS: Small left pleural effusion. No pneumothorax. Possible pneumonia.\nIMPRESSION: Small effusion."
)


def radmine(*arguments: str, home: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "RADMINE_HOME": str(home), "OMP_NUM_THREADS": "1", "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-m", "radmine.cli", *arguments],
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
    )


def objects(result: subprocess.CompletedProcess[str]) -> list[Any]:
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of text files, run through `label`, and its text index."""
    folder = tmp_path_factory.mktemp("home")
    texts = folder / "texts"
    texts.mkdir()
    for i in range(6):
        (texts / f"report{i}.txt").write_text(REPORT if i % 2 else "FINDINGS: The lungs are clear.")
    (texts / "empty.txt").write_text("")
    assert radmine("ingest", "notes", str(texts), "--reader", "text", home=folder).returncode == 0
    return folder


def test_run_then_status_then_nothing_to_do(home: Path) -> None:
    first = radmine("run", "notes", "--json", home=home)
    stages = {o["stage"]: o for o in objects(first)}
    assert stages["parse"]["status"] == "done"
    assert stages["pixels"]["status"] == stages["train"]["status"] == "not applicable"
    assert all(o["status"] != "done" for o in objects(radmine("run", "notes", "--json", home=home)))
    status = {o["stage"]: o for o in objects(radmine("status", "notes", "--json", home=home))}
    assert status["ingest"]["rejected"] == 1
    assert status["parse"]["rows"]["mentions"] >= 9
    assert status["train"]["reason"]
    hits = objects(radmine("search", "notes", "--text", "pleural effusion", "--json", home=home))
    assert set(hits[0]) == {
        "rank",
        "score",
        "kind",
        "image_id",
        "report_id",
        "study_id",
        "patient_id",
        "path",
        "why",
    }
    assert {h["report_id"] for h in hits[:3]} == {"report1", "report3", "report5"}


def test_dry_run_changes_nothing(home: Path, tmp_path: Path) -> None:
    texts = home / "texts"
    radmine("ingest", "other", str(texts), "--reader", "text", home=home)
    before = sorted(p.name for p in (home / "corpora" / "other").rglob("*"))
    result = radmine("run", "other", "--dry-run", home=home)
    assert "parse" in result.stdout
    assert "not run yet" in result.stdout
    assert sorted(p.name for p in (home / "corpora" / "other").rglob("*")) == before


def test_label_of_text_from_standard_input() -> None:
    (one,) = objects(radmine("label", "-", home=Path(), stdin=REPORT))
    assert one["labels"]["pleural_effusion"]["assertion"] == "present"
    assert one["labels"]["pneumothorax"]["assertion"] == "absent"
    vote = one["labels"]["pleural_effusion"]["evidence"][0]
    mention = vote["mentions"][0]
    assert "effusion" in REPORT[mention["start"] : mention["end"]]
    lines = "".join(json.dumps({"id": i, "text": REPORT}) + "\n" for i in ("a", "b"))
    many = objects(radmine("label", "-", "--scheme", "chestxray14", home=Path(), stdin=lines))
    assert [m["id"] for m in many] == ["a", "b"]
    assert many[0]["labels"]["Effusion"]["assertion"] == "present"
    assert many[0]["labels"]["Pneumonia"]["assertion"] == "uncertain"


def test_show_and_explain(home: Path) -> None:
    radmine("run", "notes", "--through", "label", home=home)
    shown = radmine("show", "notes", "report1", home=home)
    assert "pleural_effusion" in shown.stdout
    assert "present" in shown.stdout
    explained = radmine("label", "notes", "--explain", "report1", home=home)
    assert "pneumothorax" in explained.stdout
    assert "absent" in explained.stdout


def test_strict_leaves_with_3_where_something_was_rejected(home: Path, tmp_path: Path) -> None:
    result = radmine("ingest", "strict", str(home / "texts"), "--reader", "text", "--strict", home=tmp_path)
    assert result.returncode == 3
    assert "1 rows were rejected" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "nothing"], "There is no corpus 'nothing'"),
        (["run", "notes", "--through", "cooking"], "Choose one of: ingest, parse"),
        (["run", "notes", "--settings", "none.toml"], "cannot be read"),
        (["ingest", "x", "no/such/folder"], "no/such/folder"),
        (["ingest", "x", ".", "--reader", "fax"], "openi"),
        (["ingest", "x", ".", "--option", "novalue"], "KEY=VALUE"),
        (["search", "notes"], "--text"),
        (["search", "nothing", "--text", "x"], "nothing"),
        (["search", "notes", "--text", "x", "--where", "colour=red"], "modality"),
        (["show", "notes", "nobody"], "no report or image"),
        (["label", "-", "--scheme", "horoscope"], "chestxray14"),
        (["label", "notes", "--explain", "nobody"], "nobody"),
        (["label", "notes", "--workers", "2"], "under [label]"),
        (["evaluate", "notes", "--truth", "no/such"], "no/such"),
        (["sample"], "DIR"),
    ],
)
def test_a_users_mistake_is_explained_without_a_traceback(
    home: Path, arguments: list[str], says: str
) -> None:
    result = radmine(*arguments, home=home, stdin=REPORT)
    assert result.returncode == 2, result.stderr
    assert says in result.stderr
    assert "Traceback" not in result.stderr
    assert "effusion" not in result.stderr  # never report text


def test_broken_json_lines_name_the_line() -> None:
    result = radmine("label", "-", home=Path(), stdin='{"id": "a", "text": "Clear."}\n{"id": "b"}\n')
    assert result.returncode == 2
    assert "line 2" in result.stderr


def test_a_second_writer_is_told_to_wait(home: Path) -> None:
    corpus = Corpus.open("notes", home=home)
    with corpus.writing():
        result = radmine("run", "notes", home=home)
    assert result.returncode == 2
    assert "Another radmine process" in result.stderr


def test_a_stage_before_what_it_reads_names_the_command(tmp_path: Path) -> None:
    texts = tmp_path / "t"
    texts.mkdir()
    (texts / "a.txt").write_text(REPORT)
    radmine("ingest", "fresh", str(texts), "--reader", "text", home=tmp_path)
    result = radmine("label", "fresh", home=tmp_path)
    assert result.returncode == 2
    assert "radmine run fresh --through label" in result.stderr


def test_every_command_has_help() -> None:
    commands = (
        "sample ingest run parse link topics label pixels train embed index search status evaluate show"
    )
    listed = radmine("--help", home=Path()).stdout
    for command in commands.split():
        assert command in listed
    assert "--reader" in radmine("ingest", "--help", home=Path()).stdout

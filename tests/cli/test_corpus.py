"""Commands on a corpus, as a user meets them: what they print, where, and with which exit code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from radmine.corpus import Corpus
from tests.cli.commands import objects, radmine
from tests.cli.conftest import REPORT
from tests.ingest.made import write_csv, write_png


def test_what_is_up_to_date_is_not_run_again_and_status_says_so(home: Path) -> None:
    again = {o["stage"]: o["status"] for o in objects(radmine("run", "notes", "--json", home=home))}
    assert "done" not in again.values()
    assert again["pixels"] == again["train"] == "not applicable"
    status = {o["stage"]: o for o in objects(radmine("status", "notes", "--json", home=home))}
    assert status["ingest"]["rejected"] == 1
    assert status["parse"]["rows"]["mentions"] >= 9
    assert status["train"]["reason"]


def test_dry_run_changes_nothing(home: Path) -> None:
    radmine("ingest", "other", str(home / "texts"), "--reader", "text", home=home)
    before = sorted(p.name for p in (home / "corpora" / "other").rglob("*"))
    result = radmine("run", "other", "--dry-run", home=home)
    assert "parse" in result.stdout
    assert "not run yet" in result.stdout
    assert sorted(p.name for p in (home / "corpora" / "other").rglob("*")) == before


def test_dry_run_checks_settings_and_keeps_nothing(home: Path, tmp_path: Path) -> None:
    def files() -> dict[str, bytes]:
        return {str(p): p.read_bytes() for p in (home / "corpora" / "notes").rglob("*") if p.is_file()}

    file, before = tmp_path / "s.toml", files()
    dry = ("run", "notes", "--dry-run", "--json")
    standing = {o["stage"]: o["status"] for o in objects(radmine(*dry, home=home))}
    assert "out of date" not in standing.values()
    file.write_text("[topics]\ntopics = 3\n")
    plan = {o["stage"]: o for o in objects(radmine(*dry, "--settings", str(file), home=home))}
    assert plan["topics"]["reason"] == "changed: settings"
    assert plan["parse"]["status"] == "up to date"
    file.write_text("[topics]\ntopics = 0\n")
    wrong = radmine(*dry, "--settings", str(file), home=home)
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "s.toml [topics] topics" in wrong.stderr
    assert files() == before


def test_show_of_a_report(home: Path) -> None:
    shown = radmine("show", "notes", "report1", home=home)
    assert "pleural_effusion" in shown.stdout
    assert "present" in shown.stdout
    (case,) = objects(radmine("show", "notes", "report1", "--json", home=home))
    assert case["report"]["text"] == REPORT


def test_strict_leaves_with_3_where_something_was_rejected(home: Path, tmp_path: Path) -> None:
    arguments = ["ingest", "strict", str(home / "texts"), "--reader", "text", "--strict"]
    result = radmine(*arguments, home=tmp_path)
    assert result.returncode == 3
    assert "1 item was set aside; `radmine rejected strict`" in result.stderr
    lenient = radmine(*arguments[:-1], home=tmp_path)
    assert lenient.returncode == 0
    assert "1 item was set aside" in lenient.stderr


def test_ingest_says_which_columns_are_labels_and_which_dates_were_not_read(tmp_path: Path) -> None:
    write_png(tmp_path / "in" / "a.png")
    row = {"path": "a.png", "Spike": "1", "Hernia": "0", "Effusion": "0.4", "date": "03/04/2022"}
    table = write_csv(tmp_path / "in" / "t.csv", [row])
    option = ["--label-columns", "Spike=rib fracture"]
    result = radmine("ingest", "c", str(table), *option, home=tmp_path)
    assert result.returncode == 0, result.stderr
    said = " ".join(result.stdout.split())
    assert "2 label columns of t.csv: Spike, Hernia -> 2 votes on images" in said
    assert "no labels in t.csv: Effusion" in said
    assert "1 date of study_date not read; say --option dates=dmy" in said
    assert max(map(len, result.stdout.splitlines()[1:])) <= 80
    (outcome,) = objects(radmine("ingest", "d", str(table), *option, "--json", home=tmp_path))
    assert len(outcome["said"]) == 4
    assert outcome["said"][0].startswith("no patient column in t.csv")
    shown = radmine("run", "c", "--through", "label", home=tmp_path)
    assert "label done" in " ".join(shown.stdout.split())
    assert "source:t" in radmine("show", "c", "a.png", home=tmp_path).stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "nothing"], "There is no corpus 'nothing'"),
        (["run", "notes", "--through", "cooking"], "Choose one of: ingest, parse"),
        (["run", "notes", "--settings", "none.toml"], "cannot be read"),
        (["ingest", "x", "no/such/folder"], "no/such/folder"),
        (["ingest", "x", ".", "--reader", "fax"], "openi"),
        (["ingest", "x", ".", "--option", "novalue"], "--option text=report_text"),
        (["show", "notes", "nobody"], "no report or image"),
        (["evaluate", "notes", "--truth", "no/such"], "no/such"),
        (["sample"], "DIR"),
    ],
)
def test_a_users_mistake_is_explained_without_a_traceback(
    home: Path, arguments: list[str], says: str
) -> None:
    result = radmine(*arguments, home=home)
    assert result.returncode == 2, result.stderr
    assert says in result.stderr
    assert "Traceback" not in result.stderr
    assert not result.stdout


def test_a_second_writer_is_told_to_wait(home: Path) -> None:
    with Corpus.open("notes", home=home).writing():
        result = radmine("run", "notes", home=home)
    assert result.returncode == 2
    assert "Another radmine process" in result.stderr


def test_a_stage_before_what_it_reads_names_the_command(home: Path, tmp_path: Path) -> None:
    radmine("ingest", "fresh", str(home / "texts"), "--reader", "text", home=tmp_path)
    result = radmine("label", "fresh", home=tmp_path)
    assert result.returncode == 2
    assert "radmine run fresh --through label" in result.stderr


def test_it_is_a_program(home: Path) -> None:
    """The one test through a real process: arguments, the environment, both outputs and the exit code are its own."""
    command = [sys.executable, "-m", "radmine.cli", "status"]
    environment = {**os.environ, "RADMINE_HOME": str(home)}
    good = subprocess.run([*command, "notes", "--json"], env=environment, capture_output=True, text=True)
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.count("\n") == 9
    bad = subprocess.run([*command, "nothing"], env=environment, capture_output=True, text=True)
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr.startswith("radmine: There is no corpus 'nothing'.")

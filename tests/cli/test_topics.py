"""`radmine topics` with options: shown and marked without being fitted again."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from radmine import pipeline
from radmine.corpus import Corpus
from radmine.topics import REFITS, TOPIC_MARKS
from tests.cli.commands import objects, radmine
from tests.topics.made import TOPICS, make_topics, topics_stage

MARKS = (
    "level,topic,words,mark,name\n"
    "document,0,effusion pleural left,high,Fluid\n"
    "document,0,other words,high,Fluid\n"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return make_topics(tmp_path_factory.mktemp("home"))


@pytest.fixture
def home(made: Corpus, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the corpus `made` stands, whose topics are written by hand."""
    stage = topics_stage(TOPICS)
    stages = tuple(stage if s.name == "topics" else s for s in pipeline.STAGES)
    monkeypatch.setattr(pipeline, "STAGES", stages)
    yield made.folder.parent.parent
    (made.folder / TOPIC_MARKS).unlink(missing_ok=True)
    assert radmine("topics", "made", home=made.folder.parent.parent).returncode == 0


def test_the_list_shows_a_level_and_json_all(home: Path) -> None:
    shown = radmine("topics", "made", "--list", home=home)
    assert shown.returncode == 0
    assert "pleural effusion, no pneumothorax" in shown.stdout
    assert "meniscus tear knee" in shown.stdout
    assert "image" not in shown.stdout
    assert "image tear" in radmine("topics", "made", "--list", "--level", "sentence", home=home).stdout
    rows = objects(radmine("topics", "made", "--list", "--json", home=home))
    assert [(r["level"], r["topic"]) for r in rows] == [(t.level, t.topic) for t in TOPICS]
    assert rows[0]["findings"] == ["pleural_effusion", "no_pneumothorax"]
    of_level = objects(radmine("topics", "made", "--list", "--level", "second", "--json", home=home))
    assert {r["level"] for r in of_level} == {"second"}


def test_ten_are_shown_and_all_on_demand(home: Path, made: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [replace(TOPICS[0], topic=n) for n in range(12)]
    monkeypatch.setattr(Corpus, "records", lambda self, table: iter(many))
    few = radmine("topics", "made", "--list", home=home).stdout
    assert (few.count("effusion pleural left"), "2 more: --all" in few) == (20, True)  # name and words
    assert radmine("topics", "made", "--list", "--all", home=home).stdout.count("effusion pleural left") == 24


def test_nothing_runs_again_for_a_page(home: Path, made: Corpus, tmp_path: Path) -> None:
    before = (made.folder / "manifests" / "topics.json").read_bytes()
    (written,) = objects(radmine("topics", "made", "--html", str(tmp_path / "t.html"), "--json", home=home))
    assert Path(written["written"]).read_text("utf-8").startswith("<!DOCTYPE html>")
    assert (made.folder / "manifests" / "topics.json").read_bytes() == before


def test_drift_is_told_with_what_has_no_date(home: Path) -> None:
    shown = radmine("topics", "made", "--drift", home=home).stdout
    assert "By month: 11 reports in 1; without a date: 1" in shown
    assert "Reports: 2020-01 to 2020-11 11\n" in shown
    assert {"change", "trend"} <= set(shown.splitlines()[0].split())
    *moved, last = objects(radmine("topics", "made", "--drift", "--json", home=home))
    assert [one["topic"] for one in moved] == [0, 1]
    assert moved[0]["periods"] == [["2020-01 to 2020-11", 11, pytest.approx(5.14 / 11)]]
    assert moved[0]["trend"] == pytest.approx(-moved[1]["trend"])
    assert moved[0]["change"] == pytest.approx(-moved[1]["change"])
    assert last == {"undated": 1}


def test_marks_are_taken_and_the_next_run_names_the_topics(home: Path, tmp_path: Path) -> None:
    (tmp_path / "marks.csv").write_text(MARKS)
    made = radmine("topics", "made", "--marks", str(tmp_path / "marks.csv"), "--by", "ann", home=home)
    assert made.returncode == 0
    assert made.stdout.splitlines() == ["rows: 1 taken, 1 refused", "Next: radmine topics made"]
    assert made.stderr.splitlines() == ["marks.csv:3: unknown_topic"]
    listed = radmine("topics", "made", "--list", "--json", home=home)
    first = objects(listed)[0]
    assert (first["name"], first["mark"]) == ("Fluid", "high")
    assert listed.stderr.startswith("topics  done")
    again = radmine("topics", "made", "--marks", str(tmp_path / "marks.csv"), "--strict", "--json", home=home)
    assert again.returncode == 3


def test_what_does_not_go_together_is_an_error(home: Path, tmp_path: Path) -> None:
    for wrong in (["--level", "second"], ["--by", "ann"], ["--list", "--level", "page"]):
        result = radmine("topics", "made", *wrong, home=home)
        assert result.returncode == 2, wrong
        assert "--l" in result.stderr or "--marks" in result.stderr


@pytest.mark.parametrize("option", ["--html", "--pyldavis"])
def test_a_page_that_has_no_place_is_an_error_before_anything_is_fitted(
    home: Path, tmp_path: Path, option: str
) -> None:
    (tmp_path / "file").write_text("")
    no_folder = "There is no folder for the page"
    wrong = {
        "-": "standard output",
        str(tmp_path / "file" / "t"): no_folder,
        str(tmp_path / "a" / "t"): no_folder,
    }
    for page, said in wrong.items():
        result = radmine("topics", "made", "--refit", option, page, home=home)
        assert (result.returncode, said in result.stderr) == (2, True), page
    assert not (tmp_path / "a").exists()
    assert not Path("-").exists()
    assert not (home / "corpora" / "made" / REFITS).exists()


def test_a_page_that_cannot_be_written_is_an_error(home: Path, tmp_path: Path) -> None:
    result = radmine("topics", "made", "--html", str(tmp_path), home=home)
    assert (result.returncode, "cannot be written" in result.stderr) == (2, True)


def test_without_pyldavis_the_error_names_the_extra(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyLDAvis", None)
    result = radmine("topics", "made", "--refit", "--pyldavis", str(tmp_path / "p.html"), home=home)
    assert (result.returncode, "radmine[topics]" in result.stderr) == (2, True)
    assert not (tmp_path / "p.html").exists()
    assert not (home / "corpora" / "made" / REFITS).exists()

"""How far a run has come is seen from outside: while it runs, and when it was interrupted."""

import io
import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from radmine import parse
from radmine.corpus import Corpus
from radmine.records import Report
from radmine.run import Limits, StageStatus, Underway, place_of, plan, run_stage
from radmine.run.course import Course, underway
from radmine.show.stages import plan_table, status_table
from tests.link.made import make_corpus

SETTINGS = parse.ParseSettings()
REPORTS = [Report(f"r{i}", "P", "FINDINGS: Small effusion.", "test") for i in range(50)]


def unread(home: Path) -> Corpus:
    """Return a corpus of 50 reports in five shards that parse has not read."""
    corpus = make_corpus(home, REPORTS, shard=10)
    (corpus.folder / "manifests" / "parse.json").unlink()
    for table in ("sections", "sentences", "mentions"):
        shutil.rmtree(corpus.folder / table)
    return corpus


def text_of(view: Table) -> str:
    console = Console(width=200, file=io.StringIO(), record=True)
    console.print(view)
    return console.export_text()


def standing(corpus: Corpus, settings: parse.ParseSettings = SETTINGS) -> StageStatus:
    (found,) = plan(corpus, [parse.STAGE], {"parse": settings})
    return found


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_an_interrupted_stage(tmp_path: Path, error: type[BaseException]) -> None:
    corpus = unread(tmp_path)

    def stop(done: int, _total: int | None, _what: str) -> None:
        seen.append(standing(corpus))
        if done == 30:
            raise error

    seen: list[StageStatus] = []
    with pytest.raises(error) as raised:
        run_stage(corpus, parse.STAGE, SETTINGS, progress=stop)
    assert place_of(raised.value) == "at 30 of 50 reports of parse"
    assert seen[1].underway == Underway(True, 10, 50, "reports")
    found = standing(corpus)
    assert found.underway == Underway(False, 30, 50, "reports")
    assert found.status == "not run"
    assert "interrupted, 60 %" in text_of(status_table([found]))
    for view in (status_table, plan_table):
        assert "not run yet; the next run goes on at 30 of 50 reports" in text_of(view([found]))
    assert "running, 20 %" in text_of(status_table([seen[1]]))
    again: list[int] = []
    run_stage(corpus, parse.STAGE, SETTINGS, progress=lambda done, *_: again.append(done))
    assert again == [30, 40, 50]
    assert standing(corpus).underway is None
    assert not (corpus.folder / "work" / "parse").exists()


def test_what_is_not_kept_is_not_gone_on_from(tmp_path: Path) -> None:
    error = KeyboardInterrupt()
    with Course(tmp_path) as course:
        course.keep(20, "the last whole round")
        course.note(35, 1_000, "images: round 3")
        course.ended_by(error, "train")
    place = place_of(error)
    assert place == "at 35 of 1,000 images of train"
    assert place.goes_on == "the last whole round, at 20 of 1,000 images"
    found = StageStatus("train", "not run", "not run yet", {}, 0, None, {}, underway=underway(tmp_path))
    for view in (status_table, plan_table):
        assert "the next run goes on from the last whole round, at 20 of 1,000 images" in text_of(
            view([found])
        )


def test_other_inputs_are_another_run(tmp_path: Path) -> None:
    corpus = unread(tmp_path)

    def stop(done: int, _total: int | None, _what: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_stage(corpus, parse.STAGE, SETTINGS, progress=stop)
    assert standing(corpus).underway is not None
    other = replace(SETTINGS, limits=Limits(seconds=61))
    assert standing(corpus, other).underway is None


def test_what_is_not_counted_is_named(tmp_path: Path) -> None:
    error = KeyboardInterrupt()
    with Course(tmp_path) as course:
        course.note(0, None, "fitting topics: pass 3")
        assert underway(tmp_path) == Underway(True, 0, None, "fitting topics")
        course.ended_by(error, "topics")
    assert place_of(error) == "in topics (fitting topics)"
    assert place_of(ValueError()) is None


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b'{"done": "x", "total": 1, "what": ""}', b"\xff" * 300]
)
def test_a_broken_sign_is_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "course.json").write_bytes(content)
    assert underway(tmp_path) is None


def test_a_pipe_is_no_sign(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "course.json")
    assert underway(tmp_path) is None


def test_news_that_are_shorter_cover_those_before(tmp_path: Path) -> None:
    with Course(tmp_path) as course:
        course.note(1_000_000, 2_000_000, "images of no report voted on")
        course.note(1, 2, "reports")
        assert underway(tmp_path) == Underway(True, 1, 2, "reports")

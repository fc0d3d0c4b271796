"""Topics of a corpus that changes: more reports, topics fitted anew, other settings, marks, and a run that was killed."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from radmine.corpus import Corpus
from radmine.errors import CorpusError
from radmine.models import save_model
from radmine.records import Split
from radmine.run import Outcome
from radmine.topics import TopicMark, add_marks, refit
from radmine.topics import stage as topics_stage
from radmine.topics.model import KIND
from radmine.topics.refits import REFITS, alike_topics, moved_words, refits
from tests.cli.commands import objects, radmine
from tests.topics.two_kinds import (
    HELD_OUT,
    REPORTS,
    SETTINGS,
    digests,
    model_of,
    run,
    text_of,
    texts_of,
    write,
)

NEW = 6  # reports that come later
EMPTY = REPORTS - 2  # the report that says nothing


def told(outcome: Outcome) -> list[str]:
    """Return what a run said, but of the report that says nothing."""
    return [line for line in outcome.said if not line.startswith("1 report has no word")]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    corpus = write(tmp_path_factory.mktemp("made"), texts_of(REPORTS))
    run(corpus)
    return corpus


@pytest.fixture
def corpus(made: Corpus, tmp_path: Path) -> Corpus:
    """Return a copy of the corpus, which a test may change."""
    shutil.copytree(made.folder.parent, tmp_path / "corpora")
    return Corpus.open("two", home=tmp_path)


def count_fits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows by the number of reports whenever a model is fitted."""
    fits: list[int] = []
    fit = topics_stage.fit_topics

    def counted(texts: Any, *arguments: Any, **options: Any) -> Any:
        fits.append(len(texts.reports))
        return fit(texts, *arguments, **options)

    monkeypatch.setattr(topics_stage, "fit_topics", counted)
    return fits


def test_new_reports_leave_the_model_and_the_old_rows_as_they_are(corpus: Corpus) -> None:
    before, rows, model = (
        digests(corpus),
        list(corpus.records("topic_mixtures")),
        model_of(corpus).fingerprint,
    )
    write(corpus.folder.parent.parent, texts_of(REPORTS + NEW))
    outcome = run(corpus)
    assert outcome.status == "done"
    assert told(outcome) == [
        f"Of {REPORTS + NEW} reports {NEW} came after the fit and are read by its topics."
    ]
    assert model_of(corpus).fingerprint == model
    now = list(corpus.records("topic_mixtures"))
    assert now[: len(rows)] == rows
    of = {m.report_id: m for m in now}
    assert list(of) == [f"R{n}" for n in range(REPORTS + NEW) if n != EMPTY]
    for table in ("topic_mixtures", "sentence_topics", "image_topics"):
        assert digests(corpus)[table][:5] == before[table]
    for n in range(REPORTS, REPORTS + NEW):
        assert of[f"R{n}"].topic == of[f"R{n % 2}"].topic


def test_at_twice_as_many_reports_it_says_how_to_fit_anew(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = count_fits(monkeypatch)
    model = model_of(corpus).fingerprint
    write(corpus.folder.parent.parent, texts_of(2 * REPORTS))
    assert told(run(corpus)) == [
        "Of 120 reports 60 came after the fit and are read by its topics: `radmine topics two --refit` fits anew."
    ]
    assert (fits, model_of(corpus).fingerprint) == ([], model)
    refit(corpus)
    (said,) = told(run(corpus))
    assert "2 of 2 document topics are found again among 2" in said
    assert len(fits) == 1
    assert model_of(corpus).facts["of"] == 2 * REPORTS


def test_topics_are_fitted_anew_on_request_and_only_then(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, fits = digests(corpus), count_fits(monkeypatch)
    assert run(corpus).status == "up to date"
    refit(corpus)
    outcome = run(corpus)
    assert told(outcome) == [
        "Fitted anew: 2 of 2 document topics are found again among 2, and 100% of the reports stay in theirs."
    ]
    assert digests(corpus) == before
    assert run(corpus).status == "up to date"
    assert (len(fits), refits(corpus)) == (1, 1)
    refit(corpus)
    run(corpus)
    assert (len(fits), refits(corpus)) == (2, 2)
    assert digests(corpus) == before


def test_the_command_fits_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fits = count_fits(monkeypatch)
    (tmp_path / "texts").mkdir()
    for n in range(12):
        (tmp_path / f"texts/{n:02}.txt").write_text(text_of(n))
    assert (
        radmine("ingest", "two", "--reader", "text", str(tmp_path / "texts"), home=tmp_path).returncode == 0
    )
    settings = "[topics]\nmin_reports = 1\nmax_share = 1.0\nvector_size = 8\nvector_words = 2000\n"
    (tmp_path / "corpora/two/settings.toml").write_text(settings)
    assert radmine("run", "two", "--through", "topics", home=tmp_path).returncode == 0
    assert radmine("topics", "two", home=tmp_path).returncode == 0
    assert len(fits) == 1
    shown = radmine("topics", "two", "--refit", home=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "Fitted anew: 1 of 1 document topics" in shown.stdout + shown.stderr
    (row,) = objects(radmine("topics", "two", "--refit", "--json", home=tmp_path))
    assert (row["stage"], row["status"]) == ("topics", "done")
    assert len(fits) == 3
    name = next(iter(Corpus.open("two", home=tmp_path).records("topics")))
    (tmp_path / "marks.csv").write_text(
        f"level,topic,words,mark,name\ndocument,0,{' '.join(name.words)},high,what they say\n"
    )
    both = radmine("topics", "two", "--refit", "--marks", str(tmp_path / "marks.csv"), home=tmp_path)
    assert both.returncode == 0, both.stderr
    assert len(fits) == 4
    assert next(iter(Corpus.open("two", home=tmp_path).records("topics"))).name == "what they say"


@pytest.mark.parametrize("written", ["often", "-3", "1" + "0" * 6, "9" * 5000, "1\n", ""])
def test_a_count_of_refits_that_was_not_written_is_a_clear_error(corpus: Corpus, written: str) -> None:
    (corpus.folder / REFITS).write_text(written)
    with pytest.raises(CorpusError, match=f"not what was written.*`radmine check {corpus.name}`"):
        refits(corpus)


def test_another_setting_fits_anew_and_one_that_changes_no_topic_does_not(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = count_fits(monkeypatch)
    limits = replace(SETTINGS, limits=replace(SETTINGS.limits, seconds=77))
    assert run(corpus, limits).status == "done"
    assert fits == []
    run(corpus, replace(SETTINGS, topics=1, sentence_topics=0))
    assert fits == [REPORTS - HELD_OUT]
    assert {t.level for t in corpus.records("topics")} == {"document", "second"}


def test_marks_name_topics_without_another_fit(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    fits, mixtures = count_fits(monkeypatch), digests(corpus)["topic_mixtures"]
    first = next(iter(corpus.records("topics")))
    add_marks(
        corpus,
        [
            TopicMark(
                "document",
                first.words,
                first.weights,
                "high",
                "Chest",
                "someone",
                "2026-01-01T00:00:00Z",
                "x.csv",
            )
        ],
    )
    assert run(corpus).status == "done"
    named = next(iter(corpus.records("topics")))
    assert (named.name, named.mark, named.words) == ("Chest", "high", first.words)
    assert (fits, digests(corpus)["topic_mixtures"]) == ([], mixtures)


def test_marks_that_another_fit_left_without_a_topic_are_told(corpus: Corpus) -> None:
    first = next(iter(corpus.records("topics")))
    add_marks(
        corpus,
        [
            TopicMark("document", words, weights, "high", "", "someone", "2026-01-01T00:00:00Z", "x.csv")
            for words, weights in ((first.words, first.weights), (("wrist",), (1.0,)))
        ],
    )
    assert told(run(corpus)) == ["1 of 2 marks have no topic now: none has words like theirs."]


def test_a_run_that_was_killed_behind_the_fit_goes_on(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = write(tmp_path / "other", texts_of(REPORTS))
    with monkeypatch.context() as patch:
        patch.setattr(topics_stage, "_pieces", killed)
        with pytest.raises(KeyboardInterrupt):
            run(made)
    assert made.rows("topics") == 0
    fits = count_fits(monkeypatch)
    assert run(made).status == "done"
    assert fits == []
    assert digests(made) == digests(corpus)


def killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_model_of_an_earlier_version_makes_room(corpus: Corpus) -> None:
    before = digests(corpus)
    save_model(corpus.folder / "models/topics", kind=KIND, facts={"made_from": "x"}, arrays={})
    outcome = run(corpus, replace(SETTINGS, limits=replace(SETTINGS.limits, seconds=77)))
    assert (outcome.status, told(outcome)) == ("done", [])
    assert digests(corpus)["topics"] == before["topics"]


def test_what_moved_is_told_of_topics_that_were_split(corpus: Corpus) -> None:
    two = model_of(corpus)
    run(corpus, replace(SETTINGS, topics=1))
    one = model_of(corpus)
    reports = [two.read(text_of(n)) for n in range(10)]
    assert list(alike_topics(two, two).items()) == [(0, 0), (1, 1)]
    assert len(alike_topics(one, two)) == 1
    told = moved_words(two, one, reports)
    assert "1 of 2 document topics are found again among 1, and 50% of the reports stay in theirs" in told
    assert "0% of the reports" in moved_words(two, one, [])


def test_other_splits_fit_anew_since_no_report_of_the_test_part_may_be_fitted_on(
    corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    fits = count_fits(monkeypatch)
    ingest = corpus.manifest("ingest")
    assert ingest is not None

    def split(test: set[str], *more: str) -> None:
        patients = [f"P{n}" for n in range(REPORTS)] + list(more)
        rows = [Split(p, "test" if p in test else "train", p, "drawn") for p in patients]
        shards = [corpus.write_shard("splits", f"part-00000-{len(rows)}.parquet", rows)]
        corpus.write_manifest(replace(ingest, tables={**ingest.tables, "splits": shards}))

    before = {s.patient_id for s in corpus.records("splits") if s.split == "test"}
    split({*before, "P-new"}, "P-new")  # a patient whose reports are not there yet
    assert (run(corpus).status, fits) == ("done", [])
    split({*before, "P0"})
    assert (run(corpus).status, fits) == ("done", [REPORTS - len(before) - 1])


def test_references_that_come_later_are_said_to_wait_for_a_refit(tmp_path: Path) -> None:
    before = texts_of(36, referring=False)
    said = told(run(write(tmp_path, before, linked=False)))
    assert [line.split(":")[0] for line in said] == ["No sentence refers to an image"]
    corpus = write(tmp_path, [*before, *texts_of(REPORTS)[36:]], linked=False)
    line, later = told(run(corpus))
    assert "came after the fit" in later
    assert line.startswith("Sentences refer to images")
    assert "`radmine topics two --refit`" in line
    refit(corpus)
    (moved,) = told(run(corpus))
    assert moved.startswith("Fitted anew: ")


def test_a_report_without_a_known_word_has_no_topic_nor_has_its_image(tmp_path: Path) -> None:
    corpus = write(tmp_path, texts_of(REPORTS))
    assert run(corpus).said == ("1 report has no word that the topics know, and no topic.",)
    empty = f"R{EMPTY}"
    assert empty not in {row.report_id for row in corpus.records("topic_mixtures")}
    assert sum(t.documents for t in corpus.records("topics") if t.level == "document") == REPORTS - 1
    of_images = [row.report_id for row in corpus.records("image_topics")]
    assert of_images == [f"R{n}" for n in range(REPORTS) if f"R{n}" != empty]

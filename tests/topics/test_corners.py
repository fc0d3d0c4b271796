"""Topics of corpora that lack something: words, links, references, reports enough."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from radmine.corpus import Corpus
from radmine.errors import SettingsError
from radmine.topics import TopicsSettings
from tests.topics.two_kinds import REPORTS, SETTINGS, model_of, run, text_of, texts_of, write

LEVELS = ("document", "second", "sentence")


def levels(corpus: Corpus) -> dict[str, int]:
    found = [t.level for t in corpus.records("topics")]
    return {level: found.count(level) for level in LEVELS}


@pytest.mark.parametrize("many", [1, 3])
def test_few_reports_have_one_topic(tmp_path: Path, many: int) -> None:
    corpus = write(tmp_path, texts_of(many))
    assert run(corpus, TopicsSettings(vector_size=8, vector_words=2000, max_share=1.0)).status == "done"
    assert levels(corpus) == dict.fromkeys(LEVELS, 1)
    assert [m.weights for m in corpus.records("topic_mixtures")] == [(1.0,)] * many
    assert [t.documents for t in corpus.records("topics")] == [many] * 3


def test_without_words_there_are_no_topics(tmp_path: Path) -> None:
    corpus = write(tmp_path, ["FINDINGS: The of and.", ""])
    outcome = run(corpus)
    assert (outcome.status, outcome.reason) == ("not applicable", "no report has a word to fit on")
    assert corpus.rows("topics") == corpus.rows("topic_mixtures") == 0
    alone = write(tmp_path / "other", ["FINDINGS: Kumquat.", "FINDINGS: Medlar.", *[""] * 30])
    assert run(alone).status == "not applicable"


SILENT = "1 report has no word that the topics know, and no topic."


def test_test_reports_without_words_are_no_error(tmp_path: Path) -> None:
    texts = [text_of(n, said=n % 8 != 7) for n in range(40)]
    corpus = write(tmp_path, texts)
    assert run(corpus).status == "done"
    assert model_of(corpus).facts["perplexity"] == {}


def test_without_references_the_sentences_that_find_have_topics(tmp_path: Path) -> None:
    corpus = write(tmp_path, texts_of(REPORTS, referring=False), linked=False)
    outcome = run(corpus)
    assert outcome.said == (
        "No sentence refers to an image: topics of sentences are of those that say a finding is there.",
        SILENT,
    )
    assert corpus.rows("references") == corpus.rows("links") == corpus.rows("image_topics") == 0
    said = {m.report_id: set[int]() for m in corpus.records("topic_mixtures")}
    for report_id, read, _ in corpus.read_reports():
        if report_id in said:
            said[report_id] = {m.sentence for m in read.mentions if m.of_patient_now and not m.is_denied}
    found = {
        name: {s.sentence for s in corpus.records("sentence_topics") if s.report_id == name} for name in said
    }
    assert found == said


def test_without_links_there_are_no_topics_of_images(tmp_path: Path) -> None:
    corpus = write(tmp_path, texts_of(20), linked=False)
    assert run(corpus).said == ()
    assert corpus.rows("image_topics") == 0
    assert corpus.rows("sentence_topics") == 20


def test_nothing_is_told_of_sentences_where_none_is_wanted(tmp_path: Path) -> None:
    corpus = write(tmp_path, texts_of(REPORTS))
    outcome = run(corpus, replace(SETTINGS, sentence_topics=0))
    assert outcome.said == (SILENT,)
    assert levels(corpus)["sentence"] == corpus.rows("sentence_topics") == 0
    assert {row.sentence for row in corpus.records("image_topics")} == {None}
    assert model_of(corpus).level("sentence") is None


def test_where_no_sentence_says_anything_there_are_no_topics_of_sentences(tmp_path: Path) -> None:
    corpus = write(tmp_path, ["FINDINGS: Contrast was given through the vein."] * 12, linked=False)
    assert run(corpus).said == (
        "No topics of sentences: none refers to an image, and none says that a finding is there.",
    )
    assert levels(corpus) == {"document": 1, "second": 1, "sentence": 0}


def test_as_many_topics_as_foretell_best(tmp_path: Path) -> None:
    corpus = write(tmp_path, texts_of(REPORTS))
    run(corpus, replace(SETTINGS, topics="auto", parts="auto", sentence_topics="auto"))
    curves: dict[str, Any] = model_of(corpus).facts["curve"]
    assert curves.keys() == set(LEVELS)
    assert [n for n, _ in curves["document"]] == [2]
    wanted = {level: min(curve, key=lambda pair: (pair[1], pair[0]))[0] for level, curve in curves.items()}
    assert levels(corpus)["document"] == min(wanted["document"], 2)
    assert levels(corpus)["sentence"] <= wanted["sentence"]


def test_a_denied_finding_is_a_word_of_its_own_or_not(tmp_path: Path) -> None:
    corpus = write(tmp_path, texts_of(REPORTS))
    run(corpus, replace(SETTINGS, join_negated=False, phrases=False))
    words = model_of(corpus).words
    assert "pneumothorax" in words
    assert not [word for word in words if word.startswith("no_")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"topics": "many"},
        {"parts": 0},
        {"topics": 0},
        {"sentence_topics": -1},
        {"max_share": 1.5},
        {"sweeps": 0},
        {"skip_sections": ("Past History",)},
    ],
)
def test_a_setting_that_cannot_be_is_an_error(wrong: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        TopicsSettings(**wrong)

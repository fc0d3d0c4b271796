"""The topics of a report and of an image, where people look."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from radmine import label, link
from radmine.corpus import Corpus, Manifest
from radmine.label import LabelSettings
from radmine.records import ImageTopic, Report, SentenceTopics, Topic, TopicMixture
from radmine.run import run_stage
from radmine.show.case import ExplainedReport, ImageCase, ReportCase, explain_case, find_case
from radmine.show.case_topics import NamedTopic
from radmine.show.html import explanation_html
from radmine.show.tables import case_view, explanation_view
from tests.link.made import image, make_corpus

TEXT = "FINDINGS: Gallstone (series 3, image 4). No ascites."
SENTENCE = (10, 40)


def topic(level: str, number: int, name: str, parent: int | None = None) -> Topic:
    return Topic(level, number, parent, name, (name,), (1.0,), (), (), 1)


TABLES = {
    "topics": [
        topic("document", 0, "stone <b>bag</b>"),
        topic("document", 1, "fluid pool"),
        topic("document", 2, "calm\x1b[2J"),
        topic("second", 10, "stone small", 0),
        topic("second", 11, "stone large", 0),
        topic("sentence", 5, "pebble seen"),
    ],
    "topic_mixtures": [
        TopicMixture("R0", 0, (0.625, 0.0625, 0.3125), 11, (0.25, 0.75)),
        TopicMixture("R1", 1, (0.0, 1.0, 0.0)),
    ],
    "sentence_topics": [SentenceTopics("R0", 0, 5, (5,), (0.75,))],
    "image_topics": [ImageTopic("4", "R0", 0, 11, 5), ImageTopic("5", "R1", 1, None, None)],
}


def made(home: Path, *, of: str = "") -> Corpus:
    """Return a corpus with topics that were made of a state of its reports, "" for the present one."""
    reports = [Report(f"R{n}", "P", TEXT, "test", study_id="now", study_date="2020-01-01") for n in range(3)]
    corpus = make_corpus(home, reports, [image(str(n), "now", 3, n) for n in (4, 5, 6)])
    run_stage(corpus, link.STAGE, link.LinkSettings())
    run_stage(corpus, label.STAGE, LabelSettings())
    shards = {t: [corpus.write_shard(t, "part-00000-a.parquet", rows)] for t, rows in TABLES.items()}
    inputs = {"table reports": of or corpus.fingerprint("reports")}
    corpus.write_manifest(Manifest("topics", "x", inputs, shards))
    return corpus


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return made(tmp_path_factory.mktemp("home"))


def shown(view: RenderableType) -> str:
    console = Console(width=160, file=StringIO(), record=True)
    console.print(view)
    return " ".join(console.export_text().split())


def test_a_report_has_its_strongest_topics_and_those_of_its_sentences(corpus: Corpus) -> None:
    case = find_case(corpus, "R0")
    assert isinstance(case, ReportCase)
    assert case.topics.topics == (
        NamedTopic("document", 0, "stone <b>bag</b>", 0.625),
        NamedTopic("document", 2, "calm\x1b[2J", 0.3125),
        NamedTopic("second", 11, "stone large", 0.75),
        NamedTopic("sentence", 5, "pebble seen", 0.75, *SENTENCE),
    )
    text = shown(case_view(case))
    assert "0 stone <b>bag</b> 62%, 2 calm\\x1b[2J 31%, part 11 stone large 75%" in text
    assert "sentence 10-40 5 pebble seen 75%" in text


def test_an_image_has_a_topic_of_each_level_that_is_known(corpus: Corpus) -> None:
    whole, part = find_case(corpus, "4"), find_case(corpus, "5")
    assert isinstance(whole, ImageCase)
    assert isinstance(part, ImageCase)
    assert [(t.level, t.topic) for t in whole.topics.topics] == [
        ("document", 0),
        ("second", 11),
        ("sentence", 5),
    ]
    assert [(t.level, t.topic) for t in part.topics.topics] == [("document", 1)]
    text = shown(case_view(whole))
    assert "topic 0 stone <b>bag</b> part of it 11 stone large sentence 5 pebble seen" in text


def test_an_explanation_has_them_in_the_terminal_and_on_the_page(corpus: Corpus) -> None:
    explained = explain_case(corpus, "R0")
    assert isinstance(explained, ExplainedReport)
    assert "topics: 0 stone <b>bag</b> 62%" in shown(explanation_view(explained))
    page = explanation_html(explained.explanation, explained.text, topics=explained.topics)
    assert "0 stone &lt;b&gt;bag&lt;/b&gt; 62%" in page
    assert "<b>bag" not in page


def test_what_has_no_topics_shows_none(corpus: Corpus) -> None:
    for item in ("R2", "6"):
        assert "topic" not in shown(case_view(find_case(corpus, item)))
    explained = explain_case(corpus, "R2")
    assert isinstance(explained, ExplainedReport)
    assert "topic" not in shown(explanation_view(explained))
    assert "Topics" not in explanation_html(explained.explanation, explained.text, topics=explained.topics)


def test_topics_of_an_earlier_state_are_not_shown_and_this_is_said(tmp_path: Path) -> None:
    corpus = made(tmp_path, of="another state")
    for item in ("R0", "4"):
        text = shown(case_view(find_case(corpus, item)))
        assert "topics of an earlier state of the corpus; run `radmine topics made`" in text
        assert "stone" not in text.replace("Gallstone", "").replace("gallstone", "")

"""A report on which a stage fails is set aside by every stage that reads texts, and no other row changes."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from radmine import embed, label, link, topics
from radmine.corpus import Corpus
from radmine.embed import stage as embed_stage
from radmine.embed import text as embed_text
from radmine.label import LabelSettings
from radmine.label import stage as label_stage
from radmine.label.voters import rule_columns, rules
from radmine.link import stage as link_stage
from radmine.records import Report
from radmine.run import Stage, run_stage
from radmine.topics import stage as topics_stage
from tests.link.made import image, make_corpus

BAD = "bad"
TEXTS = {
    "one": "Pleural effusion (series 3, image 4). No pneumothorax.",
    BAD: "Scoliosis (series 3, image 5). Unlucky words.",
    "two": "Cardiomegaly (series 3, image 6). Pleural effusion.",
    "three": "No pleural effusion. Pneumothorax (series 3, image 4).",
}
IMAGES = [image(str(n), "now", 3, n) for n in range(1, 9)]


class PanicError(BaseException):
    """As a library in Rust raises it."""


def unlucky(whole: Callable[..., Any], text_of: Callable[..., str]) -> Callable[..., Any]:
    """Return a function that fails on the bad report."""

    def work(*arguments: Any, **options: Any) -> Any:
        if "Scoliosis" in text_of(*arguments):
            raise PanicError("secret words")
        return whole(*arguments, **options)

    return work


def text_of_read(read: Any, *_: Any) -> str:
    return str(read.text)


def text_of_said(said: Iterable[Any], *_: Any) -> str:
    return " ".join(str(finding).capitalize() for finding, *_ in said)


def fail_in_link(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(link_stage, "find_references", unlucky(link_stage.find_references, str))


def fail_in_topics(patch: pytest.MonkeyPatch) -> None:
    words = unlucky(topics_stage.report_words, text_of_read)
    patch.setattr(topics_stage, "report_words", words)
    patch.setattr("radmine.topics.model.report_words", words)


def fail_in_columns(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(rule_columns, "decide", unlucky(rule_columns.decide, text_of_said))


def fail_in_a_voter(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(rules.VOTERS, "rules", unlucky(rules.VOTERS["rules"], text_of_read))


def fail_on_images(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        label_stage, "rule_votes_on_images", unlucky(label_stage.rule_votes_on_images, text_of_read)
    )


def fail_in_embed(patch: pytest.MonkeyPatch) -> None:
    terms_of = unlucky(embed_text.terms_of, text_of_read)
    patch.setattr(embed_text, "terms_of", terms_of)
    patch.setattr(embed_stage, "terms_of", terms_of)


def corpus_of(home: Path, texts: dict[str, str], *, linked: bool) -> Corpus:
    reports = [
        Report(name, name, text, "test", study_id="now", study_date="2020-01-01")
        for name, text in texts.items()
    ]
    corpus = make_corpus(home, reports, IMAGES if linked else [], shard=100)
    run_stage(corpus, link.STAGE, link.LinkSettings())
    return corpus


FEW = topics.TopicsSettings(topics=2, min_reports=1, max_share=1.0, vector_size=4, vector_words=2000)
CASES = {
    "link": (fail_in_link, link.STAGE, link.LinkSettings(), True),
    "topics": (fail_in_topics, topics.STAGE, FEW, False),
    "label by columns": (fail_in_columns, label.STAGE, LabelSettings(), False),
    "label, a voter": (fail_in_a_voter, label.STAGE, LabelSettings(), True),
    "label, images": (fail_on_images, label.STAGE, LabelSettings(), True),
    "label with others": (fail_in_a_voter, label.STAGE, LabelSettings(answers=("answers.csv",)), True),
    "embed": (fail_in_embed, embed.STAGE, embed.EmbedSettings(dimension=4, min_reports=1), False),
}


@pytest.mark.parametrize("case", CASES)
def test_a_report_that_fails_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "answers.csv").write_text("report_id,finding,answer\none,scoliosis,absent\n")
    fail, stage, settings, linked = CASES[case]
    good = {name: text for name, text in TEXTS.items() if name != BAD}
    expected = corpus_of(tmp_path / "good", good, linked=linked)
    run_stage(expected, stage, settings)
    corpus = corpus_of(tmp_path / "all", TEXTS, linked=linked)
    fail(monkeypatch)
    # Another setting that changes no row, where the stage has run.
    outcome = run_stage(corpus, *again(stage, settings, corpus))
    assert outcome.status == "done"
    rejected = [r for r in corpus.records("rejected") if r.stage == stage.name]
    assert {(r.item, r.reason, r.detail) for r in rejected} == {(BAD, "unreadable_report", "PanicError")}
    for table in (t for t in stage.writes if "/" not in t):
        ours = corpus.read(table).to_pylist()
        assert all(row.get("report_id", row.get("id")) != BAD for row in ours)
        if stage is not topics.STAGE and stage is not embed.STAGE:  # the model is fitted on the same reports
            assert ours == expected.read(table).to_pylist()
        assert len(ours) == expected.rows(table)


def again(stage: Stage, settings: Any, corpus: Corpus) -> tuple[Stage, Any]:
    """Return the stage and settings with which it runs although it has run."""
    if stage is not link.STAGE:
        return stage, settings
    return stage, link.LinkSettings(most_images=400)

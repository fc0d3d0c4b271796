"""Other languages are not read as English: see the head of languages.tsv."""

from pathlib import Path

import pytest

from radmine.corpus import Corpus
from radmine.parse import parse_report, why_unread
from radmine.records import Report
from tests.link.made import make_corpus

ROWS = [
    tuple(line.split("\t"))
    for line in Path(__file__).with_name("languages.tsv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize(("language", "sentence"), ROWS)
def test_only_english_sentences_name_findings(language: str, sentence: str) -> None:
    english = "There is scoliosis of the spine."
    read = parse_report(f"{sentence}\n{english}")
    names = {m.finding for m in read.mentions}
    assert names > {"scoliosis"} or names == {"scoliosis"}
    alone = [m for m in read.mentions if m.start < len(sentence)]
    assert bool(alone) == (language == "english")
    assert why_unread(sentence, 1000)[0] == ("" if language == "english" else "not_english")
    assert why_unread(f"{sentence}\n{english}", 1000) == ("", "")


def test_a_report_in_another_language_is_set_aside_and_a_mixed_one_is_counted(tmp_path: Path) -> None:
    texts = {
        "a": "Kein Pneumothorax. Der Befund ist unauffällig.",
        "b": "No pneumothorax. The heart is enlarged. Kein Pneumothorax.",
        "c": "No pneumothorax.",
    }
    corpus: Corpus = make_corpus(tmp_path, [Report(k, "P", text, "test") for k, text in texts.items()])
    rejected = {(r.item, r.reason, r.detail) for r in corpus.records("rejected") if r.stage == "parse"}
    assert rejected == {
        ("a", "not_english", "all of it is in another language"),
        ("b", "partly_not_english", "1 of 3 sentences"),
    }
    manifest = corpus.manifest("parse")
    assert manifest is not None
    assert manifest.notes["reports with sentences in another language"] == 1

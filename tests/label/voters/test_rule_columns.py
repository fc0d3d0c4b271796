"""The rules' votes and labels, made column by column, are those that are made record by record."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from radmine import link
from radmine.corpus import Corpus
from radmine.label.stage import LabelSettings, label_shard
from radmine.label.voters.rule_columns import COLUMNS, rule_columns
from radmine.label.voters.rules import decide
from radmine.records import TABLES, Assertion, LabelRow, Report, VoteRow, from_table, to_table
from radmine.run import run_stage
from radmine.sample import generate_reports
from tests.link.made import make_corpus

PRESENT, ABSENT, UNCERTAIN = Assertion.PRESENT, Assertion.ABSENT, Assertion.UNCERTAIN
OVER = ("reports", "sections", "sentences", "mentions", "references", "links")


def corpus_of(home: Path, texts: Sequence[str]) -> Corpus:
    corpus = make_corpus(home, [Report(f"R{i}", "P", text, "test") for i, text in enumerate(texts)])
    run_stage(corpus, link.STAGE, link.LinkSettings())
    return corpus


def made(corpus: Corpus) -> dict[str, list[VoteRow | LabelRow]]:
    tables = rule_columns({t: corpus.read(t, columns=COLUMNS[t]) for t in COLUMNS}, LabelSettings())
    return {name: from_table(TABLES[name], table) for name, table in tables.items()}


def test_votes_and_labels_of_reports_in_a_row(tmp_path: Path) -> None:
    texts = [
        "Nothing is said here.",
        "INDICATION: Rule out ascites.\nFINDINGS: Possible gallstone. No ascites.\nIMPRESSION: Gallstone.",
        "",
        "Her mother has scoliosis. History of splenomegaly.",
        "Acute rib fracture.",
    ]
    rows = made(corpus_of(tmp_path, texts))
    assert [(v.report_id, v.finding, v.voter, v.assertion, v.mentions) for v in rows["votes"]] == [
        ("R1", "gallstone", "rules:findings", UNCERTAIN, (1,)),
        ("R1", "gallstone", "rules:impression", PRESENT, (3,)),
        ("R1", "ascites", "rules:findings", ABSENT, (2,)),
        ("R4", "fracture", "rules:findings", PRESENT, (0,)),
        ("R4", "rib_fracture", "rules:findings", PRESENT, (0,)),
    ]
    assert [(r.report_id, r.finding, r.assertion, r.voters) for r in rows["labels"]] == [
        ("R1", "gallstone", PRESENT, ("rules:findings", "rules:impression")),
        ("R1", "ascites", ABSENT, ("rules:findings",)),
        ("R4", "fracture", PRESENT, ("rules:findings",)),
        ("R4", "rib_fracture", PRESENT, ("rules:findings",)),
    ]


@pytest.mark.parametrize("seed", [0, 1])
def test_they_are_what_records_give(tmp_path: Path, seed: int) -> None:
    corpus = corpus_of(tmp_path, [drawn.report.text for drawn in generate_reports(300, seed=seed)])
    records = label_shard({t: corpus.read(t) for t in OVER}, LabelSettings())
    columns = rule_columns({t: corpus.read(t, columns=COLUMNS[t]) for t in COLUMNS}, LabelSettings())
    for table in ("votes", "labels"):
        assert columns[table].equals(to_table(TABLES[table], records[table]))
        assert columns[table].num_rows > 1000


def test_a_shard_that_says_nothing_has_no_rows(tmp_path: Path) -> None:
    assert made(corpus_of(tmp_path, ["Thank you.", ""])) == {"votes": [], "labels": []}


def test_each_item_decides_a_general_finding_once() -> None:
    said = [("rib_fracture", PRESENT, 0), ("fracture", PRESENT, 1), ("pneumothorax", ABSENT, 2)]
    assert {f: (a, sorted(items)) for f, (a, items) in decide(said).items()} == {
        "rib_fracture": (PRESENT, [0]),
        "fracture": (PRESENT, [0, 1]),
        "pneumothorax": (ABSENT, [2]),
    }


def test_a_doubt_is_as_likely_as_its_boldest_words(tmp_path: Path) -> None:
    texts = [
        "FINDINGS: Possible gallstone. Gallstone is unlikely.\nIMPRESSION: Probable gallstone.",
        "Ascites is less likely.",
    ]
    rows = made(corpus_of(tmp_path, texts))
    assert [(v.voter, v.assertion, v.probability) for v in rows["votes"]] == [
        ("rules:findings", UNCERTAIN, 0.5),
        ("rules:impression", UNCERTAIN, 0.75),
        ("rules:findings", UNCERTAIN, 0.25),
    ]
    assert [(r.finding, r.assertion, r.probability) for r in rows["labels"]] == [
        ("gallstone", UNCERTAIN, 0.75),
        ("ascites", UNCERTAIN, 0.25),
    ]

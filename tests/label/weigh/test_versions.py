"""A later version of a report overrules what came before, whoever makes the labels: see the head of versions.tsv."""

from pathlib import Path

import pytest

from radmine import link
from radmine.label import explain, label_report
from radmine.label.panel import OWN, Panel
from radmine.label.stage import LabelSettings, label_shard
from radmine.label.voters.rule_columns import COLUMNS, rule_columns
from radmine.parse import parse_report
from radmine.records import TABLES, Assertion, Label, LabelRow, Report, from_table, to_table
from radmine.run import run_stage
from tests.link.made import make_corpus

MARKS = {Assertion.ABSENT: "-", Assertion.UNCERTAIN: "?", Assertion.PRESENT: ""}
ROWS = [
    (text.replace("\\n", "\n"), names.split())
    for line in Path(__file__).with_name("versions.tsv").read_text("utf-8").splitlines()
    for text, tab, names in [line.partition("\t")]
    if tab
]


def marked(labels: dict[str, Label]) -> list[str]:
    return sorted(MARKS[label.assertion] + finding for finding, label in labels.items())


@pytest.mark.parametrize(("text", "names"), ROWS, ids=lambda value: str(value)[:60])
def test_labels_of_versions(text: str, names: list[str]) -> None:
    assert marked(label_report(text)) == names
    assert marked(Panel(own=OWN).labels(parse_report(text))) == names  # as with trained voters


def test_columns_say_what_records_say(tmp_path: Path) -> None:
    corpus = make_corpus(
        tmp_path, [Report(f"R{i:02}", "P", text, "test") for i, (text, _) in enumerate(ROWS)]
    )
    run_stage(corpus, link.STAGE, link.LinkSettings())
    over = ("reports", "sections", "sentences", "mentions", "references", "links")
    records = label_shard({t: corpus.read(t) for t in over}, LabelSettings())
    columns = rule_columns({t: corpus.read(t, columns=COLUMNS[t]) for t in COLUMNS}, LabelSettings())
    for table in ("votes", "labels"):
        assert columns[table].equals(to_table(TABLES[table], records[table]))
    said: dict[str, list[str]] = {}
    rows: list[LabelRow] = from_table(TABLES["labels"], columns["labels"])
    for row in rows:
        said.setdefault(str(row.report_id), []).append(MARKS[row.assertion] + row.finding)
    assert [sorted(said[f"R{i:02}"]) for i in range(len(ROWS))] == [names for _, names in ROWS]


def test_both_votes_stay_and_the_explanation_says_which_holds() -> None:
    explanation = explain("IMPRESSION: Gallstone.\nADDENDUM: No gallstone.")
    label = explanation.labels["gallstone"]
    assert [(vote.voter, vote.assertion) for vote in label.evidence] == [
        ("rules:impression", Assertion.PRESENT),
        ("rules:addendum", Assertion.ABSENT),
    ]
    first, second = explanation.mentions
    assert (first.left_out, second.left_out) == ("the addendum overrules it", None)

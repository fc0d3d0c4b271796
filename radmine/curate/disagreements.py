"""Where our labels and the truth differ, with the sentence and the rule: `disagreements`, `write_disagreements`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from radmine.curate.compare import Comparison
from radmine.curate.labelled import evidence_of
from radmine.curate.spreadsheet import write_csv
from radmine.records import Assertion

FALSE_ALARM = "false alarm"
MISSED = {
    None: "missed: not mentioned",
    Assertion.ABSENT: "missed: read as absent",
    Assertion.UNCERTAIN: "missed: read as uncertain",
}


@dataclass(frozen=True, slots=True)
class Disagreement:
    """One finding on which our label and the truth differ."""

    report_id: str  # "" of an image
    image_id: str
    finding: str
    truth: str
    ours: str  # "" where there is no label
    probability: float | None
    error: str  # false alarm | missed: not mentioned | missed: read as absent | missed: read as uncertain
    voters: str
    sentence: str
    rule: str
    trigger: str


def disagreements(comparison: Comparison) -> Iterator[Disagreement]:
    """Yield where our labels and the truth differ, item by item; our "uncertain" is no "present"."""
    for part in comparison.parts:
        for one in part.judged:
            if one.true is (one.ours is Assertion.PRESENT):
                continue
            label = part.labels[one.item].get(one.finding)
            group = comparison.known.findings[one.finding]
            evidence = evidence_of(part.labelled, one.item, label, group)
            yield Disagreement(
                one.item if part.kind == "report" else "",
                one.item if part.kind == "image" else "",
                one.finding,
                str(Assertion.PRESENT if one.true else Assertion.ABSENT),
                "" if label is None else str(label.assertion),
                None if label is None else round(label.probability, 3),
                MISSED[one.ours] if one.true else FALSE_ALARM,
                "" if label is None else ", ".join(dict.fromkeys(vote.voter for vote in label.evidence)),
                evidence.sentence,
                evidence.rule,
                evidence.trigger,
            )


def write_disagreements(path: Path, rows: Iterable[Disagreement]) -> None:
    """Write disagreements as a CSV file for a spreadsheet, whole or not at all; it holds sentences of reports."""
    columns = tuple(field.name for field in fields(Disagreement))
    write_csv(path, columns, ([getattr(row, column) for column in columns] for row in rows))

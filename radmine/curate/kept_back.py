"""How well trained voters do on truth that they have not seen: `kept_back`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from radmine.corpus import Corpus
from radmine.curate.agreement import Agreement, Judged, by_finding
from radmine.curate.compare import patients_of
from radmine.curate.labelled import read_some
from radmine.label.answers.truth import match_reports, read_truth
from radmine.label.panel import Panel, panel_of
from radmine.records import Assertion, Label


@dataclass(frozen=True, slots=True)
class KeptBack:
    """Rules alone, and rules with the trained voters, on reports outside of the train part."""

    reports: int
    rules: tuple[Agreement, ...]
    voters: tuple[Agreement, ...]


def kept_back(corpus: Corpus, folder: Path, truth: Path, *, scheme: str | None = None) -> KeptBack:
    """Return how well the voters in a folder do, beside the rules alone, on the reports of the truth that are not in the train part."""
    table = read_truth(truth, scheme=scheme, lexicon=corpus.lexicon)
    known = match_reports(corpus, table.answers)
    patients = patients_of(corpus, known, "report")
    train = {split.patient_id for split in corpus.records("splits") if split.split == "train"}
    kept = [report for report in known if patients[report] not in train]
    reads = read_some(corpus, kept)

    def agreements(panel: Panel) -> tuple[Agreement, ...]:
        def labels(report: str) -> Mapping[str, Label]:
            return panel.labels(reads[report])

        judged = _judged(kept, known, table.groups, labels)
        return tuple(by_finding(judged, clusters=patients))

    return KeptBack(
        len(kept), agreements(panel_of("", corpus.lexicon)), agreements(panel_of(str(folder), corpus.lexicon))
    )


def _judged(
    reports: Iterable[str],
    known: Mapping[str, Mapping[str, bool]],
    groups: Mapping[str, frozenset[str]],
    labels: Callable[[str], Mapping[str, Label]],
) -> list[Judged]:
    found = []
    for report in reports:
        said = labels(report)
        for finding, true in known[report].items():
            words = [said[f].assertion for f in {finding, *groups[finding]} if f in said]
            ours: Assertion | None = max(words, key=lambda word: word.strength, default=None)
            found.append(Judged(report, finding, true, ours))
    return found

"""A sheet of labels of images that are suspected to be wrong, for people to check: `suspects_sheet`.

One row a label, in the form of `sample_check`'s: people fill in the column `answer`, and `radmine correct NAME --from FILE` takes it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from radmine.corpus import Corpus
from radmine.curate.labelled import Labelled, evidence_of, labels_of
from radmine.curate.spreadsheet import write_csv
from radmine.errors import InputError
from radmine.label.answers.truth import read_cells
from radmine.run import Progress, check_together, no_progress, require_run
from radmine.train import Suspect, suspected

COLUMNS = (
    "image_id",
    "finding",
    "answer",
    "ours",
    "probability",
    "sentence",
    "rule",
    "trigger",
    "seen",
    "reason",
)


@dataclass(frozen=True, slots=True)
class SuspectLabel:
    """A label of an image that is suspected to be wrong, with what it rests on."""

    image_id: str
    finding: str
    ours: str  # present | absent; not mentioned: nothing is said, which counts as absent where a report speaks of the image
    probability: float | None  # of our label; None where nothing is said
    sentence: str
    rule: str
    trigger: str
    seen: float  # probability that the finding is there, by the images
    reason: str


@dataclass(frozen=True, slots=True)
class SuspectLabels:
    """The labels that are suspected first."""

    labels: tuple[SuspectLabel, ...]
    suspected: int  # labels, in all
    images: int  # that were looked at
    judged: tuple[str, ...]  # findings
    few: tuple[str, ...]  # findings of which too few patients are known
    of: str  # what was looked at, in words


def suspects(
    corpus: Corpus,
    *,
    finding: str | None = None,
    n: int = 50,
    seed: int = 0,
    progress: Progress = no_progress,
) -> SuspectLabels:
    """Return the `n` labels of images that are suspected most to be wrong (see `radmine.train.suspected`).

    What a person decided is suspected no more.

    Parameters
    ----------
    finding
        This one alone.
    seed
        Of the parts of the cross-validation.

    Raises
    ------
    InputError
        The corpus is not labelled, has no image network, or images are not labelled with the finding.
    """
    require_run(corpus, "label")
    check_together(corpus, "parse")
    found = suspected(corpus, finding=finding, seed=seed, progress=progress)
    labelled = labels_of(corpus, {s.image_id for s in found.found}, kind="image")
    open_ones = [s for s in found.found if s.finding not in labelled.by_people[s.image_id]]
    labels = tuple(_label(s, labelled) for s in open_ones[:n])
    return SuspectLabels(labels, len(open_ones), found.images, found.judged, found.few, found.of)


def _label(one: Suspect, labelled: Labelled) -> SuspectLabel:
    label = labelled.labels[one.image_id].get(one.finding)
    evidence = evidence_of(labelled, one.image_id, label, (one.finding,))
    said, other = ("present", "absent") if one.there else ("absent", "present")
    doubt = 1 - one.probability if one.there else one.probability
    return SuspectLabel(
        one.image_id,
        one.finding,
        "not mentioned" if label is None else str(label.assertion),
        None if label is None else round(label.probability, 3),
        evidence.sentence,
        evidence.rule,
        evidence.trigger,
        round(one.probability, 3),
        f"taken as {said}; by the image {other} at {doubt:.2f}, images labelled {other} reach {one.threshold:.2f}",
    )


def write_suspects(labels: Sequence[SuspectLabel], to: str | PathLike[str]) -> int:
    """Return how many answers stay in the sheet, written as a CSV file.

    Answers in the file, where it is such a sheet already, stay, also those on labels that are suspected no more.

    Raises
    ------
    InputError
        Another file stands there, or it cannot be written.
    """
    path = Path(to)
    before = _answers_in(path) if path.exists() else {}
    write_csv(path, COLUMNS, _rows(labels, before))
    return len(before)


def _answers_in(path: Path) -> dict[tuple[str, str], str]:
    table = read_cells(path)
    if not {"image_id", "finding", "answer", "seen"} <= set(table.columns):
        raise InputError("Another file stands here.", where=str(path), do="Give another path with --to.")
    return {(c.item, c.name): c.word.strip() for c in table.cells if c.word.strip()}


def _rows(labels: Sequence[SuspectLabel], before: Mapping[tuple[str, str], str]) -> Iterator[list[object]]:
    left = dict(before)
    for one in labels:
        answer = left.pop((one.image_id, one.finding), "")
        label = one.ours, "" if one.probability is None else f"{one.probability:.2f}"
        yield [
            one.image_id,
            one.finding,
            answer,
            *label,
            one.sentence,
            one.rule,
            one.trigger,
            f"{one.seen:.2f}",
            one.reason,
        ]
    for (image, finding), answer in left.items():
        yield [image, finding, answer, *[""] * (len(COLUMNS) - 3)]

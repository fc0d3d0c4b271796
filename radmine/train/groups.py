"""The groups that images belong to (sex, age, modality, view, site, scanner, images of the patient), and how a network does in each."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radmine.corpus import Corpus
from radmine.records import age_of, facts_of, sex_of
from radmine.train.measure import Estimate, Patients, measure_finding

LEAST = 10  # images with a finding, and without it, that a group needs
GROUPINGS = ("sex", "age", "modality", "view", "site", "scanner", "images of the patient")
SHOWN = ("auc", "sensitivity", "specificity")
_SITES = ("institutionname", "institution", "hospital", "site")
_BANDS = ((18, "under 18"), (40, "18 to 39"), (65, "40 to 64"), (80, "65 to 79"))
_COUNTS = ((2, "1"), (5, "2 to 4"), (10, "5 to 9"))


@dataclass(frozen=True, slots=True)
class Grouped:
    """How one finding is told in one group."""

    finding: str
    grouping: str  # sex, age, ...
    group: str  # Female, 40 to 64, ...
    n: int
    positives: int
    measures: Mapping[str, Estimate]  # by SHOWN, at the common threshold; empty where the group is too small


def read_groups(corpus: Corpus, image_ids: Sequence[str]) -> dict[str, list[str | None]]:
    """Return the group of each image by grouping, None where it is not known.

    Sex and age are what `meta` of the image says, else that of its report; so are institution and scanner (`--keep PatientSex`,
    `PatientAge`, `InstitutionName`, `Manufacturer` and `ManufacturerModelName` at ingest). Where no institution is said, the
    site is the source.
    """
    columns = ["image_id", "patient_id", "report_id", "modality", "view", "source", "meta"]
    wanted = set(image_ids)
    of_patient: Counter[str] = Counter()
    images: dict[str, Mapping[str, Any]] = {}
    for shard in corpus.shards("images"):
        for row in corpus.read_shard("images", shard, columns=columns).to_pylist():
            of_patient[row["patient_id"]] += 1
            if row["image_id"] in wanted:
                images[row["image_id"]] = row
    reports: dict[str, Mapping[str, Any]] = {}
    named = {row["report_id"] for row in images.values()}
    for shard in corpus.shards("reports"):
        for row in corpus.read_shard("reports", shard, columns=["report_id", "meta"]).to_pylist():
            if row["report_id"] in named and row["meta"]:
                reports[row["report_id"]] = facts_of(row["meta"])
    found: dict[str, list[str | None]] = {name: [] for name in GROUPINGS}
    for image_id in image_ids:
        row = images.get(image_id, {})
        facts = {**reports.get(row.get("report_id") or "", {}), **facts_of(row.get("meta"))}
        maker = " ".join(str(facts[n]) for n in ("manufacturer", "manufacturermodelname") if facts.get(n))
        site = next((str(facts[n]) for n in _SITES if facts.get(n)), row.get("source"))
        values = (
            sex_of(facts),
            _band(age_of(facts), _BANDS, "80 and over"),
            row.get("modality"),
            row.get("view"),
            site,
            maker or None,
            _band(of_patient[row["patient_id"]] if row else None, _COUNTS, "10 and more"),
        )
        for name, value in zip(GROUPINGS, values, strict=True):
            found[name].append(value)
    return found


def _band(value: int | None, bands: Sequence[tuple[int, str]], last: str) -> str | None:
    return None if value is None else next((name for end, name in bands if value < end), last)


def measure_groups(
    finding: str,
    probabilities: NDArray[np.floating],
    truth: NDArray[np.bool_],
    patients: Patients,
    kept: NDArray[np.int64],
    groups: Mapping[str, Sequence[str | None]],
    *,
    threshold: float | None,
    least: int = LEAST,
) -> list[Grouped]:
    """Return how a finding is told in each group at the common threshold; of groupings with one group alone nothing.

    Parameters
    ----------
    probabilities, truth
        Of the images of which the finding is known.
    patients, kept, groups
        Those of all images, and which of these are known.
    least
        Images with the finding, and without it, below which nothing is computed.
    """
    found = []
    for grouping, names in groups.items():
        own = np.array([names[row] or "" for row in kept], dtype=object)
        each = sorted(set(own) - {""})
        for group in each if len(each) > 1 else ():
            here = own == group
            n, positives = int(here.sum()), int(truth[here].sum())
            measures: Mapping[str, Estimate] = {}
            if min(positives, n - positives) >= least:
                every = measure_finding(
                    probabilities[here], truth[here], patients, kept[here], threshold=threshold
                )
                measures = {name: every[name] for name in SHOWN}
            found.append(Grouped(finding, grouping, group, n, positives, measures))
    return found


def largest_gaps(grouped: Sequence[Grouped]) -> dict[tuple[str, str, str], float]:
    """Return how far the best and the worst group lie apart, by (finding, grouping, measure)."""
    values: dict[tuple[str, str, str], list[float]] = {}
    for row in grouped:
        for name, one in row.measures.items():
            if one.value is not None:
                values.setdefault((row.finding, row.grouping, name), []).append(one.value)
    return {key: max(v) - min(v) for key, v in values.items() if len(v) > 1}

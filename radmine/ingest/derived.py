"""What follows from reports and images: which ids come twice, the studies, the series, the parts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from radmine.ingest.composition import joined
from radmine.ingest.splits import Belonging
from radmine.records import Series, Study

_BLANK = "blank:"  # the hash of frames of one value only: they tie nobody to anybody


@dataclass(slots=True)
class _Merged:
    """The first known value of each field, and all modalities."""

    values: dict[str, Any] = field(default_factory=dict)
    modalities: set[str] = field(default_factory=set)

    def add(self, row: Mapping[str, Any], names: Iterable[str]) -> None:
        for name in names:
            if self.values.get(name) is None:
                self.values[name] = row[name]
        if row["modality"]:
            self.modalities.add(row["modality"])


class Studies:
    """Studies and series gathered from rows of images and reports, merged by id."""

    def __init__(self) -> None:
        self._studies: dict[str, _Merged] = {}
        self._series: dict[str, _Merged] = {}
        self.with_two_patients: set[str] = set()

    def add(self, row: Mapping[str, Any]) -> None:
        """Take in one row of `images` or `reports`; what it does not say, earlier or later rows may."""
        study_id, series_id = row["study_id"], row.get("series_id")
        if study_id is None:
            return
        study = self._studies.setdefault(study_id, _Merged())
        study.add(row, ("patient_id", "accession_number", "study_date", "body_part"))
        study.add({"description": row.get("study_description"), "modality": None}, ("description",))
        if study.values["patient_id"] != row["patient_id"]:
            self.with_two_patients.add(study_id)
        if series_id is not None:
            series = self._series.setdefault(series_id, _Merged())
            series.add(row, ("study_id", "series_number", "body_part", "plane"))
            series.add({"description": row.get("series_description"), "modality": None}, ("description",))

    def studies(self) -> list[Study]:
        """Return the studies, sorted by id."""
        return [
            Study(study_id=i, modality=joined(m.modalities), **m.values)
            for i, m in sorted(self._studies.items())
        ]

    def series(self) -> list[Series]:
        """Return the series, sorted by id."""
        return [
            Series(series_id=i, modality=joined(m.modalities), **m.values)
            for i, m in sorted(self._series.items())
        ]


def belonging(row: Mapping[str, Any]) -> Belonging:
    """Return what a row of `images` or `reports` says of its patient's part, and what ties him to others."""
    content = row.get("content_hash")
    ties = [
        None if content is None or content.startswith(_BLANK) else f"image {content}",
        row["study_id"] and f"study {row['study_id']}",
        row["report_id"] and f"report {row['report_id']}",
    ]
    return Belonging(row["patient_id"], row["source"], row["source_split"], tuple(t for t in ties if t))


def accession_ties(
    images: Iterable[tuple[str | None, str | None]], reports: Iterable[tuple[str | None, str, str | None]]
) -> Iterator[Belonging]:
    """Yield what ties a report's patient to a study by accession number, where that number names one study only.

    Parameters
    ----------
    images
        (accession number, study) of each image.
    reports
        (accession number, patient, study) of each report; one that names its study needs no such tie.
    """
    study_of = dict[str, str | None]()
    for accession, study in images:
        if accession and study:
            study_of[accession] = study if study_of.get(accession, study) == study else None
    for accession, patient, study in reports:
        named = study_of.get(accession or "")
        if study is None and named:
            yield Belonging(patient, ties=(f"study {named}",))

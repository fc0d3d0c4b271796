"""A synthetic source on disk: reports in a CSV file, DICOM files beside it, and the truth of both."""

import csv
import io
import os
import random
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from radmine.errors import InputError
from radmine.files import remove_tree
from radmine.findings import ancestors
from radmine.records import Assertion, TrueImage, TrueLabel, TrueTrap, Truth
from radmine.run import Progress, map_in_order, no_progress
from radmine.sample import boxes as lesion_boxes
from radmine.sample.files import KEY_TITLES, is_inverted, key_object, save, study_folder, write_study
from radmine.sample.files import image_path as path_of
from radmine.sample.patient import Patient, SeriesPlan, StudyPlan, plan_patient, visible
from radmine.sample.phantoms import VIEWS, shown
from radmine.sample.rare import write_rare
from radmine.sample.report import write_report
from radmine.sample.traps import write_file_traps
from radmine.sample.truth import TruthWriter, truth_lines
from radmine.sample.written import SampleReport

SETTINGS = "settings.toml"  # that suit a sample: in `data/`, and beside `source/`
BOXES = "boxes.csv"  # in `truth/`
COLUMNS = (
    "report_id",
    "patient_id",
    "accession_number",
    "study_id",
    "study_date",
    "modality",
    "body_part",
    "text",
)
# Among so many patients one has an empty report, one an id that comes twice, one a text of another patient.
_EVERY = 150
_RARE = 20  # and of so many one is followed by a report of a rare kind
_CHUNK = 25  # patients


@dataclass(frozen=True, slots=True)
class SampleSummary:
    """What was written."""

    folder: Path
    reports: int  # rows of reports.csv
    studies: int  # with images
    files: int  # DICOM files, odd ones included
    bytes: int
    traps: int
    seconds: float


class _Chunk(NamedTuple):
    """What some patients make: rows of the table, lines of the truth, and how many files."""

    rows: str
    reports: int
    truth: dict[str, str]
    boxes: str
    studies: int
    files: int
    size: int
    traps: int


def plan_patients(reports: int, *, seed: int) -> Iterator[Patient]:
    """Yield patients who have this many studies together; the last one may lose some to make it exact."""
    index = left = 0
    left = reports
    while left > 0:
        patient = plan_patient(index, seed=seed)
        yield patient._replace(studies=patient.studies[:left])
        left -= len(patient.studies)
        index += 1


def report_name(patient: Patient, study: StudyPlan) -> str:
    """Return the report id of a study; it depends on the patient alone, not on how many come before."""
    return f"R{patient.number + 1:06d}{study.number + 1}"


def generate_reports(n: int, *, seed: int = 0) -> Iterator[SampleReport]:
    """Yield `n` reports with their truth, without images, in flat memory.

    They are those of `write_sample` with the same seed, before odd rows are put among them. The truth of one is made
    when its `truth()` is called.
    """
    for patient in plan_patients(n, seed=seed):
        for study in patient.studies:
            yield write_report(patient, study, report_name(patient, study))


def write_sample(
    folder: Path,
    *,
    reports: int = 400,
    seed: int = 0,
    pixels: bool = True,
    imaged: int = 400,
    boxes: bool = False,
    workers: int = 2,
    progress: Progress = no_progress,
) -> SampleSummary:
    """Write a synthetic source with its truth beside it, and return what was written.

    `folder/source/` holds `reports.csv` and `dicom/`, `folder/truth/` one JSON-lines file for each kind of
    `radmine.records.Truth`, and `folder/settings.toml` settings that suit it. A report is tied to its study by its accession number, as in a hospital; one in four has
    the Study Instance UID in `study_id` as well. The same arguments give the same bytes, whatever `workers` is.

    Parameters
    ----------
    folder
        Made if it is not there; it must not hold a source yet.
    reports
        Rows of the table, odd ones not counted.
    seed
        Another seed gives other patients.
    pixels
        Whether DICOM files are written at all.
    imaged
        At most so many studies, the first, get images: a million reports need not fill a disk.
    boxes
        Whether `truth/boxes.csv` says where the lesions are in the pictures; it takes as long as drawing them.
    workers
        Processes.
    progress
        Is told of patients done.

    Raises
    ------
    InputError
        The folder holds a source already, or a number is out of range.
    """
    started = time.perf_counter()
    source = folder / "source"
    for there, what in ((source, "a source"), (folder / SETTINGS, "settings")):
        if there.exists():
            raise InputError(f"The folder holds {what} already.", where=str(there), do="Name another folder.")
    if reports < 1 or imaged < 0 or workers < 1:
        raise InputError("A sample needs at least one report and one worker.", do="Give larger numbers.")
    partial = folder / ".source.partial"  # until it is whole
    remove_tree(partial)
    partial.mkdir(parents=True)
    lengths = [len(patient.studies) for patient in plan_patients(reports, seed=seed)]
    with_images = _within(lengths, imaged if pixels else 0)
    calls = [
        (partial, seed, start, lengths[start : start + _CHUNK], with_images, boxes)
        for start in range(0, len(lengths), _CHUNK)
    ]
    studies = files = size = traps = rows = 0
    with (
        (partial / "reports.csv").open("w", encoding="utf-8", newline="") as table,
        TruthWriter(folder) as truth,
        open(folder / "truth" / BOXES if boxes else os.devnull, "w", encoding="utf-8", newline="") as places,
    ):
        csv.writer(table).writerow(COLUMNS)
        csv.writer(places).writerow(lesion_boxes.COLUMNS)
        for number, chunk in enumerate(
            map_in_order(_write_patients, calls, workers=min(workers, len(calls))), start=1
        ):
            table.write(chunk.rows)
            truth.add(chunk.truth)
            places.write(chunk.boxes)
            rows, studies, files = rows + chunk.reports, studies + chunk.studies, files + chunk.files
            size, traps = size + chunk.size, traps + chunk.traps
            progress(min(number * _CHUNK, len(lengths)), len(lengths), "patients")
        if with_images:
            odd, images, paths = write_file_traps(
                partial, _first_radiograph(with_images, seed), spare_from=len(lengths), seed=seed
            )
            truth.add(truth_lines(Truth(traps=tuple(odd), images=tuple(images))))
            files, traps = files + len(paths), traps + len(odd)
            size += sum((partial / path).stat().st_size for path in paths)
    shutil.copyfile(Path(__file__).parent / "data" / SETTINGS, folder / SETTINGS)
    os.rename(partial, source)
    return SampleSummary(folder, rows, studies, files, size, traps, round(time.perf_counter() - started, 3))


def _within(lengths: Iterable[int], most: int) -> int:
    """Return how many patients from the first on have at most so many studies together."""
    count = total = 0
    for count, length in enumerate(lengths, start=1):
        total += length
        if total > most:
            return count - 1
    return count


def _first_radiograph(patients: int, seed: int) -> tuple[Patient, StudyPlan]:
    """Return a patient with images, a radiograph where there is one, and his first study."""
    plans = [plan_patient(index, seed=seed) for index in range(patients)]
    usable = [patient for patient in plans if not _is_unimaged(patient)] or plans
    patient = next((p for p in usable if p.region.name == "chest_xray"), usable[0])
    return patient, patient.studies[0]


# -- one chunk of patients, in a process of its own -------------------------------------------------------


def _write_patients(
    source: Path, seed: int, start: int, lengths: list[int], with_images: int, boxes: bool
) -> _Chunk:
    """Write the DICOM files of some patients and return their rows and truth."""
    table, places = io.StringIO(), io.StringIO()
    writer = csv.writer(table)
    truths: list[Truth] = []
    rows = studies = files = size = traps = 0
    for index, length in enumerate(lengths, start=start):
        patient = plan_patient(index, seed=seed)
        patient = patient._replace(studies=patient.studies[:length])
        imaged = index < with_images and not _is_unimaged(patient)
        if imaged and boxes:
            csv.writer(places).writerows(lesion_boxes.box_rows(patient))
        for study in patient.studies:
            report = write_report(patient, study, report_name(patient, study))
            truth, odd = report.truth(), _row_traps(report, imaged=imaged, pixels=index < with_images)
            writer.writerow(_row(report))
            rows += 1
            if imaged:
                size += write_study(source, patient, study)
                truth = _with_images(truth, report)
                key_size = _write_keys(source, patient, study)
                size += key_size
                studies += 1
                files += sum(len(series.positions) for series in study.series) + bool(key_size)
            else:
                truth = _replace(truth, links=())
            truths.append(_replace(truth, traps=tuple(odd)))
            traps += len(odd)
        more = _odd_rows(patient)
        for row, extra in more:
            writer.writerow(row)
            truths.append(extra)
            rows, traps = rows + 1, traps + len(extra.traps)
    return _Chunk(
        table.getvalue(), rows, truth_lines(*truths), places.getvalue(), studies, files, size, traps
    )


def _replace(truth: Truth, **changes: object) -> Truth:
    values = {name: getattr(truth, name) for name in Truth.__slots__}
    return Truth(**{**values, **changes})


def _row(report: SampleReport) -> tuple[str, ...]:
    record, patient = report.report, report.patient
    study_id = patient.study_uid(report.study) if patient.number % 4 == 0 else ""
    return (
        record.report_id,
        record.patient_id,
        record.accession_number or "",
        study_id,
        record.study_date or "",
        record.modality or "",
        record.body_part or "",
        record.text,
    )


def _is_unimaged(patient: Patient) -> bool:
    """Return whether a patient's images are lost though his report is there."""
    return patient.number % 45 == 20


# -- what images show -------------------------------------------------------------------------------------


def _with_images(truth: Truth, report: SampleReport) -> Truth:
    """Return the truth of a report with that of its study's images."""
    patient, study = report.patient, report.study
    images, labels = [], []
    for series in study.series:
        for instance in range(1, len(series.positions) + 1):
            name = patient.image_uid(study, series, instance)
            there = {lesion.finding for lesion in shown(study, series, instance)}
            seen = set(_depicted(tuple(sorted(there))))
            kind = series.plane or VIEWS[instance - 1]
            group = f"{patient.region.name}/{kind}/{'+'.join(sorted(there)) or 'clear'}"
            images.append(
                TrueImage(
                    name,
                    patient.patient_id,
                    patient.region.modality,
                    series.plane or None,
                    patient.region.body_part,
                    group,
                )
            )
            labels += [
                TrueLabel(None, name, finding, Assertion.PRESENT if finding in seen else Assertion.ABSENT)
                for finding in _depicted(patient.region.drawn)
            ]
    return _replace(
        truth,
        images=tuple(images),
        labels=(*truth.labels, *labels),
    )


# What the picture of a finding shows besides, though it is no parent of it.
_SHOWS = {
    "pneumonia": ("consolidation", "lung_opacity"),
    "consolidation": ("lung_opacity",),
    "pulmonary_edema": ("vascular_congestion",),
    "emphysema": ("hyperinflation",),
    "atelectasis": ("volume_loss",),
    "lung_mass": ("mass",),
    "brain_mass": ("mass",),
    "aortic_aneurysm": ("aneurysm",),
    "intracranial_hemorrhage": ("hemorrhage",),
}


@cache
def _depicted(findings: tuple[str, ...]) -> tuple[str, ...]:
    """Return findings with their parents and with what their picture shows besides."""
    return tuple(dict.fromkeys(n for f in findings for n in (f, *ancestors(f), *_SHOWS.get(f, ()))))


def _write_keys(source: Path, patient: Patient, study: StudyPlan) -> int:
    """Write a key object document for some studies; return its bytes, 0 where there is none."""
    rng = random.Random(f"key {patient.seed} {patient.number} {study.number}")
    if rng.random() > 0.35 or not study.series[0].plane:
        return 0
    keys: list[tuple[SeriesPlan, int]] = []
    for lesion in study.lesions:
        for series in study.series:
            instances = visible(lesion, series) if lesion.drawn else []
            if instances and (rng.random() < 0.5 or not keys) and (series, instances[0]) not in keys:
                keys.append((series, instances[0]))
    if not keys:
        return 0
    title = KEY_TITLES[int(rng.random() * len(KEY_TITLES))]
    words = "Marked while reading" if rng.random() < 0.4 else None
    document = key_object(patient, study, keys, title=title, number=901, description=words)
    return save(document, source / study_folder(patient, study) / "SER901" / "KO00001")


# -- odd rows ---------------------------------------------------------------------------------------------


def _row_traps(report: SampleReport, *, imaged: bool, pixels: bool) -> list[TrueTrap]:
    """Return what is easy to get wrong in a report, or in the images that it goes with."""
    name, patient = report.report.report_id, report.patient
    found = []
    if pixels and not imaged:
        found.append(TrueTrap(name, "report_without_images", False))
        if report.links:
            found.append(TrueTrap(name, "dangling_reference", False))
    if imaged and is_inverted(patient):
        path = path_of(patient, report.study, report.study.series[0], 1)
        found.append(TrueTrap(path.as_posix(), "monochrome1", False))
    if any(study is not report.study for _, _, study, _, _ in report.links):
        found.append(TrueTrap(name, "prior_reference", False))
    if re.search(r"\bL\d/\d\b", report.report.text, re.IGNORECASE):
        found.append(TrueTrap(name, "vertebral_level", False))
    if re.search(r"\bat\s\d{1,2}:\d\d\b", report.report.text, re.IGNORECASE):
        found.append(TrueTrap(name, "clock_time", False))
    return found


def _odd_rows(patient: Patient) -> list[tuple[tuple[str, ...], Truth]]:
    """Return rows that stand after a patient's own: an empty report, the same id again, the same text again, a rare report."""
    turn = patient.number % _EVERY
    other = f"X{patient.number + 1:06d}"
    study = patient.studies[0]
    row = list(_row(write_report(patient, study, report_name(patient, study))))
    if turn == 3:
        row[0:4] = [f"R{other}", f"P{other}", f"A{other}", ""]
        row[-1] = ""
        return [(tuple(row), Truth(traps=(TrueTrap(row[0], "empty_report", True),)))]
    if turn == 7:
        return [(tuple(row), Truth(traps=(TrueTrap(row[0], "duplicate_report", True),)))]
    if turn == 11:
        report = write_report(patient, study, f"R{other}")
        row[0:4] = [f"R{other}", f"P{other}", f"A{other}", ""]
        truth = _replace(report.truth(), links=(), traps=(TrueTrap(row[0], "repeated_text", False),))
        return [(tuple(row), truth)]
    if patient.number % _RARE == _RARE - 1:
        rare = write_rare(patient, study, f"R{other}", turn=patient.number // _RARE)
        return [((*_row(rare)[:3], "", *_row(rare)[4:]), rare.truth())]
    return []

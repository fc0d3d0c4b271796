"""The plan of a synthetic patient: studies, series and lesions, before a word is written or a pixel drawn.

A patient depends on the seed and on his index alone, so that any number of patients can be made in any order.
"""

import hashlib
import random
from bisect import bisect
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from typing import NamedTuple

from radmine.sample.repertoire import FindingWords, Place, Region, load_regions

X, Y, Z = range(3)
AXIS = {"sagittal": X, "coronal": Y, "axial": Z}


class SeriesPlan(NamedTuple):
    """A series: instance i + 1 lies at `positions[i]` on the axis across its plane (a radiograph: a view)."""

    number: int
    weighting: str  # CT | T1 | T2 | FLAIR | CR
    plane: str  # axial | coronal | sagittal | "" for radiographs
    positions: tuple[float, ...]  # mm
    description: str


class Lesion(NamedTuple):
    """A finding at a place in the body."""

    finding: str
    uncertain: bool
    change: str  # "" | new | unchanged | larger | smaller
    place: Place
    center: tuple[float, float, float]  # mm
    radius: float  # mm
    severity: float  # in [0, 1]
    drawn: bool  # an uncertain finding need not be there


class StudyPlan(NamedTuple):
    """A study of a patient, with what is new and what is gone since the one before."""

    number: int  # of the patient's studies, from 0
    day: date
    series: tuple[SeriesPlan, ...]
    lesions: tuple[Lesion, ...]
    resolved: tuple[Lesion, ...]


class Patient(NamedTuple):
    """A patient; his number names him within a sample."""

    number: int  # from 0
    seed: int
    region: Region
    age: int
    sex: str  # M | F
    studies: tuple[StudyPlan, ...]

    @property
    def patient_id(self) -> str:
        """The patient id in the reports and in the DICOM files."""
        return f"P{self.number + 1:06d}"

    def accession(self, study: StudyPlan) -> str:
        """Return the accession number of a study."""
        return f"A{self.number + 1:06d}{study.number + 1}"

    def study_uid(self, study: StudyPlan) -> str:
        """Return the Study Instance UID."""
        return uid(self.seed, "study", self.number, study.number)

    def image_uid(self, study: StudyPlan, series: SeriesPlan, instance: int) -> str:
        """Return the SOP Instance UID of an image, counted from 1 in its series."""
        return uid(self.seed, "image", self.number, study.number, series.number, instance)


def uid(*parts: object) -> str:
    """Return a DICOM UID in the arc of UUIDs, 2.25 (PS3.5 B.2), that depends on the parts alone."""
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=15).digest()
    return f"2.25.{int.from_bytes(digest)}"


@cache
def _region_weights() -> tuple[float, ...]:
    return tuple(accumulate(region.weight for region in load_regions()))


def plan_patient(index: int, *, seed: int) -> Patient:
    """Return the plan of one patient."""
    rng = random.Random(seed * 1_000_003 + index)
    rnd = rng.random
    weights = _region_weights()
    region = load_regions()[bisect(weights, rnd() * weights[-1])]
    count = bisect((0.65, 0.9), rnd()) + 1
    day = date(2009, 1, 1) + timedelta(days=int(rnd() * 3600))
    studies: list[StudyPlan] = []
    lesions: tuple[Lesion, ...] = ()
    for number in range(count):
        series = _plan_series(region, rng)
        kept, resolved = _follow_up(lesions, region, series, rng)
        wanted = bisect((0.2, 0.52, 0.82), rnd()) if number == 0 else int(rnd() * 1.6)
        lesions = (*kept, *_new_lesions(region, wanted, kept, resolved, series, number > 0, rng))
        studies.append(StudyPlan(number, day, series, lesions, resolved))
        day += timedelta(days=int(14 + rnd() * 380))
    return Patient(index, seed, region, int(22 + rnd() * 66), "MF"[int(rnd() * 2)], tuple(studies))


def _plan_series(region: Region, rng: random.Random) -> tuple[SeriesPlan, ...]:
    rnd = rng.random
    if region.name == "chest_xray":
        return (SeriesPlan(1, "CR", "", (0.0, 1.0), "CHEST PA AND LATERAL"),)
    if region.modality == "CT":
        first, axial, coronal = 2 + int(rnd() * 3), 9 + int(rnd() * 5), 5 + int(rnd() * 3)
        reformat = (first + 1 + int(rnd() * 3), 601, 602)[int(rnd() * 3)]
        part = region.body_part
        return (
            SeriesPlan(first, "CT", "axial", _spread(-95, 85, axial), f"AXIAL {part}"),
            SeriesPlan(reformat, "CT", "coronal", _spread(-55, 55, coronal), f"CORONAL REFORMAT {part}"),
        )
    first = 2 + int(rnd() * 3)
    if region.name == "brain_mr":
        slices = _spread(-40, 50, 7 + int(rnd() * 3))
        return (
            SeriesPlan(first, "T1", "sagittal", _spread(-42, 42, 6), "SAG T1"),
            SeriesPlan(first + 1, "T2", "axial", slices, "AX T2 FSE"),
            SeriesPlan(first + 2 + int(rnd() * 2), "FLAIR", "axial", slices, "AX FLAIR"),
        )
    slices = _spread(-24, 24, 7)
    return (
        SeriesPlan(first, "T1", "sagittal", slices, "SAG T1 TSE"),
        SeriesPlan(first + 1, "T2", "sagittal", slices, "SAG T2 TSE"),
    )


@cache
def _spread(low: float, high: float, count: int) -> tuple[float, ...]:
    step = (high - low) / (count - 1)
    return tuple(round(low + i * step, 2) for i in range(count))


def _snap(center: float, positions: tuple[float, ...]) -> float:
    """Return the slice nearest to a point, where one is near: so that a small lesion meets a slice."""
    nearest = min(positions, key=lambda p: abs(p - center))
    return nearest if abs(nearest - center) < 14 else center


def _place_lesion(
    finding: str,
    words: FindingWords,
    place: Place,
    severity: float,
    change: str,
    series: tuple[SeriesPlan, ...],
    rng: random.Random,
) -> Lesion:
    rnd = rng.random
    b = place.box
    center = [b[0] + rnd() * (b[1] - b[0]), b[2] + rnd() * (b[3] - b[2]), b[4] + rnd() * (b[5] - b[4])]
    for plan in series:
        if plan.plane:
            axis = AXIS[plan.plane]
            center[axis] = _snap(center[axis], plan.positions)
    low, high = words.radius
    uncertain = rnd() < 0.15 and not words.device
    drawn = not uncertain or rnd() < 0.5
    radius = round(low + severity * (high - low), 1)
    return Lesion(
        finding, uncertain, change, place, (center[0], center[1], center[2]), radius, severity, drawn
    )


def _new_lesions(
    region: Region,
    wanted: int,
    kept: Sequence[Lesion],
    resolved: tuple[Lesion, ...],
    series: tuple[SeriesPlan, ...],
    later: bool,
    rng: random.Random,
) -> list[Lesion]:
    taken = {lesion.finding for lesion in (*kept, *resolved)}
    if taken & {"pneumonia", "consolidation"}:
        taken |= {"pneumonia", "consolidation"}
    made: list[Lesion] = []
    for _ in range(wanted):
        finding = region.drawn[bisect(region.cumulative, rng.random() * region.cumulative[-1])]
        if finding in taken:
            continue
        taken |= {
            finding,
            *({"pneumonia", "consolidation"} if finding in ("pneumonia", "consolidation") else ()),
        }
        words = region.words[finding]
        place = words.places[int(rng.random() * len(words.places))]
        made.append(_place_lesion(finding, words, place, rng.random(), "new" if later else "", series, rng))
    return made


def _follow_up(
    before: tuple[Lesion, ...], region: Region, series: tuple[SeriesPlan, ...], rng: random.Random
) -> tuple[list[Lesion], tuple[Lesion, ...]]:
    """Return what became of the lesions of the study before: those still there, and those gone."""
    kept, resolved = [], []
    for lesion in before:
        if lesion.uncertain:
            continue
        words = region.words[lesion.finding]
        fate = rng.random()
        if words.device or fate < 0.4:
            change, severity = "unchanged", lesion.severity
        elif fate < 0.6:
            change, severity = "larger", min(1.0, lesion.severity + 0.4)
        elif fate < 0.78:
            change, severity = "smaller", max(0.0, lesion.severity - 0.4)
        else:
            resolved.append(lesion)
            continue
        again = _place_lesion(lesion.finding, words, lesion.place, severity, change, series, rng)
        kept.append(again._replace(uncertain=False, drawn=True))
    return kept, tuple(resolved)


def visible(lesion: Lesion, series: SeriesPlan) -> list[int]:
    """Return the instances of a series that show a lesion, the clearest first; counted from 1."""
    if not series.plane:
        return [1, 2]
    axis = AXIS[series.plane]
    at, reach = lesion.center[axis], 0.75 * lesion.radius
    distances = [(abs(p - at), i) for i, p in enumerate(series.positions, start=1)]
    return [i for distance, i in sorted(distances) if distance <= reach]

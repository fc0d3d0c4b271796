"""What the sample's radiologists can say and draw: regions, findings, places and sentences, read from `data/*.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from radmine.sample.grammar import Variants, compile_template

Box = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding can be: what it is called, its side, and where that is in the body."""

    words: tuple[str, ...]
    side: str  # right | left | bilateral | ""
    box: Box  # x0, x1, y0, y1, z0, z1 in mm; x to the patient's left, y to the back, z up


@dataclass(frozen=True, slots=True)
class FindingWords:
    """How a finding is named and described in one region."""

    with_article: Variants
    without_article: Variants
    plural: Variants | None
    alone: Variants  # the name where nothing says which organ is meant: "history of"
    none: Variants  # the name as it stands after "no"
    adjectives: Variants
    says: Variants | None  # whole sentences that state it
    says_none: Variants | None  # whole sentences that deny it
    places: tuple[Place, ...]
    radius: tuple[float, float]  # mm
    sized: bool  # its size changes between studies
    device: bool
    nowhere: bool  # its place goes without saying
    at: bool  # "at L4-L5", not "in the"


@dataclass(frozen=True, slots=True)
class Region:
    """A kind of study: its words, its findings and how often they occur."""

    name: str
    weight: float
    modality: str
    body_part: str
    exam: Variants
    technique: Variants
    reason: Variants
    normal: Variants  # true of any study
    if_clear: Variants  # true of a study without findings
    clear: Variants  # its impression
    familial: tuple[str, ...]
    drawn: tuple[str, ...]  # findings that occur
    cumulative: tuple[float, ...]  # of their weights
    deniable: tuple[str, ...]  # findings that may be said to be absent
    words: Mapping[str, FindingWords]


@dataclass(frozen=True, slots=True)
class Frames:
    """Sentences that any finding can stand in, headings and words."""

    sentences: Mapping[str, Variants]
    headings: Mapping[str, tuple[str, ...]]
    words: Mapping[str, tuple[str, ...]]


# Findings of which one may not be denied while the other is there.
_RELATED = (
    {"pneumonia", "consolidation", "tuberculosis"},
    {"pacemaker", "central_venous_catheter", "endotracheal_tube", "support_device"},
    {"brain_mass", "meningioma"},
    {"lung_nodule", "lung_mass", "granuloma"},
    {"brain_mass", "midline_shift"},
    {"pleural_effusion", "pleural_thickening"},
    {"disc_herniation", "spinal_stenosis"},
    {"aortic_aneurysm", "aortic_dissection"},
    {"hiatal_hernia", "hernia"},
    {"pulmonary_fibrosis", "bronchiectasis"},
)


@cache
def related(finding: str) -> frozenset[str]:
    """Return a finding and those that may not be denied in one breath with it."""
    return frozenset({finding}.union(*(group for group in _RELATED if finding in group)))


@cache
def load_frames() -> Frames:
    """Return the sentences of `data/frames.toml`."""
    data = _read("frames.toml")
    headings, words = data.pop("headings"), data.pop("words")
    return Frames(
        {name: compile_template(*templates) for name, templates in data.items()},
        {name: tuple(texts) for name, texts in headings.items()},
        {name: tuple(texts) for name, texts in words.items()},
    )


@cache
def load_regions() -> tuple[Region, ...]:
    """Return the regions of the other data files, in a fixed order."""
    regions = []
    for file in ("chest.toml", "abdomen.toml", "neuro.toml"):
        data = _read(file)
        places = {
            name: tuple(Place(tuple(p["words"]), p["side"], tuple(p["box"])) for p in entry["list"])
            for name, entry in data["places"].items()
        }
        words = {name: _finding(entry, places) for name, entry in data["finding"].items()}
        regions += [_region(name, entry, words) for name, entry in data["region"].items()]
    return tuple(regions)


def _read(file: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "data" / file).read_text("utf-8"))


def _finding(entry: dict[str, Any], places: Mapping[str, tuple[Place, ...]]) -> FindingWords:
    plurals, says, says_none = entry.get("plurals"), entry.get("says"), entry.get("says_none")
    names = [_split(name) for name in entry["names"]]
    return FindingWords(
        with_article=compile_template(
            *(f"{article}{{adjective}}{{sideword}}[{name}]" for article, name in names)
        ),
        without_article=compile_template(*(f"{{adjective}}{{sideword}}[{name}]" for _, name in names)),
        plural=compile_template(*(f"{{adjective}}{{sideword}}[{name}]" for name in plurals))
        if plurals
        else None,
        alone=compile_template(*(f"[{name}]" for name in entry.get("alone", [name for _, name in names]))),
        none=compile_template(*(f"[{name}]" for name in entry["none"])),
        adjectives=compile_template(*entry["adjectives"]),
        says=compile_template(*says) if says else None,
        says_none=compile_template(*says_none) if says_none else None,
        places=places[entry["places"]],
        radius=tuple(entry["radius"]),
        sized=entry.get("sized", False),
        device=entry.get("device", False),
        nowhere=entry.get("nowhere", False),
        at=entry.get("at", False),
    )


def _split(name: str) -> tuple[str, str]:
    """Return the slot of a name's article, "" where it has none, and the name, with its finding where it says one."""
    finding, colon, text = name.rpartition(":")
    bare = text.removeprefix("a ").removeprefix("an ")
    return ("{a}" if bare != text else "", finding + colon + bare)


def _region(name: str, entry: dict[str, Any], words: Mapping[str, FindingWords]) -> Region:
    weights = {finding: weight for finding, weight in entry["findings"].items() if weight}
    return Region(
        name=name,
        weight=entry["weight"],
        modality=entry["modality"],
        body_part=entry["body_part"],
        exam=compile_template(*entry["exam"]),
        technique=compile_template(*entry["technique"]),
        reason=compile_template(*entry["reason"]),
        normal=compile_template(*entry["normal"]),
        if_clear=compile_template(*entry["if_clear"]),
        clear=compile_template(*entry["clear"]),
        familial=tuple(entry["familial"]),
        drawn=tuple(weights),
        cumulative=tuple(accumulate(weights.values())),
        deniable=tuple(f for f in entry["findings"] if not words[f].device or f == "support_device"),
        words=words,
    )

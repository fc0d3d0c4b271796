"""What a DICOM header says of its picture besides pixels: modality, body part, plane, view, contrast, and by which element.

The element made for a fact counts first, then words of the descriptions of series, protocol and study. Of contrast the series'
words count before the element: scanners copy the agent into the series before its injection, too.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from pydicom.dataset import Dataset

from radmine.ingest import dicom_words as words
from radmine.ingest.dicom_file import frame_groups, items_of
from radmine.ingest.dicom_header import class_of, meaning_of, text_of
from radmine.ingest.dicom_numbers import numbers_of
from radmine.run import Limits

_DESCRIPTIONS = ("SeriesDescription", "ProtocolName", "StudyDescription")
_VOLUMES = ("ContrastBolusVolume", "ContrastBolusTotalDose")
_RADIOGRAPHS = {"CR", "DX", "RG"}
_SLICES = {"CT", "MR", "PT", "NM"}
_STORAGE = "1.2.840.10008.5.1.4.1.1."
_MODALITIES: Mapping[str, tuple[str, ...]] = {  # by SOP class (PS3.4 B.5)
    "CR": ("1",),
    "DX": ("1.1", "1.1.1"),
    "MG": ("1.2", "1.2.1", "13.1.3"),
    "CT": ("2", "2.1", "2.2"),
    "US": ("3.1", "6.1", "6.2"),
    "MR": ("4", "4.1", "4.3", "4.4"),
    "XA": ("12.1", "12.1.1", "13.1.1"),
    "RF": ("12.2", "12.2.1"),
    "NM": ("20",),
    "PT": ("128", "128.1", "130"),
}
_OF_CLASS = {_STORAGE + tail: modality for modality, tails in _MODALITIES.items() for tail in tails}


@dataclass(slots=True)
class Facts:
    """What a header says, and the elements that say it where they are not those made for it."""

    modality: str | None = None
    body_part: str | None = None
    view: str | None = None
    plane: str | None = None  # where no orientation says it
    contrast: str | None = None
    by: dict[str, str] = field(default_factory=dict)

    @property
    def said_by(self) -> str | None:
        """The elements as one text."""
        return ",".join(f"{fact}={keyword}" for fact, keyword in self.by.items()) or None

    @property
    def reworded(self) -> tuple[str, ...]:
        """The elements made for a fact whose word was made a usual one."""
        return tuple(
            keyword for keyword in self.by.values() if keyword in ("BodyPartExamined", "ViewPosition")
        )


_cached = lru_cache(4096)  # the descriptions of a series are those of all of its files
_contrast_in, _body_part_in, _plane_in, _view_in = map(
    _cached, (words.contrast_in, words.body_part_in, words.plane_in, words.view_in)
)


def facts_of(dataset: Dataset, limits: Limits, *, oriented: bool) -> Facts:
    """Return the facts of a header.

    Parameters
    ----------
    limits
        Of what is read.
    oriented
        Whether the plane is known from the orientation.
    """
    facts = Facts(modality=text_of(dataset, "Modality"))
    if facts.modality is None and (modality := _OF_CLASS.get(class_of(dataset))):
        facts.modality, facts.by["modality"] = modality, "SOPClassUID"
    facts.body_part = _body_part(dataset, limits)
    if facts.body_part is None:
        facts.body_part = _said(dataset, facts, "body_part", _body_part_in)
    elif facts.body_part not in words.PARTS and (usual := _body_part_in(facts.body_part)):
        facts.body_part, facts.by["body_part"] = usual, "BodyPartExamined"
    view = text_of(dataset, "ViewPosition") or meaning_of(dataset, "ViewCodeSequence")
    facts.view = view
    if view is None and facts.modality in _RADIOGRAPHS:
        facts.view = _said(dataset, facts, "view", _view_in, _DESCRIPTIONS[:2])
    elif view is not None and (usual := _view_in(view)) not in (None, view):
        facts.view, facts.by["view"] = usual, "ViewPosition"
    if not oriented and facts.modality in _SLICES:
        facts.plane = _said(dataset, facts, "plane", _plane_in, _DESCRIPTIONS[:2])
    facts.contrast = (
        _said(dataset, facts, "contrast", _contrast_in, _DESCRIPTIONS[:1])
        or _given(dataset, facts)
        or _said(dataset, facts, "contrast", _contrast_in, _DESCRIPTIONS[1:])
    )
    return facts


def _said(
    dataset: Dataset,
    facts: Facts,
    fact: str,
    read: Callable[[str], str | None],
    keywords: Iterable[str] = _DESCRIPTIONS,
) -> str | None:
    """Return what the first description that says it says of a fact, and note which it was."""
    for keyword in keywords:
        text = text_of(dataset, keyword)
        if text and (found := read(text)):
            facts.by[fact] = keyword
            return found
    return None


def _given(dataset: Dataset, facts: Facts) -> str | None:
    """Return whether the elements made for it say that a contrast agent was given (PS3.3 C.7.6.4)."""
    agent = text_of(dataset, "ContrastBolusAgent")
    if agent:
        facts.by["contrast"] = "ContrastBolusAgent"
        return words.contrast_by_agent(agent)
    if items_of(dataset, "ContrastBolusAgentSequence"):
        facts.by["contrast"] = "ContrastBolusAgentSequence"
        return "yes"
    for keyword in _VOLUMES:
        if (numbers_of(dataset, keyword).first or 0) > 0:
            facts.by["contrast"] = keyword
            return "yes"
    return None


def _body_part(dataset: Dataset, limits: Limits) -> str | None:
    named = text_of(dataset, "BodyPartExamined") or meaning_of(dataset, "AnatomicRegionSequence")
    if named:
        return named
    for group in (
        *items_of(dataset, "SharedFunctionalGroupsSequence"),
        *islice(frame_groups(dataset, limits), 1),
    ):
        for anatomy in items_of(group, "FrameAnatomySequence"):
            return meaning_of(anatomy, "AnatomicRegionSequence")
    return None

"""What a finding is by what stands around its sentence: `place_findings` names it, `side_findings` gives it a side."""

import functools
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from radmine.findings import (
    composed,
    load_anatomy,
    load_composed,
    load_findings,
    load_observations,
    sites_above,
)
from radmine.parse.attribute_words import HIDES, unsided
from radmine.parse.heading_words import is_exam, makes_label
from radmine.parse.heads import EVERYWHERE
from radmine.parse.text import fold
from radmine.parse.vocabulary import find_hits
from radmine.records import Described, Mention, Section, Sentence, Span

_LABEL = 40  # characters of a label at the beginning of a sentence
_TITLE = 100  # characters of a title
_WORDS = 6  # of one that names no modality: what else stands under "exam" is an examination of the patient
_MODALITY = re.compile(
    r"\b(?:MRI?|CT|CTA|MRA|US|PET|XR|x-?rays?|radiographs?|ultrasound|sonograph\w*|mammogra\w+|tomography|magnetic resonance|arthrogram)\b",
    re.ASCII | re.IGNORECASE,
)
_REGIONS = ("chest", "abdomen", "pelvis", "head", "neck", "spine")
_JOINT = "joint"
_LIMB_VESSELS = frozenset(
    ("femoral_vessels", "popliteal_vessels", "arm_vessels", "calf_vessels", "superficial_vein")
)
_TRUNK = frozenset(("rib", "sternum", "bony_pelvis", "pubis", "body_wall"))
_SIDE = re.compile(
    r"[Ll]eft|[Rr]ight|LEFT|RIGHT|[Bb]ilat|BILAT|\b[LRlr][Tt]\b|\b[RLrl][UMLuml][Llf]\b|[Bb]oth|BOTH",
    re.ASCII,
)
# What else stands in a label of a site and its side: "Findings, right knee:".
_SMALL_WORDS = re.compile(r"(?:[^a-z]|\b(?:findings|the|of|on|side|joint|and)\b)*", re.ASCII)
# Findings that a group of the lexicon has, and that tell nothing of the region of which a report speaks.
_ANYWHERE = frozenset(
    (
        "infection",
        "hernia",
        "lymphadenopathy",
        "granuloma",
        "sarcoidosis",
        "tuberculosis",
        "volume_loss",
        "fat_stranding",
        "contrast_extravasation",
        "degenerative_change",
        "osteophyte",
        "other_disease",
        "chest_disease",
    )
)


class _Place(NamedTuple):
    """A site that words around a finding name."""

    site: str
    words: Span


class _Sided(NamedTuple):
    """A site and a side that head what is said."""

    site: str
    words: Span
    side: str
    side_words: Span


@functools.cache
def open_findings() -> frozenset[str]:
    """Return the findings that are others at some site, and do not name their own."""
    observations = load_observations()
    return frozenset(
        name
        for name, _ in load_composed()
        if (not observations[name].beside if name in observations else name in _ANYWHERE)
    )


@functools.lru_cache(maxsize=1 << 13)
def _sites_in(text: str) -> tuple[_Place, ...]:
    """Return the sites that a text names, in order."""
    folded = fold(text)
    return tuple(
        _Place(said.site, folded.span(start, end))
        for start, end, said in find_hits(folded).attributes
        if said.site is not None
    )


def place_findings(
    text: str,
    sections: Sequence[Section],
    sentences: Sequence[Sentence],
    mentions: list[Mention],
    unplaced: Sequence[int],
    body_part: str | None,
) -> None:
    """Name findings without a site by the place of which the report speaks, in `mentions` itself.

    `unplaced` are their places in `mentions`. What the label or heading above them names comes first, then what the exam's title
    or body part names, then the regions of all else in the report. What no place makes another finding keeps its general
    name, unless the report speaks of no place at all: there a word means what it usually does.
    """
    exam: tuple[_Place, ...] | None = None
    regions: tuple[str, ...] | None = None
    labels: dict[int, list[_Place]] = {}
    for at in unplaced:
        mention = mentions[at]
        name = mention.finding
        near = _above(text, sections, sentences, mention.sentence, labels)
        if near:
            found = _at_heading(name, near)
            if found is not None:
                mentions[at] = mention._replace(
                    finding=found[0],
                    anatomy=mention.anatomy or found[1].site,
                    site=mention.site or found[1].words,
                )
                continue
        if exam is None:
            title = _title(text, sections, sentences, mentions)
            exam = _sites_in(". ".join((title, (body_part or "").replace("_", " "))))
        meant = _one(name, (place.site for place in exam))
        if meant is None and not exam and name in _named_by_region():
            if regions is None:
                regions = _regions_of(text, sentences, mentions, frozenset(unplaced))
            meant = _one(name, regions)
            if meant is None and not near and not regions:
                meant = _usual(name)
        if meant:
            mentions[at] = mention._replace(finding=meant)


def side_findings(
    text: str, sections: Sequence[Section], sentences: Sequence[Sentence], mentions: list[Mention]
) -> None:
    """Give findings the side, and the site where it says more, of the label, heading or title above them, in `mentions` itself.

    What stands right behind it needs no site of its own: "RIGHT KNEE: Small effusion."; what follows that does, unless
    the label is alone in its line. The title of the exam of a limb ("XR LEFT ANKLE") gives its side to all at the limbs.
    """
    above: list[_Sided | None] = []
    first: list[bool] = []
    limb: list[bool] = []  # whether a limb's title alone gives the side
    section, sided, alone = -1, None, False
    title: _Sided | None = None
    for start, end, number in sentences:
        here = number != section
        if here:
            section, alone = number, True
            heading = sections[section].heading
            sided = _sided(text[heading[0] : heading[1]], heading[0]) if heading else None
            name = sections[number].name
            named = text[start : min(end, start + _TITLE)].partition(" for ")[0]
            if name == "exam" or (makes_label(name) and _MODALITY.search(named) and is_exam(named)):
                title = _one_sided(named, start)
        colon = text.find(":", start, min(end + 1, start + _LABEL))
        if colon > 0:
            here = True
            sided = _sided(text[start:colon], start)
            alone = not text[colon + 1 : end].strip()
            if sided is not None and _MODALITY.search(text, start, colon):
                title, sided = _one_sided(text[start:colon], start), None
        above.append(sided or title)
        limb.append(sided is None and title is not None and _is_limb(title.site))
        first.append(limb[-1] or (sided is not None and (here or alone)))
    for at, mention in enumerate(mentions):
        label = above[mention.sentence]
        if label is None or mention.laterality is not None or mention.finding in unsided():
            continue
        anatomy = mention.anatomy
        if anatomy is None or anatomy in EVERYWHERE:
            if not first[mention.sentence]:
                continue
        elif anatomy != label.site and not (
            anatomy in load_anatomy()
            and (
                anatomy in sites_above()[label.site]
                or label.site in sites_above()[anatomy]
                or (limb[mention.sentence] and _is_limb(anatomy))
            )
        ):
            continue
        said = Described("laterality", label.side, *label.side_words)
        mention = mention._replace(laterality=label.side, described=(said, *mention.described))
        if anatomy in EVERYWHERE:
            mention = mention._replace(anatomy=label.site, site=label.words)
        mentions[at] = mention


def _one_sided(text: str, start: int) -> _Sided | None:
    """Return the site and side that a title names; None where it names both sides: it does not say that each finding is on both."""
    sided = _sided(text, start)
    return None if sided is None or sided.side not in ("left", "right") else sided


def _is_limb(site: str) -> bool:
    """Return whether a site is at an arm or a leg."""
    if site in _LIMB_VESSELS:
        return True
    return site in load_anatomy() and load_anatomy()[site].region == "bones" and site not in _TRUNK


def _sided(text: str, start: int) -> _Sided | None:
    """Return the site and side that a label is, None where it is anything else."""
    label = _side_of(text) if _SIDE.search(text) else None
    if label is None:
        return None
    (low, high), (first, last) = label.words, label.side_words
    return label._replace(words=(low + start, high + start), side_words=(first + start, last + start))


@functools.lru_cache(maxsize=1 << 10)
def _side_of(text: str) -> _Sided | None:
    folded = fold(text)
    site: tuple[str, Span] | None = None
    side: tuple[str, Span] | None = None
    rest, at = "", 0
    for start, end, said in find_hits(folded).attributes:
        rest += folded.text[at:start]
        at = end
        if said.kind is not None or said == HIDES:
            return None
        span = folded.span(start, end)
        if said.side is not None:
            if side is not None and side[0] != said.side:
                return None
            side = said.side, span
        if said.site is not None:
            site = said.site, span
    rest += folded.text[at:]
    if site is None or side is None or not (_SMALL_WORDS.fullmatch(rest) or is_exam(rest)):
        return None
    return _Sided(*site, *side)


def _title(
    text: str, sections: Sequence[Section], sentences: Sequence[Sentence], mentions: Sequence[Mention]
) -> str:
    """Return the title of an exam: its section, else a first sentence that names a modality and no finding."""
    examined = {sentences[mention.sentence].section for mention in mentions}
    titles = []
    for index, section in enumerate(sections):
        if section.name == "exam":
            words = text[section.start : section.end]
            if _MODALITY.search(words) or (len(words.split()) <= _WORDS and index not in examined):
                titles.append(words)
    if not titles and sentences:
        first = sentences[0]
        title = text[first.start : first.end]
        if len(title) < _TITLE and _MODALITY.search(title) and not (mentions and mentions[0].sentence == 0):
            titles.append(title)
    return ". ".join(titles)


def _one(name: str, sites: Iterable[str]) -> str | None:
    """Return what a finding is called at some sites: the one name, its usual one among several, else None."""
    names = {meant for site in sites if (meant := load_composed().get((name, site)))}
    if len(names) == 1:
        return names.pop()
    usual = _usual(name)
    return usual if usual in names else None


def _usual(name: str) -> str | None:
    own = load_observations().get(name)
    return own.usual if own is not None else None


@functools.cache
def _named_by_region() -> frozenset[str]:
    """Return the findings whose words name an organ's finding where the region alone is known."""
    usual = {name for name, observation in load_observations().items() if observation.usual is not None}
    return frozenset(usual | (open_findings() & _ANYWHERE))


def _at_heading(name: str, near: Sequence[_Place]) -> tuple[str, _Place] | None:
    """Return what a finding is called under a heading that names sites, and the site by which it is; None where it is not."""
    meant = _one(name, (place.site for place in near))
    if meant is not None:
        return meant, next(p for p in near if load_composed().get((name, p.site)) == meant)
    if len(near) == 1 and near[0].site not in _REGIONS and name in load_observations():
        meant = composed(name, near[0].site)
        return (meant, near[0]) if meant else None
    return None


def _above(
    text: str,
    sections: Sequence[Section],
    sentences: Sequence[Sentence],
    index: int,
    labels: dict[int, list[_Place]],
) -> list[_Place]:
    """Return the sites of the label, else of the heading, under which a sentence stands; `labels` keeps them by sentence."""
    section = sentences[index].section
    found: list[_Place] | None = None
    at = index
    while found is None and at >= 0 and sentences[at].section == section:
        start, end, _ = sentences[at]
        colon = text.find(":", start, min(end, start + _LABEL))
        found = _shifted(_sites_in(text[start:colon]), start) if colon > 0 else labels.get(at)
        at -= 1
    if found is None:
        heading = sections[section].heading
        found = _shifted(_sites_in(text[heading[0] : heading[1]]), heading[0]) if heading else []
    labels[index] = found
    return found


def _shifted(places: Iterable[_Place], start: int) -> list[_Place]:
    return [_Place(site, (low + start, high + start)) for site, (low, high) in places]


def _regions_of(
    text: str, sentences: Sequence[Sentence], mentions: Sequence[Mention], unplaced: frozenset[int]
) -> tuple[str, ...]:
    """Return the regions of which a report speaks: those of its findings, else those of all sites that it names."""
    found = {
        _region_of(mention)
        for at, mention in enumerate(mentions)
        if at not in unplaced or mention.anatomy is not None
    }
    if not found - {None}:
        found = {_region(place.site) for s in sentences for place in _sites_in(text[s.start : s.end])}
    return tuple(sorted(region for region in found if region))


def _region_of(mention: Mention) -> str | None:
    """Return the region of which a mention speaks, None where it may be any."""
    anatomy = mention.anatomy
    return _region_of_finding(mention.finding) if anatomy is None else _region(anatomy)


@functools.cache
def _region_of_finding(name: str) -> str | None:
    """Return the region of a finding, None where it may be any."""
    finding = load_findings().get(name)
    if finding is None or finding.group not in _REGIONS:
        return None
    return None if finding.name in _ANYWHERE or finding.name in load_observations() else finding.group


@functools.cache
def _region(site: str) -> str | None:
    """Return the region of a site: one of the body's, or a joint; None where it may be any."""
    if site not in load_anatomy():
        return None
    whole = {site, *sites_above()[site]}
    region = next((region for region in _REGIONS if region in whole), None)
    if region is None and site not in ("clavicle", "scapula"):
        return _JOINT if load_composed().get(("effusion", site)) == "joint_effusion" else None
    return region

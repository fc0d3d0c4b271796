"""What a finding is by what stands around its sentence: `place_findings` names it."""

import functools
import re
from collections.abc import Sequence
from typing import NamedTuple

from radmine.findings import (
    composed,
    load_anatomy,
    load_composed,
    load_findings,
    load_observations,
    sites_above,
)
from radmine.parse.answers import starts_with_value
from radmine.parse.heading_words import is_exam, makes_label
from radmine.parse.normal import NORMAL_EXAM
from radmine.parse.observed import observation_called
from radmine.parse.organs import (
    BARE_POLE,
    ENDS,
    NAMED_BY_ORGAN,
    at_end,
    at_pole,
    beside,
    examined,
    of_organ,
    scored,
)
from radmine.parse.sides import LABEL, MODALITY, TITLE
from radmine.parse.text import fold
from radmine.parse.vocabulary import find_hits
from radmine.records import Mention, Section, Sentence, Span

_VALUE = 20  # characters of a field's value
_WORDS = 6  # of one that names no modality: what else stands under "exam" is an examination of the patient
_CHEST = re.compile(r"\b(?:CXR|chest|thorax)\b", re.ASCII | re.IGNORECASE)
_REGIONS = ("chest", "abdomen", "pelvis", "head", "neck", "spine")
_JOINT = "joint"
APEX, LUNG, BREAST = "lung_apex", "lung", "breast"
ENDED = ENDS | {APEX}
"""Sites whose words may be a part of an organ that stands elsewhere."""

_BARE_APEX = frozenset(("apex", "apices", "apical"))
# Organs that have an apex, and the site that it is.
_APICES = {
    **dict.fromkeys(("lung", "pleura"), LUNG),
    **{organ: organ for organ in ("prostate", "bladder", "orbit", "temporal_bone", "sacrum", "tooth")},
    "heart": "myocardium",
}
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
        "reflux",
        "distortion",
        "dehiscence",
    )
)


class _Place(NamedTuple):
    """A site that words around a finding name."""

    site: str
    words: Span


@functools.cache
def open_findings() -> frozenset[str]:
    """Return the findings that are others at some site, and do not name their own."""
    observations = load_observations()
    return NAMED_BY_ORGAN | {
        name
        for name, _ in load_composed()
        if (not observations[name].beside if name in observations else name in _ANYWHERE)
    }


@functools.lru_cache(maxsize=1 << 13)
def _sites_in(text: str) -> tuple[_Place, ...]:
    """Return the sites that a text names, in order."""
    folded = fold(text)
    places = [
        _Place(said.site, folded.span(start, end))
        for start, end, said in find_hits(folded).attributes
        if said.site is not None
    ]
    if "mammogra" in folded.text and all(place.site != BREAST for place in places):
        at = folded.text.index("mammogra")
        places.append(_Place(BREAST, folded.span(at, at + len("mammogra"))))
    return tuple(places)


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
        if (told := scored(text, sentences, mention)) is not None:
            mentions[at] = told
            continue
        near = _above(text, sections, sentences, mention.sentence, labels)
        pole = mention.site is not None and BARE_POLE.fullmatch(text, *mention.site) is not None
        if mention.anatomy == APEX:
            if exam is None:
                exam = _exam(text, sections, sentences, mentions, body_part)
            mentions[at] = _at_apex(text, mention, sentences[mention.sentence], near or exam)
            continue
        if mention.anatomy in ENDS or name in NAMED_BY_ORGAN:
            if exam is None:
                exam = _exam(text, sections, sentences, mentions, body_part)
            said = _sites_in(text[slice(*sentences[mention.sentence][:2])])
            before: Sequence[_Place] = ()
            if mention.sentence and not near:
                low, high, _ = sentences[mention.sentence - 1]
                if text.find("\n", high, mention.start) < 0:
                    before = _sites_in(text[low:high])
            places = [[place.site for place in told] for told in (said, near, before, exam)]
            if name in NAMED_BY_ORGAN:
                mentions[at] = of_organ(text, mention, places)
                continue
            ended = at_end(text, mention, places)
            if ended is not None or name not in open_findings():
                mentions[at] = ended or mention
                continue
        if mention.rule == NORMAL_EXAM:
            label = text[sentences[mention.sentence].start : mention.start]
            if ":" not in label:
                label = _title(text, sections, sentences, mentions)
            sites = near or _sites_in((body_part or "").replace("_", " ")) or _sites_in(label)
            where = [place.site for place in sites]
            if not where and not label:
                where.extend(_regions_of(text, sentences, mentions, frozenset(unplaced)))
            of_chest = _CHEST.search(label) or any(load_composed().get((name, s)) == name for s in where)
            mentions[at] = mention if of_chest else _called(mention, "other_disease")
            continue
        if mention.anatomy is not None and not pole:
            near = [place for place in near if beside(mention.anatomy, place.site)]
        if pole:
            if exam is None:
                exam = _exam(text, sections, sentences, mentions, body_part)
            mentions[at] = at_pole(mention, [p.site for p in near], [p.site for p in exam])
            continue
        if mention.anatomy is not None and load_composed().get((name, mention.anatomy)) == name:
            continue  # that is its name there
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
            exam = _exam(text, sections, sentences, mentions, body_part)
        if mention.anatomy is None:
            named = tuple([place.site for place in exam])
            meant = _one(name, examined(text, sentences[mention.sentence], named))
        else:
            meant = _one(name, tuple([p.site for p in exam if beside(mention.anatomy, p.site)]))
        if meant is None and not exam and name in _named_by_region():
            if regions is None:
                regions = _regions_of(text, sentences, mentions, frozenset(unplaced))
            meant = _one(name, regions)
            if meant is None and not near and not regions:
                meant = _usual(name)
        if meant:
            mentions[at] = _called(mention, meant)


def _called(mention: Mention, finding: str) -> Mention:
    """Return a mention as one of another finding: `_replace`, several times as fast."""
    return tuple.__new__(Mention, (*mention[:2], finding, *mention[3:]))


def tells_of_exam(text: str, sections: Sequence[Section], sentences: Sequence[Sentence], index: int) -> bool:
    """Return whether a sentence says of an exam that it is normal: by its label, or as the first of what says what is seen."""
    start, end, section = sentences[index]
    if not makes_label(sections[section].name):
        return False
    if text.find(":", start, end) >= 0:
        return True
    if index == 0 or sentences[index - 1].section != section:
        return index > 0 or sections[section].heading is not None  # "Normal." alone is of no exam
    low, high, _ = sentences[index - 1]
    return high - low < TITLE and is_exam(text[low:high])


def _exam(
    text: str,
    sections: Sequence[Section],
    sentences: Sequence[Sentence],
    mentions: Sequence[Mention],
    body_part: str | None,
) -> tuple[_Place, ...]:
    """Return the sites that an exam's title and body part name."""
    title = _title(text, sections, sentences, mentions)
    return _sites_in(". ".join((title, (body_part or "").replace("_", " "))))


def _at_apex(text: str, mention: Mention, sentence: Sentence, near: Sequence[_Place]) -> Mention:
    """Return a mention at "the apex" with that of the organ of which its sentence, else what stands above it, speaks."""
    low, high = mention.site or (0, 0)
    if text[low:high].lower() not in _BARE_APEX:
        return mention
    for places in (_sites_in(text[sentence.start : sentence.end]), near):
        named = {p.site for p in places} - {APEX}
        organs = {_APICES[site] for part in named for site in (part, *sites_above()[part]) if site in _APICES}
        if organs:
            break
    general = observation_called(fold(text[mention.start : mention.end]).text)
    if len(organs) != 1 or LUNG in organs or composed(general or "", APEX) != mention.finding:
        return mention
    organ = organs.pop()
    meant = composed(general or "", organ) or mention.finding
    kept = tuple(dict.fromkeys([organ if name == APEX else name for name in mention.sites]))
    return mention._replace(finding=meant, anatomy=organ, sites=kept)


def _title(
    text: str, sections: Sequence[Section], sentences: Sequence[Sentence], mentions: Sequence[Mention]
) -> str:
    """Return the title of an exam: its section, else a first sentence that names a modality and no finding."""
    titles = []
    examined: set[int] | None = None  # the sections that name findings, once they are needed
    for index, section in enumerate(sections):
        if section.name == "exam":
            words = text[section.start : section.end]
            if MODALITY.search(words):
                titles.append(words)
                continue
            if examined is None:
                examined = {sentences[mention.sentence].section for mention in mentions}
            if len(words.split()) <= _WORDS and index not in examined:
                titles.append(words)
    if not titles and sentences and not (mentions and mentions[0].sentence == 0):
        first = sentences[0]
        title = text[first.start : first.end]
        if len(title) < TITLE and (MODALITY.search(title) or is_exam(title)):
            titles.append(title)
    return ". ".join(titles)


@functools.lru_cache(maxsize=1 << 14)
def _one(name: str, sites: tuple[str, ...]) -> str | None:
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
    meant = _one(name, tuple([place.site for place in near]))
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
    _, last, section = sentences[index]
    begin, _, _, heading = sections[section]
    found: list[_Place] | None = None
    at = index if text.find(":", begin, last + 1) >= 0 else -1
    while found is None and at >= 0 and sentences[at].section == section:
        start, end, _ = sentences[at]
        colon = text.find(":", start, min(end + 1, start + LABEL))
        if colon > 0 and at < index and _answered(text, colon, end):
            break
        found = _shifted(_sites_in(text[start:colon]), start) if colon > 0 else labels.get(at)
        at -= 1
    if found is None:
        found = _shifted(_sites_in(text[heading[0] : heading[1]]), heading[0]) if heading else []
    labels[index] = found
    return found


def _answered(text: str, colon: int, end: int) -> bool:
    """Return whether the field that a colon ends has its whole value behind it: it heads nothing that follows."""
    value = text[colon + 1 : end].strip()
    return 0 < len(value) < _VALUE and starts_with_value(value, 0)


def _shifted(places: Sequence[_Place], start: int) -> list[_Place]:
    return [] if not places else [_Place(site, (low + start, high + start)) for site, (low, high) in places]


def _regions_of(
    text: str, sentences: Sequence[Sentence], mentions: Sequence[Mention], unplaced: frozenset[int]
) -> tuple[str, ...]:
    """Return the regions of which a report speaks: those of its findings, else those of all sites that it names."""
    found: set[str | None] = set()
    for at, mention in enumerate(mentions):
        site = mention.anatomy
        if site is not None:
            found.add(_region(site))
        elif at not in unplaced:
            found.add(_region_of_finding(mention.finding))
    if not found - {None}:
        found = {_region(place.site) for s in sentences for place in _sites_in(text[s.start : s.end])}
    return tuple(sorted(region for region in found if region))


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

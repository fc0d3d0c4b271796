"""The side that a label, a heading or a title gives to what is found under it: `side_findings`."""

import functools
import re
from collections.abc import Sequence
from typing import NamedTuple

from radmine.findings import load_anatomy, load_composed, sites_above
from radmine.parse.attribute_words import HIDES, unsided
from radmine.parse.heading_words import is_exam, makes_label, may_be_exam
from radmine.parse.heads import EVERYWHERE
from radmine.parse.text import fold
from radmine.parse.vocabulary import find_hits
from radmine.records import Described, Mention, Section, Sentence, Span

LABEL = 40  # characters of a label at the beginning of a sentence
TITLE = 100  # characters of a title
# These two begin with a set, which their search skips to.
MODALITY = re.compile(
    r"[ACMPRSTUXacmprstux](?<![A-Za-z0-9_].)(?i:(?:(?<=M)RI?|(?<=C)TA?|(?<=M)RA|(?<=U)S|(?<=P)ET|(?<=C)XR|(?<=X)R|(?<=X)-?rays?"
    r"|(?<=R)adiographs?|(?<=U)ltrasound|(?<=S)onograph\w*|(?<=M)ammogra\w+|(?<=T)omography|(?<=M)agnetic resonance|(?<=A)rthrogram)\b)",
    re.ASCII,
)
_SIDE = re.compile(
    r"[LRBlrb](?:(?<=[Ll])eft|(?<=[Rr])ight|(?<=L)EFT|(?<=R)IGHT|(?<=[Bb])ilat|(?<=B)ILAT|(?<=[Bb])oth|(?<=B)OTH"
    r"|(?<=\b[LRlr])(?:[Tt]|[UMLuml][LlfZz]|[Kk])\b|(?<=\b[LR])(?![\w'’/+&-]))",
    re.ASCII,
)
_LIMB_VESSELS = frozenset(
    ("femoral_vessels", "popliteal_vessels", "arm_vessels", "calf_vessels", "superficial_vein")
)
# Organs in pairs: what is named as one of theirs is on the side that the title of their exam names.
_PAIRED = frozenset(("breast", "kidney", "testis", "scrotum", "orbit", "temporal_bone"))
# What lies upstream of an obstruction, where that is, and what stands between.
_UPSTREAM = frozenset(("hydronephrosis", "hydroureter"))
_TRACT = frozenset(("kidney", "ureter", "ureterovesical_junction", "ureteropelvic_junction", "renal_pelvis"))
_WITH = re.compile(
    r",? (?:with|causing|resulting in|producing|leading to|and)(?: (?:an?|the|upstream|proximal|secondary|associated|resultant|"
    r"consequent|subsequent|minimal|mild|moderate|severe|marked|gross|to|grade \d))* ",
    re.ASCII,
)
_MAMMOGRAM = re.compile(r"mammogra\w+|tomosynthesis", re.ASCII)
_TRUNK = frozenset(("rib", "sternum", "bony_pelvis", "pubis", "body_wall"))
# What else stands in a label of a site and its side: "Findings, right knee:".
_SMALL_WORDS = re.compile(r"(?:[^a-z]|\b(?:findings|the|of|on|side|joint|and)\b)*", re.ASCII)


class _Sided(NamedTuple):
    """A site and a side that head what is said."""

    site: str
    words: Span
    side: str
    side_words: Span


class _Above(NamedTuple):
    """The label above a sentence."""

    label: _Sided
    bare: bool  # whether what stands under it needs no site of its own
    limb: bool  # whether it is the title of an exam of a limb, which gives its side to all at the limbs
    paired: bool  # whether it is the title of an exam of one organ of a pair


def side_findings(
    text: str, sections: Sequence[Section], sentences: Sequence[Sentence], mentions: list[Mention]
) -> None:
    """Give findings the side, and the site where it says more, of the label, heading or title above them, in `mentions` itself.

    What stands right behind it needs no site of its own: "RIGHT KNEE: Small effusion."; what follows that does, unless
    the label is alone in its line. The title of the exam of a limb ("XR LEFT ANKLE") gives its side to all at the limbs.
    """
    for at in range(1, len(mentions)):
        if mentions[at].finding in _UPSTREAM:
            mentions[at] = _dammed(text, mentions[at - 1], mentions[at])
    above: dict[int, _Above] = {}
    section, sided, alone = -1, None, False
    title: _Sided | None = None
    colon = -1  # the first at or after the beginning of the sentence
    for index, (start, end, number) in enumerate(sentences):
        here = number != section
        if here:
            section, alone = number, True
            _, _, name, heading = sections[number]
            sided = _sided(text[heading[0] : heading[1]], heading[0]) if heading else None
            named = text[start : min(end, start + TITLE)].partition(" for ")[0]
            if name == "exam" or (
                may_be_exam(named)
                and (title is not None or _SIDE.search(named))
                and makes_label(name)
                and MODALITY.search(named)
                and is_exam(named)
            ):
                title = _one_sided(named, start)
        if colon < start:
            colon = text.find(":", start)
            if colon < 0:
                colon = len(text)
        if 0 < colon <= end and colon < start + LABEL and colon < len(text):
            here = True
            sided = _sided(text[start:colon], start)
            alone = not text[colon + 1 : end].strip()
            if sided is not None and MODALITY.search(text, start, colon):
                title, sided = _one_sided(text[start:colon], start), None
        label = sided or title
        if label is not None:
            limb = sided is None and _is_limb(label.site)
            above[index] = _Above(
                label,
                limb or (sided is not None and (here or alone)),
                limb,
                sided is None and label.site in _PAIRED,
            )
    if not above:
        return
    for at, mention in enumerate(mentions):
        told = above.get(mention.sentence)
        if told is None or mention.laterality is not None or mention.finding in unsided():
            continue
        label, bare, limb, paired = told
        anatomy = mention.anatomy
        if anatomy is None or anatomy in EVERYWHERE:
            if not (bare or (paired and mention.finding in _named_at(label.site))):
                continue
        elif anatomy != label.site and not (
            anatomy in load_anatomy()
            and (
                anatomy in sites_above()[label.site]
                or label.site in sites_above()[anatomy]
                or (limb and _is_limb(anatomy))
            )
        ):
            continue
        said = Described("laterality", label.side, *label.side_words)
        mention = mention._replace(laterality=label.side, described=(said, *mention.described))
        if anatomy in EVERYWHERE:
            mention = mention._replace(anatomy=label.site, site=label.words)
        mentions[at] = mention


def _dammed(text: str, before: Mention, mention: Mention) -> Mention:
    """Return what an obstruction makes with the side of that: "left ureteric stone with hydronephrosis"."""
    if (
        mention.laterality is not None
        or before.laterality not in ("left", "right")
        or before.anatomy not in _TRACT
        or before.sentence != mention.sentence
    ):
        return mention
    end = max(before.end, before.site[1] if before.site is not None else 0)
    if _WITH.fullmatch(text, end, mention.start) is None:
        return mention
    said = [word for word in before.described if word.kind == "laterality"]
    return mention._replace(laterality=before.laterality, described=(*said, *mention.described))


@functools.cache
def _named_at(site: str) -> frozenset[str]:
    """Return the findings that observations are called at a site."""
    return frozenset([meant for (_, at), meant in load_composed().items() if at == site])


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
    label = _side_of(text)
    if label is None:
        return None
    (low, high), (first, last) = label.words, label.side_words
    return label._replace(words=(low + start, high + start), side_words=(first + start, last + start))


@functools.lru_cache(maxsize=1 << 12)
def _side_of(text: str) -> _Sided | None:
    if not _SIDE.search(text):
        return None
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
    if site is None and side is not None and _MAMMOGRAM.search(rest):
        site = "breast", side[1]
    if site is None or side is None or not (_SMALL_WORDS.fullmatch(rest) or is_exam(rest)):
        return None
    return _Sided(*site, *side)

"""The organ that words leave open: that of a scoring system, of a pole, and whether two sites can be of one organ."""

import functools
import re
from collections.abc import Iterable, Sequence

from radmine.findings import composed, load_anatomy, load_composed, load_observations, sites_above
from radmine.parse.heads import EVERYWHERE, RENAL_POLES, TISSUES
from radmine.parse.observed import observation_called, observation_in
from radmine.parse.text import fold
from radmine.records import Mention, Sentence

# Organs by their scoring systems, in the order of the groups.
_SCORED = ("", "thyroid", "breast", "liver", "lung", "prostate", "ovary", "kidney")
_SCORES = re.compile(
    r"\b(?:((?i:ti-? ?rads?)|TR-?[1-5]\b)|((?i:bi-? ?rads?))|((?i:li-? ?rads?)|LR ?-?[1-5M]\b)|((?i:lung-? ?rads?))|((?i:pi-? ?rads?))|((?i:o-? ?rads?))|((?i:bosniak)))",
    re.ASCII,
)
# Organs with poles, and the words for one that name none of them.
_POLED = frozenset(("thyroid", "kidney", "testis", "spleen", "patella"))
BARE_POLE = re.compile(
    r"(?:(?:upper|lower|mid|middle|superior|inferior) poles?|interpole)", re.ASCII | re.IGNORECASE
)

# The part of an organ that its head or neck is, by the organs that have one and what stands for them.
_ENDS = {
    "head": {
        "pancreas": "pancreatic_head",
        **dict.fromkeys(("hip", "femur"), "femoral_head"),
        **dict.fromkeys(("shoulder", "humerus"), "humerus"),
        **dict.fromkeys(("elbow", "radius"), "radius"),
        **dict.fromkeys(("fibula", "epididymis"), ""),
    },
    "neck": {
        "pancreas": "pancreatic_head",
        **dict.fromkeys(("hip", "femur"), "femoral_neck"),
        **dict.fromkeys(("shoulder", "humerus"), "humerus"),
        **dict.fromkeys(("elbow", "radius"), "radius"),
        **dict.fromkeys(("fibula", "gallbladder", "bladder"), ""),
    },
}
_BARE_END = re.compile(r"(?:the )?(?:head|neck)", re.ASCII | re.IGNORECASE)
_DUCT = "biliary_dilatation"
_SEPTA = "septal_thickening"
_NO_BILE = re.compile(r"(?:(?!bil|common|cbd|hepatic).)*", re.ASCII | re.IGNORECASE)
NAMED_BY_ORGAN = frozenset((_DUCT, _SEPTA))
"""Findings of one organ that words name, of whatever organ a report speaks: "ductal dilatation" is of the pancreas too."""
ENDS = frozenset(_ENDS)
"""Regions of the body whose words may be an end of an organ: "mass in the head" of the pancreas."""

_LOBE = re.compile(r"\b(?:(?:left|right|pyramidal) (?:thyroid )?lobe|isthmus)\b", re.ASCII | re.IGNORECASE)


def examined(text: str, sentence: Sentence, sites: tuple[str, ...]) -> tuple[str, ...]:
    """Return the sites of an exam as a sentence speaks of them: a lobe in an exam of the neck is one of the thyroid."""
    if "neck" in sites and _LOBE.search(text, sentence[0], sentence[1]) is not None:
        return ("thyroid",)
    return sites


def scored(text: str, sentences: Sequence[Sentence], mention: Mention) -> Mention | None:
    """Return a finding without a site at that of the scoring system which its sentence names, None where it names none: "TI-RADS 4 nodule"."""
    if mention.anatomy is not None:
        return None
    start, end, _ = sentences[mention.sentence]
    words = text[start:end]
    low = words.lower()
    if not ("rads" in low or "bosniak" in low or "TR" in words or "LR" in words):
        return None
    said = _SCORES.search(text, start, end)
    if said is None:
        return None
    site = _SCORED[said.lastindex or 0]
    meant = load_composed().get((mention.finding, site))
    return mention._replace(finding=meant, anatomy=site, site=said.span()) if meant else None


def at_pole(mention: Mention, near: Iterable[str], exam: Iterable[str]) -> Mention:
    """Return a finding at the pole of an organ: of the first that has poles of the sites near it, of the only one of the exam, else of the kidney."""
    named = [site for site in near if site in _POLED]
    examined = {site for site in exam if site in _POLED}
    organ = named[0] if named else examined.pop() if len(examined) == 1 else "kidney"
    if organ == "kidney" and mention.anatomy:
        organ = mention.anatomy
    places = mention.sites
    if not organ.startswith("kidney"):
        places = tuple(dict.fromkeys([organ if site in RENAL_POLES else site for site in places]))
    return mention._replace(
        finding=composed(mention.finding, organ) or mention.finding, anatomy=organ, sites=places
    )


def at_end(text: str, mention: Mention, named: Iterable[Iterable[str]]) -> Mention | None:
    """Return a finding at "the head" or "the neck" as one of the organ that has it, None where no organ is named that has one.

    `named` are the sites that its sentence names, then its label or heading, then the exam: the first that tell decide.
    """
    region, at = mention.anatomy or "", mention.site
    if at is None or _BARE_END.fullmatch(text, *at) is None:
        return None
    for sites in named:
        organs = {organ for site in sites for organ in (site, *sites_above()[site]) if organ in _ENDS[region]}
        parts = {_ENDS[region][organ] or organ for organ in organs}
        if len(parts) == 1:
            part = parts.pop()
            break
    else:
        return None
    words = fold(text[mention.start : mention.end]).text
    general, apart, _ = mention.finding.partition(f"@{region}")
    if not apart:
        called = observation_called(words)
        if called is None or composed(called, region) != mention.finding:
            called = observation_in(words, mention.finding)
        general = called or mention.finding
    sites = tuple(dict.fromkeys([part if site == region else site for site in mention.sites]))
    own = load_observations().get(general)
    if own is None or not own.beside or general != mention.finding:
        mention = mention._replace(finding=composed(general, part) or mention.finding)
    return mention._replace(anatomy=part, sites=sites)


def of_organ(text: str, mention: Mention, named: Iterable[Iterable[str]]) -> Mention:
    """Return a finding of `NAMED_BY_ORGAN` as that of the organ of which its sentence, label or exam speaks, by the first that names any."""
    words = text[mention.start : mention.end]
    if mention.finding == _DUCT and _NO_BILE.fullmatch(words) is None:
        return mention
    if mention.finding == _SEPTA and "lobular" in words.lower():
        return mention
    for sites in named:
        meant = {load_composed().get((mention.finding, site), mention.finding) for site in sites}
        if meant:
            return mention._replace(finding=meant.pop()) if len(meant) == 1 else mention
    return mention


@functools.cache
def beside(site: str, other: str) -> bool:
    """Return whether one site is part of the other, or may be: one that is found all over the body."""
    known = load_anatomy()
    if site not in known or other not in known or site in EVERYWHERE or site in TISSUES:
        return True
    above = sites_above()
    return site == other or other in above[site] or site in above[other]

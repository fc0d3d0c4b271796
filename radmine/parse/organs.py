"""The organ that words leave open: that of a scoring system, of a pole, and whether two sites can be of one organ."""

import functools
import re
from collections.abc import Iterable, Sequence

from radmine.findings import composed, load_anatomy, load_composed, sites_above
from radmine.parse.heads import EVERYWHERE, TISSUES
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
    return mention._replace(finding=composed(mention.finding, organ) or mention.finding, anatomy=organ)


@functools.cache
def beside(site: str, other: str) -> bool:
    """Return whether one site is part of the other, or may be: one that is found all over the body."""
    known = load_anatomy()
    if site not in known or other not in known or site in EVERYWHERE or site in TISSUES:
        return True
    above = sites_above()
    return site == other or other in above[site] or site in above[other]

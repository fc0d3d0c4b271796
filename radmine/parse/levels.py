"""The level of the spine that a label gives to what follows it: `level_findings`."""

import functools
import re
from collections.abc import Sequence

from radmine.findings import load_anatomy
from radmine.parse.sides import LABEL
from radmine.parse.text import fold
from radmine.parse.vocabulary import find_hits
from radmine.records import Mention, Sentence, Span

# What is found level by level, and the parts of a level.
_FINDINGS = frozenset(
    (
        "disc_bulge",
        "disc_herniation",
        "annular_tear",
        "spinal_stenosis",
        "foraminal_stenosis",
        "nerve_root_compression",
        "cord_compression",
        "spondylosis",
        "osteophyte",
        "ligamentum_flavum_hypertrophy",
        "spondylolisthesis",
        "facet_cyst",
    )
)
_PARTS = frozenset(
    ("spine", "vertebra", "disc", "facet_joint", "neural_foramen", "spinal_canal", "spinal_cord")
)
_PARAGRAPH = re.compile(r"[.:;!?] *[\r\n]")  # ends what a label heads


def level_findings(text: str, sentences: Sequence[Sentence], mentions: list[Mention]) -> None:
    """Give findings of the spine the level of the label of their line, in `mentions` itself: "L4-5: Disc bulge. Severe stenosis."."""
    for at, mention in enumerate(mentions):
        if mention.finding not in _FINDINGS or not (mention.anatomy is None or mention.anatomy in _PARTS):
            continue
        if any(_is_level(site) for site in mention.sites):
            continue
        found = _above(text, sentences, mention.sentence)
        if found is None:
            continue
        level, words = found
        if mention.anatomy is None:
            sites = (level, *mention.sites)
            mentions[at] = mention._replace(anatomy=level, site=words, sites=sites)
        else:
            mentions[at] = mention._replace(sites=(*mention.sites, level))


def _above(text: str, sentences: Sequence[Sentence], index: int) -> tuple[str, Span] | None:
    """Return the level that the label above a sentence is, and its words; None where there is none, or another."""
    begin, _, section = sentences[index]
    at = index - 1
    while at >= 0 and sentences[at].section == section:
        start, end, _ = sentences[at]
        if _PARAGRAPH.search(text, start, begin) is not None:
            return None
        colon = text.find(":", start, min(end + 1, start + LABEL))
        if colon > 0:
            level = _level_of(text[start:colon])
            return None if level is None else (level[0], (level[1][0] + start, level[1][1] + start))
        at -= 1
    return None


@functools.lru_cache(maxsize=1 << 10)
def _level_of(label: str) -> tuple[str, Span] | None:
    """Return the only level that a label names, and its words."""
    folded = fold(label)
    found = [
        (said.site, folded.span(start, end))
        for start, end, said in find_hits(folded).attributes
        if said.site is not None and _is_level(said.site)
    ]
    return found[0] if len(found) == 1 else None


@functools.lru_cache(maxsize=1 << 10)
def _is_level(site: str) -> bool:
    """Return whether a site is a vertebra or a disc between two."""
    known = load_anatomy().get(site)
    return known is not None and site[-1].isdigit() and not {"vertebra", "disc"}.isdisjoint(known.parents)

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
    read, level = 0, None  # the sentences gone through, and the level that the next one has
    for at, mention in enumerate(mentions):
        if mention.finding not in _FINDINGS or not (mention.anatomy is None or mention.anatomy in _PARTS):
            continue
        while read < mention.sentence:
            level = _behind(text, sentences[read], sentences[read + 1], level)
            read += 1
        if level is None or any(_is_level(site) for site in mention.sites):
            continue
        name, words = level
        if mention.anatomy is None:
            mentions[at] = mention._replace(anatomy=name, site=words, sites=(name, *mention.sites))
        else:
            mentions[at] = mention._replace(sites=(*mention.sites, name))


def _behind(
    text: str, sentence: Sentence, following: Sentence, level: tuple[str, Span] | None
) -> tuple[str, Span] | None:
    """Return the level, and its words, that a label gives to the sentence behind one that has a level itself, or none."""
    start, end, section = sentence
    if section != following.section or _PARAGRAPH.search(text, start, following.start) is not None:
        return None
    colon = text.find(":", start, min(end + 1, start + LABEL))
    if colon < 0:
        return level
    own = _level_of(text[start:colon])
    return None if own is None else (own[0], (own[1][0] + start, own[1][1] + start))


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

"""All words that reading a sentence looks for, found in one pass over it."""

import functools

from radmine.findings import load_phrases
from radmine.parse.attributes import load_attribute_phrases
from radmine.parse.patterns import load_parts
from radmine.parse.phrases import Hit, Phrases
from radmine.parse.rules import load_triggers
from radmine.parse.text import Folded


def find_hits(folded: Folded) -> list[list[Hit]]:
    """Return what a folded sentence holds of the vocabulary, each kind in order and without overlaps of its own.

    The kinds are the phrases of the lexicon, the parts of two-part patterns, the triggers of the rules, and the words for
    place, side, severity and change.
    """
    return _vocabulary().find(folded)


@functools.cache
def _vocabulary() -> Phrases:
    lexicon = {phrase: tuple(sorted(names)) for phrase, names in load_phrases().items()}
    return Phrases(lexicon, load_parts(), load_triggers(), load_attribute_phrases())

"""All words that reading a sentence looks for, found in one pass over it."""

import functools
from typing import NamedTuple

from radmine.findings import Lexicon, load_findings, load_phrases, observation_phrases, phrases_beside
from radmine.parse.advice_words import load_cues
from radmine.parse.attribute_words import load_attribute_phrases
from radmine.parse.normal import load_normal_phrases
from radmine.parse.patterns import load_hidden, load_parts
from radmine.parse.phrases import Hit, Phrases
from radmine.parse.rules import load_misspelt, load_triggers
from radmine.parse.tags import load_tag_phrases
from radmine.parse.text import Folded
from radmine.parse.unknown import known_to, said_by_endings


class Hits(NamedTuple):
    """What a folded sentence holds of the vocabulary, each kind in order and without overlaps of its own."""

    phrases: list[Hit]  # of the lexicon
    parts: list[Hit]  # of two-part patterns
    triggers: list[Hit]  # of the rules
    attributes: list[Hit]  # for place, side, severity and change
    cues: list[Hit]  # of what is said beside findings
    tags: list[Hit]  # for how findings look
    normal: list[Hit]  # that say that an organ is normal
    unknown: bool  # whether a word of it is in no vocabulary


def find_hits(folded: Folded, lexicon: Lexicon | None = None) -> Hits:
    """Return what a folded sentence holds of the vocabulary, with the phrases of a lexicon; None: ours."""
    found, unknown = _vocabulary(lexicon).read(folded)
    return tuple.__new__(Hits, (*found, unknown))


@functools.cache
def _vocabulary(lexicon: Lexicon | None) -> Phrases:
    names = load_phrases() if lexicon is None else lexicon.phrases
    phrases = {phrase: tuple(sorted(meant)) for phrase, meant in names.items()}
    for phrase, name in observation_phrases().items():
        meant = phrases.get(phrase, ())
        if name[0].isalpha():  # it takes the phrase from the finding that has it in our lexicon
            others = (other for other in meant if other not in load_findings())
            phrases[phrase] = (name, *others)
        elif not meant or meant == (name[1:],):
            phrases[phrase] = (name,)
    for phrase, name in phrases_beside().items():
        phrases[phrase] = tuple(sorted({*phrases.get(phrase, ()), name}))
    for word, said in said_by_endings(lexicon).items():
        phrases.setdefault(word, phrases[said])
    phrases.update(dict.fromkeys(load_hidden(), ()))
    return Phrases(
        phrases,
        load_parts(),
        load_triggers(),
        load_attribute_phrases(),
        load_cues(),
        load_tag_phrases(),
        load_normal_phrases(),
        misspelt=load_misspelt(),
        known=known_to(lexicon),
    )

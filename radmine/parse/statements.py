"""Whether a sentence states what a study shows, rather than why or how it was made."""

import re

from radmine.parse.data_files import section_words
from radmine.parse.findings import find_findings
from radmine.parse.text import fold
from radmine.parse.vocabulary import find_hits

_STATES = re.compile(
    r"\b(?:is|are|has|have|appears?|remains?|shows?|demonstrates?|contains?|there (?:was|were))\b"
)
_ASKS = frozenset(("hypothetical", "historical", "experiencer"))


def is_statement(sentence: str, *, doubts: bool) -> bool:
    """Return whether a sentence states findings; with `doubts` also where it is not sure of them.

    It names a finding or a part of the body, with a verb in the present or a negation, and speaks neither of the patient
    as a person, nor of symptoms or known diseases alone, nor of what was or is looked for.
    """
    folded = fold(sentence)
    text = folded.text
    if text.rstrip().endswith("?") or section_words("person").search(text):
        return False
    phrases, parts, triggers, *_ = find_hits(folded)
    kinds = {rule.kind for hit in triggers for rule in hit.value.rules if rule.condition is None}
    kinds |= {"historical" for hit in triggers for rule in hit.value.rules if rule.name == "known"}
    if kinds & _ASKS or (not doubts and "uncertainty" in kinds):
        return False
    told = (section_words("symptoms"), section_words("chronic"))
    named = [
        found
        for found in find_findings(text, phrases, parts)
        if not any(words.search(text, found.start, found.end) for words in told)
    ]
    if any(found.asserts for found in named):
        return True  # "lungs clear" states by itself
    verb = _STATES.search(text) is not None
    if named:
        return verb or "negation" in kinds
    return verb and bool(section_words("subheadings").search(text)) and not told[0].search(text)

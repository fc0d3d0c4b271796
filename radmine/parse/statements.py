"""Whether a sentence states what a study shows, rather than why or how it was made."""

import re

from radmine.parse.data_files import section_words
from radmine.parse.findings import find_findings
from radmine.parse.heading_words import is_exam, meaning_of
from radmine.parse.text import fold
from radmine.parse.vocabulary import find_hits

_STATES = re.compile(
    r"\b(?:is|are|has|have|appears?|remains?|shows?|demonstrates?|contains?|there (?:was|were))\b"
)
# What an exam was made for stands after one of these.
_WHY = re.compile(
    r"[ ,](?=[fbdqrtea])(?:for|because of|due to|re:?|query|to (?:evaluate|assess|exclude|look|check|see|rule|confirm)|evaluate|assess|rule out|r/o) ",
    re.IGNORECASE,
)
_OPENING = re.compile(r"[A-Za-z][A-Za-z/]*+(?: [A-Za-z/]++){0,3}")
_WHY_SECTIONS = frozenset(("indication", "history"))
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
    kinds = {rule.kind for _, _, said in triggers for rule in said.rules if rule.condition is None}
    kinds |= {"historical" for _, _, said in triggers for rule in said.rules if rule.name == "known"}
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


def tells_why(sentence: str) -> str | None:
    """Return the section of a report's first sentence that tells why it was made, else None.

    "Two views of the chest for pneumonia", "Indication cough".
    """
    why = _WHY.search(sentence)
    if why is not None and is_exam(sentence[: why.start()]):
        return "exam"
    opening = _OPENING.match(sentence)
    if opening is None:
        return None
    words = opening[0].split(" ")
    for many in range(len(words), 0, -1):
        key = " ".join(words[:many])
        meaning = meaning_of(key.lower())
        if meaning is not None and meaning.name in _WHY_SECTIONS:
            more = sentence[len(key) :].strip().lower()
            if not more or more[0] in "/-,.)" or more.startswith(("of ", "for ")) or _STATES.search(more):
                return None
            return meaning.name
    return None

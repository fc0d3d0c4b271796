"""Places in a sentence that a finding is not at: `find_spared`, `find_corrected`."""

import re

from radmine.parse.attribute_words import Attribute

# Places named as free of what stands before: "airspace disease of the left lung, sparing the right"; parts of the body that lie
# in a finding: "hernia containing fat".
_SPARED = re.compile(
    r"\b(?:spar(?:ing|es|ed)|except(?:ing)?|excluding|not|none|contain(?:s|ing)|reconstitut\w+|compared (?:with|to)|[cm]m from|"
    r"with (?:an? |the )?(?:intact|normal|unremarkable))"
    r"(?: (?:of|for|in|on|at|within|involv\w+|affect\w+|the|an?|only|some|loops?|parts?|portions?|nonobstructed|unobstructed))* ",
    re.ASCII,
)
# What says that a finding is not on a side: "ovarian cyst: right 3 cm, left none".
_NOT_THERE = re.compile(
    r"\b(left|right)(?: side| sided| ovary| kidney)?[:,=]? ?(?:none|no|neg|negative|absent|nil)\b(?= ?(?:$|[.,;)]))|"
    r"\b(?:none|nil|absent|negative) (?:on (?:the )?)?(left|right)\b(?= ?(?:$|[.,;)]))",
    re.ASCII,
)
# Before a side that was wrong: "the previously reported right effusion is in fact on the left".
_WRONG = re.compile(
    r"\b(?:(?:previously|originally|initially|erroneously) \w+(?: as)?|rather than|instead of)(?: (?:in|on|the|being))* ",
    re.ASCII,
)


def find_spared(text: str, hits: list[tuple[int, int, Attribute]]) -> set[int]:
    """Return where the places begin that a sentence names as spared: "on the left, none on the right"."""
    found: set[int] = set()
    begins: set[int] = set()
    if "left" in text and "right" in text:
        begins = {none.start(none.lastindex or 0) for none in _NOT_THERE.finditer(text)}
        if len(begins) > 1:
            begins.clear()
    if (
        "spar" in text
        or "exc" in text
        or "not " in text
        or "none " in text
        or " contain" in text
        or "econstit" in text
        or "compared " in text
        or "m from" in text
        or (" with " in text and ("ormal " in text or "intact " in text or "remarkable " in text))
    ):
        begins.update([match.end() for match in _SPARED.finditer(text)])
    if begins:
        end = -1
        for start, stop, said in hits:
            side = stop - len(said.side) if said.side else start  # where "left" begins in "on the left"
            if said.kind is None and (start in begins or side in begins or start == end):
                found.add(start)
                end = stop + 1
    return found


def find_corrected(text: str) -> set[int]:
    """Return where the sides begin that a text says were wrong."""
    if "left" in text and "right" in text and ("in fact" in text or "actual" in text or " than the" in text):
        return {match.end() for match in _WRONG.finditer(text)}
    return set()

"""Cheap tests whether a text can hold a reference at all: most texts cannot, and need no reading."""

import re

# Cheap tests of which almost every text without a reference fails all: a pair such as "3:45", "I45" or "im", a word for an image.
# The patterns begin with a set of characters and look back from there: so they pass over a text several times as fast.
_GATES = (
    re.compile(r"[:/](?:(?<=[0-9].)|(?<=[0-9][a-zA-Z\s].)|(?<=[0-9][a-zA-Z]\s.))\s?[0-9]"),
    re.compile(
        r"[Ii](?:(?<=I)[0-9]|(?:(?<=[0-9].)|(?<=[0-9]\s.))[Mm]|(?<!\w.)(?:[mM][aágG\s.:#ms0-9]|(?<=I)M))"
    ),
)
_WORDS = (
    *("slice", "Slice", "SLICE", "bild", "Bild", "schicht", "Schicht"),
    *("coup", "Coup", "cort", "Cort", "frame", "Frame", "#"),
)
# What every form of `grammar` has something of: most texts pass the gates by nothing more than their heading "IMPRESSION".
_PARTS = (
    re.compile(r"[Ii](?<![^\W\d_].)[Mm](?![Pp])|I\d"),  # a word for an image
    re.compile(r"\d[a-zA-Z]?\s*[:/]"),  # the first number of a pair
    re.compile(r"[mM](?<![^\W\d_].)(?:[pP][rR]|[iI][pP])"),  # "MPR", "MIP"
    re.compile(
        r"[nN](?:[uúUÚ][mM]\w{0,5}\.?\s*\d|[oOrR][sS]?\.?\s?\d)|[#№°º<&ıſ\u212a\u0130]"
    ),  # "no."; what is read as something else
)
# The same in lower case and ASCII, where a plain first character is skipped to. A number of `grammar` follows a word for an
# image after four codes at most, and a full date is no pair.
_NUMBER = r"(?:[^\s0-9]*+\s*+){0,6}[0-9]"
_DATE = re.compile(r"(?<!\S)[0-9]{1,2}/[0-9]{1,2}/(?:[0-9]{4}|[0-9]{2})(?![0-9])")
_PAIR = re.compile(r"[0-9][a-z]?\s*[:/]")
_ASCII_PARTS = (
    re.compile(rf"i(?:m(?<![a-z]im)(?!p){_NUMBER}|[0-9])"),
    re.compile(rf"m(?<![a-z]m)(?:pr|ip){_NUMBER}"),
    re.compile(r"n(?:um[a-z0-9_]{0,5}\.?\s*[0-9]|[or]s?\.?\s?[0-9])"),
)
_STEMS = ("slice", "bild", "schicht", "coup", "cort", "frame", "reform", "recon", "rekon", "ricostru")
_NUMBERED = tuple((stem, re.compile(stem + _NUMBER)) for stem in _STEMS)


def may_refer(text: str) -> bool:
    """Whether a text may refer to an image at all: almost every text without a reference does not."""
    return any(gate.search(text) for gate in _GATES) or any(word in text for word in _WORDS)


def has_part(text: str) -> bool:
    """Whether a text has something that a reference cannot do without; `find_references` finds none in others."""
    lowered = text.lower()
    if not text.isascii():
        return any(part.search(text) for part in _PARTS) or any(stem in lowered for stem in _STEMS)
    if "#" in text or "<" in text or "&" in text:
        return True
    for stem, numbered in _NUMBERED:
        if stem in lowered and numbered.search(lowered):
            return True
    if any(part.search(lowered) for part in _ASCII_PARTS):
        return True
    if _PAIR.search(lowered) is None:
        return False
    return "/" not in text or _PAIR.search(_DATE.sub(" ", lowered)) is not None

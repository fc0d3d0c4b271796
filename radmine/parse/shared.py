"""The place that findings of a sentence share: "atelectasis or infiltrate in the right base"."""

import re
from itertools import pairwise

from radmine.findings import sites_above
from radmine.parse.attribute_words import bears
from radmine.parse.heads import Head

# A finding named anew: "an opacity in the right lower lobe, consistent with pneumonia".
_SAME = re.compile(
    r"\b(?:(?:consistent|compatible|in keeping) with|(?:concerning|suspicious|worrisome) for|suggest\w*(?: of)?|"
    r"represent\w*|reflect\w*|likely|possibly|probably|such as|i\.?e)\b",
    re.ASCII,
)
_ALTERNATIVE = frozenset((" or ", "/", " and/or ", " versus ", " vs ", " vs. ", " / "))
_JOINED = _ALTERNATIVE | {" ", " and ", ", ", ", and ", ", or ", " & "}
# What stands between a finding and one that it lacks, where a place follows: "mass without calcification in the lingula".
_LACKS = re.compile(r"[^,;:.]* (?:without|with no|and no|but no|lacking)(?: \w+){0,2} ", re.ASCII)
# What stands between a finding and a place that is a word of the next: "fracture of the T12 vertebral body with loss of height".
OF = re.compile(r" (?:of|in|at|within|involving)(?: the| both| left| right)* ", re.ASCII)
# What stands between what an organ has not, and what it has: "no lesion in the liver apart from two cysts".
BUT = re.compile(
    r",? (?:apart from|except for|except|other than|aside from|but for|save for|with the exception of|besides) (?:[a-z0-9.]+ ){0,5}",
    re.ASCII,
)
NORMAL_WITH = re.compile(
    r"(?:,? (?:is|are|appears?|normal|unremarkable|in (?:size|appearance|echotexture|caliber|attenuation|contour|signal|shape)))*"
    r",? (?:with|but (?:with|contains?|has)|containing|apart from|except for|other than|aside from|but for|save for) (?!no |out )(?:[a-z0-9.]+ ){0,5}",
    re.ASCII,
)
_NORMAL = ("normal", "unremarkable", "negative")


def lacks(text: str, end: int, start: int) -> bool:
    """Return whether a finding that ends at `end` lacks the next: "mass without calcification"."""
    may = (
        text.find(" no ", end, start) >= 0
        or text.find("without ", end, start) >= 0
        or text.find("lacking ", end, start) >= 0
    )
    return may and _LACKS.fullmatch(text, end, start) is not None


def share_places(text: str, heads: list[Head]) -> None:
    """Give a place to findings that share it: "atelectasis or infiltrate in the right base"."""
    for before, here in reversed(list(pairwise(heads))):
        if before.outside:
            continue
        if here.after and (
            text[before.end : here.start] in _JOINED
            or bears(text, before.end, here.start, here.end)
            or (before.anatomy is None and lacks(text, before.end, here.start))
        ):
            _lend(here, before)
            before.after = True
        elif (
            before.anatomy is None
            and here.site is not None
            and text.startswith((" with ", ", "), here.site[1])
            and OF.fullmatch(text, before.end, here.site[0]) is not None
        ):
            _lend(here, before)
    for before, here in pairwise(heads):
        if here.anatomy is None and before.site is not None and _is_of(text, before, here):
            _lend(before, here)
        elif before.outside and not here.outside:
            gap = text[before.end : here.start]
            if gap in _ALTERNATIVE or _SAME.search(gap):
                _lend(before, here)


def _is_of(text: str, before: Head, here: Head) -> bool:
    """Return whether an organ of which something is denied has what follows: "normal liver with cyst"."""
    end = max(before.end, before.site[1]) if before.site is not None else before.end
    gap = text[end : here.start]
    if BUT.fullmatch(gap):
        return True
    return (
        any(word in text[before.start : end] for word in _NORMAL) and NORMAL_WITH.fullmatch(gap) is not None
    )


def _lend(giver: Head, taker: Head) -> None:
    """Give the place of one head to another."""
    if taker.anatomy is None or (giver.anatomy and taker.anatomy in sites_above()[giver.anatomy]):
        taker.anatomy, taker.site = giver.general or (giver.anatomy, giver.site)
    if taker.side is None:
        taker.side, taker.sides = giver.side, giver.sides
    taker.outside = True
    taker.silent = False

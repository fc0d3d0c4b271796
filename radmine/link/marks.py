"""Marks that stand for an image without saying which: "BOOKMARK", "[LINK 3]", "(key image)", "<<image attached>>"."""

import re

from radmine.records import Reference

# Of these a text with a mark has one.
_MAY = (
    "BOOKMARK",
    "Bookmark",
    "bookmark",
    "BMK",
    "LINK",
    "Link",
    "link",
    "image",
    "Image",
    "IMAGE",
    "img",
    "IMG",
    "napshot",
    "NAPSHOT",
)
_WORDS = (
    r"book ?mark|(?:hyper|image |img )?link|(?:see |as )?(?:attached|annotated|key|linked|saved|captured) (?:image|img|slice)|"
    r"(?:image|img)s? (?:attached|link|linked|annotated|saved|captured|marked|mark)|see (?:image|img)|image|img|key ?img|(?:screen|snap) ?shot"
)
# Begins with a set, which its search skips to.
_MARK = re.compile(
    r"[OB\[<{(](?:(?<=\b[OB])(?:(?<=O)THER_BMK|(?<=B)MK|(?<=B)OOKMARK)(?:[_#-]{1,2}(?P<bare>\d{1,3}))?(?![A-Za-z0-9_])"
    rf"|(?:(?<=\[)\[?|(?<=<)<?|(?<=\{{)\{{?|(?<=\()\(?) ?(?P<words>(?i:{_WORDS}))(?:[ _:#-]{{0,3}}(?P<number>\d{{1,3}}))? ?(?:\]{{1,2}}|>{{1,2}}|\}}{{1,2}}|\)\)?))"
)
# Words that mean a mark only in square, pointed or curly brackets, or of which the number is read elsewhere.
_ONLY_SQUARE = frozenset(("link", "image", "img", "see image", "see img"))
_READ_ELSEWHERE = re.compile(r"(?i:image|img|slice)$")
_PRIOR = re.compile(
    r"\b(?:prior|previous|previously|earlier|formerly|old|preceding)\b(?![^.;]*\b(?:now|currently|today)\b)[^.;()\[\]<>{}]{0,40}[(\[<{]*$",
    re.IGNORECASE,
)
_BEFORE = 60  # characters that are looked back for the words that make a mark one of an earlier study


def find_marks(text: str) -> list[Reference]:
    """Return the marks of a text as references without a series; `first` is a mark's number, else its place among those without."""
    if _MARK.search(text) is None or not any(word in text for word in _MAY):
        return []
    found: list[Reference] = []
    at = unnumbered = 0
    for match in _MARK.finditer(text):
        words, number = match["words"], match["bare"] or match["number"]
        if words is not None:
            low = " ".join(words.lower().split())
            if number is not None and _READ_ELSEWHERE.search(low):
                if match[0].startswith("<"):  # elsewhere it reads as a tag of HTML: "<<key image 2>>"
                    which = int(number)
                    found.append(Reference(match.start("words"), match.end("number"), None, which, which))
                continue  # "(image 4)"
            if low in _ONLY_SQUARE and match[0].startswith("("):
                continue
        if number is None:
            unnumbered += 1
        start, end = match.span()
        prior = _PRIOR.search(text, max(at, start - _BEFORE), start) is not None
        found.append(_reference(start, end, int(number) if number else unnumbered, prior))
        at = end
    return found


def _reference(start: int, end: int, number: int, prior: bool) -> Reference:
    return Reference(start, end, None, number, number, prior=prior, mark=True)

"""How a sentence says that a finding looks, and all the places that it names for it: tags and sites of a lesion."""

import functools
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from radmine.parse.attributes import Attributes
from radmine.parse.data_files import load_data
from radmine.parse.findings import Found
from radmine.parse.phrases import Hit
from radmine.parse.shared import lacks
from radmine.parse.sizes import find_sizes
from radmine.records import STRUCTURE, Span


class Told(NamedTuple):
    """What a sentence tells of the looks and places of a finding."""

    sites: tuple[str, ...] = ()  # the one that it is placed at first, then as they stand
    tags: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()  # the words of each tag


_NOTHING = Told()
_USUAL = frozenset(
    ("small", "tiny", "subcentimeter", "multiple", "scattered")
)  # of a lymph node nothing to name
_PART = "part"  # the kind of tags that say which part of something: "the anterior rib"
_HIDES = ""  # of phrases that only hide a shorter one ("large bowel")
_NODE = "lymph_node"
_NODE_ENDS = frozenset(("", "s", " ", ",", ".", ";", ")", ":"))
_LABEL = 40  # characters of a label at the beginning of a sentence
_BETWEEN = frozenset((" ", "/"))
_new = tuple.__new__

# What does not stand between a word and the finding after it that it describes.
# (This and the next begin with a set: the regular expression engine skips to what is in it.)
_APART = re.compile(
    r"\W(?:(?<=[;:()])|(?<=\.) |(?:in|of|at|on|within|with|without|is|are|was|were|be|a|an|the|which|that|this|these|there|measur\w*|has|have|"
    r"had|appear\w*|shows?|showing|contain\w*|involving|also|but|no|not|nor|for|from|to|by|likely|consistent|compatible|suspicious|"
    r"suggest\w*|represent\w*|margins?|borders?|contours?|edges?|cent(?:er|re)|walls?|rim|components?|portions?|bookmark|seen|noted|normal)\b)",
    re.ASCII,
)
# What ends what is said of a finding before it: another thing begins.
_OTHER = re.compile(
    r"\W(?:(?<=;)|(?<=[:.]) |(?:but|while|whereas|although|however|versus|vs)\b|"
    r"(?:and|or|plus)(?: also)? (?:there|a|an|the|another|multiple|several|few|additional|other|no|some)\b(?! (?:\w+ ){0,2}(?:margins?|borders?|"
    r"contours?|edges?|cent(?:er|re)|walls?|rim|components?|portions?|enhancement|lobes?|lung|kidney|segments?)\b)|(?<=,) (?:there|no|the|a|an|another) )",
    re.ASCII,
)
# What stands before a place beside which something is seen.
_NEAR = re.compile(
    r"\b(?:near|beside|behind|above|below|abut\w*|contact\w*|displac\w*|compress\w*|superimposed (?:on|over)|"
    r"(?:adjacent|next|anterior|posterior|lateral|medial|superior|inferior|distal|proximal|close|up|cephalad|caudal|cranial|deep|superficial) to|"
    r"(?:away|mm|cm) from|invad\w*|encas\w*|separate from|compared (?:to|with))(?: \w+){0,2} $",
    re.ASCII,
)
# What is said of a place itself: "nodule in the lung, liver is normal".
_SAYS = re.compile(
    r",? (?:is|are|was|were|appears?|remains?|looks?|normal|unremarkable|clear|intact|negative|within normal)\b",
    re.ASCII,
)
_DENIED = re.compile(r"\b(?:no|not|without|nor|neither|lacks?|lacking|negative for)(?: \w+){0,3} $", re.ASCII)
_TAKEN_BACK = re.compile(r"\b(?:not|non|less|never) $", re.ASCII)
_PLACED = re.compile(
    r"(?:^|[,;.] )(?:in|within|at|on|involving|of)(?: \w+){0,4} $|(?:^|[,;.] )$", re.ASCII
)  # before a place that leads
_LEADS = re.compile(r"(?: \w+){0,2},? (?:(?:there (?:is|are)|is|are) )?(?:(?:an?|the|\d+|no) )?", re.ASCII)
_LENDS = re.compile(
    r",? (?:with|containing|contains|has|having|showing|demonstrating)(?: \w+){0,3} ", re.ASCII
)

# A structure that is measured or pointed at.
_POINTS = re.compile(
    r"[\[({<]* ?(?:\d{1,4}[a-c]?(?: ?: ?| / ?)\d|(?:se|series|im|img|image|images|slice)\b[ .:#]*\d|\w*bookmark|other_bmk|bmk\b|"
    r"(?:hyper)?link\b|key image|annotated image)",
    re.ASCII,
)
_HINT = re.compile(
    r"\d ?[cm]m\b|imet(?:er|re)|bookmark|\bbmk|other_bmk|\d ?: ?\d|\b(?:series|image|im|se|key)\b|\blink\b",
    re.ASCII,
)
# A word of it, where nothing is measured.
_HINTED = frozenset(("series", "image", "im", "se", "key", "link"))
_JOINS = frozenset((" ", " of the ", " of ", " in the ", " of the left ", " of the right "))
_THEN = re.compile(
    r"[ ,(]*(?:(?:is|are|was|measures?|measuring|measured|at|now|currently|presently|about|approximately|up to|which|that|has|a|size|of|"
    r"short|long|axis|diameter|again|seen|noted|on|stable|unchanged|best|with|by|the|for|example|e\.g\.|largest|this)[ ,(]+){0,8}",
    re.ASCII,
)
_AHEAD = re.compile(
    r" (?:(?!(?:above|below|from|to|in|of|at|on|and|or|with|thick|through|into|along|for|by|per|over|under|near|inside|within|beyond|apart|deep|away|distal|proximal|slices?|sections?|intervals?)\b)[a-z]+ ){0,2}",
    re.ASCII,
)


@functools.cache
def load_tags() -> Mapping[str, str]:
    """Return the kind of each tag."""
    return MappingProxyType({entry["name"]: entry["kind"] for entry in load_data("tags")["tag"]})


@functools.cache
def _part_tags() -> frozenset[str]:
    """Return the tags that say which part of something is meant."""
    return frozenset(name for name, kind in load_tags().items() if kind == _PART)


@functools.cache
def load_tag_phrases() -> Mapping[str, str]:
    """Return the tag of each phrase, "" of those that only look like one."""
    data = load_data("tags")
    found = {phrase: entry["name"] for entry in data["tag"] for phrase in entry["phrases"]}
    for phrase in data["ignored"]:
        found[phrase] = found.get(phrase, _HIDES)
    return MappingProxyType(found)


def may_hint(text: str, told: list[str], *, numbers: bool) -> bool:
    """Return whether a folded text of these words, with numbers or not, may measure or point at what it speaks of: a cheap test."""
    return (
        (numbers and ("mm" in text or "cm" in text or ":" in text))
        or not _HINTED.isdisjoint(told)
        or "bookmark" in text
        or "imet" in text
        or "bmk" in text
        or not text.isascii()
    )


def with_structures(
    text: str, places: list[Hit], tags: list[Hit], found: list[Found], measured: list[Found]
) -> list[Found]:
    """Return findings, with the parts of the body beside them that are measured or pointed at: "left adrenal 2.1 cm".

    Lymph nodes of which a tag is said are among them: "necrotic inguinal node". `places` are the phrases that name sites,
    `measured` findings by their measure alone.
    """
    if not (tags and " node" in text) and _HINT.search(text) is None:
        return found
    heads = _heads(sorted((*found, *measured)) if measured else found)
    sizes = [(start, end) for start, end, _ in find_sizes(text)]
    looks = [(start, end) for start, end, name in tags if name and name not in _USUAL]
    new: list[Found] = []
    at = 0
    while at < len(places):
        start, end, _ = places[at]
        last = at
        while last + 1 < len(places) and text[end : places[last + 1][0]] in _JOINS:
            last += 1
            end = places[last][1]
        at = last + 1
        node = _is_node(text, end)
        if node:
            end += len(" nodes") if text.startswith("s", end + len(" node")) else len(" node")
        node = node or places[last][2].site == _NODE
        owner = _owner(text, start, end, heads, site=True)
        if (
            node
            and owner is not None
            and heads[owner][1] <= start
            and _is_told(text, heads[owner][1], start, sizes)
        ):
            owner = None  # "pretracheal node 1.4 cm, prevascular node 9 mm"
        if not node and _has_finding(text, start, end, heads):
            continue  # "the adrenal gland has a 2 cm nodule"
        if owner is None and (_is_shown(text, start, end, sizes) or (node and _is_ahead(text, start, looks))):
            new.append(_new(Found, (start, end, STRUCTURE, (start, end), None, None)))
    return sorted((*found, *new)) if new else found


def _has_finding(text: str, start: int, end: int, heads: list[Span]) -> bool:
    """Return whether a finding stands in the item of a part of the body, between commas."""
    low = max(text.rfind(mark, 0, start) for mark in ",;:")
    high = min((at for mark in ",;" if (at := text.find(mark, end)) >= 0), default=len(text))
    return any(low < head[0] < high for head in heads)


def _is_told(text: str, start: int, end: int, sizes: list[Span]) -> bool:
    """Return whether a finding's size or image stands between it and what follows."""
    return any(start <= size[0] < end for size in sizes) or _POINTS.search(text, start, end) is not None


def _is_shown(text: str, start: int, end: int, sizes: list[Span]) -> bool:
    """Return whether a part of the body is measured or pointed at."""
    then = _THEN.match(text, end)
    after = then.end() if then is not None else end
    return (
        _POINTS.match(text, after) is not None
        or any(size[0] == after for size in sizes)
        or _is_ahead(text, start, sizes)
    )


def _is_ahead(text: str, start: int, words: list[Span]) -> bool:
    """Return whether one of some words stands before a part of the body: "9 mm pretracheal node"."""
    return any(end <= start and _AHEAD.fullmatch(text, end, start) is not None for _, end in words)


def tell(
    text: str,
    found: list[Found],
    described: list[Attributes],
    places: list[Hit],
    tags: list[Hit],
) -> list[Told]:
    """Return what a folded sentence tells of each of its findings, in their order.

    `places` are the phrases that name sites, `tags` those of `load_tag_phrases()`, each in order.
    """
    if not tags and len(places) < 2 and " node" not in text:
        return [_new(Told, ((more[0],), (), ())) if more[0] else _NOTHING for more in described]
    heads = _heads(found)
    sites: list[list[str]] = [[] for _ in heads]
    looks: list[dict[str, Span]] = [{} for _ in heads]
    for start, end, said in places:
        owner = _owner(text, start, end, heads, site=True)
        if owner is not None:
            sites[owner].append(said.site)
            if _is_node(text, end):
                sites[owner].append(_NODE)
            if owner and heads[owner][1] <= start and lacks(text, heads[owner - 1][1], heads[owner][0]):
                sites[owner - 1].append(said.site)
        elif (label := text.find(":", 0, _LABEL)) >= end:
            for place, (low, _) in enumerate(heads):
                if low > label:
                    sites[place].append(said.site)
    parts = _part_tags()
    for start, end, name in tags:
        if not name:
            continue
        owner = _owner(text, start, end, heads, site=False)
        if owner is None or _is_denied(text, start, heads[owner]):
            continue
        if name in parts and not _is_before(text, end, heads, places, tags):
            continue
        looks[owner].setdefault(name, (start, end))
        low, _ = heads[owner]
        if (
            owner
            and start <= low
            and _LENDS.fullmatch(text, heads[owner - 1][1], start) is not None
            and not _is_denied(text, start, heads[owner - 1])
        ):
            looks[owner - 1].setdefault(name, (start, end))
    result: list[Told] = []
    place = 0
    for index, item in enumerate(found):
        while heads[place][1] <= item[0]:
            place += 1
        first, named, own = described[index][0], sites[place], looks[place]
        if first and first not in named[:1]:
            named = [first, *named]
        if len(named) > 1:
            named = list(dict.fromkeys(named))
        result.append(_new(Told, (tuple(named), tuple(own), tuple(own.values()))))
    return result


def _is_before(text: str, end: int, heads: list[Span], places: list[Hit], tags: list[Hit]) -> bool:
    """Return whether words stand before a finding, a place, or another such word, and in none of these."""
    if any(start < end <= stop for start, stop, _ in places) or any(low < end < high for low, high in heads):
        return False
    then = end + 1
    return text[end:then] in _BETWEEN and any(
        then == item[0] for said in (heads, places, tags) for item in said
    )


def _is_node(text: str, end: int) -> bool:
    """Return whether a place is that of a lymph node called "node" alone: "pretracheal node"."""
    return text.startswith(" node", end) and text[end + 5 : end + 6] in _NODE_ENDS


def _heads(found: list[Found]) -> list[Span]:
    """Return the places of findings; those that overlap share one."""
    heads: list[Span] = []
    for item in found:
        start, end = item[0], item[1]
        if heads and start < heads[-1][1]:
            heads[-1] = heads[-1][0], max(end, heads[-1][1])
        else:
            heads.append((start, end))
    return heads


def _owner(text: str, start: int, end: int, heads: list[Span], *, site: bool) -> int | None:
    """Return which place of findings a phrase speaks of, None where it speaks of none."""
    right = 0
    while right < len(heads) and heads[right][1] <= start:
        right += 1
    if right < len(heads) and heads[right][0] < end:
        return right
    before = heads[right - 1][1] if right else -1
    low = -1
    if right < len(heads):
        low = heads[right][0]
        gap = text[end:low]
        if gap == " ":
            return right
        if _APART.search(text, end, low) is not None:
            low = -1
        elif "," not in gap and " and " not in gap:
            return right
    reaches = before >= 0 and _OTHER.search(text, before, start) is None
    if low >= 0 and not reaches:
        return right
    if reaches:
        if site and (_NEAR.search(text, max(before - 1, start - 40), start) or _SAYS.match(text, end)):
            return None
        return right - 1
    if (
        site
        and right < len(heads)
        and _LEADS.fullmatch(text, end, heads[right][0])
        and _PLACED.search(text, 0, start)
    ):
        return right
    return None


def _is_denied(text: str, start: int, head: Span) -> bool:
    """Return whether the words before a tag take it back, and not the finding with it."""
    if _TAKEN_BACK.search(text, max(0, start - 8), start):
        return True
    return head[1] <= start and _DENIED.search(text, head[1], start) is not None

"""What a sentence says of a finding beside its being there: where, on which side, how large, how severe, and its change."""

import re
from bisect import bisect_left, bisect_right
from typing import Any, NamedTuple

from radmine.parse.attribute_words import HIDES, Attribute, has, unsided
from radmine.parse.heads import OWN_NAME, Head
from radmine.parse.phrases import Hit
from radmine.parse.shared import BUT, NORMAL_WITH, OF, share_places
from radmine.parse.sizes import find_sizes
from radmine.parse.spared import find_corrected, find_spared
from radmine.records import Described, Span


class Attributes(NamedTuple):
    """What a sentence says of a finding; None (no size) where it says nothing."""

    anatomy: str | None = None
    laterality: str | None = None  # left | right | bilateral
    size_mm: tuple[float, ...] = ()
    severity: str | None = None  # minimal | mild | moderate | severe
    change: str | None = None  # new | increased | decreased | unchanged | resolved
    site: Span | None = None  # the words that name the anatomy
    described: tuple[Described, ...] = ()  # those that give the others


NOTHING = Attributes()
_new = tuple.__new__

# What stands between two statements, or two items of a list.
# (Every branch begins with a plain character: the regular expression engine skips to those.)
_SEPARATOR = re.compile(
    r",|;|:|\.(?<!\b[lr]t\.)(?<!\bbilat\.) |/(?!\d)| (?:and|or|nor|with|without|but|versus|vs\.?|while|whereas|plus|as well as|along with) ",
    re.ASCII,
)
# What stands after a finding and before its place: "nodule in the right upper lobe concerning for pneumonia".
_GOES_ON = re.compile(
    r" (?:in|of|at|on|within|is|are|was|were|for|to|from|by|that|which|the|an?|has|have|may|could|likely|possibly|"
    r"probably|suggest\w*|represent\w*|reflect\w*|indicat\w*|adjacent|associated|due|secondary|causing|there) ",
    re.ASCII,
)
_PREPOSITION = re.compile(
    r" (?:in|at|on|of|within|involving|over|overlying|along|near|throughout|about|around|projecting|adjacent to) ",
    re.ASCII,
)
# What is said before it is not said of what it denies: "2 cm cyst, no stones".
_DENIAL = re.compile(r"[,;:.] (?:and |but )?(?:no|not|without|negative|denies)\b", re.ASCII)
# What follows the place that is all that an item says: "disc bulge, left paracentral."
_CLOSE = re.compile(
    r"(?: (?:paracentral|parasagittal|posterolateral|anterolateral|lateral|medial|anterior|posterior|superior|inferior|"
    r"predominant|predominantly|subarticular|extraforaminal|only))*(?:$|[.,;)])",
    re.ASCII,
)
# What makes a place the subject of a statement of its own, where nothing parts it from the next: "spleen normal left renal cyst".
_STATE = re.compile(
    r" (?:(?:is|are|appears?|looks?) )?(?:normal|unremarkable|clear|intact|patent|negative|free)\b(?! (?:of|from|in)\b)",
    re.ASCII,
)
# What the thing before a place does to the next: "mass of the pancreatic head encasing the artery".
_DOING = re.compile(
    r"(?:encas|invad|infiltrat|obstruct|compress|displac|narrow|erod|destroy|occlud|abutt|effac)ing\b",
    re.ASCII,
)
# A word that shares what follows: "right upper and lower lobe opacities".
_COORDINATED = re.compile(
    r"(?: (?:upper|middle|mid|lower|anterior|posterior|medial|lateral|frontal|parietal))?(?: and | or |/| & |, )(?!an? |there |the (?!left|right))",
    re.ASCII,
)

# What a size is of that stands before it, apart from a finding: "mass; 5 mm focus of fat".
_OTHER_THING = re.compile(
    r" (?:\w+ )?(?:focus|foci|areas?|regions?|spots?|components?|portions?|ones?)\b", re.ASCII
)
# Organs of which reports give the size.
_MEASURED = frozenset(
    (
        "kidney",
        "spleen",
        "liver",
        "uterus",
        "ovary",
        "prostate",
        "thyroid",
        "testis",
        "bladder",
        "gallbladder",
        "pancreas",
        "common_bile_duct",
        "endometrium",
        "abdominal_aorta",
        "thoracic_aorta",
    )
)
# What follows a size that is not of it, and words of size.
_AFTER = re.compile(
    r" (?:(?:status )?post|s/p|after|following|previous|prior) (?:\w+ )?\w*(?:ectomy|plasty|otomy|ostomy|surgery|resection|transplant|repair)",
    re.ASCII,
)
_SIZED = re.compile(r"larg|dilat|disten|promin|small|atroph|aneurysm|ectatic|swoll|bulky|megaly", re.ASCII)
# What makes a place behind another the subject of a statement: "stenosis of the right ICA; left ICA <50%".
_GRADED = re.compile(
    r"(?: is| has| shows)?:? ?[<>~]? ?(?:less than |under |about |over )?\d+(?: ?- ?\d+)? ?%", re.ASCII
)
_LABEL = 40  # characters of a label at the beginning of a sentence
_ANOTHER = (" a ", " an ", " another ", " one ", " the ", " there ")  # "on the left a large one"


def sites_of(hits: list[tuple[int, int, Attribute]]) -> list[Hit]:
    """Return those of some hits that name places."""
    return [hit for hit in hits if hit[2].site is not None]


def attach(
    text: str, hits: list[tuple[int, int, Attribute]], found: list[Any], clauses: list[int]
) -> list[Attributes]:
    """Return what a folded sentence says of each finding in it, in their order.

    `hits` are the phrases of `load_attribute_phrases()` in the sentence, in order and without overlaps; `found` are
    findings (start, end, name, ...), in order; `clauses` the places where clauses begin, in order. Sizes are read here.
    """
    if ("mm" in text or "cm" in text or "imet" in text) and (sizes := find_sizes(text)):
        hits = sorted([*hits, *sizes], key=_start)
    if not hits or not found:
        return [NOTHING] * len(found)
    heads: list[Head] = []  # findings that overlap share one
    head_of: list[Head] = []  # the head of each finding
    until = -1
    for item in found:
        start, end = item[0], item[1]
        if start >= until:
            heads.append(Head(start, end))
            until = end
        elif end > until:
            heads[-1].end = until = end
        head_of.append(heads[-1])
    many = len(heads)
    colon = text.find(":", 0, _LABEL)
    if colon > 0 and hits[0][0] == 0:
        _label(text, hits, heads, colon)
    right = 0  # the first place that ends after the hit begins
    spared = find_spared(text, hits)
    wrong = find_corrected(text)
    loose = -1  # where a site that belongs to no finding ends: what follows it speaks of that site
    for place, hit in enumerate(hits):
        start, end, said = hit
        if said is HIDES:
            if text.startswith("to the ", start) and place + 1 < len(hits) and _sited(hits[place + 1], end):
                said = Attribute(side=text[start + 7 : end])  # "dorsal to the left wrist"
                hit = start + 7, end, said
            else:
                continue
        if start in wrong:
            continue
        while right < many and heads[right].end <= start:
            right += 1
        if 0 < right < many and _done_by(text, heads[right - 1].end, hit, heads[right].start, clauses):
            heads[right - 1].take(hit, start - heads[right - 1].end, False, True)
            continue
        if right < many and (gap := heads[right].start - end) < 2:  # it touches or overlaps the finding
            head = heads[right]
            if gap < 0 and said.kind == "size" and _is_other(text, hits, place, head):
                continue
            if gap < 0:
                own = end < head.end and said.site is not None
                head.take(hit, OWN_NAME if own else 0, True, False)
            else:
                head.take(hit, gap, False, False)
            continue
        if start in spared:
            continue
        if said.kind == "size" and _AFTER.match(text, end):  # "CBD 8 mm post cholecystectomy"
            until = heads[right - 1].end if right else start
            if until < start and (text[until:start] == ", " or _together(text, until, start, clauses)):
                heads[right - 1].take(hit, start - heads[right - 1].end, False, True)
            continue
        owner = _owner(text, hits, place, heads, right, clauses, loose)
        if owner is not None:
            head = heads[owner]
            after = owner < right
            if after and said.kind == "size" and head.size and text.find(" with ", head.end, start) > 0:
                continue  # of a part: "4 cm mass with 3 mm septa"
            head.take(hit, start - head.end if after else head.start - end, False, after)
        elif said.site is not None:
            loose = end
    if many > 1:
        share_places(text, heads)
    result = []
    for index, head in enumerate(head_of):
        if head.silent:
            result.append(NOTHING)
        else:
            head.compare()
            side = None if head.side is not None and found[index][2] in unsided() else head.side
            words = head.described(side is not None)
            result.append(
                _new(
                    Attributes, (head.anatomy, side, head.size, head.severity, head.change, head.site, words)
                )
            )
    return result


def _label(text: str, hits: list[tuple[int, int, Attribute]], heads: list[Head], colon: int) -> None:
    """Give the place that heads a sentence to all its findings: "L4-L5: disc bulge"."""
    end = -1
    for place, (start, stop, said) in enumerate(hits):
        if start > end + 1 or said.kind is not None or said is HIDES:
            return
        end = stop
        if stop == colon:
            for head in heads:
                if head.start > colon:
                    for part in hits[: place + 1]:
                        head.take(part, head.start - part[0] + OWN_NAME, True, False)
                    head.labelled = head.side is not None
            return


def _sited(hit: tuple[int, int, Attribute], end: int) -> bool:
    """Return whether a hit is a site that follows right behind."""
    return hit[0] == end + 1 and hit[2].site is not None


def _start(hit: tuple[int, int, Any]) -> int:
    return hit[0]


def _owner(
    text: str,
    hits: list[tuple[int, int, Attribute]],
    place: int,
    heads: list[Head],
    right: int,
    clauses: list[int],
    loose: int,
) -> int | None:
    """Return which place in the sentence a hit beside it speaks of, or None."""
    start, end, said = hits[place]
    left = right - 1
    near_left = left >= 0 and _together(text, heads[left].end, start, clauses)
    if said.kind is None and _STATE.match(text, _chain_end(hits, place)):
        if right < len(heads) and NORMAL_WITH.fullmatch(text, _chain_end(hits, place), heads[right].start):
            return right  # "gallbladder is normal apart from a polyp"
        return left if near_left and _PREPOSITION.search(text, heads[left].end, start) else None
    if right < len(heads) and _together(text, end, heads[right].start, clauses):
        return left if near_left and _GOES_ON.search(text, end, heads[right].start) else right
    if near_left:
        return left
    # It stands in an item without a finding.
    begin = heads[left].end if left >= 0 else 0
    for separator in _SEPARATOR.finditer(text, begin, start):
        begin = separator.end()
    if said.kind is not None:
        if loose >= begin:
            return None  # "heart size is stable"
        if left >= 0:
            return None if said.kind == "size" and _OTHER_THING.match(text, end) else left
        if said.kind == "size" and _of_organ(text, hits[:place], start):
            return None  # "left kidney: 11 cm, small cyst"
        if said.kind == "size" and any(
            begin <= other < start and what.kind is None for other, _, what in hits[:place]
        ):
            return None  # "left kidney 11 cm, small cyst"
        return None if _DENIAL.search(text, end, heads[right].start) else right
    if left >= 0 and (
        (said.site is None and said.side == "bilateral")
        or (heads[left].after and not ("%" in text and _GRADED.match(text, _chain_end(hits, place))))
        or _placed(text, begin, start, end)
        or _alone(text, hits, place, begin)
    ):
        return left if loose < begin else None
    if right < len(heads) and (
        _COORDINATED.match(text, end) is not None
        or _leads(text, begin + text.startswith(" ", begin))
        or (
            said.site is not None
            and (has(text, end, heads[right].start) or BUT.fullmatch(text, end, heads[right].start))
        )
    ):
        return right
    return None


def _is_other(text: str, hits: list[tuple[int, int, Attribute]], place: int, head: Head) -> bool:
    """Return whether a size within a finding is that of an organ in it: "liver 16 cm, echogenic"."""
    start, end, _ = hits[place]
    before = hits[place - 1] if place else None
    return (
        before is not None
        and before[1] + 1 == start
        and before[2].site in _MEASURED
        and text.startswith(",", end)
        and _SIZED.search(text, end, head.end) is None
    )


def _of_organ(text: str, hits: list[tuple[int, int, Attribute]], start: int) -> bool:
    """Return whether a size stands right behind a label that names an organ, whose size it is."""
    return any(text[end:start] == ": " and said.site in _MEASURED for _, end, said in hits)


def _done_by(text: str, begin: int, hit: tuple[int, int, Attribute], until: int, clauses: list[int]) -> bool:
    """Return whether a place is that of a thing that ends at `begin`, which does at `until` what is named there."""
    start, end, said = hit
    return (
        said.kind is None
        and until >= end
        and _DOING.match(text, until) is not None
        and OF.match(text, begin, start + 1) is not None
        and _together(text, begin, until, clauses)
    )


def _placed(text: str, begin: int, start: int, end: int) -> bool:
    """Return whether a preposition stands in an item, before a hit or as its first word: ", predominantly in the right lung"."""
    return (
        _leads(text, begin)
        or (_leads(text, start) and not text.startswith(_ANOTHER, end))
        or _PREPOSITION.search(text, max(begin - 1, 0), start) is not None
    )


def _leads(text: str, begin: int) -> bool:
    """Return whether an item begins with a preposition: "in the right lung, there is a nodule"."""
    return text.startswith(("in ", "at ", "on ", "within "), begin)


def _chain_end(hits: list[tuple[int, int, Any]], place: int) -> int:
    """Return where the hits end that follow one right behind each other."""
    while place + 1 < len(hits) and hits[place + 1][0] == hits[place][1] + 1:
        place += 1
    return hits[place][1]


def _together(text: str, start: int, end: int, clauses: list[int]) -> bool:
    """Return whether no list item and no clause ends in a stretch of text."""
    if len(clauses) > 1 and bisect_right(clauses, start) != bisect_left(clauses, end + 1):
        return False
    return end - start < 2 or _SEPARATOR.search(text, start, end) is None


def _alone(text: str, hits: list[tuple[int, int, Any]], place: int, begin: int) -> bool:
    """Return whether hits are all that an item says: "nodule, right upper lobe."."""
    first = place
    while first and hits[first - 1][1] + 1 == hits[first][0]:
        first -= 1
    last = place
    while last + 1 < len(hits) and hits[last][1] + 1 == hits[last + 1][0]:
        last += 1
    end = hits[last][1]
    return not text[begin : hits[first][0]].strip() and _CLOSE.match(text, end) is not None

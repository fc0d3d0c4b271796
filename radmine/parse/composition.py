"""Findings composed of what is seen and the site that a sentence gives it."""

import functools
import re

from radmine.findings import (
    ADJECTIVE,
    BEFORE,
    DESCRIBING,
    PLACED,
    PREDICATE,
    composable,
    composed,
    load_composed,
    load_observations,
    sites_above,
)
from radmine.parse.attributes import NOTHING, Attributes, attach
from radmine.parse.context import open_findings
from radmine.parse.findings import THINGS, Found
from radmine.parse.observed import observation_in
from radmine.parse.organs import BARE_POLE
from radmine.parse.phrases import Hit
from radmine.records import Span

_MARKS = ADJECTIVE + DESCRIBING + PLACED + PREDICATE + BEFORE
_ADJECTIVES = ADJECTIVE + DESCRIBING
_NEEDS_SITE = DESCRIBING + PLACED + PREDICATE + BEFORE
# What stands between an adjective and what it describes, and between two adjectives.
_ADJOINS = frozenset((" ", ", ", " and ", " or ", "/", ", and "))
# Adjectives that are no findings between one and what it describes: "T2 hyperintense, non-enhancing cyst".
_LISTED = re.compile(
    r"(?:,? (?:and )?(?:(?:non|well|ill|poorly|partly|partially|mildly|markedly|avidly) )?[a-z]+(?:ing|ed|ic|ous|ar|ent|id))+,? ",
    re.ASCII,
)
# What stands between two sites of one list: "the bladder and sigmoid walls", "both kidneys and the left ureter".
_JOINED = re.compile(
    r"(?: walls?| lobes?| segments?)?(?:, (?:and |or )?| and | or |/| & | and/or | as well as )"
    r"(?:(?:of|in) )?(?:the |both |left |right |bilateral )*",
    re.ASCII,
)
# What stands before a site beside which, or over which, something is seen.
_NEAR = re.compile(
    r"\b(?:invad(?:es?|ing)|encas(?:es?|ing)|displac(?:es?|ing)|compress(?:es|ing)|over|overlying|overlies|underlying|near|beside|behind|above|below|abutting|superimposed (?:on|over)|"
    r"(?:adjacent|next|anterior|posterior|lateral|medial|superior|inferior|distal|proximal|close|up|relation|contiguous|related) to|(?:relationship|contact|continuity) with|separate from|level of|(?:away|mm|cm) from)"
    r" (?:(?:the|its|a|an|both|right|left|side|aspect|margin|border|surface|edge|tip|wall|part|portion|of|proximal|distal|mid|medial|lateral|anterior|posterior|superior|inferior|upper|lower|"
    r"cortical) ){0,6}$",
    re.ASCII,
)
_WITH = frozenset((" ", "/", " or ", " and ", " and/or "))
_LACKING = re.compile(
    r" (?:without|with no|but no) (?:(?:an?|any|discrete|focal|evidence|of|dominant|definite|suspicious|solid|measurable|associated) )*",
    re.ASCII,
)
# What stands between a predicate and the site that is its subject.
_SUBJECT = re.compile(
    r"(?: walls?| tissues?| cortex| parenchyma| lumen| mucosa)?(?:,? (?:that|which))? ", re.ASCII
)
# What may stand between words and the site that they say something of, and what behind that.
_QUALIFIED = re.compile(
    r" ?(?:(?:left|right|bilateral|both|proximal|distal|native|fetal|entire|whole|first|second|third|fourth|fifth)(?: sided)? )?",
    re.ASCII,
)
_ENDS = re.compile(
    r"(?: walls?| cortex| lumen| contour| angles?| outline| shadow)?(?:$|[.,;:)]| (?:and|or|is|are|was|were|with|without|but|in|of|on|at|for|from|due|which|that|seen|noted|may|has|have|again|as|to|there)\b)",
    re.ASCII,
)
_GAPS = re.compile(
    r"(?:,? (?:and|or|and/or|&) |, |/)(?:(?:left|right|bilateral|both|small|mild|moderate|large|trace) )*",
    re.ASCII,
)
# What stands before a list of sites that share a head, rather than in it or before its article.
_BEFORE_LIST = re.compile(
    r"(?:^|\b(?:no|or|and|with|without|multiple|several|few|small|tiny|new|old|simple|bilateral|of)\b|[,;:.]) ?$",
    re.ASCII,
)


def compose(
    text: str, words: list[Hit], sites: list[Hit], found: list[Found], clauses: list[int]
) -> tuple[list[Found], list[Attributes]]:
    """Return the findings of a folded sentence under the names that their sites give them, and what is said of each.

    `words` are the phrases that name places and the like, `sites` those of them that name places. An observation of several
    sites is as many findings.
    """
    marked = False
    for item in found:
        if item[2][0] in _MARKS:
            marked = True
            found = _saying(text, words, found)
            break
    described = _attached(text, words, found, clauses)
    if marked and any(
        item.finding[0] in _NEEDS_SITE and not more.anatomy
        for item, more in zip(found, described, strict=True)
    ):
        # Words that say nothing without a site have none: the sentence is read without them.
        found = [
            item
            for item, more in zip(found, described, strict=True)
            if item.finding[0] not in _NEEDS_SITE or more.anatomy
        ]
        described = _attached(text, words, found, clauses)
    if not sites and not marked:
        return list(found), described
    described = _shared(text, sites, found, described)
    items: list[Found] = []
    more_of: list[Attributes] = []
    said: set[tuple[int, int, str]] = set()
    names, alone = composable(), len(sites) < 2
    for place, item in enumerate(found):
        more = described[place]
        if item[2][0] not in _MARKS and (more[0] is None if item[2] in names else alone or item[4]):
            if (key := (item[0], item[1], item[2])) not in said:
                said.add(key)
                items.append(item)
                more_of.append(more)
            continue
        named = _named(text, sites, found, item, more)
        for name, about in named:
            if (item[0], item[1], name) not in said and (name == item[2] or not _said(name, item, found)):
                items.append(item if name == item[2] else item._replace(finding=name))
                more_of.append(about)
        said.update([(item[0], item[1], name) for name, _ in named])
    return items, more_of


def _attached(text: str, words: list[Hit], found: list[Found], clauses: list[int]) -> list[Attributes]:
    """Return what is said of findings; adjectives of one list have one site: "the bowel is dilated and thickened"."""
    described = attach(text, words, found, clauses)
    for place in range(1, len(found)):
        item, before = found[place], found[place - 1]
        if item.finding[0] not in _ADJECTIVES or before.finding[0] not in _ADJECTIVES:
            continue
        giver = described[place - 1]
        if (
            described[place].anatomy is None
            and giver.site is not None
            and giver.site[1] <= before.start
            and text[before.end : item.start] in _ADJOINS
        ):
            described[place] = described[place]._replace(
                anatomy=giver.anatomy, site=giver.site, laterality=giver.laterality
            )
    return described


def _shared(text: str, sites: list[Hit], found: list[Found], described: list[Attributes]) -> list[Attributes]:
    """Return what is said of findings, with the site of the one before in an observation joined to it, if that has a name there.

    "Pericardial effusion or thickening" is one of the pericardium twice.
    """
    if len(found) < 2 or not sites:
        return described
    result = list(described)
    for place in range(1, len(found)):
        item, before = found[place], found[place - 1]
        if (
            result[place].anatomy is not None
            or item.finding[0] in _MARKS
            or item.finding not in load_observations()
        ):
            continue
        gap = text[before.end : item.start]
        giver = result[place - 1]
        if giver.anatomy and (item.finding, giver.anatomy) in load_composed() and _LACKING.fullmatch(gap):
            result[place] = result[place]._replace(anatomy=giver.anatomy, site=giver.site)
        if gap not in _WITH:
            continue
        own = _in_own_words(sites, before, NOTHING)
        if own.anatomy is not None and (item.finding, own.anatomy) in load_composed():
            result[place] = result[place]._replace(anatomy=own.anatomy, site=own.site)
    return result


def _said(name: str, item: Found, found: list[Found]) -> bool:
    """Return whether other words that overlap a finding's name it too, or hold a pair that has no name."""
    return any(
        other is not item
        and item.start < other.end
        and other.start < item.end
        and (name == other.finding or ("@" in name and other.pattern and name != other.finding))
        for other in found
    )


def _saying(text: str, words: list[Hit], found: list[Found]) -> list[Found]:
    """Return the findings without words of other findings: adjectives of them, parts of patterns, predicates of them."""
    kept: list[Found] = []
    patterns = [item for item in found if item.pattern is not None]
    start, noun, described = (
        -1,
        False,
        False,
    )  # of what follows: where, whether a noun, whether an adjective of one
    for item in reversed(found):
        mark = item.finding[0]
        if mark in _MARKS:
            if any(
                other.start == item.start or other.end == item.end or other.anchor == (item.start, item.end)
                for other in patterns
            ):
                continue
            if mark == PREDICATE and not _of_site(text, words, found, item):
                continue
            if mark == BEFORE and not _before_site(text, words, found, item):
                continue
        if mark in _ADJECTIVES:
            gap = text[item.end : start] if start >= item.end else ""
            described = (noun and (gap == " " or _LISTED.fullmatch(gap) is not None)) or (
                described and (gap in _ADJOINS or _LISTED.fullmatch(gap) is not None)
            )
            noun, start = False, item.start
            if described:
                continue
        elif mark == BEFORE:
            noun, described, start = False, False, item.start
        elif item[2] not in THINGS:  # "calcified lymph nodes" are calcified
            noun, described, start = True, False, item.start
        kept.append(item)
    kept.reverse()
    return kept


def _of_site(text: str, words: list[Hit], found: list[Found], item: Found) -> bool:
    """Return whether the subject of a predicate is a site, and no finding stands before it."""
    begin = max(text.rfind(mark, 0, item.start) for mark in (",", ";", ".", " and ", " but "))
    if any(begin < other.start < item.start and other.finding[0] not in _NEEDS_SITE for other in found):
        return False
    return any(
        said.site is not None and end <= item.start and _SUBJECT.fullmatch(text, end, item.start) is not None
        for _, end, said in words
    )


def _before_site(text: str, words: list[Hit], found: list[Found], item: Found) -> bool:
    """Return whether a site stands right behind words, and neither a finding nor another noun behind that."""
    gap = _QUALIFIED.match(text, item.end)
    assert gap is not None
    for start, end, said in words:
        if start == gap.end() and said.site is not None:
            return _ENDS.match(text, end) is not None and not any(
                other.start < end and item.end < other.end and other.finding[0] not in _MARKS
                for other in found
            )
    return False


def _named(
    text: str, sites: list[Hit], found: list[Found], item: Found, more: Attributes
) -> list[tuple[str, Attributes]]:
    """Return the names of a finding, one for each of its sites, and what is said of each; `sites` are those of the sentence."""
    name = item[2]
    general = name[1:] if name[0] in _MARKS else name
    named: list[tuple[str, Attributes]]
    if general not in composable():
        at_sites = _before(text, sites, found, item) if item[4] is None else []
        own = observation_in(text[item[0] : item[1]], name) if at_sites else None
        if own is None:
            return [(name, more)]
        more = _in_own_words(sites, item, more)
        named = [(name, more)]
        general = own
    else:
        anatomy, site = more[0], more[5]
        if anatomy is None or site is None:
            return [(general, more)]
        low = max(item[1] if item[1] <= site[0] else 0, site[0] - 60)
        if _NEAR.search(text, low, site[0]):
            return [(general, more)]
        if general in open_findings() and BARE_POLE.fullmatch(text, *site) is not None:
            return [(general, more)]  # whose it is, the exam tells
        at_sites = [(anatomy, site), *_listed(text, sites, found, item, site)]
        named = [(general, more)] if general in _beside() else []
    told = {said for said, _ in named}
    if general != name.lstrip(_MARKS):
        told.add(name)
    for anatomy, at in at_sites:
        meant = composed(general, anatomy)
        if meant and (meant not in told or more[1] is not None):
            here = more if at == more[5] else more._replace(anatomy=anatomy, site=at)
            if len(at_sites) > 1 and here[1] is not None:
                here = _sided(text, here, at_sites)
            if meant in told and not _apart(named, meant, here):
                continue
            told.add(meant)
            named.append((meant, here))
    return named


def _apart(named: list[tuple[str, Attributes]], name: str, more: Attributes) -> bool:
    """Return whether a finding is another than those of the same name: each at its own site of its own side."""
    return more[1] is not None and all(
        other != name or (about[0] != more[0] and about[1] not in (None, more[1])) for other, about in named
    )


def _sided(text: str, more: Attributes, sites: list[tuple[str, Span]]) -> Attributes:
    """Return what is said of a finding at one of several sites, with the sides of that one: "in the liver and the left kidney"."""
    start, end = more.site or (0, 0)
    before = max((high for _, (_, high) in sites if high <= start), default=0)
    last = max(high for _, (_, high) in sites)
    words = [said for said in more.described if said.kind == "laterality"]
    own = [said for said in words if before <= said.start < end or said.start >= last]
    if not own and (shared := [said for said in words if said.start < start]):
        own = [] if " the " in text[shared[-1].end : start] else shared
    sides = {said.value for said in own}
    side = None if not sides else sides.pop() if len(sides) == 1 else "bilateral"
    kept = tuple(said for said in more.described if said.kind != "laterality" or said in own)
    return more._replace(laterality=side, described=kept)


@functools.cache
def _beside() -> frozenset[str]:
    return frozenset(name for name, observation in load_observations().items() if observation.beside)


def _in_own_words(sites: list[Hit], item: Found, more: Attributes) -> Attributes:
    """Return what is said of a finding that shares its head with other sites, with the site that its own words name."""
    for start, end, said in sites:
        if item[0] <= start and end <= item[1]:
            return more._replace(anatomy=said.site, site=(start, end))
    return more


def _belongs(start: int, end: int, found: list[Found], item: Found) -> bool:
    """Return whether a site is a word of another finding than this, or touches one that follows it."""
    return any(start < other[1] and other[0] < end + 2 and other is not item for other in found)


def _listed(
    text: str, sites: list[Hit], found: list[Found], item: Found, site: Span
) -> list[tuple[str, Span]]:
    """Return the other sites of a list in which the site of an observation stands."""
    listed: list[tuple[str, Span]] = []
    at = -1
    for place, (start, end, _) in enumerate(sites):
        if (start, end) == site:
            at = place
            break
    if at < 0:
        return listed
    for step in (1, -1):
        here = at + step
        while 0 <= here < len(sites):
            start, end, said = sites[here]
            low, high = (sites[here - 1][1], start) if step > 0 else (end, sites[here + 1][0])
            if (
                _JOINED.fullmatch(text, low, high) is None
                or _belongs(start, end, found, item)
                or low <= item[0] < high
                or _is_whole(said.site, sites[at][2].site)
            ):
                break
            listed.append((said.site, (start, end)))
            here += step
    return listed


def _is_whole(site: str, part: str) -> bool:
    """Return whether one site is part of another: "tear of the medial meniscus, right knee" is no list."""
    return site in sites_above()[part]


def _before(text: str, sites: list[Hit], found: list[Found], item: Found) -> list[tuple[str, Span]]:
    """Return the sites that share the head of a finding's name: "hepatic and renal cysts"."""
    until = item[0]
    chain: list[tuple[str, Span]] = []
    for start, end, said in reversed(sites):
        if end > item[0]:
            continue
        gap = text[end:until]
        if _GAPS.fullmatch(gap) is None or (gap == ", " and not chain) or _belongs(start, end, found, item):
            break
        chain.append((said.site, (start, end)))
        until = start
    return chain if chain and _BEFORE_LIST.search(text, max(0, until - 20), until) else []

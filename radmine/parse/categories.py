"""Categories of scoring systems that a sentence gives: "BI-RADS 4A", "LR-5", an Agatston score of 245."""

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from radmine.parse.data_files import load_data
from radmine.records import Assertion, Category, Temporality

_ROMAN = {"0": "0", "1": "I", "2": "II", "3": "III", "4": "IV", "5": "V", "6": "VI"}
_NUMBER = r"zero|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
# What makes a number no category: it goes on, or has a unit.
_ENDS = r"(?![\w%]|[.,]\d| ?(?:mm|cm|ms|msec|m/s|mg|ml|hu)\b| (?:day|week|month|year|mo)s?\b| ?x ?\d)"
_VERSION = re.compile(
    r"\bv(?:ersion|er)? ?\.?(\d{4}|\d(?:\.\d)?)\b|\b(20[12]\d)\b|\b(\d)(?:st|nd|rd|th) edition"
)
_VERSIONED = r"v(?:ersion|er)? ?\.?\d[\d.]*|20[12]\d|\(?\d(?:st|nd|rd|th) edition\)?"
_POINTS = re.compile(r" ?[(,]? ?(\d{1,2}) (?:points?|pts?)\b")
_OF_SIDE = r"(?: ?\(| (?:in|on|of|for))?(?: the)? (?:right|left)(?: (?:breast|side|hip|knee|kidney|lung))?\)?"
_ALSO = re.compile(
    rf"(?P<had>{_OF_SIDE})?"
    r"(?:,? (and|or|to|versus|vs\.?|through) |(, ?)| ?(/) ?| ?([(,;] ?(?:previously|formerly|prior)) | (?=(?:right|left)(?: breast)?: ))"
    r"(?:the )?(?:(?:right|left)(?: breast)?:? )?(?:(?:category|score|grade|type|stage|class) )?"
)
_SIDE_BEFORE = re.compile(r"\b(right|left|bilateral)(?: \w+)?(?: ?[:=(] ?| )$")
_SIDE_WITHIN = re.compile(r"\b(right|left|bilateral)\b")
_SIDE_AFTER = re.compile(r"(?: ?[(:])?(?: (?:in|on|of|for))?(?: the)? ?\b(right|left|bilateral)(?:ly)?\b")
_ALTERNATIVE = re.compile(r" ?(?:,? (?:or|versus|vs\.?|to|through)|/) ?")
_CHOICE = frozenset(("or", "to", "versus", "vs", "vs.", "through", "/"))
_DENIED = re.compile(
    r"\b(?:no|not|without|excludes?|excluding|never|nor|cannot)"
    r"(?: (?:a|an|any|new|other|definite|evidence|of|for|as|the|meet|meets|meeting|met|fulfil\w*|criteria|longer|qualify\w*|"
    r"classified|consistent|with|be|called|acr|category|(?:observation|nodule|lesion)s?))* $"
)
_DOUBT = re.compile(
    r"\b(?:probabl[ey]|possibl[ey]|likely|presumed|presumably|suspected|questionable|favou?r(?:ed)?|perhaps|"
    r"(?:may|might|could|would) (?:be|represent|correspond to)|at least|if)(?: (?:a|an|the|as|to be))* $"
)
_EARLIER = re.compile(
    r"\b(?:previous(?:ly)?|prior|formerly|earlier|initial(?:ly)?|last|old|compared (?:to|with)|history of|"
    r"(?:upgrade|downgrade|change|increase|decrease|progresse?|improve)d? from)(?: (?!now\b|currently\b)[a-z]+){0,4} ?:? ?$"
)
_SCALE = re.compile(r"\b(?:rang(?:es?|ing)|(?<!point )scale|legend|lexicon|defined|definitions?)\b")
_LISTED = re.compile(r"(?:[,;.(] ?|= ?|\bor |\band )([0-6][abcx]?)(?= ?[:=]? ?[a-z]{3})")
_LEGEND = 4  # categories in a row, each at the start of its own sentence


class System(NamedTuple):
    """A scoring system, and how it is read."""

    name: str
    after: re.Pattern[str]  # matches what follows its name, up to the category
    before: re.Pattern[str] | None  # a category that comes before it
    also: re.Pattern[str]  # matches one more category
    categories: Mapping[str, str]  # as written in lower case -> as the system writes it
    of: str
    comma: bool
    number: bool


class Scored(NamedTuple):
    """A category and where it stands in a folded sentence, while the sentence is read."""

    start: int
    end: int
    system: System
    category: str | None
    modifier: str | None
    value: float | None
    version: str | None
    choice: bool  # whether "or" joins it to the one before


def _written(category: str) -> Iterator[str]:
    """Yield how a category may be written, in lower case."""
    yield category.lower()
    for number, roman in reversed(_ROMAN.items()):
        for one, other in ((number, roman), (roman, number)):
            rest = category.removeprefix(one)
            if rest != category and (not rest or rest in ("A", "B", "C", "F")):
                yield (other + rest).lower()
                if rest == "F":
                    yield from (f"{number} f", f"{roman} f".lower())  # "II-F"


def _any(words: Sequence[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


@functools.cache
def _system(place: int, *, coded: bool) -> System:
    """Return the system at a place in the file as it is read after its name, or after a code of it."""
    data = load_data("categories")
    entry, fillers = data["system"][place], data["fillers"]
    categories = {
        w: category for category in reversed(entry.get("categories", ())) for w in _written(category)
    }
    categories |= {category.lower(): category for category in entry.get("categories", ())}
    number = entry.get("number", False)
    own = _NUMBER if number else _any(list(categories))
    codes = "|".join(re.escape(code) + " ?" for code in entry.get("codes", ()))
    marks = _any(entry.get("modifiers", ()))
    marked = rf"(?P<marks>(?: ?[/,]? ?(?:{marks})(?![a-z0-9]))*)" if marks else "(?P<marks>)"
    category = rf"{f'(?:{codes})?' if codes else ''}(?P<category>{own}){marked}{_ENDS}"
    filler = rf"(?:[ :=(),#®™]*(?:\b(?:{_any(fillers['words'])})\b|{_VERSIONED}))"
    key = rf"(?=.{{0,24}}\b(?:{_any(fillers['keys'])}|ii|iii|iv)\b)" if entry.get("word") else ""
    before = rf"\b(?:{_any(fillers['keys'])})(?: of)? (?P<category>{own}){_ENDS}[^,;.]{{0,40}}?[( ]"
    if entry.get("grades"):
        before = (
            rf"\b(?:{_any(fillers['keys'])}) (?P<category>{own}){_ENDS}(?: (?:left|right|bilateral|sided))* "
        )
    elif number:
        before = rf"\b(?P<category>{_NUMBER}) ?\("
    if coded:
        after, told = re.compile(" ?" + category), None
    else:
        after = re.compile(rf"{key}(?P<filler>{filler}{{0,7}}?[ :=(),#®™]*)(?<![a-z0-9]){category}")
        told = re.compile(before + r"(?:by |on |per |using |acr |the )*$")
    return System(
        entry["name"],
        after,
        told,
        re.compile(rf"(?P<category>{own})(?P<marks>){_ENDS}"),
        categories,
        entry.get("of", ""),
        entry.get("comma", False),
        number,
    )


@functools.cache
def _names() -> tuple[re.Pattern[str], Mapping[str, tuple[int, bool]]]:
    """Return the pattern of the systems' names and codes, and which system each is of, and whether it is a code."""
    of = {
        name: (place, key == "codes")
        for place, entry in enumerate(load_data("categories")["system"])
        for key in ("names", "codes")
        for name in entry.get(key, ())
    }
    return re.compile(rf"(?<![a-z0-9])(?:{_any(list(of))})(?![a-z](?!\d))"), of


@functools.cache
def category_cues() -> tuple[str, ...]:
    """Return the phrases without one of which a sentence gives no category."""
    cues: list[str] = []
    for entry in load_data("categories")["system"]:
        cues += entry["names"]
        joined = [w for c in entry.get("categories", ()) for w in _written(c) if w.isalnum()]
        for code in (*entry.get("codes", ()), *(n for n in entry["names"] if n.endswith("rads"))):
            cues += (f"{code}{number}" for number in (*joined, "v1", "v2"))
        for code in entry.get("codes", ()):
            cues += (f"{code} {number}" for number in (*joined, "tr"))
    return tuple(dict.fromkeys(cues))


def read_categories(text: str, *, asked: bool) -> list[Category]:
    """Return the categories that a folded sentence gives, of this patient; offsets are into it.

    Explanations of a system's categories are none. Sentence and mention are left at 0 and None.

    Parameters
    ----------
    asked
        Whether its section says why the study was made or what was known before: its categories are earlier ones.
    """
    found = list(_scored(text))
    if not found or _explains(text, found):
        return []
    chosen = {
        index
        for index, (one, other) in enumerate(pairwise(found))
        if other.choice
        or (one.system.name == other.system.name and _ALTERNATIVE.fullmatch(text[one.end : other.start]))
    }
    chosen |= {index + 1 for index in chosen}
    categories: list[Category] = []
    told = 0  # where the side of the one before ends
    for index, item in enumerate(found):
        side, told = _side(text, item, told)
        before = text[max(0, item.start - 80) : item.start]
        assertion, time, rule = Assertion.PRESENT, Temporality.CURRENT, "stated"
        if _DENIED.search(before) or (index in chosen and categories and categories[-1].rule == "denied"):
            assertion, rule = Assertion.ABSENT, "denied"
        elif index in chosen:
            assertion, rule = Assertion.UNCERTAIN, "alternative"
        elif _DOUBT.search(before):
            assertion, rule = Assertion.UNCERTAIN, "doubt"
        if _EARLIER.search(before):
            time, rule = Temporality.HISTORICAL, "earlier"
        elif asked:
            time, rule = Temporality.HISTORICAL, "section"
        categories.append(
            Category(
                item.start,
                item.end,
                item.system.name,
                item.category,
                item.modifier,
                item.value,
                item.version,
                side,
                assertion,
                time,
                rule,
                0,
                None,
            )
        )
    return categories


def _side(text: str, item: Scored, low: int) -> tuple[str | None, int]:
    """Return the side that stands before a category, in it or after it, and where what was read ends."""
    before = _SIDE_BEFORE.search(text, low, item.start) or _SIDE_WITHIN.search(text, item.start, item.end)
    if before is not None and before[1] != "bilateral":
        return before[1], item.end
    after = _SIDE_AFTER.match(text, item.end)
    if after is not None:
        return after[1], after.end()
    return before and before[1], item.end


def _scored(text: str) -> Iterator[Scored]:
    """Yield the categories of a folded sentence, in order."""
    names, of = _names()
    at = given = 0  # `given`: where the category before ends
    while (name := names.search(text, at)) is not None:
        place, coded = of[name[0]]
        system = _system(place, coded=coded)
        at = name.end()
        match = system.after.match(text, at)
        start = name.start()
        if match is None and system.before is not None:
            low = max(0, start - 60)
            match = system.before.search(text[low:start])
            if match is not None and low + match.start("category") >= given:
                yield _one(system, match, low + match.start(), at, "")
                given = at
            continue
        if match is None:
            continue
        end = match.end()
        filler = match.groupdict().get("filler") or ""
        if system.of and text.startswith(f"/{system.of}", end):
            end += 2
        item = _one(system, match, start, end, filler)
        points = _POINTS.match(text, end) if not system.number else None
        if points is not None:
            item, end = item._replace(value=float(points[1])), points.end()
        yield item
        at = given = end
        if system.number or (match["category"].isalpha() and len(match["category"]) == 1):
            continue
        while (also := _ALSO.match(text, at)) is not None:
            said = system.also.match(text, also.end())
            joint = also[2] or also[4] or also[5]
            sided = "left" in also[0] or "right" in also[0]
            if said is None or (joint is None and not (sided or system.comma)):
                break
            if also["had"] and not _SIDE_AFTER.match(text, said.end()):
                break  # "4 right, 2 masses"
            at = given = said.end()
            yield _one(system, said, said.start(), at, filler)._replace(choice=joint in _CHOICE)
        if at == end and text.startswith(" ", at) and (said := system.also.match(text, at + 1)) is not None:
            following = _one(system, said, said.start(), said.end(), filler)
            if (
                _grade(following.category) == _grade(item.category) + 1
            ):  # "2-3", whose hyphen reads as a space
                at = given = said.end()
                yield following._replace(choice=True)


def _grade(category: str | None) -> int:
    """Return the number that a category begins with, Roman ones too; 0 where it begins with none."""
    roman = re.match(r"[IV]+", category or "")
    if roman is not None:
        return next((int(n) for n, r in _ROMAN.items() if r == roman[0]), 0)
    return int(category[0]) if category and category[0].isdigit() else 0


def _one(system: System, match: re.Match[str], start: int, end: int, filler: str) -> Scored:
    """Return the category that a match gives."""
    words = match["category"]
    marks = match.groupdict().get("marks") or ""
    modifier = "/".join(re.findall(r"[a-z0-9+-]+", marks)).upper() or None
    version = _VERSION.search(filler)
    year = next(filter(None, version.groups())) if version is not None else None
    if system.number:
        return Scored(start, end, system, None, modifier, _number(words), year, False)
    return Scored(start, end, system, system.categories[words], modifier, None, year, False)


def _number(words: str) -> float:
    return 0.0 if words == "zero" else float(words.replace(",", ""))


def _explains(text: str, found: Sequence[Scored]) -> bool:
    """Return whether a sentence explains the categories of a system rather than gives one."""
    if _SCALE.search(text):
        return True
    first = found[0].category
    told = [first or "", *(match[1].upper() for match in _LISTED.finditer(text, found[0].end))]
    return len(told) > 2 and all(one < other for one, other in pairwise(told))


def without_legends(categories: list[Category], starts: Sequence[int]) -> list[Category]:
    """Return categories of a report without those of a legend: many in a row, each at the start of a sentence of its own.

    Parameters
    ----------
    starts
        Where the report's sentences begin.
    """
    if len(categories) < _LEGEND:
        return categories
    runs: list[list[Category]] = [[]]
    for item in categories:
        last = runs[-1][-1] if runs[-1] else None
        goes_on = (
            last is not None
            and item.system == last.system
            and item.sentence == last.sentence + 1
            and (item.category or "") > (last.category or "")
        )
        heads = item.start - starts[item.sentence] < 3
        if heads and goes_on:
            runs[-1].append(item)
        else:
            runs.append([item] if heads else [])
    legends = {item for run in runs if len(run) >= _LEGEND for item in run}
    return [item for item in categories if item not in legends]

"""What a normal organ rules out, read from `data/normal.toml`: "the gallbladder is unremarkable"."""

import functools
import re
from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import NamedTuple

from radmine.findings import sites_above
from radmine.parse.data_files import load_data
from radmine.parse.findings import Found
from radmine.parse.phrases import Hit
from radmine.records import Assertion

# What stands between the sites of a list.
_LIST = re.compile(
    r"(?: (?:glands?|veins?|arter(?:y|ies)|ducts?|loops|walls?))?(?:, (?:and |or )?| and | or | & |/| as well as )"
    r"(?:the |both |left |right |bilateral |common |main )*",
    re.ASCII,
)
_NEXT_WORDS = 30  # characters looked at before and behind
_GAP = 60  # between a site and the words that say something of it


SHORT = 80  # characters of a sentence that says no more than that an exam is normal
NORMAL_EXAM = "normal_exam"
"""The rule by which an exam as a whole is normal."""

_EXAM = re.compile(
    r"\b(?:cxr|ct|cta|mri?|mra|us|xr|pet|x ray|xray|radiographs?|ultrasound|sonogram|mammogram|views?)\b|^(?:chest|abdomen|pelvis|head|neck|spine)$",
    re.ASCII,
)
_WHOLE = re.compile(
    r" ?(?:(?:this|the|a|an|is|are|was|essentially|entirely|completely|grossly|study|examination|exam|radiographs?|appearances?|findings) )*"
    r"((?:normal|unremarkable|within normal limits|wnl|(?:no|without) (?:acute |significant |focal |radiographic )?(?:abnormality|abnormalities|abnormal findings?)))"
    r"(?: (?:is |are )?(?:seen|identified|detected|demonstrated|noted|found))?"
    r"(?: (?:study|examination|exam|radiographs?|films?|scan|ct|mri|ultrasound|appearances?))? ?[.!]*",
    re.ASCII,
)


class _Rules(NamedTuple):
    ruled_out: Mapping[str, Mapping[str, list[str]]]  # by site, then by what is said of it
    between: re.Pattern[str]  # a site and the words behind it
    having: re.Pattern[str]  # that "normal" is not the whole of what is said
    leading: re.Pattern[str]  # the words and a site behind them
    not_before: re.Pattern[str]  # words that take the whole back: before it, ...
    not_parts: re.Pattern[str]  # ... before the site, ...
    not_after: re.Pattern[str]  # ... and behind all


@functools.cache
def load_normal_phrases() -> Mapping[str, tuple[str | None, str | None]]:
    """Return the words that say something of a site: what they say behind it, and what before it."""
    kinds = load_data("normal")["words"]
    after = {phrase: kind for kind, words in kinds.items() for phrase in words["after"]}
    before = {phrase: kind for kind, words in kinds.items() for phrase in words["before"]}
    return {phrase: (after.get(phrase), before.get(phrase)) for phrase in (*after, *before)}


@functools.cache
def _rules() -> _Rules:
    data = load_data("normal")
    hides, between = data["hides"], data["between"]
    return _Rules(
        data["site"],
        re.compile(rf":?(?: (?:{_any(between['words'])}))* ?"),
        re.compile(rf"(?:{_any(between['having'])}) $"),
        re.compile(rf"(?: (?:{_any(between['before'])}))* "),
        re.compile(rf"\b(?:{_any(hides['before'])}) $"),
        re.compile(rf"\b(?:{_any(hides['parts'])}) $"),
        re.compile(rf",? (?:{_any((*hides['after'], *hides['but']))})\b"),
    )


def _any(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(set(words), key=len, reverse=True)))


@functools.cache
def _ruled_out(site: str) -> Mapping[str, list[str]] | None:
    """Return what is ruled out at a site by what is said of it, of the nearest site that has an entry; None of none."""
    known = _rules().ruled_out
    if site in known:
        return known[site]
    above = [
        name for name in sites_above().get(site, ()) if name in known and name not in ("abdomen", "pelvis")
    ]
    return known[max(above, key=lambda name: (len(sites_above()[name]), name))] if above else None


def find_normal(text: str, said: list[Hit], places: list[Hit]) -> list[Found]:
    """Return the findings that a folded sentence rules out, since it says that their organ is normal.

    `said` are the phrases of `load_normal_phrases()` in it, `places` those that name sites.
    """
    rules = _rules()
    found: list[Found] = []
    done: set[tuple[str, int]] = set()
    for start, end, (behind, ahead) in said:
        if rules.not_after.match(text, end) is not None:
            continue
        if rules.not_before.search(text, max(0, start - _NEXT_WORDS), start) is not None:
            continue
        kind = behind
        named = _before(text, places, start, rules, kind) if kind is not None else []
        if not named and ahead is not None:
            kind = ahead
            named = _behind(text, places, end, rules)
        for low, high, value in named:
            for finding in (_ruled_out(value.site) or {}).get(kind, ()):
                if (finding, low) not in done:
                    done.add((finding, low))
                    span = min(low, start), max(high, end)
                    found.append(
                        Found(*span, finding, (start, end), f"{kind}_{value.site}", Assertion.ABSENT)
                    )
    return found


def _before(text: str, places: list[Hit], start: int, rules: _Rules, kind: str | None) -> list[Hit]:
    """Return the sites, one or a list of them, of which words behind them say something."""
    at = next((i for i in range(len(places) - 1, -1, -1) if places[i][1] <= start), None)
    if (
        at is None
        or start - places[at][1] > _GAP
        or rules.between.fullmatch(text, places[at][1], start) is None
    ):
        return []
    if text[places[at][1] : start] == " and ":  # "the right kidney and normal left renal vein"
        return []
    if kind == "normal" and rules.having.search(text, places[at][1], start) is not None:
        return []
    named = [places[at]]
    while at and _LIST.fullmatch(text, places[at - 1][1], places[at][0]) is not None:
        at -= 1
        named.append(places[at])
    first = places[at][0]
    return [] if rules.not_parts.search(text, max(0, first - _NEXT_WORDS), first) else named


def _behind(text: str, places: list[Hit], end: int, rules: _Rules) -> list[Hit]:
    """Return the sites, one or a list of them, before which words say something of them."""
    at = next((i for i, hit in enumerate(places) if hit[0] >= end), None)
    if at is None or places[at][0] - end > _GAP or rules.leading.fullmatch(text, end, places[at][0]) is None:
        return []
    named = [places[at]]
    while at + 1 < len(places) and _LIST.fullmatch(text, places[at][1], places[at + 1][0]) is not None:
        at += 1
        named.append(places[at])
    return [] if rules.not_after.match(text, named[-1][1]) is not None else named


def whole_exam(text: str) -> Found | None:
    """Return what a folded sentence rules out that says of an exam as a whole, by its label or none, that it is normal: "CXR: normal"."""
    label, colon, said = text.rpartition(":")
    whole = _WHOLE.fullmatch(said if colon else text)
    if whole is None or (colon and _EXAM.search(label) is None):
        return None
    start, end = whole.span(1)
    low = len(label) + 1 if colon else 0
    span = low + start, low + end
    return Found(*span, "chest_disease", span, NORMAL_EXAM, Assertion.ABSENT)


def with_normal(found: list[Found], normal: list[Found]) -> list[Found]:
    """Return the findings of a sentence and those that are ruled out and not named there, in order."""
    named = {item.finding for item in found}
    return sorted((*found, *(item for item in normal if item.finding not in named)), key=itemgetter(0, 1, 2))

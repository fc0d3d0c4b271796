"""The rules of assertion, read from `data/assertion.toml`."""

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from types import MappingProxyType
from typing import Any

from radmine.parse.data_files import load_data
from radmine.records import Assertion, Experiencer, Temporality

FORWARD, BACKWARD = 1, 2


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold for a rule besides its reach."""

    stops: tuple[str, ...]  # what it does not reach over
    through: tuple[str, ...]  # words one of which must stand between
    needs: str | None  # question, report, noun or beside
    unless: frozenset[str]  # next words with which it does not hold
    unless_after: tuple[str, ...]  # ends of what precedes it with which it does not hold
    follows: tuple[str, ...]  # one of which must stand before it in its clause
    without: tuple[str, ...]  # none of which may stand before the finding in its clause
    spares: frozenset[str]  # last words of what it does not reach
    spares_in: frozenset[str]  # the sections in which alone it spares them; empty: everywhere
    opens: frozenset[str] | None  # all that may stand before it in its clause, besides numbers
    sections: frozenset[str] | None  # where alone it holds


@dataclass(frozen=True, slots=True)
class Rule:
    """What a phrase says of the findings in its reach."""

    name: str
    kind: str
    reach: int  # FORWARD or BACKWARD
    words: int
    final: bool  # speaks of what precedes it only before punctuation or the end
    assertion: Assertion | None
    temporality: Temporality | None
    experiencer: Experiencer | None
    certainty: float  # how likely what it reaches is there, where it decides that
    condition: Condition | None


@dataclass(frozen=True, slots=True)
class Trigger:
    """What a phrase means to the reading of a sentence."""

    rules: tuple[Rule, ...] = ()
    denies: bool = False  # one of the rules is a negation of what follows
    ends: bool = False  # ends a clause
    coordinates: bool = False
    alternative: bool = False  # "or", "nor"
    relates: bool = False  # "that", "which"
    verb: bool = False
    closes: bool = False  # "seen", "identified" after a verb
    fresh: bool = False  # begins a statement of its own after a comma
    lasts: bool = False  # and after "and"
    unmarked: bool = False  # and without any mark
    subject: bool = False  # begins one where a verb or state comes behind it
    reports: bool = False  # "showed": tells what there was
    present: bool = False  # "has": speaks of the present


CONDITIONS = frozenset(
    (
        "stops",
        "through",
        "needs",
        "unless",
        "unless_after",
        "follows",
        "without",
        "spares",
        "spares_in",
        "opens",
        "sections",
    )
)
_REACH = {"forward": FORWARD, "backward": BACKWARD}
_ASSERTIONS = {
    "negation": Assertion.ABSENT,
    "uncertainty": Assertion.UNCERTAIN,
    "hypothetical": Assertion.UNCERTAIN,  # what is looked for or warned of is not said to be there
}
CERTAINTY = {Assertion.PRESENT: 1.0, Assertion.ABSENT: 0.0, Assertion.UNCERTAIN: 0.5}
"""How likely a finding is there by what is said of it, where the rule says no number of its own."""

_TIMES = {
    "historical": Temporality.HISTORICAL,
    "hypothetical": Temporality.HYPOTHETICAL,
    "current": Temporality.CURRENT,
}
_MARKS = {
    "ends": ("ends",),
    "coordinators": ("coordinates",),
    "alternatives": ("alternative",),
    "relatives": ("relates",),
    "verbs": ("verb",),
    "closers": ("closes",),
    "fresh": ("fresh",),
    "lasting": ("lasts",),
    "unmarked": ("unmarked",),
    "indefinite": ("lasts", "unmarked"),
    "subjects": ("subject",),
    "reports": ("reports",),
    "present": ("present",),
}
# A rule that speaks of what precedes it and begins so is a verb: "has resolved".
_HAS_VERB = ("is ", "are ", "was ", "were ", "has ", "have ", "had ", "remains ")
_CHOICE = re.compile(r"\{(\w+)\}|\(([^()]*\|[^()]*)\)")
_COUNTED = {
    "year": tuple(map(str, range(1920, 2060))),
    "decade": tuple(f"{year}s" for year in range(1920, 2060, 10)),
    "number": tuple(map(str, range(1, 70))),
}


def expand(phrase: str, words: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield the phrases that a pattern like "(has|have) {almost} resolved" stands for, `words` by their names."""
    for one in _choices(phrase, words):
        yield " ".join(one.replace("-", " ").split())


def _choices(phrase: str, words: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield what a pattern stands for, with its spaces as they are."""
    parts: list[Sequence[str]] = []
    at = 0
    for match in _CHOICE.finditer(phrase):
        parts.append((phrase[at : match.start()],))
        if match[1]:
            parts.append(words[match[1]])
        else:
            parts.append([one for choice in match[2].split("|") for one in _choices(choice, words)])
        at = match.end()
    parts.append((phrase[at:],))
    for choice in product(*parts):
        yield "".join(choice)


@functools.cache
def load_misspelt() -> Mapping[str, str]:
    """Return words of the rules as they are often mistyped, and what is meant by them."""
    data = load_data("assertion")
    meant = {wrong: word for word in data["slips"]["words"] for wrong in _slips(word)}
    meant.update((wrong, word) for word, many in data["misspelt"].items() for wrong in many)
    return MappingProxyType(meant)


def _slips(word: str) -> set[str]:
    """Return what one slip of the finger makes of a word."""
    places = range(1, len(word))
    about = [word[: i - 1] + word[i] + word[i - 1] + word[i + 1 :] for i in places]
    short = [word[:i] + word[i + 1 :] for i in places]
    double = [word[:i] + word[i - 1 :] for i in (*places, len(word))]
    return {*about, *short, *double} - {word}


@functools.cache
def load_words() -> Mapping[str, Sequence[str]]:
    """Return the lists of words that the phrases name in braces."""
    return MappingProxyType({**load_data("assertion")["words"], **_COUNTED})


def _rule(entry: Mapping[str, Any]) -> Rule:
    """Return the rule of an entry of the file."""
    kind = entry["kind"]
    return Rule(
        name=entry["name"],
        kind=kind,
        reach=_REACH[entry.get("direction", "forward")],
        words=entry.get("words", 0),
        final=entry.get("final", False),
        assertion=_ASSERTIONS.get(kind),
        temporality=_TIMES.get(kind),
        experiencer=Experiencer.OTHER if kind == "experiencer" else None,
        certainty=entry.get("certainty", CERTAINTY[_ASSERTIONS.get(kind, Assertion.PRESENT)]),
        condition=_condition(entry),
    )


def _condition(entry: Mapping[str, Any]) -> Condition | None:
    """Return the condition of an entry of the file, None where it has none."""
    if not CONDITIONS & set(entry):
        return None
    return Condition(
        stops=tuple(_listed(entry.get("stops", ()))),
        through=tuple(entry.get("through", ())),
        needs=entry.get("needs"),
        unless=frozenset(_listed(entry.get("unless", ()))),
        unless_after=tuple(f"{words} " for words in entry.get("unless_after", ())),
        follows=tuple(f" {words}" for words in entry.get("follows", ())),
        without=tuple(entry.get("without", ())),
        spares=frozenset(_listed(entry.get("spares", ()))),
        spares_in=frozenset(entry.get("spares_in", ())),
        opens=frozenset(_listed(entry["opens"])) if "opens" in entry else None,
        sections=frozenset(entry["sections"]) if "sections" in entry else None,
    )


def _listed(words: Sequence[str]) -> Iterator[str]:
    """Yield the words of a rule's condition, with those of the lists that it names."""
    for word in words:
        yield from load_words()[word[1:-1]] if word.startswith("{") else (word,)


@functools.cache
def load_triggers() -> Mapping[str, Trigger]:
    """Return every phrase that means something to the rules, and what it means."""
    data = load_data("assertion")
    words = load_words()
    rules: dict[str, tuple[Rule, ...]] = {}
    several: dict[tuple[int, ...], tuple[Rule, ...]] = {}  # one object for all phrases of the same rules
    known = [_rule(entry) for entry in data["rule"]]
    for entry, rule in zip(data["rule"], known, strict=True):
        said = () if rule.kind == "pseudo" else (rule,)
        phrases = dict.fromkeys([phrase for pattern in entry["phrases"] for phrase in expand(pattern, words)])
        for phrase in phrases:
            before = rules.get(phrase)
            if not before:
                rules[phrase] = said
            elif said:
                rules[phrase] = several.setdefault((*map(id, before), id(rule)), before + said)
    marks: dict[str, dict[str, bool]] = {}
    for group, meant in _MARKS.items():
        for phrase, mark in product(data["clauses"][group], meant):
            marks.setdefault(phrase, {})[mark] = True
            if mark in {"lasts", "unmarked"}:
                marks[phrase]["fresh"] = True
    for phrase in data["clauses"]["indefinite"]:  # "a healed" says what "healed" does
        rules.setdefault(phrase, rules.get(phrase.split(" ", 1)[1], ()))
    triggers = {}
    made: dict[tuple[int, bool], Trigger] = {}  # by the rules: most phrases have no more than them
    for phrase in {**rules, **marks}:
        of_phrase = rules.get(phrase, ())
        has_verb = phrase.startswith(_HAS_VERB)
        key = id(of_phrase), has_verb
        trigger = made.get(key) if phrase not in marks else None
        if trigger is None:
            trigger = _trigger(of_phrase, marks.get(phrase, {}), has_verb=has_verb)
            if phrase not in marks:
                made[key] = trigger
        triggers[phrase] = trigger
    return MappingProxyType(triggers)


def _trigger(rules: tuple[Rule, ...], marks: Mapping[str, bool], *, has_verb: bool) -> Trigger:
    """Return what a phrase means that has some rules and marks, and begins with a verb or not."""
    denies = any(rule.kind == "negation" and rule.reach == FORWARD for rule in rules)
    if has_verb and any(
        rule.reach == BACKWARD and not (rule.condition and rule.condition.follows) for rule in rules
    ):
        marks = {**marks, "verb": True}
    return Trigger(rules, denies, **marks)

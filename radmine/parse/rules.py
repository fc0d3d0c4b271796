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


def _misspelt(phrase: str, misspelt: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield a phrase as it is often mistyped, one word at a time."""
    words = phrase.split()
    for index, word in enumerate(words):
        for wrong in misspelt.get(word, ()):
            yield " ".join((*words[:index], wrong, *words[index + 1 :]))


def _slips() -> Iterator[tuple[str, Sequence[str]]]:
    """Yield each word of denial with what one slip of the finger makes of it."""
    data = load_data("assertion")
    for word in data["slips"]["words"]:
        places = range(1, len(word))
        about = (word[: i - 1] + word[i] + word[i - 1] + word[i + 1 :] for i in places)
        short = (word[:i] + word[i + 1 :] for i in places)
        double = (word[:i] + word[i - 1 :] for i in (*places, len(word)))
        yield word, sorted({*about, *short, *double, *data["misspelt"].get(word, ())} - {word})


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
    for entry in data["rule"]:
        rule = _rule(entry)
        said = () if rule.kind == "pseudo" else (rule,)
        phrases = dict.fromkeys(phrase for pattern in entry["phrases"] for phrase in expand(pattern, words))
        wrong = {**data["misspelt"], **dict(_slips())} if rule.kind == "negation" else data["misspelt"]
        for phrase in (*phrases, *(m for p in phrases for m in _misspelt(p, wrong))):
            rules[phrase] = rules.get(phrase, ()) + said
    marks: dict[str, dict[str, bool]] = {}
    for group, meant in _MARKS.items():
        for phrase, mark in product(data["clauses"][group], meant):
            marks.setdefault(phrase, {})[mark] = True
            if mark in {"lasts", "unmarked"}:
                marks[phrase]["fresh"] = True
    for phrase in data["clauses"]["indefinite"]:  # "a healed" says what "healed" does
        rules.setdefault(phrase, rules.get(phrase.split(" ", 1)[1], ()))
    triggers = {}
    for phrase in {**rules, **marks}:
        of_phrase = rules.get(phrase, ())
        denies = any(rule.kind == "negation" and rule.reach == FORWARD for rule in of_phrase)
        if phrase.startswith(_HAS_VERB) and any(
            rule.reach == BACKWARD and not (rule.condition and rule.condition.follows) for rule in of_phrase
        ):
            marks.setdefault(phrase, {})["verb"] = True
        triggers[phrase] = Trigger(of_phrase, denies, **marks.get(phrase, {}))
    return MappingProxyType(triggers)

"""What the words of a heading mean: the section they start, what it is for, and as which section it is read."""

import functools
import re
from collections.abc import Sequence
from typing import NamedTuple

from radmine.parse.data_files import load_data

BODY = "body"  # the name of text before any heading

ASKING, SAYING, KNOWN, DONE, NOTHING = "asking", "saying", "known", "done", "nothing"

_SHORT = (
    (re.compile(r"\br/o\b"), "rule out"),
    (re.compile(r"\bh/o\b"), "history of"),
    (re.compile(r"\bw/o\b"), "without"),
    (re.compile(r"\bw/"), "with "),
    (re.compile(r"\bx[- ]ray"), "xray"),
    (re.compile(r"\b(pre|post)[- ](?=op|proc)"), r"\1"),
    (re.compile(r"[/&,;+]"), " and "),
)
_WORD = re.compile(r"[a-z0-9]+")
_PARTS_OF_WORDS = frozenset(("x", "pre", "post"))  # which the shorthand joins with what follows
# What follows one of these says of what, for what or by whom.
_PREPOSITIONS = frozenset(
    ("for", "of", "to", "on", "in", "from", "at", "with", "without", "as", "since", "regarding")
)
# With one of these, words before a colon are no heading: "the findings are: ...".
_RUNNING = frozenset(
    (
        *("the", "a", "an", "is", "are", "was", "were", "be", "this", "that", "these", "there", "no", "not"),
        *("has", "have", "see", "seen", "which", "it", "he", "she", "his", "her", "but", "than", "or"),
    )
)
_TURNS = frozenset(("query", "rule"))  # ask, but may stand in a title
_MOST_WORDS = 7
_MOST_IN_TITLE = 9
_LONGEST_TITLE = 60
_MOST_ASKED = 4  # words of a title's question
_MOST_UNKNOWN = {ASKING: 2, SAYING: 2, KNOWN: 1, DONE: 1, NOTHING: 1}


class Meaning(NamedTuple):
    """What the words of a heading mean."""

    name: str  # of the section that it starts
    kind: str
    sure: bool  # whether they are a heading however they are written, not only in capitals
    part: bool  # whether they name a part of the body or an exam: a sub-heading of what says something
    loose: bool  # whether they are as general as "note", which heads nothing in a section that says something
    title: bool = False  # whether they name an exam, in a line of their own: what stands below is the report


@functools.cache
def known_headings() -> dict[str, str]:
    """Return the section name of every heading that is listed as a whole."""
    return {
        heading: name for name, headings in load_data("sections")["names"].items() for heading in headings
    }


@functools.cache
def _list(table: str, name: str) -> frozenset[str]:
    return frozenset(load_data("sections")[table][name])


@functools.cache
def _heads() -> dict[str, str]:
    """Return the kind of every word that names what stands under a heading."""
    told: dict[str, list[str]] = load_data("sections")["heads"]
    return {word: kind for kind, words in told.items() if kind != "bare" for word in words}


@functools.cache
def _kinds() -> dict[str, str]:
    """Return the kind of every section name that has one of its own; all others say what is found."""
    return {name: kind for kind, names in load_data("sections")["kinds"].items() for name in names}


@functools.lru_cache(maxsize=1 << 14)
def meaning_of(key: str) -> Meaning | None:
    """Return what the words of a heading mean, in lower case with single spaces; None where they can be none."""
    name = known_headings().get(key)
    if name is not None:
        return Meaning(name, section_kind(name), sure=True, part=False, loose=False)
    words = _words(key)
    if len(words) > 1 and _list("subheadings", "phases").issuperset(words):
        return None
    if not words or "differential" in words or set("".join(words)) == {"x"}:
        return None  # x in a row stands for a removed name
    parts, exams, joins = (_list("subheadings", k) for k in ("words", "exams", "joins"))
    loose = _list("subheadings", "loose")
    organs = [word for word in words if (word in parts and word not in loose) or word in exams]
    if organs and all(word in parts or word in exams or word in joins or word.isdigit() for word in words):
        return Meaning(BODY, SAYING, sure=True, part=True, loose=False)
    own = "_".join(words)
    kind = _kind(words)
    if (kind in {None, DONE} or not _TURNS.isdisjoint(words)) and is_title(key):
        return Meaning("exam", DONE, sure=True, part=False, loose=False, title=True)
    if kind == DONE and not _list("titles", "verdicts").isdisjoint(words):
        return None  # "normal study"
    if kind is None:
        if sum(map(str.isalpha, key)) < 4 or len(words) > 6 or not parts.isdisjoint(words):
            return Meaning(own, SAYING, sure=True, part=False, loose=True) if _is_loose(words) else None
        return Meaning(own, SAYING, sure=False, part=False, loose=False)
    unknown = sum(not _is_told(word) for word in words)
    phrase = _phrase(words)
    sure = (
        len(words) <= _MOST_WORDS
        and unknown <= _MOST_UNKNOWN[kind]
        and _RUNNING.isdisjoint(phrase)
        and (not phrase or _is_told(phrase[-1]))
    )
    examined = kind == DONE and words[-1] in _list("qualifiers", "exams")
    part = (bool(organs) and (kind == SAYING or examined)) or (kind == SAYING and unknown > 0)
    if not sure and not parts.isdisjoint(words):
        return None
    if part:
        return Meaning(BODY, SAYING, sure, part=True, loose=False)
    return Meaning(own, kind, sure, part=False, loose=_is_loose(words))


def _is_loose(words: Sequence[str]) -> bool:
    return len(words) == 1 and words[0] in _list("subheadings", "loose")


def _is_told(word: str) -> bool:
    """Return whether a word is one of those that headings are made of."""
    return (
        word in _heads()
        or word in _list("heads", "bare")
        or word in _PREPOSITIONS
        or word.isdigit()
        or any(word in _list("qualifiers", name) for name in ("asking", "asking_weak", "known", "plain"))
        or any(word in _list("subheadings", name) for name in ("words", "exams", "joins", "loose"))
    )


def _words(key: str) -> list[str]:
    """Return the words of a heading, with "and" for all that joins its parts."""
    for pattern, plain in _SHORT:
        key = pattern.sub(plain, key)
    words = _WORD.findall(key)
    while words and words[0] == "and":
        del words[0]
    while words and words[-1] == "and":
        del words[-1]
    return [word for place, word in enumerate(words) if word != "and" or words[place - 1] != "and"]


@functools.cache
def _of_exams() -> frozenset[str]:
    """Return the words of which names of exams are made."""
    return frozenset(("and",)).union(
        *(_list("subheadings", k) for k in ("words", "exams", "joins", "made")),
    )


def may_be_exam(words: str) -> bool:
    """Return whether words may name an exam, by the first three: a cheap test."""
    for word in words.split(" ", 3)[:3]:
        word = word.lower()
        if word in _PARTS_OF_WORDS or not word.isascii() or not word.isalpha():
            return True
        if word not in _of_exams():
            return False
    return True


def is_exam(words: str) -> bool:
    """Return whether words name an exam or what was examined: "two views of the chest"."""
    if not may_be_exam(words):
        return False
    told = _words(words.lower())
    parts, exams, joins = (_list("subheadings", k) for k in ("words", "exams", "joins"))
    loose = _list("subheadings", "loose")
    if (
        len(told) > 12
        or not any(word in parts or word in exams for word in told)
        or not loose.isdisjoint(told)
    ):
        return False
    made = _list("subheadings", "made")
    return all(
        word in parts or word in exams or word in joins or word in made or word.isdigit() for word in told
    )


def is_modality(word: str) -> bool:
    """Return whether a word in lower case is the name of a kind of exam: "ct"."""
    return word in _list("subheadings", "exams") or word in _list("titles", "exams")


@functools.lru_cache(maxsize=1 << 13)
def is_title(key: str) -> bool:
    """Return whether words, in lower case with single spaces, are the title of a report: "ct chest, pe protocol", "pneumonia checklist".

    It names an exam or a form; all else is the question, which stands before such a name, or behind "for", "of" or "query". What
    heads a paragraph ("chest ct"), gives a verdict ("normal study") or tells how images were made ("ct protocol") is no title.
    """
    words = " ".join(_words(key))
    for parted in ("follow up", "work up", "rule out", "non contrast"):
        words = words.replace(parted, parted.replace(" ", ""))
    told = words.split()
    forms, asks = _list("titles", "forms"), _list("titles", "asks")
    never = _list("titles", "never") | _list("titles", "verdicts")
    if not 1 < len(told) <= _MOST_IN_TITLE or not never.isdisjoint(told):
        return False
    known = [_list("subheadings", name) for name in ("words", "joins", "made")]
    named = [at for at, word in enumerate(told) if word in forms or is_modality(word)]
    asked = [
        at
        for at, word in enumerate(told)
        if not (at in named or word in asks or word.isdigit() or any(word in words for words in known))
    ]
    if not asked:
        alone = "protocol" in told and _list("titles", "scans").issuperset(told)
        return not (forms - asks).isdisjoint(told) and not alone and key not in known_headings()
    if told[0] in asks and told[0] in forms:
        return True
    if not named or len(asked) > _MOST_ASKED:
        return False
    return all(at < named[-1] or not asks.isdisjoint(told[:at]) for at in asked)


def titles(sentence: str) -> bool:
    """Return whether the first sentence of a report is its title: "Pneumonia follow-up."; one that asks is none."""
    key = " ".join(sentence.lower().rstrip(" .").split())
    return (
        len(key) <= _LONGEST_TITLE
        and _TURNS.isdisjoint(key.split())
        and not key[-1:].isdigit()
        and is_title(key)
    )


def _phrase(words: Sequence[str]) -> list[str]:
    """Return the words before the first preposition."""
    for place, word in enumerate(words):
        if word in _PREPOSITIONS:
            return list(words[:place])
    return list(words)


def _kind(words: Sequence[str]) -> str | None:
    """Return what a section under these words is for, by its head; None where they do not tell.

    Of several parts the first decides, unless a word as weak as "diagnosis" stands beside one that asks.
    """
    if "by" in words:
        return NOTHING if words[0] != "by" else None  # "signed by", "read by"
    kinds: list[tuple[str, bool]] = []
    begin = 0
    for place in range(len(words) + 1):
        if place == len(words) or words[place] == "and":
            told = _kind_of_part(words[begin:place])
            if told is not None:
                kinds.append(told)
            begin = place + 1
    if not kinds:
        return None
    asks = any(kind == ASKING for kind, _ in kinds)
    first, weak = kinds[0]
    return ASKING if weak and asks else first


def _kind_of_part(words: Sequence[str]) -> tuple[str, bool] | None:
    """Return the kind of one part of a heading, and whether its head is weak; None where it does not tell."""
    phrase = _phrase(words)
    if not phrase:
        return (ASKING, False) if list(words) == ["for"] else None
    heads = _heads()
    for word in reversed(phrase):
        kind = heads.get(word)
        if kind is None:
            continue
        weak = word in _list("qualifiers", "weak")
        told_by = words[len(phrase) :]  # "comments from the ordering provider"
        if kind == SAYING and not _list("qualifiers", "asking_after" if not weak else "asking").isdisjoint(
            told_by
        ):
            return ASKING, False
        if kind == NOTHING:
            if word != phrase[-1]:
                return None  # "patient 1"
            return kind, False
        if not _list("qualifiers", "asking").isdisjoint(phrase):
            return ASKING if kind == SAYING else kind, False
        if not _list("qualifiers", "known").isdisjoint(phrase):
            return KNOWN, False
        if weak and not _list("qualifiers", "asking_weak").isdisjoint(phrase):
            return ASKING, False
        return kind, weak
    bare = phrase[-1] in _list("heads", "bare")
    if bare or all(word in _list("qualifiers", "asking") for word in phrase):
        return ASKING, False
    return None


@functools.lru_cache(maxsize=1 << 12)
def section_kind(name: str) -> str:
    """Return what a section of this name is for: asking, saying, known, done or nothing."""
    kind = _kinds().get(name)
    if kind is None:
        kind = SAYING if name == BODY or name in load_data("sections")["names"] else _kind(name.split("_"))
    return kind or SAYING


@functools.lru_cache(maxsize=1 << 12)
def section_role(name: str) -> str:
    """Return as which section one of this name is read: itself, where our files tell of it."""
    data = load_data("sections")
    if name == BODY or name in data["names"]:
        return name
    roles: dict[str, list[str]] = data["roles"][section_kind(name)]
    words = name.split("_")
    last = ""
    for role, told in roles.items():
        if not set(told).isdisjoint(words):
            return role
        last = role
    if last == "history" and not all(map(_is_told, words)):
        return "past_history"  # "menstrual history"
    return last


@functools.cache
def unlabelled_sections() -> frozenset[str]:
    """Return the names as which sections are read that say what is asked, known or done, or who wrote it: they make no label."""
    return frozenset(_kinds())


def makes_label(name: str) -> bool:
    """Return whether what a section of this name says makes labels: not what is asked, known or done, nor who wrote it."""
    return section_kind(name) == SAYING


@functools.lru_cache(maxsize=1 << 12)
def leads(name: str) -> bool:
    """Return whether a section of this name comes before the report itself."""
    return section_role(name) in _list("leading", "names")


@functools.lru_cache(maxsize=1 << 12)
def concludes(name: str) -> bool:
    """Return whether a section of this name follows the report's own description."""
    return section_role(name) in _list("concluding", "names")


@functools.lru_cache(maxsize=1 << 12)
def asks_or_tells(name: str) -> bool:
    """Return whether a section of this name says what is asked, known, done or advised, or who wrote it."""
    role = section_role(name)
    return leads(name) or role in load_data("sections")["means"] or section_kind(name) == NOTHING


def is_listed(name: str) -> bool:
    """Return whether a section's name is one of those that headings are listed for."""
    return name in load_data("sections")["names"]

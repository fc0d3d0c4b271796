"""The clauses of a sentence, at whose ends the reach of a rule ends."""

import functools
import re
from typing import NamedTuple

from radmine.parse.commas import read_alone
from radmine.parse.data_files import load_data
from radmine.parse.phrases import Hit
from radmine.parse.rules import Trigger
from radmine.parse.times import with_dates

# A comma with one of these behind it begins a statement, if any does: a later "and" goes on with its subject.
_FIRM = (", the ", ", and ")
# What may stand before an organ that is the subject of one.
_OF_SUBJECTS = (" the ", " left ", " right ", " both ", " bilateral ", " visualized ")
# With what a list begins whose one verb stands at its end, and how many words its last item has at most.
_NO = ("no ", "no evidence")
_LISTED = 4
_ARTICLES = (", the ", ", a ", ", an ", ", this ", ", there ")
# What may stand before a fresh statement.
_BEFORE_FRESH = frozenset(("", "and"))


class Clauses(NamedTuple):
    """A folded sentence, read for assertion."""

    text: str
    hits: list[Hit]  # the triggers in it
    ruled: list[Hit]  # of these, the ones with rules
    clauses: list[int]  # where its clauses begin


def read_clauses(text: str, hits: list[Hit]) -> Clauses:
    """Return the clauses of a folded sentence, in which these triggers were found.

    A clause begins at words that always end one, and at a coordinator ("," or "and") where a clause with its own verb or
    negation stands before it and a new statement after it: one with a verb of its own ("no effusion, and the heart is
    enlarged"), or one that begins like one ("no effusion, stable cardiomegaly"). "Or" always goes on with a list. Where
    nothing was punctuated, a word like "small" begins one after a negated finding ("no pneumothorax small effusion"), and so
    does an organ with a verb or a state ("no ascites spleen enlarged"). Where each thing has its own "no", the last thing
    without one is there ("no pneumothorax, no effusion, cardiomegaly").
    """
    hits = with_dates(text, hits)
    last_or = -1
    ruled = []
    negated = False
    for hit in hits:
        value: Trigger = hit[2]
        if value.alternative:
            last_or = hit[0]
        if value.rules:
            ruled.append(hit)
            negated = negated or value.denies
    starts = [0]
    headed = denied = False  # whether the clause has a verb or a negation by now
    listed = False  # whether it begins with "no" and has no verb yet: "no mass, nodule was detected"
    link: int | None = None  # where the last coordinator since then begins
    apart = False  # whether the last negation comes after a comma: each thing has its own word for "no"
    before = 0  # where the trigger before ends
    for place, hit in enumerate(hits):
        start, end, value = hit
        if value.ends:
            starts.append(start)
            headed, link = value.verb, None
            denied = value.denies
        elif value.coordinates:
            if value.alternative:
                link = None
            elif link is None or text[start] == "," or not text.startswith(_FIRM, link):
                link = start
                if apart and last_or < start and place + 1 == len(hits) and text[start] == ",":
                    starts.append(start)
        elif value.relates:
            link = None
        elif value.subject:
            if denied and (begin := _new_statement(text, start, end, link)) is not None:
                starts.append(begin)
                headed = denied = False
                link = None
            continue
        else:
            if value.fresh and headed and last_or < start:
                if link is None:
                    if value.unmarked and denied and start > before + 1 and _noun_ends(text, start):
                        starts.append(start)
                        headed = denied = False
                    elif value.lasts and text.endswith(" with ", 0, start):
                        starts.append(start)
                        headed, denied = True, False
                elif text[link] == "," or value.lasts:
                    between = text[link:start].strip(" ,")
                    if between in _BEFORE_FRESH:
                        starts.append(link or 0)
                        headed, denied, link = True, False, None
            if value.verb:
                following = hits[place + 1] if place + 1 < len(hits) else None
                closes = following is not None and following[2].closes and following[0] <= end + 1
                if (
                    headed
                    and link is not None
                    and (text[link] == "," or not closes)
                    and not (closes and listed and _goes_on(text, link, start))
                ):
                    starts.append(link)
                headed, link, listed = True, None, False
            elif value.denies:
                apart = headed and link is not None and start == hits[place - 1][1] + 1
                listed = not headed and text.startswith(_NO, start)
                headed = denied = True
        before = end
    if negated and "," in text and (apart_from := read_alone(text, hits)):
        starts = sorted({*starts, *apart_from})
    return tuple.__new__(Clauses, (text, hits, ruled, starts))


def _goes_on(text: str, link: int, verb: int) -> bool:
    """Return whether what stands between a comma and a verb is one more item of a list, not a subject with its article."""
    return text.count(" ", link, verb) <= _LISTED and not text.startswith(_ARTICLES, link)


@functools.cache
def _states() -> re.Pattern[str]:
    states = "|".join(load_data("assertion")["clauses"]["states"])
    return re.compile(
        r" (?:(?:is|are|was|were|has|have|appears?|remains?|looks?|seems?|shows?|demonstrates?|measures?|contains?)\b"
        rf"|(?:\w+ly |not |within |of )?(?:{states})\b(?! of| or| and))"
    )


def _new_statement(text: str, start: int, end: int, link: int | None) -> int | None:
    """Return where a new statement begins whose subject is the organ at `start`, None where it does not: "no ascites spleen enlarged"."""
    if not _states().match(text, end):
        return None
    before = start
    while text.endswith(_OF_SUBJECTS, 0, before):
        before = text.rfind(" ", 0, before - 1) + 1
    if link is not None:
        return link if text[link:before].strip(" ,") in _BEFORE_FRESH and text[link] == "," else None
    return before if before > 1 and _noun_ends(text, before) else None


@functools.cache
def _modifiers() -> frozenset[str]:
    return frozenset(load_data("assertion")["clauses"]["modifiers"])


def _noun_ends(text: str, start: int) -> bool:
    """Return whether a noun, by all we know, stands right before `start`."""
    word = text[text.rfind(" ", 0, start - 1) + 1 : start - 1]
    return word.isalpha() and word not in _modifiers()

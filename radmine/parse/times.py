"""Dates however they are written: "dx 3/12/2011", "in '98", "since **DATE[Mar 2005]" say what "dx 2011", "in 1998", "since 2005" do."""

import functools
import re

from radmine.parse.phrases import Hit
from radmine.parse.rules import load_triggers, load_words


@functools.cache
def _events() -> frozenset[str]:
    """Return the words for what happened at a date, as "diagnosed"."""
    events = load_words()["event"]
    return frozenset((*events, *(f"{event} {word}" for event in events for word in ("in", "on"))))


@functools.cache
def _date() -> re.Pattern[str]:
    """Return the pattern of a date with the word before it; a year of two digits needs its "'", or a month and a slash."""
    month = "|".join(sorted(load_words()["month"], key=len, reverse=True))
    event = "|".join(sorted(map(re.escape, load_words()["event"]), key=len, reverse=True))
    return re.compile(
        rf"(?<![a-z])(?P<lead>(?:{event})(?: in| on)?|in|of|since|before|until|circa|around):? (?:the )?[*(\[]*(?:date\[)?"
        rf"(?:(?P<month>\d{{1,2}}|{month})[/ .]{{1,2}}(?:of )?)?(?P<day>\d{{1,2}}(?:st|nd|rd|th)?(?:/|,? ))?"
        r"(?:(?P<year>(?:19|20)\d\d)|(?P<short>'\d\d|(?<=/)\d\d))(?P<rest>(?: \d\d){0,2})[*\]]*(?![\w/]|[.,]\d| ?[cm]m)"
    )


def with_dates(text: str, hits: list[Hit]) -> list[Hit]:
    """Return the triggers in a folded text, with those that dates in it are besides their bare year."""
    if (
        "/" not in text
        and "'" not in text
        and "[" not in text
        and " of 20" not in text
        and ", 20" not in text
    ):
        return hits
    new = [hit for hit in map(_trigger, _date().finditer(text)) if hit is not None]
    if not new:
        return hits
    kept = [hit for hit in hits if not any(hit[0] < date[1] and date[0] < hit[1] for date in new)]
    return sorted((*kept, *new), key=lambda hit: hit[0])


def _trigger(date: re.Match[str]) -> Hit | None:
    """Return what a date says with the word before it, None where that says nothing of a time."""
    lead, year = date["lead"], date["year"]
    if lead not in _events() and (date["day"] or date["rest"]):
        return None  # a day is that of an earlier study, as a rule
    if not year:
        number = int(date["short"].lstrip("'"))
        year = str(number + (1900 if number > 50 else 2000))
    trigger = load_triggers().get(f"{lead} {year}")
    return None if trigger is None else (date.start("lead"), date.end(), trigger)

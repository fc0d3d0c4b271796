"""What a report says beside its findings: categories, recommendations, incidental findings, each with the mention it belongs to."""

import re
from itertools import pairwise
from typing import NamedTuple

from radmine.parse.advice import read_recommendations
from radmine.parse.advice_words import ADVICE, CATEGORY, INCIDENTAL
from radmine.parse.advised import DASH, TELEGRAM
from radmine.parse.categories import read_categories, without_legends
from radmine.parse.heading_words import unlabelled_sections
from radmine.parse.noted_of import is_seen, of_advice, of_category
from radmine.parse.phrases import Hit
from radmine.parse.text import Folded
from radmine.records import (
    Assertion,
    Category,
    Incidental,
    Mention,
    Recommendation,
    Section,
    Sentence,
    Span,
)

_FOUND = re.compile(
    r"\b(?:found|noted|discovered|detected|diagnosed|seen|identified|as an?)\s$", re.IGNORECASE
)
_LIST = re.compile(r"\s?(?:,|and|or|,\s(?:and|or)|as\swell\sas|/)(?:\s[\w-]+){0,4}\s?|", re.IGNORECASE)
_DASH = re.compile(
    r"(?<=[^\W\d]) +[-\u2013\u2014]+ +(?=\w)|(?<=\S) +[-\u2013\u2014]+ +(?=[^\W\d])|(?<=[A-Za-z]\d) +[-\u2013\u2014]+ +(?=\w)"
)
# What a report of a procedure says: there "biopsy" names what was done.
_PERFORMED = re.compile(
    r"\b(?:consent\w*|lidocaine|an(?:a)?esthesia|gauge|sterile|specimens?|cores|post[- ]?procedur\w*|"
    r"technically|uneventful\w*|successful\w*|(?:biopsy|aspiration|drainage) (?:was|were)|clip placement|clips? (?:was |were )?(?:placed|deployed))\b",
    re.IGNORECASE,
)
IMPRESSION, WHOLE = "impression", "body"  # sections where a thing may be advised by its name alone
ADVISING, INCIDENTALS = "recommendation", "incidental_findings"  # names of sections


class Notes(NamedTuple):
    """What one sentence says beside its findings; offsets are into it."""

    categories: list[Category]
    recommendations: list[Recommendation]
    incidental: list[Span]  # words that call findings incidental
    places: list[Span]  # words of sites, where it recommends something


class Noted(NamedTuple):
    """A sentence's notes, and where it stands in its report."""

    sentence: int
    first: int  # the mentions of the report before it
    notes: Notes


def read_notes(text: str, folded: Folded, cues: list[Hit], words: list[Hit], section: str) -> Notes | None:
    """Return what a sentence says beside its findings, None where that is nothing.

    Parameters
    ----------
    cues
        The phrases of `radmine.parse.advice_words.load_cues` in it, at least one.
    words
        The phrases of sites and other attributes in it.
    """
    kinds = 0
    for _, _, kind in cues:
        kinds |= kind
    unlabelled = section in unlabelled_sections()
    categories = read_categories(folded.text, asked=unlabelled) if kinds & CATEGORY else []
    recommendations: list[Recommendation] = []
    if not unlabelled and (kinds & ADVICE or section == ADVISING):
        recommendations = read_recommendations(folded, words, section=section == ADVISING)
        if not recommendations and folded.origin is not None:  # it has a dash between blanks
            parted = _parted(text, folded)
            if parted is not folded:
                recommendations = read_recommendations(parted, words, section=section == ADVISING)
    incidental = [folded.span(start, end) for start, end, kind in cues if kind & INCIDENTAL]
    if not (categories or recommendations or incidental):
        return None
    places = [folded.span(*word[:2]) for word in words if word[2].site] if recommendations else []
    if folded.origin is not None:
        categories = [
            item._replace(start=start, end=end)
            for item in categories
            for start, end in (folded.span(item.start, item.end),)
        ]
        recommendations = [
            item._replace(start=start, end=end, condition=item.condition and folded.span(*item.condition))
            for item in recommendations
            for start, end in (folded.span(item.start, item.end),)
        ]
    return Notes(categories, recommendations, incidental, places)


def _parted(text: str, folded: Folded) -> Folded:
    """Return a folded sentence with a mark where the sentence has a dash between words."""
    marked = folded.text
    for dash in _DASH.finditer(text):
        at = folded.position(dash.start())
        if marked[at : at + 1] == " ":
            marked = f"{marked[:at]}{DASH}{marked[at + 1 :]}"
    return folded if marked == folded.text else folded._replace(text=marked)


def place_notes(
    text: str,
    noted: list[Noted],
    sections: list[Section],
    sentences: list[Sentence],
    mentions: list[Mention],
) -> tuple[list[Recommendation], list[Category], list[Incidental]]:
    """Return the recommendations, categories and incidental findings of a report, each with the mention it belongs to."""
    recommendations: list[Recommendation] = []
    categories: list[Category] = []
    incidentals: list[Incidental] = []
    known: dict[int, int | None] = {}  # the mention of the last of a sentence
    plain = sections[0].heading is None and len(sections) == 1
    performed: bool | None = None
    for index, first, notes in noted:
        at = sentences[index].start
        last = first
        while last < len(mentions) and mentions[last].sentence == index:
            last += 1
        own = [i for i in range(first, last) if mentions[i].assertion is not Assertion.ABSENT]
        for category in notes.categories:
            start, end = category.start + at, category.end + at
            category = category._replace(start=start, end=end, sentence=index)
            of = of_category(text, mentions, own, category, sentences[index][:2], first)
            categories.append(category._replace(mention=of))
            known[index] = of
        real = [i for i in own if is_seen(mentions[i])]
        name = sections[sentences[index].section].name
        places = [(low + at, high + at) for low, high in notes.places]
        for advice in notes.recommendations:
            if advice.rule == TELEGRAM:
                leads = plain and (index > 0 or advice.start > 0)
                if not (name == IMPRESSION or leads):
                    continue
                if performed is None:
                    performed = _PERFORMED.search(text) is not None
                if performed:
                    continue
            condition = advice.condition and (advice.condition[0] + at, advice.condition[1] + at)
            advice = advice._replace(
                start=advice.start + at, end=advice.end + at, condition=condition, sentence=index
            )
            of = of_advice(
                text,
                mentions,
                real,
                advice,
                places,
                sentences,
                first,
                known,
                impression=name == IMPRESSION,
            )
            recommendations.append(advice._replace(mention=of))
            known[index] = of
        for low, high in notes.incidental:
            named = _called(text, mentions, own, (low + at, high + at), at)
            incidentals += [Incidental(low + at, high + at, "words", index, i) for i in named]
    for place, section in enumerate(sections):
        if section.name == INCIDENTALS and section.heading is not None:
            told = {item.mention for item in incidentals}
            incidentals += [
                Incidental(*section.heading, "section", mention.sentence, i)
                for i, mention in enumerate(mentions)
                if sentences[mention.sentence].section == place
                and mention.assertion is not Assertion.ABSENT
                and i not in told
            ]
    incidentals = list({item.mention: item for item in reversed(incidentals)}.values())
    incidentals.sort(key=_mention_of)
    return recommendations, without_legends(categories, [s.start for s in sentences]), incidentals


def _called(text: str, mentions: list[Mention], own: list[int], words: Span, begin: int) -> list[int]:
    """Return which of some mentions of a sentence, which begins at `begin`, are called incidental by words in it.

    Those that follow them in a list, else the last before them; where the words follow what was found, the last before.
    """
    low, high = words
    before = [i for i in own if mentions[i].end <= low]
    after = [i for i in own if mentions[i].end > low]
    if before and (not after or _FOUND.search(text, max(begin, low - 20), low)):
        return before[-1:]
    called = after[:1]
    if called and not text[high : mentions[called[0]].start].strip():
        return called  # "incidental malrotation and appendicitis"
    for one, other in pairwise(after):
        if not _LIST.fullmatch(text, mentions[one].end, mentions[other].start):
            break
        called.append(other)
    return called


def _mention_of(item: Incidental) -> int:
    return item.mention

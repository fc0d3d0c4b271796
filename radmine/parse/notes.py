"""What a report says beside its findings: categories, recommendations, incidental findings, each with the mention it belongs to."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from radmine.parse.advice import read_recommendations
from radmine.parse.advice_words import ADVICE, CATEGORY, INCIDENTAL
from radmine.parse.categories import read_categories, without_legends
from radmine.parse.heading_words import unlabelled_sections
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
    Temporality,
)

_FOUND = re.compile(
    r"\b(?:found|noted|discovered|detected|diagnosed|seen|identified|as an?)\s$", re.IGNORECASE
)
_LIST = re.compile(r"\s?(?:,|and|or|,\s(?:and|or)|as\swell\sas|/)(?:\s[\w-]+){0,4}\s?|", re.IGNORECASE)
ADVISING, INCIDENTALS = "recommendation", "incidental_findings"  # names of sections


class Notes(NamedTuple):
    """What one sentence says beside its findings; offsets are into it."""

    categories: list[Category]
    recommendations: list[Recommendation]
    incidental: list[Span]  # words that call findings incidental


class Noted(NamedTuple):
    """A sentence's notes, and where it stands in its report."""

    sentence: int
    first: int  # the mentions of the report before it
    notes: Notes


def read_notes(folded: Folded, cues: Sequence[Hit], words: Sequence[Hit], section: str) -> Notes | None:
    """Return what a folded sentence says beside its findings, None where that is nothing.

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
    incidental = [folded.span(start, end) for start, end, kind in cues if kind & INCIDENTAL]
    if not (categories or recommendations or incidental):
        return None
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
    return Notes(categories, recommendations, incidental)


def place_notes(
    text: str,
    noted: Sequence[Noted],
    sections: Sequence[Section],
    sentences: Sequence[Sentence],
    mentions: Sequence[Mention],
) -> tuple[list[Recommendation], list[Category], list[Incidental]]:
    """Return the recommendations, categories and incidental findings of a report, each with the mention it belongs to."""
    recommendations: list[Recommendation] = []
    categories: list[Category] = []
    incidentals: list[Incidental] = []
    before: Recommendation | None = None  # the last of an earlier sentence
    for index, first, notes in noted:
        at = sentences[index].start
        last = first
        while last < len(mentions) and mentions[last].sentence == index:
            last += 1
        own = [i for i in range(first, last) if mentions[i].assertion is not Assertion.ABSENT]
        for category in notes.categories:
            start, end = category.start + at, category.end + at
            of = _nearest(mentions, own, start, end)
            categories.append(category._replace(start=start, end=end, sentence=index, mention=of))
        real = [i for i in own if _is_seen(mentions[i])]
        for advice in notes.recommendations:
            start, end = advice.start + at, advice.end + at
            of = _nearest(mentions, real, start, end)
            if of is None:
                of = _of_before(mentions, first, index, before)
            condition = advice.condition and (advice.condition[0] + at, advice.condition[1] + at)
            recommendations.append(
                advice._replace(start=start, end=end, condition=condition, sentence=index, mention=of)
            )
        before = recommendations[-1] if notes.recommendations else before
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


def _called(
    text: str, mentions: Sequence[Mention], own: Sequence[int], words: Span, begin: int
) -> Sequence[int]:
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


def _is_seen(mention: Mention) -> bool:
    """Return whether a mention says that something is there or may be, not what is looked for or was."""
    return mention.temporality is Temporality.CURRENT or mention.rule.startswith("section_")


def _nearest(mentions: Sequence[Mention], own: Sequence[int], start: int, end: int) -> int | None:
    """Return which of some mentions of a sentence is nearest to a span: the last before it, else the first after."""
    before = [i for i in own if mentions[i].start < start]
    after = [i for i in own if mentions[i].start >= start]
    return before[-1] if before else after[0] if after else None


def _of_before(
    mentions: Sequence[Mention], first: int, sentence: int, before: Recommendation | None
) -> int | None:
    """Return the mention of the sentence before a sentence's first; that of its recommendation where it has one."""
    if before is not None and before.sentence == sentence - 1:
        return before.mention
    for index in range(first - 1, -1, -1):
        mention = mentions[index]
        if mention.sentence != sentence - 1:
            return None
        if mention.assertion is not Assertion.ABSENT and _is_seen(mention):
            return index
    return None

"""A report's text, read: sections, sentences and mentions."""

from functools import lru_cache
from typing import NamedTuple

from radmine.parse.assertion import Verdict, judge, read_clauses, section_means
from radmine.parse.findings import Found, find_findings
from radmine.parse.sections import find_sections
from radmine.parse.sentences import find_sentences
from radmine.parse.text import Folded, fold
from radmine.records import Assertion, Mention, Section, Sentence, Span


class Parsed(NamedTuple):
    """What a report says."""

    sections: list[Section]
    sentences: list[Sentence]
    mentions: list[Mention]


def parse_report(text: str) -> Parsed:
    """Return the sections, sentences and mentions of a report, in order, with offsets into `text`."""
    sections = find_sections(text)
    sentences = find_sentences(text, sections)
    means = section_means()
    mentions: list[Mention] = []
    for index, (start, end, section) in enumerate(sentences):
        name = sections[section].name
        for found in read_sentence(text[start:end], name if name in means else ""):
            mentions.append(
                Mention(
                    found.start + start,
                    found.end + start,
                    *found[2:7],
                    _shift(found.trigger, start),
                    _shift(found.scope, start),
                    index,
                )
            )
    return Parsed(sections, sentences, mentions)


@lru_cache(maxsize=1 << 15)
def read_sentence(text: str, section: str) -> tuple[Mention, ...]:
    """Return the mentions of one sentence, with offsets into it; `section` is named where it bears on them."""
    folded = fold(text)
    found = find_findings(folded.text)
    if not found:
        return ()
    reading = read_clauses(folded.text)
    mentions = [_mention(folded, item, judge(reading, *item.anchor, section=section)) for item in found]
    return tuple(mention for mention in mentions if mention is not None)


def _mention(folded: Folded, found: Found, verdict: Verdict) -> Mention | None:
    """Return what is said of a finding, with offsets into the sentence; None where nothing is."""
    if found.asserts is not None:
        inside = verdict.trigger is not None and found.start < verdict.trigger[0] < found.end
        if inside and verdict.assertion is Assertion.ABSENT:
            return None  # "heart not normal": what it is instead is said elsewhere
        verdict = verdict._replace(
            assertion=found.asserts,
            rule=found.pattern or verdict.rule,
            trigger=found.anchor,
            scope=(found.start, found.end),
        )
    start, end = folded.span(found.start, found.end)
    trigger = folded.span(*verdict.trigger) if verdict.trigger else None
    scope = folded.span(*verdict.scope) if verdict.scope else None
    return Mention(start, end, found.finding, *verdict[:4], trigger, scope, 0)


def _shift(span: Span | None, by: int) -> Span | None:
    return None if span is None else (span[0] + by, span[1] + by)

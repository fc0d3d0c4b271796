"""What a sentence says of a span: present, absent or uncertain; when; and of whom."""

import functools
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from radmine.parse.data_files import load_data
from radmine.parse.phrases import Hit
from radmine.parse.rules import BACKWARD, FORWARD, Rule
from radmine.parse.sections import find_sections
from radmine.parse.sentences import find_sentences
from radmine.parse.text import Folded, fold
from radmine.parse.vocabulary import find_hits
from radmine.records import Assertion, Experiencer, Span, Temporality


class Verdict(NamedTuple):
    """What a sentence says of a span, and the rule, words and scope that decided."""

    assertion: Assertion
    temporality: Temporality
    experiencer: Experiencer
    rule: str
    trigger: Span | None
    scope: Span | None


_USUAL = Verdict(Assertion.PRESENT, Temporality.CURRENT, Experiencer.PATIENT, "default", None, None)
_FINAL = frozenset(("", ".", ",", ";", ")", "?"))  # what may follow a rule that ends its clause
_BEFORE_FRESH = frozenset(("", "and"))  # what may stand before a fresh statement


class Reading(NamedTuple):
    """A folded sentence, read for assertion."""

    text: str
    hits: list[Hit]  # the triggers in it
    clauses: list[int]  # where its clauses begin


def read_clauses(text: str, hits: list[Hit]) -> Reading:
    """Return the clauses of a folded sentence, in which these triggers were found.

    A clause begins at words that always end one, and at a coordinator ("," or "and") where a clause with its own verb or
    negation stands before it and a new statement after it: one with a verb of its own ("no effusion, and the heart is
    enlarged"), or one that begins like one ("no effusion, stable cardiomegaly"). "Or" always goes on with a list.
    """
    last_or = max((hit.start for hit in hits if hit.value.alternative), default=-1)
    starts = [0]
    headed = False  # whether the clause has a verb or a negation by now
    link: int | None = None  # where the last coordinator since then begins
    for place, hit in enumerate(hits):
        value = hit.value
        if value.ends:
            starts.append(hit.start)
            headed, link = value.verb, None
        elif value.coordinates:
            link = None if value.alternative else hit.start
        elif value.relates:
            link = None
        else:
            comma = link is not None and text[link] == ","
            if value.fresh and headed and comma and last_or < hit.start:
                between = text[link : hit.start].strip(" ,")
                if between in _BEFORE_FRESH:
                    starts.append(link or 0)
                    headed, link = True, None
            if value.verb:
                following = hits[place + 1] if place + 1 < len(hits) else None
                closes = following is not None and following.value.closes and following.start <= hit.end + 1
                if headed and link is not None and (comma or not closes):
                    starts.append(link)
                headed, link = True, None
            elif any(rule.kind == "negation" and rule.reach == FORWARD for rule in value.rules):
                headed = True
    return Reading(text, hits, starts)


def judge(reading: Reading, start: int, end: int, *, section: str) -> Verdict:
    """Return what a sentence, in a section of this name, says of the span `start` to `end` of its folded text."""
    starts = reading.clauses
    which = bisect_right(starts, start) - 1
    begin = starts[which]
    limit = starts[which + 1] if which + 1 < len(starts) else len(reading.text)
    assertion: tuple[Rule, Hit] | None = None
    time: tuple[Rule, Hit] | None = None
    who: tuple[Rule, Hit] | None = None
    for hit in reading.hits:
        if hit.start < begin or not hit.value.rules:
            continue
        if hit.start >= limit:
            break
        for rule in hit.value.rules:
            if not _reaches(reading.text, rule, hit, start, end):
                continue
            if rule.assertion is not None:
                assertion = _stronger(reading, assertion, (rule, hit), start)
            if rule.temporality is not None:
                time = (rule, hit)
            if rule.experiencer is not None:
                who = (rule, hit)
    if assertion and time and assertion[0].kind == "negation" and assertion[1].start >= end:
        time = None  # "prior effusion has resolved": it was there, and what is said is said of now
    decided = assertion or time or who
    usual = section_means().get(section, _USUAL)
    if decided is None:
        return usual
    rule, hit = decided
    return Verdict(
        (assertion[0].assertion if assertion else None) or (Assertion.PRESENT if time else usual.assertion),
        (time[0].temporality if time else None) or usual.temporality,
        Experiencer.OTHER if who else usual.experiencer,
        rule.name,
        (hit.start, hit.end),
        (hit.end, limit) if hit.start <= start else (begin, hit.start),
    )


def _reaches(text: str, rule: Rule, hit: Hit, start: int, end: int) -> bool:
    """Return whether a rule's words are near enough, on the right side, to speak of a span."""
    if hit.end <= start:
        return rule.reach == FORWARD and text.count(" ", hit.end, start) <= rule.words
    if hit.start == start and hit.end < end:
        return rule.kind == "historical"  # the span itself begins with it: "status post bypass"
    if hit.start >= end:
        if rule.reach != BACKWARD or (rule.final and text[hit.end : hit.end + 1] not in _FINAL):
            return False
        return text.count(" ", end, hit.start) <= rule.words
    return False


def _stronger(
    reading: Reading, old: tuple[Rule, Hit] | None, new: tuple[Rule, Hit], start: int
) -> tuple[Rule, Hit]:
    """Return which of two rules on assertion decides.

    Of two on one side the outer negation holds its inner doubt ("no evidence to suggest X"), unless a comma stands
    between them ("no effusion, possible X"); words after the span count more than words before it, where they doubt.
    """
    if old is None:
        return new
    if old[1].end <= start < new[1].start:  # one before, one after
        return old if old[0].kind == "negation" and new[0].kind == "negation" else new
    if old[0].kind == "negation" and new[1].end <= start:
        between = reading.text[old[1].end : new[1].start]
        return new if "," in between or new[0].kind == "negation" else old
    return new


@functools.cache
def section_means() -> Mapping[str, Verdict]:
    """Return what is said of a finding in a section where its sentence says nothing, for the sections that say so."""
    verdicts = {}
    for name, means in load_data("sections")["means"].items():
        other = means == Experiencer.OTHER
        time = Temporality.HISTORICAL if other else Temporality(means)
        asked = time is Temporality.HYPOTHETICAL
        verdicts[name] = Verdict(
            Assertion.UNCERTAIN if asked else Assertion.PRESENT,
            time,
            Experiencer.OTHER if other else Experiencer.PATIENT,
            f"section_{name}",
            None,
            None,
        )
    return MappingProxyType(verdicts)


def assert_spans(text: str, spans: Sequence[Span]) -> list[tuple[Assertion, Temporality, Experiencer]]:
    """Return what a text says of each span: whether it is there, when, and of whom; in the order of the spans.

    Any span will do, not only a finding of the lexicon. The sentence around it and the section it stands in decide.

    Raises
    ------
    ValueError
        A span is empty or reaches beyond the text.
    """
    sections = find_sections(text)
    sentences = find_sentences(text, sections)
    begins = [s.start for s in sentences]
    read: dict[int, tuple[Folded, Reading]] = {}
    result = []
    for start, end in spans:
        if not 0 <= start < end <= len(text):
            raise ValueError(f"span ({start}, {end}) is not in a text of {len(text)} characters")
        index = bisect_right(begins, start) - 1
        if index < 0 or start >= sentences[index].end:
            result.append((Assertion.PRESENT, Temporality.CURRENT, Experiencer.PATIENT))
            continue
        sentence = sentences[index]
        if index not in read:
            folded = fold(text[sentence.start : sentence.end])
            read[index] = folded, read_clauses(folded.text, find_hits(folded)[2])
        folded, reading = read[index]
        verdict = judge(
            reading,
            folded.position(start - sentence.start),
            folded.position(min(end, sentence.end) - sentence.start),
            section=sections[sentence.section].name,
        )
        result.append(verdict[:3])
    return result

"""A report's text, read: sections, sentences and mentions, and what it says beside them."""

from bisect import bisect_right
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from radmine.findings import Lexicon, load_findings
from radmine.parse.answers import may_answer
from radmine.parse.assertion import judge, left_open, section_means
from radmine.parse.attributes import sites_of
from radmine.parse.clauses import read_clauses
from radmine.parse.composition import compose
from radmine.parse.context import ENDED, open_findings, place_findings, tells_of_exam
from radmine.parse.eponyms import with_named
from radmine.parse.findings import Found, find_findings
from radmine.parse.heading_words import section_role
from radmine.parse.hedges import Choice, find_choices, may_choose
from radmine.parse.language import is_foreign, is_foreign_report
from radmine.parse.levels import level_findings
from radmine.parse.measures import find_measured
from radmine.parse.nodes import with_large_nodes
from radmine.parse.normal import NORMAL_EXAM, SHORT, find_normal, whole_exam, with_normal
from radmine.parse.notes import ADVISING, INCIDENTALS, Noted, Notes, place_notes, read_notes
from radmine.parse.openings import BREAK
from radmine.parse.plain import plain_text
from radmine.parse.rules import CERTAINTY
from radmine.parse.sections import sections_in
from radmine.parse.sentences import find_sentences
from radmine.parse.sides import side_findings
from radmine.parse.tables import answered_below, find_answers_below
from radmine.parse.tags import Told, may_hint, tell, with_structures
from radmine.parse.text import WHITE, fold, has_digit
from radmine.parse.unknown import read_unknown
from radmine.parse.verdicts import UNANSWERED, Verdict, answered
from radmine.parse.vocabulary import find_hits
from radmine.records import (
    Assertion,
    Described,
    Experiencer,
    Mention,
    ReadReport,
    Sentence,
    Span,
    Temporality,
)

COMPILED = not __file__.endswith((".py", ".pyc"))
"""Whether this reader is machine code, made by mypyc of the same modules (`scripts/build_wheel.sh`)."""


def parse_report(text: str, *, lexicon: Lexicon | None = None, body_part: str | None = None) -> ReadReport:
    """Return a report with its sections, sentences and mentions, in order, with offsets into `text`.

    A word as general as "effusion" is named by its site: that of its clause, of the label or heading above it, of the exam, of
    what the rest of the report speaks of. Where the report speaks of another place, it keeps a general name; where it speaks of
    no place at all, it means what it mostly means: a pleural effusion.

    Recommendations, categories of scoring systems and incidental findings stand beside the mentions that they belong to.

    Parameters
    ----------
    lexicon
        The findings to look for, as `radmine.findings.load_lexicon` returns them; None: those of the house.
    body_part
        What was examined, where that is known beside the text: "KNEE".
    """
    if lexicon is not None and lexicon.findings is load_findings():
        lexicon = None
    plain = plain_text(text)
    sections = sections_in(plain)
    sentences = find_sentences(plain, sections)
    means = section_means()
    names_of = [section[2] for section in sections]
    names = [role if (role := section_role(name)) in means or role == TOLD else SEEN for name in names_of]
    mentions: list[Mention] = []
    if is_foreign_report(plain):
        return ReadReport(text, sections, sentences, mentions)
    general, unplaced = open_findings(), []
    noted: list[Noted] = []
    new, add = tuple.__new__, mentions.append
    below = find_answers_below(plain) if BREAK in plain else []
    for index, (at, stop, section) in enumerate(sentences):
        said, notes = read_sentence(plain[at:stop], names[section], lexicon)
        if notes is not None:
            noted.append(new(Noted, (index, len(mentions), notes)))
        for start, end, what, trigger, scope, more, site, sure, words, told in said:
            if below and (answer := answered_below(below, start + at, what[1])) is not None:
                (low, high), said_below = answer
                if said_below.assertion is None:
                    continue
                what = what[0], said_below.assertion, *what[2:4], "answer"
                sure = CERTAINTY[said_below.assertion]
                trigger, scope = (said_below.span[0] - at, said_below.span[1] - at), (low - at, high - at)
            if trigger is not None and scope is not None:
                trigger = trigger[0] + at, trigger[1] + at
                scope = scope[0] + at, scope[1] + at
            if site is not None:
                site = site[0] + at, site[1] + at
            if words:
                words = tuple(
                    [new(Described, (kind, value, low + at, high + at)) for kind, value, low, high in words]
                )
            finding, assertion, time, who, rule = what
            anatomy, side, sizes, severity, change = more
            if finding in general or anatomy in ENDED:
                if rule == NORMAL_EXAM and not tells_of_exam(plain, sections, sentences, index):
                    continue
                unplaced.append(len(mentions))
            sites, tags, spans = told
            if spans:
                spans = tuple([(low + at, high + at) for low, high in spans])
            add(
                new(
                    Mention,
                    (
                        start + at,
                        end + at,
                        finding,
                        assertion,
                        time,
                        who,
                        rule,
                        trigger,
                        scope,
                        index,
                        anatomy,
                        side,
                        sizes,
                        severity,
                        change,
                        site,
                        sure,
                        words,
                        sites,
                        tags,
                        spans,
                    ),
                )
            )
    if unplaced:
        place_findings(plain, sections, sentences, mentions, unplaced, body_part)
    if mentions:
        side_findings(plain, sections, sentences, mentions)
        level_findings(plain, sentences, mentions)
    if not noted and INCIDENTALS not in names_of:
        return ReadReport(text, sections, sentences, mentions)
    return ReadReport(
        text, sections, sentences, mentions, *place_notes(plain, noted, sections, sentences, mentions)
    )


def read_sentences(text: str) -> list[Sentence]:
    """Return the sentences of a report as `parse_report` does, without looking for findings."""
    plain = plain_text(text)
    return find_sentences(plain, sections_in(plain))


def why_unread(text: str, most: int) -> tuple[str, str]:
    """Return why a text of at most so many characters is no report to read, as reason and detail; "" where it is one."""
    if not text.strip(WHITE):
        return "empty_report", "it has no text"
    if len(text) > most:
        return "report_too_long", f"{len(text)} characters, at most {most}"
    if is_foreign_report(text):
        return "not_english", "all of it is in another language"
    return "", ""


class Said(NamedTuple):
    """A mention but for its place in the report: offsets are into its sentence."""

    start: int
    end: int
    what: tuple[str, Assertion, Temporality, Experiencer, str]  # and the rule's name
    trigger: Span | None
    scope: Span | None
    more: tuple[str | None, str | None, tuple[float, ...], str | None, str | None]
    site: Span | None
    certainty: float
    described: tuple[Described, ...]
    told: Told


class Reading(NamedTuple):
    """What a sentence says: the findings that it names, and what it says beside them."""

    said: tuple[Said, ...]
    notes: Notes | None


SEEN = "findings"  # as which a section reads that tells what is seen, whatever it is called
TOLD = "present_illness"  # one that means nothing by itself either, but tells of the patient

_NOTHING = Reading((), None)
# What may stand between "not" and the words that it takes back.
_ARTICLES = frozenset(
    ("", "a", "an", "the", "entirely", "completely", "quite", "a completely", "an entirely", "really a")
)


@lru_cache(maxsize=1 << 17)  # about 230 MB when full
def read_sentence(text: str, section: str, lexicon: Lexicon | None) -> Reading:
    """Return what one sentence says, whatever stands around it; `section` is named where it bears on that."""
    written = fold(text)
    folded, hits = written, find_hits(written, lexicon)
    if hits[7] and (folded := read_unknown(text, written, lexicon)) is not written:
        hits = find_hits(folded, lexicon)
    plain, spoken, _ = folded
    phrases, parts, triggers, words, cues, tags, normal, _ = hits
    notes = read_notes(text, folded, cues, words, section) if cues or section == ADVISING else None
    numbers = has_digit(plain)
    measured = find_measured(plain) if numbers else []
    found = with_named(text, folded, find_findings(plain, phrases, parts))
    sites = sites_of(words)
    if sites:
        if normal and (ruled_out := find_normal(plain, normal, sites)):
            found = with_normal(found, ruled_out)
        if (tags and " node" in plain) or may_hint(plain, spoken, numbers=numbers):
            found = with_structures(plain, sites, tags, found, [item for item, _ in measured])
    if (
        len(plain) < SHORT
        and not measured
        and not any(item[2].isidentifier() for item in found)
        and (whole := whole_exam(plain)) is not None
    ):
        found = [whole]
    if not found and not measured:
        return _NOTHING if notes is None else tuple.__new__(Reading, ((), notes))
    if is_foreign(written):
        return _NOTHING
    reading = read_clauses(plain, triggers)
    found, described = compose(plain, words, sites, found, reading[3])
    for item, more in measured:
        if all(item.finding != other.finding for other in found):
            at = bisect_right(found, item[:2], key=itemgetter(0, 1))
            found.insert(at, item)
            described.insert(at, more)
    if numbers and "node" in plain:
        found = with_large_nodes(plain, found, described)
    told_of = tell(plain, found, described, sites, tags)
    choices: list[Choice] | None = None if len(found) > 1 and may_choose(plain) else []
    new, result = tuple.__new__, []
    fields = may_answer(text)
    places = [item[0] for item in found] if len(found) > 1 else ()
    for place, item in enumerate(found):
        start, end, finding, anchor, _, asserts = item
        more, told = described[place], told_of[place]
        site, own_words = more[5], more[6]
        verdict = judge(reading, anchor[0], anchor[1], section=section, first=start, named=places)
        if asserts is None:
            if choices is None and verdict[0] is Assertion.PRESENT:
                choices = _choices(plain, found)
            if choices:
                verdict = left_open(verdict, anchor, choices)
        else:
            if _denies(plain, item, verdict):
                continue
            verdict = _by_itself(item, verdict)
        if folded.origin is not None:
            start, end = folded.span(start, end)
            site = folded.span(*site) if site else None
            own_words = tuple(
                [
                    t._replace(start=low, end=high)
                    for t in own_words
                    for low, high in (folded.span(t.start, t.end),)
                ]
            )
            trigger = folded.span(*verdict.trigger) if verdict.trigger else None
            scope = folded.span(*verdict.scope) if verdict.scope else None
            verdict = verdict._replace(trigger=trigger, scope=scope)
            if told.spans:
                told = told._replace(spans=tuple([folded.span(*span) for span in told.spans]))
        if fields and asserts is None:
            verdict = answered(text, start, end, verdict)
        assertion, time, who, rule, trigger, scope, sure = verdict
        if rule == UNANSWERED:
            continue
        what = finding, assertion, time, who, rule
        result.append(new(Said, (start, end, what, trigger, scope, more[:5], site, sure, own_words, told)))
    return new(Reading, (tuple(result), notes))


def _choices(text: str, found: list[Found]) -> list[Choice]:
    """Return the alternatives between findings of a sentence."""
    named: dict[Span, list[str]] = {}
    for item in found:
        named.setdefault(item.anchor, []).append(item.finding)
    return find_choices(text, named)


def _denies(text: str, found: Found, verdict: Verdict) -> bool:
    """Return whether words that say something by themselves are taken back: "heart not normal", "not a normal chest"."""
    trigger = verdict.trigger
    if trigger is None or verdict.assertion is not Assertion.ABSENT:
        return False
    if trigger[1] <= found.start:
        return verdict.rule == "not" and text[trigger[1] : found.start].strip() in _ARTICLES
    return found.start < trigger[0] < found.end


def _by_itself(found: Found, verdict: Verdict) -> Verdict:
    """Return what words say by themselves: "heart size is normal"."""
    said = found.asserts or verdict.assertion
    _, time, who, rule, *_ = verdict
    scope = found.start, found.end
    return Verdict(said, time, who, found.pattern or rule, found.anchor, scope, CERTAINTY[said])

"""A report's text, read: sections, sentences and mentions."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from radmine.findings import Lexicon, load_anatomy, load_elsewhere, load_findings
from radmine.parse.assertion import Verdict, judge, left_open, read_clauses, section_means
from radmine.parse.attributes import Attributes, attach
from radmine.parse.findings import Found, find_findings
from radmine.parse.hedges import Choice, find_choices, may_choose
from radmine.parse.rules import CERTAINTY
from radmine.parse.sections import sections_in
from radmine.parse.sentences import find_sentences
from radmine.parse.text import WHITE, fold, plain_space
from radmine.parse.vocabulary import find_hits
from radmine.records import Assertion, Experiencer, Mention, ReadReport, Sentence, Span, Temporality


def parse_report(text: str, *, lexicon: Lexicon | None = None) -> ReadReport:
    """Return a report with its sections, sentences and mentions, in order, with offsets into `text`.

    Parameters
    ----------
    lexicon
        The findings to look for, as `radmine.findings.load_lexicon` returns them; None: those of the house.
    """
    if lexicon is not None and lexicon.findings is load_findings():
        lexicon = None
    plain = plain_space(text)
    sections = sections_in(plain)
    sentences = find_sentences(plain, sections)
    means = section_means()
    names_of = [section.name for section in sections]
    names = [name if name in means or name == TOLD else SEEN for name in names_of]
    studied: tuple[str, ...] = ()
    if "exam" in names_of:
        title = sections[names_of.index("exam")]
        studied = exam_sites(plain[title.start : title.end], lexicon)
    mentions: list[Mention] = []
    new, add = tuple.__new__, mentions.append
    for index, (at, stop, section) in enumerate(sentences):
        for start, end, what, trigger, scope, more, sure in read_sentence(
            plain[at:stop], names[section], lexicon, studied
        ):
            if trigger is not None and scope is not None:
                low, high = trigger
                trigger = low + at, high + at
                low, high = scope
                scope = low + at, high + at
            add(new(Mention, (start + at, end + at, *what, trigger, scope, index, *more, sure)))
    return ReadReport(text, sections, sentences, mentions)


def read_sentences(text: str) -> list[Sentence]:
    """Return the sentences of a report as `parse_report` does, without looking for findings."""
    plain = plain_space(text)
    return find_sentences(plain, sections_in(plain))


def why_unread(text: str, most: int) -> tuple[str, str]:
    """Return why a text of at most so many characters is no report to read, as reason and detail; "" where it is one."""
    if not text.strip(WHITE):
        return "empty_report", "it has no text"
    if len(text) > most:
        return "report_too_long", f"{len(text)} characters, at most {most}"
    return "", ""


class Said(NamedTuple):
    """A mention but for its place in the report: offsets are into its sentence."""

    start: int
    end: int
    what: tuple[str, Assertion, Temporality, Experiencer, str]  # and the rule's name
    trigger: Span | None
    scope: Span | None
    more: Attributes
    certainty: float


SEEN = "findings"  # as which a section reads that tells what is seen, whatever it is called
TOLD = "present_illness"  # one that means nothing by itself either, but tells of the patient

# Findings that a word as general as "nodule" or "effusion" names: what is meant is told by what was examined.
_GENERAL = frozenset(
    (
        "lung_nodule",
        "pleural_effusion",
        "mass",
        "lung_opacity",
        "edema",
        "pulmonary_fibrosis",
        "chest_disease",
    )
)


@lru_cache(maxsize=1 << 12)
def exam_sites(title: str, lexicon: Lexicon | None) -> tuple[str, ...]:
    """Return the sites that an exam's title names at which general words mean another finding than in the chest.

    A title that names a site of the chest as well leaves them what they are there.
    """
    sites = [hit.value.site for hit in find_hits(fold(title), lexicon).attributes if hit.value.site]
    elsewhere = load_elsewhere()
    other = [site for site in sites if any((finding, site) in elsewhere for finding in _GENERAL)]
    chest = any(load_anatomy()[site].region == "chest" for site in sites if site not in other)
    return () if chest else tuple(other)


@lru_cache(maxsize=1 << 17)  # about 125 MB when full
def read_sentence(
    text: str, section: str, lexicon: Lexicon | None, studied: tuple[str, ...] = ()
) -> tuple[Said, ...]:
    """Return what one sentence says; `section` is named where it bears on that, `studied` are an exam's sites."""
    folded = fold(text)
    phrases, parts, triggers, words = find_hits(folded, lexicon)
    found = find_findings(folded.text, phrases, parts)
    if not found:
        return ()
    reading = read_clauses(folded.text, triggers)
    described = attach(folded.text, words, found, reading.clauses)
    choices = _choices(folded.text, found) if len(found) > 1 and may_choose(folded.text) else []
    elsewhere = load_elsewhere()
    new, result = tuple.__new__, []
    for item, more in zip(found, described, strict=True):
        start, end, finding, anchor, _, asserts = item
        site = more[0]
        if site is None and studied and finding in _GENERAL:
            site = next((s for s in studied if (finding, s) in elsewhere), None)
        if site is not None and (meant := elsewhere.get((finding, site))) is not None:
            if any(meant == other.finding and start < other.end and other.start < end for other in found):
                continue  # another of the words that named it has said so
            finding = meant
        verdict = judge(reading, *anchor, section=section)
        if choices and asserts is None:
            verdict = left_open(verdict, anchor, choices)
        if asserts is not None:
            if _denies(item, verdict):
                continue
            verdict = _by_itself(item, verdict)
        assertion, time, who, rule, trigger, scope, sure = verdict
        if folded.origin is not None:
            start, end = folded.span(start, end)
            trigger = folded.span(*trigger) if trigger else None
            scope = folded.span(*scope) if scope else None
        what = finding, assertion, time, who, rule
        result.append(new(Said, (start, end, what, trigger, scope, more, sure)))
    return tuple(result)


def _choices(text: str, found: Sequence[Found]) -> list[Choice]:
    """Return the alternatives between findings of a sentence."""
    named: dict[Span, list[str]] = {}
    for item in found:
        named.setdefault(item.anchor, []).append(item.finding)
    return find_choices(text, named)


def _denies(found: Found, verdict: Verdict) -> bool:
    """Return whether words that say something by themselves are taken back: "heart not normal"."""
    trigger = verdict.trigger
    return (
        trigger is not None and found.start < trigger[0] < found.end and verdict.assertion is Assertion.ABSENT
    )


def _by_itself(found: Found, verdict: Verdict) -> Verdict:
    """Return what words say by themselves: "heart size is normal"."""
    said = found.asserts or verdict.assertion
    return Verdict(
        said,
        *verdict[1:3],
        found.pattern or verdict.rule,
        found.anchor,
        (found.start, found.end),
        CERTAINTY[said],
    )

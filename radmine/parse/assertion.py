"""What a sentence says of a span: present, absent or uncertain; when; and of whom."""

import functools
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from radmine.parse.clauses import Clauses, read_clauses
from radmine.parse.data_files import load_data, section_words
from radmine.parse.heading_words import section_role
from radmine.parse.hedges import Choice, find_choices, may_choose
from radmine.parse.phrases import Hit
from radmine.parse.plain import plain_text
from radmine.parse.reach import (
    asks_of_another,
    denied_increase,
    denies_of,
    has_own_subject,
    labelled,
    of_another,
    of_one_side,
    stands_before,
    tie_before,
    tie_to_name,
)
from radmine.parse.rules import BACKWARD, CERTAINTY, FORWARD, Condition, Rule, Trigger
from radmine.parse.sections import sections_in
from radmine.parse.sentences import find_sentences
from radmine.parse.text import Folded, fold
from radmine.parse.verdicts import Verdict, answered
from radmine.parse.vocabulary import find_hits
from radmine.records import Assertion, Experiencer, Span, Temporality

_USUAL = Verdict(Assertion.PRESENT, Temporality.CURRENT, Experiencer.PATIENT, "default", None, None, 1.0)
# What may follow a rule that ends its clause.
_FINAL = frozenset(("", ".", ",", ";", ")", "?", "[", "]", ">", "}", '"'))
# Negations with which a patient's habits are told.
_ASKED_OF = frozenset(("denies", "not"))
# Doubts that hold against a denial before them: "no large effusion, but a small one may be present".
_REOPENS = frozenset(("not_excluded", "one_may_be"))
# Doubts after a finding that hold whatever was denied before it: "the absence of fat makes X unlikely".
_OUTWEIGH = frozenset(("is_unlikely", "is_less_likely", "less_likely_final"))
# What is said of a thing by these is not said of what words tie it to.
_TYING = frozenset(("negation", "uncertainty"))
# In such sections a doubt is what is asked.
_ASKED = frozenset((Temporality.CURRENT, Temporality.HYPOTHETICAL))


def judge(
    reading: Clauses,
    start: int,
    end: int,
    *,
    section: str,
    first: int | None = None,
    named: Sequence[int] = (),
) -> Verdict:
    """Return what a sentence, in a section of this name, says of the span `start` to `end` of its folded text.

    Parameters
    ----------
    first
        Where the words begin that name the finding, if not at `start`: "enlargement of the heart" is one thing.
    named
        The places where findings are named.
    """
    text, _, ruled, starts = reading
    first = start if first is None or first > start else first
    which = bisect_right(starts, start)
    begin = starts[which - 1]
    limit = starts[which] if which < len(starts) else len(text)
    assertion: tuple[Rule, Hit] | None = None
    time: tuple[Rule, Hit] | None = None
    who: tuple[Rule, Hit] | None = None
    tied = -1  # where words begin that tie what is denied to the span
    kept = False  # whether a denial is of what is said of the span: "no evidence that it has resolved"
    elsewhere = len(text)  # where the sentence turns to another time or picture
    for hit in ruled:
        trigger: Trigger
        at, stop, trigger = hit
        if at < begin:
            continue
        if at >= limit:
            break
        for rule in trigger.rules:
            if stop <= start:
                if rule.reach != FORWARD or text.count(" ", stop, start) > rule.words:
                    continue
                if stop <= tied and rule.assertion is not None:
                    continue
                if rule.kind in _TYING:
                    denies = rule.kind == "negation"
                    if denies and labelled(text, stop, start):
                        continue
                    if denies and denies_of(text, stop, first, end):
                        kept = True
                        continue
                    tie = tie_to_name(text, stop, first, start, bare=rule.name == "not")
                    if tie >= 0:  # "possible calcification in the mass" doubts no mass
                        if denies:
                            tied, assertion = tie, None  # nor does a doubt before it speak of the mass
                        continue
                    tied = -1 if denies else tied
            elif not _reaches_back(text, rule, hit, start, end):
                continue
            elif rule.kind == "negation":
                if kept:
                    continue
                if at >= end and of_another(text, at, stop, limit):
                    elsewhere = min(elsewhere, at)
                    continue
                if _spares(reading, hit, begin, (first, end), named):
                    continue
            if rule.condition is not None and not _holds(reading, rule.condition, hit, (start, end), section):
                continue
            if rule.assertion is not None:
                assertion = _stronger(reading, assertion, (rule, hit), start)
            if rule.temporality is not None:
                time = (rule, hit)
            if rule.experiencer is not None:
                who = (rule, hit)
    if assertion and time and assertion[0].kind == "negation" and assertion[1][0] >= end:
        time = None  # "prior effusion has resolved": it was there, and what is said is said of now
    if time and time[1][0] >= elsewhere:
        time = None
    if assertion is None and (denial := denied_increase(text, first, end)) is not None:
        when = time[0].temporality if time else None
        other = Experiencer.OTHER if who else Experiencer.PATIENT
        scope = denial[1], limit
        never = CERTAINTY[Assertion.ABSENT]
        return Verdict(
            Assertion.ABSENT, when or Temporality.CURRENT, other, "no_increase", denial, scope, never
        )
    decided = assertion or time or who
    usual = section_means().get(section, _USUAL) if section else _USUAL
    if decided is None:
        return usual if usual is _USUAL else _usual(usual, section, text[start:end])
    rule, hit = decided
    said = assertion[0].assertion if assertion else None
    at, stop, _ = hit
    told = said or (Assertion.PRESENT if time or who else usual.assertion)
    verdict = (
        told,
        _time(reading, assertion, time, who, usual, (start, end)),
        Experiencer.OTHER if who else usual.experiencer,
        rule.name,
        (at, stop),
        (stop, limit) if at <= start else (begin, at),
        assertion[0].certainty if assertion else CERTAINTY[told],
    )
    return tuple.__new__(Verdict, verdict)


def left_open(verdict: Verdict, span: Span, choices: list[Choice]) -> Verdict:
    """Return a verdict on a span, uncertain where nothing says more of it than that it or another is there."""
    if verdict.assertion is not Assertion.PRESENT or verdict.temporality is not Temporality.CURRENT:
        return verdict
    start, end = span
    for (low, high), names in choices:
        if any(start < stop and at < end for at, stop in names):
            scope = (start, low) if start < low else (high, end)
            _, time, who, *_ = verdict
            return Verdict(Assertion.UNCERTAIN, time, who, "either_or", (low, high), scope, 0.5)
    return verdict


def _time(
    reading: Clauses,
    assertion: tuple[Rule, Hit] | None,
    time: tuple[Rule, Hit] | None,
    who: tuple[Rule, Hit] | None,
    usual: Verdict,
    span: Span,
) -> Temporality:
    """Return of what time a sentence speaks, by the rules that reach a span."""
    if assertion and assertion[0].kind == "hypothetical":
        return Temporality.HYPOTHETICAL
    if time and time[0].temporality:
        return time[0].temporality
    if who:
        told = _between(reading, who[1][1], span[0])
        return Temporality.CURRENT if any(hit[2].present for hit in told) else Temporality.HISTORICAL
    if assertion and assertion[0].name in _ASKED_OF and section_words("habits").search(reading.text, *span):
        return Temporality.HISTORICAL
    if assertion is None or usual is _USUAL or usual.temporality is Temporality.HISTORICAL:
        return usual.temporality
    if assertion[0].kind == "negation":
        return Temporality.CURRENT
    return Temporality.HYPOTHETICAL if usual.temporality in _ASKED else usual.temporality


def _spares(reading: Clauses, hit: Hit, begin: int, span: Span, named: Sequence[int]) -> bool:
    """Return whether a denial after a finding, in a clause that begins at `begin`, is of a companion, another subject, side or item."""
    text = reading.text
    (first, end), (at, stop, _) = span, hit
    if at < end or text[end:at] == ": ":
        return False
    if tie_before(text, begin, first, back=True) >= 0 or of_one_side(text, begin, end, at, stop):
        return True
    return has_own_subject(text, begin, end, at) or stands_before(text, begin, span, at, named)


def _reaches_back(text: str, rule: Rule, hit: Hit, start: int, end: int) -> bool:
    """Return whether a rule's words, which do not end before a span, are near enough to speak of it."""
    if hit[0] == start and hit[1] < end:
        return rule.kind == "historical"  # the span itself begins with it: "status post bypass"
    if hit[0] < end or (text[hit[0]] == "?" and asks_of_another(text, end, hit[0])):
        return False
    if rule.reach != BACKWARD:  # "Fracture: no evidence of fracture" answers what stands before the colon
        return rule.kind == "negation" and text[end : hit[0]] == ": "
    if rule.final and text[hit[1] : hit[1] + 1] not in _FINAL:
        return False
    # A label stands between, unless it is this one ("X: none", "X or Y: none").
    colon = text.find(": ", end, hit[0])
    near = colon < 0 or colon == end or not text[colon + 2 : hit[0]].strip("[<{(\"'")
    return near and text.count(" ", end, hit[0]) <= rule.words


def _holds(reading: Clauses, condition: Condition, hit: Hit, span: Span, section: str) -> bool:
    """Return whether what a rule needs besides its words is there."""
    text = reading.text
    start, end = span
    low, high = (hit[1], start) if hit[1] <= start else (end, hit[0])
    if condition.sections is not None and section not in condition.sections:
        return False
    if any(text.find(stop, low, high) >= 0 for stop in condition.stops):
        return False
    if condition.through and not any(text.find(word, low, high) >= 0 for word in condition.through):
        return False
    if (
        condition.unless
        and text[hit[1] + 1 : hit[1] + 20].split(" ", 1)[0].rstrip(".,;:)") in condition.unless
    ):
        return False
    if condition.unless_after and text.endswith(condition.unless_after, 0, hit[0]):
        return False
    if condition.follows and not _follows(reading, hit[0], condition.follows):
        return False
    if condition.without and _follows(reading, start, condition.without):
        return False
    spares = condition.spares and (not condition.spares_in or section in condition.spares_in)
    if spares and text[start:end].rpartition(" ")[2] in condition.spares:
        return False
    if condition.opens is not None and not _opens(reading, hit, condition.opens):
        return False
    if condition.needs == "question":
        return hit[0] == 0 and text.rstrip(" \"')").endswith("?")
    if condition.needs == "report":
        return any(other[2].reports for other in _between(reading, low, high))
    if condition.needs == "beside":
        item = text.find(",", low, high)
        return (
            item < 0
            or ", or " in text[low:high]
            or ", and " in text[low:high]
            or text[item + 1 : high].isspace()
        )
    if condition.needs == "noun":
        return not any(
            other[2].verb or any(rule.assertion is Assertion.UNCERTAIN for rule in other[2].rules)
            for other in _between(reading, low, high)
        )
    return True


def _opens(reading: Clauses, hit: Hit, words: frozenset[str]) -> bool:
    """Return whether a clause begins with a rule's words, but for numbers and these words."""
    begin = reading.clauses[bisect_right(reading.clauses, hit[0]) - 1]
    before = reading.text[begin : hit[0]].replace(",", " ").split()
    return all(word in words or word.isdigit() for word in before)


def _follows(reading: Clauses, at: int, words: tuple[str, ...]) -> bool:
    """Return whether a clause has one of these before a place in it."""
    begin = reading.clauses[bisect_right(reading.clauses, at) - 1]
    before = f" {reading.text[begin:at]}"
    return any(word in before for word in words)


def _between(reading: Clauses, low: int, high: int) -> Iterator[Hit]:
    """Yield the triggers between two places."""
    return (hit for hit in reading.hits if low <= hit[0] and hit[1] <= high)


def _stronger(
    reading: Clauses, old: tuple[Rule, Hit] | None, new: tuple[Rule, Hit], start: int
) -> tuple[Rule, Hit]:
    """Return which of two rules on assertion decides.

    Of two on one side the outer negation holds its inner doubt ("no evidence to suggest X"), and a condition what it is
    of ("if there is no X"), unless a comma stands between them ("no effusion, possible X") or the doubt is a question ("no imaging to look for X"); words after the
    span count more than words before it, unless a condition or a negation stands before them ("if X has resolved",
    "no X is suspected").
    """
    if old is None:
        return new
    (first, at), (second, there) = old, new
    if at[1] <= start < there[0]:  # one before, one after
        if first.kind == "negation":
            doubted = second.name in _OUTWEIGH and "," not in reading.text[start : there[0]]
            reopened = second.name in _REOPENS or reading.text[there[0] - 2] == ","
            return new if doubted or reopened else old
        weaker = second.name == "likelier" and first.kind == "uncertainty"  # "most likely A, less likely B"
        return old if weaker or (first.name == "if" and not second.final) else new
    outer = first.kind == "negation" and second.kind == "uncertainty"
    outer = outer or (first.name == "if" and second.kind in {"negation", "uncertainty"})
    if outer and there[1] <= start:
        return new if "," in reading.text[at[1] : there[0]] else old
    return new


@functools.cache
def section_means() -> Mapping[str, Verdict]:
    """Return what is said of a finding in a section where its sentence says nothing, for the sections that say so."""
    verdicts = {}
    for name, means in load_data("sections")["means"].items():
        other = means == Experiencer.OTHER
        time = Temporality.HISTORICAL if other else Temporality(means)
        asked = time is Temporality.HYPOTHETICAL
        said = Assertion.UNCERTAIN if asked else Assertion.PRESENT
        verdicts[name] = Verdict(
            said,
            time,
            Experiencer.OTHER if other else Experiencer.PATIENT,
            f"section_{name}",
            None,
            None,
            CERTAINTY[said],
        )
    return MappingProxyType(verdicts)


def _usual(usual: Verdict, section: str, words: str) -> Verdict:
    """Return what is said of words where nothing but their section does."""
    if usual.temporality is Temporality.HYPOTHETICAL and section_words("symptoms").search(words):
        return _USUAL._replace(rule=f"section_{section}")  # nobody rules out a cough
    if usual.temporality is Temporality.CURRENT and section_words("chronic").search(words):
        return usual._replace(temporality=Temporality.HISTORICAL)
    return usual


def assert_spans(text: str, spans: list[Span]) -> list[tuple[Assertion, Temporality, Experiencer]]:
    """Return what a text says of each span: whether it is there, when, and of whom; in the order of the spans.

    Any span will do, not only a finding of the lexicon. The sentence around it and the section it stands in decide.

    Raises
    ------
    ValueError
        A span is empty or reaches beyond the text.
    """
    text = plain_text(text)
    sections = sections_in(text)
    sentences = find_sentences(text, sections)
    begins = [s.start for s in sentences]
    read: dict[int, tuple[Folded, Clauses, list[Choice], list[int]]] = {}
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
            names, _, triggers, *_ = find_hits(folded)
            named = {(at, stop): found for at, stop, found in names if found}
            choices = find_choices(folded.text, named) if may_choose(folded.text) else []
            places = [at for at, _ in named]
            read[index] = folded, read_clauses(folded.text, triggers), choices, places
        folded, reading, choices, places = read[index]
        span = (
            folded.position(start - sentence.start),
            folded.position(min(end, sentence.end) - sentence.start),
        )
        verdict = judge(reading, *span, section=section_role(sections[sentence.section].name), named=places)
        verdict = left_open(verdict, span, choices)
        verdict = answered(
            text[sentence.start : sentence.end], start - sentence.start, end - sentence.start, verdict
        )
        result.append((verdict.assertion, verdict.temporality, verdict.experiencer))
    return result

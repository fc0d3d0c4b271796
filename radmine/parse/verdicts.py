"""What is said of a span, and what the value of a field makes of it."""

from typing import NamedTuple

from radmine.parse.answers import Answer, find_answer, find_answer_before, find_answer_within, may_answer
from radmine.parse.rules import CERTAINTY
from radmine.records import Assertion, Experiencer, Span, Temporality


class Verdict(NamedTuple):
    """What a sentence says of a span; the rule, words and scope that decided; how likely it is there."""

    assertion: Assertion
    temporality: Temporality
    experiencer: Experiencer
    rule: str
    trigger: Span | None
    scope: Span | None
    certainty: float


UNANSWERED = "unanswered"
"""The rule by which the name of a field without a value says nothing."""

# Brackets around a value.
_OPENING = frozenset("([{<")
_CLOSING = frozenset(")]}>")


def answered(sentence: str, start: int, end: int, verdict: Verdict) -> Verdict:
    """Return the verdict on a span of a sentence, in its own offsets, as the value of the field decides that it names.

    A field without a value leaves it in doubt, by the rule "unanswered".
    """
    if not may_answer(sentence):
        return verdict
    answer = find_answer_before(sentence, start) or find_answer_within(sentence, start, end)
    if answer is not None:
        return _by_answer(answer, verdict, (start, end))
    answer = find_answer(sentence, end)
    if answer is None or answer.assertion is verdict.assertion:
        return verdict
    if verdict.assertion is Assertion.ABSENT and verdict.trigger is not None and verdict.trigger[1] <= start:
        before = sentence[: verdict.trigger[0]].rstrip(" \"'*[(<{")
        low, high = verdict.trigger
        marked = before != "" and (before[-1] in ":?=|" or (before[-1] in "-–—" and before[-2:-1] == " "))
        aside = sentence[low - 1 : low] in _OPENING and sentence[high : high + 1] in _CLOSING
        if not marked and not (before and aside):  # else it answers the field before
            return verdict  # "no evidence of pneumothorax: true"
    return _by_answer(answer, verdict, (start, end))


def _by_answer(answer: Answer, verdict: Verdict, scope: Span) -> Verdict:
    """Return the verdict on a field's name as its value decides."""
    said = answer.assertion
    if said is None:
        said = Assertion.UNCERTAIN
        return verdict._replace(
            assertion=said, rule=UNANSWERED, trigger=answer.span, scope=scope, certainty=CERTAINTY[said]
        )
    time = Temporality.CURRENT if verdict.temporality is Temporality.HYPOTHETICAL else verdict.temporality
    return Verdict(said, time, verdict.experiencer, "answer", answer.span, scope, CERTAINTY[said])

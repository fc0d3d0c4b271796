"""Several votes on one finding become one label: `combine`, and what the label model shares with it."""

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache, reduce

from radmine.label.weigh.versions import overrules
from radmine.records import DECISION, Assertion, Label, Vote

PRESENT_FROM, ABSENT_TO = 2 / 3, 1 / 3

ANSWERERS = ("person", "llm", "tool", DECISION)
"""Kinds of voters each of whom speaks for itself; a decision is always right."""

# How often a finding is there when a report says so; the last of what is said without a number, as by people. The rules'
# hedges have one each, the certainty of their mentions.
PROBABILITY = {Assertion.PRESENT: 0.95, Assertion.ABSENT: 0.03, Assertion.UNCERTAIN: 0.5}

SPEAKERS = (*ANSWERERS, "source")
"""Kinds of voters each of whom speaks for itself: answerers, and tables that came with images."""

_BETWEEN = {Assertion.PRESENT: (0.5, 1.0), Assertion.UNCERTAIN: (0.0, 1.0), Assertion.ABSENT: (0.0, 0.5)}

_PRESENT, _UNCERTAIN, _ABSENT = Assertion.PRESENT, Assertion.UNCERTAIN, Assertion.ABSENT


def combine(votes: Sequence[Vote]) -> Label:
    """Return the label that votes on one finding make where nothing is known of the voters, with the votes as evidence.

    "present" of the rules and "absent" of a language model make an uncertain label; "present" of the rules in the findings
    and again in the impression is one speaker's word. The strongest vote of a speaker speaks for it (`speakers`). Where one
    alone votes, its word is the label. Several may all repeat each other, as far as we know: the mean of their log odds is
    the probability. What `radmine.label.weigh.label_model.fit_label_model` learns of voters makes more of them.
    """
    if len(votes) == 1:
        (vote,) = votes
        return Label(vote.assertion, vote.probability, (vote,))
    heard = speakers(votes)
    if len(heard) == 1:
        (vote,) = heard.values()
        return Label(vote.assertion, vote.probability, tuple(votes))
    said = assertion_of(_middle([weighed(vote) for vote in heard.values()]), heard.values())
    low, high = _BETWEEN[said]
    probability = _middle([vote.probability for vote in heard.values()])
    return Label(said, min(max(probability, low), high), tuple(votes))


def agrees(assertion: Assertion, probability: float) -> bool:
    """Return whether a probability that a finding is there may go with what is said of it."""
    low, high = _BETWEEN[assertion]
    return low <= probability <= high


def speakers(votes: Iterable[Vote]) -> dict[str, Vote]:
    """Return the vote that speaks for each speaker: its strongest, present before uncertain before absent.

    Of the rules' votes those of the latest version of the report come first: an addendum overrules (`weigh.versions`).

    Votes of the rules on each part of a report, "rules:findings" and "rules:impression", are one speaker's word on different
    text and do not add up; two people, or two language models, are two speakers.
    """
    heard: dict[str, Vote] = {}
    for vote in votes:
        speaker = speaker_of(vote.voter)
        known = heard.get(speaker)
        if known is None or _is_stronger(vote, known):
            heard[speaker] = vote
    return heard


def _middle(chances: Sequence[float]) -> float:
    """Return the probability of the mean of log odds."""
    return expit(sum(map(logit, chances)) / len(chances))


def weighed(vote: Vote) -> float:
    """Return the probability with which a vote counts beside those of others: a hedge of the rules as undecided.

    What several speakers make of a finding, present or absent, rests on what they say, not on how likely a phrase is.
    """
    hedged = vote.assertion is _UNCERTAIN and speaker_of(vote.voter) == "rules"
    return PROBABILITY[_UNCERTAIN] if hedged else vote.probability


@lru_cache(maxsize=4096)
def speaker_of(voter: str) -> str:
    """Return who speaks in a voter's name: "rules" for "rules:impression", but "person:ann" for herself."""
    kind = voter.partition(":")[0]
    return voter if kind in SPEAKERS else kind


def assertion_of(probability: float, votes: Iterable[Vote]) -> Assertion:
    """Return what a probability makes of votes: present from 2/3 on, absent to 1/3, where at least one vote says so.

    Else uncertain: where all hedge, the label does, whatever is likely.
    """
    if PRESENT_FROM > probability > ABSENT_TO:
        return _UNCERTAIN
    side = _PRESENT if probability >= PRESENT_FROM else _ABSENT
    return side if any(vote.assertion is side for vote in votes) else _UNCERTAIN


def logit(probability: float) -> float:
    """Return the log odds of a probability, kept within 1 to 999 and 999 to 1."""
    clipped = min(max(probability, 1e-3), 1 - 1e-3)
    return math.log(clipped / (1 - clipped))


def expit(log_odds: float) -> float:
    """Return the probability of log odds."""
    return 1 / (1 + math.exp(-log_odds))


def speaks_for(votes: Iterable[Vote]) -> Vote:
    """Return the vote of one speaker, of several, that speaks for it."""
    return reduce(lambda known, vote: vote if _is_stronger(vote, known) else known, votes)


def _is_stronger(vote: Vote, known: Vote) -> bool:
    if vote.voter != known.voter and overrules(vote.voter) != overrules(known.voter):
        return overrules(vote.voter) > overrules(known.voter)
    said, before = vote.assertion, known.assertion
    if said is before:
        return vote.probability > known.probability
    return said is _PRESENT or (said is _UNCERTAIN and before is _ABSENT)

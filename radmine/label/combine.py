"""Several votes on one finding become one label: `combine`."""

import math
from collections.abc import Mapping, Sequence

from radmine.label.voters import STRENGTH
from radmine.records import Assertion, Label, Vote

WEIGHTS: Mapping[str, float] = {"rules": 1.0, "text": 0.5}
"""The weight of each kind of voter, the part of its name before the colon; of another kind 0.5."""

PRESENT_FROM, ABSENT_TO = 2 / 3, 1 / 3


def combine(votes: Sequence[Vote], *, weights: Mapping[str, float] = WEIGHTS) -> Label:
    """Return the label that votes on one finding make, with the votes as its evidence.

    Votes of one kind (the rules on each part of a report) read the same text and do not add up: the strongest speaks for
    them, present before uncertain before absent. Kinds are independent witnesses: the weighted mean of their log odds is
    the probability. Where one kind alone votes, its word is the label.
    """
    speakers: dict[str, Vote] = {}
    for vote in votes:
        kind = vote.voter.split(":")[0]
        if kind not in speakers or _rank(vote) > _rank(speakers[kind]):
            speakers[kind] = vote
    if len(speakers) == 1:
        (vote,) = speakers.values()
        return Label(vote.assertion, vote.probability, tuple(votes))
    total = sum(weights.get(kind, 0.5) for kind in speakers)
    odds = (
        sum(weights.get(kind, 0.5) * _log_odds(vote.probability) for kind, vote in speakers.items()) / total
    )
    probability = 1 / (1 + math.exp(-odds))
    if probability >= PRESENT_FROM:
        assertion = Assertion.PRESENT
    elif probability <= ABSENT_TO:
        assertion = Assertion.ABSENT
    else:
        assertion = Assertion.UNCERTAIN
    return Label(assertion, probability, tuple(votes))


def _rank(vote: Vote) -> tuple[int, float]:
    return STRENGTH[vote.assertion], vote.probability


def _log_odds(probability: float) -> float:
    clipped = min(max(probability, 1e-3), 1 - 1e-3)
    return math.log(clipped / (1 - clipped))

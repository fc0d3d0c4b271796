"""Voters' accuracies and their dependence, learnt from their votes with or without truth: `fit_label_model`.

The model is that of Dawid and Skene, Applied Statistics 28 (1979): a finding is there or not, and each kind of voter has its
own chances of what it then says, or of saying nothing. Three things are added. What is rare borrows: a voter's chances on a
finding are drawn towards its chances on all findings, and these towards what its own probabilities claim. What
repeats is not counted twice: of voters that agree more often than the finding explains the best is heard in full, the
others with the share that is their own (`radmine.label.weigh.dependence`). And equal patterns of votes are counted once, so
that a million of them cost little more than some thousands (`radmine.label.weigh.patterns`).
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from typing import NamedTuple

import numpy as np

from radmine.label.weigh.combine import assertion_of, expit, logit, speakers, weighed
from radmine.label.weigh.dependence import learn_dependence
from radmine.label.weigh.patterns import EDGES, UNDECIDED, WORDS, Floats, VotePatterns, Votes, count_votes
from radmine.models import SavedModel, load_model, save_model
from radmine.records import Label, Vote

KIND = "label model"
_MAKE = "radmine voters train NAME"

LEAST_KINDS = 3  # fewer do not tell how good they are: it takes truth, else they are taken at their word
CLAIMED = 10.0  # votes that a voter's own probabilities count for, on all findings together
POOLED = 30.0  # votes that a voter's chances on all findings count for, on one finding
PRIOR = 2.0  # votes that the mean frequency of findings counts for, on one finding
ROUNDS, CLOSE = 200, 1e-5  # at most so many, until the mean change of a probability is this small


class Accuracy(NamedTuple):
    """How good a voter is: the share of its votes that are right on what is there, and on what is not."""

    voter: str
    finding: str | None  # None: on all findings
    sensitivity: float
    specificity: float
    coverage: float  # share of what anyone votes on that it votes on
    weight: float  # share of its word that repeats no better voter


@dataclass(frozen=True, eq=False)
class LabelModel:
    """What is known of voters; the last row of `prior`, `words` and `coverage` is of all findings together."""

    voters: tuple[str, ...]  # kinds
    findings: tuple[str, ...]
    prior: Floats  # (findings + 1,): how often a finding is there
    words: Floats  # (findings + 1, voters, 2, words): chances of what a vote says of what is absent, of what is present
    coverage: Floats  # (findings + 1, voters, 2): chance that it votes at all
    repeats: Floats  # (2, voters, voters): share of a voter (column) that a better one (row) has said: words, voting
    weight: Floats  # (voters,): mean share of its word that is heard

    def combine(self, finding: str, votes: Sequence[Vote]) -> Label:
        """Return the label that votes on a finding make, with the votes as its evidence.

        A voter that the model does not know counts as if it repeated the others: the mean of the log odds. Where all hedge
        the label is uncertain; it is present or absent only where a vote says so.
        """
        heard = speakers(votes)
        probability = expit(self._log_odds(finding, heard))
        return Label(assertion_of(probability, heard.values()), probability, tuple(votes))

    def accuracies(self) -> list[Accuracy]:
        """Return how good each voter is on all findings, then on each; undecided votes are never right."""
        return [
            Accuracy(
                voter,
                finding,
                sensitivity=float(self.words[place, v, 1, UNDECIDED + 1 :].sum()),
                specificity=float(self.words[place, v, 0, :UNDECIDED].sum()),
                coverage=float(self.coverage[place, v] @ (1 - self.prior[place], self.prior[place])),
                weight=float(self.weight[v]),
            )
            for place, finding in ((-1, None), *enumerate(self.findings))
            for v, voter in enumerate(self.voters)
        ]

    def save(self, folder: str | PathLike[str]) -> str:
        """Return the fingerprint of the model, written into a folder."""
        facts = {"edges": EDGES, "voters": self.voters, "findings": self.findings}
        return save_model(
            folder, kind=KIND, facts=facts, arrays={name: getattr(self, name) for name in _ARRAYS}
        )

    @cached_property
    def _places(self) -> dict[str, int]:
        return {finding: place for place, finding in enumerate(self.findings)}

    @cached_property
    def _odds(self) -> tuple[list[float], list[list[list[float]]], list[list[list[float]]]]:
        """Log odds of the prior, of each voter's words, of its silence (0) and its voting (1); a row each finding."""
        voting = _voting_odds(self.coverage, self.repeats)
        voting[-1] = 0  # silence on a finding that was never seen says nothing
        return _logit(self.prior).tolist(), _word_odds(self.words).tolist(), voting.tolist()

    @cached_property
    def _own(self) -> list[list[float]]:
        """The share of what each voter says (row) that a better one (column) does not say."""
        own: list[list[float]] = (1 - self.repeats[0].T).tolist()
        return own

    def _log_odds(self, finding: str, heard: Mapping[str, Vote]) -> float:
        odds = [logit(weighed(vote)) for voter, vote in heard.items() if voter not in self.voters]
        known = [(v, heard[voter]) for v, voter in enumerate(self.voters) if voter in heard]
        if known:
            place = self._places.get(finding, len(self.findings))
            priors, all_words, all_voting = self._odds
            words, total = all_words[place], priors[place]
            for voter, voting in zip(self.voters, all_voting[place], strict=True):
                total += voting[voter in heard]
            for v, vote in known:
                share = 1.0
                for u, _ in known:
                    share *= self._own[v][u]
                total += share * words[v][bisect_right(EDGES, weighed(vote))]
            odds.append(total)
        return sum(odds) / len(odds)


_ARRAYS = ("prior", "words", "coverage", "repeats", "weight")


def load_label_model(folder: str | PathLike[str]) -> LabelModel:
    """Return the model that was saved in a folder.

    Raises
    ------
    CorpusError
        The folder holds none, or one of another version.
    """
    return load_model(folder, kind=KIND, make=_MAKE, build=_label_model)


def _label_model(saved: SavedModel) -> LabelModel:
    """Return the model that was saved; raises ValueError where its numbers mean another thing."""
    voters, findings = tuple(saved.facts["voters"]), tuple(saved.facts["findings"])
    arrays = saved.arrays()
    n, v = len(findings) + 1, len(voters)
    shapes = {
        "prior": (n,),
        "words": (n, v, 2, WORDS),
        "coverage": (n, v, 2),
        "repeats": (2, v, v),
        "weight": (v,),
    }
    found = {name: array.shape for name, array in arrays.items()}
    if tuple(saved.facts["edges"]) != EDGES or found != shapes:
        raise ValueError("another version")
    return LabelModel(voters, findings, **arrays)


# -- fitting --------------------------------------------------------------------------------------------


def fit_label_model(
    items: Iterable[Votes], *, truth: Iterable[Mapping[str, bool]] | None = None
) -> LabelModel:
    """Return what votes on the findings of many reports tell of the voters and of the findings.

    Each vote counts for its kind (`radmine.label.weigh.combine.speakers`); a kind that casts none on what others vote on abstains,
    which may tell as much. Voters must be right more often than wrong, on the whole. One or two kinds cannot tell how
    good they are: without truth they are taken at their word, and only how far they repeat each other is learnt. The
    order of the reports and of the votes does not matter.

    Parameters
    ----------
    items
        For each report the votes on its findings.
    truth
        For each report what is known to be there (True) or not (False), as far as it is known; what nobody votes on
        teaches nothing.

    Raises
    ------
    InputError
        There are no votes, or not as many truths as reports.
    """
    patterns = count_votes(items, truth)
    repeats, loading = learn_dependence(patterns)
    heard = patterns.voted * _shares(patterns.voted, repeats[0])
    trust = heard * loading / (1 - loading**2)
    present = _known(patterns, (trust * patterns.claimed).sum(1) / trust.sum(1))
    chances = _chances(patterns, present)
    for _ in range(ROUNDS):
        before, present = present, _posterior(patterns, chances, repeats, heard)
        chances = _chances(patterns, present)
        if np.average(np.abs(present - before), weights=patterns.count) < CLOSE:
            break
    weight = patterns.count @ heard / (patterns.count @ patterns.voted)
    return LabelModel(patterns.voters, patterns.findings, *chances, repeats, weight)


class _Chances(NamedTuple):
    """The chances of a `LabelModel`, as there."""

    prior: Floats
    words: Floats
    coverage: Floats


def _posterior(patterns: VotePatterns, chances: _Chances, repeats: Floats, heard: Floats) -> Floats:
    """Return the probability that each pattern's finding is present: the E step."""
    finding, voters = patterns.finding[:, None], np.arange(len(patterns.voters))
    odds = _logit(chances.prior)[patterns.finding]
    odds += (_word_odds(chances.words)[finding, voters, patterns.said] * heard).sum(1)
    odds += _voting_odds(chances.coverage, repeats)[finding, voters, (patterns.said >= 0).astype(int)].sum(1)
    return _known(patterns, 1 / (1 + np.exp(-odds.clip(-30, 30))))


def _known(patterns: VotePatterns, present: Floats) -> Floats:
    return np.where(patterns.known, patterns.truth, present)


def _chances(patterns: VotePatterns, present: Floats) -> _Chances:
    """Return the chances that fit best to what is probably present: the M step."""
    here, all_ = patterns.total(patterns.count * present), patterns.total(patterns.count)
    mean = here.sum() / all_.sum()
    prior = np.append((here + PRIOR * mean) / (all_ + PRIOR), mean)
    spoken = patterns.tally(patterns.count)
    if len(patterns.voters) < LEAST_KINDS and not patterns.known.any():
        return _Chances(prior, _claimed_words(spoken, patterns.claim), _plain_coverage(spoken, all_))
    taught = patterns.count if len(patterns.voters) >= LEAST_KINDS else patterns.count * patterns.known
    sides = [taught * (1 - present), taught * present]
    said = np.stack([patterns.tally(side) for side in sides], 2)
    asked = np.stack([patterns.total(side) for side in sides], 1)
    claimed = _scaled(spoken.sum(0)[:, None] * _both(patterns.claim, 1))
    pooled = _scaled(said.sum(0) + CLAIMED * claimed)
    words = np.concatenate([_scaled(said + POOLED * pooled), pooled[None]])
    return _Chances(prior, words, _coverage(said.sum(-1), asked))


def _claimed_words(spoken: Floats, claim: Floats) -> Floats:
    """Return the chances of words by which each word makes as likely what it claims."""
    everywhere = spoken.sum(0)
    usual = spoken + POOLED * everywhere / everywhere.sum(-1, keepdims=True)
    return _scaled(np.concatenate([usual, everywhere[None]])[:, :, None] * _both(claim, 1))


def _plain_coverage(spoken: Floats, asked: Floats) -> Floats:
    """Return the chance that a voter votes, the same whether the finding is present or not."""
    voted = spoken.sum(-1)
    share = np.concatenate([voted / asked[:, None], voted.sum(0, keepdims=True) / asked.sum()])
    return np.stack([share, share], -1)


def _coverage(voted: Floats, asked: Floats) -> Floats:
    """Return the chance that a voter votes; what its silence tells is drawn to what it tells on all findings."""
    overall = (voted.sum(0) + 1) / (asked.sum(0) + 2)
    tells = overall / ((voted.sum((0, 2)) + 1) / (asked.sum() + 2))[:, None]
    usual = (voted.sum(-1) + 1) / (asked.sum(-1) + 2)[:, None]
    expected = np.minimum(usual[:, :, None] * tells, 1)
    return np.concatenate([(voted + POOLED * expected) / (asked[:, None] + POOLED), overall[None]])


def _shares(voted: Floats, repeats: Floats) -> Floats:
    """Return the share of each voter that repeats none of the better ones that vote: a product over them."""
    shares: Floats = np.exp(voted @ np.log1p(-repeats))
    return shares


def _word_odds(words: Floats) -> Floats:
    """Return the log odds that each word gives, (findings, voters, words)."""
    odds: Floats = np.log(words[:, :, 1] / words[:, :, 0])
    return odds


def _voting_odds(coverage: Floats, repeats: Floats) -> Floats:
    """Return the log odds that silence and voting give, less what repeats, (findings, voters, 2)."""
    chance = np.log(_both(coverage.clip(1e-4, 1 - 1e-4), -1))
    odds: Floats = (chance[:, :, 1] - chance[:, :, 0]) * _shares(np.ones(len(repeats[1])), repeats[1])[
        :, None
    ]
    return odds


def _both(chance: Floats, axis: int) -> Floats:
    """Return the chances that something is not so, and is so, along a new axis."""
    return np.stack([1 - chance, chance], axis)


def _scaled(chances: Floats) -> Floats:
    """Return chances that sum to 1 over the last axis, none of them 0."""
    scaled: Floats = (chances + 1e-6) / (chances + 1e-6).sum(-1, keepdims=True)
    return scaled


def _logit(chance: Floats) -> Floats:
    clipped = chance.clip(1e-4, 1 - 1e-4)
    odds: Floats = np.log(clipped / (1 - clipped))
    return odds

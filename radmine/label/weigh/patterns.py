"""The votes of many reports, counted: equal patterns of votes on a finding stand once, with how often they came."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from radmine.errors import InputError
from radmine.label.weigh.combine import speakers, weighed
from radmine.records import Vote

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Votes: TypeAlias = Mapping[str, Sequence[Vote]]  # on each finding of a report

# The word of a vote is the step in which its probability lies; the rules' .95, .5 and .03 are at no edge.
EDGES = (0.015, 0.06, 0.2, 0.4, 0.6, 0.8, 0.94, 0.985)
WORDS = len(EDGES) + 1
UNDECIDED = WORDS // 2
_BITS = 4  # of one voter in the code of a pattern: 0 where it is silent, else 1 + its word


@dataclass(frozen=True, eq=False)
class VotePatterns:
    """Distinct patterns of votes on a finding, in an order that does not depend on that of the reports."""

    voters: tuple[str, ...]  # kinds
    findings: tuple[str, ...]
    finding: Integers  # (patterns,)
    said: Integers  # (patterns, voters): the word, -1 where silent
    truth: Floats  # (patterns,): 0 or 1, NaN where it is not known
    count: Floats  # (patterns,)
    claim: Floats  # (voters, words): the mean probability of votes that say a word

    @cached_property
    def voted(self) -> Floats:
        """1 where a voter votes, else 0; (patterns, voters)."""
        return (self.said >= 0).astype(np.float64)

    @cached_property
    def claimed(self) -> Floats:
        """The probability of each vote, 0 where there is none; (patterns, voters)."""
        claimed: Floats = self.claim[np.arange(len(self.voters)), self.said] * self.voted
        return claimed

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """Whether the truth of a pattern is known; (patterns,)."""
        return ~np.isnan(self.truth)

    def total(self, weight: Floats) -> Floats:
        """Return the sum of a weight of the patterns for each finding, (findings,)."""
        return np.bincount(self.finding, weight, len(self.findings)).astype(np.float64)

    def tally(self, weight: Floats) -> Floats:
        """Return the sum of a weight of the patterns for each word of each voter, (findings, voters, words)."""
        tallies = []
        for said in self.said.T:
            cast = said >= 0
            cells = self.finding[cast] * WORDS + said[cast]
            tallies.append(np.bincount(cells, weight[cast], len(self.findings) * WORDS).reshape(-1, WORDS))
        return np.stack(tallies, 1).astype(np.float64)


def count_votes(items: Iterable[Votes], truth: Iterable[Mapping[str, bool]] | None) -> VotePatterns:
    """Return the patterns of the votes on the findings of reports, each vote counted for its kind of voter.

    Raises
    ------
    InputError
        There are no votes, or not as many truths as reports.
    """
    voters: dict[str, int] = {}
    claims: dict[int, list[float]] = {}  # number and sum of the probabilities of a voter's word
    counts: dict[tuple[str, int, int], int] = {}
    for item, true in _pairs(items, truth):
        for finding, votes in item.items():
            code = 0
            for voter, vote in speakers(votes).items():
                chance = weighed(vote)
                word = (1 + bisect_right(EDGES, chance)) << _BITS * voters.setdefault(voter, len(voters))
                code |= word
                claim = claims.setdefault(word, [0, 0.0])
                claim[0] += 1
                claim[1] += chance
            if code:
                known = true.get(finding)
                key = finding, -1 if known is None else int(known), code
                counts[key] = counts.get(key, 0) + 1
    if not counts:
        raise InputError("There are no votes to learn from.", do="Let voters vote first.")
    findings = sorted({finding for finding, _, _ in counts})
    place = {name: i for i, name in enumerate(findings)}
    names = sorted(voters)
    said = np.empty((len(counts), len(names)), np.int64)
    claim_of = np.tile(np.convolve((0, *EDGES, 1), (0.5, 0.5), "valid"), (len(names), 1))
    for v, name in enumerate(names):
        shift, mask = _BITS * voters[name], (1 << _BITS) - 1
        said[:, v] = [(code >> shift & mask) - 1 for _, _, code in counts]
        for word in range(WORDS):
            number, total = claims.get((1 + word) << shift, (0, 0.0))
            if number:
                claim_of[v, word] = total / number
    finding_of = np.array([place[finding] for finding, _, _ in counts])
    true_of = np.array([known for _, known, _ in counts])
    order = np.lexsort((*said.T, true_of, finding_of))
    return VotePatterns(
        tuple(names),
        tuple(findings),
        finding_of[order],
        said[order],
        np.where(true_of < 0, np.nan, true_of)[order],
        np.array(list(counts.values()), np.float64)[order],
        claim_of,
    )


def _pairs(
    items: Iterable[Votes], truth: Iterable[Mapping[str, bool]] | None
) -> Iterator[tuple[Votes, Mapping[str, bool]]]:
    if truth is None:
        nothing: Mapping[str, bool] = {}
        yield from ((item, nothing) for item in items)
        return
    for item, true in zip_longest(items, truth):
        if item is None or true is None:
            raise InputError(
                "There are not as many truths as reports.", where="truth", do="Give one for each report."
            )
        yield item, true

"""Which voters repeat each other, learnt without truth: `learn_dependence`."""

from typing import NamedTuple

import numpy as np

from radmine.label.weigh.patterns import Floats, Integers, VotePatterns

ENOUGH = 100  # votes with known truth that tell more than all those without
SUSPICION = 3  # the higher, the less voters that agree are believed when they vouch for each other
CLAIM = 0.1  # what a voter's own claim counts against its correlation with a voter that is always right
CHANCE = 2.0  # standard errors of a correlation that may be chance
LEAST, MOST = 0.05, 0.97  # of a correlation with the finding
MOST_REPEATED = 0.999
ROUNDS, CLOSE = 200, 1e-4


class Dependence(NamedTuple):
    """How far voters repeat each other, and how good they look by it."""

    repeats: Floats  # (2, voters, voters): the share of a voter (column) that a better one (row) has said: words, voting
    loading: Floats  # (voters,): correlation with the finding


def learn_dependence(patterns: VotePatterns) -> Dependence:
    """Return how far each voter repeats each better one, by what it says (0) and by voting at all (1).

    One hidden cause, the finding, makes the correlation of two voters the product of each one's own with the finding. What
    they share beyond that they have from each other (as in Varma et al., ICML 2019). Where enough truth is known, it
    says both directly. Silence has many causes: all that voters share in it counts as repeated.
    """
    n = len(patterns.voters)
    words, voting, taught = np.eye(n), np.eye(n), np.full((n, n), np.nan)
    together = np.ones((n, n))  # votes
    group, known = patterns.finding, patterns.known
    side = 2 * group[known] + patterns.truth[known].astype(np.int64)
    said, voted, count = patterns.claimed.T, patterns.voted.T, patterns.count
    for j in range(n):
        for k in range(j):
            both = count * voted[j] * voted[k]
            together[j, k] = together[k, j] = max(both.sum(), 1)
            words[j, k] = words[k, j] = _correlation(said[j], said[k], both, group)
            voting[j, k] = voting[k, j] = _correlation(voted[j], voted[k], count, group)
            if both[known].sum() >= ENOUGH:
                taught[j, k] = taught[k, j] = _correlation(said[j][known], said[k][known], both[known], side)
    loading = _loadings(words, _claimed_loadings(patterns))
    for v in range(n):
        alone = count[known] * voted[v][known]
        if alone.sum() >= ENOUGH:
            loading[v] = _correlation(said[v][known], patterns.truth[known], alone, group[known])
    loading = loading.clip(LEAST, MOST)
    rest = np.where(np.isnan(taught), _beyond(words, loading), taught)
    strength = loading / np.sqrt(1 - loading**2)
    rank = np.argsort(np.argsort(-strength, kind="stable"), kind="stable")
    rest[rest < CHANCE / np.sqrt(together)] = 0
    voting[voting < CHANCE / np.sqrt(count.sum())] = 0
    repeats = np.stack([_repeated(rest, strength), _repeated(voting, np.ones(n))])
    return Dependence(repeats * (rank[:, None] < rank), loading)


def _repeated(correlation: Floats, strength: Floats) -> Floats:
    """Return the share of what each voter (column) tells that it tells no more when another (row) is heard.

    `strength` is how far apart a voter holds the two sides, in standard deviations; what two correlated measurements
    tell together is Fisher's (1936) linear discriminant.
    """
    shared = correlation.clip(0, MOST_REPEATED)
    rest = np.maximum(strength - shared * strength[:, None], 0) ** 2 / ((1 - shared**2) * strength**2)
    return (1 - rest).clip(0, MOST_REPEATED)


def _loadings(correlation: Floats, claimed: Floats) -> Floats:
    """Return each voter's correlation with the finding: their products are close to the correlations of most pairs.

    Least squares over pairs, in which those that agree beyond it count less and less. At first all who agree
    are suspected, so that a group of copies cannot pass for the truth.
    """
    loading = claimed.clip(LEAST, MOST)
    beyond = correlation
    for _ in range(ROUNDS):
        before = loading.copy()
        weight = (1 - beyond.clip(0, 1)) ** SUSPICION
        np.fill_diagonal(weight, 0)
        for _ in range(5):
            for v in range(len(loading)):
                best = (weight[v] * loading @ correlation[v] + CLAIM * claimed[v]) / (
                    weight[v] @ loading**2 + CLAIM
                )
                loading[v] = min(max(best, LEAST), MOST)
        beyond = _beyond(correlation, loading)
        if np.abs(loading - before).max() < CLOSE:
            break
    return loading


def _beyond(correlation: Floats, loading: Floats) -> Floats:
    """Return the correlation of voters that is left when the finding is known."""
    rest = np.sqrt(1 - loading**2)
    beyond: Floats = (correlation - np.outer(loading, loading)) / np.outer(rest, rest)
    return beyond


def _claimed_loadings(patterns: VotePatterns) -> Floats:
    """Return each voter's correlation with the finding if its probabilities were right, (voters,)."""
    loadings = []
    for said, voted in zip(patterns.claimed.T, patterns.voted.T, strict=True):
        n = patterns.count * voted
        mean = _mean(said, n, patterns.finding)
        possible = n @ (mean * (1 - mean))
        loadings.append(np.sqrt(n @ (said - mean) ** 2 / possible) if possible else 0.0)
    return np.array(loadings)


def _correlation(x: Floats, y: Floats, n: Floats, group: Integers) -> float:
    """Return the correlation of x and y, each pair counted n times, within groups; 0 where one is constant."""
    x, y = x - _mean(x, n, group), y - _mean(y, n, group)
    scale = np.sqrt((n @ x**2) * (n @ y**2))
    return float(n @ (x * y) / scale) if scale > 1e-9 else 0.0


def _mean(x: Floats, n: Floats, group: Integers) -> Floats:
    """Return the mean of x in the group of each."""
    mean: Floats = (np.bincount(group, n * x) / np.maximum(np.bincount(group, n), 1e-12))[group]
    return mean

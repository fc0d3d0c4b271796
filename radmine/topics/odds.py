"""The findings that a topic speaks of more than the other topics do: `finding_words`, `count_findings`, `topic_findings`."""

from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radmine.parse import makes_label
from radmine.records import STRUCTURE, ReadReport
from radmine.topics.words import DENIED

MOST = 5  # findings of a topic
LEAST = 2.0  # standard deviations

Floats = NDArray[np.float64]


def finding_words(read: ReadReport, sentences: Collection[int] | None = None) -> frozenset[str]:
    """Return what a report says of its patient's findings now: each present or possible one by its name, one that is only
    denied as "no_NAME".

    A finding counts once however often it is named, and as there if any sentence says that it is or may be: a possible
    finding is among the words of the topics by its name as well.

    Parameters
    ----------
    sentences
        The sentences that are read; None: all of the sections that make labels.
    """
    said = [
        mention
        for mention in read.mentions
        if mention.finding != STRUCTURE
        and mention.of_patient_now
        and (sentences is None or mention.sentence in sentences)
        and makes_label(read.section_of(mention))
    ]
    there = {mention.finding for mention in said if not mention.is_denied}
    denied = {mention.finding for mention in said if mention.is_denied} - there
    return frozenset(there | {DENIED + finding for finding in denied})


def count_findings(items: Iterable[tuple[int, Iterable[str]]], topics: int) -> tuple[Floats, tuple[str, ...]]:
    """Return how many of the reports (or sentences) of each topic say a word of a finding, `(topics, words)`, and the words.

    A report counts for its strongest topic alone: the odds compare counts of groups that share no report, which parts of a
    report in several topics would not be.

    Parameters
    ----------
    items
        Of each report its strongest topic and its words (see `finding_words`).
    topics
        How many topics there are.
    """
    columns: dict[str, Floats] = {}
    for topic, words in items:
        for word in words:
            columns.setdefault(word, np.zeros(topics))[topic] += 1
    names = tuple(sorted(columns))
    return np.stack([columns[name] for name in names], axis=1) if names else np.zeros((topics, 0)), names


def log_odds(counts: ArrayLike, *, prior: float) -> Floats:
    """Return how much more each topic says each word than all other topics do, in standard deviations, `(topics, words)`.

    The log-odds ratio with an informative Dirichlet prior: Monroe, Colaresi, Quinn, "Fightin' Words", Political Analysis
    16 (2008). The prior shares out its counts as the words are shared out in all topics together, so that a rare word needs
    more than one report to stand out. A word that nothing is counted of, or that stands alone, has 0.

    Parameters
    ----------
    counts
        How often each topic says each word.
    prior
        How many counts the prior is worth in each topic and in its opposite; above 0.
    """
    own = np.asarray(counts, np.float64)
    total = own.sum(axis=0)
    everything = total.sum()
    known = (total > 0) & (total < everything)
    result = np.zeros_like(own)
    if not known.any():
        return result
    added = prior * total[known] / everything  # of each word
    parts = []
    for said in (own, total - own):
        words = said[:, known] + added
        parts.append((np.log(words) - np.log(said.sum(axis=1, keepdims=True) + prior - words), 1 / words))
    (here, spread_here), (there, spread_there) = parts
    result[:, known] = (here - there) / np.sqrt(spread_here + spread_there)
    return result


def topic_findings(
    counts: ArrayLike, names: Sequence[str]
) -> list[tuple[tuple[str, ...], tuple[float, ...]]]:
    """Return for each topic the findings that it over-represents, most first, and by how many standard deviations.

    At most `MOST`, of at least `LEAST`. The prior is worth as much as a topic of mean size.

    Parameters
    ----------
    counts, names
        As `count_findings` returns them.
    """
    table = np.asarray(counts, np.float64)
    odds = log_odds(table, prior=max(1.0, table.sum() / max(1, len(table))))
    found = []
    for row in odds:
        best = [i for i in np.argsort(-row, kind="stable")[:MOST].tolist() if row[i] >= LEAST]
        found.append((tuple(names[i] for i in best), tuple(round(float(row[i]), 2) for i in best)))
    return found

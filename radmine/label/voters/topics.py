"""The voter "topics:mixture": how likely a finding is in a report that speaks of these topics.

It infers the topics of a report with the corpus' own model, of which it keeps a copy, so that it votes in `label_report` as
in the stage. It is a weak voter that knows little: it says nothing of findings that the topics do not tell apart, nor
where it is in doubt, nor of a report without a word that the model knows; and nothing of a finding that the report does not
name: all that it once added so on the development part of Open-i was wrong (`scripts/results/topic_voter.md`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from radmine.errors import InputError
from radmine.label.voters.folds import fold_of, out_of_fold
from radmine.label.voters.text_model import expit
from radmine.label.voters.words import named_findings, often, votes_on
from radmine.models import SavedModel, copy_model, load_model, save_model
from radmine.records import ReadReport, Vote
from radmine.topics import load_topics

if TYPE_CHECKING:
    from radmine.topics import TopicModel

VOTER = "topics:mixture"
KIND = "topic voter of three levels"
FOLDS = 5
# On reports that it was not fitted on; of a finding told apart worse than that it says nothing.
LEAST_AUC = 0.8
SURE = 2 / 3
Floats = NDArray[np.float64]


class TopicVoter:
    """A logistic regression for each finding over the logarithms of a report's topic weights."""

    def __init__(
        self,
        topics: "TopicModel",
        names: Sequence[str],
        weights: NDArray[np.float32],
        bias: NDArray[np.float32],
    ) -> None:
        self.topics = topics
        self.known = frozenset(topics.words)
        self.names = tuple(names)
        self.weights = weights  # (names, topics)
        self.bias = bias  # (names,)

    def __call__(self, read: ReadReport) -> Iterator[tuple[str, Vote]]:
        """Yield the votes on a report."""
        row = features(self.topics, self.known, read)
        if row is not None:
            chances = expit(self.weights @ row + self.bias).tolist()
            yield from _votes(read, dict(zip(self.names, chances, strict=True)))

    def save(self, folder: Path, topics: Path) -> None:
        """Write it into a folder, with a copy of the topic model of another."""
        save_model(
            folder,
            kind=KIND,
            facts={"names": self.names},
            arrays={"weights": self.weights, "bias": self.bias},
            fill=lambda made: copy_model(topics, made / "topics"),
        )


def features(topics: "TopicModel", known: frozenset[str], read: ReadReport) -> Floats | None:
    """Return the logarithms of a report's topic weights, None where the model knows none of its words."""
    words = [word for sentence in topics.words_of(read) for word in sentence if word in known]
    return np.log(np.asarray(topics.mixture_of(words)) + 1e-3) if words else None


def _votes(read: ReadReport, chances: Mapping[str, float]) -> Iterator[tuple[str, Vote]]:
    """Yield the votes that chances make on the findings that a report names."""
    named = named_findings(read)
    yield from votes_on(read, {f: chance for f, chance in chances.items() if f in named}, VOTER, sure=SURE)


def load_topic_voter(folder: Path) -> TopicVoter:
    """Return the voter of a folder; raises CorpusError where it holds none."""
    make = "radmine voters train NAME --voter topics"
    return load_model(folder, kind=KIND, make=make, build=_topic_voter)


def _topic_voter(saved: SavedModel) -> TopicVoter:
    return TopicVoter(load_topics(saved.folder / "topics"), saved.facts["names"], **saved.arrays())


class TopicLesson(NamedTuple):
    """A topic voter, with its votes on the reports it was fitted on, made as if it had not seen them."""

    voter: TopicVoter
    votes: list[list[tuple[str, Vote]]]


def train_topic_voter(
    reports: Sequence[ReadReport], present: Sequence[frozenset[str]], topics: Path
) -> TopicLesson:
    """Return the voter that learns which topics go with a finding.

    Parameters
    ----------
    present
        For each report the findings that are there.
    topics
        The folder of the topic model.

    Raises
    ------
    CorpusError
        The folder holds no topic model.
    InputError
        The topics tell no finding apart.
    """
    from sklearn.metrics import roc_auc_score

    model = load_topics(topics)
    words = frozenset(model.words)
    found = [(i, features(model, words, read)) for i, read in enumerate(reports)]
    known = [i for i, row in found if row is not None]
    matrix = np.array([row for _, row in found if row is not None], np.float64)
    fold = [fold_of(reports[i].text, FOLDS) for i in known]
    kept: list[tuple[str, NDArray[np.float32], float, Floats]] = []
    for name in often([present[i] for i in known]):
        target = np.array([name in present[i] for i in known])
        chances = _unseen(matrix, target, fold)
        if roc_auc_score(target, chances) >= LEAST_AUC:
            weights, bias = _fit(matrix, target)
            kept.append((name, weights.astype(np.float32), bias, chances))
    if not kept:
        raise InputError(
            "The topics tell no finding apart.",
            where="topics",
            do="Train on more reports, or leave the topic voter out.",
        )
    names = [name for name, *_ in kept]
    voter = TopicVoter(
        model, names, np.array([w for _, w, *_ in kept]), np.array([b for *_, b, _ in kept], np.float32)
    )
    votes: list[list[tuple[str, Vote]]] = [[] for _ in reports]
    for place, i in enumerate(known):
        chances_here = {name: float(chances[place]) for name, *_, chances in kept}
        votes[i] = list(_votes(reports[i], chances_here))
    return TopicLesson(voter, votes)


def _fit(matrix: Floats, target: NDArray[np.bool_]) -> tuple[Floats, float]:
    """Return the weights and the bias of a logistic regression."""
    from sklearn.linear_model import LogisticRegression

    # Few columns, many rows: Newton's method takes six steps where l-bfgs takes hundreds.
    fitted = LogisticRegression(solver="newton-cholesky").fit(matrix, target)
    return fitted.coef_[0], float(fitted.intercept_[0])


def _unseen(matrix: Floats, target: NDArray[np.bool_], fold: Sequence[int]) -> Floats:
    """Return the chances that regressions give which were fitted without the row's fold."""

    def fit(places: list[int]) -> Callable[[int], float]:
        if target[places].all() or not target[places].any():
            return lambda _: float(target[places].all())
        weights, bias = _fit(matrix[places], target[places])
        chances = expit(matrix @ weights + bias)
        return lambda i: float(chances[i])

    found = dict(out_of_fold(fit, fold))
    return np.array([found[i] for i in range(len(target))])

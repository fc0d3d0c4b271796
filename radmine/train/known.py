"""What a network said of images beside what is true of them: `known_of` of its own corpus, `known_elsewhere` of another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.models import model_facts
from radmine.pixels import open_pixels
from radmine.train.groups import read_groups
from radmine.train.measure import temperature
from radmine.train.model import MODEL, load_model, predict_stored
from radmine.train.predictions import Predicted, read_predictions
from radmine.train.targets import Cases, Target, read_cases, read_target


@dataclass(frozen=True, slots=True)
class Known:
    """What was said of one target and what is true, by row: an image of the validation or the test part."""

    target: Target  # its values by row
    said: NDArray[np.float32]  # (rows, classes)
    parts: NDArray[np.object_]
    image_ids: tuple[str, ...]
    patients: tuple[str, ...]
    groups: Mapping[str, Sequence[str | None]]  # by row; of findings alone
    majority: int  # the commonest class of the training part

    def temperature(self) -> float:
        """Return the temperature that fits the validation part."""
        here = self.parts == "validation"
        return temperature(self.said[here], self.target.values[here], several=self.target.is_multilabel)

    def of(self, part: str, column: int) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.bool_]]:
        """Return the rows of a part of which a class is known, what was said of it and what is true."""
        truth = self.target.values[:, column]
        rows = np.flatnonzero((self.parts == part) & ~np.isnan(truth))
        return rows, self.said[rows, column], truth[rows] > 0.5


def known_of(corpus: Corpus) -> Iterator[Known]:
    """Yield each target of the network of a corpus, by its stored predictions and the labels that the corpus has now.

    Raises
    ------
    InputError
        There is no network, or no predictions of it.
    """
    predicted, facts = read_predictions(corpus), model_facts(corpus.folder / MODEL)
    if not predicted or facts is None:
        raise InputError(
            "There are no predictions: no network was trained yet, or it had nothing to be tested on.",
            where=corpus.name,
            do=f"Run `radmine run {corpus.name} --through train`.",
        )
    cases = read_cases(corpus, corpus.read("pixels", columns=["image_id"]).column(0).to_pylist())
    for name, said in predicted.items():
        target = truth_of(corpus, name, facts["targets"][name], facts["settings"], cases)
        training = np.nansum(target.values[cases.rows("train")], axis=0)
        yield _beside(corpus, said, target, cases, int(training.argmax()))


def known_now(
    corpus: Corpus,
    targets: Sequence[Target],
    predicted: Mapping[str, Mapping[str, NDArray[np.float32]]],
    rows: Mapping[str, NDArray[np.int64]],
    cases: Cases,
) -> Iterator[Known]:
    """Yield each target of a network that was just trained, before its predictions stand in a table.

    Parameters
    ----------
    corpus
        Of which the groups of images are read.
    targets
        What was learned, by row of `cases`.
    predicted
        By part (validation, test), then by target: probabilities of the rows, shape (rows, classes).
    rows
        By part, train too.
    cases
        All images.
    """
    parts = tuple(part for part, said in predicted.items() for _ in range(len(rows[part])))
    ids = tuple(cases.image_ids[row] for part in predicted for row in rows[part])
    for target in targets:
        said = np.concatenate([said[target.name] for said in predicted.values()])
        majority = int(np.nansum(target.values[rows["train"]], axis=0).argmax())
        yield _beside(corpus, Predicted(ids, parts, said), target, cases, majority)


def known_elsewhere(corpus: Corpus, other: Corpus, *, device: str = "auto") -> Iterator[Known]:
    """Yield each target of the network of a corpus: the validation part of that corpus, and as test part all images of another.

    Nothing is learned or chosen on the other corpus. Classes that none of its images has are not known there.

    Raises
    ------
    InputError
        There is no network, no image in the other corpus, or it is the same one.
    """
    if other.folder.resolve() == corpus.folder.resolve():
        raise InputError(
            "A network is not tested elsewhere on its own corpus.",
            where=corpus.name,
            do="Name another corpus, or leave --on out.",
        )
    store = open_pixels(other)
    read = read_cases(other, store)
    if not read.image_ids:
        raise InputError(
            "There are no pixels to test a network on.",
            where=other.name,
            do=f"Run `radmine run {other.name} --through pixels`.",
        )
    # All its images tell which classes it has; none is learned from.
    cases = replace(read, parts=("train",) * len(read.parts))
    model = load_model(corpus.folder / MODEL, device=device)
    ids = cases.image_ids
    predicted = predict_stored(model, store, ids)
    for known in known_of(corpus):
        name = known.target.name
        settings = {**model.facts.settings, "min_positives": 1}
        target = truth_of(other, name, known.target.classes, settings, cases)
        said = Predicted(ids, ("test",) * len(ids), predicted[name])
        yield _joined(known, _beside(other, said, target, cases, known.majority))


def truth_of(
    corpus: Corpus, name: str, classes: Sequence[str], settings: Mapping[str, Any], cases: Cases
) -> Target:
    """Return a target as the labels of a corpus have it now, its classes in the order of a model's; NaN where one is not known.

    Parameters
    ----------
    classes
        Those of the model.
    settings
        Of its training.
    cases
        The images.
    """
    target = read_target(
        corpus,
        name,
        cases,
        least=int(settings["min_positives"]),
        uncertain=settings["uncertain"],
        implied=settings["implied"],
    )
    place = {c: i for i, c in enumerate(target.classes)}
    if not target.has_classes:
        return Target(name, tuple(classes), target.values)
    values = np.full((len(cases.image_ids), len(classes)), np.nan, np.float32)
    for column, class_name in enumerate(classes):
        if class_name in place:
            values[:, column] = target.values[:, place[class_name]]
    if not target.is_multilabel:
        one = np.nansum(values, axis=1) == 1
        values = np.where(one[:, None], np.nan_to_num(values), np.float32(np.nan))
    return Target(name, tuple(classes), values)


def _beside(corpus: Corpus, said: Predicted, target: Target, cases: Cases, majority: int) -> Known:
    """Return predictions beside the truth, of the images that the corpus still has."""
    place = {i: row for row, i in enumerate(cases.image_ids)}
    rows = [row for row, i in enumerate(said.image_ids) if i in place]
    at = np.array([place[said.image_ids[row]] for row in rows], np.int64)
    ids = [cases.image_ids[row] for row in at]
    return Known(
        replace(target, values=target.values[at]),
        said.probabilities[rows],
        np.array([said.parts[row] for row in rows], dtype=object),
        tuple(ids),
        tuple(cases.patients[row] for row in at),
        read_groups(corpus, ids) if target.is_multilabel else {},
        majority,
    )


def _joined(own: Known, other: Known) -> Known:
    """Return the validation part of one and the test part of another; patients of both of one name are two."""
    here, there = np.flatnonzero(own.parts == "validation"), np.flatnonzero(other.parts == "test")
    return Known(
        replace(own.target, values=np.concatenate((own.target.values[here], other.target.values[there]))),
        np.concatenate((own.said[here], other.said[there])),
        np.concatenate((own.parts[here], other.parts[there])),
        (*(own.image_ids[i] for i in here), *(other.image_ids[i] for i in there)),
        (*(f"own {own.patients[i]}" for i in here), *(f"other {other.patients[i]}" for i in there)),
        {
            name: [*(values[int(i)] for i in here), *(other.groups[name][int(i)] for i in there)]
            for name, values in own.groups.items()
        },
        own.majority,
    )

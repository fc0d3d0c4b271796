"""How a training went: `facts_of_training` in words, `course_plots` as curves."""

import csv
from collections.abc import Iterable

from radmine.corpus import Corpus
from radmine.files import read_bytes
from radmine.show.svg import Points, lines_svg
from radmine.train import COURSE, MODEL


def facts_of_training(corpus: Corpus) -> str:
    """Return what came of a training, its best epoch, why it ended and where it ran."""
    manifest = corpus.manifest("train")
    notes = manifest.notes if manifest else {}
    facts = [str(notes.get("outcome", "")), f"best epoch {notes.get('best_epoch', '?')}"]
    facts += [str(notes.get("stopped", "")), str(notes.get("device", ""))]
    return "; ".join(filter(None, facts))


def course_plots(corpus: Corpus) -> str:
    """Return loss and AUC by epoch as SVG."""
    rows = _rows(corpus, COURSE)
    names = {"loss": "training", "validation_loss": "validation"}
    losses = {name: _points(rows, column) for column, name in names.items()}
    auc = {"validation": _points(rows, "validation_auc")}
    plots = (
        (losses, "Loss", "loss", None),
        (auc, "AUC on the validation part", "AUC", (0.0, 1.0)),
    )
    drawn = []
    for lines, title, y, bounds in plots:
        known = {name: points for name, points in lines.items() if points}
        if known:
            drawn.append(lines_svg(known, title=title, x="epoch", y=y, bounds=bounds))
    return "".join(drawn)


def _rows(corpus: Corpus, file: str) -> list[dict[str, str]]:
    path = corpus.folder / MODEL / file
    return list(csv.DictReader(read_bytes(path).decode().splitlines())) if path.exists() else []


def _points(rows: Iterable[dict[str, str]], column: str) -> Points:
    return [(float(row["epoch"]), float(row[column])) for row in rows if row[column]]

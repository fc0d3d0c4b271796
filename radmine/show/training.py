"""How a training went and what came of it, as a page of HTML with curves: `training_html`."""

import csv
from collections.abc import Iterable
from html import escape

from radmine.corpus import Corpus
from radmine.files import read_bytes
from radmine.records import Score
from radmine.show.scores import measure
from radmine.show.svg import Points, lines_svg
from radmine.show.visible import visible
from radmine.train import COURSE, MODEL, ROC

_STYLE = """
body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem; color: #111; background: #fff }
table { border-collapse: collapse; margin: 1rem 0 2rem }
th, td { text-align: left; padding: 0.2rem 0.8rem 0.2rem 0; border-bottom: 1px solid #ddd }
.curves svg { display: inline-block }
"""


def training_html(corpus: Corpus) -> str:
    """Return a page with the course of the training of a corpus, the scores on its test part, and a ROC curve of each class.

    The page needs no other file.
    """
    manifest = corpus.manifest("train")
    notes = manifest.notes if manifest else {}
    facts = [str(notes.get("outcome", "")), f"best epoch {notes.get('best_epoch', '?')}"]
    facts += [str(notes.get("stopped", "")), str(notes.get("device", ""))]
    scores: list[Score] = list(corpus.records("scores"))
    title = f"Training of {corpus.name}"
    return visible(
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body>\n<h1>{escape(title)}</h1>\n"
        f"<p>{escape('; '.join(filter(None, facts)))}</p>\n<div class='curves'>\n{_course(corpus)}</div>\n"
        f"<h2>Scores on the test part</h2>\n{_table(scores)}"
        f"<h2>ROC curves, all test images</h2>\n<div class='curves'>\n{''.join(_rocs(corpus, scores))}</div>\n"
        "</body>\n</html>\n"
    )


def _course(corpus: Corpus) -> str:
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


def _rocs(corpus: Corpus, scores: Iterable[Score]) -> Iterable[str]:
    values = {s.subject: measure(s.value, s.low, s.high) for s in scores if s.metric == "auc"}
    curves: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for row in _rows(corpus, ROC):
        point = float(row["false_positive_rate"]), float(row["true_positive_rate"])
        curves.setdefault((row["target"], row["class"]), []).append(point)
    for (target, name), points in curves.items():
        what = f"{name} {values.get(name, '')}".strip() if target == "labels" else f"{target}: {name}"
        yield lines_svg({"": points}, title=what, x="false positives", y="found", unit=True, size=140)


def _rows(corpus: Corpus, file: str) -> list[dict[str, str]]:
    path = corpus.folder / MODEL / file
    return list(csv.DictReader(read_bytes(path).decode().splitlines())) if path.exists() else []


def _points(rows: Iterable[dict[str, str]], column: str) -> Points:
    return [(float(row["epoch"]), float(row[column])) for row in rows if row[column]]


def _table(scores: Iterable[Score]) -> str:
    def line(cells: Iterable[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>\n"

    heads = line(("subject", "metric", "value, 95 %", "n", "note"), "th")
    body = (
        line((s.subject, s.metric, measure(s.value, s.low, s.high), str(s.n), s.note or ""), "td")
        for s in scores
    )
    return f"<table>\n{heads}{''.join(body)}</table>\n"

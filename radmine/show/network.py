"""How good the image network of a corpus is, as a page of HTML: `network_html`."""

from collections.abc import Iterable, Sequence
from html import escape

from radmine.corpus import Corpus
from radmine.plots import lines_svg
from radmine.records import Score
from radmine.show.located import HEADS, located_rows, located_words
from radmine.show.scores import measure
from radmine.show.svg import reliability_svg
from radmine.show.training import course_plots, facts_of_training
from radmine.show.visible import visible
from radmine.train import (
    SHOWN,
    Classed,
    Estimate,
    Evaluation,
    Found,
    Grouped,
    Localisation,
    Numbered,
    largest_gaps,
)

_STYLE = """
body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem; color: #111; background: #fff }
table { border-collapse: collapse; margin: 1rem 0 2rem }
th, td { text-align: left; padding: 0.2rem 0.8rem 0.2rem 0; border-bottom: 1px solid #ddd; vertical-align: top }
td.hit { background: #dcebf7 }
.curves svg { display: inline-block }
figure { margin: 0 0 1rem; break-inside: avoid }
h2, h3 { break-after: avoid }
tr { break-inside: avoid }
.wide { overflow-x: auto }
@media print { body { margin: 0; font-size: 11px } .wide { overflow: visible } }
"""
_SMALL = 140  # pixels a side of a finding's curves
_NAMES = {
    "auc": "AUC",
    "average_precision": "average precision",
    "ppv": "PPV",
    "npv": "NPV",
    "f1": "F1",
    "top5_accuracy": "right among five",
    "majority_accuracy": "always the commonest",
}


def network_html(
    corpus: Corpus,
    evaluation: Evaluation | None,
    scores: Sequence[Score] = (),
    places: Localisation | None = None,
) -> str:
    """Return a page with what is known of how good a corpus is: its network by finding, class and group, and its stages.

    The page needs no other file. All text from outside is escaped.

    Parameters
    ----------
    corpus
        Of which the course of the training is shown.
    evaluation
        Of its network; None without one.
    scores
        Of the stages, against what is known to be true.
    places
        How often its heat maps lie where findings are.
    """
    title = f"Evaluation of {corpus.name}"
    if evaluation is not None and evaluation.on:
        title += f" on {evaluation.on}"
    body = ""
    if evaluation is not None:
        body += f"<h2>Image network</h2>\n<p>The training: {escape(facts_of_training(corpus))}</p>\n{_said(evaluation)}"
        body += _findings(evaluation) + _groups(evaluation.groups) + _classes(evaluation.classes)
        body += _numbers(evaluation.numbers)
        body += f"<h2>Course of the training</h2>\n<div class='curves'>\n{course_plots(corpus)}</div>\n"
        rows = [] if evaluation.on else list(corpus.records("scores"))
        if rows:
            body += "<h2>Scores as the training wrote them</h2>\n" + _scores(rows)
    body += _located(places)
    if scores:
        body += "<h2>Stages, against what is known to be true</h2>\n" + _scores(scores)
    return visible(
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body>\n<h1>{escape(title)}</h1>\n{body}</body>\n</html>\n"
    )


def _located(places: Localisation | None) -> str:
    if places is None:
        return ""
    words = "".join(f"<p>{escape(line)}</p>\n" for line in located_words(places))
    return f"<h2>Heat maps beside boxes</h2>\n{words}{_table(HEADS, located_rows(places))}"


def _said(evaluation: Evaluation) -> str:
    warmth = evaluation.temperature
    where = "the test part" if evaluation.on is None else f"all images of the corpus {evaluation.on}"
    words = (
        f"All numbers are of {where}, against the labels of the images, which were read from reports where nobody decided. "
        "Intervals: 95 %, by a bootstrap over patients (1,000 draws). "
    )
    if evaluation.findings:
        words += f"Thresholds: {evaluation.chosen_by}. "
    if warmth is not None:
        words += f"Temperature of the findings, fitted on validation: {warmth:.2f} (1: as it was said; more: it was too sure). "
    return f"<p>{escape(words.strip())}</p>\n"


def _numbers(numbers: Sequence[Numbered]) -> str:
    if not numbers:
        return ""
    rows = ((x.target, f"{x.n:,}", name, _of(one)) for x in numbers for name, one in x.measures.items())
    said = "<p>Mean absolute error in the unit of the column, R2, Pearson's correlation; of times Harrell's c-index.</p>\n"
    return f"<h2>Numbers and times</h2>\n{said}{_table(('target', 'n', 'measure', 'value'), rows)}"


def _findings(evaluation: Evaluation) -> str:
    if not evaluation.findings:
        return ""
    rows = sorted(
        (f for f in evaluation.findings if f.measures["auc"].value is not None),
        key=lambda f: (f.few, f.measures["auc"].value or 0.0),
    )
    alike = [f.finding for f in evaluation.findings if f.measures["auc"].value is None]
    also = f"<p>All test images are alike in: {escape(', '.join(alike))}.</p>\n" if alike else ""
    if not rows:
        return f"<h2>Findings</h2>\n{also}"
    names = [*rows[0].measures]
    heads = ("finding", "n", "positive", *(_NAMES.get(n, n) for n in names), "threshold")
    body = (
        (
            f.finding,
            f"{f.n:,}",
            f"{f.positives:,}",
            *(_of(f.measures[n]) for n in names),
            _number(f.threshold),
        )
        for f in rows
    )
    few = "<p>Those of fewer than five patients with or without the finding stand last, without intervals.</p>\n"
    out = f"<h2>Findings, the worst first</h2>\n{few}{_table(heads, body)}{also}"
    heads = ("finding", "ECE", "with temperature", "Brier", "with temperature")
    body = ((f.finding, *map(_number, (f.error, f.tempered_error, f.brier, f.tempered_brier))) for f in rows)
    out += f"<h2>Calibration</h2>\n<p>Expected calibration error over ten bins of equal count.</p>\n{_table(heads, body)}"
    sites = [
        (f.finding, site, _number(at), _number(f.threshold)) for f in rows for site, at in f.sites.items()
    ]
    if sites:
        heads = ("finding", "site", "threshold", "of all sites")
        out += "<h2>Thresholds of sites</h2>\n<p>Of those with enough validation images; elsewhere that of all holds.</p>\n"
        out += _table(heads, sites)
    drawn = "".join(_curves(f) for f in rows if not f.few)
    return out + (f"<h2>Curves, of findings with enough patients</h2>\n{drawn}" if drawn else "")


def _curves(found: Found) -> str:
    roc = [(float(x), float(y)) for x, y in found.roc]
    precision = [(float(x), float(y)) for x, y in found.precision_recall]
    dots = []
    sensitivity, specificity = (found.measures[n].value for n in ("sensitivity", "specificity"))
    if sensitivity is not None and specificity is not None:
        dots = [(1 - specificity, sensitivity)]
    plots = (
        lines_svg({"": roc}, title="ROC", x="false positives", y="found", unit=True, dots=dots, size=_SMALL),
        lines_svg(
            {"": precision},
            title="Precision",
            x="found",
            y="precision",
            unit=True,
            diagonal=False,
            size=_SMALL,
        ),
        reliability_svg(found.bins, title="Reliability", size=_SMALL),
    )
    said = f"{found.finding}: AUC {_of(found.measures['auc'])}, {found.positives:,} of {found.n:,}"
    return (
        f"<figure class='curves'><figcaption><b>{escape(said)}</b></figcaption>\n{''.join(plots)}</figure>\n"
    )


def _groups(groups: Sequence[Grouped]) -> str:
    if not groups:
        return ""
    heads = ("finding", "by", "group", "n", "positive", *(_NAMES.get(n, n) for n in SHOWN))
    body = (
        (
            g.finding,
            g.grouping,
            g.group,
            f"{g.n:,}",
            f"{g.positives:,}",
            *((_of(g.measures[n]) for n in SHOWN) if g.measures else ("too few to be computed", "", "")),
        )
        for g in sorted(groups, key=lambda g: (g.grouping, g.finding, g.group))
        if g.measures
    )
    out = "<h2>Groups, at the same threshold</h2>\n"
    small = [g for g in groups if not g.measures]
    if len(small) < len(groups):
        out += _table(heads, body)
    if small:
        counts: dict[tuple[str, str], int] = {}
        for g in small:
            counts[g.grouping, g.group] = counts.get((g.grouping, g.group), 0) + 1
        said = "; ".join(f"{by} {name}: {n:,}" for (by, name), n in counts.items())
        out += (
            f"<p>Not computed, for too few images of either kind (findings by group): {escape(said)}.</p>\n"
        )
    gaps = sorted(largest_gaps(groups).items(), key=lambda item: -item[1])
    if gaps:
        rows = ((f, by, _NAMES.get(name, name), f"{gap:.2f}") for (f, by, name), gap in gaps[:20])
        out += "<h3>Largest gaps between groups</h3>\n" + _table(("finding", "by", "measure", "gap"), rows)
    return out


def _classes(classes: Sequence[Classed]) -> str:
    out = ""
    for c in classes:
        rows = [(_NAMES.get(name, name), _of(one)) for name, one in c.measures.items()]
        rows += [("ECE", _number(c.error)), ("ECE with temperature", _number(c.tempered_error))]
        rows.append(("temperature", _number(c.temperature)))
        out += f"<h2>{escape(c.target)}: {len(c.classes):,} classes, {c.n:,} images</h2>\n"
        out += _table(("measure", "value, 95 %"), rows) + _matrix(c)
        names = [*next(iter(c.each.values()))]
        each = ((name, *(_of(found[n]) for n in names)) for name, found in c.each.items())
        out += "<h3>Each class against all others</h3>\n"
        out += _table(("class", *(_NAMES.get(n, n) for n in names)), each)
        if c.bins:
            out += (
                f"<div class='curves'>{reliability_svg(c.bins, title=f'Reliability of {c.target}')}</div>\n"
            )
    return out


def _matrix(c: Classed) -> str:
    """Return a confusion matrix: a row what is true, a column what was said."""
    heads = "".join(f"<th>{escape(name)}</th>" for name in ("true \\ said", *c.classes))
    lines = [f"<tr>{heads}</tr>\n"]
    for row, name in enumerate(c.classes):
        cells = (
            f"<td{' class=hit' if row == column else ''}>{int(n) or ''}</td>"
            for column, n in enumerate(c.confusion[row])
        )
        lines.append(f"<tr><th>{escape(name)}</th>{''.join(cells)}</tr>\n")
    return f"<div class='wide'><table>\n{''.join(lines)}</table></div>\n"


def _scores(scores: Iterable[Score]) -> str:
    heads = ("stage", "subject", "metric", "value, 95 %", "n", "note")
    rows = (
        (s.stage, s.subject, s.metric, measure(s.value, s.low, s.high), str(s.n), s.note or "")
        for s in scores
    )
    return _table(heads, rows)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    def line(cells: Iterable[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>\n"

    return f"<div class='wide'><table>\n{line(heads, 'th')}{''.join(line(row, 'td') for row in rows)}</table></div>\n"


def _of(one: Estimate) -> str:
    return measure(one.value, one.low, one.high)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"

"""The model card of an image network, written of what is known of it: `write_card`.

Its parts are those of Mitchell et al. 2019, "Model Cards for Model Reporting". No text of a report, no id and no name of a
site stands in it.
"""

import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from radmine.files import write_whole
from radmine.records import Score
from radmine.train.evaluation import Classed, Evaluation, Found
from radmine.train.groups import SHOWN, largest_gaps
from radmine.train.measure import Estimate
from radmine.train.model import ModelFacts
from radmine.train.tasks import CLASS, LABELS, ORDINAL, REGRESSION, has_classes, task_of

CARD = "card.md"
_PACKAGES = ("radmine", "torch", "monai", "onnx", "numpy", "scikit-learn")
_UNNAMED = ("site", "scanner")  # groupings whose groups may name a hospital
_KINDS = {
    LABELS: "findings, several of which may be there",
    CLASS: "classes, one of which holds",
    ORDINAL: "grades from the lowest to the highest, one of which holds",
}
_FEW_CLASSES = 60  # are listed


@dataclass(frozen=True, slots=True)
class Learning:
    """What a card says of how a network was trained."""

    images: Mapping[str, int]  # by part
    patients: Mapping[str, int]
    voters: Mapping[str, int]  # kind of voter -> labels of images that it had a part in
    said: Sequence[str]  # what was not learned, and why
    stopped: str
    device: str


def write_card(
    folder: Path,
    facts: ModelFacts,
    learning: Learning,
    evaluation: Evaluation | None,
    scores: Sequence[Score],
    settings: str,
) -> None:
    """Write the card of a network.

    Parameters
    ----------
    folder
        Of the model.
    facts
        Of the model.
    learning
        How it was trained.
    evaluation
        Of the test part; None without one.
    scores
        As the training wrote them.
    settings
        As TOML.
    """
    parts = (
        _model(facts, learning),
        _use(facts),
        _data(facts, learning),
        "## Results on the test part\n",
        "There is no test part: nothing is known of how good the network is.\n"
        if evaluation is None
        else _results(evaluation, scores),
        _limits(evaluation, learning),
        f"## Settings\n\n```toml\n{settings}```\n",
    )
    write_whole(folder / CARD, "\n".join(parts).encode())


def _model(facts: ModelFacts, learning: Learning) -> str:
    start = "weights learned on ImageNet" if facts.pretrained else "freshly drawn weights"
    kept = "; its trunk stayed as it was, a head was trained on its features" if facts.frozen else ""
    inside = f", layers of {', '.join(map(str, facts.hidden))} before the outputs" if facts.hidden else ""
    lines = [
        f"- Network: {facts.network}, from {start}{kept}{inside}.",
        f"- Takes grey pictures of {facts.size} x {facts.size} pixels, values in [0, 1], normalised by mean {facts.mean:.4f} and standard "
        f"deviation {facts.std:.4f}, {'with' if facts.crop else 'without'} borders and footers cut.",
        f"- Weights of epoch {facts.epoch}, the best on the validation part; it ended as: {learning.stopped}.",
        f"- Trained on {learning.device}",
        f"- Versions: Python {platform.python_version()}, {', '.join(f'{p} {version(p)}' for p in _PACKAGES)}.",
    ]
    for target, classes in facts.targets.items():
        if not has_classes(target):
            kind = (
                "a number in the unit of its column"
                if task_of(target) == REGRESSION
                else "the logarithm of a hazard"
            )
            lines.append(f"- Output `{target}`: {kind}.")
            continue
        kind = _KINDS[task_of(target)]
        listed = f": {', '.join(classes)}" if len(classes) <= _FEW_CLASSES else ""
        lines.append(f"- Output `{target}`, {len(classes):,} {kind}{listed}.")
    return (
        "# Model card of an image network\n\nWritten by radmine of what it knows; nobody has edited it.\n\n## Model\n\n"
        + _lines(lines)
    )


def _use(facts: ModelFacts) -> str:
    lines = [
        "- For research: to search images, to sort them, to propose labels that people check.",
        "- Not for diagnosis or any decision on a patient: it is no medical device, and nobody has tested it as one.",
        "- Not for images of other kinds, hospitals or scanners than it was tested on without a test of one's own "
        "(`radmine evaluate NAME --on OTHER`).",
    ]
    if facts.pretrained:
        lines.append("- Its trunk was learned on ImageNet, whose images are for research.")
    return "## Intended use\n\n" + _lines(lines)


def _data(facts: ModelFacts, learning: Learning) -> str:
    parts = ((part, f"{learning.images[part]:,}", f"{learning.patients[part]:,}") for part in learning.images)
    votes = ", ".join(f"{kind} {count:,}" for kind, count in learning.voters.items()) or "none"
    lines = [
        "- Parts were drawn by patient, or are the source's own where they part patients; identical images are in one part.",
        "- Learned from the training part alone; the validation part chose epoch, thresholds and temperature; the test part was "
        "scored and nothing else.",
        f"- Labels of images by who had a part in them: {votes}. What rules and models read in reports is not the truth: they err.",
        f"- State of the tables learned from: `{facts.learned_from}`; of the lexicon: `{facts.lexicon}`.",
    ]
    return f"## Data\n\n{_table(('part', 'images', 'patients'), parts)}\n{_lines(lines)}"


def _results(evaluation: Evaluation, scores: Sequence[Score]) -> str:
    out = [
        "Against the labels of the images. Intervals: 95 %, by a bootstrap over patients; without one where fewer than five "
        f"patients have the finding or lack it. Thresholds: {evaluation.chosen_by}.\n"
    ]
    findings = [f for f in evaluation.findings if f.measures["auc"].value is not None]
    if findings:
        out += [_findings(findings), _calibration(evaluation, findings)]
    out += [_classes(c) for c in evaluation.classes]
    if evaluation.numbers:
        each = (
            (x.target, name, _of(one), f"{x.n:,}")
            for x in evaluation.numbers
            for name, one in x.measures.items()
        )
        out.append("### Numbers and times\n\n" + _table(("target", "measure", "value", "images"), each))
    new = [s for s in scores if s.metric.endswith("_new") and s.value is not None]
    if new:
        rows = ((s.subject, s.metric, _of(Estimate(s.value, s.low, s.high)), f"{s.n:,}") for s in new)
        out.append(
            "### Without images whose report's text also occurs in training\n\n"
            + _table(("target", "measure", "value", "images"), rows)
        )
    return "\n".join([*out, _groups(evaluation)])


def _findings(findings: Sequence[Found]) -> str:
    names = ("auc", "average_precision", "sensitivity", "specificity")
    rows = (
        (
            f.finding,
            f"{f.n:,}",
            f"{f.positives:,}",
            *(_of(f.measures[n]) for n in names),
            _number(f.threshold),
        )
        for f in findings
    )
    heads = ("finding", "images", "positive", "AUC", "average precision", "sensitivity", "specificity")
    return "### Findings\n\n" + _table((*heads, "threshold"), rows)


def _calibration(evaluation: Evaluation, findings: Sequence[Found]) -> str:
    warmth = _number(evaluation.temperature)
    rows = (
        (f.finding, *map(_number, (f.error, f.tempered_error, f.brier, f.tempered_brier))) for f in findings
    )
    heads = ("finding", "ECE", "with temperature", "Brier", "with temperature")
    said = f"Temperature {warmth}, fitted on the validation part; expected calibration error over ten bins of equal count.\n\n"
    return f"### Calibration\n\n{said}{_table(heads, rows)}"


def _classes(classed: Classed) -> str:
    rows = [(name.replace("_", " "), _of(one)) for name, one in classed.measures.items()]
    rows += [("ECE", _number(classed.error)), ("ECE with temperature", _number(classed.tempered_error))]
    heads = ("measure", "value")
    title = f"### {classed.target}: {len(classed.classes):,} classes, {classed.n:,} images\n\n"
    return title + _table(heads, rows)


def _groups(evaluation: Evaluation) -> str:
    named = [g for g in evaluation.groups if g.measures and g.grouping not in _UNNAMED]
    gaps = sorted(largest_gaps(evaluation.groups).items(), key=lambda item: (-item[1], item[0]))
    if not named and not gaps:
        return "### Groups\n\nNone has enough images of either kind to be measured.\n"
    rows = (
        (g.finding, g.grouping, g.group, f"{g.n:,}", *(_of(g.measures[name]) for name in SHOWN))
        for g in named
    )
    out = "### Groups, at the same threshold\n\n"
    out += _table(("finding", "by", "group", "images", "AUC", "sensitivity", "specificity"), rows)
    if gaps:
        lines = ((finding, by, name, f"{gap:.2f}") for (finding, by, name), gap in gaps[:20])
        out += "\nThe largest gaps between groups; groups of sites and scanners are not named.\n\n"
        out += _table(("finding", "by", "measure", "gap"), lines)
    return out


def _limits(evaluation: Evaluation | None, learning: Learning) -> str:
    lines = [f"- {said[0].upper()}{said[1:]}." for said in learning.said]
    lines.append(
        "- Findings that reports do not mention count as absent; a network may learn what goes along with a finding, such as a "
        "device or a mark, in its place."
    )
    if evaluation is not None:
        few = [f.finding for f in evaluation.findings if f.few and f.measures["auc"].value is not None]
        alike = [f.finding for f in evaluation.findings if f.measures["auc"].value is None]
        if few:
            lines.append(f"- Fewer than five test patients with or without: {', '.join(few)}.")
        if alike:
            lines.append(f"- Not tested, as all test images are alike: {', '.join(alike)}.")
        lines.append("- Tested on the corpus that it was trained on, not elsewhere.")
    return "## Limits\n\n" + _lines(lines)


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"


def _table(heads: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines) + "\n"


def _of(one: Estimate) -> str:
    interval = "" if one.low is None or one.high is None else f" ({one.low:.3f} to {one.high:.3f})"
    return _number(one.value) + interval


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"

"""Whether probabilities hold: of all that is called 80 % likely, is 80 % true? `reliability`, and its plot."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from radmine.errors import InputError


class Bin(NamedTuple):
    """What is called about equally likely, and how much of it is true."""

    low: float
    high: float
    probability: float  # mean of what was said
    true: float  # share that is
    n: int


def reliability(probabilities: Sequence[float], truth: Sequence[bool], *, bins: int = 10) -> list[Bin]:
    """Return the bins of equal width that hold something, lowest first.

    Raises
    ------
    InputError
        There are not as many truths as probabilities, a probability is not one, or there are no bins.
    """
    said, true = np.asarray(probabilities, np.float64), np.asarray(truth, np.float64)
    if said.shape != true.shape or bins < 1 or not ((said >= 0) & (said <= 1)).all():
        raise InputError(
            "Calibration needs at least one bin, probabilities in [0, 1] and a truth for each.",
            where=f"{said.size} probabilities, {true.size} truths, {bins} bins",
            do="Give a truth for each probability.",
        )
    place = np.minimum((said * bins).astype(np.int64), bins - 1)
    n, sums, hits = (np.bincount(place, weight, bins) for weight in (None, said, true))
    return [
        Bin(b / bins, (b + 1) / bins, float(sums[b] / n[b]), float(hits[b] / n[b]), int(n[b]))
        for b in range(bins)
        if n[b]
    ]


def expected_calibration_error(
    probabilities: Sequence[float], truth: Sequence[bool], *, bins: int = 10
) -> float | None:
    """Return how far what is said lies from what is true, the mean over bins; None where there is nothing.

    Naeini et al., AAAI 2015; Guo et al., ICML 2017. 0 is perfect.

    Raises
    ------
    InputError
        As `reliability`.
    """
    found = reliability(probabilities, truth, bins=bins)
    total = sum(b.n for b in found)
    return sum(b.n * abs(b.probability - b.true) for b in found) / total if total else None


_SIZE, _EDGE = 240, 40  # of the square, of the room around it, in pixels


def reliability_svg(bins: Sequence[Bin], *, title: str = "Reliability") -> str:
    """Return a reliability plot as SVG: what was said against what is true, dots as large as their bin has members."""
    total = sum(b.n for b in bins)
    error = sum(b.n * abs(b.probability - b.true) for b in bins) / total if total else 0.0
    size = _SIZE + 2 * _EDGE
    end = _EDGE + _SIZE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 {size} {size}" '
        'font-family="sans-serif" font-size="11" role="img">',
        f"<title>{_escaped(title)}</title>",
        f'<rect width="{size}" height="{size}" fill="#fff"/>',
        f'<text x="{size / 2}" y="18" text-anchor="middle" font-size="13">{_escaped(title)}</text>',
        f'<text x="{size / 2}" y="33" text-anchor="middle" fill="#555">'
        f"expected calibration error {error:.3f}, n = {total}</text>",
        f'<rect x="{_EDGE}" y="{_EDGE}" width="{_SIZE}" height="{_SIZE}" fill="none" stroke="#999"/>',
        f'<line x1="{_EDGE}" y1="{end}" x2="{end}" y2="{_EDGE}" stroke="#999" stroke-dasharray="4 3"/>',
    ]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = _point(tick, tick)
        parts.append(f'<text x="{x}" y="{end + 14}" text-anchor="middle">{tick:g}</text>')
        parts.append(f'<text x="{_EDGE - 5}" y="{y + 4}" text-anchor="end">{tick:g}</text>')
    parts.append(f'<text x="{size / 2}" y="{size - 8}" text-anchor="middle">probability</text>')
    parts.append(
        f'<text x="10" y="{size / 2}" text-anchor="middle" transform="rotate(-90 10 {size / 2})">share true</text>'
    )
    points = [_point(b.probability, b.true) for b in bins]
    line = " ".join(f"{x},{y}" for x, y in points)
    parts.append(f'<polyline points="{line}" fill="none" stroke="#1f6fb2"/>')
    for b, (x, y) in zip(bins, points, strict=True):
        radius = round(2 + 8 * (b.n / total) ** 0.5, 1)
        parts.append(
            f'<circle cx="{x}" cy="{y}" r="{radius}" fill="#1f6fb2" fill-opacity="0.6">'
            f"<title>{b.low:.2f} to {b.high:.2f}: said {b.probability:.3f}, true {b.true:.3f}, n = {b.n}</title></circle>"
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _point(x: float, y: float) -> tuple[float, float]:
    return round(_EDGE + _SIZE * x, 1), round(_EDGE + _SIZE * (1 - y), 1)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

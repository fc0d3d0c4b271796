"""Plots as SVG; lines with axes are in `radmine.plots`."""

from collections.abc import Sequence
from html import escape

from radmine.label import Bin
from radmine.plots import COLOURS, EDGE, SIZE, Points, span_of


def reliability_svg(bins: Sequence[Bin], *, title: str = "Reliability", size: int = SIZE) -> str:
    """Return a reliability plot as SVG: what was said against what is true, dots as large as their bin has members.

    Parameters
    ----------
    size
        Of the square, in pixels.
    """
    total = sum(b.n for b in bins)
    error = sum(b.n * abs(b.probability - b.true) for b in bins) / total if total else 0.0
    full, end = size + 2 * EDGE, EDGE + size

    def at(x: float, y: float) -> tuple[float, float]:
        return round(EDGE + size * x, 1), round(end - size * y, 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{full}" height="{full}" viewBox="0 0 {full} {full}" '
        'font-family="sans-serif" font-size="11" role="img">',
        f"<title>{escape(title, quote=False)}</title>",
        f'<rect width="{full}" height="{full}" fill="#fff"/>',
        f'<text x="{full / 2}" y="18" text-anchor="middle" font-size="13">{escape(title, quote=False)}</text>',
        f'<text x="{full / 2}" y="33" text-anchor="middle" fill="#555">'
        f"{'expected calibration error' if size >= SIZE else 'error'} {error:.3f}, n = {total}</text>",
        f'<rect x="{EDGE}" y="{EDGE}" width="{size}" height="{size}" fill="none" stroke="#999"/>',
        f'<line x1="{EDGE}" y1="{end}" x2="{end}" y2="{EDGE}" stroke="#999" stroke-dasharray="4 3"/>',
    ]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = at(tick, tick)
        parts.append(f'<text x="{x}" y="{end + 14}" text-anchor="middle">{tick:g}</text>')
        parts.append(f'<text x="{EDGE - 5}" y="{y + 4}" text-anchor="end">{tick:g}</text>')
    parts.append(f'<text x="{full / 2}" y="{full - 8}" text-anchor="middle">probability</text>')
    parts.append(
        f'<text x="10" y="{full / 2}" text-anchor="middle" transform="rotate(-90 10 {full / 2})">share true</text>'
    )
    points = [at(b.probability, b.true) for b in bins]
    line = " ".join(f"{x},{y}" for x, y in points)
    parts.append(f'<polyline points="{line}" fill="none" stroke="#1f6fb2"/>')
    for b, (x, y) in zip(bins, points, strict=True):
        radius = round(2 + 8 * (b.n / total) ** 0.5, 1)
        parts.append(
            f'<circle cx="{x}" cy="{y}" r="{radius}" fill="#1f6fb2" fill-opacity="0.6">'
            f"<title>{b.low:.2f} to {b.high:.2f}: said {b.probability:.3f}, true {b.true:.3f}, n = {b.n}</title></circle>"
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def spark_svg(points: Points, *, title: str, width: int = 160, height: int = 28) -> str:
    """Return a line without axes as SVG, from 0 upwards: how a share comes and goes, beside the words on it."""
    (left, right), top = span_of([x for x, _ in points]), max(y for _, y in points) or 1.0
    line = " ".join(
        f"{2 + (width - 4) * (x - left) / (right - left):.1f},{height - 2 - (height - 4) * y / top:.1f}"
        for x, y in points
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">'
        f"<title>{escape(title, quote=False)}</title>"
        f'<polyline points="{line}" fill="none" stroke="{COLOURS[0]}" stroke-width="1.5"/></svg>'
    )

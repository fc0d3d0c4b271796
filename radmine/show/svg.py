"""Plots as SVG."""

from collections.abc import Sequence
from html import escape

from radmine.label.weigh.calibration import Bin

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
        f"<title>{escape(title, quote=False)}</title>",
        f'<rect width="{size}" height="{size}" fill="#fff"/>',
        f'<text x="{size / 2}" y="18" text-anchor="middle" font-size="13">{escape(title, quote=False)}</text>',
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

"""Plots as SVG."""

from collections.abc import Mapping, Sequence
from html import escape

from radmine.label import Bin

_SIZE, _EDGE = 240, 40  # of the square, of the room around it, in pixels


def reliability_svg(bins: Sequence[Bin], *, title: str = "Reliability", size: int = _SIZE) -> str:
    """Return a reliability plot as SVG: what was said against what is true, dots as large as their bin has members.

    Parameters
    ----------
    size
        Of the square, in pixels.
    """
    total = sum(b.n for b in bins)
    error = sum(b.n * abs(b.probability - b.true) for b in bins) / total if total else 0.0
    full, end = size + 2 * _EDGE, _EDGE + size

    def at(x: float, y: float) -> tuple[float, float]:
        return round(_EDGE + size * x, 1), round(end - size * y, 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{full}" height="{full}" viewBox="0 0 {full} {full}" '
        'font-family="sans-serif" font-size="11" role="img">',
        f"<title>{escape(title, quote=False)}</title>",
        f'<rect width="{full}" height="{full}" fill="#fff"/>',
        f'<text x="{full / 2}" y="18" text-anchor="middle" font-size="13">{escape(title, quote=False)}</text>',
        f'<text x="{full / 2}" y="33" text-anchor="middle" fill="#555">'
        f"{'expected calibration error' if size >= _SIZE else 'error'} {error:.3f}, n = {total}</text>",
        f'<rect x="{_EDGE}" y="{_EDGE}" width="{size}" height="{size}" fill="none" stroke="#999"/>',
        f'<line x1="{_EDGE}" y1="{end}" x2="{end}" y2="{_EDGE}" stroke="#999" stroke-dasharray="4 3"/>',
    ]
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = at(tick, tick)
        parts.append(f'<text x="{x}" y="{end + 14}" text-anchor="middle">{tick:g}</text>')
        parts.append(f'<text x="{_EDGE - 5}" y="{y + 4}" text-anchor="end">{tick:g}</text>')
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


_COLOURS = ("#1f6fb2", "#d9541e", "#3a8f3a", "#8a4fbf", "#a6761d")
Points = Sequence[tuple[float, float]]


def lines_svg(
    lines: Mapping[str, Points],
    *,
    title: str,
    x: str,
    y: str,
    unit: bool = False,
    diagonal: bool = True,
    bounds: tuple[float, float] | None = None,
    ends: tuple[str, str] | None = None,
    dots: Points = (),
    size: int = _SIZE,
) -> str:
    """Return lines in one plot as SVG, each named by its colour where there are several.

    Parameters
    ----------
    lines
        The points of each line, by its name.
    x, y
        What the axes are called.
    unit
        Whether both axes go from 0 to 1, else they go as far as the points do.
    diagonal
        Whether it is drawn in a unit square: a ROC curve.
    bounds
        What the upright axis never leaves.
    ends
        What stands at the ends of the flat axis; None: the numbers.
    dots
        Points to stress, among those of the lines.
    size
        Of the square, in pixels.
    """
    points = [point for line in lines.values() for point in line]
    (left, right), (low, high) = ((0.0, 1.0),) * 2 if unit else (_span(v) for v in zip(*points, strict=True))
    if bounds:
        low, high = max(low, bounds[0]), min(high, bounds[1])
    first, last = ends or (_number(left), _number(right))
    end, full = _EDGE + size, size + 2 * _EDGE

    def at(point: tuple[float, float]) -> str:
        across, up = (point[0] - left) / (right - left), (point[1] - low) / (high - low)
        return f"{_EDGE + size * across:.1f},{end - size * up:.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{full}" height="{full}" viewBox="0 0 {full} {full}" '
        'font-family="sans-serif" font-size="11" role="img">',
        f"<title>{escape(title, quote=False)}</title>",
        f'<rect width="{full}" height="{full}" fill="#fff"/>',
        f'<text x="{full / 2}" y="18" text-anchor="middle">{escape(title, quote=False)}</text>',
        f'<rect x="{_EDGE}" y="{_EDGE}" width="{size}" height="{size}" fill="none" stroke="#999"/>',
        f'<text x="{_EDGE}" y="{end + 14}" text-anchor="middle">{escape(first, quote=False)}</text>',
        f'<text x="{end}" y="{end + 14}" text-anchor="middle">{escape(last, quote=False)}</text>',
        f'<text x="{_EDGE - 4}" y="{end}" text-anchor="end">{_number(low)}</text>',
        f'<text x="{_EDGE - 4}" y="{_EDGE + 8}" text-anchor="end">{_number(high)}</text>',
        f'<text x="{full / 2}" y="{full - 12}" text-anchor="middle">{escape(x, quote=False)}</text>',
        f'<text x="12" y="{full / 2}" text-anchor="middle" transform="rotate(-90 12 {full / 2})">{escape(y, quote=False)}</text>',
    ]
    if unit and diagonal:
        parts.append(
            f'<line x1="{_EDGE}" y1="{end}" x2="{end}" y2="{_EDGE}" stroke="#999" stroke-dasharray="4 3"/>'
        )
    for number, (name, line) in enumerate(lines.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        parts.append(f'<polyline points="{" ".join(map(at, line))}" fill="none" stroke="{colour}"/>')
        if len(lines) > 1:
            place = f'x="{end - 6}" y="{_EDGE + 14 + 14 * number}" text-anchor="end"'
            parts.append(f'<text {place} fill="{colour}">{escape(name, quote=False)}</text>')
    for x_at, y_at in (at(dot).split(",") for dot in dots):
        parts.append(f'<circle cx="{x_at}" cy="{y_at}" r="4" fill="{_COLOURS[1]}"/>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def spark_svg(points: Points, *, title: str, width: int = 160, height: int = 28) -> str:
    """Return a line without axes as SVG, from 0 upwards: how a share comes and goes, beside the words on it."""
    (left, right), top = _span([x for x, _ in points]), max(y for _, y in points) or 1.0
    line = " ".join(
        f"{2 + (width - 4) * (x - left) / (right - left):.1f},{height - 2 - (height - 4) * y / top:.1f}"
        for x, y in points
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">'
        f"<title>{escape(title, quote=False)}</title>"
        f'<polyline points="{line}" fill="none" stroke="{_COLOURS[0]}" stroke-width="1.5"/></svg>'
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _span(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)

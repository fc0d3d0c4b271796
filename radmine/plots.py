"""Lines in one plot, as SVG: `lines_svg`."""

from collections.abc import Mapping, Sequence
from html import escape

SIZE, EDGE = 240, 40  # of the square, of the room around it, in pixels
COLOURS = ("#1f6fb2", "#d9541e", "#3a8f3a", "#8a4fbf", "#a6761d")
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
    size: int = SIZE,
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
    (left, right), (low, high) = (
        ((0.0, 1.0),) * 2 if unit else (span_of(v) for v in zip(*points, strict=True))
    )
    if bounds:
        low, high = max(low, bounds[0]), min(high, bounds[1])
    first, last = ends or (_number(left), _number(right))
    end, full = EDGE + size, size + 2 * EDGE

    def at(point: tuple[float, float]) -> str:
        across, up = (point[0] - left) / (right - left), (point[1] - low) / (high - low)
        return f"{EDGE + size * across:.1f},{end - size * up:.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{full}" height="{full}" viewBox="0 0 {full} {full}" '
        'font-family="sans-serif" font-size="11" role="img">',
        f"<title>{escape(title, quote=False)}</title>",
        f'<rect width="{full}" height="{full}" fill="#fff"/>',
        f'<text x="{full / 2}" y="18" text-anchor="middle">{escape(title, quote=False)}</text>',
        f'<rect x="{EDGE}" y="{EDGE}" width="{size}" height="{size}" fill="none" stroke="#999"/>',
        f'<text x="{EDGE}" y="{end + 14}" text-anchor="middle">{escape(first, quote=False)}</text>',
        f'<text x="{end}" y="{end + 14}" text-anchor="middle">{escape(last, quote=False)}</text>',
        f'<text x="{EDGE - 4}" y="{end}" text-anchor="end">{_number(low)}</text>',
        f'<text x="{EDGE - 4}" y="{EDGE + 8}" text-anchor="end">{_number(high)}</text>',
        f'<text x="{full / 2}" y="{full - 12}" text-anchor="middle">{escape(x, quote=False)}</text>',
        f'<text x="12" y="{full / 2}" text-anchor="middle" transform="rotate(-90 12 {full / 2})">{escape(y, quote=False)}</text>',
    ]
    if unit and diagonal:
        parts.append(
            f'<line x1="{EDGE}" y1="{end}" x2="{end}" y2="{EDGE}" stroke="#999" stroke-dasharray="4 3"/>'
        )
    for number, (name, line) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        parts.append(f'<polyline points="{" ".join(map(at, line))}" fill="none" stroke="{colour}"/>')
        if len(lines) > 1:
            place = f'x="{end - 6}" y="{EDGE + 14 + 14 * number}" text-anchor="end"'
            parts.append(f'<text {place} fill="{colour}">{escape(name, quote=False)}</text>')
    for x_at, y_at in (at(dot).split(",") for dot in dots):
        parts.append(f'<circle cx="{x_at}" cy="{y_at}" r="4" fill="{COLOURS[1]}"/>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def span_of(values: Sequence[float]) -> tuple[float, float]:
    """Return the least and the largest value, apart where they are one."""
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def side_by_side(plots: Sequence[str], *, size: int = SIZE) -> str:
    """Return plots of one size, each an SVG of its own, as one SVG: from left to right."""
    side = size + 2 * EDGE
    placed = (p.replace("<svg ", f'<svg x="{side * number}" ', 1) for number, p in enumerate(plots))
    width = side * len(plots)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{side}" viewBox="0 0 {width} {side}">'
    return "\n".join((head, *placed, "</svg>")) + "\n"

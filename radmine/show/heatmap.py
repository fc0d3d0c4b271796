"""A heat map over its picture: `heatmap_png`."""

from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from radmine.pixels import as_bytes
from radmine.train import Seen

# Viridis at its quarters (van der Walt and Smith, matplotlib): told apart by people who see no red or no green, and in grey.
_COLOURS = np.array([(68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37)], np.float32)
_COVER = 0.65  # of the picture that the hottest place hides
_SIDES = (512, 1024)  # the longer side is brought into this range, in pixels
_GAP = 8  # pixels between the picture and the map over it


def heatmap_png(grey: NDArray[np.generic], seen: Seen) -> bytes:
    """Return a PNG file: the picture, and beside it the same under its heat map, with the boxes of what is hot.

    Parameters
    ----------
    grey
        The picture, shape (rows, columns): uint8, or float in [0, 1].
    seen
        Where a network sees something in it.
    """
    from PIL import Image, ImageDraw

    rows, columns = grey.shape
    longer = max(rows, columns)
    scale = min(max(longer, _SIDES[0]), _SIDES[1]) / longer
    size = (max(1, round(columns * scale)), max(1, round(rows * scale)))
    picture = Image.fromarray(as_bytes(grey)).convert("RGB").resize(size, Image.Resampling.BILINEAR)
    heat = np.asarray(Image.fromarray(seen.heat).resize(size, Image.Resampling.BILINEAR))[..., None]
    colours = np.stack(
        [np.interp(heat[..., 0], np.linspace(0, 1, len(_COLOURS)), c) for c in _COLOURS.T], axis=-1
    )
    mixed = np.asarray(picture) * (1 - _COVER * heat) + colours * _COVER * heat
    over = Image.fromarray(mixed.round().clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(over)
    for box in seen.boxes:
        x, y, right, bottom = (round(v * scale) for v in (box.left, box.top, box.right, box.bottom))
        draw.rectangle((x - 1, y - 1, max(right, x + 2), max(bottom, y + 2)), outline=(0, 0, 0), width=1)
        draw.rectangle(
            (x, y, max(right - 1, x + 1), max(bottom - 1, y + 1)), outline=(255, 255, 255), width=2
        )
    canvas = Image.new("RGB", (2 * size[0] + _GAP, size[1]), (255, 255, 255))
    canvas.paste(picture, (0, 0))
    canvas.paste(over, (size[0] + _GAP, 0))
    stream = BytesIO()
    canvas.save(stream, "PNG")
    return stream.getvalue()

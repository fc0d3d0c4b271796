"""Parts of a picture that a network is asked about beside the whole: `cropped` (Krizhevsky et al., NeurIPS 2012)."""

import numpy as np
from numpy.typing import NDArray

_SIDE = 7 / 8  # of the picture's
# Where a part lies between the left and the right, the upper and the lower edge.
_PLACES = ((0.5, 0.5), (0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (1.0, 1.0))
MOST = len(_PLACES)


def cropped(squares: NDArray[np.uint8], view: int) -> NDArray[np.uint8]:
    """Return pictures of shape (..., size, size) as they are (view 0), or a part of them in their size: the middle, then the corners."""
    if view == 0:
        return squares
    from PIL import Image

    size = squares.shape[-1]
    left, upper = ((1 - _SIDE) * size * place for place in _PLACES[view - 1])
    box = (left, upper, left + _SIDE * size, upper + _SIDE * size)
    single = squares.reshape(-1, size, size)
    made = np.empty_like(single)
    for place, square in enumerate(single):
        picture = Image.fromarray(np.ascontiguousarray(square))
        made[place] = np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR, box=box))
    return made.reshape(squares.shape)

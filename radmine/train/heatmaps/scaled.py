"""Heat maps in [0, 1]: `scaled`."""

import numpy as np
from numpy.typing import NDArray


def scaled(maps: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return maps, shape (n, side, side), each between 0 and 1, its largest value 1; what is below 0, or no number, is 0."""
    found = np.clip(np.nan_to_num(maps.astype(np.float32), posinf=0, neginf=0), 0, None)
    most = found.max(axis=(1, 2), keepdims=True, initial=0)
    found /= np.where(most > 0, most, 1)
    return found

"""Several views of one image as channels: windows of its values, or the slices before and behind it."""

from collections.abc import Sequence

import numpy as np

from radmine.pixels.content import Bytes
from radmine.pixels.square import Square
from radmine.pixels.store import PixelStore
from radmine.pixels.values import Values
from radmine.pixels.views import view

SLICES = ("previous", "this", "next")


def are_slices(names: Sequence[str]) -> bool:
    """Return whether channels are slices, not windows."""
    return set(names) <= set(SLICES)


def stored_channels(store: PixelStore, image_ids: Sequence[str], names: Sequence[str]) -> Bytes:
    """Return channels of stored images, shape (n, channels, size, size); without names their squares, (n, size, size).

    Parameters
    ----------
    store
        The pixel store.
    image_ids
        Of the images.
    names
        Windows, as `view` takes them, of the values that were kept: an image without is shown as it is in each; or `SLICES`:
        an image without a neighbour on that side stands in for it.
    """
    if not names:
        return store.batch(image_ids)
    made = np.empty((len(image_ids), len(names), store.size, store.size), np.uint8)
    slices = are_slices(names)
    for place, image_id in enumerate(image_ids):
        if slices:
            beside = {"this": image_id, **store.neighbours.get(image_id, {})}
            made[place] = [store[beside.get(name, image_id)] for name in names]
        else:
            values = store.values(image_id)
            made[place] = store[image_id] if values is None else view(values, windows=names, size=store.size)
    return made


def picture_channels(values: Values | None, square: Square, names: Sequence[str]) -> Bytes:
    """Return the channels of a picture that was just read, shape (channels, size, size): as `stored_channels` of it alone.

    Parameters
    ----------
    values
        Of the picture, from `read_pixels(path, values=True)`; None where it has none.
    square
        Of the picture.
    names
        The channels.
    """
    if values is None or are_slices(names):
        return np.repeat(square.array[None], len(names), axis=0)
    return view(values.cut(square.crop, square.blanked), windows=names, size=len(square.array))

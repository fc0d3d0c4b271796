"""Near-duplicates: pictures that are the same but for compression, brightness, contrast, noise or size.

Two difference hashes of 64 bits (Krawetz, "Kind of like that", 2013), one along the rows and one along the columns, name the
candidates: those of which one differs in 3 bits at most, the other in 12. Such hashes take one chest for another; so candidates
count only where what is fine in both correlates: small pictures less their local mean.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from radmine.pixels.content import Bytes

_SIDE = 8  # of the grid of a hash
_GRID = _SIDE * (_SIDE + 1)
_BITS = 3  # by which hashes differ, at most
_BANDS = _BITS + 1  # of two such hashes at least one band of bits is equal
_BAND_BITS = 64 // _BANDS
_OTHER_BITS = 12  # by which the other hashes differ, at most
_SMALL = 32  # pixels a side of the pictures that are compared
_AROUND = 3  # of these pixels a side, whose mean is taken away
_CORRELATION = 0.95
_AT_ONCE = 1 << 14  # pairs that are compared together

Hashes = NDArray[np.uint64]


def hashes_of(square: Bytes) -> tuple[str, str]:
    """Return the difference hashes of a picture along its rows and along its columns, as hexadecimal digits."""
    grid = _resized(square, _GRID, _GRID).astype(np.int32)
    along = grid.reshape(_SIDE, _SIDE + 1, _SIDE + 1, _SIDE).sum(axis=(1, 3))
    down = grid.reshape(_SIDE + 1, _SIDE, _SIDE, _SIDE + 1).sum(axis=(1, 3))
    bits = along[:, 1:] > along[:, :-1], down[1:] > down[:-1]
    rows, columns = (np.packbits(each.reshape(-1)).tobytes().hex() for each in bits)
    return rows, columns


def near_groups(hashes: Sequence[tuple[str, str]], square_of: Callable[[int], Bytes]) -> list[list[int]]:
    """Return the groups of pictures that are near-duplicates of each other, directly or by way of others, as places.

    Parameters
    ----------
    hashes
        Of each picture.
    square_of
        Gives the picture at a place; asked for candidates alone.
    """
    numbers = np.array([[int(digits, 16) for digits in each] for each in hashes], np.uint64).reshape(-1, 2)
    leader = np.arange(len(numbers))
    fine: dict[int, NDArray[np.float16]] = {}

    def fine_of(places: NDArray[np.int64]) -> NDArray[np.float32]:
        for place in places.tolist():
            if place not in fine:
                fine[place] = _fine(square_of(place)).astype(np.float16)
        return np.stack([fine[place] for place in places.tolist()]).astype(np.float32)

    for which in (0, 1):
        other = numbers[:, 1 - which]
        for first, second in _candidates(numbers[:, which]):
            apart = (leader[first] != leader[second]) & (_differ(other[first], other[second]) <= _OTHER_BITS)
            for start in range(0, int(apart.sum()), _AT_ONCE):
                a, b = (places[apart][start : start + _AT_ONCE] for places in (first, second))
                same = np.einsum("ij,ij->i", fine_of(a), fine_of(b)) >= _CORRELATION
                _join(leader, a[same], b[same])
    groups: dict[int, list[int]] = defaultdict(list)
    for place, first_of_group in enumerate(leader.tolist()):
        groups[first_of_group].append(place)
    return [group for group in groups.values() if len(group) > 1]


def _join(leader: NDArray[np.int64], first: NDArray[np.int64], second: NDArray[np.int64]) -> None:
    """Join the groups of pairs; a group is led by its first place, and each place names its leader."""
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        while leader[a] != a:
            a = int(leader[a])
        while leader[b] != b:
            b = int(leader[b])
        leader[max(a, b)] = min(a, b)
    while len(first) and (leader[leader] != leader).any():
        leader[:] = leader[leader]


def _candidates(numbers: Hashes) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield the pairs of places whose hashes differ in few bits, each once, many at a time.

    They are equal in one band of bits at least: of places in the order of a band, each is compared with the next, the
    next but one, and so on, as long as the band is the same. The time goes with the pairs that share a band.
    """
    for band in range(_BANDS):
        keys = _band(numbers, band)
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        last = np.searchsorted(keys, keys, side="right")  # behind those of the same band
        here, distance = np.arange(len(keys)), 1
        while len(here := here[here + distance < last[here]]):
            first, second = order[here], order[here + distance]
            difference = numbers[first] ^ numbers[second]
            near = np.bitwise_count(difference) <= _BITS
            for before in range(band):  # found there
                near &= _band(difference, before) != 0
            if near.any():
                yield first[near], second[near]
            distance += 1


def _band(numbers: Hashes, band: int) -> Hashes:
    return (numbers >> np.uint64(band * _BAND_BITS)) & np.uint64((1 << _BAND_BITS) - 1)


def _differ(first: Hashes, second: Hashes) -> NDArray[np.uint8]:
    """Return by how many bits hashes differ."""
    return np.asarray(np.bitwise_count(first ^ second), np.uint8)


def _resized(square: Bytes, width: int, height: int) -> Bytes:
    from PIL import Image

    small = Image.fromarray(np.ascontiguousarray(square)).resize((width, height), Image.Resampling.BOX)
    return np.asarray(small)


def _fine(square: Bytes) -> NDArray[np.float32]:
    """Return what is fine in a small picture as a unit vector of mean 0, so that a product of two is their correlation."""
    from scipy.ndimage import uniform_filter

    small = _resized(square, _SMALL, _SMALL).astype(np.float32)
    fine = small - uniform_filter(small, _AROUND, mode="nearest")
    fine -= fine.mean()
    length = float(np.linalg.norm(fine))
    return np.asarray(fine / np.float32(length or 1)).reshape(-1)

"""The hash of each frame's stored pixel bytes, read block by block: nothing is decoded.

Images with the same bytes, size and photometric interpretation share it. A native frame of one value only is `blank:`
with its shape: it says nothing about whose image it is.
"""

import hashlib
import struct
from dataclasses import dataclass
from typing import BinaryIO

from radmine.ingest.dicom_file import UNDEFINED, TruncatedError

_BLOCK = 1 << 20
_ITEM, _END = 0xFFFEE000, 0xFFFEE0DD
_LEAST_FRAME = 8  # bytes that a compressed frame takes at least


class FrameCountError(Exception):
    """A header says more frames than the pixel data can hold."""


@dataclass(frozen=True, slots=True)
class FrameShape:
    """What the header says of the frames; their bytes follow from it where they are not compressed."""

    rows: int
    columns: int
    samples: int
    bits: int  # allocated
    photometric: str
    frames: int
    bits_of_frame: int  # of one that is not compressed

    @property
    def name(self) -> str:
        """The shape as text, part of every hash."""
        return f"{self.rows}x{self.columns}x{self.samples}x{self.bits}:{self.photometric}"


def hash_frames(
    stream: BinaryIO, length: int, shape: FrameShape, *, compressed: bool, one_each: bool = True
) -> list[str]:
    """Return the hash of each frame of the pixel data that starts here.

    Parameters
    ----------
    stream
        Stands at the first byte of the value.
    length
        Of the value in bytes; 0xFFFFFFFF where it is encapsulated (DICOM PS3.5 A.4).
    compressed
        Whether the transfer syntax is one with compressed frames.
    one_each
        Whether it is one in which each frame has a fragment of its own at least: all but videos.

    Raises
    ------
    TruncatedError
        The stream ends too early, or the value is too short for the shape.
    FrameCountError
        There are fewer frames than the header says.
    """
    if length == UNDEFINED:
        return _hash_encapsulated(stream, shape, one_each=one_each)
    expected = -(-shape.bits_of_frame * shape.frames // 8)
    if not compressed and length < expected:
        raise TruncatedError
    if compressed and shape.frames > max(1, length // _LEAST_FRAME):
        raise FrameCountError
    size, rest = divmod(shape.bits_of_frame, 8)
    if compressed or rest or shape.frames == 1:
        whole = _hash_block(stream, length if compressed else expected, shape)
        return _numbered(whole, shape.frames)
    return [_hash_block(stream, size, shape) for _ in range(shape.frames)]


def _numbered(whole: str, frames: int) -> list[str]:
    return [whole] if frames == 1 else [f"{whole}#{n}" for n in range(1, frames + 1)]


def _start(shape: FrameShape) -> "hashlib.blake2b":
    return hashlib.blake2b(shape.name.encode(), digest_size=16)


def _hash_block(stream: BinaryIO, size: int, shape: FrameShape) -> str:
    """Return the hash of the next `size` bytes."""
    state, blank, left = _start(shape), size > 0, size
    pixel = b""
    while left:
        block = stream.read(min(left, _BLOCK))
        if not block:
            raise TruncatedError
        pixel = pixel or block[: max(1, shape.bits // 8) * shape.samples]
        blank = blank and _is_repeated(pixel, block)
        state.update(block)
        left -= len(block)
    return f"blank:{shape.name}:{pixel.hex()}" if blank else state.hexdigest()


def _is_repeated(pixel: bytes, block: bytes) -> bool:
    few = len(pixel) * 16  # most pictures differ at once
    return all(part == (pixel * (len(part) // len(pixel) + 1))[: len(part)] for part in (block[:few], block))


def _hash_encapsulated(stream: BinaryIO, shape: FrameShape, *, one_each: bool) -> list[str]:
    """Return the frames' hashes: of the fragments, where there is one for each frame, else of all of them."""
    fragments, whole = list[str](), _start(shape)
    count, size = -1, 0  # the first item is the offset table
    while True:
        head = stream.read(8)
        if len(head) < 8:
            if count >= shape.frames:  # only the closing delimiter is missing
                break
            raise TruncatedError
        group, element, length = struct.unpack("<HHL", head)
        tag = group << 16 | element
        if tag == _END:
            break
        if tag != _ITEM or length == UNDEFINED:
            raise TruncatedError
        state, left = _start(shape) if shape.frames > 1 else None, length
        while left:
            block = stream.read(min(left, _BLOCK))
            if not block:
                raise TruncatedError
            if state is not None:
                state.update(block)
            if count >= 0:
                whole.update(block)
            left -= len(block)
        if state is not None and 0 <= count < shape.frames:
            fragments.append(state.hexdigest())
        if count >= 0:
            size += length
        count += 1
    if count < 1:
        raise TruncatedError
    if shape.frames > max(1, count if one_each else size // _LEAST_FRAME):
        raise FrameCountError
    if count == shape.frames > 1:
        return fragments
    return _numbered(whole.hexdigest(), shape.frames)

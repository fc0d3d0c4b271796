"""The hash of each frame's stored pixel bytes, read block by block: nothing is decoded.

Images with the same bytes, size and photometric interpretation share it. A native frame of one value only is `blank:`
with its shape: it says nothing about whose image it is.
"""

import hashlib
import struct
from dataclasses import dataclass
from typing import BinaryIO

_BLOCK = 1 << 20
_UNDEFINED = 0xFFFFFFFF
_ITEM, _END = 0xFFFEE000, 0xFFFEE0DD
_PIXEL_TAGS = (0x7FE00008, 0x7FE00009, 0x7FE00010)  # float, double float, pixel data


class TruncatedError(Exception):
    """A file ends before its pixel data does."""


@dataclass(frozen=True, slots=True)
class FrameShape:
    """What the header says of the frames; their bytes follow from it where they are not compressed."""

    rows: int
    columns: int
    samples: int
    bits: int  # allocated
    photometric: str
    frames: int

    @property
    def bits_of_frame(self) -> int:
        """The size of a native frame (DICOM PS3.5 8.1.1; YBR_FULL_422 stores two chroma values for two pixels)."""
        samples = 2 if self.photometric == "YBR_FULL_422" else self.samples
        return self.rows * self.columns * samples * self.bits

    @property
    def name(self) -> str:
        """The shape as text, part of every hash."""
        return f"{self.rows}x{self.columns}x{self.samples}x{self.bits}:{self.photometric}"


def pixel_header(stream: BinaryIO, *, implicit: bool, little: bool) -> int | None:
    """Return the length of the pixel data that starts here and stand at its first byte; None where there is none."""
    head = stream.read(8)
    if len(head) < 8:
        return None
    order = "<" if little else ">"
    group, element = struct.unpack(f"{order}HH", head[:4])
    if group << 16 | element not in _PIXEL_TAGS:
        return None
    if implicit or not head[4:6].isalpha():
        return int(struct.unpack(f"{order}L", head[4:])[0])
    rest = stream.read(4)
    if len(rest) < 4:
        raise TruncatedError
    return int(struct.unpack(f"{order}L", rest)[0])


def hash_frames(stream: BinaryIO, length: int, shape: FrameShape, *, compressed: bool) -> list[str]:
    """Return the hash of each frame of the pixel data that starts here.

    Parameters
    ----------
    stream
        Stands at the first byte of the value.
    length
        Of the value in bytes; 0xFFFFFFFF where it is encapsulated (DICOM PS3.5 A.4).
    compressed
        Whether the transfer syntax is one with compressed frames.

    Raises
    ------
    TruncatedError
        The stream ends too early, or the value is too short for the shape.
    """
    if length == _UNDEFINED:
        return _hash_encapsulated(stream, shape)
    expected = -(-shape.bits_of_frame * shape.frames // 8)
    if not compressed and length < expected:
        raise TruncatedError
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
        blank = blank and block == (pixel * (len(block) // len(pixel) + 1))[: len(block)]
        state.update(block)
        left -= len(block)
    return f"blank:{shape.name}:{pixel.hex()}" if blank else state.hexdigest()


def _hash_encapsulated(stream: BinaryIO, shape: FrameShape) -> list[str]:
    """Return the frames' hashes: of the fragments, where there is one for each frame, else of all of them."""
    fragments, whole = list[str](), _start(shape)
    first = True
    while True:
        head = stream.read(8)
        if len(head) < 8:
            if len(fragments) >= shape.frames:  # only the closing delimiter is missing
                break
            raise TruncatedError
        group, element, length = struct.unpack("<HHL", head)
        tag = group << 16 | element
        if tag == _END:
            break
        if tag != _ITEM or length == _UNDEFINED:
            raise TruncatedError
        state, left = _start(shape), length
        while left:
            block = stream.read(min(left, _BLOCK))
            if not block:
                raise TruncatedError
            state.update(block)
            if not first:
                whole.update(block)
            left -= len(block)
        if not first:  # the first item is the offset table
            fragments.append(state.hexdigest())
        first = False
    if len(fragments) < 1:
        raise TruncatedError
    if len(fragments) == shape.frames > 1:
        return fragments
    return _numbered(whole.hexdigest(), shape.frames)

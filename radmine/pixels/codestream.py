"""What a compressed frame says of its size itself: decoders make room for that, whatever the header says."""

import struct
from dataclasses import dataclass

_SIZ = b"\xff\x4f\xff\x51"  # JPEG 2000: start of the codestream, size
# JPEG and JPEG-LS: start of a frame (DHT, JPG and DAC have numbers among them), and markers without a length.
_FRAMES = frozenset({*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC})
_DCT = frozenset({0xC0, 0xC1, 0xC2})
_BARE = frozenset({0x01, *range(0xD0, 0xDA)})
_SCAN, _ADOBE = 0xDA, 0xEE
_RLE_HEADER = 64
_RLE_SEGMENTS = 15


@dataclass(frozen=True, slots=True)
class Codestream:
    """What a JPEG, JPEG-LS or JPEG 2000 frame says of itself."""

    pixels: int
    components: int
    precision: int  # bits of a value
    dct: bool = False  # JPEG with losses
    rgb: bool = False  # a mark of Adobe's says that its colours are not YBR


def codestreams_of(frame: bytes) -> set[Codestream]:
    """Return what a JPEG, JPEG-LS or JPEG 2000 frame says: nothing, one thing, or several where it contradicts itself."""
    if frame.startswith(b"\xff\xd8"):
        return _of_jpeg(frame)
    found, place = set[Codestream](), frame.find(_SIZ)
    while place >= 0:
        found |= _of_size(frame[place + 4 : place + 43])
        place = -1 if frame.startswith(_SIZ) else frame.find(_SIZ, place + 1)
    return found


def _of_size(segment: bytes) -> set[Codestream]:
    """Return what a SIZ segment says (ISO 15444-1 A.5.1)."""
    if len(segment) < 39:
        return set()
    right, bottom, left, top = struct.unpack(">4L", segment[4:20])
    components, precision = struct.unpack(">HB", segment[36:39])
    return {Codestream(max(0, right - left) * max(0, bottom - top), components, (precision & 0x7F) + 1)}


def _of_jpeg(frame: bytes) -> set[Codestream]:
    place, rgb = 2, False
    while place + 4 <= len(frame):
        if frame[place] != 0xFF or frame[place + 1] in (0xFF, 0):
            place += 1
            continue
        marker = frame[place + 1]
        place += 2
        if marker in _BARE:
            continue
        if marker in _FRAMES and place + 8 <= len(frame):
            _, precision, rows, columns, components = struct.unpack(">HBHHB", frame[place : place + 8])
            return {Codestream(rows * columns, components, precision, marker in _DCT, rgb)}
        if marker == _SCAN:
            break
        if marker == _ADOBE and frame[place + 2 : place + 7] == b"Adobe":
            rgb = frame[place + 13 : place + 14] == b"\0"
        place += max(2, int.from_bytes(frame[place : place + 2], "big"))
    return set()


def is_run_length(frame: bytes) -> bool:
    """Return whether a frame begins with a header of RLE whose segments stand in it one after another (PS3.5 G.5)."""
    if len(frame) < _RLE_HEADER:
        return False
    count, *offsets = struct.unpack("<16L", frame[:_RLE_HEADER])
    if not 1 <= count <= _RLE_SEGMENTS:
        return False
    used = offsets[:count]
    return used[0] >= _RLE_HEADER and used == sorted(set(used)) and used[-1] < len(frame)

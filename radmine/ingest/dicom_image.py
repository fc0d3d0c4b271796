"""The Image Pixel module of a header (DICOM PS3.3 C.7.6.3), with what is missing or odd in it made good.

What the length of the pixels, the codestream or another element says counts first, then the usual value.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from radmine.ingest.dicom_elements import element_of, is_raw, plain_texts
from radmine.ingest.dicom_numbers import numbers_of

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_LONGEST_SIDE, _MOST_BITS = 65_535, 64
_LARGEST = 2**31 - 1  # of VR IS (PS3.5 6.2)
_FLOATS = {"FloatPixelData": 32, "DoubleFloatPixelData": 64}
_PALETTE, _SUBSAMPLED = "PALETTE COLOR", "YBR_FULL_422"
_PHOTOMETRIC = {
    re.sub(r"[ _]", "", name): name
    for name in (
        "MONOCHROME1",
        "MONOCHROME2",
        _PALETTE,
        "RGB",
        "YBR_FULL",
        _SUBSAMPLED,
        "YBR_ICT",
        "YBR_RCT",
        "YBR_PARTIAL_420",
        "YBR_PARTIAL_422",
        "HSV",
        "ARGB",
        "CMYK",
    )
} | {"PALETTECOLOUR": _PALETTE, "PALETTE": _PALETTE, "MONOCHROME": "MONOCHROME2", "YBR": "YBR_FULL"}
_ONE_SAMPLE = {"MONOCHROME1", "MONOCHROME2", _PALETTE}


@dataclass(frozen=True, slots=True)
class ImagePixel:
    """How the pixels of a file are to be read."""

    rows: int
    columns: int
    frames: int
    samples: int
    photometric: str
    planar: int  # 1: all of one colour, then all of the next
    allocated: int  # bits
    stored: int
    high: int  # the bit in which a value ends
    signed: bool
    assumed: tuple[str, ...] = ()  # elements that were missing or odd, as they are read: "BitsStored=12"

    @property
    def subsampled(self) -> bool:
        """Whether two pixels share their chroma values."""
        return self.photometric == _SUBSAMPLED

    @property
    def bits_of_frame(self) -> int:
        """The size of a native frame (PS3.5 8.1.1; YBR_FULL_422 stores two chroma values for two pixels)."""
        return self.rows * self.columns * (2 if self.subsampled else self.samples) * self.allocated


@dataclass(frozen=True, slots=True)
class Stream:
    """What a compressed frame says of itself, which counts more than the header."""

    samples: int
    photometric: str  # of several samples where the header names none
    precision: int
    certain: bool  # no value has more bits, whatever the header says


def image_pixel(
    dataset: "Dataset", *, keyword: str, length: int | None, stream: Stream | None = None
) -> ImagePixel | None:
    """Return how the pixels of a file are to be read, None where its rows, columns, bits or frames cannot be known.

    Parameters
    ----------
    keyword
        Of the pixel data.
    length
        Of its value in bytes; None where it is compressed.
    stream
        What the frame itself says where it is.
    """
    said = {
        name: _whole(dataset, name)
        for name in (
            "Rows",
            "Columns",
            "SamplesPerPixel",
            "PlanarConfiguration",
            "BitsAllocated",
            "BitsStored",
            "HighBit",
            "PixelRepresentation",
        )
    }
    rows, columns = said["Rows"] or 0, said["Columns"] or 0
    if not (1 <= rows <= _LONGEST_SIDE and 1 <= columns <= _LONGEST_SIDE):
        return None
    assumed: dict[str, object] = {}
    frames = _frames(dataset)
    if frames is None:
        if length is None:
            return None
        assumed["NumberOfFrames"] = "as many as there are"
    # How many bits of the value there are for a pixel: none is said of compressed ones.
    room = 0 if length is None else length * 8 / (rows * columns * (frames or 1))
    photometric = _photometric(dataset, assumed)
    samples, photometric = _colours(said["SamplesPerPixel"], photometric, said, room, stream, assumed)
    if said["BitsAllocated"] == 12 and 0 < room < 16 * samples:
        return None  # two values in three bytes, as before DICOM
    if keyword in _FLOATS:
        allocated = stored = _FLOATS[keyword]
        high, signed = allocated - 1, True
    else:
        allocated = _allocated(said, samples, room, stream, assumed)
        stored, high = _bits(said, allocated, stream, assumed)
        signed = said["PixelRepresentation"] == 1
        if said["PixelRepresentation"] not in (0, 1):
            assumed["PixelRepresentation"] = 0
    if room and photometric.startswith("YBR_FULL"):
        whole = room >= 3 * allocated
        if whole != (photometric == "YBR_FULL") and room >= 2 * allocated:
            photometric = "YBR_FULL" if whole else _SUBSAMPLED
            assumed["PhotometricInterpretation"] = photometric
    planar = said["PlanarConfiguration"] or 0
    if samples > 1 and said["PlanarConfiguration"] not in (0, 1) and (room or stream is None):
        planar = assumed["PlanarConfiguration"] = 0
    if frames is None:
        per_frame = rows * columns * (2 if photometric == _SUBSAMPLED else samples) * allocated
        frames = max(1, (length or 0) * 8 // per_frame)
    return ImagePixel(
        rows,
        columns,
        frames,
        samples,
        photometric,
        planar if planar in (0, 1) else 0,
        allocated,
        stored,
        high,
        signed,
        tuple(f"{name}={value}" for name, value in assumed.items()),
    )


def _whole(dataset: "Dataset", keyword: str) -> int | None:
    number = numbers_of(dataset, keyword).first
    return None if number is None or abs(number) > _LARGEST else int(number)


def _frames(dataset: "Dataset") -> int | None:
    """Return the number of frames, None where it is there and no such number."""
    numbers = numbers_of(dataset, "NumberOfFrames")
    if not numbers.values:
        return 1
    number = numbers.first
    return max(1, int(number)) if number is not None and 0 <= number <= _LARGEST else None


def _photometric(dataset: "Dataset", assumed: dict[str, object]) -> str | None:
    """Return the photometric interpretation that a header names in any spelling, None where it names none."""
    element = element_of(dataset, "PhotometricInterpretation")
    value: Any = plain_texts(element) if is_raw(element) else None
    try:
        value = value or dataset.get("PhotometricInterpretation")
    except Exception:  # pydicom converts on access: a broken value raises whatever its converter does
        value = None
    for part in (value,) if isinstance(value, str | None) else value:
        found = _PHOTOMETRIC.get(re.sub(r"[^A-Z0-9]", "", str(part or "").upper()))
        if found:
            return found
    if "RedPaletteColorLookupTableDescriptor" in dataset and "PixelPresentation" not in dataset:
        assumed["PhotometricInterpretation"] = _PALETTE
        return _PALETTE
    return None


def _colours(
    said: int | None,
    named: str | None,
    header: Mapping[str, int | None],
    room: float,
    stream: Stream | None,
    assumed: dict[str, object],
) -> tuple[int, str]:
    """Return samples per pixel and photometric interpretation that agree with each other, and with the pixels."""
    one = named in _ONE_SAMPLE
    if stream is not None:
        samples = stream.samples
    elif said in (1, 3) and (named is None or (said == 1) == one):
        samples = said
    elif room:
        bits = header["BitsAllocated"]
        fits = int(room) in (24, 48) if bits is None else room >= (2 if named == _SUBSAMPLED else 3) * bits
        samples = 3 if fits and (said == 3 or not one) else 1
    else:
        samples = said if said in (1, 3) else 1 if named is None or one else 3
    if said != samples:
        assumed["SamplesPerPixel"] = samples
    if named is not None and (samples == 1) == one:
        return samples, named
    usual = "MONOCHROME2" if samples == 1 else stream.photometric if stream else "RGB"
    assumed["PhotometricInterpretation"] = usual
    return samples, usual


def _allocated(
    header: Mapping[str, int | None],
    samples: int,
    room: float,
    stream: Stream | None,
    assumed: dict[str, object],
) -> int:
    said, stored = header["BitsAllocated"] or 0, header["BitsStored"] or 0
    valid = 1 <= said <= _MOST_BITS and (said == 1 or said % 8 == 0)
    fits = [bits for bits in (8, 16, 32) if bits * samples <= room] or [8]
    bits = said if valid else fits[-1] if room else 16 if 8 < stored <= 16 else 8
    if valid and said < stored <= 16 and room >= samples * 16:
        bits = 16  # values of more bits than a pixel is said to have, and there is room for them
    if valid and stored <= 8 < said and samples * 8 <= room < samples * 16 and room - samples * 8 < 1:
        bits = 8  # bytes alone
    if stream is not None and (stream.certain or bits < stream.precision):
        bits = -(-stream.precision // 8) * 8
    if bits != said and stream is None:
        assumed["BitsAllocated"] = bits
    return bits


def _bits(
    header: Mapping[str, int | None], allocated: int, stream: Stream | None, assumed: dict[str, object]
) -> tuple[int, int]:
    """Return how many bits a value has, and in which it ends."""
    stored, high = header["BitsStored"] or 0, header["HighBit"]
    valid = 1 <= stored <= allocated
    if not valid:
        stored = high + 1 if high is not None and 0 <= high < allocated else allocated
    if stream is not None and (stream.certain or not valid):
        valid, stored = valid and stored == stream.precision, stream.precision
    if not valid:
        assumed["BitsStored"] = stored
    if stream is not None:
        return stored, stored - 1
    if high is None or not stored - 1 <= high < allocated:
        high = assumed["HighBit"] = stored - 1
        return stored, stored - 1
    return stored, high

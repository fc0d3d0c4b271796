"""The stored values of one frame of a DICOM file: no more of the file is read than its header and that frame."""

import math
from dataclasses import replace
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataset import FileDataset
from pydicom.encaps import get_frame
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import convert_color_space
from pydicom.uid import (
    UID,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000TransferSyntaxes,
    RLELossless,
)

from radmine.errors import InputError
from radmine.files import open_file
from radmine.ingest import (
    UNDEFINED,
    DicomStream,
    ImagePixel,
    PixelValue,
    Stream,
    find_pixels,
    image_pixel,
    open_dicom,
)
from radmine.pixels.apart import decoder_process
from radmine.pixels.codestream import codestreams_of, is_run_length
from radmine.pixels.grey import check_pixels
from radmine.run import MEGABYTE, Limits

# A compressed frame may be so many times as large as its pixels, and this many megabytes more, with its offset table.
_TIMES, _MORE = 2, 32
_YBR = ("YBR_FULL", "YBR_FULL_422")
_CHECK = "Check the file with the program that made it."


class Stored(NamedTuple):
    """One frame as it is stored."""

    dataset: Dataset  # the header
    pixel: ImagePixel  # how it was read
    values: NDArray[Any]  # not yet converted to another colour space
    ybr: bool  # whether they are YBR colours


def read_stored(path: Path, *, frame: int | None, limits: Limits) -> Stored:
    """Return a frame of a file.

    Raises
    ------
    InputError
        The file holds no such frame, or none that can be decoded.
    TooLargeError
        The header or the frame is larger than the limits allow.
    """
    state = path.stat()
    dataset, value, start, plain = _header(path, (state.st_ino, state.st_size, state.st_mtime_ns), limits)
    if value is None and dataset.get("SOPClassUID") is None:
        raise InputError(
            "The file is not a picture.",
            where=str(path),
            do="Give a DICOM, PNG, JPEG, GIF, BMP or TIFF file.",
        )
    if value is None:
        raise InputError("The DICOM file holds no pixels.", where=str(path), do="Leave it out.")
    syntax = UID(dataset.file_meta.TransferSyntaxUID)
    pixel = _image_pixel(dataset, value, None if syntax.is_encapsulated else value.length)
    index = (frame or 1) - 1
    if not 0 <= index < pixel.frames:
        raise InputError(
            f"The file has {pixel.frames} frame(s).", where=f"{path}#{frame}", do="Ask for one of them."
        )
    check_pixels(pixel.rows, pixel.columns, limits, bytes_of_pixel=pixel.samples * pixel.allocated / 8)
    with (
        open_file(path) as file,
        DicomStream(cast(Any, file)) if plain else open_dicom(file, limits)[0] as stream,
    ):
        stream.seek(start)
        if syntax.is_encapsulated:
            encoded = _encoded(stream, value, dataset, pixel, index=index)
            pixel = _as_it_says(encoded, dataset, value, pixel, syntax)
            check_pixels(
                pixel.rows, pixel.columns, limits, bytes_of_pixel=pixel.samples * pixel.allocated / 8
            )
            values, photometric = decoder_process().decode(
                encoded,
                syntax=str(syntax),
                options={**_options(pixel, value), "number_of_frames": 1},
                seconds=limits.seconds,
            )
        else:
            _check_native(pixel, value, left=state.st_size - start if plain else math.inf)
            values, properties = get_decoder(syntax).as_array(
                cast(Any, stream), index=index, raw=True, **{"view_only": True, **_options(pixel, value)}
            )
            photometric = str(properties["photometric_interpretation"])
    if values.ndim == 3 and values.shape[-1] not in {3, 4}:
        values = values[0]
    values, pixel = _down(values, pixel)
    return Stored(dataset, pixel, values, photometric in _YBR)


@lru_cache(1)
def _header(
    path: Path, _changed: tuple[int, ...], limits: Limits
) -> tuple[FileDataset, PixelValue | None, int, bool]:
    """Return a file's header, its pixel data, where that begins, and whether the file is as it was written.

    The last one is kept, since the frames of a file are asked for one by one.
    """
    with open_file(path) as file:
        stream, dataset = open_dicom(file, limits)
        with stream:
            _name_transfer_syntax(dataset)
            return dataset, find_pixels(stream, dataset), stream.tell(), stream.size < math.inf


def _name_transfer_syntax(dataset: FileDataset) -> None:
    """Give a file without one the transfer syntax that its elements were read with: those can only be uncompressed."""
    if dataset.file_meta.get("TransferSyntaxUID") is None:
        implicit, little = dataset.original_encoding
        plain = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
        dataset.file_meta.TransferSyntaxUID = plain if little else ExplicitVRBigEndian


def _image_pixel(
    dataset: Dataset, value: PixelValue, length: int | None, stream: Stream | None = None
) -> ImagePixel:
    pixel = image_pixel(dataset, keyword=value.keyword, length=length, stream=stream)
    if pixel is None:
        raise InputError("The header says that a frame has a size that it cannot have.", do=_CHECK)
    return pixel


def _options(pixel: ImagePixel, value: PixelValue) -> dict[str, Any]:
    """Return what pydicom's decoders take. Values that do not end in the usual bit come as they are."""
    usual = pixel.high == pixel.stored - 1
    options: dict[str, Any] = {
        "rows": pixel.rows,
        "columns": pixel.columns,
        "number_of_frames": pixel.frames,
        "samples_per_pixel": pixel.samples,
        "photometric_interpretation": pixel.photometric,
        "planar_configuration": pixel.planar,
        "bits_allocated": pixel.allocated,
        "bits_stored": pixel.stored if usual else pixel.allocated,
        "pixel_representation": int(pixel.signed),
        "pixel_keyword": value.keyword,
    }
    return options | ({} if value.vr is None else {"pixel_vr": value.vr})


def _down(values: NDArray[Any], pixel: ImagePixel) -> tuple[NDArray[Any], ImagePixel]:
    """Return values that end in a higher bit than usual without the bits below.

    Where all of them are as if they ended in the usual one, and the bits below are used, the header is not believed.
    """
    if pixel.high == pixel.stored - 1 or values.dtype.kind not in "ui":
        return values, pixel
    below = pixel.high + 1 - pixel.stored
    plain = values.view(values.dtype.str.replace("i", "u"))
    if not (plain >> pixel.stored).any() and (plain & ((1 << below) - 1)).any():
        high = pixel.stored - 1
        return values, replace(pixel, high=high, assumed=(*pixel.assumed, f"HighBit={high}"))
    return (values << (pixel.allocated - 1 - pixel.high)) >> (pixel.allocated - pixel.stored), pixel


def _encoded(
    stream: DicomStream, value: PixelValue, dataset: Dataset, pixel: ImagePixel, *, index: int
) -> bytes:
    tables = [dataset.get(name) for name in ("ExtendedOffsetTable", "ExtendedOffsetTableLengths")]
    offsets = cast(tuple[bytes, bytes], tuple(tables)) if all(tables) else None

    def read(source: BinaryIO) -> bytes:
        where = source if value.length == UNDEFINED else BytesIO(source.read(value.length))
        return get_frame(cast(Any, where), index, number_of_frames=pixel.frames, extended_offsets=offsets)

    return stream.parse(read, megabytes=_TIMES * pixel.bits_of_frame / 8 / MEGABYTE + _MORE)


def _as_it_says(
    frame: bytes, dataset: Dataset, value: PixelValue, pixel: ImagePixel, syntax: UID
) -> ImagePixel:
    """Return how a compressed frame is to be read, by what it says itself."""
    if syntax == RLELossless:
        if is_run_length(frame):
            return pixel
    else:
        says = codestreams_of(frame)
        if {one.pixels for one in says} == {pixel.rows * pixel.columns} and len(says) == 1:
            (one,) = says
            ybr = not (one.rgb or syntax in JPEG2000TransferSyntaxes)
            stream = Stream(one.components, "YBR_FULL" if ybr else "RGB", one.precision, one.dct)
            return _image_pixel(dataset, value, None, stream)
    raise InputError("The frame in the file is not as its header says.", do=_CHECK)


def _check_native(pixel: ImagePixel, value: PixelValue, *, left: float) -> None:
    there = min(value.length, left)
    if value.length == UNDEFINED or there < math.ceil(pixel.bits_of_frame * pixel.frames / 8):
        raise InputError(
            "The pixels cannot be decoded: they are more or fewer than the header says.", do=_CHECK
        )


def to_rgb(values: NDArray[Any]) -> NDArray[Any]:
    """Return the RGB of some rows of YBR colours."""
    return np.asarray(convert_color_space(values, "YBR_FULL", "RGB"))

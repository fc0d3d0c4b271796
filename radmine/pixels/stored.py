"""The stored values of one frame of a DICOM file: no more of the file is read than its header and that frame."""

import math
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataset import FileDataset
from pydicom.encaps import get_frame
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.processing import convert_color_space
from pydicom.pixels.utils import as_pixel_options
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless

from radmine.errors import InputError
from radmine.files import open_file
from radmine.ingest import UNDEFINED, DicomStream, PixelValue, find_pixels, open_dicom
from radmine.pixels.apart import decoder_process
from radmine.pixels.codestream import is_run_length, values_of
from radmine.pixels.grey import check_pixels
from radmine.run import MEGABYTE, Limits

_BITS = {"FloatPixelData": 32, "DoubleFloatPixelData": 64}
_LONGEST_SIDE, _MOST_BITS = 65_535, 64
# A compressed frame may be so many times as large as its pixels, and this many megabytes more, with its offset table.
_TIMES, _MORE = 2, 32
# Of the header: what the decoders of compressed frames take.
_PLAIN = (
    "samples_per_pixel",
    "photometric_interpretation",
    "planar_configuration",
    "rows",
    "columns",
    "bits_allocated",
    "bits_stored",
    "pixel_representation",
    "pixel_keyword",
    "pixel_vr",
)
_YBR = ("YBR_FULL", "YBR_FULL_422")


def read_stored(path: Path, *, frame: int | None, limits: Limits) -> tuple[Dataset, NDArray[Any], bool]:
    """Return the header of a file, the stored values of a frame, and whether those are YBR colours.

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
    frames = int(dataset.get("NumberOfFrames") or 1)
    index = (frame or 1) - 1
    if not 0 <= index < frames:
        raise InputError(
            f"The file has {frames} frame(s).", where=f"{path}#{frame}", do="Ask for one of them."
        )
    size = _bytes_of_frame(dataset, value, limits)
    with (
        open_file(path) as file,
        DicomStream(cast(Any, file)) if plain else open_dicom(file, limits)[0] as stream,
    ):
        stream.seek(start)
        values, photometric = _decode(
            dataset,
            value,
            stream,
            index=index,
            size=size,
            left=state.st_size - start if plain else math.inf,
            seconds=limits.seconds,
        )
    if values.ndim == 3 and values.shape[-1] not in {3, 4}:
        values = values[0]
    return dataset, values, photometric in _YBR


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


def _bytes_of_frame(dataset: Dataset, value: PixelValue, limits: Limits) -> float:
    """Return the size of a native frame, checked before anything is decoded."""
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    bits = _BITS.get(value.keyword) or int(dataset.BitsAllocated)
    samples = int(dataset.get("SamplesPerPixel") or 1)
    if not (
        1 <= rows <= _LONGEST_SIDE
        and 1 <= columns <= _LONGEST_SIDE
        and 1 <= bits <= _MOST_BITS
        and 1 <= samples <= 4
    ):
        raise InputError(
            "The header says that a frame has a size that it cannot have.",
            do="Check the file with the program that made it.",
        )
    check_pixels(rows, columns, limits, bytes_of_pixel=samples * bits / 8)
    if dataset.get("PhotometricInterpretation") == "YBR_FULL_422":
        samples = 2  # two chroma values for two pixels (PS3.5 8.1.1)
    return rows * columns * samples * bits / 8


def _decode(
    dataset: FileDataset,
    value: PixelValue,
    stream: DicomStream,
    *,
    index: int,
    size: float,
    left: float,
    seconds: float,
) -> tuple[NDArray[Any], str]:
    """Return the values of a frame, not yet converted to another colour space, and the colour space they are in."""
    syntax = UID(dataset.file_meta.TransferSyntaxUID)
    options: dict[str, Any] = as_pixel_options(dataset, pixel_keyword=value.keyword)
    if value.vr is not None:
        options["pixel_vr"] = value.vr
    if syntax.is_encapsulated:
        frame = _encoded(stream, value, options, index=index, size=size)
        _check_encoded(frame, dataset, syntax)
        plain = {name: v if isinstance(v, int) else str(v) for name, v in options.items() if name in _PLAIN}
        return decoder_process().decode(
            frame, syntax=str(syntax), options={**plain, "number_of_frames": 1}, seconds=seconds
        )
    _check_native(value, options, size=size, left=left)
    options.pop("extended_offsets", None)
    values, properties = get_decoder(syntax).as_array(
        cast(Any, stream), index=index, raw=True, **{"view_only": True, **options}
    )
    return values, str(properties["photometric_interpretation"])


def _encoded(
    stream: DicomStream, value: PixelValue, options: dict[str, Any], *, index: int, size: float
) -> bytes:
    def read(source: BinaryIO) -> bytes:
        where = source if value.length == UNDEFINED else BytesIO(source.read(value.length))
        return get_frame(
            cast(Any, where),
            index,
            number_of_frames=options["number_of_frames"],
            extended_offsets=options.get("extended_offsets"),
        )

    return stream.parse(read, megabytes=_TIMES * size / MEGABYTE + _MORE)


def _check_encoded(frame: bytes, dataset: Dataset, syntax: UID) -> None:
    expected = int(dataset.Rows) * int(dataset.Columns) * int(dataset.get("SamplesPerPixel") or 1)
    if is_run_length(frame) if syntax == RLELossless else values_of(frame) == {expected}:
        return
    raise InputError(
        "The frame in the file is not as its header says.",
        do="Check the file with the program that made it.",
    )


def _check_native(value: PixelValue, options: dict[str, Any], *, size: float, left: float) -> None:
    expected = math.ceil(size * options["number_of_frames"])
    there = min(value.length, left)
    # Colours that are not subsampled though the header says so would be shown wrongly.
    whole = options.get("photometric_interpretation") == "YBR_FULL_422" and there >= expected // 2 * 3
    if value.length == UNDEFINED or there < expected or whole:
        raise InputError(
            "The pixels cannot be decoded: they are more or fewer than the header says.",
            do="Check the file with the program that made it.",
        )


def to_rgb(values: NDArray[Any]) -> NDArray[Any]:
    """Return the RGB of some rows of YBR colours."""
    return np.asarray(convert_color_space(values, "YBR_FULL", "RGB"))

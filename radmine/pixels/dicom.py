"""Pixels of DICOM files: decoded, through the modality and VOI transformations of their header, right way up."""

import warnings
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset, dcmread
from pydicom.multival import MultiValue
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi
from pydicom.pixels.utils import pixel_array
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from radmine.errors import InputError
from radmine.pixels.grey import Grey, Picture, rescale, robust_range, to_grey

# Windows (centre, width in Hounsfield units) for a CT that brings none, by words in its body part.
_CT_WINDOWS = (
    (("HEAD", "BRAIN", "SKULL"), (40.0, 80.0)),
    (("CHEST", "THORAX", "LUNG"), (-600.0, 1500.0)),
)
_CT_SOFT_TISSUE = (40.0, 400.0)


def read_dicom(file: Path, *, frame: int | None = None) -> Picture:
    """Return one frame of a DICOM file as it is meant to be seen.

    Of several windows the first is taken (DICOM PS3.3 C.11.2.1.2: they are alternatives). A CT in Hounsfield units
    without a window gets one for its body part; anything else without one the 0.5th to 99.5th percentile. Padding
    counts in none of these and becomes black.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = _dataset(file, file.stat().st_mtime_ns)
        if not any(name in dataset for name in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
            raise InputError("The DICOM file holds no pixels.", where=str(file), do="Leave it out.")
        frames = int(dataset.get("NumberOfFrames") or 1)
        index = (frame or 1) - 1
        if not 0 <= index < frames:
            raise InputError(
                f"The file has {frames} frame(s).", where=f"{file}#{frame}", do="Ask for one of them."
            )
        stored = _stored(dataset, index=index)
        if int(dataset.get("SamplesPerPixel") or 1) > 1 or dataset.PhotometricInterpretation.startswith(
            "PAL"
        ):
            return _colour(dataset, stored)
        return _monochrome(dataset, stored, index=index)


@lru_cache(1)
def _dataset(file: Path, _changed: int) -> Dataset:
    """Return the data set in a file; the last one is kept, since the frames of a file are asked for one by one."""
    dataset = dcmread(file, force=True)
    _name_transfer_syntax(dataset)
    return dataset


def _name_transfer_syntax(dataset: Dataset) -> None:
    """Give a file without one the transfer syntax that its elements were read with: those can only be uncompressed."""
    if dataset.file_meta.get("TransferSyntaxUID") is None:
        implicit, little = dataset.original_encoding
        plain = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
        dataset.file_meta.TransferSyntaxUID = plain if little else ExplicitVRBigEndian


def _stored(dataset: Dataset, *, index: int) -> NDArray[Any]:
    """Return the stored values of a frame, colour already RGB where it was YBR."""
    values = np.asarray(pixel_array(dataset, index=index))
    return values if values.ndim < 3 or values.shape[-1] in {3, 4} else values[0]


def _colour(dataset: Dataset, stored: NDArray[Any]) -> Picture:
    if dataset.PhotometricInterpretation.startswith("PAL"):
        stored = apply_color_lut(stored, dataset)
        bits = 8 * stored.dtype.itemsize
    else:
        bits = int(dataset.BitsStored)
    full = float(2**bits - 1)
    return Picture(np.clip(to_grey(stored, full=full), 0, 1), (0.0, full), inverted=False)


def _monochrome(dataset: Dataset, stored: NDArray[Any], *, index: int) -> Picture:
    header = _frame_header(dataset, index)
    values = np.asarray(apply_modality_lut(stored, header), np.float32)
    padding = _padding(dataset, stored)
    seen = values if padding is None else values[~padding]
    grey, window = _shown(header, dataset, values, seen)
    inverted = dataset.PhotometricInterpretation == "MONOCHROME1"
    if inverted:
        grey = 1 - grey
    if padding is not None:
        grey = np.where(padding, np.float32(0), grey)
    return Picture(np.nan_to_num(grey), window, inverted)


def _frame_header(dataset: Dataset, index: int) -> Dataset:
    """Return the transformations that hold for a frame: its own, else those of all frames, else the file's."""
    merged = Dataset()
    for source in (dataset, *_functional_groups(dataset, index)):
        for name in (
            "ModalityLUTSequence",
            "RescaleSlope",
            "RescaleIntercept",
            "VOILUTSequence",
            "WindowCenter",
            "WindowWidth",
            "VOILUTFunction",
            "PixelRepresentation",
            "BitsStored",
            "PhotometricInterpretation",
        ):
            if source.get(name) is not None:
                merged[name] = source[name]
    return merged


def _functional_groups(dataset: Dataset, index: int) -> Iterator[Dataset]:
    """Yield the pixel value and VOI groups of an enhanced file (PS3.3 C.7.6.16), shared ones first."""
    own = dataset.get("PerFrameFunctionalGroupsSequence") or []
    for group in (*(dataset.get("SharedFunctionalGroupsSequence") or [])[:1], *own[index : index + 1]):
        for name in ("PixelValueTransformationSequence", "FrameVOILUTSequence"):
            yield from group.get(name) or []


def _padding(dataset: Dataset, stored: NDArray[Any]) -> NDArray[np.bool_] | None:
    """Return where the stored values are padding (PS3.3 C.7.5.1.1.2), None where nothing or all of it is."""
    value = dataset.get("PixelPaddingValue")
    if value is None or isinstance(value, bytes):
        return None
    limit = dataset.get("PixelPaddingRangeLimit", value)
    low, high = sorted((int(value), int(limit)))
    mask: NDArray[np.bool_] = (stored >= low) & (stored <= high)
    return mask if mask.any() and not mask.all() else None


def _shown(header: Dataset, dataset: Dataset, values: Grey, seen: Grey) -> tuple[Grey, tuple[float, float]]:
    """Return the values in [0, 1] after the VOI transformation, and the values that became 0 and 1."""
    window = _window(header)
    if window is None and header.get("VOILUTSequence"):
        table = header.VOILUTSequence[0]
        if table.get("LUTData") is not None:
            entries, first, bits = (int(v) & 0xFFFF for v in table.LUTDescriptor)
            shown = np.asarray(apply_voi(values.astype(np.int32), header), np.float32) / np.float32(
                2**bits - 1
            )
            return np.clip(shown, 0, 1), (float(first), float(first + (entries or 65536) - 1))
    function = str(header.get("VOILUTFunction") or "LINEAR").upper()
    if window is None and dataset.get("Modality") == "CT" and seen.size and seen.min() < -200:
        window, function = _ct_window(dataset), "LINEAR_EXACT"
    if window is None:
        low, high = robust_range(seen[np.isfinite(seen)])
        return rescale(values, low, high), (low, high)
    centre, width = window
    if function == "SIGMOID":
        exponent = np.clip(-4 * (values - centre) / width, -60, 60)
        return (1 / (1 + np.exp(exponent))).astype(np.float32), (centre - width / 2, centre + width / 2)
    if function == "LINEAR_EXACT":
        low, high = centre - width / 2, centre + width / 2
    else:
        low, high = centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2
    if high <= low:  # a LINEAR window of width 1 is a threshold
        return (values > low).astype(np.float32), (low, high)
    return rescale(values, low, high), (low, high)


def _window(header: Dataset) -> tuple[float, float] | None:
    """Return the first window of the header as (centre, width), None where there is none that can be used."""
    first = []
    for name in ("WindowCenter", "WindowWidth"):
        value = header.get(name)
        if isinstance(value, MultiValue | list):
            value = value[0] if value else None
        if value is None or value == "":
            return None
        first.append(float(value))
    centre, width = first
    return (centre, width) if width > 0 and np.isfinite(first).all() else None


def _ct_window(dataset: Dataset) -> tuple[float, float]:
    part = str(dataset.get("BodyPartExamined") or dataset.get("StudyDescription") or "").upper()
    for words, window in _CT_WINDOWS:
        if any(word in part for word in words):
            return window
    return _CT_SOFT_TISSUE

"""Pixels of DICOM files, through the modality and VOI transformations of their header, right way up."""

import warnings
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.multival import MultiValue
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi

from radmine.ingest import frame_groups, items_of
from radmine.pixels.grey import Grey, Picture, by_rows, rescale, robust_range, to_grey
from radmine.pixels.stored import read_stored, to_rgb
from radmine.run import Limits

# Windows (centre, width in Hounsfield units) for a CT that brings none, by words in its body part.
_CT_WINDOWS = (
    (("HEAD", "BRAIN", "SKULL"), (40.0, 80.0)),
    (("CHEST", "THORAX", "LUNG"), (-600.0, 1500.0)),
)
_CT_SOFT_TISSUE = (40.0, 400.0)
_ABSURD = 1e15  # no window ends where values are so large


def read_dicom(file: Path, *, frame: int | None = None, limits: Limits) -> Picture:
    """Return one frame of a DICOM file as it is meant to be seen.

    Of several windows the first is taken (DICOM PS3.3 C.11.2.1.2: they are alternatives). A CT in Hounsfield units
    without a window gets one for its body part; anything else without one the 0.5th to 99.5th percentile. Padding
    counts in none of these and becomes black. A slope or intercept by which nothing could be seen (0, NaN, 1e308) is not used,
    nor is such a window.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset, stored, ybr = read_stored(file, frame=frame, limits=limits)
        palette = dataset.PhotometricInterpretation.startswith("PAL")
        if int(dataset.get("SamplesPerPixel") or 1) > 1 or palette:
            return _colour(dataset, stored, palette=palette, ybr=ybr)
        header = _frame_header(dataset, (frame or 1) - 1, limits)
        if not _can_be_rescaled(header, stored):
            del header.RescaleSlope, header.RescaleIntercept
        padding = _padding(dataset, stored)
        values = by_rows(lambda part: np.asarray(apply_modality_lut(part, header), np.float32), stored)
        del stored
        return _monochrome(header, dataset, values, padding)


def _colour(dataset: Dataset, stored: NDArray[Any], *, palette: bool, ybr: bool) -> Picture:
    bits = int(dataset.BitsStored)
    if palette:
        bits = 8 * apply_color_lut(stored[:1], dataset).dtype.itemsize
    full = float(2**bits - 1)

    def grey(part: NDArray[Any]) -> NDArray[Any]:
        colour = apply_color_lut(part, dataset) if palette else to_rgb(part) if ybr else part
        return np.clip(to_grey(colour, full=full), 0, 1)

    return Picture(by_rows(grey, stored), (0.0, full), inverted=False)


def _monochrome(
    header: Dataset, dataset: Dataset, values: Grey, padding: NDArray[np.bool_] | None
) -> Picture:
    """Return the picture that the values, which it takes the place of, are shown as."""
    grey, window = _shown(header, dataset, values, padding)
    inverted = dataset.PhotometricInterpretation == "MONOCHROME1"
    if inverted:
        np.subtract(1, grey, out=grey)
    if padding is not None:
        grey[padding] = 0
    return Picture(by_rows(np.nan_to_num, grey, out=grey), window, inverted)


def _frame_header(dataset: Dataset, index: int, limits: Limits) -> Dataset:
    """Return the transformations that hold for a frame: its own, else those of all frames, else the file's."""
    merged = Dataset()
    for source in (dataset, *_functional_groups(dataset, index, limits)):
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


def _can_be_rescaled(header: Dataset, stored: NDArray[Any]) -> bool:
    """Return whether slope and intercept, where they count, leave values that are numbers and differ as the stored ones do."""
    if header.get("ModalityLUTSequence") or not {"RescaleSlope", "RescaleIntercept"} <= set(header.dir()):
        return True
    known = stored[np.isfinite(stored)] if stored.dtype.kind == "f" else stored
    if not known.size:
        return True
    slope, intercept = float(header.RescaleSlope), float(header.RescaleIntercept)
    with np.errstate(all="ignore"):
        ends = np.array([known.min(), known.max()], np.float64)
        low, high = (ends * slope + intercept).astype(np.float32)
        return bool(
            slope != 0 and np.isfinite((low, high, high - low)).all() and (low != high or ends[0] == ends[1])
        )


def _functional_groups(dataset: Dataset, index: int, limits: Limits) -> Iterator[Dataset]:
    """Yield the pixel value and VOI groups of an enhanced file (PS3.3 C.7.6.16), shared ones first."""
    shared = items_of(dataset, "SharedFunctionalGroupsSequence")[:1]
    for group in (*shared, *islice(frame_groups(dataset, limits, first=index), 1)):
        for name in ("PixelValueTransformationSequence", "FrameVOILUTSequence"):
            yield from items_of(group, name)


def _padding(dataset: Dataset, stored: NDArray[Any]) -> NDArray[np.bool_] | None:
    """Return where the stored values are padding (PS3.3 C.7.5.1.1.2), None where nothing or all of it is."""
    value = dataset.get("PixelPaddingValue")
    if value is None or isinstance(value, bytes):
        return None
    limit = dataset.get("PixelPaddingRangeLimit", value)
    low, high = sorted((int(value), int(limit)))
    mask: NDArray[np.bool_] = (stored >= low) & (stored <= high)
    return mask if mask.any() and not mask.all() else None


def _shown(
    header: Dataset, dataset: Dataset, values: Grey, padding: NDArray[np.bool_] | None
) -> tuple[Grey, tuple[float, float]]:
    """Return the values in [0, 1] after the VOI transformation, and the values that became 0 and 1."""
    window = _window(header)
    if window is None and header.get("VOILUTSequence"):
        table = header.VOILUTSequence[0]
        if table.get("LUTData") is not None:
            entries, first, bits = (int(v) & 0xFFFF for v in table.LUTDescriptor)
            full = np.float32(2**bits - 1)
            shown = by_rows(
                lambda part: np.asarray(apply_voi(part.astype(np.int32), header), np.float32) / full,
                values,
                out=values,
            )
            return np.clip(shown, 0, 1, out=shown), (float(first), float(first + (entries or 65536) - 1))
    function = str(header.get("VOILUTFunction") or "LINEAR").upper()
    if window is None:
        seen = values if padding is None else values[~padding]
        if dataset.get("Modality") == "CT" and seen.size and seen.min() < -200:
            window, function = _ct_window(dataset), "LINEAR_EXACT"
        else:
            finite = np.isfinite(seen)
            seen = seen if finite.all() else seen[finite]
            low, high = robust_range(seen, consume=seen is not values)
            return rescale(values, low, high), (low, high)
    centre, width = window
    if function == "SIGMOID":
        shown = by_rows(lambda part: 1 / (1 + np.exp(np.clip(-4 * (part - centre) / width, -60, 60))), values)
        return shown, (centre - width / 2, centre + width / 2)
    if function == "LINEAR_EXACT":
        low, high = centre - width / 2, centre + width / 2
    else:
        low, high = centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2
    if high <= low:  # a LINEAR window of width 1 is a threshold
        return by_rows(lambda part: part > low, values, out=values), (low, high)
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
    if not (width > 0 and abs(centre) + width < _ABSURD):  # nor is one with NaN
        return None
    return (centre, width) if np.float32(centre - width) < np.float32(centre + width) else None


def _ct_window(dataset: Dataset) -> tuple[float, float]:
    part = str(dataset.get("BodyPartExamined") or dataset.get("StudyDescription") or "").upper()
    for words, window in _CT_WINDOWS:
        if any(word in part for word in words):
            return window
    return _CT_SOFT_TISSUE

"""Pixels of DICOM files, through the modality and VOI transformations of their header, right way up."""

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.pixels.processing import apply_color_lut

from radmine.ingest import ImagePixel, numbers_of
from radmine.pixels.grey import LUMA, Grey, Picture, by_rows, rescale, robust_range, to_grey
from radmine.pixels.levels import levels_of
from radmine.pixels.position import position_of
from radmine.pixels.stored import Stored, read_stored, to_rgb
from radmine.pixels.tables import table_of
from radmine.pixels.transformations import Transformations
from radmine.pixels.values import Values, kept_of
from radmine.pixels.windows import window_of_part
from radmine.run import Limits


def read_dicom(file: Path, *, frame: int | None = None, limits: Limits, values: bool = False) -> Picture:
    """Return one frame of a DICOM file as it is meant to be seen.

    Of several windows the first that can be used is taken (DICOM PS3.3 C.11.2.1.2: they are alternatives). A CT in
    Hounsfield units without a window gets one for its body part; anything else without one the 0.5th to 99.5th
    percentile. Padding counts in none of these and becomes black. Of the header, what is missing or odd costs no
    picture: `assumed` says how it was read.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stored = read_stored(file, frame=frame, limits=limits)
        if stored.pixel.samples > 1:
            return _colour(stored)
        levels, index = levels_of(stored.values), (frame or 1) - 1
        if levels is None:
            return _of_one_sample(stored, None, index, limits, values)
        distinct = stored._replace(values=levels.values)
        picture = _of_one_sample(distinct, levels.counts, index, limits, values)
        kept = picture.values
        if kept is not None:
            kept = replace(kept, array=levels.spread(kept.array, stored.values))
        return replace(picture, grey=levels.spread(picture.grey, stored.values), values=kept)


def _of_one_sample(
    stored: Stored, counts: NDArray[np.int64] | None, index: int, limits: Limits, values: bool
) -> Picture:
    """Return the picture of values, shape (rows, columns), or of the distinct ones, shape (1, n), and how many of each."""
    if stored.pixel.photometric == "PALETTE COLOR":
        picture = _palette(stored)
        if picture is not None:
            return picture
    header = Transformations(stored.dataset, index, limits)
    padding, rescaled = _padding(stored), _rescaled(stored.values, header)
    dataset, pixel = stored.dataset, stored.pixel
    del stored
    kept = kept_of(rescaled, padding) if values else None
    shown = _monochrome(dataset, pixel, rescaled, padding, header, counts)
    picture = replace(shown, position=position_of(dataset, index, limits))
    if kept is None:
        return picture
    unit = header.unit(is_ct=_modality_of(dataset) == "CT")
    return replace(picture, values=Values(*kept, unit, picture.window, picture.inverted))


def _colour(stored: Stored) -> Picture:
    full = float(2**stored.pixel.stored - 1)

    def grey(part: NDArray[Any]) -> NDArray[Any]:
        return np.clip(to_grey(to_rgb(part) if stored.ybr else part, full=full), 0, 1)

    return Picture(by_rows(grey, stored.values), (0.0, full), inverted=False, assumed=stored.pixel.assumed)


def _palette(stored: Stored) -> Picture | None:
    """Return a picture of palette colours, None where it has no palette."""
    dataset, values, assumed = stored.dataset, stored.values, stored.pixel.assumed
    if (
        "SegmentedRedPaletteColorLookupTableData" in dataset
        and "RedPaletteColorLookupTableData" not in dataset
    ):
        full = float(np.iinfo(apply_color_lut(values[:1], dataset).dtype).max)

        def segmented(part: NDArray[Any]) -> NDArray[Any]:
            return np.clip(to_grey(apply_color_lut(part, dataset), full=full), 0, 1)

        return Picture(by_rows(segmented, values), (0.0, full), inverted=False, assumed=assumed)
    little = bool(dataset.original_encoding[1])
    tables = [
        table_of(
            dataset,
            f"{colour}PaletteColorLookupTableDescriptor",
            f"{colour}PaletteColorLookupTableData",
            little=little,
            values=values,
        )
        for colour in ("Red", "Green", "Blue")
    ]
    there = [table for table in tables if table is not None]
    if len(there) < 3:
        return None
    full = 255.0 if max(table.entries.max() for table in there) <= 255 else 65535.0

    def grey(part: NDArray[Any]) -> NDArray[Any]:
        luma = sum(table(part) * weight for table, weight in zip(there, LUMA, strict=True))
        return np.asarray(np.clip(np.asarray(luma) / full, 0, 1), np.float32)

    return Picture(by_rows(grey, values), (0.0, full), inverted=False, assumed=assumed)


def _rescaled(stored: NDArray[Any], header: Transformations) -> Grey:
    """Return the values after the modality transformation."""
    table = header.table("ModalityLUTSequence", stored)
    scale = None if table else header.slope_and_intercept(stored)

    def modality(part: NDArray[Any]) -> NDArray[Any]:
        if table is not None:
            return table(part)
        if scale is None:
            return part
        scaled = part.astype(np.float64)
        scaled *= scale[0]
        scaled += scale[1]
        return scaled

    return by_rows(modality, stored)


def _monochrome(
    dataset: Dataset,
    pixel: ImagePixel,
    values: Grey,
    padding: NDArray[np.bool_] | None,
    header: Transformations,
    counts: NDArray[np.int64] | None,
) -> Picture:
    """Return the picture that the values, which it takes the place of, are shown as."""
    grey, window = _shown(header, dataset, values, padding, counts)
    inverted = pixel.photometric == "MONOCHROME1"
    if inverted:
        np.subtract(1, grey, out=grey)
    if padding is not None:
        grey[padding] = 0
    if pixel.photometric == "PALETTE COLOR":
        header.assumed.append("PhotometricInterpretation=MONOCHROME2")
    assumed = (*pixel.assumed, *header.assumed)
    return Picture(by_rows(np.nan_to_num, grey, out=grey), window, inverted, assumed)


def _padding(stored: Stored) -> NDArray[np.bool_] | None:
    """Return where the stored values are padding (PS3.3 C.7.5.1.1.2), None where nothing or all of it is."""
    values = stored.values
    value = numbers_of(stored.dataset, "PixelPaddingValue").first
    if value is None:
        return None
    limit = numbers_of(stored.dataset, "PixelPaddingRangeLimit").first
    low, high = sorted(_wrapped(number, stored) for number in (value, value if limit is None else limit))
    mask: NDArray[np.bool_] = (values >= low) & (values <= high)
    return mask if mask.any() and not mask.all() else None


def _wrapped(number: float, stored: Stored) -> float:
    """Return a stored value with the sign that stored values have, whatever its VR says."""
    half = float(1 << stored.pixel.allocated - 1)
    if stored.values.dtype.kind == "i" and half <= number < 2 * half:
        return number - 2 * half
    if stored.values.dtype.kind == "u" and -half <= number < 0:
        return number + 2 * half
    return number


def _shown(
    header: Transformations,
    dataset: Dataset,
    values: Grey,
    padding: NDArray[np.bool_] | None,
    counts: NDArray[np.int64] | None,
) -> tuple[Grey, tuple[float, float]]:
    """Return the values, which it takes, in [0, 1] after the VOI transformation, and those that became 0 and 1."""
    window = header.window()
    if window is None:
        table = header.table("VOILUTSequence", values)
        if table is not None:
            shown = by_rows(lambda part: table(part) / np.float32(table.full), values, out=values)
            return shown, (float(table.first), float(table.first + len(table.entries) - 1))
    function = header.function()
    if window is None:
        seen = values if padding is None else values[~padding]
        if _modality_of(dataset) == "CT" and seen.size and seen.min() < -200:
            window, function = _ct_window(dataset), "LINEAR_EXACT"
        else:
            finite = np.isfinite(values)
            if padding is not None:
                finite &= ~padding
            seen = values if finite.all() else values[finite]
            of_each = None if counts is None else counts[finite[0]]
            low, high = robust_range(seen.ravel(), counts=of_each, consume=seen is not values)
            return rescale(values, low, high), (low, high)
    centre, width = window
    if function == "SIGMOID":
        shown = by_rows(lambda part: 1 / (1 + np.exp(np.clip(-4 * (part - centre) / width, -60, 60))), values)
        return shown, (centre - width / 2, centre + width / 2)
    if function == "LINEAR_EXACT" or width < 1:  # which LINEAR cannot have
        low, high = centre - width / 2, centre + width / 2
    else:
        low, high = centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2
    if high <= low:  # a LINEAR window of width 1 is a threshold
        return by_rows(lambda part: part > low, values, out=values), (low, high)
    return rescale(values, low, high), (low, high)


def _modality_of(dataset: Dataset) -> str:
    return str(dataset.get("Modality") or "").strip().upper()


def _ct_window(dataset: Dataset) -> tuple[float, float]:
    part = str(dataset.get("BodyPartExamined") or dataset.get("StudyDescription") or "").upper()
    return window_of_part(part)

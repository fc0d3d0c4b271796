"""Text that is burned into a picture: marks of its source, and what OCR reads."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from radmine.pixels.content import Bytes
from radmine.pixels.marks import Mark, find_marks
from radmine.pixels.printed import Box, blank_boxes
from radmine.run import require

_READ = 2  # letters and digits of a box, at least
_SURE = 0.5  # confidence of the reading, at least


def burned_in(pixels: Bytes, *, marks: Sequence[Mark] = (), ocr: bool = False) -> tuple[Box, ...]:
    """Return the boxes of text on a picture: the marks that it has, and where asked for what OCR reads besides."""
    boxes = find_marks(pixels, marks)
    return (*boxes, *read_boxes(blank_boxes(pixels, boxes))) if ocr else boxes


def read_boxes(pixels: Bytes) -> tuple[Box, ...]:
    """Return the boxes of text that OCR finds and can read; what it reads is not kept.

    A box counts only where at least two letters or digits are read with a confidence of .5: the detector of text alone
    finds some on three of four pictures without any. By PP-OCRv4 (Du et al., arXiv:2009.09941 and later) through
    rapidocr-onnxruntime, in one thread, about a second a picture.

    Raises
    ------
    NotAvailable
        The extra `ocr` is not installed.
    """
    found, _ = _reader()(pixels)
    rows, columns = pixels.shape
    boxes = []
    for corners, text, sure in found or ():
        if float(sure) < _SURE or sum(letter.isalnum() for letter in text) < _READ:
            continue
        (left, top), (right, bottom) = np.min(corners, axis=0), np.max(corners, axis=0)
        box = (
            max(0, int(top)),
            min(rows, int(np.ceil(bottom))),
            max(0, int(left)),
            min(columns, int(np.ceil(right))),
        )
        if box[0] < box[1] and box[2] < box[3]:
            boxes.append(box)
    return tuple(sorted(boxes))


@lru_cache(maxsize=1)
def _reader() -> Any:
    rapidocr = require("rapidocr_onnxruntime", extra="ocr", purpose="Reading burned-in text")
    return rapidocr.RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1, text_score=_SURE)

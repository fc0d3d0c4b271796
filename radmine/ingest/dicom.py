"""DICOM files, at any depth, whatever their names: images, structured reports, key object selections.

A file without preamble is taken for DICOM where it starts with a plausible data element. What is not an image, a
report or a key object selection is set aside with its kind; a DICOMDIR is an index and is left out by its name.
"""

import contextlib
import io
import logging
import os
import struct
import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, BinaryIO

from radmine.ingest.dicom_pixels import TruncatedError, hash_frames, pixel_header
from radmine.ingest.reader import Batch, Source, Unit, file_units
from radmine.run import Limits

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

_DEFLATED = "1.2.840.10008.1.2.1.99"
_STORAGE = "1.2.840.10008.5.1.4.1.1."
_DIRECTORY = "1.2.840.10008.1.3.10"
_KEY_OBJECTS = _STORAGE + "88.59"
# Logs, radiation dose and computer-aided detection use the tree of structured reports but report nothing in words.
_NO_REPORTS = tuple(_STORAGE + f"88.{n}" for n in (40, 50, 65, 67, 68, 69, 70, 73, 74, 75, 76))
# These hold pixel data that is not an image: segmentations, parametric maps, radiation therapy (but RT images).
_NO_IMAGES = tuple(_STORAGE + tail for tail in ("66", "30", "481"))
_RT_IMAGE = _STORAGE + "481.1"
_BITS_OF_TAG = {0x7FE00008: 32, 0x7FE00009: 64}


def units(source: Source, rows: int) -> list[Unit]:
    """Return the files; those named DICOMDIR are left out as `index_file`."""
    return file_units(source.paths, skip=lambda name: "index_file" if name.upper() == "DICOMDIR" else "")


def read(units: Sequence[Unit], source: Source) -> Batch:
    """Return the images, reports and key objects of DICOM files."""
    batch = Batch()
    with quiet():
        for unit in units:
            batch.extend(read_file(unit.path, unit.item, source.limits))
    return batch


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep pydicom's remarks on broken values, which quote them, out of logs and off the screen."""
    logger = logging.getLogger("pydicom")
    passes_on = logger.propagate
    logger.propagate = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.propagate = passes_on


def looks_like(head: bytes) -> bool:
    """Return whether a file that begins with these bytes (132 at least) can be DICOM."""
    return head[128:132] == b"DICM" or _bare_data_set(head)


def _bare_data_set(head: bytes) -> bool:
    """Return whether the bytes begin with an element of group 2 or 8: a DICOM data set without preamble."""
    if len(head) < 16:
        return False
    for order in "<>":
        group, element = struct.unpack(f"{order}HH", head[:4])
        if group in (2, 8) and element <= 0x0100:
            if head[4:6].isalpha() and head[4:6].isupper():
                return True
            return order == "<" and int.from_bytes(head[4:8], "little") <= 1024
    return False


def read_file(path: str, item: str, limits: Limits) -> Batch:
    """Return what one file holds; it is set aside as `item` where that is nothing for us."""
    batch = Batch()
    try:
        with open(path, "rb") as stream:
            _read_stream(batch, stream, path, item)
    except OSError as error:
        batch.reject(item, "unreadable_file", type(error).__name__)
    return batch


def _read_stream(batch: Batch, stream: BinaryIO, path: str, item: str) -> None:
    from pydicom import dcmread

    from radmine.ingest import dicom_header as header

    size = os.fstat(stream.fileno()).st_size
    if size == 0:
        batch.reject(item, "empty_file")
        return
    head = stream.read(132)
    if not looks_like(head):
        batch.reject(item, "not_dicom")
        return
    stream.seek(0)
    try:
        dataset = dcmread(stream, stop_before_pixels=True, force=True)
    except Exception as error:  # pydicom raises struct, zlib, Unicode and other errors for damaged files
        batch.reject(item, "broken_dicom", type(error).__name__)
        return
    sop_class, image_id = header.class_of(dataset), header.instance_of(dataset)
    if not sop_class and "Rows" not in dataset:
        cut = "truncated_dicom" if _cut_off(dataset, size) else "missing_uid"
        batch.reject(item, cut if head[128:132] == b"DICM" else "not_dicom", "no SOP class UID")
    elif sop_class == _DIRECTORY:
        batch.reject(item, "index_file", "a DICOMDIR under another name")
    elif image_id is None:
        batch.reject(item, "missing_uid", "no SOP instance UID")
    elif sop_class.startswith(_STORAGE + "104."):
        batch.reject(item, "encapsulated_document", _class_name(sop_class))
    elif sop_class.startswith((_STORAGE + "88.", _STORAGE + "11.")):
        if _cut_off(dataset, size):
            batch.reject(item, "truncated_dicom", _class_name(sop_class))
        else:
            _read_document(batch, dataset, sop_class, path, item)
    elif sop_class.startswith(_NO_IMAGES) and sop_class != _RT_IMAGE:
        batch.reject(item, "not_an_image", _class_name(sop_class))
    else:
        _read_image(batch, dataset, stream, path=path, item=item, image_id=image_id)


def _class_name(sop_class: str) -> str:
    from pydicom.uid import UID

    return UID(sop_class).name if sop_class else "no SOP class"


def _read_document(batch: Batch, dataset: "FileDataset", sop_class: str, path: str, item: str) -> None:
    from radmine.ingest import dicom_documents as documents

    if sop_class == _KEY_OBJECTS or sop_class.startswith(_STORAGE + "11."):
        state = sop_class != _KEY_OBJECTS
        objects = documents.presented_of(dataset) if state else documents.key_objects_of(dataset)
        if objects:
            batch.key_objects += objects
        else:
            batch.reject(item, "names_no_image", _class_name(sop_class))
    elif sop_class in _NO_REPORTS:
        batch.reject(item, "not_a_report", _class_name(sop_class))
    else:
        report = documents.report_of(dataset, path=path)
        if report is None:
            batch.reject(item, "empty_report", _class_name(sop_class))
        else:
            batch.reports.append(report)


def _read_image(
    batch: Batch, dataset: "FileDataset", stream: BinaryIO, *, path: str, item: str, image_id: str
) -> None:
    from radmine.ingest import dicom_header as header

    size = os.fstat(stream.fileno()).st_size
    name = _class_name(header.class_of(dataset))
    try:
        found = _pixel_data(dataset, stream)
        shape = header.shape_of(dataset, bits=_BITS_OF_TAG.get(found[2]) if found else None)
        if found is None or found[1] == 0:
            kind = "no_pixel_data" if "Rows" in dataset or "Image" in name else "not_an_image"
            batch.reject(item, "truncated_dicom" if _cut_off(dataset, size) else kind, name)
            return
        if shape is None:
            batch.reject(item, "broken_dicom", "rows, columns, bits or frames are missing or impossible")
            return
        pixels, length, _ = found
        hashes = hash_frames(pixels, length, shape, compressed=_is_compressed(dataset))
    except TruncatedError:
        batch.reject(item, "truncated_dicom", "the file ends before its pixel data, or that is too short")
        return
    batch.images += header.images_of(dataset, image_id=image_id, path=path, shape=shape, hashes=hashes)


def _transfer_syntax(dataset: "FileDataset") -> str:
    from radmine.ingest.dicom_header import text_of

    return text_of(dataset.file_meta, "TransferSyntaxUID") or ""


def _is_compressed(dataset: "FileDataset") -> bool:
    from pydicom.uid import UID, PrivateTransferSyntaxes

    syntax = UID(_transfer_syntax(dataset))
    known = syntax.is_transfer_syntax and syntax not in PrivateTransferSyntaxes
    return bool(known and syntax.is_compressed and syntax != _DEFLATED)


def _pixel_data(dataset: "FileDataset", stream: BinaryIO) -> tuple[BinaryIO, int, int] | None:
    """Return a stream that stands at the pixel data, its length and its tag; None where there is none."""
    from pydicom import dcmread

    if _transfer_syntax(dataset) == _DEFLATED:  # the data set has to be inflated as a whole
        stream.seek(0)
        for tag in (0x7FE00010, *_BITS_OF_TAG):
            element = dcmread(stream, force=True).get(tag)
            stream.seek(0)
            if element is not None:
                return io.BytesIO(element.value), len(element.value), tag
        return None
    implicit, little = dataset.original_encoding
    start = stream.tell()
    order = "<" if little else ">"
    group, element = struct.unpack(f"{order}HH", (stream.read(4) + bytes(4))[:4])
    stream.seek(start)
    length = pixel_header(stream, implicit=bool(implicit), little=bool(little))
    return None if length is None else (stream, length, group << 16 | element)


def _cut_off(dataset: "FileDataset", size: int) -> bool:
    """Return whether the last element of a data set is shorter than it says."""
    tags = sorted(dataset.keys())
    if not tags:
        return True
    element = dataset.get_item(tags[-1])
    length, value = getattr(element, "length", None), getattr(element, "value", None)
    if length is None or length == 0xFFFFFFFF or not isinstance(value, bytes):
        return False
    return len(value) < int(length)

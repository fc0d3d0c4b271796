"""DICOM files, at any depth, whatever their names: images, structured reports, key object selections.

A file without preamble is taken for DICOM where it starts with a plausible data element. What is not an image, a
report or a key object selection is set aside with its kind; a DICOMDIR is an index and is left out by its name.
"""

import contextlib
import logging
import struct
import warnings
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from radmine.files import open_file
from radmine.ingest.dicom_file import UNDEFINED, DicomStream, TruncatedError, find_pixels, open_dicom
from radmine.ingest.dicom_pixels import FrameCountError, hash_frames
from radmine.ingest.kept import check_keywords
from radmine.ingest.reader import Batch, Source, Unit, file_units, names_in
from radmine.run import Guard, Limits, check_size, stops
from radmine.run.guard import reason_of

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

_STORAGE = "1.2.840.10008.5.1.4.1.1."
_DIRECTORY = "1.2.840.10008.1.3.10"
_KEY_OBJECTS = _STORAGE + "88.59"
# Logs, radiation dose and computer-aided detection use the tree of structured reports but report nothing in words.
_NO_REPORTS = tuple(_STORAGE + f"88.{n}" for n in (40, 50, 65, 67, 68, 69, 70, 73, 74, 75, 76))
# These hold pixel data that is not an image: segmentations, parametric maps, radiation therapy (but RT images).
_NO_IMAGES = tuple(_STORAGE + tail for tail in ("66", "30", "481"))
_RT_IMAGE = _STORAGE + "481.1"
# Videos (MPEG-2, MPEG-4, HEVC), and JPEG 2000 with several components, put several frames in one fragment.
_SEVERAL_IN_ONE = tuple(f"1.2.840.10008.1.2.4.{n}" for n in ("10", "92", "93"))


OPTIONS: dict[str, str] = {"keep": "DICOM keywords of elements that are kept in `meta`, joined by commas"}


def units(source: Source, rows: int) -> list[Unit]:
    """Return the files; those named DICOMDIR are left out as `index_file`."""
    check_keywords(source, names_in(source.options.get("keep", "")))
    return file_units(source.paths, skip=lambda name: "index_file" if name.upper() == "DICOMDIR" else "")


def read(units: Sequence[Unit], source: Source) -> Batch:
    """Return the images, reports and key objects of DICOM files."""
    batch, keep = Batch(), names_in(source.options.get("keep", ""))
    with quiet(), Guard(batch.reject, otherwise="broken_dicom", seconds=source.limits.seconds) as guard:
        for unit in units:
            item = unit.item
            with guard(item):
                batch.extend(read_file(unit.path, item, source.limits, keep))
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


def read_file(path: str, item: str, limits: Limits, keep: Sequence[str] = ()) -> Batch:
    """Return what one file holds; it is set aside as `item` where that is nothing for us, or more than the limits.

    Parameters
    ----------
    keep
        Keywords of elements that go to `meta` of its images.
    """
    batch = Batch()
    try:
        with open_file(path) as file:
            head = file.read(132)
            if not head:
                batch.reject(item, "empty_file")
            elif not looks_like(head):
                batch.reject(item, "not_dicom")
            else:
                stream, dataset = open_dicom(file, limits)
                with stream:
                    _read_data_set(
                        batch, dataset, stream, path=path, item=item, head=head, limits=limits, keep=keep
                    )
    except BaseException as error:
        if stops(error):
            raise
        batch.reject(item, *reason_of(error, "broken_dicom"))
    return batch


def _read_data_set(
    batch: Batch,
    dataset: "FileDataset",
    stream: DicomStream,
    *,
    path: str,
    item: str,
    head: bytes,
    limits: Limits,
    keep: Sequence[str],
) -> None:
    from radmine.ingest import dicom_header as header

    sop_class, image_id = header.class_of(dataset), header.instance_of(dataset)
    if not sop_class and "Rows" not in dataset:
        cut = "truncated_dicom" if _cut_off(dataset) else "missing_uid"
        batch.reject(item, cut if head[128:132] == b"DICM" else "not_dicom", "no SOP class UID")
    elif sop_class == _DIRECTORY:
        batch.reject(item, "index_file", "a DICOMDIR under another name")
    elif image_id is None:
        batch.reject(item, "missing_uid", "no SOP instance UID")
    elif sop_class.startswith(_STORAGE + "104."):
        batch.reject(item, "encapsulated_document", _class_name(sop_class))
    elif sop_class.startswith((_STORAGE + "88.", _STORAGE + "11.")):
        if _cut_off(dataset):
            batch.reject(item, "truncated_dicom", _class_name(sop_class))
        else:
            _read_document(batch, dataset, sop_class, path=path, item=item, limits=limits)
    elif sop_class.startswith(_NO_IMAGES) and sop_class != _RT_IMAGE:
        batch.reject(item, "not_an_image", _class_name(sop_class))
    else:
        _read_image(batch, dataset, stream, path=path, item=item, image_id=image_id, limits=limits, keep=keep)


def _class_name(sop_class: str) -> str:
    from pydicom.uid import UID

    return UID(sop_class).name if sop_class else "no SOP class"


def _read_document(
    batch: Batch, dataset: "FileDataset", sop_class: str, *, path: str, item: str, limits: Limits
) -> None:
    from radmine.ingest import dicom_documents as documents

    if sop_class == _KEY_OBJECTS or sop_class.startswith(_STORAGE + "11."):
        state = sop_class != _KEY_OBJECTS
        read = documents.presented_of if state else documents.key_objects_of
        objects = read(dataset, limits)
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
    batch: Batch,
    dataset: "FileDataset",
    stream: DicomStream,
    *,
    path: str,
    item: str,
    image_id: str,
    limits: Limits,
    keep: Sequence[str],
) -> None:
    from radmine.ingest import dicom_header as header
    from radmine.ingest.dicom_records import images_of

    try:
        found = find_pixels(stream, dataset)
        if found is None or found.length == 0:
            name = _class_name(header.class_of(dataset))
            kind = "no_pixel_data" if "Rows" in dataset or "Image" in name else "not_an_image"
            batch.reject(item, "truncated_dicom" if _cut_off(dataset) else kind, name)
            return
        syntax = header.text_of(dataset.file_meta, "TransferSyntaxUID") or ""
        compressed = _is_compressed(syntax)
        length = None if compressed or found.length == UNDEFINED else found.length
        shape = header.shape_of(dataset, keyword=found.keyword, length=length)
        if shape is None:
            batch.reject(item, "broken_dicom", "rows, columns, bits or frames are missing or impossible")
            return
        check_size("The header names {} frames.", shape.frames, limits.frames, limit="frames")
        hashes = hash_frames(
            stream,
            found.length,
            shape,
            compressed=compressed,
            one_each=not syntax.startswith(_SEVERAL_IN_ONE),
        )
    except TruncatedError:
        batch.reject(item, "truncated_dicom", "the file ends before its pixel data, or that is too short")
        return
    except FrameCountError:
        batch.reject(item, "broken_dicom", "there are fewer frames than the header says")
        return
    batch.images += images_of(
        dataset, image_id=image_id, path=path, shape=shape, hashes=hashes, limits=limits, keep=keep
    )


@lru_cache(64)
def _is_compressed(transfer_syntax: str) -> bool:
    from pydicom.uid import UID, PrivateTransferSyntaxes

    syntax = UID(transfer_syntax)
    known = syntax.is_transfer_syntax and syntax not in PrivateTransferSyntaxes
    return bool(known and syntax.is_compressed)


def _cut_off(dataset: "FileDataset") -> bool:
    """Return whether the last element of a data set is shorter than it says."""
    tags = sorted(dataset.keys())
    if not tags:
        return True
    element = dataset.get_item(tags[-1])
    length, value = getattr(element, "length", None), getattr(element, "value", None)
    if length is None or length == 0xFFFFFFFF or not isinstance(value, bytes):
        return False
    return len(value) < int(length)

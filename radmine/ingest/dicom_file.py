"""A DICOM file, open for reading: no more of it is read, or inflated, than the limits allow.

pydicom reads the header through a stream that counts what it hands out; the pixels stay in the file. A deflated file
is a stream like any other: it is inflated as far as it is read.
"""

import io
import math
import os
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar, cast

from radmine.ingest.dicom_elements import element_of, is_raw, tag_of, vr_of
from radmine.run import MEGABYTE, Limits, TooLargeError, check_size, stops

if TYPE_CHECKING:
    from pydicom.dataelem import RawDataElement
    from pydicom.dataset import Dataset, FileDataset

T = TypeVar("T")

UNDEFINED = 0xFFFFFFFF  # the length of an encapsulated value
PER_FRAME = "PerFrameFunctionalGroupsSequence"  # the one sequence that may be long: it is read item by item
_PIXEL_TAGS = {0x7FE00008: "FloatPixelData", 0x7FE00009: "DoubleFloatPixelData", 0x7FE00010: "PixelData"}
_DEFLATED, _PLAIN = b"1.2.840.10008.1.2.1.99", b"1.2.840.10008.1.2.1\0\0\0"
_BLOCK = 1 << 16
# In memory elements take many times their bytes: each piece that is read counts for so many bytes more, and a sequence,
# which is read later, may have this part of the limit.
_PIECE, _LEAST_PIECE = 64, 4
_OF_LIMIT = 16
_LONGEST_VALUE = 131_072  # bytes of a VR that is not made for long values: a lookup table of 16 bits
_LONG = frozenset({"OB", "OB or OW", "OD", "OF", "OL", "OV", "OW", "SQ", "UC", "UN", "UR", "UT"})


_read = io.BufferedReader.read


class TruncatedError(Exception):
    """A file ends before its pixel data does."""


class _DeflatedError(Exception):
    """pydicom asks for all the rest, as it does of deflated files alone: it would inflate it whole."""


@dataclass(frozen=True, slots=True)
class PixelValue:
    """The value of the pixel data in a file."""

    keyword: str  # PixelData, FloatPixelData or DoubleFloatPixelData
    vr: str | None  # None where VRs are implicit
    length: int  # in bytes; `UNDEFINED` where it is encapsulated


class DicomStream(io.BufferedReader):
    """The bytes of a DICOM file. `size` is infinite where they are inflated while they are read."""

    def __init__(self, raw: io.RawIOBase, size: float = math.inf) -> None:
        super().__init__(raw)
        self.size = size
        self.allow(math.inf)

    def allow(self, megabytes: float) -> None:
        """Let so much be read from now on, where each piece counts for `_PIECE` bytes more than it has."""
        self._allowed = megabytes
        self._left = megabytes * MEGABYTE
        self._refusal: Exception | None = None
        # A small file cannot hold too much, whatever it says: nothing is counted then.
        small = self.size * (1 + _PIECE / _LEAST_PIECE) <= self._left
        self.__dict__.pop("read", None)
        if small:
            self.__dict__["read"] = super().read

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next bytes.

        Raises
        ------
        TooLargeError
            They are more than `allow` allows.
        """
        if size is None or size < 0:
            raise self._refused(_DeflatedError())
        self._left -= size + _PIECE
        if self._left < 0:
            there = int(min(size, max(0, self.size - self.tell())))  # what is not there needs no room
            self._left += size - there
            size = there
            if self._left < 0:
                raise self._refused(
                    TooLargeError(
                        f"The header has more than {self._allowed:,.6g} megabytes, or more elements than fit them.",
                        do="Raise `document_mb` under [limits] in the settings.",
                    )
                )
        try:
            return _read(self, size)
        except OSError as error:
            raise self._refused(error) from None

    def _refused(self, error: Exception) -> Exception:
        self._refusal = error
        return error

    def parse(self, read: Callable[[BinaryIO], T], *, megabytes: float) -> T:
        """Return what a function of pydicom reads from here, at most so many megabytes."""
        self.allow(megabytes)
        try:
            found = read(self)
        except Exception as error:  # pydicom turns any error inside of a sequence into one of its own
            behind = self._refusal or error.__context__
            of_system = isinstance(behind, OSError) and behind.errno is not None
            if behind is not None and (behind is self._refusal or of_system or stops(behind)):
                raise behind from None
            raise
        else:
            if self._refusal is not None:  # or takes it for the end
                raise self._refusal
        finally:
            self.allow(math.inf)
        return found


class _File(io.FileIO):
    """A file that is never read whole."""

    def readall(self) -> bytes:
        raise _DeflatedError


class _Inflated(io.RawIOBase):
    """A deflated file as what it inflates to, after a part that is not deflated; going back begins anew."""

    name = ""  # that pydicom asks for

    def __init__(self, file: io.BufferedReader, head: bytes, most: float) -> None:
        self._file, self._head, self._most = file, head, most
        self._begin()

    def _begin(self) -> None:
        self._file.seek(len(self._head))
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        self._place, self._made = 0, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        target = offset + (self._place if whence == io.SEEK_CUR else 0)
        if whence == io.SEEK_END or target < 0:
            raise io.UnsupportedOperation("the end is not known")
        if target < self._place:
            self._begin()
        while self._place < target and self._next(min(target - self._place, _BLOCK)):
            pass
        self._place = target
        return target

    def readinto(self, buffer: Any, /) -> int:
        data = self._next(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()

    def _next(self, size: int) -> bytes:
        data = self._head[self._place : self._place + size]
        while not data and not self._inflate.eof:
            block = self._inflate.unconsumed_tail or self._file.read(_BLOCK)
            if not block:
                break
            data = self._inflate.decompress(block, size)
            self._made += len(data)
            check_size(
                "The file inflates to {} megabytes or more.",
                self._made / MEGABYTE,
                self._most,
                limit="inflated_mb",
            )
        self._place += len(data)
        return data


def open_dicom(file: BinaryIO, limits: Limits) -> tuple[DicomStream, "FileDataset"]:
    """Return a DICOM file that stands at its pixel data, and the header before it; the caller closes both.

    Parameters
    ----------
    file
        As `radmine.files.open_file` opened it.
    limits
        Of what is read.

    Raises
    ------
    TooLargeError
        The header is larger than the limits allow, or the file inflates to more than they do.
    """
    handle = os.dup(file.fileno())
    os.lseek(handle, 0, os.SEEK_SET)
    stream = DicomStream(_File(handle), os.fstat(handle).st_size)
    try:
        return stream, _header(stream, limits)
    except _DeflatedError:
        start = _start_of_deflated(stream, limits)
        stream.seek(0)
        head = stream.read(start).replace(_DEFLATED, _PLAIN)  # what comes out is plain explicit little endian
        inflated = DicomStream(_Inflated(stream, head, limits.inflated_mb))
        try:
            return inflated, _header(inflated, limits)
        except BaseException:
            inflated.close()
            raise
    except BaseException:
        stream.close()
        raise


def _start_of_deflated(stream: DicomStream, limits: Limits) -> int:
    """Return where the deflated part of a file begins."""
    size, stream.size = stream.size, math.inf
    try:
        stream.seek(0)
        _header(stream, limits)
    except _DeflatedError:
        return stream.tell()
    finally:
        stream.size = size
    raise TruncatedError


def _header(stream: DicomStream, limits: Limits) -> "FileDataset":
    from pydicom import dcmread

    dataset: FileDataset = stream.parse(
        lambda s: dcmread(s, stop_before_pixels=True, force=True), megabytes=limits.document_mb
    )
    for element in _without_overlong(dataset) if stream.tell() > _LONGEST_VALUE else ():
        if _vr(element) == "SQ" and element.tag != tag_of(PER_FRAME):
            check_size(
                "A sequence of the header has {} megabytes.",
                len(element.value or b"") / MEGABYTE,
                limits.document_mb / _OF_LIMIT,
                limit="document_mb",
            )
    return dataset


def _vr(element: "RawDataElement") -> str:
    return element.VR if element.VR not in (None, "UN") else vr_of(element.tag)


def _without_overlong(dataset: "Dataset") -> "list[RawDataElement]":
    """Remove elements that are longer than their VR can be, and return the other long ones: all as they were read."""
    long = [
        element
        for element in dataset.values()
        if is_raw(element) and element.length > _LONGEST_VALUE and len(element.value or b"") > _LONGEST_VALUE
    ]
    for element in long:
        if _vr(element) not in _LONG:
            del dataset[element.tag]
    return [e for e in long if _vr(e) in _LONG]


def items_of(dataset: "Dataset", keyword: str) -> "Sequence[Dataset]":
    """Return the items of a sequence; none where it is missing or broken."""
    from pydicom.dataset import Dataset

    if element_of(dataset, keyword) is None:
        return []
    try:
        value = dataset.get(keyword)
        items = [item for item in value if isinstance(item, Dataset)] if value else []
    except BaseException as error:
        if stops(error):
            raise
        return []
    for item in items:
        _without_overlong(item)
    return items


def frame_groups(dataset: "Dataset", limits: Limits, *, first: int = 0) -> "Iterator[Dataset]":
    """Yield the functional groups of the frames from `first` on, counted from 0, each read when it is asked for.

    Raises
    ------
    TooLargeError
        Those of one frame are larger than the limits allow.
    """
    from pydicom.filereader import read_sequence_item

    element = element_of(dataset, PER_FRAME)
    if not is_raw(element) or not element.value or element.length <= _LONGEST_VALUE:
        yield from items_of(dataset, PER_FRAME)[first:]
        return
    value, little = element.value, element.is_little_endian
    encoding = dataset._character_set
    stream = DicomStream(cast(io.RawIOBase, io.BytesIO(value)), len(value))
    number, header = 0, struct.Struct("<HHL" if little else ">HHL")
    while stream.tell() + header.size <= len(value):
        length = header.unpack_from(value, stream.tell())[2]
        if number < first and length != UNDEFINED:
            stream.seek(header.size + length, io.SEEK_CUR)
        else:
            item = stream.parse(
                lambda s: read_sequence_item(s, element.is_implicit_VR, little, encoding),
                megabytes=limits.document_mb / _OF_LIMIT,
            )
            if item is None:
                return
            if number >= first:
                _without_overlong(item)
                yield item
        number += 1


def find_pixels(stream: DicomStream, dataset: "Dataset") -> PixelValue | None:
    """Return the pixel data that starts here and stand at its first byte; None where there is none.

    Raises
    ------
    TruncatedError
        The file ends in between.
    """
    implicit, little = dataset.original_encoding
    order = "<" if little else ">"
    head = stream.read(8)
    if len(head) < 8:
        return None
    group, element = struct.unpack(f"{order}HH", head[:4])
    keyword = _PIXEL_TAGS.get(group << 16 | element)
    if keyword is None:
        return None
    if implicit or not head[4:6].isalpha():
        return PixelValue(keyword, None, struct.unpack(f"{order}L", head[4:])[0])
    rest = stream.read(4)
    if len(rest) < 4:
        raise TruncatedError
    return PixelValue(keyword, head[4:6].decode("ascii"), struct.unpack(f"{order}L", rest)[0])

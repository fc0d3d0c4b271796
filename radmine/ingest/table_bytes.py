"""The bytes of a table as lines of UTF-8: unpacked, out of UTF-16, each line with a line feed at its end.

A packed file is known by its first bytes, not by its name; UTF-16 by its mark, else by the zeros in every other byte.
"""

import bz2
import codecs
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from typing import IO, Any

from radmine.ingest.composition import wide_encoding
from radmine.ingest.reader import cannot_read

PACKED = (".gz", ".bz2", ".xz", ".zip")
_LOOKED_AT = 65_536  # bytes that tell how a text is written
_PIECE = 65_536  # bytes that are read anew at once
_UNPACKED: tuple[tuple[bytes, Callable[[IO[bytes]], Any]], ...] = (
    (b"\x1f\x8b", lambda raw: gzip.GzipFile(fileobj=raw)),
    (b"BZh", bz2.BZ2File),
    (b"\xfd7zXZ\0", lzma.LZMAFile),
)
ZIP = b"PK\x03\x04"
_ENCRYPTED = 1  # flag of a member


def member_of(archive: zipfile.ZipFile) -> zipfile.ZipInfo | None:
    """Return the only file of an archive, None where it has none or several."""
    files = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
    return files[0] if len(files) == 1 else None


def unpacked(raw: IO[bytes], path: str) -> tuple[IO[bytes], bool]:
    """Return the bytes of a table, and whether they were packed.

    Raises
    ------
    InputError
        It is an archive of several files, encrypted, or an Excel workbook.
    """
    start = raw.read(max(len(ZIP), *(len(mark) for mark, _ in _UNPACKED)))
    raw.seek(0)
    if path.lower().endswith(".gz"):
        return _UNPACKED[0][1](raw), True
    for mark, opened in _UNPACKED:
        if start.startswith(mark):
            return opened(raw), True
    if not start.startswith(ZIP):
        return raw, False
    archive = zipfile.ZipFile(raw)
    if "xl/workbook.xml" in archive.namelist():
        raise cannot_read(path, "The file is an Excel workbook.", "Save its sheet as CSV (UTF-8).")
    member = member_of(archive)
    if member is None or member.flag_bits & _ENCRYPTED:
        what = "is encrypted" if member else "does not hold one file alone"
        raise cannot_read(path, f"The zip archive {what}.", "Unpack it.")
    return archive.open(member), True


class _Changed(io.RawIOBase):
    """A stream whose bytes are changed as they are read; it goes back by reading again from its beginning."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._ready = b""
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_CUR and not offset:
            return self._at
        if offset < self._at:
            self._stream.seek(0)
            self._begin()
            self._ready, self._at = b"", 0
        while self._at < offset and self.read(min(_PIECE, offset - self._at)):
            pass
        return self._at

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            data = self._stream.read(_PIECE)
            self._ready = self._change(data)
            if not data:
                break
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        self._at += size
        return size

    def _begin(self) -> None:
        """Forget what was read."""

    def _change(self, data: bytes) -> bytes:
        """Return what the next bytes become; b"" is the end."""
        return data.replace(b"\r", b"\n")


class _InUtf8(_Changed):
    """A stream in another encoding, in UTF-8."""

    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        super().__init__(stream)
        self._encoding = encoding
        self._begin()

    def _begin(self) -> None:
        self._decoder = codecs.getincrementaldecoder(self._encoding)("replace")

    def _change(self, data: bytes) -> bytes:
        return self._decoder.decode(data, final=not data).encode("utf-8", "replace")


def in_lines(stream: IO[bytes]) -> IO[bytes]:
    """Return a stream in UTF-8 whose lines end with a line feed: itself, where it is so.

    In others lines all end with a carriage return, as old programs write them.
    """
    start = stream.read(_LOOKED_AT)
    stream.seek(0)
    encoding = wide_encoding(start)
    if encoding:
        stream = io.BufferedReader(_InUtf8(stream, encoding))
        start = stream.read(_LOOKED_AT)
        stream.seek(0)
    if b"\r" not in start.removesuffix(b"\r") or b"\n" in start:
        return stream
    return io.BufferedReader(_Changed(stream))

"""Lines of a text file, each of bounded length, and the rows that they make: of CSV, of JSON lines.

A quote in a CSV that is never closed would take all that follows into its field: such a row is bad and ends with its
line, and the next line begins the next row. Other quotes that are not as they should be are read in `table_quotes`.
"""

import codecs
import contextlib
import csv
import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from radmine.errors import InputError
from radmine.ingest.table_quotes import mended_row
from radmine.run import MEGABYTE, Limits, TooLargeError, still_working

_RETURN = "\uf8ff"  # for a carriage return within a line, which the csv module takes for a row's end

_END = "\x1a"  # of a file, as DOS marked it


@dataclass(frozen=True, slots=True)
class BadRow:
    """Why a row cannot be used."""

    detail: str
    reason: str = "bad_row"

    def error(self, path: str) -> InputError:
        """Return the error for a table whose first line is such a row."""
        kind = TooLargeError if self.reason == "too_large" else InputError
        return kind(f"The first line of the table: {self.detail}.", where=path, do="Check the file.")


def decoded(data: bytes) -> tuple[str, str]:
    """Return a line as text and its encoding: UTF-8, else Windows-1252, else Latin-1, which takes any byte."""
    data = data.removeprefix(codecs.BOM_UTF8).replace(b"\0", b"")
    for encoding in ("utf-8", "cp1252"):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1"), "latin-1"


class UnpacksTooFarError(TooLargeError):
    """A packed table holds more than it may: none of its rows is to blame."""


class Lines:
    """The lines of a text file, as text for the csv module or as bytes, and the byte at which the next one starts.

    Parameters
    ----------
    stream
        Of the text.
    raw
        Of the file: as far as it has come, the work has.
    position
        Where the stream stands.
    most
        Bytes of text that the file may hold.
    """

    def __init__(
        self, stream: IO[bytes], raw: IO[bytes], limits: Limits, *, position: int = 0, most: float
    ) -> None:
        self.stream, self.raw, self.limits = stream, raw, limits
        self.position, self.most = position, most
        self.longest = int(limits.line_mb * MEGABYTE)
        self.encoding = "utf-8"  # of the row at hand, the weakest
        self.ended = False
        self.returns = False  # whether a carriage return stood within a line
        # Lines, of one that is too long its size alone: those of the row at hand, and those that were given back.
        self._row = list[bytes | int]()
        self._again = deque[bytes | int]()
        self._size = 0  # bytes of the row at hand
        self._come = 0  # how far in the file
        self._passed = 0  # bytes of lines that are too long
        self._passes = True  # the rest of a line that is too long
        self._look_at = position + MEGABYTE

    def begin(self) -> None:
        """Begin a row."""
        self._row.clear()
        self._size = 0
        self.encoding = "utf-8"

    def give_back(self, kept: int = 1) -> None:
        """Give back all lines of the row at hand but the first ones."""
        rest = self._row[kept:]
        del self._row[kept:]
        self._again.extendleft(reversed(rest))
        size = sum(line if isinstance(line, int) else len(line) for line in rest)
        self.position -= size
        self._size -= size
        self.ended = False

    def first_again(self) -> str:
        """Return the first line of the row at hand once more."""
        data = self._row[0]
        return self._text(data) if isinstance(data, bytes) else ""

    def data(self) -> bytes:
        """Return the next line, b"" at the end.

        Raises
        ------
        TooLargeError
            The line, or the row that it belongs to, is too long; the line is passed.
        """
        line: bytes | int
        if self._again:
            line = self._again.popleft()
        else:
            line = self.stream.readline(self.longest + 1)
            if len(line) > self.longest and line[-1:] != b"\n":
                line = self._pass(len(line))
                self._passed += line
        self._row.append(line)
        size = line if isinstance(line, int) else len(line)
        self.position += size
        self._size += size
        if isinstance(line, int) or self._size > self.longest + 1:
            raise TooLargeError(f"more than {self.limits.line_mb:g} megabytes in one row")
        if not line:
            self.ended = True
        elif self.position > self._look_at:
            self._look()
        return line

    def _pass(self, size: int) -> int:
        """Pass the rest of a line, and return the size of it all."""
        while self._passes and (data := self.stream.readline(MEGABYTE)):
            size += len(data)
            self._go_on()
            if data[-1:] == b"\n":
                break
        return size

    def _look(self) -> None:
        """Go on as long as no more comes out of the file than may be; lines that are passed do not count."""
        self._look_at = self.position + MEGABYTE
        self._go_on()
        unpacked = self.position - self._passed
        if unpacked > self.most:
            raise UnpacksTooFarError(
                f"The table unpacks to more than {unpacked // MEGABYTE:,} megabytes.",
                do="Unpack it, or raise `inflated_mb` under [limits] in the settings.",
            )

    def _go_on(self) -> None:
        """Start the clock again where the work has come further in the file."""
        if self.raw.tell() - self._come > MEGABYTE:
            self._come = self.raw.tell()
            still_working()

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        data = self.data()
        if not data:
            raise StopIteration
        return self._text(data)

    def _text(self, data: bytes) -> str:
        text, encoding = decoded(data)
        if encoding != "utf-8":
            self.encoding = encoding
        text = text.rstrip("\r\n")
        if "\r" in text:
            self.returns = True
            text = text.replace("\r", _RETURN)
        return text + "\n"

    def first(self, count: int, size: int) -> list[str]:
        """Return the first lines as text: so many at most, and no more once they have so many bytes."""
        found, self._passes = list[str](), False
        try:
            for text in self:
                found.append(text)
                if len(found) == count or self.position > size:
                    break
                self.begin()
        except TooLargeError:
            if not found:
                raise
        return found


def preamble(sample: Sequence[str]) -> int:
    """Return how many lines stand before the header of a CSV: Excel's `sep=;`, and comments after `#`."""
    count = 0
    for line in sample:
        said = line.strip(' "\n')
        separator = said.lower().startswith("sep=") and len(said) <= len("sep=;")
        if not (separator or line.startswith(("# ", "##")) or not line.strip()):
            break
        count += 1
    return count if count < len(sample) else 0


def csv_rows(
    lines: Lines, delimiter: str, columns: Sequence[str] = ()
) -> Iterator[tuple[int, list[str] | BadRow]]:
    """Yield (byte at which it starts, fields) of each row; empty lines are no rows.

    Parameters
    ----------
    columns
        Those of the table, by which a row is told whose quotes are not as they should be; a row that is these again is bad.
    """
    header, width = [*columns], len(columns)
    named = len(header) > 1 and not all(map(str.isdecimal, header))
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        start, bad = lines.position, None
        lines.begin()
        try:
            row = next(reader)
        except StopIteration:
            return
        except UnpacksTooFarError:
            raise
        except TooLargeError as error:
            bad = BadRow(error.what, "too_large")
        except csv.Error:
            bad = BadRow("a quote that is never closed" if lines.ended else "quotes within a quoted field")
        else:
            if len(row) > width > 0 and any(map(str.strip, row[width:])):
                bad = BadRow(f"{len(row)} fields for {width} columns")
            elif named and row and row[0].strip() == header[0] and [*map(str.strip, row)] == header:
                yield start, BadRow("the names of the columns again")
            elif row and row != [_END]:
                yield start, [field.replace(_RETURN, "\n") for field in row] if lines.returns else row
        if bad:
            lines.give_back()
            mended = None
            if header and bad.reason != "too_large" and '"' in lines.first_again():
                with contextlib.suppress(TooLargeError):
                    mended = mended_row(lines.first_again(), lines, delimiter, width)
                lines.give_back(mended[1] if mended else 1)
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            yield start, bad if mended is None else [field.replace(_RETURN, "\n") for field in mended[0]]


def json_row(line: str) -> Mapping[str, Any] | BadRow:
    """Return the object of a line of JSON."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        return BadRow(f"no JSON: {type(error).__name__}")
    return row if isinstance(row, dict) else BadRow("not a JSON object")


def json_rows(lines: Lines, *, parsed: bool = True) -> Iterator[tuple[int, Mapping[str, Any] | BadRow]]:
    """Yield (byte at which it starts, row) of each line that is not empty; not `parsed`, the rows are empty."""
    while True:
        start = lines.position
        lines.begin()
        try:
            data = lines.data()
        except UnpacksTooFarError:
            raise
        except TooLargeError as error:
            yield start, BadRow(error.what, "too_large")
            continue
        if not data:
            return
        if not parsed:
            if data.strip():
                yield start, {}
            continue
        text, lines.encoding = decoded(data)
        if text.strip():
            yield start, json_row(text)

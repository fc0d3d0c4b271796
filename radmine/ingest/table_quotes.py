"""A row of a CSV whose quotes are not as they should be: bare ones within a quoted field, or after a backslash.

It is tried in several ways; one that gives as many fields as the table has columns is right.
"""

import re
from collections.abc import Callable, Iterator

_BLANKS = re.compile(r"[ \t]*")
_MOST_LINES = 2000  # of one row


def mended_row(first: str, more: Iterator[str], delimiter: str, width: int) -> tuple[list[str], int] | None:
    """Return the fields of a row that begins with this line, and its lines; None where it cannot be told.

    Parameters
    ----------
    first
        The row's first line, with its end.
    more
        The lines after it, read as far as the row goes.
    width
        Columns of the table.
    """
    lines = [first]

    def line(number: int) -> str | None:
        while len(lines) <= number:
            if len(lines) == _MOST_LINES:
                return None
            following = next(more, None)
            if following is None:
                return None
            lines.append(following)
        return lines[number]

    for escaped, paired in ((True, True), (False, True), (False, False)):
        row = _Row(delimiter, escaped=escaped, paired=paired).read(line)
        if row is not None and len(row[0]) == width and (not escaped or any('\\"' in part for part in lines)):
            return row
    bare = first.rstrip("\n").split(delimiter)
    return (bare, 1) if len(bare) == width and first.count('"') % 2 == 0 else None


class _Row:
    """Reads a row in one way.

    Parameters
    ----------
    escaped
        Whether a backslash stands before what is meant as it is.
    paired
        Whether a bare quote before a word opens what the next one closes: `"The "so called", stable."`.
    """

    def __init__(self, delimiter: str, *, escaped: bool, paired: bool) -> None:
        self._delimiter, self._escaped, self._paired = delimiter, escaped, paired

    def read(self, line: Callable[[int], str | None]) -> tuple[list[str], int] | None:
        """Return the fields and how many lines they take, None where a quote is never closed, or a field may have swallowed another row."""
        fields = list[str]()
        text = (line(0) or "").rstrip("\n")
        number = at = 0
        while True:
            opening = _BLANKS.match(text, at).end()  # type: ignore[union-attr]
            if text[opening : opening + 1] != '"' or self._delimiter in text[at:opening]:
                end = text.find(self._delimiter, at)
                fields.append(text[at:] if end < 0 else text[at:end])
                if end < 0:
                    return fields, number + 1
                at = end + 1
                continue
            field, at = list[str](), opening + 1
            while (closed := self._closed(text, at, field)) is None:
                number += 1
                following = line(number)
                if following is None:
                    return None
                text, at = following.rstrip("\n"), 0
                field.append("\n")
                if self._opens_row(text):
                    return None
            if closed < 0:
                return None
            fields.append("".join(field))
            if closed >= len(text):
                return fields, number + 1
            at = closed + 1

    def _opens_row(self, text: str) -> bool:
        return text.startswith('"') and text[1:2] not in ("", '"', self._delimiter)

    def _closed(self, text: str, at: int, field: list[str]) -> int | None:
        """Return where the delimiter after a field stands; None where the field goes on in the next line, -1 in doubt."""
        inner = False
        while True:
            quote = text.find('"', at)
            if quote < 0:
                field.append(self._plain(text[at:]))
                return None
            before = text[at:quote]
            if self._escaped and (len(before) - len(before.rstrip("\\"))) % 2:
                field.append(self._plain(before[:-1]) + '"')
                at = quote + 1
                continue
            field.append(self._plain(before))
            after = text[quote + 1 : quote + 2]
            if after == '"' and not inner:
                field.append('"')
                at = quote + 2
                continue
            end = _BLANKS.match(text, quote + 1).end()  # type: ignore[union-attr]
            if self._delimiter == "\t":
                end = quote + 1
            ends = end >= len(text) or text[end] == self._delimiter
            last = text[quote - 1 : quote] if quote else ""
            if ends and not (inner and end < len(text)):
                return end
            if last == self._delimiter and not inner:
                return -1  # `...,"Next`: a new field
            if self._paired:
                inner = not inner and (not last or not last.isalnum()) and after.isalnum()
            field.append('"')
            at = quote + 1

    def _plain(self, text: str) -> str:
        return text.replace("\\\\", "\\") if self._escaped else text

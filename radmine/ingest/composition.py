"""From bytes and fields to the one text that a report keeps.

A source that has sections but no one text gets this composition: `NAME: value`, sections in the order of the source,
one empty line between them, empty ones left out. Spans into it count code points.
"""

import codecs
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from radmine.records import Span

# \x0b, \x0c and \x1b (escape) are seen in real reports.
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins as that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LOOKED_AT = 65_536  # bytes
_FEWEST = 8  # characters whose zeros tell that they are of two bytes
_MANY, _FEW = 0.4, 0.05  # zeros among every other byte
_TOO_LARGE = 1 << 63  # no table holds it


def clean(text: str) -> str:
    """Return a text that can be stored: line ends as `\\n`, no byte order mark, no lone surrogates, no NUL."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def field_text(value: Any) -> str | None:
    """Return a field's value as trimmed text, None where it is empty; `12.0` becomes "12"."""
    if value is None or value != value:  # NaN
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return clean(str(value)).strip() or None


def whole_number(value: Any) -> int | None:
    """Return a field's value as a whole number, None where it is none that a table can hold."""
    text = field_text(value)
    try:
        number = None if text is None else int(float(text))
    except (ValueError, OverflowError):
        return None
    return number if number is not None and abs(number) < _TOO_LARGE else None


def wide_encoding(start: bytes) -> str | None:
    """Return the encoding of a text in UTF-16 or UTF-32 by its first bytes: by its mark, else its zeros."""
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    half = min(len(start), _LOOKED_AT) // 2
    if half < _FEWEST:
        return None
    first, second = start[0 : 2 * half : 2].count(0) / half, start[1 : 2 * half : 2].count(0) / half
    if second > _MANY and first < _FEW:
        return "utf-16-le"
    return "utf-16-be" if first > _MANY and second < _FEW else None


def decode(data: bytes) -> tuple[str, str] | None:
    """Return bytes as text and the encoding that they were in, None where they are no text.

    UTF-8, UTF-16 and UTF-32 are known by themselves; else it is taken for Windows-1252, or Latin-1 where that
    has no such character, as long as there are no control characters.
    """
    wide = wide_encoding(data)
    if wide:
        encodings = [wide]
    else:
        encodings = ["utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8", "cp1252", "latin-1"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if _CONTROL.search(text) else (text, encoding)
    return None


def compose(sections: Iterable[tuple[str, str | None]]) -> tuple[str, list[Span | None]]:
    """Return the text made of (name, value) sections and the span of each value, None for those left out."""
    text, spans = "", list[Span | None]()
    for name, value in sections:
        body = clean(value or "").strip()
        if not body:
            spans.append(None)
            continue
        text += ("\n\n" if text else "") + f"{clean(name)}: "
        spans.append((len(text), len(text) + len(body)))
        text += body
    return text, spans


def named(column: str) -> str:
    """Return the name of the section that a column becomes."""
    return column.upper().replace("_", " ")


def joined_text(value: Any) -> Any:
    """Return what a field holds as one text: of an object its sections; else the value."""
    if isinstance(value, dict) and value and all(v is None or isinstance(v, str) for v in value.values()):
        return compose((named(name), v) for name, v in value.items())[0]
    return value


_PARTS = {
    "train": ("train", "training"),
    "validation": ("validation", "validate", "valid", "val", "dev", "tune", "tuning"),
    "test": ("test", "testing", "eval", "evaluation", "holdout"),
}
_PART = {word: part for part, words in _PARTS.items() for word in words}
_PLANES = {
    "axial": "axial",
    "transverse": "axial",
    "transaxial": "axial",
    "coronal": "coronal",
    "sagittal": "sagittal",
}


def split_name(value: Any) -> str | None:
    """Return train, validation or test for a source's word for a part, None for any other."""
    return _PART.get((field_text(value) or "").lower())


def plane_name(value: Any) -> str | None:
    """Return axial, coronal or sagittal for a source's word for a plane, None for any other."""
    return _PLANES.get((field_text(value) or "").lower())


def joined_meta(meta: str | None, other: str | None) -> str | None:
    """Return one JSON object of two; where both have a name, the value of the first stays."""
    if meta is None or other is None:
        return meta or other
    try:
        return json.dumps({**json.loads(other), **json.loads(meta)}, ensure_ascii=False)
    except (ValueError, TypeError):  # of a reader of others
        return meta


def joined(values: Iterable[str | None]) -> str | None:
    """Return the distinct values, sorted, joined by "/", None where there are none."""
    known = sorted({part for v in values if v for part in v.split("/")})
    return "/".join(known) or None


def only(values: Sequence[str | None]) -> str | None:
    """Return the value that all known ones agree on, None where they do not."""
    known = {v for v in values if v}
    return known.pop() if len(known) == 1 else None

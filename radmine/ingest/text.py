"""Texts: a folder of `.txt`, HTML and RTF files, at any depth; the id of a report is its path without the suffix.

A file is stored as it is written: its tags and control words are read where sentences are, in `parse`.
"""

import json
import os
import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from radmine.ingest.composition import clean, decode
from radmine.ingest.reader import Batch, Source, Unit, file_units, read_document
from radmine.ingest.table_names import names_reports
from radmine.records import Report
from radmine.run import Limits, check_size

SUFFIXES = (".txt", ".html", ".htm", ".xhtml", ".rtf")
# How HTML and RTF begin, whatever a file is called.
_BEGINS = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:\{\\rtf|(?:<\?xml[^>]*>\s*)?(?:<!doctype\s+html|<html[\s>]))", re.IGNORECASE
)
UNDECODABLE = "undecodable"  # why a file is set aside that is no text
_CHARACTER = 4  # bytes at most

_CELL = re.compile(rb"<t[hd]\b[^>]*>([^<]*)</t[hd]>")


def looks_like(start: bytes) -> bool:
    """Return whether a file that begins so is HTML or RTF."""
    return bool(_BEGINS.match(start))


def is_table(start: bytes) -> bool:
    """Return whether HTML that begins so is a table of reports: the cells of its first row name ids and texts."""
    cells = _CELL.findall(start.lower().partition(b"</tr>")[0])
    return names_reports(cell.decode("utf-8", "replace") for cell in cells)


def units(source: Source, rows: int) -> list[Unit]:
    """Return the text files."""
    return file_units(source.paths, suffixes=SUFFIXES, whole=True)


def read(units: Sequence[Unit], source: Source) -> Batch:
    """Return one report for each file."""
    batch, limits = Batch(), source.limits
    for unit in units:
        decoded = read_text(unit.path, limits)
        if decoded is None:
            batch.reject(unit.item, UNDECODABLE, "the file holds bytes that are no text")
            continue
        text, encoding = decoded
        report_id = clean(source.made_id(str(PurePosixPath(unit.item).with_suffix("")), unit.root))
        batch.reports.append(
            Report(
                report_id=report_id,
                patient_id=report_id,
                text=text,
                source="text",
                path=unit.path,
                meta=None if encoding.startswith("utf-8") else json.dumps({"encoding": encoding}),
            )
        )
    return batch


def read_text(path: str | os.PathLike[str], limits: Limits) -> tuple[str, str] | None:
    """Return the text of a file, as it is stored, and the encoding that it was in; None where it is no text.

    Raises
    ------
    InputError
        It is too large, or no regular file.
    OSError
        It cannot be read.
    """
    most = _CHARACTER * (limits.report_characters + 1)
    check_size("The file has {} bytes.", os.path.getsize(path), most, limit="report_characters")
    decoded = decode(read_document(path, limits))
    return None if decoded is None else (clean(decoded[0]), decoded[1])

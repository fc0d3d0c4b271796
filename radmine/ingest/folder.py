"""A folder of whatever a user has: every file goes to the reader that knows it.

Tables to `table`, `.txt` to `text`, Open-i archives and XML to `openi`, MedPix's layout to `medpix`, DICOM (by its first
bytes) to `dicom`, PNG, JPEG, TIFF and BMP become images without a report; files that a table names, by path or
by name alone, are left to the table. A table in which no column is known is set aside, as every file is that nothing
here reads. A table that has image ids but no text and no paths says something of images that are there: what it says
is merged into them, and its other rows are left out as `image_without_file`.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from radmine.errors import InputError
from radmine.ingest import dicom, medpix, openi, table, text
from radmine.ingest.picture import SUFFIXES as PICTURES
from radmine.ingest.picture import read_picture
from radmine.ingest.reader import Batch, Source, Unit, file_units, folder_of
from radmine.ingest.table_columns import SYNONYMS, check_columns
from radmine.ingest.table_file import is_table
from radmine.records import Image

_COMPANIONS = ("readme", "license", "licence", "source", "changelog", "notice", "copying")  # never reports

OPTIONS: Mapping[str, str] = table.OPTIONS


def units(source: Source, rows: int) -> list[Unit]:
    """Return the units of all files, each with its reader; MedPix folders and Open-i's header table go as a whole."""
    found = list[Unit]()
    for root in source.paths:
        cases = [folder for folder in _folders(root) if medpix.looks_like(folder)]
        for folder in cases:
            part = medpix.units(Source("medpix", (folder,), {}), rows)
            found += [replace(u, reader="medpix") for u in part]
        files = [
            u for u in file_units([root]) if not any(u.path.startswith(os.path.join(f, "")) for f in cases)
        ]
        found += _units_of_files(files, source, rows)
    return found


def _folders(root: str) -> list[str]:
    return sorted(folder for folder, _, _ in os.walk(root))


def _units_of_files(files: Sequence[Unit], source: Source, rows: int) -> list[Unit]:
    found, loose, tables, named = list[Unit](), list[Unit](), list[Unit](), set[str]()
    for unit in files:
        reader = "" if unit.skip else _reader_of(unit.path)
        if reader == "openi" and openi.is_archive(unit.path):
            part = openi.units(Source("openi", (unit.path,), {}), rows)
            found += [replace(u, root=unit.root, reader="openi") for u in part]
        elif reader == "table":
            tables.append(replace(unit, reader="table"))
        else:
            loose.append(replace(unit, reader=reader, skip=unit.skip or _left_out(unit.path)))
    # Of two tables that name the same image the one that says most is read first and stays.
    for unit in sorted(tables, key=lambda u: (-table.known_fields(u.path, source), u.path)):
        ranges = _table_units(unit, source, rows)
        found += ranges
        for part_unit in ranges:
            if part_unit.reader == "table" and part_unit.size:
                named |= table.files_named_in(part_unit, _with_images(source, unit.root))
    return found + [
        replace(u, skip="named_in_table") if os.path.abspath(u.path) in named else u for u in loose
    ]


def _left_out(path: str) -> str:
    """Return why a file is left out on purpose by its name, else ""."""
    name = os.path.basename(path)
    if name.upper() == "DICOMDIR":
        return "index_file"
    stem, _, suffix = name.lower().partition(".")
    return "companion_file" if stem in _COMPANIONS and f".{suffix}" in text.SUFFIXES else ""


def _table_units(unit: Unit, source: Source, rows: int) -> list[Unit]:
    """Return the ranges of a table; a table that is not ours to read is one unit without a reader."""
    if os.path.getsize(unit.path) == 0:
        return [replace(unit, reader="", size=1)]
    try:
        return table.units_of_table(unit, source, rows)
    except InputError:
        if any(source.options.get(name) for name in SYNONYMS):
            raise  # the user named columns: they must be there
        return [replace(unit, reader="")]


def _reader_of(path: str) -> str:
    """Return the name of the reader for a file, "picture" for image files, "" where none knows it."""
    name = path.lower()
    if name.endswith(text.SUFFIXES):
        return "text"
    if is_table(path):
        return "table"
    if name.endswith(PICTURES):
        return "picture"
    if name.endswith(".xml") or openi.looks_like(path):
        return "openi"
    try:
        with open(path, "rb") as stream:
            return "dicom" if dicom.looks_like(stream.read(132)) else ""
    except OSError:
        return ""


def read(units: Sequence[Unit], source: Source) -> Batch:
    """Return what the files hold, unit by unit in order."""
    batch = Batch()
    readers = {
        "table": table.read,
        "text": text.read,
        "openi": openi.read,
        "medpix": medpix.read,
        "dicom": dicom.read,
        "picture": _read_pictures,
        "": _set_aside,
    }
    for (reader, root), part in groupby(units, key=lambda unit: (unit.reader, unit.root)):
        batch.extend(readers[reader](list(part), _with_images(source, root)))
    return batch


def _with_images(source: Source, root: str) -> Source:
    """Return the source with its image files below the folder that the user named, if he did not say where."""
    return replace(source, options={"images": folder_of(root), **source.options})


def _set_aside(units: Sequence[Unit], source: Source) -> Batch:
    batch = Batch()
    for unit in units:
        empty = os.path.getsize(unit.path) == 0
        batch.reject(unit.item, "empty_file" if empty else "unknown_file", _why_unknown(unit, source))
    return batch


def _why_unknown(unit: Unit, source: Source) -> str:
    if is_table(unit.path) and os.path.getsize(unit.path):
        try:
            check_columns(unit.path, source.options)
        except InputError as error:
            return f"{error.what} {error.do}"
    return Path(unit.path).suffix[:16]


def _read_pictures(units: Sequence[Unit], source: Source) -> Batch:
    """Return one image for each file; its id is the path, and nobody knows whose it is but itself."""
    batch = Batch()
    for unit in units:
        try:
            picture = read_picture(Path(unit.path), source.limits)
        except (OSError, ValueError) as error:
            batch.reject(unit.item, "broken_image", str(error))
            continue
        batch.images.append(
            Image(
                image_id=source.made_id(unit.item, unit.root),
                patient_id=source.made_id(unit.item, unit.root),
                path=unit.path,
                rows=picture.rows,
                columns=picture.columns,
                content_hash=picture.content_hash,
                source="folder",
            )
        )
    return batch

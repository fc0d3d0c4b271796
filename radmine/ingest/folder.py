"""A folder of whatever a user has: every file goes to the reader that knows it.

Tables to `table`, `.txt`, HTML and RTF to `text`, Open-i archives and XML to `openi`, MedPix's layout to `medpix`, DICOM (by its first
bytes) to `dicom`, PNG, JPEG, TIFF and BMP become images without a report; files that a table names, by path or
by name alone, are left to the table. A table in which no column is known is set aside, as every file is that nothing
here reads. A table that has image ids but no text and no paths says something of images that are there: what it says
is merged into them, and its other rows are left out as `image_without_file`.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from radmine.files import open_file
from radmine.ingest import dicom, medpix, openi, table, text
from radmine.ingest.kept import check_kept
from radmine.ingest.picture import SUFFIXES as PICTURES
from radmine.ingest.picture import read_picture
from radmine.ingest.reader import (
    Batch,
    Source,
    Unit,
    WrongOptionError,
    file_units,
    folder_of,
    listed,
    to_read,
)
from radmine.ingest.table_columns import UnknownTableError, choose_columns
from radmine.ingest.table_file import Layout, holds_table, is_table, layout_of, rows_in
from radmine.ingest.table_images import files_named_in
from radmine.ingest.table_look import options_of
from radmine.ingest.table_names import SYNONYMS
from radmine.records import Image
from radmine.run import Limits

_COMPANIONS = ("readme", "license", "licence", "source", "changelog", "notice", "copying")  # never reports

_WORKBOOKS = (".xls", ".xlsx", ".xlsm", ".ods")  # a sheet as HTML is no report
# Formats in which reports come, and that nothing here reads.
_OTHERS = (
    *_WORKBOOKS, ".doc", ".docx", ".odt", ".pdf", ".pages", ".mdb", ".accdb", ".sqlite", ".sav",
    ".dta", ".sas7bdat", ".rds", ".pkl", ".pickle", ".feather", ".zip", ".7z", ".rar", ".tar", ".bz2", ".xz", ".gz", ".zst",
)  # fmt: skip

_ELSEWHERE = (
    "say --option images=FOLDER where the images are elsewhere; labels of reports are no part of a source"
)
_LOOKED_AT = 2048  # bytes of a file by which its reader is known

OPTIONS: Mapping[str, str] = table.OPTIONS


def units(source: Source, rows: int) -> list[Unit]:
    """Return the units of all files, each with its reader; MedPix folders and Open-i's header table go as a whole."""
    found, layouts = list[Unit](), list[Layout]()
    for root in source.paths:
        files = file_units([root])
        cases = _medpix_units(files, source, rows)
        found += cases
        whole = tuple(os.path.join(unit.root, "") for unit in cases if to_read(unit))
        tables = {unit.path for unit in cases}
        files = [u for u in files if u.path not in tables and not u.path.startswith(whole)]
        found += _units_of_files(files, source, rows, layouts)
    check_kept(source, layouts, with_dicom=any(unit.reader == "dicom" for unit in found))
    return found


def _medpix_units(files: Sequence[Unit], source: Source, rows: int) -> list[Unit]:
    """Return the units of MedPix's folders; where one cannot be read its table is set aside, and its files are as any."""
    tables = [u for u in files if os.path.basename(u.path) == medpix.FILES[0]]
    return listed(
        (u for u in tables if to_read(u) and medpix.looks_like(os.path.dirname(u.path))),
        lambda u: [
            replace(part, reader="medpix")
            for part in medpix.units_of_folder(os.path.dirname(u.path), source.limits, rows)
        ],
        source,
        otherwise="broken_json",
        named=False,
    )


def _units_of_files(files: Sequence[Unit], source: Source, rows: int, layouts: list[Layout]) -> list[Unit]:
    """Return the units of files; the layouts of those that are tables are put into the list."""
    tables, named = list[tuple[Unit, Layout]](), set[str]()

    def laid_out(unit: Unit) -> list[Unit]:
        if not os.path.getsize(unit.path) or not (
            is_table(unit.path) or (unit.path.lower().endswith((".txt", ".zip")) and holds_table(unit.path))
        ):
            return [unit]
        layout = layout_of(unit.path, source.options, source.limits)
        if _is_sidecar(layout, source):
            return [unit]
        tables.append((replace(unit, reader="table"), layout))
        return []

    def by_reader(unit: Unit) -> list[Unit]:
        if skip := _left_out(unit.path):
            return [replace(unit, skip=skip)]
        reader = _reader_of(unit.path, source.limits)
        if not reader:
            empty = os.path.getsize(unit.path) == 0
            suffix = Path(unit.path).suffix[:16]
            known = suffix.lower() in (*_OTHERS, *text.SUFFIXES)
            reason = "other_format" if known else "unknown_file"
            return [replace(unit, aside="empty_file" if empty else reason, detail=suffix)]
        unit = replace(unit, reader=reader)
        if reader == "text":
            return [replace(unit, held=os.path.getsize(unit.path))]
        return openi.units_of_file(unit, source.limits, rows) if reader == "openi" else [unit]

    loose = listed(files, laid_out, source, otherwise="broken_table", named=False)
    loose = listed(loose, by_reader, source, otherwise="broken_archive", named=False)
    # Of two tables that name the same image the one that says most is read first and stays.
    by_path = {unit.path: layout for unit, layout in tables}
    known = {unit.path: len(choose_columns(layout, source.options).of) for unit, layout in tables}

    def ranges(unit: Unit) -> list[Unit]:
        layout = by_path[unit.path]
        try:
            found = table.units_of_table(unit, layout, source, rows)
        except UnknownTableError as error:
            if any(source.options.get(name) for name in SYNONYMS):
                raise WrongOptionError(error.what, where=error.where, do=error.do) from error
            return [
                replace(unit, aside="unknown_table", detail=f"{rows_in(layout)}. {error.what} {error.do}")
            ]
        files = files_named_in(found, layout, _with_images(source, unit.root))
        files = {path for path in files if not path.lower().endswith(text.SUFFIXES)}
        chosen = choose_columns(layout, options_of(found[0], source)).of
        if "path" in chosen and "text" not in chosen and not files and any(map(to_read, found)):
            detail = f"{rows_in(layout)}. No image is there that the column of paths names: {_ELSEWHERE}."
            return [replace(found[0], aside="missing_file", detail=detail)]
        named.update(files)
        layouts.append(layout)
        return found

    ordered = sorted((unit for unit, _ in tables), key=lambda u: (-known[u.path], u.path))
    found = listed(ordered, ranges, source, otherwise="broken_table", named=False)
    return found + [
        replace(u, skip="named_in_table", aside="") if os.path.abspath(u.path) in named else u for u in loose
    ]


def _is_sidecar(layout: Layout, source: Source) -> bool:
    """Return whether a JSON document says something of one thing, and is no report: settings, a header."""
    if not layout.path.lower().endswith(".json") or "text" in choose_columns(layout, source.options).of:
        return False
    return rows_in(layout) in ("0 rows", "1 row")


def _left_out(path: str) -> str:
    """Return why a file is left out on purpose by its name, else ""."""
    name = os.path.basename(path)
    if name.upper() == "DICOMDIR":
        return "index_file"
    stem, _, suffix = name.lower().partition(".")
    return "companion_file" if stem in _COMPANIONS and f".{suffix}" in text.SUFFIXES else ""


def _reader_of(path: str, limits: Limits) -> str:
    """Return the name of the reader for a file, "picture" for image files, "" where none knows it."""
    name = path.lower()
    if name.endswith(".txt"):
        return "text"
    if name.endswith(PICTURES):
        return "picture"
    with open_file(path) as stream:
        start = stream.read(_LOOKED_AT)
    if name.endswith(text.SUFFIXES) or text.looks_like(start):
        return "" if name.endswith(_WORKBOOKS) or text.is_table(start) else "text"
    if name.endswith(".xml") or openi.looks_like(path, limits):
        return "openi"
    return "dicom" if dicom.looks_like(start) else ""


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
    }
    for unit in units:
        batch.extend(readers[unit.reader]([unit], _with_images(source, unit.root)))
    return batch


def _with_images(source: Source, root: str) -> Source:
    """Return the source with its image files below the folder that the user named, if he did not say where."""
    return replace(source, options={"images": folder_of(root), **source.options})


def _read_pictures(units: Sequence[Unit], source: Source) -> Batch:
    """Return one image for each file; its id is the path, and nobody knows whose it is but itself."""
    batch = Batch()
    for unit in units:
        picture = read_picture(Path(unit.path), source.limits)
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

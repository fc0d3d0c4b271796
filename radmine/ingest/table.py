"""Tables of reports, of images, or of both: one row each.

A column is found by its name or a well-known synonym (capitals, spaces and `_` do not matter), or named by an option:
`text=Report Text`. Several columns make one text, each a section: `text=findings,impression`; without a text column
those with section names are taken so. A table with a text is one of reports; one with a path or image id, of images.
A row of both ties the image to the report. A path is relative to the table's folder, or to the option `images`, below
which a file is also found by its name alone. A DICOM file's header is read; what the table says of it wins.

A report without an id gets the row's accession number, else its study, else `FILE:ROW`; without a patient, its own
id; an image without a patient, that of its report, else its study, else its own id. All other columns go to `meta`, and
so does a date that cannot be read. A table of image ids alone (no text, no paths) says something of images elsewhere.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from radmine.errors import InputError
from radmine.ingest import dicom
from radmine.ingest.composition import (
    clean,
    compose,
    field_text,
    iso_date,
    joined_meta,
    plane_name,
    split_name,
    whole_number,
)
from radmine.ingest.picture import SUFFIXES as PICTURES
from radmine.ingest.picture import read_picture
from radmine.ingest.reader import (
    ABOUT_IMAGES,
    Batch,
    Source,
    Unit,
    file_units,
    folder_of,
    relative_name,
    walk_files,
)
from radmine.ingest.table_columns import SYNONYMS, check_columns, choose_columns
from radmine.ingest.table_file import BadRow, Row, columns_of, cut, is_table, rows_of
from radmine.records import Image, Report

_SHARED = ("study_id", "accession_number", "modality", "body_part")
_OF_IMAGE = ("series_id", "view", "location", "figure_id", "study_description", "series_description")

OPTIONS: dict[str, str] = {
    **{name: f"the column that holds {name}" for name in SYNONYMS},
    "text": "the column with the report's text; several, joined by commas, become its sections",
    "images": "the folder of the image files, where paths are not relative to the table",
    "delimiter": "what separates the fields of a CSV: one character, or tab, comma, semicolon, pipe",
    "header": "yes or no: whether a CSV's first line names its columns; without, they are called 1, 2, ...",
}


def units(source: Source, rows: int) -> list[Unit]:
    """Return ranges of rows of each table."""
    found = list[Unit]()
    for root in source.paths:
        for unit in file_units([root]):
            if unit.skip or (unit.path != root and not is_table(unit.path)):
                found.append(replace(unit, skip=unit.skip or "companion_file"))
            else:
                found += units_of_table(unit, source, rows)
    return found


def units_of_table(unit: Unit, source: Source, rows: int) -> list[Unit]:
    """Return the ranges of one table, its columns checked; a table without rows is one range."""
    if os.path.getsize(unit.path) == 0:
        return [unit]
    options = source.options
    chosen = check_columns(unit.path, options)
    if {"path", "image_id"} & chosen.keys():  # its rows depend on the image files too
        unit = replace(unit, stamp=unit.stamp + source.listing)
    return cut(unit, options, rows) or [replace(unit, size=0)]


def read(units: Sequence[Unit], source: Source) -> Batch:
    """Return the reports and images of ranges of rows."""
    batch = Batch()
    choose, images = cache(_chosen_of), _image_finder(source)
    options = tuple(sorted(source.options.items()))
    with dicom.quiet():
        for unit in units:
            if os.path.getsize(unit.path) == 0 or unit.size == 0:
                batch.reject(unit.item, "empty_file")
                continue
            chosen, without_image = choose(unit.path, options), 0
            for number, row, encoding in rows_of(unit, source.options):
                item = f"{unit.item}:{number}"
                if isinstance(row, BadRow):
                    batch.reject(item, "bad_row", row.detail)
                else:
                    found = _Row(row, chosen, item, unit, source, encoding).read(batch, images)
                    without_image += not found
            if without_image:
                batch.reject(unit.item, "missing_file", f"{without_image} rows name no image")
    return batch


def _chosen_of(path: str, options: tuple[tuple[str, str], ...]) -> dict[str, tuple[str, ...]]:
    return choose_columns(columns_of(path, dict(options)), dict(options), where=path)


class _Row:
    """One row on its way to a report, an image, or both."""

    def __init__(
        self,
        row: Row,
        chosen: Mapping[str, tuple[str, ...]],
        item: str,
        unit: Unit,
        source: Source,
        encoding: str,
    ) -> None:
        self.row, self.chosen, self.item, self.table = row, chosen, item, unit.path
        self.unit, self.source = unit, source
        unread = iso_date(self.get("study_date")) is None  # what cannot be read as a date is kept as it is
        taken = {c for name, columns in chosen.items() if name != "study_date" or not unread for c in columns}
        rest = {c: v for c, v in row.items() if c and c not in taken and field_text(v) is not None}
        if encoding != "utf-8":
            rest["encoding"] = encoding
        self.meta = clean(json.dumps(rest, ensure_ascii=False, default=str)) if rest else None

    def get(self, name: str) -> str | None:
        """Return a field's value, None where the table has no column for it or the row no value."""
        columns = self.chosen.get(name)
        return field_text(self.row.get(columns[0])) if columns else None

    def text(self) -> str | None:
        """Return the row's text, "" where it has none, None where a column holds something else than text."""
        columns = self.chosen["text"]
        values = [self.row.get(c) for c in columns]
        if any(v is not None and v == v and not isinstance(v, str) for v in values):  # NaN is no value
            return None
        if len(columns) == 1:
            return clean(values[0]) if isinstance(values[0], str) else ""
        return compose((c.upper().replace("_", " "), field_text(self.row.get(c))) for c in columns)[0]

    def read(self, batch: Batch, images: "_ImageFinder") -> bool:
        """Put what the row holds into the batch; return whether it can hold anything."""
        report_id, tie = self.get("report_id"), self.get("report_id")
        has_image = bool(self.get("path") or self.get("image_id"))
        if "text" in self.chosen:
            report_id = report_id or self.get("accession_number") or self.get("study_id")
            report_id = report_id or self.source.made_id(self.item, self.unit.root)
            tie = self.read_report(batch, report_id, repeats=has_image)
        if has_image:
            self.read_image(batch, tie, images)
        return has_image or "text" in self.chosen

    def read_report(self, batch: Batch, report_id: str, *, repeats: bool) -> str | None:
        """Put the row's report into the batch and return its id, None where it has no text."""
        text = self.text()
        if text is None:
            batch.reject(self.item, "bad_text", "the text is not a string")
            return None
        if not text.strip():
            batch.reject(report_id, "empty_report", self.item)
            return None
        last = batch.reports[-1] if batch.reports else None
        if repeats and last and (last.report_id, last.text) == (report_id, text):
            return report_id  # the table says the report again for each of its images
        batch.reports.append(
            Report(
                report_id=report_id,
                patient_id=self.get("patient_id") or report_id,
                text=text,
                source="table",
                study_date=iso_date(self.get("study_date")),
                source_split=split_name(self.get("split")),
                path=self.table,
                meta=self.meta,
                **{name: self.get(name) for name in _SHARED},
            )
        )
        return report_id

    def read_image(self, batch: Batch, report_id: str | None, images: "_ImageFinder") -> None:
        """Put the row's image into the batch, read from its file where it has one."""
        said: dict[str, Any] = {
            "patient_id": self.get("patient_id"),
            "study_date": iso_date(self.get("study_date")),
            "plane": plane_name(self.get("plane")),
            "series_number": whole_number(self.get("series_number")),
            "instance_number": whole_number(self.get("instance_number")),
            "report_id": report_id,
            "source_split": split_name(self.get("split")),
            **{name: self.get(name) for name in (*_SHARED, *_OF_IMAGE)},
        }
        known = {name: value for name, value in said.items() if value is not None}
        named = self.get("path") or self.get("image_id") or ""
        path = images.find(named, os.path.dirname(self.table), by_id=self.get("path") is None)
        if path is None and self.get("path"):
            batch.reject(self.item, "missing_file", "the image's file is not there")
            return
        image_id = self.get("image_id") or self.source.made_id(self.name_of(named, path), self.unit.root)
        if path is not None and not path.lower().endswith(PICTURES):
            found = dicom.read_file(path, self.item, self.source.limits)
            found.images = [
                replace(image, source="table", **{**known, "meta": joined_meta(image.meta, self.meta)})
                for image in found.images
            ]
            batch.extend(found)
            return
        size: dict[str, Any] = {}
        if path is not None:
            try:
                picture = read_picture(Path(path), self.source.limits)
            except (OSError, ValueError) as error:
                batch.reject(self.item, "broken_image", str(error))
                return
            size = {"rows": picture.rows, "columns": picture.columns, "content_hash": picture.content_hash}
        known.setdefault("patient_id", report_id or self.get("study_id") or image_id)
        batch.images.append(
            Image(
                image_id=image_id,
                path=path,
                source=ABOUT_IMAGES if path is None and self.about_images else "table",
                meta=self.meta,
                **size,
                **known,
            )
        )

    @property
    def about_images(self) -> bool:
        """Whether a folder's table has nothing but image ids: its rows are of images that other files hold."""
        return self.source.reader == "folder" and not {"text", "path"} & self.chosen.keys()

    def name_of(self, named: str, path: str | None) -> str:
        """Return what names an image file: its place below the source where it is relative to the table, else the name."""
        below = os.path.abspath(os.path.join(os.path.dirname(self.table), named))
        name = relative_name(below, folder_of(self.unit.root))
        return name if path == below and not name.startswith("../") else named


@lru_cache(maxsize=4)
def _files_by_name(folder: str, listing: str) -> Mapping[str, str]:
    """Return the files below a folder by their names with and without suffix; `listing` changes when they do."""
    found = dict[str, str]()
    for path in walk_files(folder):
        name = os.path.basename(path)
        found.setdefault(name, path)
        found.setdefault(os.path.splitext(name)[0], path)
    return found


@dataclass(frozen=True, slots=True)
class _ImageFinder:
    """Where the image files of a table are."""

    folder: str | None
    listing: str

    def find(self, named: str, table_folder: str, *, by_id: bool) -> str | None:
        """Return the file that a row names, by its path or (`by_id`) by its name without suffix."""
        if not by_id:
            for base in (table_folder, self.folder):
                if base is not None and os.path.isfile(path := os.path.join(base, named)):
                    return os.path.abspath(path)
        if self.folder is None:
            return None
        return _files_by_name(self.folder, self.listing).get(os.path.basename(named))


def _image_finder(source: Source) -> _ImageFinder:
    folder = source.options.get("images")
    if folder and not os.path.isdir(folder):
        raise InputError(
            "The folder of the image files is not there.", where=folder, do="Correct the option `images`."
        )
    return _ImageFinder(os.path.abspath(folder) if folder else None, source.listing)


def known_fields(path: str, source: Source) -> int:
    """Return how many of our fields a table has a column for; 0 where it is empty or no table."""
    try:
        return len(choose_columns(columns_of(path, source.options), source.options, where=path))
    except InputError:
        return 0


def files_named_in(unit: Unit, source: Source) -> set[str]:
    """Return the absolute paths of the image files that a range of a table names."""
    options = source.options
    chosen = choose_columns(columns_of(unit.path, options), options, where=unit.path)
    column = next((chosen[name][0] for name in ("path", "image_id") if name in chosen), None)
    if column is None:
        return set()
    images, folder = _image_finder(source), os.path.dirname(unit.path)
    rows = (row for _, row, _ in rows_of(unit, options) if not isinstance(row, BadRow))
    named = (field_text(row.get(column)) for row in rows)
    found = (images.find(name, folder, by_id="path" not in chosen) for name in named if name)
    return {path for path in found if path}

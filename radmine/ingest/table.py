"""Tables of reports, of images, or of both: one row each.

A column is found by its name or a well-known synonym (capitals, spaces and `_` do not matter), or named by an option:
`text=Report Text`. Several columns make one text, each a section: `text=findings,impression`; without a text column
those with section names are taken so. A table with a text is one of reports; one with a path or image id, of images.
A row of both ties the image to the report. A DICOM file's header is read; what the table says of it wins.

A table of images may have label columns (see `table_labels`): what they say becomes rows of `source_labels`. What the first
rows of a table tell of it, such as the order of day and month in its dates, is looked at in `table_look`.

A report without an id gets the row's accession number, else its study, else `FILE:ROW`; without a patient, its own
id; an image without a patient, that of its report, else the one that its path names (see `table_places`), else its study, else its own id. Of all other columns those that
the option `keep` names go to `meta`; so does a date that cannot be read, where it names that column. A table of image
ids alone (no text, no paths) says something of images elsewhere.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from radmine.ingest import dicom
from radmine.ingest.composition import (
    clean,
    compose,
    field_text,
    joined_meta,
    joined_text,
    named,
    plane_name,
    split_name,
    whole_number,
)
from radmine.ingest.dates import has_order, iso_date
from radmine.ingest.kept import check_kept
from radmine.ingest.picture import SUFFIXES as PICTURES
from radmine.ingest.picture import read_picture
from radmine.ingest.reader import (
    ABOUT_IMAGES,
    Batch,
    Source,
    Unit,
    file_units,
    folder_of,
    listed,
    relative_name,
)
from radmine.ingest.table_columns import Columns, check_columns, is_kept
from radmine.ingest.table_file import Layout, Row, cut, is_table, layout_of, rows_of
from radmine.ingest.table_ids import FIELDS as IDS
from radmine.ingest.table_ids import MISSING, plain_id
from radmine.ingest.table_images import ImageFinder, OutsideError, SeveralError
from radmine.ingest.table_labels import OPTION as LABELS
from radmine.ingest.table_labels import LabelReader
from radmine.ingest.table_lines import BadRow
from radmine.ingest.table_look import LAYOUT, WHOLE, look, options_of
from radmine.ingest.table_names import SYNONYMS
from radmine.ingest.table_places import place_in
from radmine.records import Image, Report, SourceLabel
from radmine.run import MEGABYTE, Guard

_SHARED = ("study_id", "accession_number", "modality", "body_part")
_OF_IMAGE = ("series_id", "location", "figure_id", "study_description", "series_description")

OPTIONS: dict[str, str] = {
    **{name: f"the column that holds {name}" for name in SYNONYMS},
    "text": "the column with the report's text; several, joined by commas, become its sections",
    "keep": "columns, or DICOM keywords, that are kept in `meta`, joined by commas; all other columns that are not ours are left out",
    LABELS: "further columns that say of what is in an image, or in a report: COLUMN, or COLUMN=FINDING, joined by commas; no: none",
    "dates": "dmy or mdy: whether the day or the month comes first in dates such as 03/04/2022, where the column does not tell",
    "images": "the folder of the image files, where paths are not relative to the table",
    "follow_paths": "yes or no: whether paths may lead out of the folders of the table, of the source and `images`",
    "delimiter": "what separates the fields of a CSV: one character, or tab, comma, semicolon, pipe",
    "header": "yes or no: whether a CSV's first line names its columns; without, they are called 1, 2, ...",
}


_TEXT_OF_RANGE = 2  # times the megabytes of a document: characters that a range of rows may have


def units(source: Source, rows: int) -> list[Unit]:
    """Return ranges of rows of each table."""
    layouts = list[Layout]()

    def ranges(unit: Unit) -> list[Unit]:
        if unit.path != unit.root and not is_table(unit.path):
            return [replace(unit, skip="companion_file")]
        layout = layout_of(unit.path, source.options, source.limits)
        found = units_of_table(unit, layout, source, rows)
        layouts.append(layout)
        return found

    found = listed(file_units(source.paths), ranges, source, otherwise="broken_table")
    check_kept(source, layouts)
    return found


def units_of_table(unit: Unit, layout: Layout, source: Source, rows: int) -> list[Unit]:
    """Return the ranges of one table, its columns checked; a table without rows is one range."""
    if os.path.getsize(unit.path) == 0:
        return [unit]
    unit = look(unit, layout, source)
    chosen = check_columns(layout, options_of(unit, source))
    if {"path", "image_id"} & chosen.of.keys():  # its rows depend on the image files too
        ImageFinder.of(source, unit)  # the options are right
        unit = replace(unit, stamp=unit.stamp + source.listing)
    return cut(unit, layout, rows) or [replace(unit, size=0)]


def read(units: Sequence[Unit], source: Source) -> Batch:
    """Return the reports and images of ranges of rows; a row that cannot be read is set aside."""
    batch = Batch()
    with dicom.quiet(), Guard(batch.reject, otherwise="bad_row", seconds=source.limits.seconds) as guard:
        for unit in units:
            if os.path.getsize(unit.path) == 0 or unit.size == 0:
                batch.reject(unit.item, "empty_file")
            else:
                _read_rows(batch, unit, source, guard)
    return batch


def _read_rows(batch: Batch, unit: Unit, source: Source, guard: Guard) -> None:
    layout = layout_of(unit.path, source.options, source.limits)
    table = _Table(unit, source, check_columns(layout, options_of(unit, source)), layout)
    without_image = taken = 0
    most = int(_TEXT_OF_RANGE * source.limits.document_mb * MEGABYTE)
    for number, row, encoding in rows_of(unit, layout, table.needed):
        item = f"{unit.item}:{number}"
        if isinstance(row, BadRow):
            batch.reject(item, row.reason, row.detail)
            continue
        with guard(item):
            of_row = Batch()
            found = _Row(row, table, item, encoding).read(
                of_row, batch.reports[-1] if batch.reports else None
            )
            for report in of_row.reports:
                taken += len(report.text) + len(report.meta or "")
            for image in of_row.images:
                taken += len(image.meta or "")
            if taken > most:
                batch.reject(item, "too_large", "the rows around it hold too much text together")
                continue
            table.read_labels(of_row, row)
            batch.extend(of_row)
            without_image += not found
    if without_image:
        batch.reject(unit.item, "missing_file", f"{without_image} rows name no image")
    table.tell(batch)


class _Table:
    """What the rows of a range have in common."""

    def __init__(self, unit: Unit, source: Source, columns: Columns, layout: Layout) -> None:
        self.unit, self.source = unit, source
        self.chosen = columns.of
        self.images = ImageFinder.of(source, unit)
        self.keeps: Callable[[str], bool] = cache(lambda column: is_kept(column, columns.kept))
        self.keeps_any = bool(columns.kept)
        self.keep = columns.kept
        self.labels = LabelReader(unit.labels) if unit.labels and unit.labels.names else None
        self.order = options_of(unit, source).get("dates")
        self.layout = unit.told.get(LAYOUT)
        self.whole = frozenset(unit.told.get(WHOLE, "").split())
        self.unread = self.without_order = 0  # dates
        self.needed = [
            *(unit.labels.names if unit.labels else ()),
            *(c for cs in columns.of.values() for c in cs),
            *(c for c in layout.columns if columns.kept and self.keeps(c)),
        ]

    def date(self, value: str | None) -> str | None:
        """Return a date of the table; one that cannot be read is counted."""
        found = iso_date(value, order=self.order)
        if value is not None and found is None:
            self.unread += 1
            self.without_order += self.order is None and has_order(value)
        return found

    def read_labels(self, of_row: Batch, row: Row) -> None:
        """Put what the row's label columns say into its batch: of its report where the table has texts, else of its images."""
        if self.labels is None:
            return
        items: list[tuple[str | None, str | None]] = [(image.image_id, None) for image in of_row.images]
        if "text" in self.chosen:
            items = [(None, report.report_id) for report in of_row.reports]
        said = list(self.labels.read(row)) if items else []
        for image_id, report_id in items:
            of_row.source_labels += (
                SourceLabel(image_id, report_id, finding, assertion, self.unit.item, column)
                for finding, assertion, column in said
            )

    def tell(self, batch: Batch) -> None:
        """Set aside, in one row each, the dates and the labels of the range that could not be read."""
        if self.unread:
            how = "; say --option dates=dmy or dates=mdy" if self.without_order else ""
            batch.reject(self.unit.item, "unread_date", f"{self.unread} dates of study_date not read{how}")
        if self.labels and self.labels.unfit:
            batch.reject(
                self.unit.item, "unread_label", f"{self.labels.unfit} values of label columns not read"
            )


class _Row:
    """One row on its way to a report, an image, or both."""

    def __init__(self, row: Row, table: _Table, item: str, encoding: str) -> None:
        self.row, self.item, self.table, self.chosen = row, item, table, table.chosen
        self.unit, self.source = table.unit, table.source
        self.date = table.date(self.get("study_date"))
        rest = dict[str, Any]()
        if table.keeps_any:
            taken = {c for columns in self.chosen.values() for c in columns}
            if self.date is None:
                taken.difference_update(self.chosen.get("study_date", ()))
            rest = {
                c: v
                for c, v in row.items()
                if c and c not in taken and table.keeps(c) and field_text(v) is not None
            }
        if encoding != "utf-8":
            rest["encoding"] = encoding
        self.meta = clean(json.dumps(rest, ensure_ascii=False, default=str)) if rest else None

    def get(self, name: str) -> str | None:
        """Return a field's value, None where the table has no column for it or the row no value."""
        columns = self.chosen.get(name)
        if not columns:
            return None
        held = self.row.get(columns[0])
        if isinstance(held, dict) and len(held) == 1:  # {"$oid": "5f..."}, as MongoDB writes ids
            (held,) = held.values()
        value = field_text(held)
        return plain_id(value, whole=name in self.table.whole) if value and name in IDS else value

    def text(self) -> str | None:
        """Return the row's text, "" where it has none, None where a column holds something else than text."""
        columns = self.chosen["text"]
        values = [joined_text(self.row.get(c)) for c in columns]
        if any(v is not None and v == v and not isinstance(v, str) for v in values):  # NaN is no value
            return None
        if len(columns) == 1:
            return clean(values[0]) if isinstance(values[0], str) else ""
        return compose((named(c), field_text(v)) for c, v in zip(columns, values, strict=True))[0]

    def read(self, batch: Batch, before: Report | None) -> bool:
        """Put what the row holds into the batch; return whether it can hold anything.

        Parameters
        ----------
        before
            The report before it.
        """
        report_id, tie = self.get("report_id"), self.get("report_id")
        has_image = bool(self.get("path") or self.get("image_id"))
        if "text" in self.chosen:
            report_id = report_id or self.get("accession_number") or self.get("study_id")
            report_id = report_id or self.source.made_id(self.item, self.unit.root)
            tie = self.read_report(batch, report_id, before if has_image else None)
        if has_image:
            self.read_image(batch, tie)
        return has_image or "text" in self.chosen

    def read_report(self, batch: Batch, report_id: str, before: Report | None) -> str | None:
        """Put the row's report into the batch and return its id, None where it has no text."""
        text = self.text()
        if text == "" and not self.row.keys() & self.chosen["text"]:
            batch.reject(self.item, "bad_row", "the line has no column of the text")
            return None
        if text is None:
            batch.reject(self.item, "bad_text", "the text is not a string")
            return None
        if text.strip().lower() in MISSING or not any(map(str.isalpha, text)):
            batch.reject(report_id, "empty_report", self.item)
            return None
        if before and (before.report_id, before.text) == (report_id, text):
            return report_id  # the table says the report again for each of its images
        batch.reports.append(
            Report(
                report_id=report_id,
                patient_id=self.get("patient_id") or report_id,
                text=text,
                source="table",
                study_date=self.date,
                source_split=split_name(self.get("split")),
                path=self.unit.path,
                meta=self.meta,
                **{name: self.get(name) for name in _SHARED},
            )
        )
        return report_id

    def read_image(self, batch: Batch, report_id: str | None) -> None:
        """Put the row's image into the batch, read from its file where it has one."""
        named = self.get("path") or self.get("image_id") or ""
        try:
            path = self.table.images.find(named, by_id=self.get("path") is None)
        except OutsideError:
            batch.reject(self.item, "outside_path", "the path leads out of the table's folder")
            return
        except SeveralError:
            if not self.about_images:
                batch.reject(self.item, "missing_file", "several files have this name")
                return
            path = None
        if path is None and self.get("path"):
            batch.reject(self.item, "missing_file", "the image's file is not there")
            return
        known = self.said_of_image(report_id)
        image_id = self.get("image_id") or self.source.made_id(self.name_of(named, path), self.unit.root)
        if path is not None:
            is_picture = path.lower().endswith(PICTURES)
            otherwise = "broken_image" if is_picture else "broken_dicom"
            aside = len(batch.rejected)
            guard = Guard(batch.reject, otherwise=otherwise, seconds=self.source.limits.seconds)
            with guard, guard(self.item):
                if is_picture:
                    known |= self.size_of_picture(path)
                else:
                    batch.extend(self.dicom_images(path, known))
            if not is_picture or len(batch.rejected) > aside:
                return
        known = {**place_in(self.table.layout, named), **known}
        known.setdefault("patient_id", report_id or self.get("study_id") or image_id)
        batch.images.append(
            Image(
                image_id=image_id,
                path=path,
                source=ABOUT_IMAGES if path is None and self.about_images else "table",
                meta=self.meta,
                **known,
            )
        )

    def size_of_picture(self, path: str) -> dict[str, Any]:
        """Return what an image file says of itself."""
        picture = read_picture(Path(path), self.source.limits)
        return {"rows": picture.rows, "columns": picture.columns, "content_hash": picture.content_hash}

    def dicom_images(self, path: str, known: Mapping[str, Any]) -> Batch:
        """Return what a DICOM file holds, with what the row says of it."""
        found = dicom.read_file(path, self.item, self.source.limits, self.table.keep)
        found.images = [
            replace(image, source="table", **{**known, "meta": joined_meta(image.meta, self.meta)})
            for image in found.images
        ]
        return found

    def said_of_image(self, report_id: str | None) -> dict[str, Any]:
        """Return what the row says of its image, as far as it says something."""
        said: dict[str, Any] = {
            "patient_id": self.get("patient_id"),
            "study_date": self.date,
            "plane": plane_name(self.get("plane")),
            "series_number": whole_number(self.get("series_number")),
            "instance_number": whole_number(self.get("instance_number")),
            "report_id": report_id,
            "source_split": split_name(self.get("split")),
            **{name: self.get(name) for name in (*_SHARED, *_OF_IMAGE)},
            "view": self.view(),
        }
        return {name: value for name, value in said.items() if value is not None}

    def view(self) -> str | None:
        """Return the image's view: what the first of its columns says that says something."""
        columns = self.chosen.get("view", ())
        said = next((value for c in columns if (value := field_text(self.row.get(c)))), None)
        return said.upper() if said in ("Frontal", "Lateral") else said

    @property
    def about_images(self) -> bool:
        """Whether a folder's table has nothing but image ids: its rows are of images that other files hold."""
        return self.source.reader == "folder" and not {"text", "path"} & self.chosen.keys()

    def name_of(self, named: str, path: str | None) -> str:
        """Return what names an image file: its place below the source where it is relative to the table, else the name."""
        below = os.path.abspath(os.path.join(os.path.dirname(self.unit.path), named))
        name = relative_name(below, folder_of(self.unit.root))
        return name if path == below and not name.startswith("../") else named

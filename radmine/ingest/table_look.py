"""What the first rows of a table tell of its columns: which holds the text, how dates are written, which are labels.

It is told once, when the table is listed, and goes with its units, so that all of its ranges are read alike.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from statistics import median
from typing import Any

from radmine.ingest.composition import field_text
from radmine.ingest.dates import ORDERS, has_order, order_of
from radmine.ingest.picture import SUFFIXES as PICTURES
from radmine.ingest.reader import Source, Unit, WrongOptionError, names_in
from radmine.ingest.table_columns import Columns, are_names, check_columns, choose_columns, is_kept
from radmine.ingest.table_file import Layout, first_rows
from radmine.ingest.table_ids import FIELDS as IDS
from radmine.ingest.table_ids import holds_whole_numbers, loses_digits
from radmine.ingest.table_labels import OPTION, candidates, label_columns, named_by_user
from radmine.ingest.table_lines import BadRow
from radmine.ingest.table_places import layout_of_paths

LAYOUT, OWN = "layout of paths", "own patient"  # what is told of patients; no option has such a name
WHOLE, LOST = "whole numbers", "lost digits"  # of which fields, joined by blanks
_ROWS_OF_TEXT = 200  # that are looked at for a text
_ROWS_OF_LABELS = 1000  # for labels
_ROWS_OF_DATES = 10_000  # for the order of day and month
_WITHOUT_ORDER = 200  # dates after which none is expected that needs one
_WORDS = 10  # of a text, as a rule
_FEWEST = 3  # texts that are looked at
_ID = re.compile(r"(?=.*\d)[\w./#-]+")  # in the place of a text
_ROWS_OF_IDS = 1000
_ROWS_OF_PATHS = 1000  # for the layout of a published data set


def look(unit: Unit, layout: Layout, source: Source) -> Unit:
    """Return a unit of a table with what its first rows tell.

    Raises
    ------
    UnknownTableError
        No column is known to hold a text or an image.
    WrongOptionError
        An option does not fit.
    """
    told = dict[str, str]()
    if not {"text", "path", "image_id"} & choose_columns(layout, source.options).of.keys():
        text = _text_column(unit, layout)
        if text:
            told["text"] = text
    elif column := _ids_for_texts(unit, layout, source):
        told["report_id"] = column
    chosen = check_columns(layout, {**told, **source.options})
    order = source.options.get("dates")
    if order not in (None, *ORDERS):
        raise WrongOptionError(f"Expected {' or '.join(ORDERS)}.", where="dates", do="Say dates=dmy.")
    if order is None and "study_date" in chosen.of:
        order = _order(unit, layout, chosen.of["study_date"][0])
        if order:
            told["dates"] = order
    told |= _numbers(unit, layout, chosen)
    told |= _patients(unit, layout, source, chosen)
    unit = replace(unit, told=told, left_out=chosen.left_out)
    return _with_labels(unit, layout, source, chosen)


def options_of(unit: Unit, source: Source) -> Mapping[str, str]:
    """Return the options by which a unit is read: the user's, and what its table tells."""
    return {**unit.told, **source.options}


def _with_labels(unit: Unit, layout: Layout, source: Source, chosen: Columns) -> Unit:
    option = source.options.get(OPTION, "")
    of_reports = "text" in chosen.of
    if option == "no" or (of_reports and not option):
        return unit
    by_user = named_by_user(names_in(option), OPTION)
    taken = {c: field for field, columns in chosen.of.items() for c in columns}
    for column, name in taken.items():
        if is_kept(column, list(by_user)):
            raise WrongOptionError(
                f"The column {column!r} holds {name}, so it is no label column.",
                where=unit.item,
                do=f"Leave it out of {OPTION}.",
            )
    free = [c for c in dict.fromkeys(layout.columns) if c and c not in taken]
    named = {c: finding for c in free for name, finding in by_user.items() if is_kept(c, [name])}
    found = candidates(free, named, look=not of_reports)
    if not found.columns:
        return unit
    rows = _rows(unit, layout, found.columns, _ROWS_OF_LABELS)
    labels = label_columns(found, rows, unit.item)
    return replace(unit, labels=labels, left_out=unit.left_out - len(labels.names))


def _rows(unit: Unit, layout: Layout, columns: Sequence[str], count: int) -> Iterator[Mapping[str, Any]]:
    return (row for row in first_rows(unit, layout, columns, count) if not isinstance(row, BadRow))


def _order(unit: Unit, layout: Layout, column: str) -> str | None:
    """Return in which order a column of dates has day and month, None where it does not tell."""
    rows = _rows(unit, layout, [column], _ROWS_OF_DATES)
    values = (value for row in rows if field_text(value := row.get(column)))
    first = list(islice(values, _WITHOUT_ORDER))
    if not any(map(has_order, first)):
        return None
    return order_of([*first, *values])


def _numbers(unit: Unit, layout: Layout, chosen: Columns) -> Mapping[str, str]:
    """Return which ids are whole numbers that a program wrote otherwise, and which have lost digits."""
    columns = {name: chosen.of[name][0] for name in IDS if name in chosen.of}
    seen = defaultdict[str, list[str]](list)
    for row in _rows(unit, layout, [*columns.values()], _ROWS_OF_IDS) if columns else ():
        for name, column in columns.items():
            if value := field_text(row.get(column)):
                seen[name].append(value)
    whole = [name for name, values in seen.items() if holds_whole_numbers(values)]
    lost = [name for name, values in seen.items() if loses_digits(values)]
    return {what: " ".join(names) for what, names in ((WHOLE, whole), (LOST, lost)) if names}


def _ids_for_texts(unit: Unit, layout: Layout, source: Source) -> str | None:
    """Return the column that is called as one of texts, and holds ids of reports; None where there is no such."""
    chosen = choose_columns(layout, source.options).of
    columns = chosen.get("text", ())
    if source.options.get("text") or len(columns) != 1 or "report_id" in chosen:
        return None
    rows = _rows(unit, layout, columns, _ROWS_OF_TEXT)
    values = [value for row in rows if (value := field_text(row.get(columns[0])))]
    return columns[0] if len(values) >= _FEWEST and all(map(_ID.fullmatch, values)) else None


def _patients(unit: Unit, layout: Layout, source: Source, chosen: Columns) -> Mapping[str, str]:
    """Return what tells the patients of a table of images without a column for them: the layout of its paths, or nothing.

    Where nothing does, an image is its own patient (or its study is): `own` is said of tables whose images have no header.
    """
    named = next((chosen.of[name][0] for name in ("path", "image_id") if name in chosen.of), None)
    if named is None or {"patient_id", "text", "report_id"} & chosen.of.keys():
        return {}
    rows = _rows(unit, layout, [named], _ROWS_OF_PATHS)
    paths = [path for row in rows if (path := field_text(row.get(named)))]
    found = layout_of_paths(paths)
    if found:
        return {LAYOUT: found}
    if "path" in chosen.of:
        bare = any(path.lower().endswith(PICTURES) for path in paths)
    else:
        bare = bool(paths) and source.reader != "folder"  # there, they are of images elsewhere
    return {OWN: "study" if "study_id" in chosen.of else "image"} if bare else {}


def _text_column(unit: Unit, layout: Layout) -> str | None:
    """Return the only column that holds running text, None where none or several do, or the columns may have no names."""
    if not are_names(layout):
        return None
    seen = defaultdict[str, list[tuple[int, int]]](list)  # words, and a hash, of each value
    for row in _rows(unit, layout, layout.columns, _ROWS_OF_TEXT):
        for column, value in row.items():
            if isinstance(value, str) and value.strip():
                seen[column].append((len(value.split()), hash(value)))
    texts = [
        column
        for column, values in seen.items()
        if column
        and layout.columns.count(column) == 1
        and len(values) >= _FEWEST
        and median(words for words, _ in values) >= _WORDS
        and len({key for _, key in values}) > len(values) / 2
    ]
    return texts[0] if len(texts) == 1 else None

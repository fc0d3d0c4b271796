"""Which columns of a table hold which field: by the fields' names, by what others call them, or as the user says."""

import csv
import re
from collections.abc import Mapping, Sequence

from radmine.errors import InputError
from radmine.ingest.table_file import columns_of

SYNONYMS: dict[str, tuple[str, ...]] = {
    "report_id": ("note_id", "document_id", "doc_id", "report_number", "rid"),
    "patient_id": ("patient", "subject_id", "subject", "mrn", "person_id", "pid"),
    "text": ("report_text", "radiology_report", "full_text", "narrative", "note_text", "content", "report"),
    "study_id": ("study", "study_instance_uid", "exam_id"),
    "accession_number": ("accession", "accession_no", "acc"),
    "series_id": ("series_instance_uid",),
    "image_id": ("dicom_id", "sop_instance_uid"),
    "path": (
        "image_path",
        "file_path",
        "image",
        "file",
        "filename",
        "image_index",
        "image_file",
        "dicom_path",
        "dicom",
    ),
    "modality": (),
    "body_part": ("body_part_examined", "anatomy"),
    "study_date": ("date", "exam_date", "report_date"),
    "split": ("source_split", "subset", "fold", "partition"),
    "view": ("view_position", "projection"),
    "plane": (),
    "location": (),
    "series_number": (),
    "instance_number": (),
    "figure_id": ("figure",),
    "study_description": (),
    "series_description": (),
}
_IDS = ("id", "uid")  # the report's where there is a text, else the image's
_SECTIONS = (
    "examination", "exam", "technique", "comparison", "indication", "clinical_indication", "clinical_information",
    "history", "clinical_history", "findings", "impression", "conclusion", "recommendation", "addendum",
)  # fmt: skip
_LONGEST_NAME = 40  # characters of a column name that is shown


def check_columns(path: str, options: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return which columns of a table hold which field.

    Raises
    ------
    InputError
        There is none for a text or an image, or an option names a column that is not there.
    """
    columns = columns_of(path, options)
    chosen = choose_columns(columns, options, where=path)
    if not {"text", "path", "image_id"} & chosen.keys():
        raise InputError(
            "The table has no column that is known to hold a report's text, or an image's path or id.",
            where=path,
            do=f"Name one with --column text=COLUMN or --column path=COLUMN; it has: {_listed(columns)}.",
        )
    return chosen


def _listed(columns: Sequence[str]) -> str:
    """Return column names for people; a long one may be a report's text in a table without a header."""
    return ", ".join(c if len(c) <= _LONGEST_NAME else "(a long one)" for c in columns)


def _plain(name: str) -> str:
    """Return a column name as it is compared: `ViewPosition`, `View Position` and `view_position` are one."""
    return re.sub(r"[\W_]+", "", name).lower()


def choose_columns(
    columns: Sequence[str], options: Mapping[str, str], *, where: str
) -> dict[str, tuple[str, ...]]:
    """Return which columns of a table hold which field.

    Raises
    ------
    InputError
        An option names a column that is not there.
    """
    known = {_plain(c): c for c in reversed(columns)}
    chosen = dict[str, tuple[str, ...]]()
    for name in SYNONYMS:
        if not options.get(name):
            continue
        named = [options[name]] if options[name] in columns else next(csv.reader([options[name]]))
        found = [known.get(_plain(n)) for n in named]
        if not all(found):
            raise InputError(
                f"The table has no column {options[name]!r} for {name}.",
                where=where,
                do=f"It has: {_listed(columns)}.",
            )
        chosen[name] = tuple(f for f in found if f)
    taken = {c for names in chosen.values() for c in names}

    def take(name: str, called: Sequence[str]) -> None:
        column = next((known[n] for n in map(_plain, called) if n in known and known[n] not in taken), None)
        if name not in chosen and column is not None:
            chosen[name] = (column,)
            taken.add(column)

    for name in SYNONYMS:  # a field's own name goes before any synonym
        take(name, (name,))
    for name, synonyms in SYNONYMS.items():
        take(name, synonyms)
    sections = [c for c in columns if _plain(c) in {_plain(s) for s in _SECTIONS} and c not in taken]
    if "text" not in chosen and sections:
        chosen["text"] = tuple(sections)
    owner = "report_id" if "text" in chosen else "image_id"
    for name in _IDS:
        if owner not in chosen and name in known and known[name] not in taken:
            chosen[owner] = (known[name],)
    return chosen

"""Why items are set aside: what each reason means, what to do, and what a run says of all that it set aside.

A detail that begins with "15 rows" says that so many rows of a table went with the item.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from radmine.records import Rejected

_ROWS = re.compile(r"(more than )?([0-9][0-9,]*) rows?\b")
_SUFFIX = re.compile(r"\.\w+")
_SAID = 4  # groups that a run names
_SUFFIXES = 6  # of files


@dataclass(frozen=True, slots=True)
class Reason:
    """What a reason means."""

    of: str  # what is set aside for it, in the singular
    what: str
    do: str
    by_run: bool = (
        True  # whether a run says it in its sentence; what is read but for some cells is told by itself
    )


@dataclass(frozen=True, slots=True)
class Group:
    """What a stage set aside for one reason."""

    stage: str
    reason: str
    items: int
    rows: int | None  # of tables that went whole
    first: str  # the item that was set aside first
    detail: str  # of that
    what: str  # the items in words: "1 table with 15 rows"
    meaning: str
    do: str


_WHOLE = "Make or copy it anew."
_NOTHING = "Nothing, where you do not miss it."

# In the order in which they cost most: reports, images, other files.
REASONS: dict[str, Reason] = {
    "unknown_table": Reason(
        "table",
        "no column is known to hold a text or an image, or several may hold the text",
        "Ingest it with --column text=COLUMN or path=COLUMN; the detail says which there are.",
    ),
    "broken_table": Reason("table", "damaged, or no table", "The detail says what it is and what to do."),
    "broken_archive": Reason("archive", "damaged", _WHOLE),
    "broken_json": Reason("file", "no JSON, or not that of its source", _WHOLE),
    "broken_xml": Reason("file", "no XML", _WHOLE),
    "unknown_xml": Reason("file", "XML, and no report of Open-i", _NOTHING),
    "duplicate_id": Reason(
        "item",
        "the id was there before, with this content or another",
        "Nothing, where the detail says identical content; another text is not read, and may be an addendum: give each an id of "
        "its own, or put both texts into one row.",
    ),
    "bad_row": Reason(
        "row",
        "no JSON, more fields than columns, no column of the text, a quote that is never closed, or the columns' names again",
        "Correct the row, whose number stands behind the file's name.",
    ),
    "bad_text": Reason(
        "row", "the text is no string", "Correct the row, or name another --column text=COLUMN."
    ),
    "bad_value": Reason("row", "holds what no table can store", "Correct it, or the reader that made it."),
    "undecodable": Reason("file", "bytes that are no text", "Save it as UTF-8."),
    "empty_report": Reason("report", "no text", _NOTHING),
    "report_too_long": Reason(
        "report", "longer than the limits allow", "Raise `report_characters` under [limits] in the settings."
    ),
    "not_english": Reason(
        "report", "in another language", "Translate it, or leave it out: only English is read."
    ),
    "partly_not_english": Reason(
        "report",
        "some sentences are in another language; they name no finding, the others are read",
        "Translate them, where you miss them.",
        by_run=False,
    ),
    "unreadable_report": Reason(
        "report", "reading failed", "Report it as a defect of radmine: its id is enough."
    ),
    "too_large": Reason(
        "item",
        "larger than the limits allow",
        "Raise what they exceed under [limits] in the settings: `document_mb`, `line_mb`, `columns`, "
        "`inflated_mb`, `frames` or `megapixels`.",
    ),
    "took_too_long": Reason(
        "item",
        "took longer than is allowed",
        "Raise `seconds` under [limits] in the settings, or run it again.",
    ),
    "out_of_memory": Reason(
        "item", "memory was short", "Use fewer --workers, or a machine with more memory."
    ),
    "unreadable_file": Reason(
        "file",
        "the system does not let them be read",
        "Give yourself the right to read it, and run it again.",
    ),
    "unreadable": Reason("file", "the reader failed", "Correct the reader; the detail names the error."),
    "missing_file": Reason(
        "file",
        "a path of a table, or a link, leads to nothing, or to several files of the name",
        "Put the file there, or say where the images are: --option images=FOLDER.",
    ),
    "outside_path": Reason(
        "row", "the path leads out of the table's folder", "Where you trust the table: --follow-paths."
    ),
    "truncated_dicom": Reason("DICOM file", "end too early", "Copy it again from where it comes."),
    "broken_dicom": Reason("DICOM file", "header or pixel data is damaged", _WHOLE),
    "missing_uid": Reason("DICOM file", "no SOP class or instance UID", _WHOLE),
    "no_pixel_data": Reason("DICOM file", "an image without pixel data", _NOTHING),
    "broken_image": Reason("picture", "damaged", _WHOLE),
    "undecodable_pixels": Reason(
        "image", "the pixels cannot be decoded", "Copy the file again; the detail names the error."
    ),
    "voter_failed": Reason(
        "report", "a voter of yours failed", "Correct the voter; the detail names the error."
    ),
    "bad_line": Reason("answer", "no JSON", "Correct the file."),
    "incomplete_row": Reason("answer", "lack what they are about, or the answer", "Correct the file."),
    "unknown_report": Reason("answer", "of no report of the corpus", "Correct its id."),
    "unknown_image": Reason("answer", "of no image of the corpus", "Correct its id."),
    "unknown_finding": Reason(
        "answer",
        "name no finding",
        "Use the names that `radmine docs labels` tells of, or set `answer_scheme`.",
    ),
    "unknown_kind": Reason(
        "answer", "of no kind of voter", "Correct it; the manual page on labels names the kinds."
    ),
    "unknown_answer": Reason("answer", "neither yes, no nor perhaps", "Correct it."),
    "ambiguous_answer": Reason(
        "answer", "-1 means different things", "Set `uncertain_answers` under [label]."
    ),
    "bad_probability": Reason("answer", "the probability is none", "Give a number from 0 to 1."),
    "no_reply": Reason(
        "report",
        "the server of a language model gave no answer",
        "Run `radmine voters ask` again: what was answered is kept.",
    ),
    "refused_by_server": Reason(
        "report",
        "the server of a language model does not take the question, which may be too long for it",
        "Let the server take more tokens, then run `radmine voters ask` again.",
    ),
    "bad_reply": Reason("reply", "of a language model, and not the JSON that was asked for", _NOTHING),
    "cut_reply": Reason(
        "reply", "of a language model, cut off before its end", "Ask about fewer --findings at once."
    ),
    "not_asked": Reason("answer", "of a language model, on a finding that it was not asked about", _NOTHING),
    "quote_not_found": Reason(
        "answer", "of a language model, which quotes words that do not stand in the report", _NOTHING
    ),
    "no_known_terms": Reason("report", "the text encoder knows none of the words", _NOTHING),
    "encapsulated_document": Reason("DICOM file", "a document (PDF, CDA), which is not read", _NOTHING),
    "not_a_report": Reason("DICOM file", "a log, a dose record or the like: it reports nothing", _NOTHING),
    "not_an_image": Reason("DICOM file", "neither image nor report (segmentation, plan, waveform)", _NOTHING),
    "names_no_image": Reason("DICOM file", "a key object document that names no image", _NOTHING),
    "other_format": Reason(
        "file",
        "documents, workbooks and archives that are not read (Word, PDF, Excel, ZIP), tables of reports as HTML",
        "Save documents as text, RTF or HTML, workbooks and tables as CSV (UTF-8); unpack archives.",
    ),
    "unknown_file": Reason("file", "nothing here reads them", _NOTHING),
    "not_dicom": Reason("file", "no DICOM", _NOTHING),
    "index_file": Reason("file", "a DICOMDIR", _NOTHING),
    "contradicts_itself": Reason(
        "answer", "of somebody who says two things of one finding: the last counts", "Correct the file."
    ),
    "not_understood": Reason(
        "answer", "not understood", "The manual page on labels says what of Label Studio is."
    ),
    "unread_date": Reason(
        "range of a table",
        "dates that are none, or whose order is not known; the rows stay without them",
        "Say --option dates=dmy or dates=mdy.",
        by_run=False,
    ),
    "unread_label": Reason(
        "range of a table",
        "values of label columns that are no answers; the rows stay without them",
        "Write 1, 0, -1 or nothing.",
        by_run=False,
    ),
    "not_a_file": Reason("item", "a pipe, a socket or a device, which is never opened", _NOTHING),
    "empty_file": Reason("file", "empty", _NOTHING),
}
_PLACE = {reason: place for place, reason in enumerate(REASONS)}


def reason_named(code: str) -> Reason:
    """Return what a reason means; of one of somebody else's, its own words."""
    return REASONS.get(code) or Reason("item", code.replace("_", " "), "")


def groups_of(rejected: Iterable[Rejected]) -> list[Group]:
    """Return what was set aside by stage and reason, worst loss first: rows of tables, reports, images, other files."""
    found = dict[tuple[str, str], list[Rejected]]()
    for row in rejected:
        found.setdefault((row.stage, row.reason), []).append(row)
    groups = [_group(*key, rows) for key, rows in found.items()]
    return sorted(
        groups, key=lambda g: (-(g.rows or 0), _PLACE.get(g.reason, 0), -g.items, g.stage, g.reason)
    )


def _group(stage: str, code: str, rows: list[Rejected]) -> Group:
    reason = reason_named(code)
    counted = [found for row in rows if (found := _ROWS.match(row.detail))]
    lost = sum(int(found[2].replace(",", "")) for found in counted) if counted else None
    what = _many(len(rows), reason.of)
    if lost is not None:
        more = "more than " if any(found[1] for found in counted) else ""
        what += f" with {more}{_many(lost, 'row')}"
    suffixes = Counter(row.detail for row in rows if _SUFFIX.fullmatch(row.detail))
    if suffixes:
        said = [suffix if n == 1 else f"{n} {suffix}" for suffix, n in suffixes.most_common(_SUFFIXES)]
        what += f" ({', '.join(said)}{', ...' if len(suffixes) > _SUFFIXES else ''})"
    return Group(stage, code, len(rows), lost, rows[0].item, rows[0].detail, what, reason.what, reason.do)


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def set_aside(rejected: Iterable[Rejected]) -> list[str]:
    """Return what a run says of what it set aside: one sentence that names the worst groups, or none."""
    groups = groups_of(row for row in rejected if reason_named(row.reason).by_run)
    said = [f"{group.what}: {group.meaning}" for group in groups[:_SAID]]
    if rest := sum(group.items for group in groups[_SAID:]):
        said.append(_many(rest, "other item"))
    return [f"set aside: {'; '.join(said)}"] if said else []

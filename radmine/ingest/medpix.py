"""MedPix 2.0: a folder with `images/`, `descriptions.json` and `cases.json`.

A case is a patient, a study and a report. Its text is the composition of HISTORY, EXAM and FINDINGS, where they say
something, and of one CAPTION section for each distinct caption, tied by its span to the images that bear it. What
gives the answer away (diagnosis, title, differential, discussion, topic, ACR codes, location) is in `meta` alone.
"""

import json
import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from radmine.errors import InputError
from radmine.files import digest
from radmine.ingest.composition import clean, compose, field_text, joined, only, plane_name
from radmine.ingest.picture import read_picture
from radmine.ingest.reader import (
    Batch,
    Source,
    Unit,
    cannot_read,
    check_marks,
    is_utf8,
    read_document,
    rows_in_units,
    stamp_of,
)
from radmine.ingest.walk import walk_files
from radmine.records import Image, Report
from radmine.run import Guard, Limits

FILES = ("cases.json", "descriptions.json")
_NOTHING = ("", "n/a", "na", "none", "null")
_PLACEHOLDER = "replace this -"  # what the site's form holds until somebody writes a caption
_SPLITS = {"train": "train", "dev": "test", "test": "test"}  # its "dev" is the part kept for evaluation


def looks_like(folder: str) -> bool:
    """Return whether a folder has MedPix's files."""
    return all((Path(folder) / name).is_file() for name in FILES)


def units(source: Source, rows: int) -> list[Unit]:
    """Return ranges of cases.

    Raises
    ------
    InputError
        A folder is none of MedPix, or one of its two tables cannot be read.
    """
    return [unit for root in source.paths for unit in units_of_folder(root, source.limits, rows)]


def units_of_folder(root: str, limits: Limits, rows: int) -> list[Unit]:
    """Return ranges of cases of one folder."""
    if not looks_like(root) or not is_utf8(root):
        raise cannot_read(root, "This is no MedPix folder.", f"It needs {' and '.join(FILES)} and images/.")
    files = [os.path.join(root, name) for name in FILES]
    images = os.path.join(root, "images")
    beside = walk_files(images) if os.path.isdir(images) else ()
    stats = [(f.path[len(images) :], f.stat.st_size, f.stat.st_mtime_ns) for f in beside if f.stat]
    stamp = digest(stamp_of(*files), stats)
    cases, _ = (_load(path, stamp, limits) for path in files)
    return rows_in_units(Unit(files[0], root, stamp), len(cases), rows)


@lru_cache(maxsize=2)
def _load(path: str, _stamp: str, limits: Limits) -> list[Any]:
    """Return what a file says; the stamp is there so that another content is read anew."""
    try:
        text = read_document(path, limits)
        check_marks(text, b",[{")
        data = json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise cannot_read(
            path, f"The file cannot be read as JSON: {type(error).__name__}.", "Fetch it again."
        ) from error
    if not isinstance(data, list):
        raise cannot_read(path, "Expected a JSON array of objects.", "Check that it is MedPix's file.")
    return data


def read(units: Sequence[Unit], source: Source) -> Batch:
    """Return the cases as reports, and their images; a case that cannot be read is set aside."""
    batch, limits = Batch(), source.limits
    with Guard(batch.reject, otherwise="bad_row", seconds=limits.seconds) as guard:
        for unit in units:
            folder = Path(unit.root)
            of_case = _descriptions(os.path.join(folder, FILES[1]), unit.stamp, limits)
            cases = _load(os.path.join(folder, FILES[0]), unit.stamp, limits)
            for number, case in enumerate(cases[unit.first : unit.first + unit.size], unit.first + 1):
                item = f"{unit.item}:{number}"
                with guard(item):
                    case_id = field_text(case.get("U_id")) if isinstance(case, dict) else None
                    if case_id is None:
                        raise InputError("a case without U_id")
                    batch.extend(_read_case(case_id, case, of_case.get(case_id, []), folder, limits))
    return batch


@lru_cache(maxsize=1)
def _descriptions(path: str, stamp: str, limits: Limits) -> dict[str, list[dict[str, Any]]]:
    """Return the image descriptions by case, in the order of the file."""
    of_case = dict[str, list[dict[str, Any]]]()
    for row in _load(path, stamp, limits):
        if isinstance(row, dict):
            of_case.setdefault(field_text(row.get("U_id")) or "", []).append(row)
    return of_case


def _said(value: Any) -> str | None:
    """Return a field's text where somebody wrote one."""
    text = field_text(value)
    if text is None or text.lower() in _NOTHING or text.lower().startswith(_PLACEHOLDER):
        return None
    return text


def _description(row: Mapping[str, Any]) -> Mapping[str, Any]:
    fields = row.get("Description")
    return fields if isinstance(fields, dict) else {}


def _read_case(
    case_id: str,
    case: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    folder: Path,
    limits: Limits,
) -> Batch:
    batch = Batch()
    fields = case.get("Case") or {}
    captions = [_said(_description(row).get("Caption")) for row in rows]
    distinct = list(dict.fromkeys(c for c in captions if c))
    named = [(name.upper(), _said(fields.get(name))) for name in ("History", "Exam", "Findings")]
    text, spans = compose([*named, *(("CAPTION", caption) for caption in distinct)])
    span_of = dict(zip(distinct, spans[len(named) :], strict=True))
    split = only([_SPLITS.get(field_text(row.get("split")) or "") for row in rows])
    apart = {k: v for k, v in fields.items() if k not in ("History", "Exam", "Findings")}
    meta = {
        "case": apart,
        "topic": case.get("Topic"),
        "locations": sorted({str(r.get("Location")) for r in rows}),
    }
    batch.reports.append(
        Report(
            report_id=case_id,
            patient_id=case_id,
            text=text,
            source="medpix",
            study_id=case_id,
            modality=joined(field_text(row.get("Type")) for row in rows),
            body_part=only([field_text(row.get("Location Category")) for row in rows]),
            source_split=split,
            path=str(folder / "cases.json"),
            meta=clean(json.dumps(meta, ensure_ascii=False)),
        )
    )
    images = os.path.abspath(os.path.join(folder, "images", "_"))[:-1]
    with Guard(batch.reject, otherwise="broken_image", seconds=limits.seconds) as guard:
        for row, caption in zip(rows, captions, strict=True):
            image_id = field_text(row.get("image"))
            path = os.path.abspath(f"{images}{image_id}.png")
            if image_id is None:
                batch.reject(case_id, "bad_row", "an image without a name")
            elif not path.startswith(images):
                batch.reject(case_id, "outside_path", "an image's name leads out of the folder")
            else:
                with guard(f"images/{path[len(images) :]}"):
                    span = span_of[caption] if caption else None
                    batch.images.append(_image(case_id, image_id, row, span, path, limits))
    return batch


def _image(
    case_id: str,
    image_id: str,
    row: Mapping[str, Any],
    span: tuple[int, int] | None,
    path: str,
    limits: Limits,
) -> Image:
    picture = read_picture(Path(path), limits)
    description = _description(row)
    plane = plane_name(description.get("Plane"))
    shown = field_text(description.get("Plane"))
    meta = {
        "sequence": description.get("Modality"),
        "acr": description.get("ACR Codes"),
        "age": description.get("Age"),
        "sex": description.get("Sex"),
        "figure_part": description.get("Figure Part"),
    }
    return Image(
        image_id=image_id,
        patient_id=case_id,
        path=path,
        study_id=case_id,
        modality=field_text(row.get("Type")),
        body_part=field_text(row.get("Location Category")),
        plane=plane,
        view=None if plane or shown is None else shown.lower(),
        location=field_text(row.get("Location")),
        rows=picture.rows,
        columns=picture.columns,
        content_hash=picture.content_hash,
        report_id=case_id,
        caption_start=span[0] if span else None,
        caption_end=span[1] if span else None,
        source="medpix",
        source_split=_SPLITS.get(field_text(row.get("split")) or ""),
        meta=clean(json.dumps({k: v for k, v in meta.items() if v}, ensure_ascii=False)),
    )

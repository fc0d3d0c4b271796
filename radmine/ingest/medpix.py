"""MedPix 2.0: a folder with `images/`, `descriptions.json` and `cases.json`.

A case is a patient, a study and a report. Its text is the composition of HISTORY, EXAM and FINDINGS, where they say
something, and of one CAPTION section for each distinct caption, tied by its span to the images that bear it. What
gives the answer away (diagnosis, title, differential, discussion, topic, ACR codes, location) is in `meta` alone.
"""

import functools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from radmine.files import digest
from radmine.ingest.composition import compose, field_text, joined, only, plane_name
from radmine.ingest.picture import read_picture
from radmine.ingest.reader import Batch, Source, Unit, cannot_read, relative_name, rows_in_units, stamp_of
from radmine.records import Image, Report
from radmine.run import Limits

FILES = ("cases.json", "descriptions.json")
_NOTHING = ("", "n/a", "na", "none", "null")
_PLACEHOLDER = "replace this -"  # what the site's form holds until somebody writes a caption
_SPLITS = {"train": "train", "dev": "test", "test": "test"}  # its "dev" is the part kept for evaluation


def looks_like(folder: str) -> bool:
    """Return whether a folder has MedPix's files."""
    return all((Path(folder) / name).is_file() for name in FILES)


def units(source: Source, rows: int) -> list[Unit]:
    """Return ranges of cases."""
    found = list[Unit]()
    for root in source.paths:
        if not looks_like(root):
            raise cannot_read(
                root, "This is no MedPix folder.", f"It needs {' and '.join(FILES)} and images/."
            )
        folder = Path(root)
        files = [folder / name for name in FILES]
        images = sorted((folder / "images").glob("*"))
        stamp = digest(stamp_of(*files), [(p.name, stamp_of(p)) for p in images])
        whole = Unit(str(files[0]), root, stamp)
        found += rows_in_units(whole, len(_load(files[0])), rows)
    return found


def _load(path: Path) -> list[Any]:
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise cannot_read(
            path, f"The file cannot be read as JSON: {type(error).__name__}.", "Fetch it again."
        ) from error
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise cannot_read(path, "Expected a JSON array of objects.", "Check that it is MedPix's file.")
    return data


def read(units: Sequence[Unit], source: Source) -> Batch:
    """Return the cases as reports, and their images."""
    batch = Batch()
    cases, descriptions = functools.cache(_load), functools.cache(_descriptions)
    for unit in units:
        folder = Path(unit.root)
        of_case = descriptions(folder / "descriptions.json")
        for index, case in enumerate(cases(folder / "cases.json")[unit.first : unit.first + unit.size]):
            case_id = field_text(case.get("U_id"))
            if case_id is None:
                batch.reject(f"cases.json:{unit.first + index + 1}", "bad_row", "a case without U_id")
            else:
                _read_case(batch, case_id, case, of_case.get(case_id, []), folder, source.limits)
    return batch


def _descriptions(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the image descriptions by case, in the order of the file."""
    of_case = dict[str, list[dict[str, Any]]]()
    for row in _load(path):
        of_case.setdefault(row.get("U_id", ""), []).append(row)
    return of_case


def _said(value: Any) -> str | None:
    """Return a field's text where somebody wrote one."""
    text = field_text(value)
    if text is None or text.lower() in _NOTHING or text.lower().startswith(_PLACEHOLDER):
        return None
    return text


def _read_case(
    batch: Batch,
    case_id: str,
    case: Mapping[str, Any],
    rows: Sequence[Mapping[str, Any]],
    folder: Path,
    limits: Limits,
) -> None:
    fields = case.get("Case") or {}
    captions = [_said((row.get("Description") or {}).get("Caption")) for row in rows]
    distinct = list(dict.fromkeys(c for c in captions if c))
    named = [(name.upper(), _said(fields.get(name))) for name in ("History", "Exam", "Findings")]
    text, spans = compose([*named, *(("CAPTION", caption) for caption in distinct)])
    span_of = dict(zip(distinct, spans[len(named) :], strict=True))
    split = only([_SPLITS.get(row.get("split") or "") for row in rows])
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
            meta=json.dumps(meta, ensure_ascii=False),
        )
    )
    for row, caption in zip(rows, captions, strict=True):
        _read_image(batch, case_id, row, span_of[caption] if caption else None, folder, limits)


def _read_image(
    batch: Batch,
    case_id: str,
    row: Mapping[str, Any],
    span: tuple[int, int] | None,
    folder: Path,
    limits: Limits,
) -> None:
    image_id = field_text(row.get("image"))
    if image_id is None:
        batch.reject(case_id, "bad_row", "an image without a name")
        return
    path = folder / "images" / f"{image_id}.png"
    item = relative_name(path, folder)
    try:
        picture = read_picture(path, limits)
    except FileNotFoundError:
        batch.reject(item, "missing_file")
        return
    except (OSError, ValueError) as error:
        batch.reject(item, "broken_image", str(error))
        return
    description = row.get("Description") or {}
    plane = plane_name(description.get("Plane"))
    shown = field_text(description.get("Plane"))
    meta = {
        "sequence": description.get("Modality"),
        "acr": description.get("ACR Codes"),
        "age": description.get("Age"),
        "sex": description.get("Sex"),
        "figure_part": description.get("Figure Part"),
    }
    batch.images.append(
        Image(
            image_id=image_id,
            patient_id=case_id,
            path=str(path),
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
            source_split=_SPLITS.get(row.get("split") or ""),
            meta=json.dumps({k: v for k, v in meta.items() if v}, ensure_ascii=False),
        )
    )

"""Open-i: the Indiana University chest X-ray collection, one XML for each report.

Paths: the archive (`.tgz`, `.tar`), or a folder of `.xml`; a CSV beside them (`.csv`, `.csv.gz`) is the table of the
DICOM headers of its images, keyed by `imageid`. The text is the composition of `AbstractText` sections; the MeSH
headings, given by hand, go to `meta` and never into the text. There are no patients: a patient is a report.
"""

import csv
import gzip
import io
import json
import tarfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from radmine.errors import InputError
from radmine.ingest.composition import compose, field_text, iso_date, joined, only, whole_number
from radmine.ingest.reader import (
    Batch,
    Source,
    Unit,
    cannot_read,
    file_units,
    rows_in_units,
    stamp_of,
)
from radmine.records import Image, Report

ARCHIVES = (".tgz", ".tar.gz", ".tar")
_TABLES = (".csv", ".csv.gz")


def is_archive(path: str) -> bool:
    """Return whether a file name is one of an archive."""
    return path.lower().endswith(ARCHIVES)


def _header_tables(source: Source) -> list[str]:
    return [p for p in source.paths if p.lower().endswith(_TABLES)]


def units(source: Source, rows: int) -> list[Unit]:
    """Return ranges of an archive's XML members, and the XML files of folders."""
    tables = _header_tables(source)
    headers = stamp_of(*tables)
    found = list[Unit]()
    for root in source.paths:
        if root in tables:
            continue
        for unit in file_units([root], suffixes=(".xml", *ARCHIVES)):
            stamped = Unit(unit.path, unit.root, unit.stamp + headers, skip=unit.skip)
            if unit.skip or not is_archive(unit.path):
                found.append(stamped)
            else:
                found += rows_in_units(stamped, sum(1 for _ in _members(unit.path)), rows)
    return found


def _members(archive: str, first: int = 0, count: int | None = None) -> Iterator[tuple[str, bytes]]:
    """Yield names and bytes of XML members, from the `first`, at most `count`; without `count` the bytes are empty."""
    index = 0
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                if not (member.isfile() and member.name.lower().endswith(".xml")):
                    continue
                if count is None:
                    yield member.name, b""
                elif first <= index < first + count:
                    stream = tar.extractfile(member)
                    yield member.name, stream.read() if stream else b""
                elif index >= first + count:
                    return
                index += 1
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise cannot_read(
            archive, f"The archive cannot be read: {type(error).__name__}.", "Fetch it again."
        ) from error


def read(units: Sequence[Unit], source: Source) -> Batch:
    """Return the reports of XML files and the images that they name."""
    batch, headers = Batch(), _read_headers(_header_tables(source))
    for unit in units:
        if is_archive(unit.path):
            for name, data in _members(unit.path, unit.first, unit.size):
                _read_xml(batch, data, item=name, path=unit.path, headers=headers)
        else:
            try:
                data = Path(unit.path).read_bytes()
            except OSError as error:
                batch.reject(unit.item, "unreadable_file", type(error).__name__)
                continue
            _read_xml(batch, data, item=unit.item, path=unit.path, headers=headers)
    return batch


def _read_headers(tables: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return the header table: image id -> column -> value."""
    headers = dict[str, dict[str, str]]()
    for table in tables:
        opener = gzip.open if table.lower().endswith(".gz") else open
        with opener(table, "rt", encoding="utf-8", errors="replace", newline="") as stream:
            rows = csv.DictReader(stream)
            if "imageid" not in (rows.fieldnames or ()):
                raise cannot_read(
                    table,
                    "This is not Open-i's table of DICOM headers: it has no column 'imageid'.",
                    "Leave it out, or read it with --reader table.",
                )
            headers.update((row["imageid"], row) for row in rows)
    return headers


def _read_xml(
    batch: Batch, data: bytes, *, item: str, path: str, headers: Mapping[str, Mapping[str, str]]
) -> None:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, parse

    if not data.strip():
        batch.reject(item, "empty_file")
        return
    try:
        root = parse(io.BytesIO(data)).getroot()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        batch.reject(item, "broken_xml", type(error).__name__)
        return
    uid = root.find("uId")
    if root.tag != "eCitation" or uid is None or not uid.get("id"):
        batch.reject(item, "unknown_xml", f"root element {root.tag!r}, not an Open-i report")
        return
    report_id = uid.get("id")
    sections = [(e.get("Label") or "TEXT", e.text) for e in root.iter("AbstractText")]
    images = [_image(e, report_id, headers) for e in root.iter("parentImage") if e.get("id")]
    text, _ = compose(sections)
    meta = {
        "mesh": {kind: [e.text for e in root.iterfind(f"MeSH/{kind}")] for kind in ("major", "automatic")},
        "specialty": root.findtext("specialty"),
        "license": root.findtext("ccLicense"),
        "published": root.findtext("articleDate"),
        "file": item,
    }
    batch.reports.append(
        Report(
            report_id=report_id,
            patient_id=report_id,
            text=text,
            source="openi",
            study_id=only([i.study_id for i in images]),
            accession_number=only([i.accession_number for i in images]),
            modality=joined(i.modality for i in images),
            body_part=only([i.body_part for i in images]),
            study_date=only([i.study_date for i in images]),
            path=path,
            meta=json.dumps(meta, ensure_ascii=False),
        )
    )
    batch.images += images


def _image(element: Any, report_id: str, headers: Mapping[str, Mapping[str, str]]) -> Image:
    """Return the image of a `parentImage` element, with what the header table says of it."""
    image_id = element.get("id")
    header = headers.get(image_id, {})

    def get(column: str) -> str | None:
        return field_text(header.get(column))

    meta = {
        "caption": field_text(element.findtext("caption")),
        "sop_instance_uid": get("SOP Instance UID"),
        "photometric": get("Photometric Interpretation"),
    }
    return Image(
        image_id=image_id,
        patient_id=report_id,
        path=None,
        study_id=get("Study Instance UID"),
        series_id=get("Series Instance UID"),
        accession_number=get("Accession Number"),
        study_date=iso_date(get("Study Date")),
        series_number=whole_number(get("Series Number")),
        instance_number=whole_number(get("Instance Number")),
        modality=get("Modality"),
        body_part=get("Body Part Examined"),
        view=get("View Position"),
        rows=whole_number(get("Rows")),
        columns=whole_number(get("Columns")),
        report_id=report_id,
        figure_id=field_text(element.findtext("figureId")),
        source="openi",
        meta=json.dumps({k: v for k, v in meta.items() if v}, ensure_ascii=False),
    )


def looks_like(path: str) -> bool:
    """Return whether a file is an archive of Open-i's XML, by its first XML member."""
    if not is_archive(path):
        return False
    try:
        _, data = next(_members(path, 0, 1))
    except (StopIteration, InputError):
        return False
    return b"<eCitation" in data

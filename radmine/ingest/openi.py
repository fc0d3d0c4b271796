"""Open-i: the Indiana University chest X-ray collection, one XML for each report.

Paths: the archive (`.tgz`, `.tar`), or a folder of `.xml`; a CSV beside them (`.csv`, `.csv.gz`) is the table of the
DICOM headers of its images, keyed by `imageid`. The text is the composition of `AbstractText` sections; the MeSH
headings, given by hand, go to `meta` and never into the text. There are no patients: a patient is a report.
"""

import contextlib
import gzip
import io
import json
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import IO, Any

from radmine.files import open_file
from radmine.ingest.composition import clean, compose, field_text, joined, only, whole_number
from radmine.ingest.dates import iso_date
from radmine.ingest.reader import (
    Batch,
    Source,
    Unit,
    cannot_read,
    check_marks,
    file_units,
    listed,
    read_document,
    stamp_of,
)
from radmine.ingest.table_file import layout_of, rows_of
from radmine.records import Image, Report
from radmine.run import MEGABYTE, Guard, Limits, TooLargeError, check_size, still_working

ARCHIVES = (".tgz", ".tar.gz", ".tar")
_TABLES = (".csv", ".csv.gz")
_RANGES = 64  # of an archive as a rule: for each of them it is unpacked from its start
_LOOKED_AT = 100  # members, to see whether an archive is one of Open-i
_HEADER = {
    "study_id": "Study Instance UID",
    "series_id": "Series Instance UID",
    "accession_number": "Accession Number",
    "study_date": "Study Date",
    "series_number": "Series Number",
    "instance_number": "Instance Number",
    "modality": "Modality",
    "body_part": "Body Part Examined",
    "view": "View Position",
    "rows": "Rows",
    "columns": "Columns",
    "sop_instance_uid": "SOP Instance UID",
    "photometric": "Photometric Interpretation",
}
_READ_AS: dict[str, Callable[[Any], object]] = {
    "study_date": iso_date,
    **dict.fromkeys(("series_number", "instance_number", "rows", "columns"), whole_number),
}
_Headers = Mapping[str, Mapping[str, str | None]]  # image id -> field -> value


def is_archive(path: str) -> bool:
    """Return whether a file name is one of an archive."""
    return path.lower().endswith(ARCHIVES)


def _header_tables(source: Source) -> list[str]:
    return [p for p in source.paths if p.lower().endswith(_TABLES)]


def units(source: Source, rows: int) -> list[Unit]:
    """Return ranges of an archive's XML members, and the XML files of folders."""
    tables = _header_tables(source)
    _headers_of(source)
    headers = stamp_of(*tables)
    roots = [root for root in source.paths if root not in tables]
    files = file_units(roots, suffixes=(".xml", *ARCHIVES), whole=True)
    cut = partial(units_of_file, limits=source.limits, rows=rows)
    return listed(
        (replace(unit, stamp=unit.stamp + headers) for unit in files), cut, source, otherwise="broken_archive"
    )


def units_of_file(unit: Unit, limits: Limits, rows: int) -> list[Unit]:
    """Return the ranges of an archive's XML members; an XML file is one unit."""
    if not is_archive(unit.path):
        return [unit]
    starts, sizes = list[int](), list[int]()
    for _, member in _members(unit.path, limits):
        starts.append(member.offset)
        sizes.append(member.size)
    rows, most = max(rows, -(-len(starts) // _RANGES)), limits.document_mb * MEGABYTE
    ranges, first = list[Unit](), 0
    while first < len(starts):
        last = held = 0
        for last in range(first, min(first + rows, len(starts))):
            held += sizes[last]
            if held > most:
                break
        count = last + 1 - first
        ranges.append(replace(unit, first=first, size=count, offset=starts[first], held=held))
        first += count
    return ranges


class _Unpacked:
    """An archive's bytes; as much of them as a document may have is read into memory for a member."""

    def __init__(self, stream: IO[bytes], limits: Limits) -> None:
        self._stream, self._most = stream, limits.document_mb
        self._taken = 0  # bytes since the last member
        self.tell, self.seek = stream.tell, stream.seek

    def fresh(self) -> None:
        """Begin a member."""
        self._taken = 0
        still_working()

    def read(self, size: int) -> bytes:
        """Return bytes."""
        self._taken += size
        if self._taken > 2 * self._most * MEGABYTE + 2 * tarfile.RECORDSIZE:
            raise TooLargeError(f"The header of a member has more than {self._most:g} megabytes.")
        return self._stream.read(size)


@contextlib.contextmanager
def _unpacked(archive: str, limits: Limits) -> Iterator[_Unpacked]:
    """Return the bytes of an archive, gzipped or not; what a damaged one raises becomes an InputError."""
    try:
        with open_file(archive) as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            # The types of gzip's and the plain stream have no common name.
            stream: Any = gzip.GzipFile(fileobj=raw) if packed else raw
            with stream:
                yield _Unpacked(stream, limits)
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # of the disk, not of what is on it
        raise cannot_read(
            archive, f"The archive cannot be read: {type(error).__name__}.", "Fetch it again."
        ) from error


def _members(
    archive: str, limits: Limits, *, start: int = 0, look_at: int | None = None
) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    """Yield the XML members of an archive from a byte of it, none of them kept in memory.

    Parameters
    ----------
    look_at
        How many members of any kind are looked at; None: all.

    Raises
    ------
    InputError
        It is damaged: where all are looked at, by its checksum too.
    """
    with _unpacked(archive, limits) as stream:
        if start:
            stream.seek(start)
        # tarfile takes anything that reads, seeks and tells.
        with tarfile.TarFile(fileobj=stream) as tar:  # type: ignore[arg-type]
            seen = 0
            while (member := tar.next()) is not None:
                tar.members.clear()  # type: ignore[attr-defined]
                seen += 1
                stream.fresh()
                if member.isfile() and member.name.lower().endswith(".xml"):
                    yield tar, member
                    stream.fresh()
                if seen == look_at:
                    return
            stream.seek(tar.offset)
            if stream.read(tarfile.BLOCKSIZE).strip(b"\0"):  # tarfile takes a damaged header for the end
                raise tarfile.ReadError
            while stream.read(tarfile.RECORDSIZE):
                stream.fresh()


def _bytes_of(tar: tarfile.TarFile, member: tarfile.TarInfo, limits: Limits) -> bytes:
    check_size(
        "The member has {} megabytes.", member.size / MEGABYTE, limits.document_mb, limit="document_mb"
    )
    stream = tar.extractfile(member)
    return stream.read() if stream else b""


def read(units: Sequence[Unit], source: Source) -> Batch:
    """Return the reports of XML files and the images that they name."""
    batch, headers, limits = Batch(), _headers_of(source), source.limits
    with Guard(batch.reject, otherwise="broken_xml", seconds=limits.seconds) as guard:
        for unit in units:
            if not is_archive(unit.path):
                with guard(unit.item):
                    data = read_document(unit.path, limits)
                    batch.extend(_read_xml(data, unit.item, unit.path, headers, limits))
                continue
            members = _members(unit.path, limits, start=unit.offset)
            for number, (tar, member) in enumerate(members, 1):
                name = clean(member.name)
                with guard(name):
                    data = _bytes_of(tar, member, limits)
                    batch.extend(_read_xml(data, name, unit.path, headers, limits))
                if number == unit.size:
                    break
    return batch


def _headers_of(source: Source) -> _Headers:
    tables = tuple(_header_tables(source))
    # Beside a folder of anything other tables may be named.
    return _read_headers(tables, stamp_of(*tables), source.limits, others=source.reader != "openi")


@lru_cache(maxsize=1)
def _read_headers(tables: Sequence[str], _stamp: str, limits: Limits, *, others: bool) -> _Headers:
    """Return what the header tables say of each image; the stamp is there so that another content is read anew.

    Parameters
    ----------
    others
        Whether other tables may be among them.
    """
    headers = dict[str, dict[str, str | None]]()
    for table in tables:
        try:
            layout = layout_of(table, {}, limits)
        except OSError as error:
            raise cannot_read(table, f"The table cannot be read: {error.strerror}.", "Check it.") from error
        if "imageid" not in layout.columns:
            if others:
                continue
            raise cannot_read(
                table,
                "This is not Open-i's table of DICOM headers: it has no column 'imageid'.",
                "Leave it out, or read it with --reader table.",
            )
        whole = Unit(table, table, "", size=-1, offset=layout.start)
        held = 0
        for _, row, _ in rows_of(whole, layout, layout.columns):
            if isinstance(row, Mapping) and row["imageid"]:
                kept = {field: field_text(row.get(column)) for field, column in _HEADER.items()}
                headers[row["imageid"]] = {field: value for field, value in kept.items() if value}
                held += sum(map(len, row))
                check_size(
                    "It has {} megabytes.",
                    held / MEGABYTE,
                    limits.inflated_mb,
                    limit="inflated_mb",
                    where=table,
                )
    return headers


def _read_xml(data: bytes, item: str, path: str, headers: _Headers, limits: Limits) -> Batch:
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, parse

    batch = Batch()
    if not data.strip():
        batch.reject(item, "empty_file")
        return batch
    check_marks(data, b"<=")
    try:
        root = parse(io.BytesIO(data)).getroot()
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        batch.reject(item, "broken_xml", type(error).__name__)
        return batch
    uid = root.find("uId")
    if root.tag != "eCitation" or uid is None or not uid.get("id"):
        batch.reject(item, "unknown_xml", "the root element is not that of an Open-i report")
        return batch
    report_id = uid.get("id")
    sections = [(e.get("Label") or "TEXT", e.text) for e in root.iter("AbstractText")]
    length = sum(len(text or "") for _, text in sections)
    if length > limits.report_characters:  # before it is composed
        batch.reject(item, "report_too_long", f"{length} characters, {limits.report_characters} at most")
        return batch
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
    return batch


def _image(element: Any, report_id: str, headers: _Headers) -> Image:
    """Return the image of a `parentImage` element, with what the header table says of it."""
    image_id = element.get("id")
    header = dict(headers.get(image_id, {}))
    meta = {
        "caption": field_text(element.findtext("caption")),
        "sop_instance_uid": header.pop("sop_instance_uid", None),
        "photometric": header.pop("photometric", None),
    }
    said: dict[str, Any] = {field: _READ_AS.get(field, field_text)(v) for field, v in header.items()}
    return Image(
        image_id=image_id,
        patient_id=report_id,
        path=None,
        report_id=report_id,
        figure_id=field_text(element.findtext("figureId")),
        source="openi",
        meta=json.dumps({k: v for k, v in meta.items() if v}, ensure_ascii=False),
        **said,
    )


def looks_like(path: str, limits: Limits) -> bool:
    """Return whether a file is an archive of Open-i's XML, by the XML among its first members.

    Raises
    ------
    InputError
        It is an archive that is damaged.
    OSError
        It cannot be opened.
    """
    if not is_archive(path):
        return False
    return any(
        member.size <= limits.document_mb * MEGABYTE and b"<eCitation" in _bytes_of(tar, member, limits)
        for tar, member in _members(path, limits, look_at=_LOOKED_AT)
    )

"""Plain text: a folder of `.txt` files, at any depth; the id of a report is its path without the suffix."""

import json
import os
from collections.abc import Sequence
from pathlib import PurePosixPath

from radmine.ingest.composition import clean, decode
from radmine.ingest.reader import Batch, Source, Unit, file_units, read_document
from radmine.records import Report
from radmine.run import check_size

SUFFIXES = (".txt",)
_CHARACTER = 4  # bytes at most


def units(source: Source, rows: int) -> list[Unit]:
    """Return the text files."""
    return file_units(source.paths, suffixes=SUFFIXES, whole=True)


def read(units: Sequence[Unit], source: Source) -> Batch:
    """Return one report for each file."""
    batch, limits = Batch(), source.limits
    for unit in units:
        check_size(
            "The file has {} bytes.",
            os.path.getsize(unit.path),
            _CHARACTER * (limits.report_characters + 1),
            limit="report_characters",
        )
        decoded = decode(read_document(unit.path, limits))
        if decoded is None:
            batch.reject(unit.item, "undecodable", "the file holds bytes that are no text")
            continue
        text, encoding = decoded
        report_id = clean(source.made_id(str(PurePosixPath(unit.item).with_suffix("")), unit.root))
        batch.reports.append(
            Report(
                report_id=report_id,
                patient_id=report_id,
                text=clean(text),
                source="text",
                path=unit.path,
                meta=None if encoding.startswith("utf-8") else json.dumps({"encoding": encoding}),
            )
        )
    return batch

"""Plain text: a folder of `.txt` files, at any depth; the id of a report is its path without the suffix."""

import json
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from radmine.ingest.composition import clean, decode
from radmine.ingest.reader import Batch, Source, Unit, file_units
from radmine.records import Report

SUFFIXES = (".txt",)


def units(source: Source, rows: int) -> list[Unit]:
    """Return the text files."""
    return file_units(source.paths, suffixes=SUFFIXES)


def read(units: Sequence[Unit], source: Source) -> Batch:
    """Return one report for each file."""
    batch = Batch()
    for unit in units:
        try:
            decoded = decode(Path(unit.path).read_bytes())
        except OSError as error:
            batch.reject(unit.item, "unreadable_file", type(error).__name__)
            continue
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

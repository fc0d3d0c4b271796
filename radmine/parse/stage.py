"""The parse stage: every report's text, read."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from radmine.findings import lexicon_digest
from radmine.parse.reader import parse_report
from radmine.records import Rejected
from radmine.stage import Job, Stage, data_digest

NAME = "parse"


@dataclass(frozen=True, slots=True)
class ParseSettings:
    """How reports are read."""

    max_report_characters: int = 1_000_000  # a longer text is no report: it is set aside
    workers: int = 1  # processes


def read_shard(tables: Mapping[str, pa.Table], settings: ParseSettings) -> dict[str, list[Any]]:
    """Return the rows of `sections`, `sentences`, `mentions` and `rejected` of a shard of reports."""
    rows: dict[str, list[Any]] = {"sections": [], "sentences": [], "mentions": [], "rejected": []}
    reports = tables["reports"]
    for report_id, text in zip(
        reports.column("report_id").to_pylist(), reports.column("text").to_pylist(), strict=True
    ):
        reason = why_not(text, settings)
        if reason is not None:
            rows["rejected"].append(Rejected(NAME, report_id, *reason))
            continue
        try:
            parsed = parse_report(text)
        except Exception as error:  # one bad report never stops a run
            rows["rejected"].append(Rejected(NAME, report_id, "unreadable_report", type(error).__name__))
            continue
        rows["sections"].extend((report_id, i, *section) for i, section in enumerate(parsed.sections))
        rows["sentences"].extend((report_id, i, *sentence) for i, sentence in enumerate(parsed.sentences))
        rows["mentions"].extend((report_id, i, *mention) for i, mention in enumerate(parsed.mentions))
    return rows


def why_not(text: str, settings: ParseSettings) -> tuple[str, str] | None:
    """Return why a report is not read, as reason and detail, None where it is."""
    if not text.strip():
        return "empty_report", "it has no text"
    if len(text) > settings.max_report_characters:
        return "report_too_long", f"{len(text)} characters, at most {settings.max_report_characters}"
    return None


def run(job: Job) -> None:
    """Read every report."""
    job.map_shards(read_shard, over=("reports",), workers=job.settings.workers)


STAGE = Stage(
    name=NAME,
    run=run,
    settings=ParseSettings,
    reads=("reports",),
    writes=("sections", "sentences", "mentions"),
    missing=lambda corpus, _settings: None if corpus.rows("reports") else "the corpus has no reports",
    data=lambda _corpus, _settings: lexicon_digest() + data_digest(Path(__file__).parent / "data"),
)

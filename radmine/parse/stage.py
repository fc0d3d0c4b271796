"""The parse stage: every report's text, read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from radmine.corpus import LEXICON, Corpus
from radmine.errors import InputError
from radmine.files import data_digest
from radmine.findings import load_lexicon
from radmine.parse.language import foreign_sentences, may_be_foreign
from radmine.parse.reader import parse_report, why_unread
from radmine.parse.score import score
from radmine.parse.selftest import check_parser
from radmine.records import TABLES, Rejected, report_table
from radmine.run import PATHS, Guard, Job, Limits, NotApplicable, Stage, of_setting, to_list, uses

NAME = "parse"
_COLUMNS = ("report_id", "text", "body_part")
_PARTLY = "partly_not_english"
_WRITES = ("sections", "sentences", "mentions", "recommendations", "categories", "incidentals")


@dataclass(frozen=True, slots=True)
class ParseSettings:
    """How reports are read."""

    # Ontologies and finding models whose findings are read beside ours, as `radmine.findings.load_lexicon` takes them.
    lexicon: tuple[str, ...] = field(default=(), metadata=PATHS)
    limits: Limits = field(default=Limits(), metadata=uses("seconds", "report_characters"))


def read_shard(tables: Mapping[str, pa.Table], settings: ParseSettings) -> dict[str, Any]:
    """Return what reading found in a shard of reports, and `rejected`."""
    lexicon = load_lexicon(*settings.lexicon) if settings.lexicon else None
    names: list[str] = []
    read: list[tuple[Any, ...]] = []  # of each, what goes into each of the tables
    rejected: list[Rejected] = []
    to_rejected, seconds = to_list(rejected, NAME), settings.limits.seconds
    with Guard(to_rejected, otherwise="unreadable_report", seconds=seconds) as guard:
        for report_id, text, body_part in zip(
            *(tables["reports"].column(c).to_pylist() for c in _COLUMNS), strict=True
        ):
            reason, detail = why_unread(text, settings.limits.report_characters)
            if reason:
                to_rejected(report_id, reason, detail)
                continue
            parsed = None
            with guard(report_id):
                parsed = parse_report(text, lexicon=lexicon, body_part=body_part)[1:]
                if may_be_foreign(text) and (others := foreign_sentences(text, parsed[1])):
                    to_rejected(report_id, _PARTLY, f"{others} of {len(parsed[1])} sentences")
            if parsed is not None:
                names.append(report_id)
                read.append(parsed)
    parts = zip(*read, strict=True) if read else [()] * len(_WRITES)
    made = {t: report_table(TABLES[t], names, records) for t, records in zip(_WRITES, parts, strict=True)}
    return {**made, "rejected": rejected}


def run(job: Job) -> None:
    """Read every report."""
    if not job.corpus.rows("reports"):
        raise NotApplicable("the corpus has no reports")
    check_parser()
    folder = job.corpus.folder / LEXICON
    if job.settings.lexicon:
        lexicon = load_lexicon(*job.settings.lexicon)
        lexicon.save(folder)
        job.folders[LEXICON] = lexicon.digest
        job.notes["findings of the lexicon"] = len(lexicon.findings)
        job.notes.update((f"left out of ontologies: {why}", n) for why, n in lexicon.left_out.items())
    made = job.map_shards(read_shard, over=("reports",), columns={"reports": _COLUMNS})
    if others := sum(job.count_aside(shards["rejected"], (_PARTLY,)) for shards in made):
        job.notes["reports with sentences in another language"] = others


def data_of(_corpus: Corpus, settings: ParseSettings) -> str:
    """Return the fingerprint of the lexicon, with ontologies where there are any, and of the rules."""
    try:
        lexicon = load_lexicon(*settings.lexicon).digest
    except InputError:  # it shows when the stage runs; how the corpus stands can be told all the same
        lexicon = "unreadable"
    return lexicon + data_digest(Path(__file__).parent / "data")


def check(settings: ParseSettings) -> None:
    """Check that the ontologies can be read."""
    with of_setting("lexicon"):
        load_lexicon(*settings.lexicon)


STAGE = Stage(
    name=NAME,
    run=run,
    settings=ParseSettings,
    reads=("reports",),
    needs=("reports",),
    writes=(*_WRITES, LEXICON),
    score=score,
    data=data_of,
    check=check,
    version=5,
)

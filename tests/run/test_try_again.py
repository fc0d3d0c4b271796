"""What was set aside for a reason that may pass is tried again at the next run, though nothing else has changed."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from radmine.corpus import Corpus, Manifest
from radmine.records import Rejected, Report, Section
from radmine.run import TRY_AGAIN, Job, Stage, plan, run_stage
from tests.run.test_stage import Options

AWAY: dict[str, str] = {}  # report -> why it cannot be read now
READ: list[str] = []


def cut(tables: Mapping[str, pa.Table], settings: Options) -> dict[str, list[Any]]:
    """One section a report; what is away is set aside."""
    rows: dict[str, list[Any]] = {"sections": [], "rejected": []}
    for name in tables["reports"].column("report_id").to_pylist():
        READ.append(name)
        if name in AWAY:
            rows["rejected"].append(Rejected("cut", name, AWAY[name], ""))
        else:
            rows["sections"].append((name, 0, *Section(0, 1, settings.name, None)))
    return rows


STAGE = Stage("cut", lambda job: job.map_shards(cut, over=("reports",)), Options, ("reports",), ("sections",))


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    corpus = Corpus.create("c", home=tmp_path)
    shards = [
        corpus.write_shard("reports", f"part-{i:05d}-x.parquet", [Report(f"r{i}", "p", "Text.", "test")])
        for i in range(3)
    ]
    corpus.write_manifest(Manifest("ingest", "f", {}, tables={"reports": shards}))
    AWAY.clear()
    READ.clear()
    return corpus


def run(corpus: Corpus) -> tuple[str, str, list[str]]:
    """The outcome of a run, and what was read in it."""
    READ.clear()
    with corpus.writing():
        outcome = run_stage(corpus, STAGE, Options())
    return outcome.status, outcome.reason, sorted(READ)


@pytest.mark.parametrize("reason", ["unreadable_file", "out_of_memory", "took_too_long"])
def test_what_could_not_be_read_once_is_read_when_it_can(corpus: Corpus, reason: str) -> None:
    AWAY["r1"] = reason
    assert run(corpus) == ("done", "not run yet", ["r0", "r1", "r2"])
    (status,) = plan(corpus, [STAGE], {"cut": Options()})
    assert (status.status, status.reason) == ("up to date", "1 item will be tried again")
    before = corpus.fingerprint("sections"), corpus.fingerprint("rejected")
    assert run(corpus) == ("done", "1 item is tried again", ["r1"])
    assert (corpus.fingerprint("sections"), corpus.fingerprint("rejected")) == before
    AWAY.clear()
    assert run(corpus) == ("done", "1 item is tried again", ["r1"])
    assert corpus.read("sections").column("report_id").to_pylist() == ["r0", "r1", "r2"]
    assert corpus.rows("rejected") == 0
    assert run(corpus) == ("up to date", "", [])


def test_a_stage_may_look_again_for_what_was_missing_where_its_marks_tell(corpus: Corpus) -> None:
    AWAY["r2"] = "missing_file"
    run(corpus)
    assert run(corpus) == ("up to date", "", [])

    def look_again(job: Job) -> None:
        job.try_again = TRY_AGAIN | {"missing_file"}
        job.map_shards(cut, over=("reports",))

    looking = replace(STAGE, run=look_again, version=2)
    with corpus.writing():
        run_stage(corpus, looking, Options())
        READ.clear()
        assert run_stage(corpus, looking, Options()).reason == "1 item is tried again"
    assert READ == []


def test_what_is_no_better_the_next_time_is_not_tried_again(corpus: Corpus) -> None:
    AWAY["r2"] = "empty_report"
    run(corpus)
    assert run(corpus) == ("up to date", "", [])

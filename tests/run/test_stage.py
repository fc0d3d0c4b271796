"""A stage: skipped when nothing changed, resumed shard by shard, its settings checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from radmine.corpus import Corpus, Manifest
from radmine.errors import SettingsError
from radmine.records import TABLES, Rejected, Report, Section, Split, report_table
from radmine.run import Execution, Job, NotApplicable, Stage, read_settings, run_stage, why_out_of_date


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of the stage under test."""

    name: str = "body"
    limit_of: int = 1
    share: float = 0.5
    targets: tuple[str, ...] = ("labels",)
    limit: int | None = None


TABLES_OF_SETTINGS = {"run": Execution, "cut": Options}


def one_section(tables: Mapping[str, pa.Table], settings: Options) -> dict[str, list[Any]]:
    """One section a report; an empty report is rejected."""
    rows: dict[str, list[Any]] = {"sections": [], "rejected": []}
    for report_id, text in zip(
        *(tables["reports"].column(c).to_pylist() for c in ("report_id", "text")), strict=True
    ):
        if text:
            rows["sections"].append((report_id, 0, *Section(0, len(text), settings.name, None)))
        else:
            rows["rejected"].append(Rejected("cut", report_id, "empty_report", ""))
    return rows


def killed_in_the_second_shard(tables: Mapping[str, pa.Table], settings: Options) -> dict[str, list[Any]]:
    """Die like a killed process, after one shard."""
    if "r2" in tables["reports"].column("report_id").to_pylist():
        raise KeyboardInterrupt
    return one_section(tables, settings)


def _stage(work: Any = one_section) -> Stage:
    return Stage(
        "cut",
        lambda job: job.map_shards(work, over=("reports",)),
        Options,
        ("reports",),
        ("sections",),
    )


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    corpus = Corpus.create("c", home=tmp_path)
    _add(corpus, [["One.", ""], ["Three.", "Four."]])
    return corpus


def _add(corpus: Corpus, shards: list[list[str]]) -> None:
    number, written = 0, []
    for index, texts in enumerate(shards):
        reports = [Report(f"r{number + i}", "p", text, "test") for i, text in enumerate(texts)]
        number += len(texts)
        written.append(corpus.write_shard("reports", f"part-{index:05d}-x{len(texts)}.parquet", reports))
    corpus.write_manifest(Manifest("ingest", "f", {}, tables={"reports": written}))


def _sections(corpus: Corpus) -> list[Any]:
    return list(corpus.records("sections"))


def test_runs_once_and_counts_the_rejected(corpus: Corpus) -> None:
    first = run_stage(corpus, _stage(), Options())
    assert (first.status, first.rows, first.rejected) == ("done", {"sections": 3}, 1)
    assert run_stage(corpus, _stage(), Options()).status == "up to date"
    assert corpus.read("rejected").to_pylist()[0]["item"] == "r1"


def test_says_why_it_runs_again(corpus: Corpus) -> None:
    run_stage(corpus, _stage(), Options())
    assert why_out_of_date(corpus, _stage(), Options(name="all")) == "changed: settings"
    _add(corpus, [["One.", ""], ["Three.", "Four."], ["Five."]])
    assert why_out_of_date(corpus, _stage(), Options()) == "changed: table reports"
    run_stage(corpus, _stage(), Options())
    assert len(_sections(corpus)) == 4
    next((corpus.folder / "sections").glob("*")).unlink()
    assert why_out_of_date(corpus, _stage(), Options()) == "missing: sections"


def test_a_killed_run_goes_on_where_it_was(corpus: Corpus, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_stage(corpus, _stage(killed_in_the_second_shard), Options())
    assert corpus.rows("sections") == 0  # nothing half-done is visible
    (made,) = (corpus.folder / ".next" / "cut" / "sections").glob("part-*")
    stamp = made.stat().st_mtime_ns
    run_stage(corpus, _stage(), Options())
    kept = corpus.folder / "sections" / made.name
    assert kept.stat().st_mtime_ns == stamp  # the finished shard was kept, not made again
    unbroken = Corpus.create("d", home=tmp_path)
    _add(unbroken, [["One.", ""], ["Three.", "Four."]])
    run_stage(unbroken, _stage(), Options())
    assert _sections(unbroken) == _sections(corpus)
    assert unbroken.fingerprint("sections") == corpus.fingerprint("sections")


def test_an_extended_table_keeps_the_shards_it_had(corpus: Corpus) -> None:
    run_stage(corpus, _stage(), Options())
    before = {p.name: p.stat().st_mtime_ns for p in (corpus.folder / "sections").iterdir()}
    _add(corpus, [["One.", ""], ["Three.", "Four."], ["Five."]])
    run_stage(corpus, _stage(), Options())
    after = {p.name: p.stat().st_mtime_ns for p in (corpus.folder / "sections").iterdir()}
    assert before.items() < after.items()


def test_rows_do_not_depend_on_the_number_of_processes(corpus: Corpus) -> None:
    run_stage(corpus, _stage(), Options())
    one = _sections(corpus)
    (corpus.folder / "manifests" / "cut.json").unlink()
    for shard in (corpus.folder / "sections").iterdir():
        shard.unlink()
    run_stage(corpus, _stage(), Options(), execution=Execution(workers=2))
    assert _sections(corpus) == one


def test_processes_and_device_are_no_reason_to_run_again(corpus: Corpus) -> None:
    run_stage(corpus, _stage(), Options())
    assert run_stage(corpus, _stage(), Options(), execution=Execution(2, "cuda")).status == "up to date"


def ids_alone(tables: Mapping[str, pa.Table], settings: Options) -> dict[str, Any]:
    """One section a report, from the id and a table that comes whole."""
    names = [row["report_id"] for row in tables["reports"].to_pylist()]
    end = tables["splits"].num_rows
    sections = [[Section(0, end, settings.name, None)] for _ in names]
    return {"sections": report_table(TABLES["sections"], names, sections)}


def test_a_work_gets_the_columns_that_it_needs_and_other_tables_whole(corpus: Corpus) -> None:
    splits = [Split(p, part, p, "drawn") for p, part in (("p", "train"), ("q", "test"))]
    shards = [corpus.write_shard("splits", f"part-{i}.parquet", [split]) for i, split in enumerate(splits)]
    corpus.write_manifest(Manifest("divide", "f", {}, tables={"splits": shards}))

    def run(job: Job) -> None:
        columns = {"reports": ("report_id",)}
        job.map_shards(ids_alone, over=("reports",), also=("splits",), columns=columns)

    stage = Stage("cut", run, Options, ("reports", "splits"), ("sections",))
    for workers in (1, 2):
        (corpus.folder / "manifests" / "cut.json").unlink(missing_ok=True)
        run_stage(corpus, stage, Options(str(workers)), execution=Execution(workers))
        assert _sections(corpus) == [(f"r{i}", 0, Section(0, 2, str(workers), None)) for i in range(4)]


def test_a_stage_with_nothing_to_read_is_not_applicable(corpus: Corpus) -> None:
    stage = Stage("cut", _nothing, Options, ("images",), ("sections",))
    outcome = run_stage(corpus, stage, Options())
    assert (outcome.status, outcome.reason) == ("not applicable", "the corpus has no images")
    assert run_stage(corpus, stage, Options()).status == "not applicable"


def _nothing(job: Job) -> None:
    raise NotApplicable("the corpus has no images")


def test_settings_come_from_toml(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text('[cut]\nname = "all"\nshare = 1\ntargets = ["a", "b"]\nlimit = 3\n')
    assert read_settings(path, TABLES_OF_SETTINGS)["cut"] == Options("all", 1, 1.0, ("a", "b"), 3)
    assert read_settings(None, TABLES_OF_SETTINGS)["cut"] == Options()


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("[cat]\n", "Valid: run, cut"),
        ("[cut]\nworkers = 2\n", r"Write workers under \[run\]"),
        ("[run]\nworkers = 0\n", "workers must be at least 1"),
        ("[cut]\nnmae = 'x'\n", "Valid: name, limit_of, share, targets, limit"),
        ("[cut]\nlimit_of = 'two'\n", "Expected whole number, got text"),
        ("[cut]\nlimit_of = true\n", "Expected whole number, got true or false"),
        ("cut = 3\n", "Expected a table"),
        ("[cut\n", "not TOML"),
    ],
)
def test_wrong_settings_are_explained(tmp_path: Path, toml: str, message: str) -> None:
    path = tmp_path / "s.toml"
    path.write_text(toml)
    with pytest.raises(SettingsError, match=message):
        read_settings(path, TABLES_OF_SETTINGS)


def test_a_missing_settings_file_is_explained(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_settings(tmp_path / "none.toml", TABLES_OF_SETTINGS)

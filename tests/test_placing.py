"""A run's tables get their places at once: killed at any step, or read at any moment, there are the old rows or the new."""

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from radmine import files, placing
from radmine.corpus import Corpus, Manifest
from radmine.errors import CorpusError
from radmine.records import Rejected, Report, Section
from radmine.run import Stage, run_stage


@dataclass(frozen=True, slots=True)
class Options:
    """Settings of the stage under test."""

    name: str = "old"


def cut(tables: Mapping[str, pa.Table], settings: Options) -> dict[str, list[Any]]:
    """One section a report, one item set aside a shard; more of each where the name is longer."""
    ids = tables["reports"].column("report_id").to_pylist()
    times = len(settings.name) - 2
    return {
        "sections": [(i, n, *Section(0, 1, settings.name, None)) for i in ids for n in range(times)],
        "rejected": [Rejected("cut", ids[0], settings.name, "")] * times,
    }


STAGE = Stage("cut", lambda job: job.map_shards(cut, over=("reports",)), Options, ("reports",), ("sections",))
OLD, NEW = Options("old"), Options("newer")


class Killed(BaseException):
    """What a kill looks like from inside."""


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """Three shards of reports, cut by the old settings; another stage's rejected item."""
    corpus = Corpus.create("c", home=tmp_path)
    shards = [
        corpus.write_shard("reports", f"part-{i:05d}-x.parquet", [Report(f"r{i}", "p", "Text.", "test")])
        for i in range(3)
    ]
    aside = corpus.write_shard("rejected", "part-other-00000-x.parquet", [Rejected("other", "i", "why", "")])
    corpus.write_manifest(Manifest("other", "f", {}, tables={"reports": shards, "rejected": [aside]}))
    with corpus.writing():
        run_stage(corpus, STAGE, OLD)
    return corpus


def names_in_folder(corpus: Corpus, table: str) -> list[str]:
    """The names by which the rows of a table's folder were made, read as whoever knows nothing of radmine reads it."""
    column = "name" if table == "sections" else "reason"
    return sorted(pq.read_table(corpus.folder / table).column(column).to_pylist())


def names_in(corpus: Corpus) -> tuple[list[str], list[str]]:
    """The same of both tables, read through the corpus."""
    rejected = corpus.read("rejected").column("reason").to_pylist()
    return sorted(corpus.read("sections").column("name").to_pylist()), sorted(rejected)


SECTIONS = {"old": ["old"] * 3, "newer": ["newer"] * 9}
REJECTED = {"old": [*["old"] * 3, "why"], "newer": [*["newer"] * 9, "why"]}
WHOLE = [(SECTIONS[name], REJECTED[name]) for name in ("old", "newer")]


def killed_at(step: int, patch: pytest.MonkeyPatch) -> None:
    """Raise before the so-manieth change that placing makes on disk."""
    left = step

    def counted(change: Any) -> Any:
        def do(*arguments: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                raise Killed
            return change(*arguments, **options)

        return do

    for name in ("exchange", "link_or_copy", "write_whole", "write_manifest", "remove_tree", "sync_folder"):
        patch.setattr(placing, name, counted(getattr(placing, name)))
    patch.setattr(placing.os, "rename", counted(os.rename))


@pytest.mark.parametrize("can", ["exchange folders", "rename them", "link nothing"])
def test_killed_at_any_step_there_are_the_old_rows_or_the_new(
    corpus: Corpus, can: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if can != "exchange folders":
        monkeypatch.setattr(placing, "exchange", lambda _one, _other: False)
    if can == "link nothing":
        monkeypatch.setattr(placing, "link_or_copy", lambda path, to: to.write_bytes(path.read_bytes()))
    (corpus.folder / "sections" / "_notes.txt").write_text("of the user")
    kills, settings, before = 0, NEW, "old"
    for step in range(1, 60):
        with monkeypatch.context() as patch:
            killed_at(step, patch)
            try:
                with corpus.writing():
                    run_stage(corpus, STAGE, settings)
            except Killed:
                kills += 1
            else:
                break
        assert names_in(corpus) in WHOLE, step
        for table, rows in (("sections", SECTIONS), ("rejected", REJECTED)):
            if can == "exchange folders" or (corpus.folder / table).exists():
                assert names_in_folder(corpus, table) in rows.values(), (step, table)
        with corpus.writing():
            assert names_in(corpus) in WHOLE
            for table, rows in (("sections", SECTIONS), ("rejected", REJECTED)):
                assert names_in_folder(corpus, table) == sorted(rows[names_in(corpus)[0][0]])
            if names_in(corpus)[0][0] != before:  # the run had finished: from here on to the other settings
                before, settings = settings.name, OLD if settings is NEW else NEW
    assert kills > 10
    for name in (OLD, NEW):
        with corpus.writing():
            run_stage(corpus, STAGE, name)
            run_stage(corpus, STAGE, name)
    assert names_in(corpus) == WHOLE[1]
    assert not list((corpus.folder / ".next").iterdir())
    assert (corpus.folder / "sections" / "_notes.txt").read_text() == "of the user"
    assert len(list((corpus.folder / "sections").iterdir())) == 4
    assert len(list((corpus.folder / "rejected").iterdir())) == 4


def test_what_a_kill_left_goes_with_the_next_run_though_all_is_up_to_date(corpus: Corpus) -> None:
    stray = corpus.folder / "sections" / "part-00009-stray.parquet"
    stray.write_bytes((next((corpus.folder / "sections").glob("part-*"))).read_bytes())
    for place in ("work/cut/x", ".next/cut/sections"):
        (corpus.folder / place).mkdir(parents=True)
    with corpus.writing():
        assert run_stage(corpus, STAGE, OLD).status == "up to date"
    assert not stray.exists()
    assert not (corpus.folder / "work" / "cut").exists()
    assert not (corpus.folder / ".next" / "cut").exists()
    assert names_in(corpus) == WHOLE[0]


def test_whoever_reads_during_runs_sees_the_rows_of_one_run(corpus: Corpus) -> None:
    """A listing that the exchange cuts across names a file that is gone: no row is read then."""
    done, wrong, reads = threading.Event(), [], [0, 0]

    def by_folder() -> None:
        while not done.is_set():
            try:
                found = sorted(pd.read_parquet(corpus.folder / "sections")["name"])
            except FileNotFoundError:
                continue
            reads[0] += 1
            if found not in SECTIONS.values():
                wrong.append(found)

    def by_corpus() -> None:
        while not done.is_set():
            found = sorted(Corpus(corpus.folder).read("sections").column("name").to_pylist())
            reads[1] += 1
            if found not in SECTIONS.values():
                wrong.append(found)

    readers = [threading.Thread(target=read) for read in (by_folder, by_corpus)]
    for reader in readers:
        reader.start()
    try:
        for number in range(200):
            with corpus.writing():
                run_stage(corpus, STAGE, OLD if number % 2 else NEW)
            if number > 20 and min(reads) > 20:
                break
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert not wrong
    assert min(reads) > 5


def test_a_generator_that_a_run_cuts_across_says_so(corpus: Corpus) -> None:
    records = corpus.records("sections")
    next(records)
    with corpus.writing():
        run_stage(corpus, STAGE, NEW)
    with pytest.raises(CorpusError, match=r"made anew while it was read.*Read it again"):
        list(records)
    assert len(list(corpus.records("sections"))) == 9


def test_exchanged_folders_have_changed_places(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    if not files.exchange(tmp_path / "one", tmp_path / "other"):
        pytest.skip("this file system cannot do that")
    assert (tmp_path / "one" / "other").exists()
    assert (tmp_path / "other" / "one").exists()
    with pytest.raises(FileNotFoundError):
        files.exchange(tmp_path / "one", tmp_path / "nothing")

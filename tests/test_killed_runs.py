"""A run that is killed at any point and started again gives the same tables as an unbroken run."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from radmine.corpus import Corpus
from radmine.records import TABLES
from radmine.sample import write_sample

RADMINE = [sys.executable, "-m", "radmine.cli"]
SMALL = """
[ingest]
shard_size = 100

[pixels]
size = 32

[train]
size = 32
epochs = 4
"""


def _start(*arguments: str, home: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "RADMINE_HOME": str(home), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        [*RADMINE, *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def _finish(*arguments: str, home: Path) -> None:
    process = _start(*arguments, home=home)
    _, errors = process.communicate()
    assert process.returncode == 0, errors.decode()


def _delays() -> Iterator[float]:
    """Seconds until the next kill: short ones first, so that start-up and early stages are hit as well."""
    delay = 0.6
    while True:
        yield delay
        delay *= 1.15


def _run_and_kill(*arguments: str, home: Path, at_least: int) -> int:
    """Start a command again and again, kill it with SIGKILL each time until it ends by itself; return the kills."""
    kills = 0
    for delay in _delays():
        process = _start(*arguments, home=home)
        try:
            _, errors = process.communicate(timeout=delay)
            assert process.returncode == 0, errors.decode()
            assert kills >= at_least, f"the run ended after {kills} kills"
            return kills
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            kills += 1
    raise AssertionError


def _assert_same(one: Corpus, other: Corpus) -> None:
    for table in TABLES:
        ours, theirs = one.read(table), other.read(table)
        if table == "rejected":
            ours, theirs = (
                t.sort_by([("stage", "ascending"), ("item", "ascending")]) for t in (ours, theirs)
            )
        assert ours.num_rows == theirs.num_rows, table
        for column in ours.column_names:
            if table == "embeddings" and column == "vector":
                a, b = (np.array(t.column(column).to_pylist(), dtype=object) for t in (ours, theirs))
                for x, y in zip(a, b, strict=True):
                    np.testing.assert_allclose(x, y, atol=1e-5)
            elif table == "scores" and column in ("value", "low", "high"):
                for x, y in zip(
                    ours.column(column).to_pylist(), theirs.column(column).to_pylist(), strict=True
                ):
                    assert x == y or abs(x - y) < 1e-4, (table, column)
            elif (table, column) not in {("embeddings", "encoder"), ("pixels", "array")}:
                assert ours.column(column) == theirs.column(column), (table, column)


def test_killed_while_reading_reports(tmp_path: Path) -> None:
    write_sample(tmp_path / "s", reports=2000, pixels=False)
    source = tmp_path / "s" / "source" / "reports.csv"
    (tmp_path / "small.toml").write_text(SMALL)
    arguments = ("ingest", "c", str(source), "--settings", str(tmp_path / "small.toml"))
    for home in ("unbroken", "killed"):
        _finish(*arguments, home=tmp_path / home)
    _finish("run", "c", "--through", "parse", home=tmp_path / "unbroken")
    killed = Corpus.open("c", home=tmp_path / "killed")
    process = _start("run", "c", "--through", "parse", home=tmp_path / "killed")
    deadline = time.monotonic() + 60
    while len(list((killed.folder / "mentions").glob("part-*"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert killed.rows("mentions") == 0, "a killed stage shows nothing"
    _finish("run", "c", "--through", "parse", home=tmp_path / "killed")
    _assert_same(Corpus.open("c", home=tmp_path / "unbroken"), killed)
    assert not list(killed.folder.rglob("*.partial"))


@pytest.mark.slow
def test_killed_anywhere_in_the_whole_flow(tmp_path: Path) -> None:
    write_sample(tmp_path / "s", reports=40)
    (tmp_path / "small.toml").write_text(SMALL)
    arguments = ("ingest", "c", str(tmp_path / "s" / "source"), "--settings", str(tmp_path / "small.toml"))
    _finish(*arguments, home=tmp_path / "unbroken")
    _finish("run", "c", home=tmp_path / "unbroken")
    _run_and_kill(*arguments, home=tmp_path / "killed", at_least=1)
    _run_and_kill("run", "c", home=tmp_path / "killed", at_least=5)
    killed = Corpus.open("c", home=tmp_path / "killed")
    _assert_same(Corpus.open("c", home=tmp_path / "unbroken"), killed)
    assert not list((tmp_path / "killed").rglob("*.partial"))
    assert not [p for p in (killed.folder / "work").rglob("*") if p.is_file()]

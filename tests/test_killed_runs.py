"""A run that is killed at any point and started again gives the same tables as an unbroken run.

A process that is killed leaves behind what stood on disk after its last change of a file, so it is killed there: at a
counted change, not after some seconds.
"""

import itertools
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from radmine.check import find_damage
from radmine.corpus import Corpus
from radmine.models import model_fingerprint
from radmine.pipeline import status
from radmine.records import TABLES
from radmine.run import Underway
from radmine.sample import write_sample

RADMINE = """
import os, signal, sys

place, left = sys.argv[1], int(sys.argv[2])

def count(event, arguments):
    "Kill this process before it changes a file whose path has `place` in it for the so-manieth time."
    global left
    changes = arguments[2] & (os.O_WRONLY | os.O_RDWR) if event == "open" else event in {"os.rename", "os.remove", "os.mkdir"}
    if changes and place in str(arguments[1] if event == "os.rename" else arguments[0]):
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(count)
from radmine.cli import main

main(sys.argv[3:])
"""
SMALL = """
[ingest]
shard_size = 20

[pixels]
size = 32

[train]
size = 32
epochs = 4
"""


def _start(*arguments: str, home: Path, killed_at: int = 0, place: str = "") -> int:
    """Run a command and return its exit code; kill it at this change of a file whose path has `place` in it."""
    result = subprocess.run(
        [sys.executable, "-c", RADMINE, place or str(home), str(killed_at), *arguments],
        env={**os.environ, "RADMINE_HOME": str(home)},
        capture_output=True,
    )
    assert result.returncode in (0, -signal.SIGKILL), result.stderr.decode()
    return result.returncode


def _changes() -> Iterator[int]:
    """The change of a file at which a run is killed: early ones first, so that every stage is hit."""
    for number in itertools.count():
        yield int(4 * 1.3**number)


def _run_and_kill(*arguments: str, home: Path, at_least: int) -> None:
    """Run a command again and again, killed each time, until it ends by itself."""
    for kills, change in enumerate(_changes()):
        if _start(*arguments, home=home, killed_at=change) == 0:
            assert kills >= at_least, f"the run ended after {kills} kills"
            return


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


@pytest.mark.slow
def test_killed_while_reading_reports(tmp_path: Path) -> None:
    write_sample(tmp_path / "s", reports=200, pixels=False)
    source = tmp_path / "s" / "source" / "reports.csv"
    (tmp_path / "small.toml").write_text(SMALL)
    _start("ingest", "c", str(source), "--settings", str(tmp_path / "small.toml"), home=tmp_path / "unbroken")
    shutil.copytree(tmp_path / "unbroken", tmp_path / "killed")
    run = ("run", "c", "--through", "parse")
    assert _start(*run, home=tmp_path / "unbroken") == 0
    killed = Corpus.open("c", home=tmp_path / "killed")
    # A shard is two changes, its file and then its name: the third has no name yet.
    assert _start(*run, home=tmp_path / "killed", killed_at=6, place="mentions/") == -signal.SIGKILL
    assert len(list((killed.folder / ".next" / "parse" / "mentions").glob("part-*"))) == 2
    assert not (killed.folder / "mentions").exists()
    assert killed.rows("mentions") == 0, "a killed stage shows nothing"
    found = next(stage for stage in status(killed) if stage.stage == "parse")
    done = sum(shard.rows for shard in killed.shards("reports")[:2])
    assert found.underway == Underway(False, done, killed.rows("reports"), "reports")
    assert _start(*run, home=tmp_path / "killed") == 0
    _assert_same(Corpus.open("c", home=tmp_path / "unbroken"), killed)
    assert not list(killed.folder.rglob("*.partial"))


@pytest.mark.slow
def test_killed_anywhere_in_the_whole_flow(tmp_path: Path) -> None:
    write_sample(tmp_path / "s", reports=40)
    (tmp_path / "small.toml").write_text(SMALL)
    arguments = ("ingest", "c", str(tmp_path / "s" / "source"), "--settings", str(tmp_path / "small.toml"))
    for command in (arguments, ("run", "c")):
        assert _start(*command, home=tmp_path / "unbroken") == 0
    _run_and_kill(*arguments, home=tmp_path / "killed", at_least=1)
    _run_and_kill("run", "c", home=tmp_path / "killed", at_least=5)
    killed = Corpus.open("c", home=tmp_path / "killed")
    _assert_same(Corpus.open("c", home=tmp_path / "unbroken"), killed)
    assert not list((tmp_path / "killed").rglob("*.partial"))
    assert not [p for p in (killed.folder / "work").rglob("*") if p.is_file()]


SEED = 20261127
KILLS = 5  # of the run through all stages


def _kill_at_random(draw: random.Random, *arguments: str, home: Path, usual: float, kills: int) -> int:
    """Run a command that is killed with its workers after a random part of its usual time, so often; then to its end."""
    hit = 0
    for number in range(kills + 1):
        process = subprocess.Popen(
            [sys.executable, "-m", "radmine.cli", *arguments],
            env={**os.environ, "RADMINE_HOME": str(home)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            code = process.wait(None if number == kills else usual * draw.uniform(0.1, 0.6))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            hit += 1
        else:
            assert code == 0, arguments
    return hit


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_killed_at_random_moments(tmp_path: Path, workers: int) -> None:
    """In every stage and in the training of voters; each row is then that of an undisturbed run."""
    sys.stdout.write(f"seed {SEED}\n")
    draw = random.Random(SEED + workers)
    write_sample(tmp_path / "s", reports=40)
    write_sample(tmp_path / "t", reports=150, pixels=False)  # enough to learn from
    (tmp_path / "small.toml").write_text(SMALL + f"\n[run]\nworkers = {workers}\n")
    source, settings = str(tmp_path / "s" / "source"), str(tmp_path / "small.toml")
    texts = str(tmp_path / "t" / "source" / "reports.csv")
    hit = 0
    for arguments, kills in (
        (("ingest", "c", source, "--settings", settings), 2),
        (("run", "c"), KILLS),
        (("ingest", "t", texts), 0),
        (("run", "t", "--through", "parse"), 0),
        (("voters", "train", "t"), 3),
    ):
        started = time.monotonic()
        _start(*arguments, home=tmp_path / "unbroken")
        usual = time.monotonic() - started
        hit += _kill_at_random(draw, *arguments, home=tmp_path / "killed", usual=usual, kills=kills)
    killed = Corpus.open("c", home=tmp_path / "killed")
    unbroken = Corpus.open("c", home=tmp_path / "unbroken")
    _assert_same(unbroken, killed)
    for table in TABLES:  # and so for those who know nothing of manifests
        if unbroken.rows(table):
            assert pq.read_table(killed.folder / table).num_rows == unbroken.rows(table)
    voters = [tmp_path / home / "corpora" / "t" / "models" / "voters" for home in ("killed", "unbroken")]
    assert model_fingerprint(voters[0]) == model_fingerprint(voters[1]) is not None
    assert find_damage(Corpus.open("t", home=tmp_path / "killed").folder) == []
    assert find_damage(killed.folder) == []
    assert not list((tmp_path / "killed").rglob("*.partial"))
    assert not list((killed.folder / ".next").iterdir())
    sys.stdout.write(f"{hit} kills\n")
    assert hit

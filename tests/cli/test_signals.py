"""A signal stops a command in one line, with its own exit code, and the next run goes on.

A run sends the signal to itself, at a counted change of a file, so that nothing hangs on a clock.
"""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from radmine.cli.signals import Signals
from radmine.corpus import Corpus
from radmine.records import TABLES
from tests.cli.commands import radmine
from tests.cli.conftest import REPORT

SAID = "radmine: Interrupted: what was finished is kept; run the same command again.\n"
GOES_ON = r"radmine: Interrupted (at [\d,]+ of [\d,]+ \w+ of|in|at the start of) \w+( \([\w ]+\))?; the same command goes on from there\.\n"
KINDS = (
    REPORT,
    "FINDINGS: Gallstone. Liver normal.",
    "FINDINGS: Rib fracture. Spine intact.",
    "FINDINGS: Clear lungs.",
)
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def stops(*fast: signal.Signals) -> list[Any]:
    """Return every signal that stops a command; those that another test sends as well are slow here."""
    return [n if n in fast else pytest.param(n, marks=pytest.mark.slow) for n in STOPS]


PROGRAM = """
import os, sys

place, number, left = sys.argv[1], int(sys.argv[2]), 1

def count(event, arguments):
    global left
    changes = arguments[2] & (os.O_WRONLY | os.O_RDWR) if event == "open" else event in {"os.rename", "os.mkdir"}
    if changes and left and place in str(arguments[1] if event == "os.rename" else arguments[0]):
        left = 0
        os.kill(os.getpid(), number)

if __name__ == "__main__":
    sys.addaudithook(count)
    from radmine.cli import main

    main(sys.argv[3:])
"""


def start(
    *arguments: str, home: Path, at: str, number: int, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a command that sends itself a signal when it first changes a file whose path has `at` in it."""
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, at, str(int(number)), *arguments],
        env={**os.environ, "RADMINE_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=300,
        input=stdin,
    )


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A home with a corpus `c` of some reports that no stage has read."""
    (tmp_path / "small.toml").write_text("[ingest]\nshard_size = 10\n")
    (tmp_path / "texts").mkdir()
    for i in range(60):
        (tmp_path / "texts" / f"r{i}.txt").write_text(KINDS[0] if i % 2 else KINDS[1 + i // 2 % 3])
    ingest = ("ingest", "c", str(tmp_path / "texts"), "--reader", "text")
    assert radmine(*ingest, "--settings", str(tmp_path / "small.toml"), home=tmp_path).returncode == 0
    return tmp_path


WITH_TWO = pytest.param("manifests/parse", "2", marks=pytest.mark.slow)


@pytest.mark.parametrize("number", stops(signal.SIGINT), ids=lambda n: n.name)
@pytest.mark.parametrize(("at", "workers"), [("mentions/", "1"), WITH_TWO])
def test_a_run_says_that_work_is_kept_and_goes_on(
    fresh: Path, number: signal.Signals, at: str, workers: str
) -> None:
    run = ("run", "c", "--through", "link", "--workers", workers)
    stopped = start(*run, home=fresh, at=at, number=number)
    at_half = "at 0 of 60" if at == "mentions/" else "at 60 of 60"
    assert stopped.stderr == (
        f"radmine: Interrupted {at_half} reports of parse; the same command goes on from there.\n"
    )
    assert stopped.returncode == 128 + number
    assert radmine("run", "c", "--through", "link", home=fresh).returncode == 0
    corpus = Corpus.open("c", home=fresh)
    assert corpus.rows("reports") == 60
    assert corpus.rows("mentions") >= 45
    assert not list(corpus.folder.rglob("*.partial"))


@pytest.mark.slow
@pytest.mark.parametrize(("number", "workers"), [(signal.SIGINT, "1"), (signal.SIGTERM, "2")])
def test_in_every_stage(fresh: Path, number: signal.Signals, workers: str) -> None:
    for at in (
        "manifests/parse",
        "manifests/link",
        "models/",
        "manifests/topics",
        "manifests/label",
        "manifests/embed",
        "indexes/",
    ):
        stopped = start("run", "c", "--workers", workers, home=fresh, at=at, number=number)
        assert stopped.returncode == 128 + number, at
        assert re.fullmatch(GOES_ON, stopped.stderr), at
    assert radmine("run", "c", home=fresh).returncode == 0
    corpus = Corpus.open("c", home=fresh)
    assert all(
        corpus.rows(t)
        for t in TABLES
        if t in {"reports", "sentences", "mentions", "topics", "labels", "embeddings"}
    )


@pytest.mark.slow
def test_voters_that_learn(fresh: Path) -> None:
    assert radmine("run", "c", "--through", "parse", home=fresh).returncode == 0
    stopped = start("voters", "train", "c", home=fresh, at="models/", number=signal.SIGTERM)
    assert (stopped.returncode, stopped.stderr) == (143, SAID)


def test_under_json_it_is_an_error_of_the_usual_shape(fresh: Path) -> None:
    stopped = start("run", "c", "--json", home=fresh, at="mentions/", number=signal.SIGTERM)
    assert json.loads(stopped.stderr) == {
        "error": {
            "kind": "Stopped",
            "what": "Interrupted at 0 of 60 reports of parse.",
            "where": "SIGTERM",
            "do": "The same command goes on from there.",
            "exit_code": 143,
        }
    }


@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.slow)])
@pytest.mark.parametrize("number", stops(signal.SIGHUP), ids=lambda n: n.name)
def test_label_of_standard_input_that_waits_for_more(number: signal.Signals, workers: str) -> None:
    command = [sys.executable, "-m", "radmine.cli", "label", "-", "--workers", workers]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, start_new_session=True, **pipes) as process:  # type: ignore[call-overload]
        for i in range(
            1000
        ):  # so many that the first are answered, and so few that the pipe takes all answers
            process.stdin.write(json.dumps({"id": f"{i:030}", "text": "Clear."}) + "\n")
        process.stdin.flush()
        process.stdout.readline()
        os.killpg(process.pid, number)  # as a terminal does
        _, said = process.communicate(timeout=120)
    assert (process.returncode, said) == (128 + number, SAID)


def test_a_signal_that_is_ignored_stays_so(fresh: Path) -> None:
    command = [
        sys.executable,
        "-c",
        PROGRAM,
        "mentions/",
        str(int(signal.SIGHUP)),
        "run",
        "c",
        "--through",
        "parse",
    ]
    environment = {**os.environ, "RADMINE_HOME": str(fresh)}
    done = subprocess.run(["nohup", *command], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def test_the_clock_of_a_guard_does_not_outlive_what_a_signal_stopped() -> None:
    signals = Signals()
    try:
        with signals:
            signal.setitimer(signal.ITIMER_REAL, 600, 600)
            signal.raise_signal(signal.SIGINT)
    except KeyboardInterrupt:
        assert signals.received == signal.SIGINT
        assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    else:
        pytest.fail("the signal stopped nothing")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)

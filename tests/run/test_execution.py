"""Pieces of work in processes: in order, with errors that travel, and none that outlives the process that began it."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from radmine.errors import InputError, MachineError, RadmineError, SettingsError
from radmine.run import Execution, map_in_order

ROOT = Path(__file__).parents[2]


class AwkwardError(Exception):
    """Cannot be made again of its arguments."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one)
        self.two = two


class Panic(BaseException):
    """As pyo3 modules raise them: no Exception."""


def double(number: int) -> int:
    return 2 * number


def fail(kind: str) -> None:
    if kind == "ours":
        raise InputError("Wrong.", where="here", do="Mend it.")
    if kind == "awkward":
        raise AwkwardError("Jane", "Doe")
    if kind == "local":
        raise type("PanicException", (BaseException,), {"__module__": "pyo3_runtime"})("Jane Doe")
    if kind == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    raise Panic("Jane Doe")


def nap(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_order(workers: int) -> None:
    assert list(map_in_order(double, ((i,) for i in range(7)), workers=workers)) == [2 * i for i in range(7)]


def test_an_error_of_ours_comes_out_of_a_worker_as_it_was() -> None:
    with pytest.raises(InputError) as caught:
        list(map_in_order(fail, [("ours",)], workers=2))
    error = caught.value
    assert (error.what, error.where, error.do) == ("Wrong.", "here", "Mend it.")


@pytest.mark.parametrize(
    ("kind", "says"),
    [("awkward", "AwkwardError"), ("local", "PanicException"), ("killed", "ended from outside")],
)
def test_what_cannot_travel_comes_as_an_error_that_can(kind: str, says: str) -> None:
    with pytest.raises((MachineError, Exception)) as caught:
        list(map_in_order(fail, [(kind,)], workers=2))
    from radmine.run.faults import fault_of

    error = caught.value if isinstance(caught.value, RadmineError) else fault_of(caught.value)
    assert isinstance(error, MachineError)
    assert says in error.what
    assert "Doe" not in str(error)


def test_no_worker_is_left_when_the_caller_has_seen_enough() -> None:
    made = map_in_order(nap, [(0.0,), *[(60.0,)] * 5], workers=2)
    next(made)
    started = time.monotonic()
    made.close()
    assert not multiprocessing.active_children()
    assert time.monotonic() - started < 30


@pytest.mark.parametrize("workers", [0, -1, 1025, 100_000])
def test_how_many_workers_there_may_be(workers: int) -> None:
    with pytest.raises(SettingsError, match="workers must be"):
        Execution(workers=workers)


# -- real processes ---------------------------------------------------------------------------------------

PARENT = """
import sys
from radmine.cli.signals import Signals
from radmine.run import map_in_order
from tests.run.test_execution import nap

if __name__ == "__main__":
    with Signals():
        for number, pid in enumerate(map_in_order(nap, [(0.0,), (0.0,), *[(300.0,)] * 9], workers=2)):
            print(pid, flush=True)
"""


def alive(pid: int) -> bool:
    """Return whether a process runs (one that has ended and waits to be collected does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children(pid: int) -> set[int]:
    """Return the processes that a process began."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.add(int(path.parent.name))
    return found


def wait_until_gone(pids: set[int], seconds: float = 30.0) -> set[int]:
    """Return those of the processes that have not ended in so many seconds."""
    end = time.monotonic() + seconds
    while (left := {pid for pid in pids if alive(pid)}) and time.monotonic() < end:
        time.sleep(0.05)
    return left


needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="there is no /proc")


@needs_proc
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda n: n.name)
def test_workers_end_with_the_process_that_began_them(number: signal.Signals) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT
    )
    assert parent.stdout is not None
    parent.stdout.readline()
    parent.stdout.readline()
    began = children(parent.pid)
    assert len(began) >= 2  # workers, and the tracker of their resources
    parent.send_signal(number)
    parent.wait(30)
    parent.stdout.close()
    assert not wait_until_gone(began)

"""Work on one unit never stops the work on the others, whatever it raises; who stops the run does."""

import errno
import os
import re
import time
from contextlib import suppress
from pathlib import Path

import pytest

import radmine.run.guard as guard_module
from radmine.errors import CorpusError, InputError, NotAvailable, SettingsError
from radmine.files import open_file
from radmine.records import Rejected
from radmine.run import (
    Guard,
    Limits,
    TooLargeError,
    check_size,
    keys_of,
    read_settings,
    still_working,
    to_list,
)


class PanicError(BaseException):
    """What a library written in another language raises."""


def rejected_by(error: BaseException) -> list[Rejected]:
    rejected: list[Rejected] = []
    done = []
    with Guard(to_list(rejected, "stage"), otherwise="broken", seconds=60) as guard:
        for item in ("first", "second", "third"):
            with guard(item):
                if item == "second":
                    raise error
                done.append(item)
    assert done == ["first", "third"]
    return rejected


@pytest.mark.parametrize(
    ("error", "reason", "detail"),
    [
        (ValueError("words of a report"), "broken", "ValueError"),
        (PanicError("words of a report"), "broken", "PanicError"),
        (RecursionError(), "broken", "RecursionError"),
        (MemoryError(), "out_of_memory", ""),
        (PermissionError(errno.EACCES, "no"), "unreadable_file", "EACCES"),
        (OSError(errno.EIO, "bad disk"), "unreadable_file", "EIO"),
        (FileNotFoundError(errno.ENOENT, "gone"), "missing_file", ""),
        (OSError("truncated picture"), "broken", "OSError"),
        (InputError("It has no pixels.", where="x"), "broken", "It has no pixels."),
        (TooLargeError("It has 9 columns."), "too_large", "It has 9 columns."),
    ],
)
def test_what_a_unit_raises_is_a_reason(error: BaseException, reason: str, detail: str) -> None:
    assert rejected_by(error) == [Rejected("stage", "second", reason, detail)]


@pytest.mark.parametrize(
    "error",
    [
        KeyboardInterrupt(),
        SystemExit(3),
        OSError(errno.ENOSPC, "full"),
        OSError(errno.EROFS, "read only"),
        CorpusError("The lexicon is damaged."),
        NotAvailable("FAISS is missing."),
        SettingsError("Unknown key."),
    ],
)
def test_what_is_not_the_units_fault_goes_on(error: BaseException) -> None:
    with pytest.raises(type(error)):
        rejected_by(error)


def test_work_that_takes_too_long_is_ended_even_where_all_is_caught() -> None:
    rejected: list[Rejected] = []
    done = []
    with Guard(to_list(rejected, "stage"), otherwise="broken", seconds=0.5) as guard:
        for item in ("first", "for ever", "last"):
            with guard(item):
                while item == "for ever":
                    with suppress(Exception):  # as decoders are wrapped
                        time.sleep(0.01)
                done.append(item)
    assert done == ["first", "last"]
    assert rejected == [Rejected("stage", "for ever", "took_too_long", "more than 0.5 seconds")]


@pytest.mark.slow
def test_a_guard_inside_of_another_looks_at_its_own_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard_module, "_TICK", 0.05)
    rejected: list[Rejected] = []
    reject, done = to_list(rejected, "stage"), []
    with Guard(reject, otherwise="broken", seconds=2) as outer:
        for table in ("many rows", "for ever"):
            with outer(table):
                with Guard(reject, otherwise="bad_row", seconds=2) as inner:
                    for row in range(6):
                        with inner(str(row)):
                            time.sleep(0.4)
                            done.append(row)
                for _ in range(6):
                    time.sleep(0.4)
                    still_working()
                while table == "for ever":
                    time.sleep(0.01)
    assert done == [*range(6), *range(6)]
    assert [(row.item, row.reason) for row in rejected] == [("for ever", "took_too_long")]
    still_working()  # where no guard is at work


def test_a_limit_says_what_is_too_large_and_how_to_raise_it() -> None:
    check_size("It has {} columns.", 10, 10, limit="columns")
    wrong = re.escape(
        "It has 11 columns. At most 10 are read; raise `columns` under [limits] in the settings."
    )
    with pytest.raises(TooLargeError, match=wrong):
        check_size("It has {} columns.", 11, 10, limit="columns")


def test_stages_take_the_limits_that_they_use(tmp_path: Path) -> None:
    from radmine.pipeline import settings_tables

    file = tmp_path / "settings.toml"
    file.write_text("[limits]\nreport_characters = 10\nmegapixels = 1\n")
    settings = read_settings(file, settings_tables())
    assert settings["parse"].limits == Limits(report_characters=10)
    assert settings["ingest"].limits == Limits(report_characters=10, megapixels=1)
    assert "limits" not in keys_of(type(settings["parse"]))
    file.write_text("[parse]\nreport_characters = 10\n")
    with pytest.raises(SettingsError, match=r"Write report_characters under \[limits\]"):
        read_settings(file, settings_tables())


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), tmp_path):
        with pytest.raises(InputError, match="no regular file"):
            open_file(path)
    (tmp_path / "file").write_bytes(b"x")
    with open_file(tmp_path / "file") as stream:
        assert stream.read() == b"x"

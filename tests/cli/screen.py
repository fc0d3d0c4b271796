"""Commands on a terminal: a pseudo-terminal of some width, and what stands on its screen in the end."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from pathlib import Path

_PROGRAM = """
import json, sys

if __name__ == "__main__":
    from radmine.cli import bars, main

    bars._TICK, bars._REST = 0.002, 0.0  # so that there is no end of bars, however short the work
    for arguments in json.loads(sys.argv[1]):
        try:
            main(arguments)
        except SystemExit as left:
            assert left.code == 0, left.code
"""
_PIECE = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)|(\x1b)")


class Screen:
    """What a terminal of a width shows of the bytes that were sent to it; it knows what our commands send, and no more."""

    def __init__(self, columns: int) -> None:
        self._columns = columns
        self._lines: list[list[str]] = [[]]
        self._row = self._column = 0
        self._wraps: set[int] = set()  # rows that go on in the next one

    def feed(self, text: str) -> "Screen":
        """Show more."""
        for numbers, final, control, plain, other in _PIECE.findall(text):
            assert not other, "a sequence that the screen does not know"
            if control == "\r":
                self._column = 0
            elif control == "\n":
                self._down()
            elif final:
                self._obey(numbers, final)
            for character in plain:
                self._put(character)
        return self

    def lines(self) -> list[str]:
        """Return the lines that were printed, whole, without what is empty; those that wrapped are one."""
        shown: list[str] = []
        for row, line in enumerate(self._lines):
            text = "".join(line)
            if row - 1 in self._wraps:
                shown[-1] += text
            else:
                shown.append(text)
        return [line.rstrip() for line in shown if line.strip()]

    def cut(self) -> set[str]:
        """Return the printed lines that the terminal itself broke, since they are wider than it."""
        broken, whole = set(), ""
        for row, line in enumerate(self._lines):
            whole = whole + "".join(line) if row - 1 in self._wraps else "".join(line)
            if row - 1 in self._wraps and row not in self._wraps:
                broken.add(whole.rstrip())
        return broken

    def _put(self, character: str) -> None:
        if self._column == self._columns:
            self._wraps.add(self._row)
            self._down()
            self._column = 0
        line = self._lines[self._row]
        line += " " * (self._column + 1 - len(line))
        line[self._column] = character
        self._column += 1

    def _down(self) -> None:
        self._row += 1
        if self._row == len(self._lines):
            self._lines.append([])

    def _obey(self, numbers: str, final: str) -> None:
        number = int(numbers) if numbers.isdecimal() else 0
        if final == "A":
            self._row = max(0, self._row - max(1, number))
        elif final == "K":
            line = self._lines[self._row]
            line[:] = [] if number == 2 else line[: self._column]
            self._wraps.discard(self._row)
        else:
            assert final == "m" or numbers == "?25", f"CSI {numbers}{final}"


def on_terminal(
    *commands: Sequence[str],
    home: Path,
    columns: int,
    more: dict[str, str] | None = None,
    stdout: Path | None = None,
    stderr: Path | None = None,
) -> str:
    """Return what commands of one process send to a terminal of a width; each has to be done without an error.

    Parameters
    ----------
    more
        Variables of the environment.
    stdout, stderr
        A file to which that goes instead.
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    usual = {k: v for k, v in os.environ.items() if k not in {"COLUMNS", "NO_COLOR", "FORCE_COLOR"}}
    environment = {**usual, "TERM": "xterm-256color", "RADMINE_HOME": str(home), **(more or {})}
    with (
        open(stdout or os.devnull, "ab") as out,
        open(stderr or os.devnull, "ab") as err,
        subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, json.dumps(commands)],
            stdin=slave,
            stdout=out if stdout else slave,
            stderr=err if stderr else slave,
            env=environment,
        ) as process,
    ):
        os.close(slave)
        sent = b""
        while True:
            try:
                read = os.read(master, 1 << 16)
            except OSError:  # so Linux says that nobody has the terminal any more
                break
            if not read:
                break
            sent += read
        os.close(master)
    shown = sent.decode()
    files = [file.read_text() for file in (stdout, stderr) if file]
    assert process.wait() == 0, [*Screen(columns).feed(shown).lines(), *files]
    return shown

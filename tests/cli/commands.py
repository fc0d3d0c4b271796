"""The command line, run in this process as a user would: arguments in; output, errors and exit code out."""

import contextlib
import io
import json
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from radmine.cli import main


class Result(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def radmine(*arguments: str, home: Path, stdin: str = "") -> Result:
    """Run `radmine` with $RADMINE_HOME at `home`."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        patch.object(sys, "stdin", io.StringIO(stdin)),
        patch.dict(os.environ, {"RADMINE_HOME": str(home), "COLUMNS": "200"}),
    ):
        try:
            main(arguments)
        except SystemExit as left:
            code = left.code
    assert isinstance(code, int)
    return Result(code, out.getvalue(), err.getvalue())


def objects(result: Result) -> list[Any]:
    """Return the JSON objects on standard output of a command that was done."""
    assert result.returncode == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]

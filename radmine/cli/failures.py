"""How a command that fails ends: what is said on standard error, and the exit code."""

import io
import json
import signal
import sys

import typer

from radmine.cli.terminal import tell
from radmine.errors import RadmineError
from radmine.show.visible import visible_json, visible_line

DONE, INTERNAL_ERROR, USER_ERROR, REJECTED = 0, 1, 2, 3

# What typer raises where arguments are wrong: BadParameter's parent's parent, which typer names differently by version.
WRONG_USAGE: type[BaseException] = typer.BadParameter.__mro__[2]


class RejectionError(RadmineError):
    """Rows were rejected, which --strict does not allow."""


def failure(error: BaseException, *, as_json: bool) -> int:
    """Show what ended a command, and return the exit code."""
    from radmine.run.faults import fault_of

    if isinstance(error, RadmineError):
        return user_error(error, as_json=as_json)
    fault = fault_of(error)
    return internal_error(error, as_json=as_json) if fault is None else user_error(fault, as_json=as_json)


def stopped(number: int, error: BaseException | None, *, as_json: bool) -> int:
    """Show that a signal stopped the command, and how far it had come; return the exit code."""
    from radmine.run.course import place_of

    place = place_of(error) if error else None
    what, do = "Interrupted: what was finished is kept", "run the same command again."
    if place:
        what, do = f"Interrupted {place}", f"the same command goes on from {place.goes_on}."
    code = 128 + number
    if as_json:
        do = do[0].upper() + do[1:]
        _write("Stopped", f"{what}.", where=signal.Signals(number).name, do=do, code=code)
    else:
        tell(f"radmine: {what}; {do}")
    return code


def user_error(error: RadmineError, *, as_json: bool) -> int:
    """Show what the user can mend, and return the exit code."""
    code = REJECTED if isinstance(error, RejectionError) else USER_ERROR
    if as_json:
        _write(type(error).__name__, error.what, where=error.where, do=error.do, code=code)
    else:
        tell(f"radmine: {error}")
    return code


def wrong_usage(error: BaseException, *, as_json: bool) -> int:
    """Show which argument typer does not take, and return the exit code."""
    if as_json:
        context = getattr(error, "ctx", None)
        path = context.command_path if context else "radmine"
        what = error.format_message()  # type: ignore[attr-defined]
        _write("UsageError", what, where=path, do=f"`{path} --help` says what it takes.", code=USER_ERROR)
    else:
        shown = io.StringIO()
        error.message = visible_line(error.message)  # type: ignore[attr-defined]
        error.show(file=shown)  # type: ignore[attr-defined]
        for line in shown.getvalue().rstrip().split("\n"):
            tell(line)
    return USER_ERROR


def internal_error(error: BaseException, *, as_json: bool) -> int:
    """Show where it happened, but not the exception's own words, which may quote a report; return the exit code."""
    from radmine.run.faults import places

    name, do = type(error).__name__, "Please report these lines; they hold no report text."
    if as_json:
        where = ", ".join(places(error))
        _write("InternalError", f"internal error: {name}", where=where, do=do, code=INTERNAL_ERROR)
        return INTERNAL_ERROR
    tell(f"radmine: internal error: {name}")
    for place in places(error):
        tell(f"  {place}")
    tell(do)
    return INTERNAL_ERROR


def _write(kind: str, what: str, *, where: str, do: str, code: int) -> None:
    error = {"kind": kind, "what": what, "where": where, "do": do, "exit_code": code}
    sys.stderr.write(visible_json(json.dumps({"error": error}, ensure_ascii=False)) + "\n")

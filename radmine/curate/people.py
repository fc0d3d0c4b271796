"""Who decides and when, and what people type, as one line."""

import getpass
from datetime import UTC, datetime

from radmine.errors import InputError

_MOST_BY = 200  # characters


def who(by: str | None) -> str:
    """Return who decides as one line; None: the login name.

    Raises
    ------
    InputError
        It is no name that can be kept, or this user has none.
    """
    if by is None:
        try:
            by = getpass.getuser()
        except (OSError, KeyError, ImportError):
            raise InputError("This user has no login name.", do="Say who decides, with --by.") from None
    return one_line(by, "who decides", _MOST_BY, where="--by")


def one_line(text: str, what: str, most: int, *, where: str) -> str:
    """Return a text of a person's as one line.

    Parameters
    ----------
    what, where
        What it is, and the option that gives it: for the error.
    most
        Characters.

    Raises
    ------
    InputError
        It is empty, too long, or holds what cannot be printed.
    """
    line = " ".join(text.split())
    if not line or len(line) > most or not line.isprintable():
        raise InputError(
            f"This cannot be kept as {what}.",
            where=where,
            do=f"Give 1 to {most} characters that can be printed.",
        )
    return line


def now() -> str:
    """Return the time, in UTC: "2026-01-31T12:00:00Z"."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

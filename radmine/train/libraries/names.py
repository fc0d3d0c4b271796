"""Whether a library has a network of a name; what is near where it has none."""

import difflib
from collections.abc import Sequence

from radmine.errors import SettingsError


def check_name(library: str, name: str, names: Sequence[str]) -> None:
    """Check that a name is one of those that a library has.

    Raises
    ------
    SettingsError
        It is not; the error names those that are like it, or all where they are few.
    """
    if name in names:
        return
    near = difflib.get_close_matches(name, names, n=3) or (names if len(names) < 50 else ())
    raise SettingsError(
        f"There is no network {name!r} in {library}.",
        where="network",
        do=f"Near: {', '.join(near)}." if near else f"See {library}'s list of models.",
    )

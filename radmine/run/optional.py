"""Packages that only some users have: imported with a clear error."""

import importlib
from typing import Any

from radmine.errors import NotAvailable


def require(module: str, *, extra: str, purpose: str) -> Any:
    """Return an optional module, imported now.

    Raises
    ------
    NotAvailable
        It is not installed; the error names the extra that brings it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise NotAvailable(
            f"{purpose} needs the package that provides {module!r}, which is not installed.",
            where=module,
            do=f"Install it with `pip install 'radmine[{extra}]'`.",
        ) from error

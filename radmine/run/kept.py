"""Settings as they are kept with a corpus: paths absolute, since later calls come from other folders; TOML written again."""

import json
import os
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from radmine.errors import SettingsError

PATHS = {"paths": True}
"""The metadata of a field of settings that names files or folders; after "#" stands what is wanted of one."""


def with_absolute_paths(data: Mapping[str, Any], known: Mapping[str, type]) -> dict[str, Any]:
    """Return what a settings file says, its relative paths made absolute by the current folder.

    Parameters
    ----------
    data
        What it says, known to be right.
    known
        For each table the frozen dataclass of its settings.
    """
    made: dict[str, Any] = {}
    for table, values in data.items():
        paths = {f.name for f in fields(known[table]) if f.metadata.get("paths")}
        made[table] = {key: _absolute(value) if key in paths else value for key, value in values.items()}
    return made


def _absolute(value: Any) -> Any:
    if isinstance(value, list):
        return [_absolute(item) for item in value]
    return os.path.abspath(value) if value else value


def check_paths(settings: Any) -> None:
    """Check that the files and folders that settings name are there.

    Raises
    ------
    SettingsError
        One is not; the error names its key.
    """
    for field in fields(settings):
        value = getattr(settings, field.name) if field.metadata.get("paths") else ()
        for named in (value,) if isinstance(value, str) and value else value:
            if not any(path and os.path.exists(path) for path in (named, named.partition("#")[0])):
                raise SettingsError(
                    "There is no such file or folder.",
                    where=f"{field.name} {named}",
                    do="Correct the path, or leave it out.",
                )


def to_toml(data: Mapping[str, Mapping[str, Any]]) -> bytes:
    """Return a TOML file of tables of plain values and lists of these."""
    lines = []
    for table, values in data.items():
        lines += [f"[{table}]", *(f"{key} = {toml_value(value)}" for key, value in values.items()), ""]
    return "\n".join(lines).encode()


def toml_value(value: Any) -> str:
    """Return a plain value, or a list of these, as TOML writes it."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    # A text is written as in JSON, but for DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")

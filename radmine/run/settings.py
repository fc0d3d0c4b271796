"""The settings of stages: defaults, overridden by one TOML file."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from radmine.errors import SettingsError
from radmine.run.limits import Limits, taken


def read_settings(path: Path | None, known: Mapping[str, type]) -> dict[str, Any]:
    """Return the settings of every table of a TOML file: defaults, overridden by what the file says.

    A field that `radmine.run.uses` made is no key of its own table: it takes its part of the table `limits`.

    Parameters
    ----------
    path
        The file; None: the defaults.
    known
        For each table the frozen dataclass of its settings.

    Raises
    ------
    SettingsError
        The file is no TOML, or has a table, key or type that is not known.
    """
    data = {} if path is None else _read_toml(path)
    _check_keys(data, known, where=str(path), what="table")
    made = {
        name: _settings(make, data.get(name, {}), where=f"{path} [{name}]", others=known)
        for name, make in known.items()
    }
    limits = made.get("limits", Limits())
    return {name: _limited(settings, limits) for name, settings in made.items()}


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(
            "The settings file cannot be read.", where=str(path), do="Check its path."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"The settings file is not TOML: {error}", where=str(path), do="Correct the line it names."
        ) from error


def keys_of(table: type) -> list[str]:
    """Return the keys that a table of a settings file may have."""
    return [f.name for f in fields(table) if "limits" not in f.metadata]


def _limited(settings: Any, limits: Limits) -> Any:
    """Return settings with the limits that they use."""
    used = {f.name: taken(limits, f.metadata["limits"]) for f in fields(settings) if "limits" in f.metadata}
    return replace(settings, **used) if used else settings


def _check_keys(data: Any, valid: Iterable[str], *, where: str, what: str, more: str = "") -> None:
    if not isinstance(data, dict):
        raise SettingsError(
            f"Expected a table of {what}s.", where=where, do="Write `[stage]` and keys below."
        )
    unknown = sorted(set(data) - set(valid))
    if unknown:
        raise SettingsError(
            f"Unknown {what} {', '.join(map(repr, unknown))}.",
            where=where,
            do=f"Valid: {', '.join(valid)}.{more}",
        )


def _settings(make: type, data: Any, *, where: str, others: Mapping[str, type]) -> Any:
    hints = get_type_hints(make)
    elsewhere = [
        f" Write {key} under [{name}]."
        for name, other in others.items()
        for key in keys_of(other)
        if isinstance(data, dict) and key in data and key not in hints
    ]
    more = elsewhere[0] if len(elsewhere) == 1 else ""
    _check_keys(data, keys_of(make), where=where, what="key", more=more)
    values = {k: _value(v, hints[k], where=f"{where} {k}") for k, v in data.items()}
    try:
        return make(**values)
    except SettingsError as error:
        raise SettingsError(error.what, where=f"{where} {error.where}", do=error.do) from error


def _value(value: Any, hint: Any, *, where: str) -> Any:
    """Return a TOML value as its field wants it: lists become tuples, whole numbers pass for floats."""
    choices = get_args(hint) if get_origin(hint) is UnionType else (hint,)
    for choice in choices:
        origin = get_origin(choice) or choice
        if origin is tuple and isinstance(value, list):
            return tuple(value)
        if origin is float and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        if isinstance(value, origin) and not (isinstance(value, bool) and origin is not bool):
            return value
    raise SettingsError(
        f"Expected {hint if get_args(hint) else hint.__name__}, got {type(value).__name__}.",
        where=where,
        do="Correct the value.",
    )


def require_at_least(settings: Any, **least: int) -> None:
    """Check that settings are not below what makes sense: for `__post_init__` of a stage's settings.

    Raises
    ------
    SettingsError
        One is.
    """
    for name, low in least.items():
        if getattr(settings, name) < low:
            raise SettingsError(
                f"{name} must be at least {low}, it is {getattr(settings, name)}.",
                where=name,
                do="Correct the value.",
            )

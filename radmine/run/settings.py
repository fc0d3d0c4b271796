"""The settings of stages: defaults, overridden by one TOML file."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from radmine.errors import InputError, RadmineError, SettingsError
from radmine.files import open_file
from radmine.run.described import type_words
from radmine.run.limits import Limits, taken

_LONGEST = 1_000_000  # bytes of a settings file
_LARGEST = 2.0**63


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
    return settings_in({} if path is None else read_toml(path)[1], known, where=str(path))


def settings_in(data: Mapping[str, Any], known: Mapping[str, type], *, where: str) -> dict[str, Any]:
    """Return the settings of every table of what a TOML file says; takes and raises what `read_settings` does."""
    _check_keys(data, known, where=where, what="table")
    made = {
        name: _settings(make, data.get(name, {}), where=f"{where} [{name}]", others=known)
        for name, make in known.items()
    }
    limits = made.get("limits", Limits())
    return {name: _limited(settings, limits) for name, settings in made.items()}


def read_toml(path: Path) -> tuple[bytes, dict[str, Any]]:
    """Return the bytes of a settings file and what they say.

    Raises
    ------
    SettingsError
        It cannot be read, or is no TOML.
    """
    try:
        with open_file(path) as stream:
            content = stream.read(_LONGEST + 1)
    except (OSError, InputError, ValueError) as error:
        raise SettingsError(
            "The settings file cannot be read.", where=str(path), do="Check its path."
        ) from error
    if len(content) > _LONGEST:
        raise SettingsError(
            f"The settings file has more than {_LONGEST:,} bytes.", where=str(path), do="Check its path."
        )
    try:
        return content, tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        what = f"The settings file is not UTF-8 at byte {error.start}."
        raise SettingsError(what, where=str(path), do="Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at (.*)\)$", str(error))
        what = f"The settings file is not TOML{f' at {place[1]}' if place else ''}."
        raise SettingsError(what, where=str(path), do="Correct the line it names.") from None
    except (ValueError, RecursionError):  # a number of thousands of digits, brackets in brackets
        raise SettingsError(
            "The settings file is no TOML that can be read.", where=str(path), do="Correct it."
        ) from None


@contextmanager
def of_setting(place: str) -> Iterator[None]:
    """Name the place of a setting in what is wrong with it: its key, its table, the file.

    Raises
    ------
    SettingsError
        Something is.
    """
    try:
        yield
    except RadmineError as error:
        raise SettingsError(error.what, where=f"{place} {error.where}".rstrip(), do=error.do) from error


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
    with of_setting(where):
        return make(**values)


def _value(value: Any, hint: Any, *, where: str) -> Any:
    """Return a TOML value as its field wants it: lists become tuples, whole numbers pass for floats."""
    choices = get_args(hint) if get_origin(hint) is UnionType else (hint,)
    for choice in choices:
        origin = get_origin(choice) or choice
        if origin is tuple and isinstance(value, list):
            item = get_args(choice)[0]
            return tuple(_value(v, item, where=f"{where}, item {n}") for n, v in enumerate(value, start=1))
        if origin is float and isinstance(value, int) and not isinstance(value, bool):
            return _number(value, where=where, kind=float)
        if isinstance(value, origin) and not (isinstance(value, bool) and origin is not bool):
            return (
                _number(value, where=where, kind=origin)
                if origin in (int, float)
                else _text(value, where=where)
            )
    raise SettingsError(
        f"Expected {type_words(hint)}, got {_kind(value)}.",
        where=where,
        do='Write a list as ["one", "two"].' if get_origin(hint) is tuple else "Correct the value.",
    )


def _kind(value: Any) -> str:
    """Return in words what a TOML value is."""
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a table"
    return type_words(type(value)) if isinstance(value, str | int | float) else "a date or time"


def _number(value: float, *, where: str, kind: type) -> Any:
    """Return a number that a computer can count with."""
    if isinstance(value, float) and not abs(value) < float("inf"):
        what = "infinite" if abs(value) == float("inf") else "not a number"
        raise SettingsError(f"A number is needed, this is {what}.", where=where, do="Correct the value.")
    if not abs(value) < _LARGEST:
        raise SettingsError(
            f"A number of less than {_LARGEST:g} is needed.", where=where, do="Correct the value."
        )
    return kind(value)


def _text(value: Any, *, where: str) -> Any:
    if isinstance(value, str) and "\0" in value:
        raise SettingsError("A NUL stands in the text.", where=where, do="Remove it.")
    return value


def require_within(settings: Any, **bounds: tuple[float, float]) -> None:
    """Check that settings lie within what makes sense, both bounds included: for `__post_init__` of a stage's settings.

    Raises
    ------
    SettingsError
        One does not.
    """
    for name, (low, high) in bounds.items():
        value = getattr(settings, name)
        if not low <= value <= high:  # a NaN neither
            bound = "a number" if value != value else ""
            bound = bound or (f"at most {high:,}" if value > high else f"at least {low:,}")
            raise SettingsError(
                f"{name} must be {bound}, it is {value}.", where=name, do="Correct the value."
            )


def require_several(settings: Any, *names: str) -> None:
    """Check that settings that are lists name something, each once: for `__post_init__` as well.

    Raises
    ------
    SettingsError
        One is empty, or repeats an item.
    """
    for name in names:
        items = getattr(settings, name)
        if not items or len(set(items)) < len(items):
            what = f"{name} names something twice." if items else f"{name} is empty."
            raise SettingsError(what, where=name, do="Name each once." if items else "Name at least one.")


def require_form(settings: Any, *, like: str, **forms: str) -> None:
    """Check that settings, or each item of those that are lists, are written as a pattern wants: for `__post_init__` as well.

    Parameters
    ----------
    like
        One that is right, for the error.

    Raises
    ------
    SettingsError
        One is not.
    """
    for name, form in forms.items():
        value = getattr(settings, name)
        wrong = [v for v in (value if isinstance(value, tuple) else (value,)) if not re.fullmatch(form, v)]
        if wrong:
            raise SettingsError(f"{name} cannot be {wrong[0]!r}.", where=name, do=f"Write it like {like}.")


def require_choice(settings: Any, **choices: Iterable[str]) -> None:
    """Check that settings, or each item of those that are lists, are one of their choices: for `__post_init__` as well.

    Raises
    ------
    SettingsError
        One is not; the error lists the choices.
    """
    for name, valid in choices.items():
        value, known = getattr(settings, name), tuple(valid)
        wrong = [v for v in (value if isinstance(value, tuple) else (value,)) if v not in known]
        if wrong:
            raise SettingsError(
                f"{name} cannot be {wrong[0]!r}.",
                where=name,
                do=f"Choose of: {', '.join(v or 'an empty text' for v in known)}.",
            )

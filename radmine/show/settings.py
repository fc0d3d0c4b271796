"""Settings as a commented TOML file, and as rows."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from textwrap import wrap
from typing import Any, get_type_hints

from radmine.run import comments, keys_of, toml_value, type_words

_WIDTH = 98  # of a comment


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: where it stands in a settings file, its value, and what it means."""

    table: str
    key: str
    value: Any
    default: Any
    own: bool  # whether the value differs from the default
    type: str  # in words: "list of text"
    meaning: str


def settings_rows(settings: Mapping[str, Any]) -> Iterator[Setting]:
    """Yield every setting, in the order of their tables.

    Parameters
    ----------
    settings
        For each table of a settings file what holds.
    """
    for table, made in settings.items():
        hints, meanings = get_type_hints(type(made)), comments(type(made))
        for field in fields(made):
            if field.name not in keys_of(type(made)):
                continue
            default = field.default if field.default_factory is MISSING else field.default_factory()
            value = getattr(made, field.name)
            words, meaning = type_words(hints[field.name]), meanings[field.name]
            yield Setting(table, field.name, value, default, value != default, words, meaning)


def settings_toml(settings: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a settings file that holds these settings whole; what differs from the default says so.

    A setting without a value, for which TOML has no word, stands behind a "#".

    Parameters
    ----------
    settings
        For each table of a settings file what holds.
    """
    table = ""
    for row in settings_rows(settings):
        if row.table != table:
            table = row.table
            about = (type(settings[table]).__doc__ or "").strip().splitlines()[0]
            yield from ("", *(f"# {line}" for line in wrap(about, _WIDTH)), f"[{table}]")
        yield from (f"# {line}" for line in wrap(row.meaning, _WIDTH))
        if row.value is None:
            yield f"# {row.key} =    # {row.type}"
        elif row.own:
            yield f"{row.key} = {toml_value(row.value)}  # own; default: {_default(row.default)}"
        else:
            yield f"{row.key} = {toml_value(row.value)}"


def _default(value: Any) -> str:
    return "none" if value is None else toml_value(value)

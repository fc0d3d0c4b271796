"""The variants of a training that are compared, as a TOML file names them: `read_grid`."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from radmine.errors import SettingsError
from radmine.run import keys_of, read_toml, settings_in, toml_value
from radmine.train.settings import TrainSettings

_TABLES = ("train", "variants", "cross")
_MOST = 1000  # variants


def read_grid(path: Path, base: TrainSettings) -> dict[str, TrainSettings]:
    """Return the variants that a TOML file names, in its order; the first is what the others are compared with.

    Its table `train` has settings of all of them. Either `[variants.NAME]` has those of one (which may be empty), or `[cross]`
    has lists of values by setting, of which every combination is a variant.

    Parameters
    ----------
    path
        The file.
    base
        The settings that hold where it says nothing.

    Raises
    ------
    SettingsError
        It is no TOML, names no variant, or a setting that is unknown or cannot have this value.
    """
    _, data = read_toml(path)
    unknown = sorted(set(data) - set(_TABLES))
    if unknown:
        raise SettingsError(
            f"Unknown table {', '.join(map(repr, unknown))}.",
            where=str(path),
            do="A grid has [train], and either [variants.NAME] or [cross].",
        )
    if ("variants" in data) == ("cross" in data):
        raise SettingsError(
            "A grid has either variants by name or settings to cross.",
            where=str(path),
            do="Write [variants.NAME] for each, or [cross] with lists of values.",
        )
    given = {
        name: [*value] if isinstance(value, tuple) else value
        for name, value in asdict(base).items()
        if value is not None
    } | _table(data.get("train", {}), path, "train")
    if "cross" in data:
        named = dict(_crossed(_table(data["cross"], path, "cross"), path))
    else:
        variants = _table(data["variants"], path, "variants")
        named = {name: _table(of, path, f"variants.{name}") for name, of in variants.items()}
    if not 1 <= len(named) <= _MOST:
        raise SettingsError(
            f"The grid has {len(named):,} variants.", where=str(path), do=f"Name 1 to {_MOST:,}."
        )
    return {
        name: settings_in({"train": given | of}, {"train": TrainSettings}, where=f"{path}, variant {name},")[
            "train"
        ]
        for name, of in named.items()
    }


def _crossed(lists: Mapping[str, Any], path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each combination of the values with its name: "loss = focal, views = 4"."""
    for key, values in lists.items():
        if not isinstance(values, list) or not values:
            raise SettingsError(
                f"The values of {key} are no list.", where=f"{path} [cross]", do=f"Write {key} = [..., ...]."
            )
        if key not in keys_of(TrainSettings):
            valid = ", ".join(keys_of(TrainSettings))
            raise SettingsError(f"Unknown key {key!r}.", where=f"{path} [cross]", do=f"Valid: {valid}.")
    for values in itertools.product(*lists.values()):
        of = dict(zip(lists, values, strict=True))
        yield ", ".join(f"{key} = {_said(value)}" for key, value in of.items()), of


def _said(value: Any) -> str:
    return value if isinstance(value, str) else toml_value(value)


def _table(value: Any, path: Path, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SettingsError(f"{name} is no table.", where=str(path), do=f"Write [{name}] and keys below.")
    return value

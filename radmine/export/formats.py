"""The formats in which labels go out, by name."""

from collections.abc import Callable
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from typing import TypeAlias

from radmine.errors import InputError
from radmine.export.layout import Asked, Layout
from radmine.export.plain import by_finding, long
from radmine.export.published import chestxray14, chexpert, of_scheme

Format: TypeAlias = Callable[[Asked], Layout]

GROUP = "radmine.export"

FORMATS: dict[str, Format] = {
    "chexpert": chexpert,
    "chestxray14": chestxray14,
    "ctrate": partial(of_scheme, "ctrate"),
    "long": long,
    "wide": by_finding,
}


def find_format(name: str) -> Format:
    """Return the format of this name: one of `FORMATS`, a label scheme's file that ends in .toml, or one that a package offers.

    Raises
    ------
    InputError
        There is none, or the one that a package offers cannot be imported.
    """
    if name in FORMATS:
        return FORMATS[name]
    if Path(name).suffix == ".toml":
        return partial(of_scheme, name)
    points = {point.name: point for point in entry_points(group=GROUP)}
    if name not in points:
        raise InputError(
            f"There is no format {name!r}.",
            where=name,
            do=f"Choose of {', '.join((*FORMATS, *sorted(points)))}, or a label scheme of yours that ends in .toml.",
        )
    try:
        offered: Format = points[name].load()
    except (Exception, SystemExit) as error:  # anybody's module
        raise InputError(
            f"The format cannot be imported: {type(error).__name__}.",
            where=name,
            do="Mend or remove the package.",
        ) from error
    return offered

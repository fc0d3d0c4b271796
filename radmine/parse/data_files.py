"""The rule files of the room, read once."""

import functools
import tomllib
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


@functools.cache
def load_data(name: str) -> dict[str, Any]:
    """Return the content of `data/NAME.toml`."""
    return tomllib.loads((DATA / f"{name}.toml").read_text("utf-8"))

"""The rule files of the room, read once."""

import functools
import re
import tomllib
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"


@functools.cache
def load_data(name: str) -> dict[str, Any]:
    """Return the content of `data/NAME.toml`."""
    return tomllib.loads((DATA / f"{name}.toml").read_text("utf-8"))


@functools.cache
def section_words(name: str) -> re.Pattern[str]:
    """Return the pattern of the words of a list of the sections' file."""
    words = "|".join(map(re.escape, load_data("sections")[name]["words"]))
    return re.compile(rf"\b(?:{words})\b")

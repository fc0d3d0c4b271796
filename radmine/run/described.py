"""What the fields of a record mean, in words: the comments in its source, its types."""

import inspect
import re
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

_TYPES = {str: "text", int: "whole number", float: "number", bool: "true or false", NoneType: "nothing"}


def comments(record: type) -> dict[str, str]:
    """Return the comment on each field of a class: that above it, else that behind it."""
    found: dict[str, str] = {}
    above: list[str] = []
    for line in inspect.getsource(record).splitlines():
        code, _, behind = line.strip().partition("#")
        name = re.match(r"(\w+): ", code)
        if not code:
            above = [*above, behind.strip()] if behind else []
        elif name:
            found[name[1]] = " ".join(above) or behind.strip()
            above = []
        else:
            above = []
    return found


def type_words(hint: Any) -> str:
    """Return a type in words: "list of text", "number or nothing"."""
    if get_origin(hint) is tuple:
        return f"list of {type_words(get_args(hint)[0])}"
    if get_origin(hint) is UnionType:
        return " or ".join(map(type_words, get_args(hint)))
    if issubclass(hint, tuple):
        return f"record ({', '.join(hint.__annotations__)})"
    return _TYPES.get(hint) or next(_TYPES[kind] for kind in hint.__mro__ if kind in _TYPES)

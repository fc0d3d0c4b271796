"""Lymph nodes by their size: one of 10 mm or more, in the shorter of its diameters, is enlarged."""

import re

from radmine.parse.attributes import Attributes
from radmine.parse.findings import Found

_LEAST = 10.0  # millimetres
_SEEN = frozenset(("lymph_node", "structure"))
_NODE = re.compile(r"\bnodes?\b", re.ASCII)
_NODE_BEFORE = re.compile(r"\bnodes?:?(?: [a-z0-9]+){0,4} $", re.ASCII)
# The writer's own word on a size, and sizes that are not reached.
_FINE = re.compile(
    r"\b(?:normal|benign|not (?:\w+ )?(?:enlarged|pathologic\w*|significant|suspicious)|non ?enlarged|insignificant|fatty|physiologic\w*|"
    r"less than|below|under|smaller than|within|short|exceed\w*|subcentim\w*|former\w*|previous\w*)\b|[<\u2264]",
    re.ASCII,
)


def with_large_nodes(text: str, found: list[Found], described: list[Attributes]) -> list[Found]:
    """Return the findings of a folded sentence that speaks of nodes, those by their size that are only seen as lymphadenopathy."""
    result = found
    for place, item in enumerate(found):
        size = described[place].size_mm
        if item.finding not in _SEEN or not size or min(size[:2]) < _LEAST:
            continue
        if item.finding == "structure" and not (
            _NODE.search(text, item.start, item.end)
            or _NODE_BEFORE.search(text, max(0, item.start - 40), item.start)
        ):
            continue
        if _FINE.search(text):
            continue
        if result is found:
            result = list(found)
        result[place] = item._replace(finding="lymphadenopathy")
    return result

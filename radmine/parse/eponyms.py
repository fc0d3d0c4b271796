"""What is called by a name: "Xyz disease", "Xyz's syndrome", "the double bubble sign", whatever the name is."""

import functools
import re
from string import ascii_lowercase

from radmine.parse.data_files import load_data
from radmine.parse.findings import Found
from radmine.parse.names import known_words
from radmine.parse.text import Folded

_NOUNS = frozenset(
    (
        *("syndrome", "disease", "fracture", "tumor", "lesion", "cyst", "node", "hernia"),
        *("syndromes", "diseases", "fractures", "tumors", "lesions", "cysts", "nodes", "hernias"),
        *("phenomenon", "anomaly", "deformity", "sign"),
    )
)
_HEAD = re.compile(rf" (?:{'|'.join(sorted(_NOUNS))})\b", re.ASCII)
_SIGN = "sign"
# What nouns that are no findings alone are with a name before them.
_MEANT = {"syndrome": "syndrome", "disease": "syndrome", "phenomenon": "syndrome", _SIGN: "imaging_sign"}
_MOST = 3  # words of a name
_JOINS = frozenset("-\u2013")
_PEOPLE = frozenset(
    ("patient's", "child's", "infant's", "woman's", "man's", "baby's", "mother's", "father's", "today's")
)
_ROOM = 40  # characters in which one stands


def with_named(text: str, folded: Folded, found: list[Found]) -> list[Found]:
    """Return the findings of a sentence with those that a name makes of a general word, or makes longer.

    `text` is the sentence as written: a name of a disease is told by its capital, or by "'s".
    """
    if _NOUNS.isdisjoint(folded[1]):
        return found
    read = folded.text
    for head in _HEAD.finditer(read):
        noun = head[0][1:]
        if noun[-1] == "s":
            noun = noun[:-1]
        at = head.start()
        start = _sign(read, at) if noun == _SIGN else _named(text, folded, at)
        if start < at:
            found = _joined(found, start, head.end(), _MEANT.get(noun, ""))
    return found


def _named(text: str, folded: Folded, end: int) -> int:
    """Return where the name begins that ends at a place; the place where none does."""
    start = end
    for _ in range(_MOST):
        begin = _word_before(folded.text, start)
        if begin == start:
            break
        low, high = folded.span(begin, start)
        word = folded.text[begin:start]
        if not _is_name(word, text[low:high], joined=start < end and text[high : high + 1] in _JOINS):
            break
        start = begin
        if not start or folded.text[start - 1] != " ":
            break
        start -= 1
    return start + 1 if start < end and folded.text[start] == " " else start


def _word_before(text: str, end: int) -> int:
    """Return where the word begins that ends at a place, with its "'s"; the place itself where none does."""
    stop = end - 2 if text.endswith("'s", 0, end) else end
    low = max(0, end - _ROOM)
    begin = low + len(text[low:stop].rstrip(ascii_lowercase))
    return begin if begin < stop else end


def _is_name(word: str, written: str, *, joined: bool) -> bool:
    """Return whether a word is a name: one in "'s", an unknown one with a capital, or any with one that a name follows."""
    if word.endswith("'s"):
        return word not in _PEOPLE
    if word.endswith(("ing", "ed")) and not joined:
        return False  # "Responding disease"
    return written[0].isupper() and not written.isupper() and (joined or word not in known_words())


def _sign(text: str, end: int) -> int:
    """Return where the words begin that call a sign; the place where they end where none do."""
    start = end
    others, before = _sign_words()
    for place in range(_MOST):
        begin = _word_before(text, start)
        word = text[begin:start]
        if not word or word in others or (place and word not in before and word in known_words()):
            break
        start = begin
        if not start or text[start - 1] != " ":
            break
        start -= 1
    return start + 1 if start < end and text[start] == " " else start


@functools.cache
def _sign_words() -> tuple[frozenset[str], frozenset[str]]:
    """Return the words that call no sign, and the known ones that may begin what does."""
    data = load_data("eponyms")
    others = frozenset((*data["no_sign"].split(), *load_data("names")["function"].split()))
    return others, frozenset(data["begins"].split())


def _joined(found: list[Found], start: int, end: int, name: str) -> list[Found]:
    """Return findings with one more, or with that of its last word made longer; as they are where another stands in it."""
    inside = [item for item in found if item.start < end and start < item.end]
    if any(item.end != end for item in inside):
        return list(found)
    longer = [item for item in inside if item.finding[0].isalpha()]
    kept = [item for item in found if item not in inside]
    if longer:
        kept += [item._replace(start=min(start, item.start)) for item in longer]
    elif name:
        kept.append(Found(start, end, name, (start, end), None, None))
    else:
        kept += inside
    return sorted(kept)

"""What a language model answered, as far as the report says so: `read_reply`.

An answer counts where the words that it quotes stand in the report, white space and capitals apart; nothing else of what the model
wrote is handed on.
"""

import json
import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from radmine.findings import ANSWERS, SILENT, NameReader
from radmine.records import Assertion

_SILENT = SILENT | {"not mentioned", "not_mentioned", "unmentioned", "not stated", "n/a", "unknown"}
_THOUGHT = "</think>"  # of models that think aloud before they reply
_BRACES = 200  # places where a JSON object may begin that are tried
_AROUND = " \t\r\n\"'`“”‘’«».…"  # what models put around a quote
_LEAST = 3  # letters and digits of a quote


class Quoted(NamedTuple):
    """An answer whose quote stands in the report."""

    finding: str
    assertion: Assertion
    start: int
    end: int


class Void(NamedTuple):
    """An answer, or a whole reply, that does not count."""

    finding: str  # "" of a whole reply, and where it names none that we know
    reason: str


Read: TypeAlias = Quoted | Void


def read_reply(
    content: str,
    text: str,
    asked: Collection[str],
    names: NameReader,
    *,
    start: int = 0,
    is_cut: bool = False,
) -> Iterator[Read]:
    """Yield the answers of a reply, and why others do not count.

    Parameters
    ----------
    text
        The text that was asked about.
    asked
        The findings that were asked about.
    start
        Where the text begins in its report.
    is_cut
        Whether the reply ended at the bound on its tokens.
    """
    answers = _answers_in(content)
    if answers is None:
        yield Void("", "cut_reply" if is_cut else "bad_reply")
        return
    for answer in answers:
        yield from _read(answer, text, asked, names, start)


def _read(answer: Any, text: str, asked: Collection[str], names: NameReader, start: int) -> Iterator[Read]:
    said = answer if isinstance(answer, dict) else {}
    name, word, quote = (said.get(key) for key in ("finding", "answer", "quote"))
    if not isinstance(name, str):
        yield Void("", "bad_reply")
        return
    named = names.read(name.strip())
    if named is None or named.finding not in asked:
        yield Void("", "not_asked")
        return
    finding = named.finding
    plain = word.strip().lower() if isinstance(word, str) else None
    if plain in _SILENT:
        return
    assertion = ANSWERS.get(plain or "")
    if assertion is None:
        yield Void(finding, "unknown_answer")
        return
    place = find_quote(quote, text) if isinstance(quote, str) else None
    if place is None:
        yield Void(finding, "quote_not_found")
    else:
        yield Quoted(finding, assertion, start + place[0], start + place[1])


def find_quote(quote: str, text: str) -> tuple[int, int] | None:
    """Return where the words of a quote first stand in a text, white space and capitals apart; None where they do not, or are none.

    Examples
    --------
    >>> find_quote("no  Effusion.", "There is no\\neffusion today.")
    (9, 20)
    >>> find_quote("a", "a cat")
    """
    words = quote.strip(_AROUND).split()
    if sum(map(str.isalnum, "".join(words))) < _LEAST or sum(map(len, words)) > len(text):
        return None
    found = _pattern(tuple(words)).search(text)
    return found.span() if found else None


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    inner = r"\s+".join(map(re.escape, words))
    return re.compile(rf"(?<!\w){inner}(?!\w)", re.IGNORECASE)


def is_readable(content: str) -> bool:
    """Return whether a reply holds answers, whatever they are."""
    return _answers_in(content) is not None


def _answers_in(content: str) -> list[Any] | None:
    """Return the answers in the one JSON object of a reply that has some; None where none has, or several have."""
    content = content.rpartition(_THOUGHT)[2]
    decoder = json.JSONDecoder()
    found: list[list[Any]] = []
    at = content.find("{")
    for _ in range(_BRACES):
        if at < 0:
            break
        try:
            value, end = decoder.raw_decode(content, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            if isinstance(value, dict) and isinstance(value.get("answers"), list):
                found.append(value["answers"])
        at = content.find("{", end)
    return found[0] if len(found) == 1 else None

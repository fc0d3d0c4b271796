"""Whether words are English, told by the small words around a finding's name: `is_foreign`, `is_foreign_report`."""

import functools
import re
from collections.abc import Iterable

from radmine.parse.data_files import load_data
from radmine.parse.text import Folded, ascii_words, fold
from radmine.records import Sentence

# Letters of scripts in which no English is written, but for a few Greek ones.
_SCRIPTS = re.compile(
    "[\u0370-\u03ff\u0400-\u052f\u0530-\u06ff\u0900-\u0dff\u0e00-\u0eff\u10a0-\u10ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)
_PLAIN = 3  # letters: without its accents a shorter word may be any
_ENGLISH_TOO = ("for", "presence", "visible a")  # words of others without their accents
_SURE = 3  # so many times as many words of another language as of English


def _written(words: Iterable[str]) -> frozenset[str]:
    """Return words, those of some letters also as folding writes them: without accents."""
    words, english = frozenset(words), load_data("languages")["english"]["words"]
    plain = {fold(word).text for word in words if len(word) >= _PLAIN and not word.isascii()}
    return words | plain.difference(english, _ENGLISH_TOO)


@functools.cache
def _words(table: str) -> frozenset[str]:
    return _written(load_data("languages")[table]["words"])


@functools.cache
def _pairs() -> frozenset[str]:
    return _written(load_data("languages")["denials"]["pairs"])


@functools.cache
def _strong() -> frozenset[str]:
    """Return the words of all languages that English does not have."""
    return _written(word for words in load_data("languages")["strong"].values() for word in words)


@functools.cache
def _any() -> frozenset[str]:
    """Return all words that may tell of another language."""
    firsts = {pair.split()[0] for pair in _pairs()}
    return _strong() | _words("weak") | _words("denials") | firsts


def is_foreign(folded: Folded) -> bool:
    """Return whether a folded sentence is of another language than English.

    It is where it has more small words of others, two at least, than of English, or begins with a denial of theirs.
    """
    text, words, _ = folded
    if _any().isdisjoint(words):
        return not text.isascii() and _is_other_script(text)
    return _foreign([word for word in words if word], least=1)


def is_foreign_report(text: str) -> bool:
    """Return whether a report is wholly of another language than English."""
    if " the " in text or "The " in text or " and " in text or " are " in text or " with " in text:
        return False  # some of it is English
    if text.isascii():
        return _foreign(ascii_words(text), least=_SURE)
    folded, words, _ = fold(text)
    if _any().isdisjoint(words):
        return _is_other_script(folded)
    return _foreign([word for word in words if word], least=_SURE)


def _foreign(told: list[str], *, least: int) -> bool:
    english, strong = _words("english"), _strong()
    denies = len(told) > 1 and (told[0] in _words("denials") or f"{told[0]} {told[1]}" in _pairs())
    if denies and english.isdisjoint(told):
        return True
    if strong.isdisjoint(told):
        return False
    weak = _words("weak")
    own = sum(word in english for word in told)
    surely = sum(word in strong for word in told)
    perhaps = surely + sum(word in weak for word in told)
    return perhaps > 1 and surely > least * own


def _is_other_script(text: str) -> bool:
    """Return whether most letters are of a script in which no English is written."""
    other = len(_SCRIPTS.findall(text))
    return other > 1 and other * 2 > sum(map(str.isalpha, text))


@functools.cache
def _telling() -> frozenset[str]:
    """Return the words of which a sentence of another language holds one."""
    return _strong() | _words("denials") | {pair.split()[1] for pair in _pairs()}


def may_be_foreign(text: str) -> bool:
    """Return whether a text may hold a sentence of another language: the first test, which is cheap."""
    if text.isascii():
        return not _telling().isdisjoint(ascii_words(text))
    return not _telling().isdisjoint(fold(text).words) or bool(_SCRIPTS.search(text))


def foreign_sentences(text: str, sentences: Iterable[Sentence]) -> int:
    """Return how many sentences of a text are of another language than English."""
    return sum(is_foreign(fold(text[start:end])) for start, end, _ in sentences)

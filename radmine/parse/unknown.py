"""Words that no vocabulary knows, read all the same: as the word that was meant, or as what their ending says."""

import functools
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from radmine.findings import Lexicon, load_phrases, load_site_phrases, observation_phrases
from radmine.parse.data_files import load_data
from radmine.parse.names import known_words
from radmine.parse.spelling import SHORTEST, Spellings, near_word
from radmine.parse.text import Folded, words_of


def read_unknown(text: str, folded: Folded, lexicon: Lexicon | None) -> Folded:
    """Return a folded text in which words that no vocabulary knows stand as those that they are read as.

    "Hydronefrosis" is read as hydronephrosis, "dactylitis" as an inflammation; the offsets are those of the words as written.
    """
    known = known_to(lexicon)
    meant: dict[str, str] = {}
    before = ""  # the word right before, where that is unknown too
    for word in folded.words:
        if not word:
            continue
        if word in known:
            before = ""
            continue
        if before and f"{before}{word}" in known and len(before) + len(word) >= 2 * SHORTEST:
            meant.pop(before, None)
            meant[f"{before} {word}"] = f"{before}{word}"  # "hydroneph-rosis"
            before = ""
            continue
        before = word
        if len(word) >= SHORTEST:
            said = meant_by(word, lexicon)
            if said is not None:
                meant[word] = said
    return _rewritten(text, folded, meant) if meant else folded


def _rewritten(text: str, folded: Folded, meant: dict[str, str]) -> Folded:
    """Return a folded text with other words for some; names, with a capital inside of the text, stay."""
    parts: list[str] = []
    origin: list[int] = []
    at = 0
    words = " ".join(folded.words)
    for word in sorted(_places(words, meant)):
        start, end = word
        low, high = folded.span(start, end)
        if text[low].isupper() and not text[low:high].isupper() and text[:low].rstrip()[-1:].isalpha():
            continue
        said = meant[words[start:end]]
        parts += folded.text[at:start], said
        origin += (folded.span(i, i + 1)[0] for i in range(at, start))
        room = high - low
        origin += (low + min(i * room // len(said), room - 1) for i in range(len(said) - 1))
        origin.append(high - 1)
        at = end
    if not at:
        return folded
    parts.append(folded.text[at:])
    origin += (folded.span(i, i + 1)[0] for i in range(at, len(folded.text)))
    whole = "".join(parts)
    return Folded(whole, words_of(whole), origin)


def _places(words: str, meant: Iterable[str]) -> Iterable[tuple[int, int]]:
    """Yield where some words stand."""
    padded = f" {words} "
    for word in meant:
        at = padded.find(f" {word} ")
        while at >= 0:
            yield at, at + len(word)
            at = padded.find(f" {word} ", at + 1)


@functools.lru_cache(maxsize=1 << 16)
def meant_by(word: str, lexicon: Lexicon | None = None) -> str | None:
    """Return what an unknown word is read as; None where it stays what it is.

    Examples
    --------
    >>> meant_by("hydronefrosis"), meant_by("modular")
    ('hydronephrosis', None)
    """
    if not (word.isascii() and word.isalpha()):
        return None
    if word not in _real_words():
        near = near_word(word, _spellings(lexicon))
        if near is not None:
            return near
    return _by_ending(word)


def _by_ending(word: str) -> str | None:
    """Return the general words that the ending of a word says, or the word behind a beginning that leaves it what it is."""
    if word in _not_so():
        return None
    if word.startswith(_same()):
        for beginning in _same():
            if word.startswith(beginning) and word[len(beginning) :] in load_phrases():
                return word[len(beginning) :]
    meanings = _meanings()
    if word.endswith(tuple(meanings)):
        for ending, said in meanings.items():
            if word.endswith(ending) and len(word) > len(ending) + 2:
                return said
    return None


@functools.cache
def _meanings() -> Mapping[str, str]:
    """Return each ending with what it says, the longest first."""
    meanings = {
        ending: said for said, endings in load_data("spelling")["says"].items() for ending in endings.split()
    }
    return {ending: meanings[ending] for ending in sorted(meanings, key=len, reverse=True)}


@functools.cache
def _same() -> tuple[str, ...]:
    return tuple(load_data("spelling")["says_same"])


@functools.cache
def _not_so() -> frozenset[str]:
    return frozenset(load_data("spelling")["says_not"].split())


@functools.cache
def _real_words() -> frozenset[str]:
    return frozenset(load_data("real_words")["words"].split())


def vocabulary(lexicon: Lexicon | None = None) -> frozenset[str]:
    """Return the words of all phrases that name findings or sites."""
    names = load_phrases() if lexicon is None else lexicon.phrases
    return frozenset(words_of(" ".join([*names, *observation_phrases(), *load_site_phrases()]))) - {""}


@functools.cache
def said_by_endings(lexicon: Lexicon | None) -> Mapping[str, str]:
    """Return for each word that is known only as a part of phrases, and whose ending says something alone, what that is."""
    names = load_phrases() if lexicon is None else lexicon.phrases
    known = names.keys() | observation_phrases().keys() | load_site_phrases().keys()
    return MappingProxyType(
        {
            word: said
            for word in known_to(lexicon) - known
            if len(word) >= SHORTEST and word.isascii() and (said := _by_ending(word)) is not None
        }
    )


@functools.cache
def known_to(lexicon: Lexicon | None) -> frozenset[str]:
    """Return all words that some vocabulary knows, and no word at all."""
    numbers = frozenset(str(number) for number in range(100))
    return known_words() | vocabulary(lexicon) | numbers | {""}


@functools.cache
def _spellings(lexicon: Lexicon | None) -> Spellings:
    return Spellings(vocabulary(lexicon), load_phrases() if lexicon is None else lexicon.phrases)

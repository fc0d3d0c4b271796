"""Wider queries: other words for what a text asks for, from the lexicon and from the word vectors of the corpus.

Expansion by the nearest word vectors: Roy, Paul, Mitra, Garain, Neu-IR 2016; by a thesaurus: Voorhees, SIGIR 1994. An added word
stands in for words of the query: a report scores by the better of them, and added words weigh less than what was asked, however
rare they are. What a query denies, and phrases in quotes, are not widened.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from radmine.errors import InputError
from radmine.findings import Lexicon
from radmine.parse import assert_spans
from radmine.records import Assertion, Span, Temporality
from radmine.search.manifest import unreadable
from radmine.search.question import LAY_PARTS, Named, Reading, quoted_in
from radmine.search.text import Added, TextIndex, Token, terms_in
from radmine.topics import DENIED

SOURCES = ("lexicon", "vectors")
USUAL = ("lexicon",)  # by their effect on our queries (scripts/results/expansion.md): word vectors have none
FILE = "near.arrow"
# What an added word counts for, as a share of the words of the query that it stands in for, however rare it is:
SYNONYM = 0.5  # one that the lexicon has
NEIGHBOUR = 0.3  # one with the same vector
MOST = 0.9  # and of its own weight
LEAST = 0.4  # cosine of a neighbour
_FEW = 3  # neighbours of a word
_SYNONYMS = 8  # of a finding
_WORDS = 20_000  # that have neighbours, the commonest
_BLOCK = 500  # words whose neighbours are looked for at once
_LONGEST = 3  # words of a phrase that has a vector

# Words in whose place others stand in like sentences and say another thing: neighbours of one another by their vectors.
_OPPOSED = """
    left right bilateral unilateral both upper lower middle mid superior inferior anterior posterior medial lateral apical basal
    basilar proximal distal central peripheral dorsal ventral frontal axial sagittal coronal oblique transverse
    increased decreased increase decrease enlarged small large tiny big mild moderate severe minimal marked slight significant
    normal abnormal stable unchanged improved worse worsening new old prior previous acute chronic early late
    positive negative high low long short thin wide narrow multiple single several few first second third one two three four five
    present absent without not male female man woman year month week day
"""


class Neighbours:
    """The words of an index's corpus that are used alike.

    Parameters
    ----------
    path
        The file, as `write_neighbours` wrote it.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        except (OSError, pa.ArrowInvalid) as error:
            raise unreadable(path, error, index=path.parent.parent) from error

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {terms: row for row, terms in enumerate(self._table["terms"].to_pylist())}

    def of(self, terms: Sequence[str]) -> list[tuple[str, float]]:
        """Return the words used most like the word, or phrase, of these terms, each with its cosine, nearest first."""
        row = self._rows.get(" ".join(terms))
        if row is None:
            return []
        return list(zip(*(self._table[name][row].as_py() for name in ("near", "cosine")), strict=True))


def write_neighbours(path: Path, words: Sequence[str], vectors: NDArray[np.float32]) -> int:
    """Return of how many words the neighbours were written: for each its nearest, of cosine `LEAST` or more.

    Words of the same stem are one word. Denied findings (`no_effusion`), and words whose neighbours say the opposite
    (left, right), neither have neighbours nor are any.

    Parameters
    ----------
    words
        The commonest first; a phrase has "_" between its words.
    vectors
        Theirs, shape (words, dimension).
    """
    kept = [(at, terms) for at, word in enumerate(words[:_WORDS]) if (terms := _terms_of(word))]
    unit = np.asarray(vectors, np.float32)[[at for at, _ in kept]]
    unit /= np.maximum(np.linalg.norm(unit, axis=1, keepdims=True), 1e-12)
    near: dict[str, dict[str, tuple[float, str]]] = {}
    many = min(len(kept), 4 * _FEW)  # of which some have the stem of the word, or of each other
    for first in range(0, len(kept), _BLOCK):
        cosines = unit[first : first + _BLOCK] @ unit.T
        best = np.argpartition(-cosines, many - 1, axis=1)[:, :many]
        for row, found_at in enumerate(best):
            terms = kept[first + row][1]
            own = near.setdefault(terms, {})
            for column in found_at.tolist():
                at, other = kept[column]
                found = float(cosines[row, column]), words[at].replace("_", " ")
                if other != terms and found[0] >= LEAST and found > own.get(other, (0.0, "")):
                    own[other] = found
    best_of = {terms: sorted(own.values(), key=_nearest)[:_FEW] for terms, own in near.items() if own}
    columns: dict[str, Any] = {
        "terms": pa.array(list(best_of), pa.string()),
        "near": pa.array([[w for _, w in own] for own in best_of.values()], pa.list_(pa.string())),
        "cosine": pa.array([[c for c, _ in own] for own in best_of.values()], pa.list_(pa.float32())),
    }
    table = pa.table(columns)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return len(best_of)


def chosen_sources(expand: bool | Collection[str]) -> tuple[str, ...]:
    """Return the sources of other words that a search is asked to use.

    Raises
    ------
    InputError
        One of them is unknown.
    """
    if isinstance(expand, bool):
        return USUAL if expand else ()
    names = (expand,) if isinstance(expand, str) else tuple(expand)
    for name in names:
        if name not in SOURCES:
            do = f"Choose from: {', '.join(SOURCES)}; or True (what is usual), or False (none)."
            raise InputError(f"Other words cannot come from {name!r}.", where="expand", do=do)
    return names


def widen(
    reading: Reading,
    *,
    lexicon: Lexicon,
    index: TextIndex,
    near: Neighbours | None,
    sources: Collection[str],
) -> tuple[Added, ...]:
    """Return the words that may stand in for words of a query; each of its terms is in one place only.

    Parameters
    ----------
    reading
        The query as it is read.
    index
        Whose words count: what no report has is not added.
    near
        Words of the corpus that are used alike; None: there are none, or they are not wanted.
    sources
        Of `SOURCES`, those that are used, see `chosen_sources`.
    """
    if not sources:
        return ()
    tokens = index.tokens(reading.text)
    terms = {token.term for token in tokens}
    added = list[Added]()
    for place in _places(reading.text, tokens, reading.named, near):
        others: list[tuple[str, float | None]] = []
        if "lexicon" in sources:
            others += [(words, None) for words in _synonyms(place, lexicon, index)]
        if near is not None:
            alike = near.of(place.asked)
            others += [(words, c) for words, c in alike if _may_stand_in(words, place.finding, lexicon)]
        rarity = index.rarity(place.asked)
        for words, cosine in others:
            other = terms_in(words)
            if set(other) <= terms or not index.has(other):
                continue
            share = SYNONYM if cosine is None else NEIGHBOUR * cosine
            weight = min(MOST, share * rarity / index.rarity(other))
            added.append(Added(place.asked, other, words, weight, place.shown, cosine))
    return tuple(added)


class _Place(NamedTuple):
    """Words of a query that others may stand in for."""

    asked: tuple[str, ...]  # terms
    shown: str
    finding: str | None  # that they name


def _places(
    text: str, tokens: Sequence[Token], named: Sequence[Named], near: Neighbours | None
) -> Iterator[_Place]:
    """Yield the words of a query that may be widened: findings, then phrases and words with neighbours."""
    quoted = quoted_in(text)
    absent = [(n.start, n.end) for n in named if n.assertion is Assertion.ABSENT]
    present = [n for n in named if n.assertion is not Assertion.ABSENT]
    inside = [(n.start, n.end) for n in present]
    said = assert_spans(text, [(t.start, t.end) for t in tokens])
    shut = {
        t.term
        for t, (assertion, temporality, _) in zip(tokens, said, strict=True)
        if _meets(t, quoted)
        or _meets(t, absent)
        or (
            assertion is Assertion.ABSENT
            and temporality is not Temporality.HYPOTHETICAL
            and not _meets(t, inside)
        )
    }
    for finding, _, start, end in present:
        own = tuple(dict.fromkeys(t.term for t in tokens if _meets(t, [(start, end)])))
        if own and shut.isdisjoint(own):
            shut.update(own)
            yield _Place(own, text[start:end].lower(), finding)
    at = 0
    while at < len(tokens):
        for run in (tokens[at : at + length] for length in range(_LONGEST, 0, -1)):
            own = tuple(t.term for t in run)
            known = own in _lay_parts() or (near is not None and near.of(own))
            if known and len(set(own)) == len(own) and shut.isdisjoint(own):
                shut.update(own)
                yield _Place(own, text[run[0].start : run[-1].end].lower(), None)
                break
        at += len(run)


@cache
def _lay_parts() -> Mapping[tuple[str, ...], tuple[str, ...]]:
    return {terms_in(lay): words for lay, words in LAY_PARTS.items()}


def _meets(token: Token, spans: Iterable[Span]) -> bool:
    return any(token.start < end and token.end > start for start, end in spans)


def _synonyms(place: _Place, lexicon: Lexicon, index: TextIndex) -> list[str]:
    """Return what else a finding, or what lay people call a part of the body, is called, the commonest first; none that has another in it."""
    phrases = list(_lay_parts().get(place.asked, ()))
    name = place.finding or ""
    for finding in map(lexicon.find, dict.fromkeys((name, name.partition("@")[0]))):
        phrases += [] if finding is None else [finding.title.lower(), *finding.synonyms]
    found = {
        terms: phrase for phrase in reversed(phrases) if (terms := terms_in(phrase)) and index.has(terms)
    }
    kept: list[tuple[str, ...]] = []
    for terms in sorted(found, key=lambda terms: (index.rarity(terms), terms)):
        if not any(set(other) <= set(terms) for other in (place.asked, *kept)):
            kept.append(terms)
    return [found[terms] for terms in kept[:_SYNONYMS]]


def _may_stand_in(words: str, finding: str | None, lexicon: Lexicon) -> bool:
    """Return whether words name no finding, or one that is of the kind that is asked for: labels speak of the others."""
    names = lexicon.phrases.get(words, ())
    return not names or (finding is not None and any(n in lexicon.kinds_of(finding) for n in names))


def _terms_of(word: str) -> str:
    """Return the terms of a word with a vector, "" where it has no neighbours and is none."""
    words = word.replace("-", "_").split("_")
    if word.startswith(DENIED) or not _opposed().isdisjoint(words) or not all(map(str.isalpha, words)):
        return ""
    return " ".join(terms_in(" ".join(words)))


@cache
def _opposed() -> frozenset[str]:
    return frozenset(_OPPOSED.split())


def _nearest(found: tuple[float, str]) -> tuple[float, str]:
    return -found[0], found[1]

"""Names of people and places in reports, so that no vocabulary keeps them: `NameFinder`, `without_names`.

A name is told by what stands beside it (a title, "signed by", "MD", "Hospital": `data/names.toml`) and by its shape: it is
never written in lower case, though the corpus writes most words so. Words of the lexicon and of our own data files are no
names. It is a guard of vocabularies, not a removal of names from texts: what it cannot tell is said in `docs/privacy.md`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

from radmine.files import file_digest
from radmine.findings import load_findings, load_phrases, load_site_phrases
from radmine.parse.data_files import DATA, load_data
from radmine.records import ReadReport

# A word with what may stand inside of it: digits, apostrophes, accents of their own, invisible characters.
_TOKEN = re.compile("[^\\W_][\\w'’\u00ad\u0300-\u036f\u200b-\u200d\u2060\ufeff]*")
_LETTERS = re.compile(r"[^\W\d_]+")
_BEHIND_TITLE = re.compile(r"\.?[ \t]*(?:\r?\n)?[ \t]*")
_BEHIND_SIGN = re.compile(r"[ \t]*(?:(?:[:,\-–]|(?<=by|to)|(?<=with))[ \t]*(?:\r?\n)?[ \t]*)?", re.IGNORECASE)
_BETWEEN = re.compile(r"[ \t]*[.,]?[ \t]*[\-/&^]?[ \t]*")
_LONG_LINE = 80  # characters: no bare name
_ADDRESS = re.compile(r"[^\s@]{1,64}@\S+|(?:https?://|www\.)\S+", re.IGNORECASE)
_OF = re.compile(r"[ \t]+of[ \t]+", re.IGNORECASE)
# Magnetic resonance and multiple sclerosis, where no "Mr" or "mr." stands.
_ALSO_METHODS = frozenset(("mr", "ms"))
_MARKS = "-*•: \t"

LONGEST = 5  # words of one name
LONGEST_PLAIN = 3  # where capitals do not show its end
EDGE = 3  # lines at the head and at the foot of a report that may be nothing but a name
LEAST_SMALL = 0.25  # of the words of a report are in lower case where its capitals say something
LEAST_LOWER = 0.02  # a word of which a larger share of the reports writes it in lower case is no name
PLAIN_BESIDE_CUES = 4  # so many times as often as beside a cue a word may stand alone and still be a name
NEARLY_ALL = 0.8  # of the reports: a word that is none of the trade and stands in so many is of a letterhead
FEW = 4  # reports; of fewer, a word in nearly all says as much as any


class _Cues(NamedTuple):
    """The data file, ready for use."""

    before: re.Pattern[str]  # in lower case, as the one below
    behind: re.Pattern[str]
    words: frozenset[str]  # one of them stands in every cue: in lower case, in capitals, with a capital
    heads: frozenset[str]  # or stands before a colon
    titles: frozenset[str]
    particles: frozenset[str]
    never: frozenset[str]  # what stands beside a name and is no part of it
    calendar: frozenset[str]
    function: frozenset[str]


@cache
def _cues() -> _Cues:
    data = load_data("names")
    titles, signs, places = data["titles"], data["signs"], data["places"]
    credentials = [*data["credentials"]]
    before = "|".join(map(re.escape, sorted([*titles, *signs], key=len, reverse=True)))
    behind = "|".join(map(re.escape, sorted([*credentials, *places], key=len, reverse=True)))
    plain = [cue for cue in (*signs, *places) if not cue.endswith(":")]
    rare = {_rarest(cue) for cue in plain} | {_LETTERS.findall(c)[0] for c in credentials} | set(titles)
    odd = {"PhD", "MBChB"}
    return _Cues(
        re.compile(rf"(?<!\w)(?:{before})(?!\w)"),
        re.compile(rf"(?<!\w)(?:(?:{behind})(?!\w)|[a-z]{{2}},?[ \t]+\d{{5}}(?!\d))"),
        frozenset(odd.union(*((word, word.upper(), word.capitalize()) for word in rare))),
        frozenset(_LETTERS.findall(cue)[-1] for cue in signs if cue.endswith(":")),
        frozenset(titles),
        frozenset(data["particles"]),
        frozenset([*titles, *data["function"].split(), *(c for c in credentials if c.isalpha())]),
        frozenset(data["calendar"]),
        frozenset(data["function"].split()),
    )


@cache
def names_digest() -> str:
    """Return the fingerprint of the data file, which decides what a vocabulary holds."""
    return file_digest(DATA / "names.toml")


def _rarest(cue: str) -> str:
    """Return the word of a cue that is hardly ever in a text without it."""
    words: list[str] = _LETTERS.findall(cue)
    return next(word for word in words if word not in {"by", "to", "with", "of", "on"})


@cache
def known_words() -> frozenset[str]:
    """Return the words that are no names, in lower case: of the lexicon, the sites, the rules and the trade."""
    data = load_data("names")
    texts = [data[kind] for kind in ("function", "trade", "abbreviations")]
    texts += [*load_phrases(), *load_site_phrases(), *(f.title for f in load_findings().values())]
    for name in ("assertion", "attributes", "patterns", "sections", "sentences"):
        texts += _strings(load_data(name))
    return frozenset(_LETTERS.findall("\n".join(texts).lower())) - _cues().calendar


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield from (key, *_strings(part))
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)


class NameFinder:
    """Looks at the reports that a vocabulary is made of, one after the other, and tells the names in them."""

    def __init__(self) -> None:
        self._reports = self._in_case = 0
        # In so many reports: words as they are written where capitals say something, and where they do not.
        self._cased: Counter[str] = Counter()
        self._plain: Counter[str] = Counter()
        self._beside_cues: Counter[str] = Counter()  # in lower case
        self._named: set[str] = set()  # what findings were called

    def look(self, text: str) -> str:
        """Return a text with spaces for the names that stand beside a cue, and count its words."""
        words = set(_TOKEN.findall(text))
        spans = list(_edges(text)) if "\n" in text else []
        if _has_cue(text, words):
            spans += _beside_cues(text)
        if "@" in text or "www" in words or "://" in text:
            spans += (address.span() for address in _ADDRESS.finditer(text))
        if spans:
            self._beside_cues.update({word for start, end in spans for word in _runs(text[start:end])})
            text = _blank(text, spans)
            words = set(_TOKEN.findall(text))
        self._count(words)
        return text

    def read(self, read: ReadReport) -> ReadReport:
        """Return a report that was read, with spaces for the names that stand beside a cue, and count its words."""
        self._named.update([read.text[m.start : m.end] for m in read.mentions])
        text = self.look(read.text)
        return read if text is read.text else read._replace(text=text)

    def _count(self, words: set[str]) -> None:
        self._reports += 1
        lower = sum(map(str.islower, words))
        if LEAST_SMALL * len(words) <= lower < len(words):
            self._in_case += 1
            self._cased.update(words)
            return
        capitals = {word for word in words if word.isupper()}
        if 2 * len(capitals) >= len(words):  # what is not in capitals says something
            self._plain.update(capitals)
            self._cased.update(words - capitals)
        else:
            self._plain.update(words)

    def names(self) -> frozenset[str]:
        """Return the words, in lower case, that are names as far as cues and shapes tell, and all that stand only beside digits."""
        cues, beside = _cues(), self._beside_cues
        known = known_words() | {run for text in self._named for run in _runs(text)}
        low, high, plain, most = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
        beside_digits: set[str] = set()
        for counts, whole in ((self._cased, False), (self._plain, True)):
            for token, n in counts.items():
                if any(map(str.isdigit, token)):
                    beside_digits.update(_runs(token))
                    continue
                kind = plain if whole else low if token.islower() else high
                for run in _runs(token):
                    kind[run] += n
                    most[run] = max(most[run], n)
        mostly_in_case = 2 * self._in_case >= self._reports

        def is_name(word: str) -> bool:
            cased = low[word] + high[word]
            return (
                (0 < beside[word] >= low[word] and plain[word] <= PLAIN_BESIDE_CUES * beside[word])
                or (self._reports >= FEW and most[word] >= NEARLY_ALL * self._reports)
                or (low[word] < LEAST_LOWER * cased if cased else mostly_in_case)
            )

        found = {word for word in most if is_name(word)} | (beside_digits | beside.keys()) - most.keys()
        # Of the trade, such as "Baker", and here the name of somebody all the same.
        meant = {w for w, n in beside.items() if not low[w] and n > high[w] + plain[w]} - cues.function
        return frozenset((found | cues.calendar) - known | meant)


def _has_cue(text: str, words: set[str]) -> bool:
    cues = _cues()
    if not words.isdisjoint(cues.words):
        return True
    before = (part[-40:].split() for part in text.split(":")[:-1])
    return any(head[-1].lower() in cues.heads for head in before if head)


def _runs(text: str) -> list[str]:
    """Return the runs of letters of a text in lower case: what a vocabulary makes of a word with an apostrophe."""
    return _LETTERS.findall(text.lower())


def _blank(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return a text with spaces in the place of some spans; the others stay where they are."""
    letters = list(text)
    for start, end in spans:
        letters[start:end] = " " * (end - start)
    return "".join(letters)


# -- what stands beside a cue -----------------------------------------------------------------------------


def _beside_cues(text: str) -> Iterator[tuple[int, int]]:
    """Yield the spans of the names beside the cues of a text, which may overlap."""
    cues = _cues()
    lower = text.lower()
    if len(lower) != len(text):  # "İ" has a longer lower case
        lower = "".join(low if len(low := c.lower()) == 1 else c for c in text)
    for cue in cues.before.finditer(lower):
        title = cue[0] in cues.titles
        behind = (_BEHIND_TITLE if title else _BEHIND_SIGN).match(text, cue.end())
        assert behind is not None
        if cue[0] in _ALSO_METHODS and not text[slice(*cue.span())].istitle():
            word = _TOKEN.match(text, behind.end())
            if not behind[0].startswith(".") or word is None or _known(word[0], known_words()):
                continue
        yield from _name_after(text, behind.end(), title)
    for cue in cues.behind.finditer(lower):
        yield from _name_before(text, cue.start())
        if (of := _OF.match(text, cue.end())) is not None:
            yield from _name_after(text, of.end(), False)


def _name_after(text: str, at: int, title: bool) -> Iterator[tuple[int, int]]:
    plain = 0
    for place in range(LONGEST):
        word = _TOKEN.match(text, at)
        if word is None or not _part_of_name(word[0], first=title and place == 0):
            return
        plain += word[0].islower() or word[0].isupper()
        if plain > LONGEST_PLAIN:
            return
        yield word.span()
        between = _BETWEEN.match(text, word.end())
        assert between is not None
        if "." in between[0] and len(word[0]) > 2 and word[0].lower() not in _cues().titles:
            return
        at = between.end()


def _name_before(text: str, at: int) -> Iterator[tuple[int, int]]:
    head = text[max(0, at - 100) : at]
    offset, end, plain = at - len(head), len(head), 0
    for word in reversed(list(_TOKEN.finditer(head))[-LONGEST:]):
        between = _BETWEEN.fullmatch(head, word.end(), end)
        if between is None or not _part_of_name(word[0], first=False):
            return
        if "." in between[0] and len(word[0]) > 2:
            return
        plain += word[0].islower() or word[0].isupper()
        if plain > LONGEST_PLAIN:
            return
        yield word.start() + offset, word.end() + offset
        end = word.start()


def _part_of_name(word: str, *, first: bool) -> bool:
    """Return whether a word beside a cue belongs to the name.

    "Baker" does though it is of the trade, "BAKER" and "baker" only as the `first` behind a title.
    """
    lower = word.lower()
    if any(map(str.isdigit, word)) or lower in _cues().never:
        return False
    if len(word) == 1 or lower in _cues().particles or first:
        return True
    return not (word.islower() or word.isupper()) or lower not in known_words()


def _edges(text: str) -> Iterator[tuple[int, int]]:
    """Yield the words of the first and last lines that hold nothing but a few words, none of them known."""
    at, lines = 0, []
    for line in text.splitlines(keepends=True):
        if not line.isspace():
            lines.append((at, line))
        at += len(line)
    if len(lines) < 2:
        return
    for start, line in {*lines[:EDGE], *lines[-EDGE:]}:
        if len(line) <= _LONG_LINE:
            yield from ((start + first, start + end) for first, end in _unknown_words(line))


@lru_cache(maxsize=1 << 12)  # headings repeat
def _unknown_words(line: str) -> tuple[tuple[int, int], ...]:
    """Return the words of a line that holds nothing but a few words, none of them known; else none."""
    known = known_words()
    if line.strip().strip(_MARKS).endswith("."):
        return ()
    words = list(_TOKEN.finditer(line))
    if not 0 < len(words) < LONGEST:
        return ()
    if any(_known(word[0], known) or any(map(str.isdigit, word[0])) for word in words):
        return ()
    return tuple(word.span() for word in words)


def _known(word: str, known: frozenset[str]) -> bool:
    return word.lower() in known or any(run in known for run in _runs(word) if len(run) > 1)


# -- texts without names ----------------------------------------------------------------------------------


def holds_name(term: str, names: frozenset[str]) -> bool:
    """Return whether a term of a vocabulary, a word or several with spaces or hyphens between, has a name in it."""
    return any(word in names for word in term.replace("-", " ").split())


def without_names(reads: Sequence[ReadReport]) -> list[ReadReport]:
    """Return reports with spaces for the names in them: what to make a vocabulary of. All offsets stay."""
    finder = NameFinder()
    seen = [finder.read(read) for read in reads]
    names = finder.names()
    return [read._replace(text=blank_names(read.text, names)) for read in seen]


def blank_names(text: str, names: frozenset[str]) -> str:
    """Return a text with spaces in the place of the words that are names, or that have one in them."""

    def blanked(word: re.Match[str]) -> str:
        return " " * len(word[0]) if any(run in names for run in _runs(word[0])) else word[0]

    return _TOKEN.sub(blanked, text)

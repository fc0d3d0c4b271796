"""The words of a report that say what it is about, sentence by sentence: `report_words`.

Numbers are no words, so neither are sizes, dates, times and numbers of images; the words beside them (units, "series", "image") and those
of marks for what was removed ("XXXX", "[**Name**]", "<DATE>") are left out.
"""

import re
from collections.abc import Collection, Iterable, Sequence, Set
from functools import cache, lru_cache
from importlib.resources import files
from zlib import crc32

from radmine.findings import BRITISH
from radmine.parse import holds_name, section_role, unmarked_text
from radmine.records import ReadReport

_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
# What stands for what was removed: "[**Hospital1 18**]", "**NAME[AAA]", "<DATE>", "[name redacted]".
_KINDS = (
    r"(?:first|last|full|patient|person|doctor|physician|provider|staff|hospital|institution|organi[sz]ation|location|place|name|initials|date|time|age|id"
    r"|mrn|accession|address|street|city|state|country|zip|phone|telephone|fax|e-?mail|phi|removed|redacted|hidden|masked|anonymi[sz]ed|de-?identified)(?![a-z])"
)
_REMOVED = re.compile(
    rf"\[\*\*.{{0,80}}?\*\*\]|\*\*{_KINDS}[a-z-]*(?:\[[^\[\]]{{0,80}}\])?|[\[<{{]{{1,2}} ?{_KINDS}[^\[\]<>{{}}]{{0,40}}[\]>}}]{{1,2}}",
    re.IGNORECASE | re.DOTALL,
)
_AMERICAN = {british: american for american, british in BRITISH}
_BRITISH = re.compile(
    "|".join(rf"(?<![^\Wo]){b}" if b == "oesophag" else b for b in _AMERICAN)
)  # not "gastroesophageal"
# What is written with a hyphen and without: "post-operative".
_PREFIX = re.compile(
    r"\b(post|pre|non|peri|para|sub|supra|infra|inter|intra|retro|extra|trans|anti|multi|micro|macro|pseudo|hyper|hypo)-(?=[a-z])"
)
_ENDINGS = (
    ("sses", "ss"),
    ("xes", "x"),
    ("ches", "ch"),
    ("shes", "sh"),
    ("ies", "y"),
    ("mata", "ma"),
    ("ae", "a"),
    ("oses", "osis"),
)
SHORTEST = 3  # letters
DENIED = "no_"  # before a finding that is denied
MOST_WORDS = 3_000_000  # that phrases and word vectors are learnt from
_KEPT = 1 << 15  # pieces of text whose words are kept: sentences repeat


@cache
def stop_words() -> frozenset[str]:
    """Return the words that are left out."""
    return frozenset(word for line in _lines("stop_words.txt") for word in line.split())


@cache
def _irregular() -> dict[str, str]:
    """Return the singular of words that the rules would get wrong."""
    return dict(line.split() for line in _lines("singular.txt"))


def _lines(name: str) -> list[str]:
    text = (files(__package__) / "data" / name).read_text("utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


@cache
def normal_form(word: str) -> str:
    """Return a lower-case word in the singular and as Americans spell it, "" for a word that is left out.

    One with hyphens is left out where all its parts are.

    Examples
    --------
    >>> [normal_form(w) for w in ("effusions", "opacities", "metastases", "oedema", "year-old", "the")]
    ['effusion', 'opacity', 'metastasis', 'edema', '', '']
    """
    if len(word) < SHORTEST or word in stop_words():
        return ""
    if "-" in word and ("-xx" in word or "xx-" in word or not any(map(normal_form, word.split("-")))):
        return ""
    if "-" in word:
        word = _PREFIX.sub(r"\1", word)
    word = _singular(_BRITISH.sub(lambda part: _AMERICAN[part[0]], word))
    return "" if len(word) < SHORTEST or word in stop_words() or not word.strip("x") else word


def _singular(word: str) -> str:
    if word in _irregular():
        return _irregular()[word]
    if len(word) > 5:
        for ends, end in _ENDINGS:
            if word.endswith(ends):
                return word[: -len(ends)] + end
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is", "os")) else word


def report_words(
    read: ReadReport,
    *,
    skip_sections: Collection[str],
    join_negated: bool,
) -> list[list[str]]:
    """Return the words of each sentence, in normal form; those of a sentence that is not read are none.

    Parameters
    ----------
    skip_sections
        Names of sections that are not read: what was asked and how, not what was found; nor are others that are read as they.
    join_negated
        Whether a finding that the text says is absent becomes one word, "no_pleural_effusion"; otherwise a thousand
        reports that deny an effusion and a hundred that see one look alike.
    """
    text = _plain(read.text)
    if text is not read.text:
        read = read._replace(text=text)
    skipped = [s.name in skip_sections or section_role(s.name) in skip_sections for s in read.sections]
    result = list[list[str]]()
    for start, end, section in read.sentences:
        words: list[str] = []
        result.append(words)
        if (section < len(skipped) and skipped[section]) or text.startswith(":", end):  # a heading's line
            continue
        if join_negated:
            for piece, denied in read.pieces(start, end):
                words += words_of(piece) if denied is None else (DENIED + denied,)
        else:
            words += words_of(text[start:end])
    return result


@lru_cache(maxsize=_KEPT)
def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a piece of a text, in normal form.

    Examples
    --------
    >>> words_of("A 3.2 x 4 cm mass in the left kidney (series 3, image 45), 12 mm on 3/14/2019.")
    ('mass', 'kidney')
    """
    # White is an arrow's colour, but not that of the brain.
    text = text.lower().replace("white matter", "white-matter")
    return tuple([form for word in _WORD.findall(text) if (form := normal_form(word))])


def distinct_sentences(
    reports: Iterable[Sequence[Sequence[str]]], most_words: int = MOST_WORDS, *, times: int = 1
) -> list[tuple[str, ...]]:
    """Return the sentences of reports, in order, each so many times at most; where they have more words than that, half of them, a quarter, ...

    Which ones follows from their words, so that they are spread over all reports and the same on every run.
    """
    kept: dict[tuple[str, ...], int] = {}
    mask = words = 0
    for report in reports:
        for sentence in map(tuple, report):
            found = kept.get(sentence, 0)
            if not sentence or found == times or (not found and _place(sentence) & mask):
                continue
            kept[sentence] = found + 1
            words += len(sentence)
            while words > most_words and len(kept) > 1:
                mask = 2 * mask + 1
                kept = {sentence: n for sentence, n in kept.items() if not _place(sentence) & mask}
                words = sum(n * len(sentence) for sentence, n in kept.items())
    return [sentence for sentence, n in kept.items() for _ in range(n)]


def _place(sentence: tuple[str, ...]) -> int:
    return crc32(" ".join(sentence).encode())


def leave_out(reports: Sequence[list[list[str]]], names: Set[str]) -> list[list[list[str]]]:
    """Return the words of reports, sentence by sentence, without those that are names or have one in them."""
    forms = frozenset(names) | {normal_form(name) for name in names}
    words = {word for report in reports for sentence in report for word in sentence}
    out = {word for word in words if holds_name(word, forms)}
    return [[[word for word in sentence if word not in out] for sentence in report] for report in reports]


def _plain(text: str) -> str:
    """Return a text with blanks for its markup and for marks of what was removed; offsets are those of the text itself."""
    if "[" in text or "**" in text or "<" in text or "{" in text:
        text = _REMOVED.sub(lambda mark: " " * len(mark[0]), text)
    return unmarked_text(text) if "<" in text or "&" in text or "\\" in text else text

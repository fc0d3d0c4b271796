"""Whether the time that a work takes grows with its input only: a ratio of CPU times, not seconds."""

import random
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

Input = TypeVar("Input")

TIMES = 8
"""How many times as long the longer input is."""

_TRIES = 5
_MARGIN = 3


def assert_grows_with_length(work: Callable[[Input], object], short: Input, long: Input) -> None:
    """Fail where work on an input `TIMES` as long takes far more than `TIMES` as much CPU time.

    What takes time by the square of the length takes `TIMES ** 2` as much, nearly three times the bound. What disturbs a
    machine disturbs one of some tries; what is written wrongly is slow in all of them.
    """
    work(short)
    ratios = []
    for _ in range(_TRIES):
        ratios.append(cpu_seconds(work, long) / cpu_seconds(work, short))
        if ratios[-1] < _MARGIN * TIMES:
            return
    raise AssertionError(f"an input {TIMES} times as long takes {min(ratios):.0f} times as much time")


def cpu_seconds(work: Callable[[Input], object], given: Input) -> float:
    """Return the CPU seconds that a work takes."""
    started = time.process_time()
    work(given)
    return time.process_time() - started


def repeated(piece: str, length: int) -> str:
    """Return so many characters of a piece that is said again and again."""
    return (piece * (length // len(piece) + 1))[:length]


def mixed(pieces: Sequence[str], length: int, *, between: str = " ") -> str:
    """Return so many characters of pieces in an order that never comes again, so that nothing read is known already."""
    chosen = random.Random(length)
    count = length // (min(map(len, pieces)) + len(between)) + 1
    return between.join(chosen.choices(pieces, k=count))[:length]


def _repeats(pieces: Iterable[str]) -> dict[str, Callable[[int], str]]:
    return {repr(piece): partial(repeated, piece) for piece in pieces}


def _mixtures(**pieces: str) -> dict[str, Callable[[int], str]]:
    return {
        f"{name}, between {between!r}": partial(mixed, words.split("|"), between=between)
        for name, words in pieces.items()
        for between in (" ", ", ", "\n")
    }


PATTERNS: dict[str, Callable[[int], str]] = {
    **_repeats(".,;:-()[]<\"'?*#_=/&1aA\t\n\r\x0c\xa0\u200b\0İ\ud800"),
    **_repeats(
        ("a ", "A ", "1 ", ": ", "a:", "A:", "a.", "A. ", "1. ", "1) ", "?? ", "()", "[[", "][", '"a', '."""')
    ),
    **_repeats(
        ("\n- ", "\n1. a\n", "\n(1) 2) ", "-----\n", "#>*_=-• ", "a\n\n", "\r\n", "a\x0c", "a\u2028\u200b")
    ),
    **_repeats(
        ("FINDINGS: ", "FINDINGS:\n", "LUNGS: [clear]", "ABCD EFGH\n", "ABCD EFGH: ", "**Findings:** ")
    ),
    **_repeats(
        ("Comparison: There is a mass. ", "INDICATION: pain\n", "1406 HOURS    CLINICAL HISTORY: ", "a: b\n")
    ),
    **_repeats(
        ("no effusion, ", "no possible history of mother had ", "pleural heart ", "no mass.no effusion.")
    ),
    **_repeats(
        (
            "cannot exclude effusion. ",
            "? pneumonia ",
            "e.g. ",
            "Dr. J. Doe ",
            "3.5 x 4 x 2 cm ",
            "12/12/2019 ",
        )
    ),
    **_repeats(
        (
            "Disc bulge. ",
            "L4-5: disc bulge. Stenosis. ",
            "No effusion, 4 mm stone, ",
            "Possible pneumonia: effusion. ",
        )
    ),
    **_repeats(
        ("series 3, images 45-47 ", "(3:45) ", "image 1 ", "Se/Im 3/45, ", "S3 I45 ", "key image 3 ", "<a ")
    ),
    **_mixtures(
        words="no|mass|effusion|heart|is|enlarged|possible|history of|left|and|or|5 mm",
        triggers="no|without|possible|cannot exclude|history of|resolved|not|and|but|mass",
        sites="effusion|left|right lower lobe|in the|mild|new|3 x 4 cm|previously 3 mm",
        capitals="HEART|LUNGS|AND|NO|MASS|OF",
        lists="no mass|FINDINGS:|IMPRESSION|- cyst|1. |HEART:|is|A",
        references="series 3|image 4|images 4-6|(3:45)|3:45|and|of series 4|1|2,|prior|S3 I45|axial|key image 2",
    ),
    "letters": partial(repeated, "a"),
    "heading and blanks": lambda n: "FINDINGS" + " " * n + "x",
    "stops": lambda n: "." * n + "a",
    "brackets": lambda n: "(" * (n // 2) + ")" * (n // 2),
    "digits, then lines": lambda n: "1" * (n // 2) + "A\n" + repeated("abc\n", n // 2),
    "lines of digits that go on": partial(repeated, "12,\n"),
    "a long line, then short ones": lambda n: repeated("a ", n // 2) + "\n" + repeated("no mass\n", n // 2),
    "many series, many images": lambda n: f"series {repeated('1, ', n // 2)}images {repeated('1, ', n // 2)}",
    "many keys": lambda n: f"Se/Im: {repeated('11,', n // 2)}11/{repeated('26, ', n // 2)}",
    "one series, many images": lambda n: f"series 3, images {repeated('1, ', n)}",
    "blank lines": lambda n: "image 3" + repeated(" \n", n),
}
"""How a text may be long: what it is made of, by name."""

"""Which sentences of a report have topics, and the words that are read with them."""

import pytest

from radmine.link import find_references
from radmine.parse import parse_report
from radmine.records import Link, Reference
from radmine.topics.sentences import FINDING, REFERRING, told_sentences, windows

FOUR = "Contrast was given. Cyst here (series 3, image 4). Delayed phase too. No mass (series 3, image 9)."


def at(text: str, words: str) -> tuple[int, int]:
    """Return where words stand in a text."""
    start = text.index(words)
    return start, start + len(words)


def caption(text: str, words: str, reference: int | None = None) -> Link:
    """Return a link of an image to words of a text."""
    return Link("R", "I", "caption", 1.0, *at(text, words), reference)


@pytest.mark.parametrize(
    ("text", "referring", "finding"),
    [
        (FOUR, [1, 3], [1]),
        ("Cyst here (series 3, image 4).", [0], [0]),
        ("Contrast was given.", [], []),
        ("Left kidney measures 9 cm. Cyst of 2 cm.", [], [1]),
        ("", [], []),
        ("Cyst, previously on series 2, image 5. Effusion on series 3, image 4.", [1], [0, 1]),
        ("No effusion. Possible pneumonia. Mother had a mass. History of pneumonia.", [], [1]),
        ("HISTORY: Pneumonia.\nFINDINGS: The heart is normal. Small effusion.", [], [2]),
    ],
)
def test_sentences_that_refer_and_those_that_find(
    text: str, referring: list[int], finding: list[int]
) -> None:
    read, references = parse_report(text), find_references(text)
    assert told_sentences(REFERRING, read, references) == referring
    assert told_sentences(FINDING, read, references) == finding


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Contrast was given.", [0]),
        ("given. Cyst", [0, 1]),
        (FOUR, [0, 1, 2, 3]),
        ("Cyst here (series 3, image 4). Delayed phase too.", [1, 2]),
        ("image 9).", [3]),
    ],
)
def test_a_caption_tells_the_sentences_that_it_reaches_into(words: str, expected: list[int]) -> None:
    assert told_sentences(REFERRING, parse_report(FOUR), [], [caption(FOUR, words)]) == expected


def test_a_link_of_a_reference_or_of_the_whole_report_tells_no_more() -> None:
    read = parse_report(FOUR)
    links = [caption(FOUR, "Contrast", reference=0), Link("R", "I", "report", 0.9)]
    assert told_sentences(REFERRING, read, [], links) == []
    both = told_sentences(REFERRING, read, find_references(FOUR), [caption(FOUR, "Cyst here"), *links])
    assert both == [1, 3]


def test_a_span_that_no_sentence_holds_tells_none() -> None:
    text = "\n\n\nFINDINGS:\n\n\nCyst here."
    read = parse_report(text)
    first = read.sentences[-1].start
    assert told_sentences(REFERRING, read, [Reference(0, 2, 3, 4, 4)]) == []
    assert told_sentences(REFERRING, read, [Reference(first, first + 1, 3, 4, 4)]) == [
        len(read.sentences) - 1
    ]
    assert told_sentences(REFERRING, parse_report(""), [Reference(0, 2, 3, 4, 4)]) == []


@pytest.mark.parametrize(
    ("sentences", "expected"),
    [
        ([0], [["a", "b"]]),
        ([1], [["a", "b", "c"]]),
        ([3], [["c", "d", "e"]]),
        ([0, 3], [["a", "b"], ["c", "d", "e"]]),
        ([], []),
    ],
)
def test_a_window_is_a_sentence_with_its_neighbours(sentences: list[int], expected: list[list[str]]) -> None:
    assert windows([["a"], ["b"], ["c"], ["d", "e"]], sentences) == expected
    assert windows([["a"]], [0]) == [["a"]]

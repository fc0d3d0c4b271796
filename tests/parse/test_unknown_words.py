"""Words that no vocabulary knows: slips of the pen are mended, real words are not, endings say what they say."""

from pathlib import Path

import pytest

from radmine.parse import parse_report
from tests.parse.test_findings import MARKS, rows

REAL = Path(__file__).with_name("real_words.txt").read_text("utf-8").split()


def named(text):
    return [m.finding for m in parse_report(text).mentions]


@pytest.mark.parametrize(("written", "meant"), rows("slips.tsv"))
def test_a_slip_of_the_pen_is_read_as_what_was_meant(written, meant):
    (word,) = meant
    # Some say something with a site only: "pleural thickening".
    assert named(f"Pleural {written}.") == named(f"Pleural {word}.") != []


@pytest.mark.parametrize("word", REAL)
def test_a_real_word_is_none(word):
    assert named(f"The {word} was seen, then a {word}.") == []


@pytest.mark.parametrize(
    ("text", "names"), [*rows("endings.tsv"), *rows("reach.tsv")], ids=lambda value: str(value)[:60]
)
def test_findings_of_endings_and_forms(text, names):
    said = {(m.finding, MARKS[m.assertion]) for m in parse_report(text).mentions}
    assert [mark + name for name, mark in sorted(said)] == names


def test_offsets_are_those_of_the_words_as_written():
    text = "No  hydronefrosis or  panceatitis (mild calcifcation)."
    mentions = parse_report(text).mentions
    assert [text[m.start : m.end] for m in mentions] == ["hydronefrosis", "panceatitis", "calcifcation"]
    assert [text[slice(*m.trigger)] for m in mentions[:2]] == ["No", "No"]


def test_names_of_people_are_left_alone():
    assert named("Discussed with Sarah Fractrue at noon.") == []
    assert named("FRACTRUE. Fractrue of the femur.") != []

"""Where statements end and what fields answer: see the head of statements.tsv."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radmine.parse import assert_spans, parse_report
from radmine.parse.plain import plain_text
from radmine.records import Assertion

MARKS = {Assertion.ABSENT: "-", Assertion.UNCERTAIN: "?", Assertion.PRESENT: ""}


def rows():
    for line in Path(__file__).with_name("statements.tsv").read_text("utf-8").splitlines():
        if not line.startswith("# "):
            text, _, names = line.rpartition("\t")
            yield text.replace("⏎", "\n").replace("⇥", "\t"), names.split()


@pytest.mark.parametrize(("text", "names"), list(rows()), ids=lambda value: ascii(value)[:60])
def test_statements_end_where_they_were_ended(text, names):
    said = {(m.finding, MARKS[m.assertion]) for m in parse_report(text).mentions}
    assert sorted(mark + name for name, mark in said) == names


@pytest.mark.parametrize(
    ("text", "finding", "answer"),
    [
        ("Pneumothorax: false", "pneumothorax", "false"),
        ("<td>Pneumothorax</td><td>absent</td>", "pneumothorax", "absent"),
        ("Effusion+, pneumothorax-", "pneumothorax", "-"),
        ("Pneumothorax: [ ] yes [x] no", "pneumothorax", "[ ] yes [x] no"),
        ("A mass. Pneumothorax? No.", "pneumothorax", "No"),
    ],
)
def test_the_trigger_of_an_answer_is_its_value_in_the_stored_text(text, finding, answer):
    (mention,) = [m for m in parse_report(text).mentions if m.finding == finding]
    assert (mention.assertion, text[mention.start : mention.end].lower()) == ("absent", finding)
    assert mention.trigger is not None
    assert text[slice(*mention.trigger)] == answer


@pytest.mark.parametrize(("text", "names"), list(rows()), ids=lambda value: ascii(value)[:60])
def test_spans_are_asserted_as_mentions_are(text, names):
    mentions = parse_report(text).mentions
    said = assert_spans(text, [(m.start, m.end) for m in mentions])
    assert [a for a, _, _ in said] == [m.assertion for m in mentions]


MARKS_AND_WORDS = (
    *(
        "<p>",
        "</p>",
        "<td>",
        "<FINDINGS>",
        "&nbsp;",
        "&#8217;",
        "{\\rtf1 ",
        "\\par ",
        "\\'e9",
        "\\.br\\",
        "\\n",
        "_x000D_",
    ),
    *(
        "|",
        "•",
        "â€™",
        "isn?t ",
        "(1) ",
        "(2) ",
        "pneumo-",
        "\n",
        "thorax ",
        "mass: ",
        "n/a",
        "[x] yes",
        "**",
        "-",
        "+",
    ),
    *("No ", "Small ", "\t", "  ", "? ", "....", "ﬁ", "é", "e\u0301", "о"),
)


@given(st.lists(st.sampled_from(MARKS_AND_WORDS), max_size=30).map("".join))
def test_a_text_is_read_in_its_own_length(text):
    plain = plain_text(text)
    assert len(plain) == len(text)
    at = 0
    for sentence in parse_report(text).sentences:
        assert at <= sentence.start < sentence.end <= len(text)
        at = sentence.end


def test_plain_text_is_not_rewritten():
    text = "FINDINGS: The heart is normal. No left-sided effusion and/or 3 x 4 mm nodule at L4-L5 (3/45).\n1. No mass.\n2. Stable."
    assert plain_text(text) is text

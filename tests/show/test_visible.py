"""What a terminal would obey is shown instead, and nothing else is changed."""

import json

import pytest
from rich.text import Text

from radmine.label import explain
from radmine.show.html import explanation_html
from radmine.show.tables import explained_text
from radmine.show.visible import visible, visible_json, visible_line, visible_spans

OBEYED = [
    *(chr(c) for c in (*range(0x20), *range(0x7F, 0xA0)) if chr(c) not in "\t\n"),
    *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
]


@pytest.mark.parametrize("character", OBEYED, ids=ascii)
def test_each_is_shown_as_its_code(character: str) -> None:
    code = ord(character)
    name = f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
    assert visible(f"a{character}b") == f"a{name}b"
    line = json.dumps({"id": f"a{character}b", "of": "é"}, ensure_ascii=False)
    assert not set(OBEYED) & set(visible_json(line))
    assert json.loads(visible_json(line)) == json.loads(line)


@pytest.mark.parametrize("text", ["", "plain", "two\nlines\tand é, 漢, [red]x[/red], \\", "a\u00a0b\u2003c"])
def test_what_is_harmless_stays(text: str) -> None:
    assert visible(text) == text
    assert visible_json(text) == text


def test_the_end_of_a_line_stays_one() -> None:
    assert visible("a\r\nb\rc\r") == "a\nb\\x0dc\\x0d"


def test_one_line_stays_one() -> None:
    assert visible_line("a\r\nb\rc\u2028d\x1b\x85") == "a\\r\\nb\\rc\\u2028d\\x1b\\x85"
    assert visible_line("plain \\ é") == "plain \\ é"


def test_half_a_character_can_be_printed() -> None:
    assert visible("r\udcff").encode() == b"r\\udcff"


def test_spans_go_with_the_text_that_is_shown() -> None:
    text = "a\x1b[1m\r\nb\u202ec"
    shown, at = visible_spans(text)
    assert shown == visible(text)
    assert len(at) == len(text) + 1
    for place, character in enumerate(text):
        assert shown[at[place] : at[place + 1]] == ("" if character == "\r" else visible(character))


def test_mentions_are_marked_where_they_stand_behind_such_characters() -> None:
    report = "FINDINGS:\r\n\x07\x0c\x1b[31m Gallstone.\r\nNo ascites."
    text: Text = explained_text(report, explain(report))
    assert "\\x07\\x0c\\x1b[31m Gallstone[1]." in text.plain
    marked = {text.plain[s.start : s.end]: str(s.style) for s in text.spans}
    assert marked["Gallstone"] == "bold red"
    assert marked["ascites"] == "green"


def test_a_page_turns_no_writing_around() -> None:
    report = "Gallstone \u202e\x1b\x9b seen."
    page = explanation_html(explain(report), report, title="R\u20661")
    assert not set(OBEYED) & set(page)
    assert "\\u202e" in page
    assert "R\\u20661" in page

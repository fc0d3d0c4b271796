"""Replies of language models: an answer counts where the words that it quotes stand in the text."""

import json

import pytest

from radmine.findings import NameReader
from radmine.label.answers.quoted import Quoted, Void, find_quote, read_reply
from radmine.records import Assertion

PRESENT, ABSENT, UNCERTAIN = Assertion.PRESENT, Assertion.ABSENT, Assertion.UNCERTAIN
TEXT = "The gallbladder holds two stones.\nNo  free fluid,\nno hydronephrosis. The spleen may be enlarged (13.5 cm)."
ASKED = ("gallstone", "ascites", "hydronephrosis", "splenomegaly")
NAMES = NameReader()


def read(content: str, *, is_cut: bool = False, start: int = 0) -> list[Quoted | Void]:
    return list(read_reply(content, TEXT, ASKED, NAMES, start=start, is_cut=is_cut))


def reply(*answers: object) -> str:
    return json.dumps({"answers": answers})


def row(finding: object, answer: object, quote: object) -> dict[str, object]:
    return {"finding": finding, "answer": answer, "quote": quote}


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ("two stones", "two stones"),
        ("TWO Stones", "two stones"),
        ("no free fluid, no hydronephrosis", "No  free fluid,\nno hydronephrosis"),
        ('"two stones."', "two stones"),
        ("“… two stones …”", "two stones"),
        ("enlarged (13.5 cm)", "enlarged (13.5 cm)"),
        ("13.5", "13.5"),
        ("three stones", None),
        ("two stones in the gallbladder", None),
        ("stones two", None),
        ("two ston", None),
        ("wo stones", None),
        ("two.stones", None),
        ("The gallbladder holds .*", None),
        ("", None),
        ("  \n", None),
        (".", None),
        ("be", None),
        ("…", None),
        ("x" * 10_000, None),
    ],
)
def test_a_quote_is_found_white_space_and_capitals_apart(quote: str, found: str | None) -> None:
    place = find_quote(quote, TEXT)
    assert (TEXT[slice(*place)] if place else None) == found


def test_answers_keep_where_their_words_stand() -> None:
    content = reply(
        row("gallstone", "present", "two stones"),
        row("ascites", "absent", "no free fluid"),
        row("splenomegaly", "uncertain", "may be enlarged"),
    )
    found = read(content, start=100)
    assert [(a.finding, a.assertion) for a in found if isinstance(a, Quoted)] == [
        ("gallstone", PRESENT), ("ascites", ABSENT), ("splenomegaly", UNCERTAIN)
    ]  # fmt: skip
    assert [TEXT[a.start - 100 : a.end - 100] for a in found if isinstance(a, Quoted)] == [
        "two stones", "No  free fluid", "may be enlarged"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (row("gallstone", "present", "many stones"), "quote_not_found"),
        (row("gallstone", "present", ""), "quote_not_found"),
        (row("gallstone", "present", None), "quote_not_found"),
        (row("gallstone", "present", ["two stones"]), "quote_not_found"),
        ({"finding": "gallstone", "answer": "present"}, "quote_not_found"),
        (row("gallstone", "surely", "two stones"), "unknown_answer"),
        (row("gallstone", "-1", "two stones"), "unknown_answer"),
        (row("gallstone", None, "two stones"), "unknown_answer"),
        (row("gallstone", True, "two stones"), "unknown_answer"),
        (row("pneumothorax", "absent", "two stones"), "not_asked"),
        (row("zorbium", "present", "two stones"), "not_asked"),
        (row(3, "present", "two stones"), "bad_reply"),
        ("gallstone", "bad_reply"),
        (None, "bad_reply"),
    ],
)
def test_what_does_not_count_has_a_reason_and_the_others_do(answer: object, reason: str) -> None:
    bad, good = read(reply(answer, row("ascites", "absent", "No free fluid")))
    assert isinstance(bad, Void)
    assert bad.reason == reason
    assert bad.finding in ("", "gallstone")
    assert isinstance(good, Quoted)


def test_names_and_words_of_other_models_are_understood_and_silence_is_no_answer() -> None:
    content = reply(
        row("Gallstones", "Yes", "two stones"),
        row("hydronephrosis", "not mentioned", ""),
        row("ascites", "", ""),
    )
    (found,) = read(content)
    assert (found.finding, getattr(found, "assertion", None)) == ("gallstone", PRESENT)


@pytest.mark.parametrize(
    "content",
    [
        "Here it is:\n```json\n{}\n```\nAnything else?",
        "<think>Maybe {'answers'}? {\"answers\": []} no.</think>{}",
        "{} {{ {{",
        'First {"note": 1}, then {}',
    ],
)
def test_one_object_is_found_in_plain_text(content: str) -> None:
    said = reply(row("gallstone", "present", "two stones"))
    (found,) = read(content.replace("{}", said))
    assert isinstance(found, Quoted)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "There are gallstones.",
        "[]",
        "null",
        '{"answers": null}',
        '{"answers": "gallstone"}',
        '{"gallstone": "present"}',
        '{"answers": [',
        '{"answers": []} {"answers": []}',
        "{" * 5000,
        '{"answers":' * 20_000,
        '{"answers": [' + "9" * 5000 + "]",
    ],
)
def test_a_reply_without_the_one_object_is_none(content: str) -> None:
    assert read(content) == [Void("", "bad_reply")]
    assert read(content, is_cut=True) == [Void("", "cut_reply")]


def test_an_empty_list_says_nothing() -> None:
    assert read('{"answers": []}') == []

"""Answers of other labelers, read from files."""

import json
from pathlib import Path

import pytest

from radmine.errors import InputError
from radmine.findings import NameReader
from radmine.label.answers.answers import VOID, Answer, AnswerStore, Refused, read_answers
from radmine.records import Assertion, Vote
from radmine.run import REASONS

PRESENT, ABSENT, UNCERTAIN = Assertion.PRESENT, Assertion.ABSENT, Assertion.UNCERTAIN


def read(tmp_path: Path, text: str, *, name: str = "robot.csv", **options: object) -> list[Answer | Refused]:
    (tmp_path / name).write_text(text, "utf-8")
    return list(read_answers(tmp_path / name, **options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("word", "assertion"),
    [
        ("present", PRESENT), ("Yes", PRESENT), ("1", PRESENT), ("TRUE", PRESENT),
        ("absent", ABSENT), ("no", ABSENT), ("0", ABSENT),
        ("uncertain", UNCERTAIN), ("maybe", UNCERTAIN),
    ],
)  # fmt: skip
def test_words_of_an_answer(tmp_path: Path, word: str, assertion: Assertion) -> None:
    (answer,) = read(tmp_path, f"report_id,finding,answer\nR,pneumonia,{word}\n")
    assert isinstance(answer, Answer)
    assert (answer.report_id, answer.finding) == ("R", "pneumonia")
    assert (answer.vote.voter, answer.vote.assertion) == ("tool:robot", assertion)


def test_voter_and_probability_come_from_the_row(tmp_path: Path) -> None:
    row = {
        "report": "R",
        "finding": "Pleural Effusion",
        "answer": "yes",
        "probability": 0.8,
        "voter": "big",
        "kind": "LLM",
    }
    (answer,) = read(tmp_path, json.dumps(row) + "\n\n", name="x.jsonl")
    assert answer == Answer("R", "", "pleural_effusion", Vote("llm:big", PRESENT, 0.8))


def test_an_answer_may_be_on_an_image(tmp_path: Path) -> None:
    (answer,) = read(tmp_path, "image,finding,answer\nI,pneumonia,no\n", kind="person")
    assert answer == Answer("", "I", "pneumonia", Vote("person:robot", ABSENT, 0.03))


def test_minus_one_is_ambiguous_unless_it_is_said_what_it_means(tmp_path: Path) -> None:
    text = "report_id,finding,answer\nR,pneumonia,-1\n"
    assert read(tmp_path, text) == [Refused("robot.csv:2", "ambiguous_answer")]
    (answer,) = read(tmp_path, text, uncertain=("-1",))
    assert isinstance(answer, Answer)
    assert answer.vote.assertion is UNCERTAIN


def test_rows_that_are_no_answers_are_refused_one_by_one(tmp_path: Path) -> None:
    rows = [
        "not json",
        "[1]",
        '{"report_id": "R", "finding": "zorbium", "answer": "yes"}',
        '{"report_id": "R", "finding": "pneumonia", "answer": "perchance"}',
        '{"report_id": "R", "finding": "pneumonia", "answer": "yes", "probability": 7}',
        '{"report_id": "R", "finding": "pneumonia", "answer": "yes", "probability": 0.1}',
        '{"finding": "pneumonia", "answer": "yes"}',
        '{"report_id": "R", "finding": "pneumonia", "answer": null}',
        '{"report_id": "R", "finding": "No Finding", "answer": "yes"}',
    ]
    assert read(tmp_path, "\n".join(rows), name="x.jsonl") == [
        Refused("x.jsonl:1", "bad_line"),
        Refused("x.jsonl:2", "bad_line"),
        Refused("x.jsonl:3", "unknown_finding"),
        Refused("x.jsonl:4", "unknown_answer"),
        Refused("x.jsonl:5", "bad_probability"),
        Refused("x.jsonl:6", "bad_probability"),
        Refused("x.jsonl:7", "incomplete_row"),
    ]


def test_a_file_that_cannot_be_used_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="lack a column; there are report_id, answer"):
        read(tmp_path, "Report_ID,answer\nR,1\n")
    with pytest.raises(InputError, match="there are none of ours and 3 more") as failed:
        read(tmp_path, "r0,kowalczyk anna,pleural\nr1,kowalczyk anna,pleural\n")
    assert "kowalczyk" not in str(failed.value)
    with pytest.raises(InputError, match="one JSON array"):
        read(tmp_path, '[{"report_id": "R"}]', name="x.json")
    with pytest.raises(InputError, match="cannot be read"):
        list(read_answers(tmp_path / "none.csv"))


def test_the_store_finds_answers_by_report_and_keeps_the_last_word(tmp_path: Path) -> None:
    def answer(report: str, finding: str, said: Assertion) -> Answer:
        return Answer(report, "", finding, Vote("llm:a", said, 0.5))

    store = AnswerStore(tmp_path / "s.sqlite")
    given = [
        answer("R", "pneumothorax", ABSENT),
        Refused("f:1", "bad_line"),
        answer("R", "pneumonia", ABSENT),
        answer("R", "pneumonia", PRESENT),
        answer("X", "pneumonia", PRESENT),
    ]
    assert list(store.fill(given, ["R", "S"])) == [
        Refused("f:1", "bad_line"),
        Refused("X", "unknown_report"),
        Refused("R", "contradicts_itself"),
    ]
    votes = store.on_reports(["R", "S"])
    assert set(votes) == {"R"}
    assert {(finding, vote.assertion) for finding, vote in votes["R"]} == {
        ("pneumothorax", ABSENT),
        ("pneumonia", PRESENT),
    }


def test_names_of_findings() -> None:
    names = NameReader(["Effusion", "Mass"])
    assert names.read("Effusion").finding == "pleural_effusion"  # type: ignore[union-attr]
    assert names.read("Mass").finding == "lung_mass"  # type: ignore[union-attr]
    assert names.read("mass").finding == "mass"  # type: ignore[union-attr]
    assert names.read("gallstones").finding == "gallstone"  # type: ignore[union-attr]
    assert names.read("zorbium") is None
    assert names.is_normal("No Finding")
    with pytest.raises(InputError, match="no label scheme"):
        NameReader(scheme="none")


def test_a_row_may_say_that_an_answer_does_not_count_and_repeats_nothing_else(tmp_path: Path) -> None:
    rows = [
        {"report_id": "R", "finding": "pneumonia", "void": "quote_not_found"},
        {"report_id": "R", "finding": "John Doe, born 1950", "void": "bad_reply"},
        {"report_id": "R", "finding": "pneumonia", "void": "John Doe", "answer": "yes"},
    ]
    first, second, third = read(tmp_path, "\n".join(map(json.dumps, rows)), name="m.jsonl")
    assert first == Refused("R", "quote_not_found", "pneumonia")
    assert second == Refused("R", "bad_reply")
    assert isinstance(third, Answer)


def test_every_reason_why_an_answer_is_void_is_explained() -> None:
    assert set(REASONS) >= VOID

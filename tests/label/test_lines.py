"""Labels of reports that come as text."""

import json
from typing import Any

import pytest

from radmine.errors import InputError, RadmineError
from radmine.label import label_lines, lines


def labelled(*lines: str, **options: Any) -> list[Any]:
    return [json.loads(line) for line in label_lines(lines, **options)]


def test_json_lines_are_labelled_one_by_one() -> None:
    found = labelled(
        "\ufeff\n",
        '{"id": 7, "text": "No pneumothorax."}\n',
        "\n",
        '{"id": "b", "text": "Mild\u2028scoliosis."}',
    )
    assert [row["id"] for row in found] == ["7", "b"]
    assert {f: label["assertion"] for f, label in found[0]["labels"].items()} == {"pneumothorax": "absent"}
    (vote,) = found[1]["labels"]["scoliosis"]["evidence"]
    (mention,) = vote["mentions"]
    assert (vote["voter"], mention["start"], mention["end"], mention["rule"]) == (
        "rules:findings",
        5,
        14,
        "default",
    )


def test_any_other_text_is_one_report_and_a_scheme_has_its_own_names() -> None:
    (row,) = labelled("\n", "Small\n", "pleural effusion.", scheme="chestxray14")
    assert row["id"] == "-"
    assert list(row["labels"]) == ["Effusion"]


def test_a_report_without_text_is_set_aside() -> None:
    (row,) = labelled('{"id": 1, "text": " "}', scheme="chexpert")
    assert row == {"id": "1", "labels": {}, "rejected": "empty_report"}


@pytest.mark.parametrize("text", ['[{"id": 1, "text": "Normal."}]', "[]", "N\0o\0r\0m\0a\0l\0"])
def test_what_is_neither_text_nor_lines_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="line 1"):
        labelled(text)


@pytest.mark.parametrize(
    "line",
    [
        '{"id": 1}',
        '{"id": 1, "text": 3}',
        "{broken",
        '{"id": null, "text": "Normal."}',
        '{"id": ' + "9" * 5000 + "}",
        '{"id": ' + "[" * 100_000,
    ],
)
def test_a_line_that_is_no_report_is_named_and_not_shown(line: str) -> None:
    made = label_lines(['{"id": 1, "text": "Normal."}\n', line])
    assert json.loads(next(made)) == {"id": "1", "labels": {}}
    with pytest.raises(InputError, match="line 2") as caught:
        next(made)
    assert "broken" not in str(caught.value)


def test_workers_give_the_same_lines_in_the_same_order() -> None:
    lines = [json.dumps({"id": i, "text": f"Nodule of {i} mm."}) for i in range(500)]
    one = list(label_lines(lines))
    assert [json.loads(line)["id"] for line in one] == [str(i) for i in range(500)]
    assert list(label_lines(lines, workers=2)) == one


def test_a_reader_that_stopped_working_labels_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RadmineError("The reader no longer works.")

    monkeypatch.setattr(lines, "check_parser", fail)
    with pytest.raises(RadmineError, match="no longer works"):
        next(label_lines(["Normal."]))

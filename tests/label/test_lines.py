"""Labels of reports that come as text."""

import json

import pytest

from radmine.errors import InputError, RadmineError
from radmine.label import label_lines, lines


def test_json_lines_are_labelled_one_by_one() -> None:
    text = "\n".join(
        ['\ufeff{"id": 7, "text": "No pneumothorax."}', "", json.dumps({"id": "b", "text": "Scoliosis."})]
    )
    found = list(label_lines(text))
    assert [row["id"] for row in found] == ["7", "b"]
    assert {f: str(label["assertion"]) for f, label in found[0]["labels"].items()} == {
        "pneumothorax": "absent"
    }
    assert found[1]["labels"]["scoliosis"]["evidence"]


def test_any_other_text_is_one_report_and_a_scheme_has_its_own_names() -> None:
    (row,) = label_lines("Small pleural effusion.", scheme="chestxray14")
    assert row["id"] == "-"
    assert list(row["labels"]) == ["Effusion"]


@pytest.mark.parametrize("line", ['{"id": 1}', '{"id": 1, "text": 3}', "{broken"])
def test_a_line_that_is_no_report_is_named_and_not_shown(line: str) -> None:
    with pytest.raises(InputError, match="line 2") as caught:
        list(label_lines('{"id": 1, "text": "Normal."}\n' + line))
    assert "broken" not in str(caught.value)


def test_a_reader_that_stopped_working_labels_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RadmineError("The reader no longer works.")

    monkeypatch.setattr(lines, "check_reader", fail)
    with pytest.raises(RadmineError, match="no longer works"):
        next(iter(label_lines("Normal.")))

"""Labels of reports that come as text."""

import io
import json
import time
from pathlib import Path
from typing import Any

import pytest

from radmine.errors import InputError, RadmineError
from radmine.label import label_files, label_lines, lines, read_lines
from radmine.run import Limits


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


def test_json_lines_are_known_by_what_ingest_calls_an_id_and_a_text() -> None:
    lines = ['{"accession_number": "A1", "report_text": "No pneumothorax."}', '{"report_text": "Ascites."}']
    assert [(row["id"], list(row["labels"])) for row in labelled(*lines)] == [
        ("A1", ["pneumothorax"]),
        ("2", ["ascites"]),
    ]


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


GOOD = '{"id": 1, "text": "Normal."}'
NUMBERED = {"id": "2", "labels": {}, "rejected": "bad_line"}


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ('{"id": 7}', NUMBERED | {"id": "7"}),
        ('{"id": 7, "text": 3}', NUMBERED | {"id": "7"}),
        ('{"id": "a", "text": null}', {"id": "a", "labels": {}, "rejected": "empty_report"}),
        ("{broken", NUMBERED),
        ("no JSON", NUMBERED),
        ("[1]", NUMBERED),
        ('{"id": null, "text": "Normal."}', {"id": "2", "labels": {}}),
        ('{"text": "Normal."}', {"id": "2", "labels": {}}),
        ('{"Report_ID": "a", "report_text": "Normal."}', {"id": "a", "labels": {}}),
        ('{"accession_number": 5, "narrative": "Normal."}', {"id": "5", "labels": {}}),
        ('{"id": ["a"], "text": "Normal."}', NUMBERED),
        ('{"accession_number": 5}', NUMBERED | {"id": "5"}),
        ('{"words": "Normal."}', NUMBERED),
        ('{"id": "\udce9", "text": "Normal."}', NUMBERED),  # as Python reads a byte that is no UTF-8
        ('{"id": ' + "9" * 5000 + "}", NUMBERED),
        ('{"id": ' + "[" * 100_000, NUMBERED),
        ('{"id": 7, "text": " \\u00a0 \\ufeff"}', {"id": "7", "labels": {}, "rejected": "empty_report"}),
    ],
)
def test_a_line_that_is_no_report_is_answered_and_the_next_one_follows(line: str, answer: object) -> None:
    assert labelled(GOOD, line, GOOD) == [{"id": "1", "labels": {}}, answer, {"id": "1", "labels": {}}]


def test_the_first_line_may_be_the_bad_one() -> None:
    assert [row["id"] for row in labelled("{broken", '{"id": "a"}', GOOD)] == ["1", "a", "1"]


@pytest.mark.parametrize(
    "first", ["[1]", "[]", '"words"', "123", "garbage", "\n# header", "[ ] seen", "{name}", "\udce9", "{}"]
)
def test_a_first_line_that_is_no_report_is_answered_under_its_number(first: str) -> None:
    bad = {"id": str(first.count("\n") + 1), "labels": {}, "rejected": "bad_line"}
    rows = labelled(*f"{first}\n{GOOD}\n".splitlines(keepends=True), '{"words": "Normal."}')
    assert rows == [bad, {"id": "1", "labels": {}}, {**bad, "id": str(int(bad["id"]) + 2)}]


def test_what_counts_as_white_space_may_stand_around_a_line() -> None:
    assert [row["id"] for row in labelled(f"\x85{GOOD}\n", f"{GOOD}\u00a0\n")] == ["1", "1"]


@pytest.mark.parametrize(
    "text",
    [
        "[Findings]\nNo effusion.",
        "{Findings}\nNo effusion.",
        "[ ] No effusion.\n[1] Normal.",
        "No effusion.\n{1}\n[2]\n" + '{"see": 1}',
        "No effusion.\n" * 100 + GOOD,
    ],
)
def test_a_report_with_brackets_stays_one_report(text: str) -> None:
    (row,) = labelled(*text.splitlines(keepends=True))
    assert row["id"] == "-"
    assert list(row["labels"]) == ["pleural_effusion"]


@pytest.mark.parametrize("text", [f"[{GOOD},\n{GOOD}]", f"[\n{GOOD},\n{GOOD}\n]", f"\n[{GOOD}]\n{GOOD}"])
def test_an_array_of_objects_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="line"):
        labelled(*text.splitlines(keepends=True))


def test_lines_of_which_none_is_an_object_are_refused() -> None:
    with pytest.raises(InputError, match="line 1") as caught:
        labelled("{", '"id": 1,', '"text": "Normal."', "}")
    assert "Normal" not in str(caught.value)


@pytest.mark.parametrize("text", ["Heart \udcff normal.", "Heart\n\udce9\n"])
def test_text_that_is_not_utf8_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="line"):
        labelled(*text.splitlines(keepends=True))


@pytest.mark.parametrize("raised", [IndexError, RecursionError, MemoryError, BaseException])
def test_a_report_that_fails_is_answered_and_the_next_one_follows(
    monkeypatch: pytest.MonkeyPatch, raised: type[BaseException]
) -> None:
    whole = lines.label_report

    def label(text: str, **options: Any) -> Any:
        if text == "bad":
            raise raised("secret words")
        return whole(text, **options)

    monkeypatch.setattr(lines, "label_report", label)
    rows = labelled(GOOD, '{"id": "b", "text": "bad"}', '{"id": "c", "text": "No PTX."}')
    reason = "out_of_memory" if raised is MemoryError else "unreadable_report"
    assert rows[1] == {"id": "b", "labels": {}, "rejected": reason}
    assert [row["id"] for row in rows] == ["1", "b", "c"]
    assert list(rows[2]["labels"]) == ["pneumothorax"]


@pytest.mark.parametrize("raised", [KeyboardInterrupt, SystemExit])
def test_who_stops_the_pipe_is_heard(monkeypatch: pytest.MonkeyPatch, raised: type[BaseException]) -> None:
    def stop(_text: str, **_options: Any) -> Any:
        raise raised

    monkeypatch.setattr(lines, "label_report", stop)
    with pytest.raises(raised):
        labelled(GOOD)


def test_what_is_over_a_limit_is_answered_without_being_read() -> None:
    limits = Limits(report_characters=20, line_mb=0.0001)
    long = '{"id": "b", "text": "' + "x" * 30 + '"}'
    longer = '{"id": "c", "text": "' + "x" * 100 + '"}'
    rows = labelled(GOOD, long, longer, GOOD, limits=limits)
    assert [row.get("rejected") for row in rows] == [None, "report_too_long", "too_large", None]
    (row,) = labelled(*["effusion\n"] * 10, limits=limits)
    assert row == {"id": "-", "labels": {}, "rejected": "report_too_long"}
    (row,) = labelled("effusion " * 20, limits=limits)
    assert row == {"id": "-", "labels": {}, "rejected": "too_large"}


def test_a_report_that_takes_too_long_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(_text: str, **_options: Any) -> Any:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            pass

    monkeypatch.setattr(lines, "label_report", slow)
    (row,) = labelled(GOOD, limits=Limits(seconds=0.01))
    assert row == {"id": "1", "labels": {}, "rejected": "took_too_long"}


def test_of_a_line_that_is_too_long_only_its_beginning_is_kept() -> None:
    limits = Limits(line_mb=0.0001)
    text = f"{GOOD}\n{'x' * 1000}\n\n{'y' * 101}\n{GOOD}\n{'z' * 999}"
    read = list(read_lines(io.StringIO(text), limits))
    assert [len(line) for line in read] == [len(GOOD) + 1, 101, 1, 101, len(GOOD) + 1, 101]
    rows = labelled(*read, limits=limits)
    assert [row.get("rejected") for row in rows] == [None, "too_large", "too_large", None, "too_large"]


def test_an_id_that_is_no_utf8_is_written_as_json_escapes_it() -> None:
    (line,) = label_lines(['{"id": "\\ud800\\u00e9", "text": "Normal."}'])
    assert line.encode("utf-8") == b'{"id": "\\ud800\\u00e9", "labels": {}}'


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


def of_files(*paths: Path, **options: Any) -> dict[str, Any]:
    return {row["id"]: row for row in map(json.loads, label_files(paths, **options))}


def test_each_file_is_a_report_under_its_name_and_each_of_its_json_lines_is_one(tmp_path: Path) -> None:
    text, more, folder = tmp_path / "a.txt", tmp_path / "b.jsonl", tmp_path / "c"
    text.write_bytes("Große Körpergröße.\r\nNo pneumothorax.".encode("cp1252"))
    more.write_text('\ufeff{"id": 1, "text": "Scoliosis."}\n{"text": "Clear."}\n{broken\n', encoding="utf-8")
    (folder / "d").mkdir(parents=True)
    (folder / "d" / "a.txt").write_text("Small effusion.")
    (folder / "Thumbs.db").write_bytes(b"\0")
    found = of_files(text, more, folder)
    assert list(found) == ["a.txt", "1", "b.jsonl:2", "b.jsonl:3", "d/a.txt"]
    (mention,) = found["a.txt"]["labels"]["pneumothorax"]["evidence"][0]["mentions"]
    assert "Große Körpergröße.\nNo pneumothorax."[mention["start"] : mention["end"]] == "pneumothorax"
    assert [row.get("rejected") for row in found.values()] == [None, None, None, "bad_line", None]


def test_files_of_one_name_go_by_their_paths(tmp_path: Path) -> None:
    files = [tmp_path / "x" / "a.txt", tmp_path / "y" / "a.txt"]
    for file in files:
        file.parent.mkdir()
        file.write_text("Scoliosis.")
    assert list(of_files(*files)) == [str(file) for file in files]


def test_a_file_that_cannot_be_read_is_set_aside(tmp_path: Path) -> None:
    contents = {
        "none.txt": b"",
        "bytes.txt": b"\x00\x01\x02",
        "long.txt": b"a" * 5000,
        "good.txt": b"Scoliosis.",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    found = of_files(*(tmp_path / name for name in contents), limits=Limits(report_characters=100))
    assert {name: row.get("rejected") for name, row in found.items()} == {
        "none.txt": "empty_report",
        "bytes.txt": "undecodable",
        "long.txt": "too_large",
        "good.txt": None,
    }


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", "id,text\n1,Scoliosis.\n", "radmine ingest NAME"),
        ("a.tsv.gz", "", "radmine ingest NAME"),
        ("a.jsonl", "Scoliosis of the spine\n", "a.jsonl, line 1"),
        ("gone.txt", None, "no such file"),
        ("folder/a.md", "Scoliosis.", "no file of text"),
    ],
)
def test_what_is_no_text_is_refused(tmp_path: Path, name: str, content: str | None, says: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    with pytest.raises(InputError, match=says) as error:
        of_files(path.parent if "/" in name else path)
    assert "Scoliosis" not in str(error.value)

"""`export`."""

import csv
from pathlib import Path

import pytest

from tests.cli.commands import objects, radmine


def test_labels_go_out(home: Path, tmp_path: Path) -> None:
    to = tmp_path / "labels.csv"
    done = radmine(
        "export", "notes", "--as", "chexpert", "--to", str(to), "--evidence", "--probabilities", home=home
    )
    assert done.returncode == 0, done.stderr
    assert "6 of 6 reports have a label" in done.stdout
    assert str(tmp_path / "labels.evidence.csv") in done.stdout
    with to.open(newline="") as stream:
        rows = {Path(row["report_id"]).name: row for row in csv.DictReader(stream)}
    assert (rows["report0"]["No Finding"], rows["report0"]["Lung Opacity"]) == ("1", "0")
    assert (rows["report1"]["Pleural Effusion"], rows["report1"]["Pneumonia"]) == ("1", "-1")
    assert rows["report1"]["Lung Opacity"] == "-1"
    arguments = ["export", "notes", "--as", "chexpert", "--to", str(to), "--no-scheme-parents", "--json"]
    (said,) = objects(radmine(*arguments, home=home))
    assert (said["files"], said["items"], said["rows"]) == ([str(to)], 6, 6)
    with to.open(newline="") as stream:
        rows = {Path(row["report_id"]).name: row for row in csv.DictReader(stream)}
    assert rows["report1"]["Lung Opacity"] == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--as", "coco", "--to", "o.csv"], "chexpert"),
        (["--as", "chexpert", "--to", "o.docx"], ".parquet"),
        (["--as", "chexpert", "--to", "o.csv", "--where", "colour=red"], "colour"),
        (["--as", "chexpert"], "--to"),
        (["--as", "long", "--to", "o.csv", "--no-scheme-parents"], "--no-scheme-parents"),
    ],
)
def test_what_cannot_be_exported_is_explained(home: Path, arguments: list[str], says: str) -> None:
    result = radmine("export", "notes", *arguments, home=home)
    assert result.returncode == 2
    assert says in result.stderr


def test_a_pipe_without_parents(home: Path) -> None:
    arguments = ["label", "-", "--scheme", "chexpert", "--no-scheme-parents"]
    (one,) = objects(radmine(*arguments, home=Path(), stdin="Pulmonary edema."))
    assert list(one["labels"]) == ["Edema"]
    refused = radmine("label", "notes", "--no-scheme-parents", home=home)
    assert "--no-scheme-parents goes with text" in refused.stderr


@pytest.mark.parametrize(
    "text", ["See prior.", "Indication: cough.", "MRI of the knee: medial meniscus tear."]
)
def test_a_pipe_gives_no_label_without_evidence(text: str) -> None:
    (one,) = objects(radmine("label", "-", "--scheme", "chexpert", home=Path(), stdin=text))
    assert one["labels"] == {}

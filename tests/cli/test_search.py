"""`search`: hits whole enough to be copied, examples that run, and mistakes that are explained in its own terms."""

import shlex
from pathlib import Path

import pytest

from radmine.records import Link
from tests.cli.commands import objects, radmine
from tests.search.corpora import index, make_corpus


def test_hits_as_json(home: Path) -> None:
    hits = objects(radmine("search", "notes", "--text", "pleural effusion", "--json", home=home))
    assert list(hits[0]) == [
        "rank",
        "score",
        "kind",
        "image_id",
        "report_id",
        "study_id",
        "patient_id",
        "path",
        "why",
        "study_date",
        "modality",
        "sentence",
        "marks",
    ]
    assert {h["report_id"] for h in hits[:3]} == {"report1", "report3", "report5"}


def test_the_path_of_a_hit_stands_whole_on_a_line_of_its_own(tmp_path: Path) -> None:
    """However long it is, and where it holds what a terminal might take for markup or a place to break the line."""
    path = "/" + "/".join(["a very long folder [name]"] * 12) + "/image 1.dcm"
    corpus = make_corpus(
        tmp_path,
        texts={"r1": "Large pneumothorax.", "r2": "No pneumothorax."},
        images={"i1": {"path": path}},
        links=[Link("r1", "i1", "study", 1.0)],
    )
    index(corpus)
    shown = radmine("search", "case", "--text", "pneumothorax", home=tmp_path).stdout
    assert path in [line.strip() for line in shown.splitlines()]
    assert [
        line.split()[:3:2] for line in shown.splitlines() if line.startswith("  ") and " r" in line[:12]
    ] == [
        ["1", "r1"],
        ["2", "r2"],
    ]
    assert shown.splitlines()[-1] == "Of 2 reports: pneumothorax present in 1, absent in 1."
    shown = radmine("search", "case", "--text", "gallbladder", home=tmp_path).stdout
    assert shown == "No hits. None of 2 reports has these words.\n"


def test_an_example_runs_and_the_commands_that_it_prints_do_too(home: Path) -> None:
    tried = radmine("search", "notes", "--example", home=home)
    (shown,) = [line.removeprefix("$ ") for line in tried.stdout.splitlines() if line.startswith("$ ")]
    again = radmine(*shlex.split(shown)[1:], home=home)
    assert again.stdout.splitlines()[0] in tried.stdout
    opens = tried.stdout.strip().splitlines()[-1].removeprefix("To open a case: ")
    assert radmine(*shlex.split(opens)[1:], home=home).returncode == 0
    hits = objects(radmine("search", "notes", "--example", "--json", home=home))
    assert len(hits) == 3


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["notes"], "--text"),
        (["nothing", "--text", "x"], "nothing"),
        (["notes", "--text", "x", "--where", "modality"], "--where modality=VALUE"),
        (["notes", "--where", "patient_id!=x"], "no != in filters (--where)"),
        (["notes", "--text", "x", "--where", "colour=red"], "modality"),
        (["notes", "--text", "x", "--text", "y"], "--text is given 2 times. [--text] Give one."),
        (["notes", "--image", "x", "--image", "y"], "--image is given 2 times"),
        (["notes", "--where", "finding=qqqq"], "`radmine findings` lists all"),
        (["notes", "--text", "x", "--example"], "--example brings its own queries"),
    ],
)
def test_what_cannot_be_asked_is_explained(home: Path, arguments: list[str], says: str) -> None:
    result = radmine("search", *arguments, home=home)
    assert result.returncode == 2, result.stderr
    assert says in result.stderr
    assert "--option" not in result.stderr
    assert not result.stdout


def test_a_filter_alone_lists_what_fits(home: Path) -> None:
    shown = radmine("search", "notes", "--where", "finding=pleural_effusion", "--k", "2", home=home)
    assert shown.returncode == 0, shown.stderr
    lines = shown.stdout.splitlines()
    assert lines[0] == "  1 report1 pleural_effusion present"
    assert lines[-1].startswith("2 of ")
    one = ["--where", "report_id=report1"]
    two = [*one, "--where", "report_id=report3"]
    assert [h["report_id"] for h in objects(radmine("search", "notes", *two, "--json", home=home))] == [
        "report1",
        "report3",
    ]


def test_a_sheet_is_written_beside_the_hits(home: Path, tmp_path: Path) -> None:
    for name in ("sheet.html", "sheet.png"):
        result = radmine(
            "search", "notes", "--text", "effusion", "--sheet", str(tmp_path / name), "--json", home=home
        )
        assert objects(result)
        assert name in result.stderr
        assert (tmp_path / name).stat().st_size > 1000
    refused = radmine("search", "notes", "--text", "x", "--sheet", str(tmp_path / "a.pdf"), home=home)
    assert refused.returncode == 2
    assert ".html or .png" in refused.stderr
    away = tmp_path / "nowhere" / "a.png"
    refused = radmine("search", "notes", "--text", "effusion", "--sheet", str(away), home=home)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert not away.parent.exists()
    empty = tmp_path / "empty.png"
    none = radmine("search", "notes", "--text", "qqq", "--sheet", str(empty), home=home)
    assert (none.returncode, none.stderr) == (0, "No sheet is written: there are no hits.\n")
    assert not empty.exists()

"""`evaluate`, `sample-check` and `scores`: what a user sees who asks how good it is."""

import csv
from pathlib import Path

import pytest

from tests.cli.commands import objects, radmine


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A labelled corpus of reports, of which half name an effusion."""
    folder = tmp_path_factory.mktemp("home")
    texts = folder / "texts"
    texts.mkdir()
    for i in range(80):
        said = "There is a pleural effusion" if i % 2 else "No pleural effusion"
        (texts / f"ACC{i:05}.txt").write_text(f"FINDINGS: {said} in case {i}.")
    assert radmine("ingest", "c", str(texts), "--reader", "text", home=folder).returncode == 0
    assert radmine("run", "c", "--through", "label", home=folder).returncode == 0
    return folder


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    """Return what is true of three reports, one of which we read wrong."""
    file = tmp_path / "truth.csv"
    file.write_text(
        "report_id,Pleural Effusion,Weather\nACC00001,1,fine\nACC00002,1,\nACC00004,0,\nACC99999,1,\n"
    )
    return file


def test_a_table_of_truth_gives_numbers_intervals_and_the_way_to_each_error(
    home: Path, truth: Path, tmp_path: Path
) -> None:
    result = radmine("evaluate", "c", "--truth", str(truth), "--scheme", "chexpert", home=home)
    assert result.returncode == 0, result.stderr
    lines = result.stdout.splitlines()
    assert "3 reports with 3 known answers; 1 of the truth are not in the corpus" in lines
    assert "columns that name no finding: Weather" in lines
    (row,) = (line.split() for line in lines if line.startswith("Pleural Effusion"))
    assert row == ["Pleural", "Effusion", "2", "3", "1.0", ".21-1.0", ".50", ".09-.91", ".67", ".17-.95"]
    assert "1 disagreement: 1 missed: read as absent" in lines
    assert lines[-1].endswith("radmine explain c ACC00002")
    assert radmine("explain", "c", "ACC00002", home=home).returncode == 0
    assert max(map(len, lines[:12])) <= 80
    file = tmp_path / "differing.csv"
    told = radmine("evaluate", "c", "--truth", str(truth), "--disagreements", str(file), "--json", home=home)
    *agreements, facts = objects(told)
    assert [a["of"] for a in agreements] == ["reports"] * 4
    assert (facts["unknown"], facts["ignored"]) == (1, ["Weather"])
    with file.open(newline="", encoding="utf-8-sig") as stream:
        (one,) = csv.DictReader(stream)
    assert (one["report_id"], one["sentence"]) == ("ACC00002", "No pleural effusion in case 2.")
    assert "No pleural effusion" not in told.stderr + told.stdout


def test_without_any_truth_it_says_what_to_do(home: Path) -> None:
    result = radmine("evaluate", "c", home=home)
    assert result.returncode == 0, result.stderr
    assert "Nothing is known to be true of c, so its labels are not scored." in result.stdout
    assert "radmine sample-check c" in result.stdout
    (told,) = objects(radmine("evaluate", "c", "--json", home=home))
    assert told["what"] == "Nothing is known to be true of c, so its labels are not scored."
    assert told["do"]["Check some"] == "radmine sample-check c"


def test_a_sample_is_drawn_checked_and_evaluated_with_the_commands_that_it_names(
    home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "sheet.csv"
    drawn = radmine("sample-check", "c", "--n", "20", "--to", str(file), home=home)
    assert "10 reports at random and the 10 most doubtful, of 80" in drawn.stdout
    with file.open(newline="", encoding="utf-8-sig") as stream:
        rows = list(csv.reader(stream))
    for row in rows[1:]:
        row[3] = row[4]
    with file.open("w", newline="", encoding="utf-8-sig") as stream:
        csv.writer(stream).writerows(rows)
    command = drawn.stdout.splitlines()[-1].removeprefix("Then: radmine ").split()
    result = radmine(*command, home=home)
    assert result.returncode == 0, result.stderr
    assert "The whole corpus (80 reports), estimated" in result.stdout
    assert "by 10 of the 10 reports that were drawn at random" in result.stdout
    assert "radmine sample-check c --n " in result.stdout
    *_, facts = objects(radmine(*command, "--json", home=home))
    assert (facts["population"], facts["checked"]) == (80, {"random": 10, "doubtful": 10})
    again = radmine("sample-check", "c", "--n", "30", "--to", str(file), home=home)
    assert f"{len(rows) - 1 - 20} answers stay" in again.stdout


def test_voters_that_truth_taught_are_measured_on_what_was_kept_back(home: Path, tmp_path: Path) -> None:
    file = tmp_path / "truth.csv"
    rows = "".join(f"ACC{i:05},{i % 2}\n" for i in range(80))
    file.write_text(f"report_id,pleural_effusion\n{rows}")
    (trained,) = objects(radmine("voters", "train", "c", "--truth", str(file), "--json", home=home))
    kept = trained["kept_back"]
    assert kept["reports"] == trained["truth_kept_back"] > 0
    assert kept["rules"][0]["known"] == kept["voters"][0]["known"] == kept["reports"]
    assert kept["rules"][0]["f1"]["value"] == 1.0
    shown = radmine("voters", "train", "c", "--truth", str(file), home=home).stdout
    assert f"{kept['reports']} reports of the truth that were kept back:" in shown
    assert "trained voters" in shown.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["evaluate", "c", "--scheme", "chexpert"], "Add --truth FILE.csv"),
        (["evaluate", "c", "--truth", "no/such.csv"], "no such file or folder of truth"),
        (["evaluate", "c", "--truth", "TRUTH", "--scheme", "weather"], "no label scheme"),
        (["sample-check", "c", "--to", "TRUTH"], "Another file stands here"),
        (["sample-check", "c", "--n", "1"], "--n"),
        (["evaluate", "c", "--html", "page.html"], "radmine run c --through train"),
        (["evaluate", "c", "--truth", "TRUTH", "--html", "page.html"], "Leave --truth out"),
        (["evaluate", "c", "--sensitivity", "0.9"], "Add --html FILE, --on OTHER or --json"),
        (["evaluate", "c", "--on", "c", "--truth", "TRUTH"], "Give one of them"),
        (["evaluate", "c", "--against", "c", "--html", "x.html"], "takes no --html"),
        (["evaluate", "c", "--against", "c"], "radmine run c --through train"),
        (["evaluate", "c", "--on", "c"], "Name another corpus"),
        (["scores", "c"], "radmine run c --through train"),
    ],
)
def test_what_cannot_be_asked_is_explained(home: Path, truth: Path, arguments: list[str], says: str) -> None:
    result = radmine(*(str(truth) if a == "TRUTH" else a for a in arguments), home=home)
    assert result.returncode == 2, result.stdout
    assert says in result.stderr

"""Labels corrected by commands: said, shown, and told where they cannot be."""

import io
import json
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from radmine.label import Decision
from radmine.show.decisions import COLUMNS, WHOLE, decision_rows
from radmine.show.tables import table
from tests.cli.commands import objects, radmine


@pytest.fixture(scope="module")
def home_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a labelled corpus of two reports."""
    home = tmp_path_factory.mktemp("home")
    (home / "in").mkdir()
    (home / "in" / "a.txt").write_text("Endotracheal tube in place. Small pneumothorax.")
    (home / "in" / "b.txt").write_text("No ascites.")
    assert radmine("ingest", "c", str(home / "in"), home=home).returncode == 0
    assert radmine("run", "c", "--through", "label", home=home).returncode == 0
    return home


@pytest.fixture
def home(home_once: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(home_once, tmp_path / "home")


def test_from_a_correction_to_its_label_and_back(home: Path) -> None:
    result = radmine(
        "correct", "c", "a", "Pneumothorax", "absent", "--by", "ann", "--why", "a <fold>", home=home
    )
    assert result.stdout == "a: pneumothorax absent, decided by ann\nNext: radmine run c --through label\n"
    status = {stage["stage"]: stage for stage in objects(radmine("status", "c", "--json", home=home))}
    assert status["label"]["reason"] == "changed: what people decided"
    shown = radmine("explain", "c", "a", home=home).stdout
    assert "from the next run on" in shown
    assert radmine("run", "c", "--through", "label", home=home).returncode == 0
    page = home / "a.html"
    radmine("explain", "c", "a", "--html", str(page), home=home)
    for text in (
        radmine("explain", "c", "a", home=home).stdout,
        radmine("show", "c", "a", home=home).stdout,
        page.read_text().replace("&lt;fold&gt;", "<fold>"),
    ):
        assert text.index("a <fold>") < text.index("decision:ann")
        assert "from the next run on" not in text
    (case,) = objects(radmine("explain", "c", "a", "--json", home=home))
    label = case["explanation"]["labels"]["pneumothorax"]
    assert (label["assertion"], label["evidence"][0]["voter"]) == ("absent", "decision:ann")
    assert case["decisions"][0]["why"] == "a <fold>"
    assert objects(radmine("decisions", "c", "--json", home=home)) == case["decisions"]
    assert "a <fold>" in radmine("decisions", "c", home=home).stdout
    assert radmine("correct", "c", "a", "pneumothorax", "withdrawn", home=home).returncode == 0
    assert radmine("decisions", "c", home=home).stdout == "c: nobody decided anything\n"


def test_where_an_index_is_it_is_to_be_made_anew_too(home: Path) -> None:
    assert radmine("run", "c", "--through", "index", home=home).returncode == 0
    told = "The index is older than the corpus: radmine run c --through index."
    assert told not in radmine("search", "c", "--text", "pneumothorax", home=home).stderr
    made = radmine("correct", "c", "a", "pneumothorax", "absent", "--by", "ann", home=home)
    assert made.stdout.splitlines()[-1] == "Next: radmine run c"
    assert radmine("run", "c", "--through", "label", home=home).returncode == 0
    assert told in radmine("search", "c", "--text", "pneumothorax", home=home).stderr


def test_words_of_decisions_are_not_broken_on_a_narrow_terminal(home: Path) -> None:
    radmine(
        "correct", "c", "a", "pleural_effusion", "uncertain", "--by", "ann", "--why", "x " * 40, home=home
    )
    (decision,) = objects(radmine("decisions", "c", "--json", home=home))
    shown = io.StringIO()
    Console(file=shown, width=80).print(table(COLUMNS, decision_rows([Decision(**decision)]), whole=WHOLE))
    assert all(
        word in shown.getvalue() for word in ("pleural_effusion", "uncertain", decision["at"][11:16] + "Z")
    )


def test_what_became_of_a_file(home: Path) -> None:
    rows = (
        ["report_id,finding,answer"]
        + ["a,hernia,yes"] * 2
        + ["b,Ascites ,maybe"]
        + ["nobody secret,hernia,yes"] * 30
    )
    (home / "corr.csv").write_text("\n".join(rows) + "\n")
    arguments = ("correct", "c", "--from", str(home / "corr.csv"), "--by", "ann")
    result = radmine(*arguments, home=home)
    assert result.stdout.splitlines() == [
        "rows: 2 decided, 1 the same as what stands, 30 refused",
        "Next: radmine run c --through label",
    ]
    assert result.stderr.splitlines()[0] == "corr.csv:5: unknown_report"
    assert result.stderr.splitlines()[-1] == "and 10 more; --json lists all"
    assert "secret" not in result.stderr
    (again,) = objects(radmine(*arguments, "--json", home=home))
    assert (again["decided"], again["same"], len(again["refused"])) == ([], 3, 30)
    assert radmine(*arguments, "--strict", home=home).returncode == 3


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "Which label"),
        (("a", "ascites"), "Which label"),
        (("a", "asites", "absent"), "Near: ascites"),
        (("a", "ascites", "absent", "--from", "x.csv"), "A file says itself"),
        (("--from", "x.csv"), "cannot be read"),
    ],
)
def test_one_line_says_what_is_wrong(home_once: Path, arguments: tuple[str, ...], says: str) -> None:
    result = radmine("correct", "c", *arguments, home=home_once)
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert says in result.stderr


def test_damage_is_found_told_and_left_as_it_is(home: Path) -> None:
    for finding in ("hernia", "ascites"):
        radmine("correct", "c", "a", finding, "absent", "--by", "ann", home=home)
    path = home / "corpora" / "c" / "decisions.jsonl"
    assert radmine("check", "c", home=home).stdout == "c: nothing is damaged\n"
    damaged = path.read_bytes().replace(b"hernia", b"hernja")
    path.write_bytes(damaged)
    result = radmine("check", "c", "--json", home=home)
    (found,) = (json.loads(line) for line in result.stdout.splitlines())
    assert (found["path"], found["mended"]) == (str(path), False)
    assert "backup" in found["do"]
    assert path.read_bytes() == damaged
    for command in (
        ("run", "c"),
        ("status", "c"),
        ("decisions", "c"),
        ("correct", "c", "a", "hernia", "present"),
    ):
        result = radmine(*command, home=home)
        assert result.returncode == 2
        assert "damaged in line 1" in result.stderr
        assert "backup" in result.stderr

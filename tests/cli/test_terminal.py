"""A text, id or path from outside moves no cursor: what a terminal would obey is shown, in every command and under --json."""

import json
from pathlib import Path

import pytest

from radmine.cli.terminal import say, show, tell, wrapped
from radmine.show.tables import table
from tests.cli.commands import Result, radmine
from tests.cli.screen import Screen, on_terminal
from tests.show.test_visible import OBEYED

EVIL = "r\x1b]0;title\x07\x9b31m\u202e[red]x[/red]\\"
SHOWN = "r\\x1b]0;title\\x07\\x9b31m\\u202e[red]x[/red]\\"
FORGED = "r\nradmine: forged\nx"
TEXT = f"FINDINGS: Small pleural effusion \x1b[2J\u202e\x07 of case {EVIL}. No pneumothorax."


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a corpus whose one report has such an id and text."""
    folder = tmp_path_factory.mktemp("home")
    line = json.dumps({"report_id": EVIL, "text": TEXT})
    (folder / "reports.jsonl").write_text(line + "\n")
    source = str(folder / "reports.jsonl")
    assert radmine("ingest", "c", source, "--reader", "table", home=folder).returncode == 0
    assert radmine("run", "c", home=folder).returncode == 0
    return folder


def check(result: Result) -> None:
    """Check that nothing is sent that a terminal obeys."""
    assert not set(OBEYED) & {*result.stdout, *result.stderr}


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "c", EVIL],
        ["explain", "c", EVIL],
        ["search", "c", "--text", "effusion"],
        ["search", "c", "--example"],
    ],
)
def test_in_every_view(home: Path, arguments: list[str]) -> None:
    result = radmine(*arguments, home=home)
    assert result.returncode == 0, result.stderr
    check(result)
    assert SHOWN in result.stdout


@pytest.mark.parametrize("command", [["show"], ["explain"], ["search", "--text", "effusion"]])
def test_in_json_the_content_is_the_same(home: Path, command: list[str]) -> None:
    first, *options = command
    item = [] if options else [EVIL]
    result = radmine(first, "c", *item, *options, "--json", home=home)
    check(result)
    (line,) = result.stdout.splitlines()
    found = json.loads(line)
    assert found.get("report", found)["report_id"] == EVIL


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "c", f"no{EVIL}"],
        ["status", EVIL],
        ["ingest", "d", f"no/{EVIL}"],
        ["docs", EVIL],
        ["run", "c", f"--{EVIL}"],
        ["run", "c", "--workers", EVIL],
        ["search", "c", "--text", "x", "--where", EVIL],
        ["run", "c", "--through", EVIL],
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_in_errors(home: Path, arguments: list[str], as_json: bool) -> None:
    result = radmine(*arguments, *(["--json"] if as_json else []), home=home)
    assert result.returncode == 2
    check(result)
    assert result.stderr


def test_label_of_standard_input(home: Path) -> None:
    lines = json.dumps({"id": EVIL, "text": TEXT}) + "\n"
    result = radmine("label", "-", home=home, stdin=lines)
    check(result)
    assert json.loads(result.stdout)["id"] == EVIL


@pytest.fixture(scope="module")
def forged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a corpus whose one report has an id of two lines."""
    folder = tmp_path_factory.mktemp("forged")
    line = json.dumps({"report_id": FORGED, "text": "FINDINGS:\nSmall effusion."})
    (folder / "reports.jsonl").write_text(line + "\n")
    source = str(folder / "reports.jsonl")
    assert radmine("ingest", "c", source, "--reader", "table", home=folder).returncode == 0
    assert radmine("run", "c", home=folder).returncode == 0
    return folder


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["show", "c", FORGED], 0),
        (["explain", "c", FORGED], 0),
        (["search", "c", "--text", "effusion"], 0),
        (["search", "c", "--example"], 0),
        (["show", "c", f"no{FORGED}"], 2),
        (["status", FORGED], 2),
        (["ingest", "d", f"no/{FORGED}"], 2),
        (["run", "c", "--through", FORGED], 2),
        (["run", "c", f"--{FORGED}"], 2),
    ],
)
def test_an_id_forges_no_line(forged: Path, arguments: list[str], code: int) -> None:
    result = radmine(*arguments, home=forged)
    assert result.returncode == code
    lines = [*result.stdout.splitlines(), *result.stderr.splitlines()]
    assert not [line for line in lines if line.strip(" │").startswith("radmine: forged")]
    assert "radmine: forged" in result.stdout + result.stderr


def test_markup_is_shown_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    say("[red]x[/red] :smile:")
    tell("[bold]y\\")
    show(table(("id",), [("[red]z[/red]\\",), (EVIL,)]))
    said = capsys.readouterr()
    assert "[red]x[/red] :smile:" in said.out
    assert "[bold]y\\" in said.err
    assert "[red]z[/red]\\" in said.out
    assert SHOWN in said.out


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("short one", ["short one"]),
        ("one two three four five", ["one two three four", "  five"]),
        ("  a long line of words, indented", ["  a long line of", "    words, indented"]),
        ("see /a/path/that/is/longer/than/it now", ["see", "  /a/path/that/is/longer/than/it", "  now"]),
        ("and run `radmine link NAME --x`; then go", ["and run", "  `radmine link NAME --x`;", "  then go"]),
        ("Then: radmine run NAME --through x", ["Then:", "  radmine run NAME --through x"]),
        ("漢字漢字漢字 漢字漢字", ["漢字漢字漢字", "  漢字漢字"]),
    ],
)
def test_a_line_is_wrapped_at_words(line: str, shown: list[str]) -> None:
    assert wrapped(line, 20) == shown
    assert wrapped(line, 60) == [line]


@pytest.mark.parametrize("columns", [80, 200])
def test_a_terminal_cuts_no_word(home: Path, columns: int) -> None:
    folder = home / ("a-folder-with-a-very-long-name-" * 3)
    folder.mkdir(exist_ok=True)
    commands = (
        ["sample-check", "c", "--n", "2", "--to", str(folder / "sheet.csv")],
        ["evaluate", "c"],
        ["run", "c"],
    )
    screen = Screen(columns).feed(on_terminal(*commands, home=home, columns=columns))
    lines = screen.lines()
    words = {word for line in lines for word in line.split()}
    said = (
        "Fill in the column answer (present, absent, uncertain); add a row for each finding that is missing."
    )
    assert {*said.split(), f"{folder / 'sheet.csv'}:"} <= words
    assert (said in lines) is (columns == 200)
    assert screen.cut() <= {line for line in lines if "a-folder-with" in line}

"""Progress on a terminal: its rates are true, it ends, and no line that is printed beside it is lost, cut or glued to it."""

import io
import json
import re
from pathlib import Path

import pytest

from radmine.cli import bars
from radmine.cli.bars import Bars, drawn, rate_text, time_text
from tests.cli.conftest import REPORT
from tests.cli.screen import Screen, on_terminal

SPIN = re.compile("[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]")
KINDS = (REPORT, "FINDINGS: Gallstone. Liver normal.", "FINDINGS: Rib fracture. Clear lungs.")


class Clock:
    """A clock that goes on only when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def line(progress: Bars, clock: Clock, width: int = 100) -> str:
    """Return the line that stands at the foot of the terminal now."""
    assert progress._work is not None
    return drawn(progress._work, clock(), width=width)


def test_the_rate_is_of_the_time_worked() -> None:
    clock = Clock()
    progress = Bars(clock)
    progress(0, 300, "images learned from")
    assert "/s" not in line(progress, clock)
    for done in (32, 64, 96):
        clock.now += 32 / 3.7
        progress(done, 300, "images learned from")
    assert "96/300  3.7 images/s  0:25  0:55 left" in line(progress, clock)
    clock.now += 20  # the next batch takes its time: what was measured stays
    assert "96/300  3.7 images/s  0:45  0:35 left" in line(progress, clock)


def test_what_an_earlier_run_did_is_no_speed() -> None:
    clock = Clock()
    progress = Bars(clock)
    progress(28_000, 50_000, "reports")
    clock.now += 10
    progress(30_000, 50_000, "reports")
    assert "30,000/50,000  200 reports/s  0:10  1:40 left" in line(progress, clock)


def test_a_bar_reaches_its_end_and_stays_at_it() -> None:
    clock = Clock()
    progress = Bars(clock)
    progress(0, 10, "images learned from: epoch 1")
    clock.now += 5
    progress(7, 10, "images learned from: epoch 2")
    assert line(progress, clock).endswith("7/10  1.4 images/s  0:05  0:02 left  epoch 2")
    progress(7, 7, "images learned from: epoch 2")
    clock.now += 60
    assert "─" not in line(progress, clock)
    assert line(progress, clock).endswith("━ 7/7  1.4 images/s  0:05  epoch 2")


def test_other_work_takes_its_place() -> None:
    clock = Clock()
    progress = Bars(clock)
    progress(60, 60, "reports")
    clock.now += 5
    progress(0, 60, "reports")  # of the next stage
    assert "0/60  0:00" in line(progress, clock)
    progress(0, None, "weighing voters")
    assert line(progress, clock)[2:] == "weighing voters 0:00"


def test_it_never_wraps() -> None:
    clock = Clock()
    progress = Bars(clock)
    progress(0, 1_000_000, f"images learned from: {'long ' * 40}")
    clock.now += 5_000
    progress(300_000, 1_000_000, f"images learned from: {'long ' * 40}")
    for width in (1, 10, 40, 79, 159):
        assert len(line(progress, clock, width)) == width
    progress(300_000, 1_000_000, "images learned from")
    for width, bar in ((79, False), (100, True)):
        assert "60.0 images/s  1:23:20  3:14:26 left" in line(progress, clock, width)
        assert ("━" in line(progress, clock, width)) is bar


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (0.0, ""),
        (0.004, "0.24 images/min"),
        (0.25, "0.25 images/s"),
        (3.71, "3.7 images/s"),
        (99.94, "99.9 images/s"),
        (13_287.4, "13,287 images/s"),
    ],
)
def test_rates(rate: float, text: str) -> None:
    assert rate_text(rate, "images") == text


def test_times() -> None:
    assert [time_text(s) for s in (0.9, 61, 3_723.5)] == ["0:00", "1:01", "1:02:03"]


# -- on a terminal --------------------------------------------------------------------------------------


def source(folder: Path) -> Path:
    """Return a folder of 30 short reports, of which one is set aside, that are read ten at a time."""
    texts = folder / "texts"
    texts.mkdir()
    for i in range(30):
        (texts / f"r{i}.txt").write_text(KINDS[i % 3])
    (texts / "empty.txt").write_text("")
    (folder / "small.toml").write_text("[ingest]\nshard_size = 10\n")
    return texts


def said(lines: list[str], home: Path) -> list[str]:
    """Return lines without what differs from run to run."""
    return [re.sub(r" +\d+\.\d s\b", " T s", line.replace(str(home), "HOME")) for line in lines]


def through_pipes(*commands: list[str], home: Path) -> list[str]:
    """Return what commands print where there is no terminal."""
    home.mkdir()
    file = home / "said"
    assert on_terminal(*commands, home=home, columns=80, stdout=file, stderr=file) == ""
    return said(file.read_text().splitlines(), home)


def on_screen(
    *commands: list[str], home: Path, columns: int, more: dict[str, str] | None = None
) -> list[str]:
    """Return the lines on the screen in the end of commands that were seen to draw bars."""
    home.mkdir(exist_ok=True)
    sent = on_terminal(*commands, home=home, columns=columns, more=more)
    assert SPIN.search(sent)
    return said(Screen(columns).feed(sent).lines(), home)


def commands(texts: Path) -> list[list[str]]:
    return [
        ["ingest", "c", str(texts), "--reader", "text", "--settings", str(texts.parent / "small.toml")],
        ["run", "c", "--through", "label", "--workers", "1"],
        ["check", "c"],
    ]


@pytest.mark.slow
def test_every_line_stands_whole_on_the_screen(tmp_path: Path) -> None:
    of = commands(source(tmp_path))
    expected = through_pipes(*of, home=tmp_path / "pipes")
    stages = [line.split()[0] for line in expected if " T s" in line]
    assert stages == ["ingest", "ingest", "parse", "link", "label"]
    for columns in (80, 160):
        assert on_screen(*of, home=tmp_path / str(columns), columns=columns) == expected


def test_json_and_bars_are_not_mixed(tmp_path: Path) -> None:
    file = tmp_path / "out"
    json_too = [[*of, "--json"] for of in commands(source(tmp_path))]
    sent = on_terminal(
        *json_too, home=tmp_path, columns=80, stdout=file, more={"NO_COLOR": "1", "LC_ALL": "C.UTF-8"}
    )
    assert SPIN.search(sent)
    assert set(re.findall(r"\x1b\[[\d;]*[A-Za-z]", sent)) == {"\x1b[K"}
    assert (
        Screen(80).feed(sent).lines()
        == ["1 item was set aside; `radmine rejected c` says which, why, and what to do."] * 2
    )
    found = [json.loads(line) for line in file.read_text().splitlines()]
    assert [of["stage"] for of in found] == ["ingest", "ingest", "parse", "link", "label"]


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stderr", "term", "draws"),
    [
        (_Terminal(), "xterm-256color", True),
        (_Terminal(), "dumb", False),
        (_Terminal(), "", False),
        (io.StringIO(), "xterm-256color", False),
    ],
)
def test_where_bars_are_drawn(
    monkeypatch: pytest.MonkeyPatch, stderr: io.StringIO, term: str, draws: bool
) -> None:
    monkeypatch.setattr("sys.stderr", stderr)
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert bars._can_draw() is draws


@pytest.mark.slow
@pytest.mark.parametrize("columns", [80, 160])
def test_every_command_with_bars(tmp_path: Path, columns: int) -> None:
    settings = tmp_path / "fast.toml"
    settings.write_text("[pixels]\nsize = 32\n[train]\nepochs = 2\nmin_positives = 2\n")
    made, piped = tmp_path / "made", tmp_path / "pipes"

    def all_of(home: Path) -> list[list[str]]:
        return [
            ["sample", str(home / "s"), "--reports", "160"],
            ["ingest", "c", str(home / "s" / "source")],
            ["run", "c", "--settings", str(settings), "--workers", "1"],
            ["voters", "train", "c"],
            ["check", "c"],
        ]

    expected = through_pipes(*all_of(piped), home=piped)
    assert sum(" done " in line for line in expected) == 9
    shown = on_screen(*all_of(made), home=made, columns=columns)
    assert " ".join(shown).split() == " ".join(expected).split()  # lines are wrapped there, at words

"""Scores in a terminal: the worst first, dashes where there is nothing, long notes below."""

import io
import re

import pytest
from rich.console import Console

from radmine.plots import lines_svg
from radmine.records import Score
from radmine.show.scores import measure, scores_view


def shown(scores: list[Score], *, every: bool = False) -> list[str]:
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(scores_view(scores, every=every, with_stage=False))
    return [line.rstrip() for line in console.export_text().splitlines()]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ((0.654, 0.55, 0.761), ".65 .55-.76"),
        ((1.0, 0.95, 1.0), "1.0 .95-1.0"),
        ((None,), "-"),
        ((-3.812,), "-3.81"),
        ((0.0,), ".00"),
    ],
)
def test_a_number_is_short(values: tuple[float | None, ...], text: str) -> None:
    assert measure(*values) == text


def test_the_ten_worst_findings_stand_first_and_the_rest_on_demand() -> None:
    scores = [Score("label", "reports: all findings", "micro F1", 0.9, 40)]
    scores += [Score("label", f"reports: f{n:02}", "F1", n / 20, 5) for n in reversed(range(14))]
    scores += [Score("label", "images: f1", "F1", 0.0, 0), Score("label", "images: f2", "F1", None, 0)]
    lines = shown(scores)
    assert [line.split()[1] for line in lines[2:12]] == [f"f{n:02}" for n in range(10)]
    assert lines[12].startswith("and 4 more: --all")
    assert [line.split() for line in lines[13:]] == [["images:", f"f{n}", "F1", "-", "0"] for n in (1, 2)]
    assert len(shown(scores, every=True)) == len(scores) + 1


def test_long_notes_stand_below_once() -> None:
    note = "left out: 40 of 60 test images whose text also occurs in training"
    rows = [Score("train", f, "auc_new", 0.5, 20, 0.4, 0.6, f"3 positive; {note}") for f in ("a", "b")]
    lines = shown(rows)
    assert [line.split()[-2:] for line in lines[1:3]] == [["positive", "[1]"]] * 2
    assert lines[3] == f"[1] {note}"


@pytest.mark.parametrize(("values", "axis"), [((1, 1), ("0.5", "1")), ((0, 0), ("0", "0.5"))])
def test_an_axis_stays_within_its_bounds(values: tuple[int, int], axis: tuple[str, str]) -> None:
    drawn = lines_svg({"a": list(enumerate(values))}, title="t", x="x", y="y", bounds=(0.0, 1.0))
    assert re.findall(r'text-anchor="end">(.*?)</text>', drawn) == [*axis]


def test_lines_carry_no_markup_of_names() -> None:
    drawn = lines_svg({"<b>": [(1, 2), (2, 3)], "x": [(1, 1)]}, title="<i>&", x="<x>", y='"y')
    assert "<b>" not in drawn
    assert "<i>" not in drawn
    assert "<x>" not in drawn
    assert drawn.count("<polyline") == 2

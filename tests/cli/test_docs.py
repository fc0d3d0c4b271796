"""`radmine docs`: lists the manual's pages, prints one, refuses what it has not."""

import io
import json
import sys

import pytest

from radmine.cli import main
from radmine.cli.docs import summary, topics


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(["docs", *arguments])
    return int(left.value.code or 0)


def test_it_lists_every_page_with_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == sorted(topics())
    assert len(lines) >= 8
    for line in lines:
        assert line.split("  ", 1)[1].strip().endswith(".")
        assert len(line) <= 140


def test_it_prints_a_page_as_it_is_where_nobody_looks(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("labels") == 0
    assert capsys.readouterr().out == topics()["labels"]


def test_on_a_terminal_markdown_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    assert run("settings") == 0
    drawn = terminal.getvalue()
    assert "Settings" in drawn
    assert "# Settings" not in drawn
    assert "| --- |" not in drawn
    assert "<!--" not in drawn


def test_a_page_that_is_not_there_is_an_error_that_lists_those_that_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("nosuch") == 2
    said = capsys.readouterr().err
    assert "nosuch" in said
    assert all(name in said for name in topics())


def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--json") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["topic"]: row["summary"] for row in rows} == {n: summary(p) for n, p in topics().items()}
    assert run("search", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"topic": "search", "text": topics()["search"]}

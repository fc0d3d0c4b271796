"""Every command and every option is told about in the help."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from radmine.cli import app
from radmine.pipeline import STAGES
from tests.cli.commands import radmine


def commands() -> Iterator[tuple[str, Any]]:
    """Yield every command with its name as it is typed."""

    def below(name: str, command: Any) -> Iterator[tuple[str, Any]]:
        for word, child in getattr(command, "commands", {}).items():
            full = f"{name} {word}".strip()
            yield full, child
            yield from below(full, child)

    yield from below("", typer.main.get_command(app))


def test_every_command_and_option_is_told_about() -> None:
    for name, command in commands():
        assert command.help, name
        for parameter in command.params:
            assert parameter.help, f"{name}: {parameter.name} says nothing of itself"


def test_the_list_of_commands_tells_what_each_does_in_one_whole_line() -> None:
    listed = radmine("--help", home=Path()).stdout
    for name, _ in commands():
        assert f"  {name.split()[0]} " in listed
    assert "..." not in listed.split("Commands:")[1]


def test_stages_stand_in_the_order_of_the_flow() -> None:
    """ingest, then one command a stage."""
    stages = [stage.name for stage in STAGES]
    names = [name for name, _ in commands()]
    assert [name for name in names if name in stages] == stages


def test_every_command_speaks_json() -> None:
    for name, command in commands():
        options = {option for parameter in command.params for option in parameter.opts}
        assert "--json" in options or name == "voters", name

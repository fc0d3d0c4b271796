"""Writes the parts of the manual that the code knows: settings, tables and commands.

python scripts/make_pages.py     writes radmine/docs/settings.md, tables.md, commands.md and rejected.md anew

The head of each page is written by hand; what stands below the line `MARK` is made here, of the settings' dataclasses and
the comments above their fields, of `radmine.records.TABLES`, of `radmine.run.REASONS`, and of the commands' own help. `tests/test_docs.py` holds that
the pages are up to date.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_type_hints

import typer

from radmine.cli import app
from radmine.pipeline import STAGES, settings_tables
from radmine.records import TABLES, TableSpec
from radmine.run import REASONS, comments, toml_value, type_words
from radmine.show.settings import settings_rows

DOCS = Path(__file__).parent.parent / "radmine" / "docs"
MARK = "<!-- From here on made by `python scripts/make_pages.py`. -->"
BAR = r"\|"  # in a cell of a table


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield the lines of a Markdown table, and an empty one."""
    heads = tuple(heads)
    for row in (heads, ["---"] * len(heads), *rows):
        yield f"| {' | '.join(cell.replace('|', BAR) for cell in row)} |"
    yield ""


# -- settings


def settings() -> Iterator[str]:
    """Yield the lines on every setting."""
    for name, record in settings_tables().items():
        yield from (f"## [{name}]", "", (record.__doc__ or "").strip().splitlines()[0], "")
        yield from table(
            ("key", "type", "default", "meaning"),
            (
                (f"`{row.key}`", row.type, default_of(row.default), row.meaning)
                for row in settings_rows({name: record()})
            ),
        )


def default_of(value: Any) -> str:
    """Return a default, as code; None is none."""
    return "none" if value is None else f"`{toml_value(value)}`"


# -- tables


def tables() -> Iterator[str]:
    """Yield the lines on every table of a corpus."""
    writer = {t: stage.name for stage in STAGES for t in stage.writes if t in TABLES}
    for name, spec in TABLES.items():
        by = f"`{writer[name]}`" if name in writer else "every stage"
        doc = re.sub(r"^A row of `\w+`: ", "", (spec.record.__doc__ or "").strip().splitlines()[0])
        yield from (f"## {name}", "", doc[0].upper() + doc[1:], "")
        yield f"Written by {by}. Key: {', '.join(f'`{k}`' for k in spec.key)}.{points_to(spec)}"
        yield ""
        yield from table(("column", "type", "meaning"), columns(spec))


def points_to(spec: TableSpec) -> str:
    """Return where the foreign keys of a table point."""
    said = "; ".join(f"`{column}` points to {target}" for column, target in spec.points_to.items())
    return f" Foreign keys: {said}." if said else ""


def columns(spec: TableSpec) -> Iterator[tuple[str, str, str]]:
    """Yield the columns of a table: name, type, meaning."""
    hints, said = get_type_hints(spec.record), comments(spec.record)
    for name in spec.schema.names:
        if name in hints:
            target = spec.points_to.get(name)
            yield f"`{name}`", type_words(hints[name]), said[name] or (f"a row of {target}" if target else "")
        else:
            kind = {"string": "text", "int64": "whole number"}[str(spec.schema.field(name).type)]
            yield f"`{name}`", kind, OF_REPORT[name]


OF_REPORT = {
    "report_id": "",
    "index": "its place among the report's, from 0",
    "sentence": "index of its sentence",
}


# -- reasons


def reasons() -> Iterator[str]:
    """Yield the lines on every reason for which something is set aside."""
    yield from ("## Reasons", "")
    yield from table(
        ("reason", "what", "what to do"),
        ((f"`{name}`", f"{reason.of}: {reason.what}", reason.do) for name, reason in REASONS.items()),
    )


# -- commands


MANY = 4  # commands that share an option: it is said once


def command_line(
    command: Any, names: tuple[str, ...] = ("radmine",)
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command with the words that call it."""
    inner: Mapping[str, Any] = getattr(command, "commands", {})
    if not inner:
        yield names, command
    for name, part in inner.items():
        yield from command_line(part, (*names, name))


def commands() -> Iterator[str]:
    """Yield the lines on the options that many commands have, then on every command."""
    found = list(command_line(typer.main.get_command(app)))
    often = Counter(row for _, command in found for row in options(command))
    shared = [row for row, count in often.items() if count >= MANY]
    yield from ("## Options that many commands have", "")
    yield from table(("option", "meaning"), shared)
    for names, command in found:
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        usage = " ".join((*names, *map(argument_name, arguments)))
        yield from (f"## {' '.join(names)}", "", " ".join((command.help or "").split()), "")
        own = [row for row in options(command) if row not in shared]
        yield from (f"`{usage}`", "")
        rows = [(f"`{argument_name(p)}`", p.help or "") for p in arguments]
        yield from table(("argument, option", "meaning"), [*rows, *own])
        also = ", ".join(name for name, _ in options(command) if (name, _) in shared)
        if also:
            yield from (f"Also {also}.", "")


def options(command: Any) -> list[tuple[str, str]]:
    """Return the options of a command, each with its help."""
    return [
        (option_name(p), p.help or "")
        for p in command.params
        if p.param_type_name == "option" and "--help" not in p.opts
    ]


def argument_name(parameter: Any) -> str:
    """Return how the usage line names an argument."""
    name = parameter.metavar or parameter.name.upper()
    return name if parameter.required else f"[{name}]"


def option_name(parameter: Any) -> str:
    """Return the spellings of an option, with what it takes."""
    spelled = ", ".join(f"`{o}`" for o in (*parameter.opts, *parameter.secondary_opts))
    if parameter.is_flag:
        return spelled
    return f"{spelled} {parameter.metavar or parameter.name.upper()}"


PAGES = {"settings": settings, "tables": tables, "commands": commands, "rejected": reasons}


def page(topic: str) -> str:
    """Return a page whole: its head as it stands, and what is made."""
    head = (DOCS / f"{topic}.md").read_text("utf-8").partition(MARK)[0].rstrip()
    return "\n".join((head, "", MARK, "", *PAGES[topic]())).rstrip() + "\n"


def main() -> int:
    for topic in PAGES:
        (DOCS / f"{topic}.md").write_text(page(topic), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

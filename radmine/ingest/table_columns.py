"""Which columns of a table hold which field: by the fields' names, by what others call them, or as the user says."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from radmine.errors import InputError
from radmine.ingest.reader import WrongOptionError, names_in
from radmine.ingest.table_file import Layout
from radmine.ingest.table_names import CALLED, IDS, KNOWN, PLAIN_SECTIONS, SYNONYMS, TEXTS, VIEWS, plain

_LONGEST_NAME = 40  # characters of a column name that is shown
_MOST_NAMES = 60  # that are shown
_WORDS = 5  # of a column name, at most
_LONGEST = 100  # characters of any column name
# What no column is called: numbers, dates, phone numbers, ids.
_VALUE = re.compile(r"\W*|.*\d[\d\W]*\d.*|\d.*|.*[.!?:;]\s*", re.DOTALL)
_NO_NAME = re.compile(r"n/?a|nan|none|null|unknown|missing|yes|no|[mf]", re.IGNORECASE)
_PERSON = re.compile(r"[^\d_]{3,}")  # in capitals
_NUMBER = re.compile(r"\W*\d[\d\W]*")  # and dates


class UnknownTableError(InputError):
    """A table in which no column is known to hold a text or an image, or several might hold the text."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a table hold which field, and which go to `meta`."""

    of: Mapping[str, tuple[str, ...]]  # field -> columns
    kept: tuple[str, ...] = ()  # as the user names them
    left_out: int = 0


def check_columns(layout: Layout, options: Mapping[str, str]) -> Columns:
    """Return which columns of a table hold which field.

    Raises
    ------
    UnknownTableError
        There is none for a text or an image, or there are several for the text.
    WrongOptionError
        An option names a column that is not there.
    """
    chosen = choose_columns(layout, options)
    if not {"text", "path", "image_id"} & chosen.of.keys():
        raise UnknownTableError(
            "The table has no column that is known to hold a report's text, or an image's path or id.",
            where=layout.path,
            do=f"Name one with --column text=COLUMN or --column path=COLUMN; {_shown(layout, options)}.",
        )
    _check_text(layout, options, chosen)
    return chosen


def _check_text(layout: Layout, options: Mapping[str, str], chosen: Columns) -> None:
    """Refuse a table of which a text would be lost without a word."""
    texts = chosen.of.get("text", ())
    if any(layout.columns.count(column) > 1 for column in texts):
        raise UnknownTableError(
            "Two columns of the table have the same name, that of its text.",
            where=layout.path,
            do="Give each a name of its own in the first line, then name one, or several: --column text=findings,impression.",
        )
    others = {c for name, columns in chosen.of.items() if name != "text" for c in columns}
    known = [c for c in layout.columns if plain(c) in TEXTS and c not in others]
    if layout.names is not None and not any(len(names.intersection(known)) > 1 for names in layout.names):
        return  # no line has two: those without the chosen one are set aside by themselves
    if not options.get("text") and len(known) > 1 and not any(is_kept(c, chosen.kept) for c in known):
        raise UnknownTableError(
            f"Several columns of the table may hold its text: {', '.join(known)}.",
            where=layout.path,
            do=f"Name one with --column text={known[0]}, or several: --column text={joined_names(known)}.",
        )


def _shown(layout: Layout, options: Mapping[str, str]) -> str:
    """Return the columns for people: by name only where they are names and not a row's values."""
    count = len(layout.columns)
    if options.get("header", "yes") == "no":
        return f"it has: 1 to {count}"
    if not are_names(layout):
        return f"it has {count} columns, and its first line may be a row: without a header, say --option header=no"
    names = [c for c in layout.columns if not _is_person(c)][:_MOST_NAMES]
    said = ", ".join(c if len(c) <= _LONGEST_NAME else "(a long one)" for c in names)
    return f"it has: {said}" + (f" and {count - len(names)} more" if count > len(names) else "")


def _is_person(name: str) -> bool:
    """Return whether a column name might be that of a person: it is in capitals, and none that we know."""
    return name.isupper() and bool(_PERSON.fullmatch(name)) and plain(name) not in KNOWN


def are_names(layout: Layout) -> bool:
    """Return whether the first line of a table names columns beyond doubt; a value must never be shown.

    None of its fields looks like a value, and either two are known to us, or one stands over nothing but numbers.
    """
    names = [c for c in layout.columns if c]
    if not names or any(len(n) > _LONGEST or n.count(" ") >= _WORDS or _VALUE.fullmatch(n) for n in names):
        return False
    if layout.sample is None or sum(plain(n) in KNOWN for n in names) > 1:
        return True
    return any(
        not _NO_NAME.fullmatch(name) and not re.search(r"\d", name) and _over_numbers(index, layout.sample)
        for index, name in enumerate(layout.columns)
        if name
    )


def _over_numbers(index: int, rows: Sequence[Sequence[str]]) -> bool:
    values = [v for row in rows if len(row) > index and (v := row[index].strip())]
    return bool(values) and all(_NUMBER.fullmatch(v) for v in values)


def choose_columns(layout: Layout, options: Mapping[str, str]) -> Columns:
    """Return which columns of a table hold which field.

    Raises
    ------
    WrongOptionError
        An option names a column that is not there.
    """
    columns = layout.columns
    called = {c: plain(c) for c in columns}
    known = {called[c]: c for c in reversed(columns)}
    chosen = dict[str, tuple[str, ...]]()
    for name in SYNONYMS:
        if not options.get(name):
            continue
        named = [options[name]] if options[name] in called else names_in(options[name])
        found = [n if n in called else known.get(plain(n)) for n in named]
        if not all(found):
            raise WrongOptionError(
                f"The table has no column {options[name]!r} for {name}.",
                where=layout.path,
                do=f"Name another; {_shown(layout, options)}.",
            )
        chosen[name] = tuple(f for f in found if f)
    taken = {c for names in chosen.values() for c in names}

    def take(name: str, others: Sequence[str]) -> None:
        column = next((known[n] for n in others if n in known and known[n] not in taken), None)
        if name not in chosen and column is not None:
            chosen[name] = (column,)
            taken.add(column)

    for name in SYNONYMS:  # a field's own name goes before any synonym
        take(name, (plain(name),))
    for name, synonyms in CALLED.items():
        take(name, synonyms)
    if not options.get("view") and [called[c] for c in chosen.get("view", ())] == [VIEWS[0]]:
        chosen["view"] += tuple(c for c in columns if called[c] == VIEWS[1] and c not in taken)
    sections = [c for c in columns if called[c] in PLAIN_SECTIONS and c not in taken]
    if "text" not in chosen and sections:
        chosen["text"] = tuple(sections)
    owner = "report_id" if "text" in chosen else "image_id"
    for name in IDS:
        if owner not in chosen and name in known and known[name] not in taken:
            chosen[owner] = (known[name],)
    taken = {c for names in chosen.values() for c in names}
    kept = tuple(names_in(options.get("keep", "")))
    wanted = {plain(name) for name in kept}
    left_out = sum(1 for c in columns if c and c not in taken and called[c] not in wanted)
    return Columns(chosen, kept, left_out)


def joined_names(names: Sequence[str]) -> str:
    """Return column names as one option."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(names)
    return line.getvalue()


def is_kept(column: str, kept: Sequence[str]) -> bool:
    """Return whether a column is one of those that the user keeps."""
    return plain(column) in {plain(name) for name in kept}

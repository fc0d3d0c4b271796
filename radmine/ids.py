"""Which report or image of a corpus is meant: `find_item` for a person's word, `match_items` for a file's many."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import PurePath
from typing import Any, Literal, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from radmine.corpus import Corpus
from radmine.errors import InputError

Kind = Literal["report", "image"]

_SHORTEST = 4  # characters of an ending that may stand for an id
_SHOWN = 5  # ids that an error names
_COMPARED = 20_000  # ids among which the nearest are looked for


class Item(NamedTuple):
    """A report or an image."""

    kind: Kind
    id: str


def find_item(corpus: Corpus, name: str, *, kinds: Iterable[Kind] = ("report", "image")) -> Item:
    """Return the report or image that a name means.

    It is an id, else an accession number of one report, else the name of one file, with its ending or without, else the ending of
    one id ("1042" of "1.2.840.1042"): the first that fits, reports before images.

    Parameters
    ----------
    name
        What a person typed.
    kinds
        What it may mean.

    Raises
    ------
    InputError
        Nothing is meant, and the nearest ids are named; or several are, and those are.
    """
    kinds = tuple(kinds)
    tables = {kind: _names(corpus, kind) for kind in kinds}
    for kind, rows in tables.items():
        if pc.any(pc.equal(rows["id"], name)).as_py():
            return Item(kind, name)
    for way in ("accession_number", "path", "ending"):
        found = [Item(kind, i) for kind, rows in tables.items() for i in _meant(rows, name, way)]
        if len(found) == 1:
            return found[0]
        if found and way != "ending":
            of_reports = [item for item in found if item.kind == "report"]
            if len(of_reports) == 1:
                return of_reports[0]
        if found:
            raise InputError(
                f"{len(found):,} {_called(item.kind for item in found)} go by this name.",
                where=name,
                do=f"Give the id of one: {_list(item.id for item in found)}.",
            )
    near = _nearest(tables, name)
    raise InputError(
        f"The corpus has no {' or '.join(kinds)} with this id, accession number or file name.",
        where=name,
        do=f"Near: {_list(near)}."
        if near
        else f"Ids stand in the tables under {corpus.folder}; `radmine search` prints them too.",
    )


def match_items(corpus: Corpus, names: Iterable[str], *, kind: Kind = "report") -> dict[str, str]:
    """Return for each name that means one report (or image) the id of that.

    A name is an id, else an accession number (of reports), else a file's name with or without its ending, where no other
    goes by the same. What means none, or several, is not in the dict.
    """
    wanted = {name for name in names if name}
    rows = _names(corpus, kind)
    ids = rows["id"].to_pylist()
    matched = {i: i for i in ids if i in wanted}
    for column in ("accession_number", "path"):
        by_name: dict[str, set[str]] = {}
        for i, value in zip(ids, rows[column].to_pylist(), strict=True):
            for name in _called_by(column, value) & wanted:
                by_name.setdefault(name, set()).add(i)
        for name, of in by_name.items():
            if name not in matched and len(of) == 1:
                matched[name] = next(iter(of))
    return matched


def _called_by(column: str, value: str | None) -> set[str]:
    if not value:
        return set()
    return {value} if column == "accession_number" else {PurePath(value).name, PurePath(value).stem}


def _names(corpus: Corpus, kind: Kind) -> dict[str, Any]:
    """Return the ids of a table with what else its rows go by; accession numbers of reports alone, as many images share one."""
    columns = [f"{kind}_id", "path", *(["accession_number"] if kind == "report" else [])]
    table = corpus.read(f"{kind}s", columns=columns)
    ids = table.column(f"{kind}_id")
    accession = table.column("accession_number") if kind == "report" else pa.nulls(len(ids), pa.string())
    return {"id": ids, "path": table.column("path"), "accession_number": accession}


def _meant(rows: Mapping[str, Any], name: str, way: str) -> list[str]:
    if way == "accession_number":
        mask = pc.equal(rows[way], name)
    elif way == "path":
        table = pa.table({"id": rows["id"], "path": rows["path"]})
        likely = table.filter(pc.fill_null(pc.match_substring(rows["path"], name), False))
        pairs = zip(likely.column("id").to_pylist(), likely.column("path").to_pylist(), strict=True)
        return [i for i, path in pairs if path and name in _called_by("path", path)]
    elif len(name) < _SHORTEST:
        return []
    else:
        mask = pc.ends_with(rows["id"], name)
    return list(rows["id"].filter(pc.fill_null(mask, False)).to_pylist())


def _nearest(tables: Mapping[Kind, Mapping[str, Any]], name: str) -> list[str]:
    for rows in tables.values():
        inside = rows["id"].filter(pc.match_substring(rows["id"], name, ignore_case=True))
        if name and len(inside):
            return list(inside.slice(0, _SHOWN + 1).to_pylist())
        ids = rows["id"].slice(0, _COMPARED).to_pylist()
        if close := get_close_matches(name, ids, n=3):
            return close
    return []


def _called(kinds: Iterable[Kind]) -> str:
    return " and ".join(f"{kind}s" for kind in dict.fromkeys(kinds))


def _list(ids: Iterable[str]) -> str:
    listed = list(ids)
    return ", ".join(listed[:_SHOWN]) + (", ..." if len(listed) > _SHOWN else "")

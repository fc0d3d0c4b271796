"""Which report or image of a corpus is meant: `find_item` for a person's word, `match_items` for a file's many."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from difflib import get_close_matches
from typing import Any, Literal, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from radmine.corpus import Corpus
from radmine.errors import InputError

Kind = Literal["report", "image"]

_SHORTEST = 4  # characters of an ending that may stand for an id
_SHOWN = 5  # ids, or endings of paths, that an error names
_COMPARED = 20_000  # ids among which the nearest are looked for
_WAYS = (
    "accession_number",
    "path",
    "stem",
)  # by which many are matched at once; a person may give the ending of an id too


class Item(NamedTuple):
    """A report or an image."""

    kind: Kind
    id: str


def find_item(corpus: Corpus, name: str, *, kinds: Iterable[Kind] = ("report", "image")) -> Item:
    """Return the report or image that a name means.

    It is an id, else an accession number of one report, else the path of one file or an ending of that by whole parts ("i7",
    "A2100007/i7"; with the file's suffix or without; of a file with several frames with `#` and the frame), else the ending of
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
        Nothing is meant, and the nearest ids are named; or several are, and those are, files by endings that tell them apart.
    """
    kinds = tuple(kinds)
    tables = {kind: _names(corpus, kind) for kind in kinds}
    for kind, rows in tables.items():
        if pc.any(pc.equal(rows["id"], name)).as_py():
            return Item(kind, name)
    for way in (*_WAYS, "ending"):
        meant = {kind: _meant(rows, name, way) for kind, rows in tables.items()}
        found = [Item(kind, i) for kind, rows in meant.items() for i in rows["id"].to_pylist()]
        if len(found) == 1:
            return found[0]
        if found and way != "ending":
            of_reports = [item for item in found if item.kind == "report"]
            if len(of_reports) == 1:
                return of_reports[0]
        if found:
            by_file = way in ("path", "stem")
            named = (
                tell_apart([row for rows in meant.values() for row in rows.to_pylist()])
                if by_file
                else [item.id for item in found]
            )
            raise InputError(
                f"{len(found):,} {_called(item.kind for item in found)} go by this name.",
                where=name,
                do=f"Give {'more of the path' if by_file else 'the id'} of one: {_list(named)}.",
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

    A name is an id, else an accession number (of reports), else a file's path or an ending of that by whole parts, with its
    suffix or without, where no other goes by the same. What means none, or several, is not in the dict.
    """
    wanted = {name for name in names if name}
    rows = _names(corpus, kind)
    ids = rows["id"].to_pylist()
    matched = {i: i for i in ids if i in wanted}
    called = {_plain(name): name for name in wanted}
    depths = {name.count("/") + 1 for name in called}
    several: set[str] = set()
    for way in _WAYS:
        by_name: dict[str, str] = {}
        for i, name in _by(rows, way, called.keys(), depths):
            if by_name.setdefault(name, i) != i:
                several.add(name)
        for name, i in by_name.items():
            if name not in several:
                matched.setdefault(called[name], i)
    return matched


def shortest_endings(paths: Sequence[str]) -> list[str]:
    """Return of each path the shortest ending, by whole parts, that no other has; all of it where another is the same."""
    endings = list(paths)
    left, depth = list(range(len(paths))), 1
    while left:
        groups: dict[str, list[int]] = {}
        for i in left:
            groups.setdefault(_ending(paths[i], depth), []).append(i)
        for ending, group in groups.items():
            if len(group) == 1:
                endings[group[0]] = ending
        left = [
            i for group in groups.values() if len(group) > 1 for i in group if depth <= paths[i].count("/")
        ]
        depth += 1
    return endings


def _ending(path: str, depth: int) -> str:
    return "/".join(path.rsplit("/", depth)[-depth:])


def _plain(name: str) -> str:
    """Return a name that a person gave; of a path from where he stands all of it."""
    return os.path.abspath(name) if name.startswith(("./", "../")) else name


def _by(rows: pa.Table, way: str, wanted: Set[str], depths: Iterable[int]) -> Iterator[tuple[str, str]]:
    """Yield the ids of rows with what they go by, of what is wanted."""
    if way == "accession_number":
        for i, number in zip(rows["id"].to_pylist(), rows[way].to_pylist(), strict=True):
            if number in wanted:
                yield i, number
        return
    for i, path, frame in zip(*(rows[c].to_pylist() for c in ("id", "path", "frame")), strict=True):
        if not path:
            continue
        called = path if way == "path" else os.path.splitext(path)[0]
        if way == "stem" and called == path:
            continue
        for depth in depths:
            ending = _ending(called, depth)
            if ending in wanted:
                yield i, ending
            if frame is not None and (ending := f"{ending}#{frame}") in wanted:
                yield i, ending


def _names(corpus: Corpus, kind: Kind) -> pa.Table:
    """Return the ids of a table with what else its rows go by; accession numbers of reports alone, as many images share one."""
    of_kind, other, type_ = (
        ("accession_number", "frame", pa.int64())
        if kind == "report"
        else ("frame", "accession_number", pa.string())
    )
    table = corpus.read(f"{kind}s", columns=[f"{kind}_id", "path", of_kind])
    rows = table.rename_columns(["id", "path", of_kind])
    return rows.append_column(other, pa.nulls(len(table), type_))


def _meant(rows: pa.Table, name: str, way: str) -> pa.Table:
    """Return the rows that go by a name."""
    if way == "accession_number":
        mask = pc.equal(rows[way], name)
    elif way in ("path", "stem"):
        name = _plain(name)
        file = name.rpartition("#")[0] or name
        likely = rows.filter(pc.fill_null(pc.match_substring(rows["path"], file), False))
        meant = [i for i, _ in _by(likely, way, {name}, [name.count("/") + 1])]
        return likely.filter(pc.is_in(likely["id"], value_set=pa.array(meant, pa.string())))
    elif len(name) < _SHORTEST:
        return rows.slice(0, 0)
    else:
        mask = pc.ends_with(rows["id"], name)
    return rows.filter(pc.fill_null(mask, False))


def tell_apart(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return for each row (`id`, `path`, `frame`) the shortest ending of its path that no other has, its id where there is none."""
    endings = shortest_endings([path_of(row) or row["id"] for row in rows])
    times = Counter(endings)
    return [ending if times[ending] == 1 else row["id"] for ending, row in zip(endings, rows, strict=True)]


def path_of(row: Mapping[str, Any]) -> str | None:
    """Return the path of a row of `images`, with its frame where the file has several; None where there is no file."""
    path, frame = row["path"], row.get("frame")
    return path and (path if frame is None else f"{path}#{frame}")


def _nearest(tables: Mapping[Kind, pa.Table], name: str) -> list[str]:
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

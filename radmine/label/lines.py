"""Labels of reports that come as text: JSON lines, one report as it is, or files of either."""

import json
import re
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from radmine.errors import InputError
from radmine.files import NotAFileError, open_file
from radmine.findings import to_scheme
from radmine.label.report import label_report
from radmine.parse import check_parser, why_unread
from radmine.records import Label, Mention
from radmine.run import MEGABYTE, Guard, Limits, TooLargeError, map_in_order, reason_of, uncollected

_CHUNK = 200  # reports that are labelled at once, ...
_CHARACTERS = 2_000_000  # ... or fewer, where they are long
_DEFAULTS = Limits()
_NO_UTF8 = re.compile("[\udc80-\udcff]")  # bytes that are none, as Python reads them in

_LOOKED_AT = 100  # lines that are not empty, for one that is a JSON object
_OBJECT = re.compile(r'\s*\{\s*["}]')
_ARRAY = re.compile(r"\s*\[\s*\{")
# What no report begins with: an object that is cut short or goes over lines, or an empty list that is all.
_NO_REPORT = re.compile(r'\s*(\{\s*["}]|\[\s*\]\s*\Z)')

_JSON_LINES = (".jsonl", ".ndjson")  # suffixes
_STANDARD = "standard input"
_SURROGATE = re.compile("[\ud800-\udfff]")


class _Report(NamedTuple):
    id: str
    text: str
    rejected: str = ""  # why it is set aside, where it is


def label_lines(
    lines: Iterable[str],
    *,
    scheme: str | None = None,
    scheme_parents: bool = True,
    voters: str | PathLike[str] | None = None,
    workers: int = 1,
    limits: Limits = _DEFAULTS,
) -> Iterator[str]:
    """Yield a JSON object, `{"id", "labels": {finding: {"assertion", "probability", "evidence"}}}`, for each report.

    A report that cannot be labelled has the reason as `"rejected"` beside its empty labels, and the next one follows:
    `empty_report`, `report_too_long`, `took_too_long`, `unreadable_report`. So has a line that is no report, `bad_line` or
    `too_large`, under its number where it has no id. Any number of reports fits into memory.

    Parameters
    ----------
    lines
        JSON lines with `id` (without it the line's number is the id) and `text`, or what `ingest` takes for these (`report_id`,
        `accession_number`; `report_text`, ...), where one of the first 100 that are not empty is such a JSON object, else
        the lines of one report, whose id is "-". A JSON array of objects is refused, and so is text that is not UTF-8.
    scheme
        A published data set's own label names (see `radmine.findings.schemes`), or a file of one's own that ends in .toml.
    scheme_parents
        Whether labels are present with what is more special in the scheme (see `radmine.findings.to_scheme`).
    voters
        A folder of trained voters; None means the rules alone.
    workers
        Processes.
    limits
        What one report, and one line, may take.

    Raises
    ------
    InputError
        It is neither text nor JSON lines, or the scheme is unknown.
    RadmineError
        The reader's rules no longer work (`radmine.parse.check_parser`).
    """
    how = _How(scheme, scheme_parents, voters, limits)
    return _labelled(_reports_in(lines, limits), how, workers)


def label_files(
    paths: Iterable[str | PathLike[str]],
    *,
    scheme: str | None = None,
    scheme_parents: bool = True,
    voters: str | PathLike[str] | None = None,
    workers: int = 1,
    limits: Limits = _DEFAULTS,
) -> Iterator[str]:
    """Yield a JSON object for each report of files, as `label_lines` does, in the order of the files.

    A file is one report, read as `ingest` reads it, under its name; each line of JSON lines (`.jsonl`, `.ndjson`) is one,
    under its `id`. A file that cannot be read is set aside.

    Parameters
    ----------
    paths
        Files, or folders, of which the text files below are taken, under their paths from there. Where names are not
        unique, reports go under their files' paths as they were given.
    scheme, scheme_parents, voters, workers, limits
        As of `label_lines`.

    Raises
    ------
    InputError
        A file is missing or a table, a folder has no text file, JSON lines have none, or the scheme is unknown.
    RadmineError
        The reader's rules no longer work (`radmine.parse.check_parser`).
    """
    how = _How(scheme, scheme_parents, voters, limits)
    return _labelled(_reports_of(_named(paths), limits), how, workers)


class _How(NamedTuple):
    """How reports are labelled: what the functions above are asked."""

    scheme: str | None
    parents: bool
    voters: str | PathLike[str] | None
    limits: Limits


def _labelled(reports: Iterable[_Report], how: _How, workers: int) -> Iterator[str]:
    check_parser()
    if how.scheme:
        to_scheme({}, how.scheme)  # an unknown one shows before the work
    chunks = _chunks(_checked(reports, how.limits))
    work = partial(_label, **how._asdict())
    for labelled in map_in_order(work, ((chunk,) for chunk in chunks), workers=workers):
        yield from labelled


def read_lines(file: TextIO, limits: Limits = _DEFAULTS) -> Iterator[str]:
    """Yield the lines of a file, for `label_lines`; of one that is too long only as much as tells that it is."""
    longest = _longest(limits)
    while line := file.readline(longest + 1):
        yield line
        while len(line) > longest and not line.endswith("\n"):
            line = file.readline(longest + 1) or "\n"


def _longest(limits: Limits) -> int:
    """Return the characters of the longest line."""
    return int(limits.line_mb * MEGABYTE)


def _checked(reports: Iterable[_Report], limits: Limits) -> Iterator[_Report]:
    """Yield reports; those that are not to be read with the reason, and without their text."""
    for report in reports:
        reason = report.rejected or why_unread(report.text, limits.report_characters)[0]
        yield _Report(report.id, "", reason) if reason else report


def _chunks(reports: Iterable[_Report]) -> Iterator[list[_Report]]:
    chunk: list[_Report] = []
    characters = 0
    for report in reports:
        chunk.append(report)
        characters += len(report.text)
        if len(chunk) == _CHUNK or characters > _CHARACTERS:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


# -- files ------------------------------------------------------------------------------------------------


def _named(paths: Iterable[str | PathLike[str]]) -> list[tuple[str, Path]]:
    """Return the files with the names under which their reports go."""
    from radmine.ingest import TEXT_FILES, file_units, is_table

    named: list[tuple[str, Path]] = []
    for path in map(Path, paths):
        if path.is_dir():
            units = file_units([str(path)], suffixes=TEXT_FILES)
            below = [Path(unit.path) for unit in units if not unit.skip]
            if not below:
                raise InputError(
                    f"The folder has no file of text ({', '.join(TEXT_FILES)}).",
                    where=str(path),
                    do="Name its files, or make a corpus of it: `radmine ingest NAME FOLDER`.",
                )
            named += [(file.relative_to(path).as_posix(), file) for file in below]
        elif not path.exists():
            raise InputError("There is no such file.", where=str(path), do="Correct the path.")
        elif is_table(path.name) and path.suffix.lower() not in _JSON_LINES:
            raise InputError(
                "This is a table of reports.",
                where=str(path),
                do=f"Make a corpus of it: `radmine ingest NAME {path}`, then `radmine run NAME --through label`.",
            )
        else:
            named.append((path.name, path))
    unique = len({name for name, _ in named}) == len(named)
    return named if unique else [(path.as_posix(), path) for _, path in named]


def _reports_of(named: Iterable[tuple[str, Path]], limits: Limits) -> Iterator[_Report]:
    """Yield the reports of files; one that cannot be read with the reason."""
    from radmine.ingest import UNDECODABLE, read_text

    for name, path in named:
        try:
            if path.suffix.lower() in _JSON_LINES:
                open_file(path).close()  # a pipe or a device is refused
                with path.open(encoding="utf-8-sig", errors="surrogateescape") as file:
                    yield from _objects(enumerate(read_lines(file, limits), start=1), limits, of=name)
                continue
            read = read_text(path, limits)
        except (OSError, NotAFileError, TooLargeError) as error:
            yield _Report(name, "", reason_of(error, "unreadable_file")[0])
        else:
            yield _Report(name, read[0]) if read else _Report(name, "", UNDECODABLE)


# -- lines ------------------------------------------------------------------------------------------------


def _reports_in(lines: Iterable[str], limits: Limits) -> Iterator[_Report]:
    numbered = enumerate(lines, start=1)
    before: list[tuple[int, str]] = []
    looked = held = 0
    for number, line in numbered:
        text = line.removeprefix("\ufeff") if number == 1 else line
        before.append((number, text))
        held += len(text)
        if not text.strip():
            continue
        looked += 1
        if _is_row(text, limits) or (looked == 1 and _OBJECT.match(text)):
            if _ARRAY.match("".join(earlier for _, earlier in before)):
                raise _neither(number)
            yield from _objects(chain(before, numbered), limits)
            return
        if looked == _LOOKED_AT or held > 2 * _longest(limits) + _CHARACTERS:
            break
    first, begin = next((item for item in before if item[1].strip()), (1, ""))
    text = "".join(earlier for _, earlier in before)
    if "\0" in begin or _ARRAY.match(text) or _NO_REPORT.match(text):
        raise _neither(first)
    yield _whole(before, numbered, limits)


def _is_row(line: str, limits: Limits) -> bool:
    """Return whether a line is a JSON object that names an id or a text."""
    if len(line) > _longest(limits) or not line.lstrip().startswith("{"):
        return False
    item = _object(line) or {}
    return not {"id", "text"}.isdisjoint(item) or all(_keys(item))


def _whole(before: list[tuple[int, str]], numbered: Iterable[tuple[int, str]], limits: Limits) -> _Report:
    """Return one report of all lines; of one that is too long not much more than it may have."""
    rest = chain(before, numbered)
    text: list[str] = []
    left = limits.report_characters
    for number, line in rest:
        if _NO_UTF8.search(line):
            raise _neither(number)
        if len(line) > _longest(limits):
            return _Report("-", "", "too_large")
        text.append(line)
        left -= len(line)
        if left < 0:
            break
    return _Report("-", "".join(text))


def _objects(lines: Iterable[tuple[int, str]], limits: Limits, *, of: str = "") -> Iterator[_Report]:
    """Yield a report for each line (`of` a file); nothing before the first JSON object: without one it is an error."""
    held: list[_Report] | None = []
    first = 0
    for number, line in lines:
        if not line.strip():
            continue
        item = None if len(line) > _longest(limits) or _NO_UTF8.search(line) else _object(line)
        report = _report(f"{of}:{number}" if of else str(number), item)
        first = first or number
        if len(line) > _longest(limits):
            report = report._replace(rejected="too_large")
        if held is not None:
            held.append(report)
            if item is None:
                continue
            yield from held
            held = None
        else:
            yield report
    if held:
        raise _neither(first, of or _STANDARD)


def _object(line: str) -> dict[str, Any] | None:
    """Return the JSON object of a line, None where it is none."""
    try:
        item = json.loads(line.strip())  # of more than what JSON takes for white space
    except (ValueError, RecursionError):
        return None
    return item if isinstance(item, dict) else None


def _report(line: str, item: dict[str, Any] | None) -> _Report:
    """Return the report of a line's JSON object; under the line's number where that has no id."""
    item = item or {}
    ids, texts = _keys(item)
    report_id = next(
        (item[key] for key in ids if item[key] is not None), line
    )  # without one, its line's number
    text = item[texts[0]] if texts else None
    if not isinstance(report_id, str | int):
        return _Report(line, "", "bad_line")
    if texts and (text is None or text != text):  # what programs write for a missing text: null, NaN
        text = ""
    return _Report(str(report_id), text) if isinstance(text, str) else _Report(str(report_id), "", "bad_line")


def _keys(item: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the keys of an object that hold a report's id, and those that hold its text, as `ingest` knows them."""
    if "id" in item and "text" in item:
        return ("id",), ("text",)
    from radmine.ingest import report_keys

    return report_keys(tuple(item))


def _neither(number: int, of: str = _STANDARD) -> InputError:
    return InputError(
        "Neither text in UTF-8 nor JSON lines.",
        where=f"{of}, line {number}",
        do='Give one object a line, in UTF-8: {"id": "1", "text": "..."}.',
    )


# -- some reports, in a process of their own --------------------------------------------------------------


def _label(
    reports: list[_Report],
    *,
    scheme: str | None,
    parents: bool,
    voters: str | PathLike[str] | None,
    limits: Limits,
) -> list[str]:
    """Return the line of each report."""
    made: list[str] = []

    def set_aside(report_id: str, reason: str, _detail: str = "") -> None:
        made.append(_line({"id": report_id, "labels": {}, "rejected": reason}))

    with uncollected(), Guard(set_aside, otherwise="unreadable_report", seconds=limits.seconds) as guard:
        for report_id, text, rejected in reports:
            if rejected:
                set_aside(report_id, rejected)
                continue
            with guard(report_id):
                labels = label_report(text, voters=voters)
                shown = to_scheme(labels, scheme, parents=parents) if scheme else labels
                labelled = {name: _plain(label, of_scheme=bool(scheme)) for name, label in shown.items()}
                made.append(_line({"id": report_id, "labels": labelled}))
    return made


def _line(row: dict[str, Any]) -> str:
    line = json.dumps(row, ensure_ascii=False)
    # A lone surrogate, which JSON may name, is no UTF-8.
    return line if line.isascii() or not _SURROGATE.search(line) else json.dumps(row)


def _plain(label: Label, *, of_scheme: bool) -> dict[str, Any]:
    evidence = [
        {
            "voter": vote.voter,
            "assertion": vote.assertion,
            "probability": vote.probability,
            "implied": vote.implied,
            "mentions": [dict(zip(Mention._fields, mention, strict=True)) for mention in vote.mentions],
        }
        for vote in label.evidence
    ]
    follows = {} if of_scheme else {"implied": label.implied}
    return {"assertion": label.assertion, "probability": label.probability, **follows, "evidence": evidence}

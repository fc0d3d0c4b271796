"""The truth beside a synthetic source: one JSON-lines file for each kind of record."""

import json
import typing
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from radmine.errors import InputError
from radmine.records import Assertion, Experiencer, Temporality, Truth

_ENUMS: dict[str, Any] = {"assertion": Assertion, "temporality": Temporality, "experiencer": Experiencer}


@cache
def _kinds() -> dict[str, Any]:
    """Return the record type of every field of Truth, by the field's name."""
    return {name: typing.get_args(hint)[0] for name, hint in typing.get_type_hints(Truth).items()}


class TruthWriter:
    """Writes a truth piece by piece, so that any number of reports fits into memory."""

    def __init__(self, folder: Path) -> None:
        """Open `folder/truth/NAME.jsonl` for every kind of record; what stood there is gone."""
        place = folder / "truth"
        place.mkdir(parents=True, exist_ok=True)
        self._files = {name: (place / f"{name}.jsonl").open("w", encoding="utf-8") for name in _kinds()}

    def add(self, lines: Mapping[str, str]) -> None:
        """Write what `truth_lines` made."""
        for name, text in lines.items():
            self._files[name].write(text)

    def __enter__(self) -> "TruthWriter":
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            file.close()


def truth_lines(*truths: Truth) -> dict[str, str]:
    """Return the JSON lines of some truths, by the name of their file."""
    return {
        name: "".join(
            json.dumps(_row(record), ensure_ascii=False) + "\n"
            for truth in truths
            for record in getattr(truth, name)
        )
        for name in _kinds()
    }


def _row(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__slots__}


def read_truth(folder: Path) -> Truth:
    """Return the truth that stands beside a synthetic source.

    Parameters
    ----------
    folder
        What was given to `write_sample`, or its `truth` folder.

    Raises
    ------
    InputError
        There is no truth there, or a line of it is not a record.
    """
    place = folder / "truth" if (folder / "truth").is_dir() else folder
    found: dict[str, tuple[Any, ...]] = {}
    for name, kind in _kinds().items():
        path = place / f"{name}.jsonl"
        if not path.exists():
            raise InputError(
                "There is no truth of a sample here.",
                where=str(path),
                do="Give a CSV file of what is true, or the folder `truth` that `radmine sample DIR` makes.",
            )
        with path.open(encoding="utf-8") as stream:
            found[name] = tuple(_records(kind, stream, path))
    return Truth(**found)


def _records(kind: Any, lines: Iterable[str], path: Path) -> Iterable[Any]:
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
            for key, enum in _ENUMS.items():
                if key in row:
                    row[key] = enum(row[key])
            yield kind(**row)
        except (ValueError, TypeError) as error:
            raise InputError(
                "A line of the truth is not a record.", where=f"{path}:{number}", do="Make the sample again."
            ) from error

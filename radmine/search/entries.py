"""What an index knows of its reports and images: ids, filter values, labels, links and mentions, as Arrow files.

An *entry* is a report or an image; its *row* is its place in `ids.arrow`: the reports by id, then the images by id.
The files are memory-mapped, so that an index opens at once.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from radmine.records import Assertion
from radmine.search.manifest import unreadable

ASSERTIONS = tuple(Assertion)  # the code of an assertion in the files is its place here

_NO_LABELS = np.empty(0, np.int64), np.empty(0, np.int8), np.empty(0, bool)


class EntryLink(NamedTuple):
    """A link between a report and an image, by their rows."""

    report: int
    image: int
    method: str
    confidence: float
    start: int | None
    end: int | None


class EntryMention(NamedTuple):
    """A finding mentioned in a report, as said of the patient now."""

    finding: str
    assertion: Assertion
    start: int
    end: int


class Entries:
    """The entries of an index, memory-mapped; each file is opened when first needed.

    Parameters
    ----------
    file
        Returns where a file of the generation is.
    """

    def __init__(self, file: Callable[[str], Path]) -> None:
        self._file = file

    def _open(self, name: str) -> pa.Table:
        path = self._file(name)
        try:
            return pa.ipc.open_file(pa.memory_map(str(path))).read_all()
        except (OSError, pa.ArrowInvalid) as error:
            raise unreadable(path, error, index=path.parent.parent) from error

    @cached_property
    def ids(self) -> pa.Table:
        """The table of entries."""
        return self._open("ids.arrow")

    @cached_property
    def reports(self) -> int:
        """The number of reports: their rows come first."""
        return int(np.count_nonzero(self.ids["kind"].to_numpy(zero_copy_only=False) == "report"))

    def value(self, row: int, column: str) -> Any:
        """Return what an entry has in a column."""
        return self.ids[column][row].as_py()

    def row_of_image(self, image_id: str) -> int | None:
        """Return the row of an image, None where there is none with this id."""
        rows = range(self.reports, self.ids.num_rows)
        place = bisect_left(rows, image_id, key=lambda row: str(self.value(row, "image_id")))
        found = place < len(rows) and self.value(rows[place], "image_id") == image_id
        return rows[place] if found else None

    def having(self, column: str, values: Iterable[str]) -> np.ndarray:
        """Return for each entry whether it has one of the values in a column, as an array of bool."""
        mask = pc.is_in(self.ids[column], value_set=pa.array(sorted(values), pa.string()))
        return np.asarray(mask.to_numpy())

    def rows_where(self, column: str, values: Iterable[str]) -> list[int]:
        """Return the rows with one of the values in a column."""
        return list(np.flatnonzero(self.having(column, values)).tolist())

    def rows_of_file(self, file: Path) -> list[int]:
        """Return the rows of the images that were read from a file, however its path is written."""
        named = pc.ends_with(self.ids["path"], pattern=file.name)
        places = np.flatnonzero(pc.fill_null(named, False).to_numpy(zero_copy_only=False))
        real = file.resolve()
        return [row for row in places.tolist() if Path(self.value(row, "path")).resolve() == real]

    # -- labels and mentions

    @cached_property
    def _labels(self) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Rows and assertions of the labels, and whether a person decided, by finding."""
        table = self._open("labels.arrow")
        rows, codes = table["row"].to_numpy(), table["assertion"].to_numpy()
        decided = table["decided"].to_numpy(zero_copy_only=False)
        counts = pc.value_counts(table["finding"]).to_pylist()
        result, start = {}, 0
        # value_counts keeps the order of first appearance: the table is sorted by finding.
        for count in counts:
            end = start + count["counts"]
            result[count["values"]] = (rows[start:end], codes[start:end], decided[start:end])
            start = end
        return result

    def label_codes(self, finding: str, rows: np.ndarray) -> np.ndarray:
        """Return what the labels of entries say of a finding, as places in `ASSERTIONS`; -1 where not mentioned.

        Parameters
        ----------
        rows
            Of the entries, shape (n,).
        """
        held, codes, _ = self._labels.get(finding, _NO_LABELS)
        if not len(held):
            return np.full(len(rows), -1, np.int8)
        places = np.minimum(np.searchsorted(held, rows), len(held) - 1)
        return np.where(held[places] == rows, codes[places], np.int8(-1))

    def labels_of(self, row: int, findings: Iterable[str]) -> dict[str, Assertion]:
        """Return what an entry's labels say of findings; those that it does not mention are left out."""
        codes = {finding: int(self.label_codes(finding, np.array([row]))[0]) for finding in findings}
        return {finding: ASSERTIONS[code] for finding, code in codes.items() if code >= 0}

    def is_decided(self, row: int, finding: str) -> bool:
        """Return whether a person decided what an entry's label says of a finding."""
        held, _, decided = self._labels.get(finding, _NO_LABELS)
        return bool(decided[held == row].any())

    def images_of_study(self, study_id: str) -> list[int]:
        """Return the rows of a study's images, the one that stands for it first."""
        same = pc.fill_null(pc.equal(self.ids["study_id"], study_id), False).to_numpy()
        rows = [row for row in np.flatnonzero(same).tolist() if row >= self.reports]
        return sorted(rows, key=lambda row: int(self.value(row, "order")))

    def all_labels(self) -> Iterator[tuple[str, Assertion, np.ndarray]]:
        """Yield the rows of the reports for each finding and assertion."""
        for finding, (rows, codes, _) in self._labels.items():
            for code, assertion in enumerate(ASSERTIONS):
                yield finding, assertion, rows[(codes == code) & (rows < self.reports)]

    @cached_property
    def _mentions(self) -> tuple[np.ndarray, pa.Table]:
        table = self._open("mentions.arrow")
        return table["row"].to_numpy(), table

    def mentions_of(self, row: int) -> list[EntryMention]:
        """Return the mentions of a report, in the order of its text."""
        rows, table = self._mentions
        first, last = np.searchsorted(rows, [row, row + 1])
        part = table.slice(first, last - first).select(["finding", "assertion", "start", "end"]).to_pydict()
        return [
            EntryMention(finding, ASSERTIONS[code], start, end)
            for finding, code, start, end in zip(*part.values(), strict=True)
        ]

    # -- links

    @cached_property
    def _links(self) -> tuple[pa.Table, np.ndarray]:
        """The links by report, strongest first, and the rows of their reports."""
        table = self._open("links.arrow")
        return table, table["report"].to_numpy()

    @cached_property
    def _links_by_image(self) -> tuple[np.ndarray, np.ndarray]:
        """The rows of the links' images, ascending, and where these links stand; the strongest of an image first."""
        table, reports = self._links
        images = table["image"].to_numpy()
        order = np.lexsort((reports, -table["confidence"].to_numpy(), images))
        return images[order], order

    @property
    def linked(self) -> tuple[np.ndarray, np.ndarray]:
        """The rows of reports and images that are linked, shape (n,) each."""
        table, reports = self._links
        return reports, table["image"].to_numpy()

    def links_of_report(self, row: int) -> list[EntryLink]:
        """Return the links of a report, the strongest first."""
        table, reports = self._links
        first, last = np.searchsorted(reports, [row, row + 1])
        return [EntryLink(**link) for link in table.slice(first, last - first).to_pylist()]

    def links_of_image(self, row: int) -> list[EntryLink]:
        """Return the links of an image, the strongest first."""
        images, order = self._links_by_image
        first, last = np.searchsorted(images, [row, row + 1])
        return [EntryLink(**link) for link in self._links[0].take(order[first:last]).to_pylist()]

    def report_of_image(self, row: int) -> int | None:
        """Return the row of the report that an image is linked to most strongly."""
        images, order = self._links_by_image
        first = int(np.searchsorted(images, row))
        return int(self._links[1][order[first]]) if first < len(images) and images[first] == row else None

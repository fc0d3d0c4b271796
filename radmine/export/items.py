"""The reports or images of a corpus with all that is said of them, some at a time: `Items`."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from radmine.corpus import Corpus, Shard
from radmine.errors import InputError
from radmine.export.layout import Item
from radmine.findings import in_order
from radmine.records import (
    READ_TABLES,
    TABLES,
    Assertion,
    Label,
    ReadReport,
    Vote,
    Where,
    read_reports,
    row_filter,
)

_ASSERTIONS = {str(assertion): assertion for assertion in Assertion}
_AT_ONCE = 10_000  # items; of reports a shard, where that has fewer


class _Cast(NamedTuple):
    """A label as its row has it."""

    report_id: str | None
    assertion: Assertion
    probability: float
    voters: tuple[str, ...]
    implied: bool


class Items:
    """The reports of a corpus, or its images, that fit what is asked; `chunks` yields them in their order.

    Parameters
    ----------
    images
        Images, else reports.
    votes
        Whether their labels have the votes as evidence, with the words that these rest on.
    where
        Conditions on the rows of `images`, or of `reports` (see `radmine.records.read_conditions`).
    split
        Only of this part: train, validation or test.
    implied
        Whether labels that only follow from what is said of others count.
    """

    def __init__(
        self,
        corpus: Corpus,
        *,
        images: bool,
        votes: bool,
        where: Where | None,
        split: str | None,
        implied: bool = True,
    ) -> None:
        self.corpus, self.images, self._votes, self._implied = corpus, images, votes, implied
        self._table = "images" if images else "reports"
        self._key = "image_id" if images else "report_id"
        spec = TABLES[self._table]
        self._where = None if where is None else row_filter(spec, where)
        self._columns = [name for name in spec.schema.names if name != "text"]
        self._split_of = _splits(corpus)
        self._split = split
        if split is not None and split not in set(self._split_of.values()):
            parts = ", ".join(sorted(set(self._split_of.values()))) or "none: run `radmine ingest` first"
            raise InputError(f"There is no split {split!r}.", where="split", do=f"Splits: {parts}.")

    def occurring(self) -> Mapping[str, int]:
        """Return the findings that have labels on reports, or on images, and how many, in the order of the lexicon."""
        found: Counter[str] = Counter()
        on = pc.field("image_id").is_valid() if self.images else pc.field("image_id").is_null()
        if not self._implied:
            on &= ~pc.field("implied")
        for shard in self.corpus.shards("labels"):
            table = self.corpus.read_shard("labels", shard, columns=["finding"], rows=on)
            for row in pc.value_counts(table.column("finding")).to_pylist():
                found[row["values"]] += row["counts"]
        return in_order(found)

    def chunks(self) -> Iterator[list[Item]]:
        """Yield the items, some at a time."""
        starts = [
            (shard, at) for shard in self.corpus.shards(self._table) for at in range(0, shard.rows, _AT_ONCE)
        ]
        ids = self.corpus.read(self._table, columns=[self._key]).column(0)
        lengths = [min(_AT_ONCE, shard.rows - at) for shard, at in starts]
        ends = np.cumsum(lengths)
        labels = self._held("labels", ids, ends)
        votes = self._held("votes", ids, ends) if self._votes else None
        reports = ReportShards(self.corpus) if self._votes else None
        read, table = None, pa.table({})
        for number, (shard, at) in enumerate(starts):
            if shard is not read:
                read, table = shard, self.corpus.read_shard(self._table, shard, columns=self._columns)
            rows = table.slice(at, lengths[number])
            if self._where is not None:
                rows = rows.filter(self._where)
            chosen = [row for row in rows.to_pylist() if self._is_of_split(row)]
            if chosen:
                cast = self._rows_of("labels", labels[number], chosen)
                yield list(self._items(chosen, cast, votes[number] if votes else (), reports))

    def _is_of_split(self, row: Mapping[str, Any]) -> bool:
        return self._split is None or self._split_of.get(row["patient_id"]) == self._split

    def _held(self, table: str, ids: pa.ChunkedArray, ends: np.ndarray) -> list[list[Shard]]:
        """Return for each chunk of items the shards of a table that have rows of them."""
        held: list[list[Shard]] = [[] for _ in ends]
        known = ids.combine_chunks()
        for shard in self.corpus.shards(table):
            named = pc.unique(self.corpus.read_shard(table, shard, columns=[self._key]).column(0))
            places = pc.index_in(named.drop_null(), value_set=known).drop_null().to_numpy()
            for chunk in np.unique(np.searchsorted(ends, places, side="right")):
                held[chunk].append(shard)
        return held

    def _rows_of(
        self, table: str, shards: Sequence[Shard], items: Sequence[Mapping[str, Any]]
    ) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a table that speak of items."""
        wanted = pc.field(self._key).isin(pa.array([item[self._key] for item in items], pa.string()))
        if not self.images:
            wanted &= pc.field("image_id").is_null()
        for shard in shards:
            rows = self.corpus.read_shard(table, shard, rows=wanted)
            yield from zip(*(column.to_pylist() for column in rows.columns), strict=True)

    def _items(
        self,
        chosen: Sequence[Mapping[str, Any]],
        cast: Iterator[tuple[Any, ...]],
        vote_shards: Sequence[Shard],
        reports: "ReportShards | None",
    ) -> Iterator[Item]:
        labels: dict[str, dict[str, list[_Cast]]] = {}
        for report_id, image_id, finding, assertion, probability, voters, implied in cast:
            of_item = labels.setdefault(image_id if self.images else report_id, {})
            word = _Cast(report_id, _ASSERTIONS[assertion], probability, tuple(voters), implied)
            of_item.setdefault(finding, []).append(word)
        votes: dict[tuple[str | None, str | None, str], list[Vote]] = {}
        reads: dict[str, ReadReport] = {}
        if reports is not None:
            rows = list(self._rows_of("votes", vote_shards, chosen))
            reads = reports.read({row[0] for row in rows if row[0] is not None})
            for report_id, image_id, finding, voter, _, assertion, probability, why, implied in rows:
                mentions = tuple(reads[report_id].mentions[i] for i in why) if why else ()
                vote = Vote(voter, _ASSERTIONS[assertion], probability, mentions, implied)
                votes.setdefault((report_id, image_id, finding), []).append(vote)
        for row in chosen:
            yield self._item(row, labels.get(row[self._key], {}), votes, reads)

    def _item(
        self,
        row: Mapping[str, Any],
        said: Mapping[str, Sequence[_Cast]],
        votes: Mapping[tuple[str | None, str | None, str], Sequence[Vote]],
        reads: Mapping[str, ReadReport],
    ) -> Item:
        """Return an item; where reports differ on an image, present comes before uncertain before absent."""
        key = row[self._key]
        image_id = key if self.images else None
        labels: dict[str, Label] = {}
        voters: dict[str, tuple[str, ...]] = {}
        cast_in: dict[Vote, dict[str | None, None]] = {}
        reports: set[str | None] = set()
        for finding, words in said.items():
            word = words[0]
            agreeing: Sequence[_Cast] = words
            voters[finding] = word.voters
            if len(words) > 1:
                word = max(words, key=lambda w: (w.assertion.strength, w.probability))
                agreeing = [w for w in words if w.assertion is word.assertion]
                voters[finding] = tuple(dict.fromkeys(voter for w in agreeing for voter in w.voters))
            evidence: dict[Vote, None] = {}
            if votes:
                for report_id in (w.report_id for w in agreeing):
                    for vote in votes.get((report_id, image_id, finding), ()):
                        evidence[vote] = None
                        cast_in.setdefault(vote, {})[report_id] = None
            else:
                follows = all(w.implied for w in agreeing)
                evidence = {
                    Vote(v, word.assertion, word.probability, (), follows): None for v in voters[finding]
                }
            reports.update(w.report_id for w in words)
            label = Label(word.assertion, word.probability, tuple(evidence))
            if self._implied or not label.implied:
                labels[finding] = label
        return Item(
            key,
            row,
            self._split_of.get(row["patient_id"]),
            in_order(labels) if self.images else labels,  # those of a report are in order
            voters,
            tuple(sorted(report_id for report_id in reports if report_id is not None)),
            {vote: tuple(of) for vote, of in cast_in.items()},
            reads,
        )


def _splits(corpus: Corpus) -> dict[str, str]:
    table = corpus.read("splits", columns=["patient_id", "split"])
    return dict(zip(*(column.to_pylist() for column in table.columns), strict=True))


class ReportShards:
    """Reads reports by their ids."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        self._groups = corpus.aligned_shards(READ_TABLES)
        self._ids = corpus.read("reports", columns=["report_id"]).column(0).combine_chunks()
        self._ends = np.cumsum([group[0].rows for group in self._groups])

    def read(self, ids: set[str]) -> dict[str, ReadReport]:
        """Return reports as they were read."""
        wanted = pa.array(sorted(ids), pa.string())
        places = pc.index_in(wanted, value_set=self._ids).drop_null().to_numpy()
        only = pc.field("report_id").isin(wanted)
        found: dict[str, ReadReport] = {}
        for number in np.unique(np.searchsorted(self._ends, places, side="right")):
            shards = {
                table: self._corpus.read_shard(table, shard, rows=only)
                for table, shard in zip(READ_TABLES, self._groups[number], strict=True)
            }
            found.update(read_reports(shards))
        return found

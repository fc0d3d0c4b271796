"""Files with the names of the lexicon: `long`, a row a finding, and `by_finding`, a column a finding."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pyarrow as pa

from radmine.errors import InputError
from radmine.export.evidence import MENTION_COLUMNS, evidence_of
from radmine.export.layout import (
    NUMBERS,
    TEXT,
    Asked,
    Item,
    Layout,
    Row,
    Said,
    id_columns,
    ids_of,
    wide,
)
from radmine.findings import NameReader, is_pair, read_pairs

_LONG = [
    ("finding", TEXT),
    ("assertion", TEXT),
    ("number", pa.int8()),
    ("probability", pa.float64()),
    ("voters", TEXT),
    ("implied", pa.int8()),
    ("codes", TEXT),
]
LEAST_OF_PAIR = 10
"""Labels that a pair without a name of its own needs to have a column where none is asked for."""

_EVIDENCE = [("voter", TEXT), ("says", TEXT), *MENTION_COLUMNS]


def long(asked: Asked) -> Layout:
    """Return the layout of a row for each finding of an item; with evidence, for each word that each vote rests on."""
    asked.refuse("the format long", no_scheme_parents=not asked.parents)
    wanted = frozenset(_asked_for(asked))

    @cache
    def codes(finding: str) -> str:
        found = asked.lexicon.find(finding)
        return "|".join(found.codes) if found else ""

    def rows(item: Item, labels: Said) -> Iterator[Row]:
        ids = ids_of(item, images=asked.images)
        for finding, label in labels.items():
            said = finding, str(label.assertion), NUMBERS[label.assertion], round(label.probability, 6)
            row = *said, "|".join(item.voters.get(finding, ())), int(label.implied), codes(finding)
            if not asked.evidence:
                yield *ids.values(), *row
                continue
            for report_id, vote, _, why in evidence_of(item, label):
                at = {**ids, "report_id": report_id or ids["report_id"]}
                yield *at.values(), *row, vote.voter, str(vote.assertion), *why

    def said(item: Item) -> Said:
        return {f: label for f, label in item.labels.items() if f in wanted} if wanted else item.labels

    schema = pa.schema([*id_columns(images=asked.images), *_LONG, *(_EVIDENCE if asked.evidence else ())])
    return Layout(schema, said, rows, evidence=True)


def by_finding(asked: Asked) -> Layout:
    """Return the layout of a column for each finding: those that are asked for, else all that the corpus has labels of."""
    asked.refuse("the format wide", no_scheme_parents=not asked.parents)

    def first(item: Item) -> Row:
        return tuple(ids_of(item, images=asked.images).values())

    names, note = _asked_for(asked), ""
    if not names:
        labelled = asked.occurring()
        names = tuple(f for f, n in labelled.items() if n >= LEAST_OF_PAIR or not is_pair(f))
        if rare := len(labelled) - len(names):
            note = (
                f"{rare} pairs of an observation and a site with fewer than {LEAST_OF_PAIR} labels have no column: "
                "`--finding '*@*'` asks for them"
            )

    def said(item: Item) -> Said:
        return {name: item.labels[name] for name in names if name in item.labels}

    return replace(wide(asked, id_columns(images=asked.images), names, first, said), note=note)


def _asked_for(asked: Asked) -> tuple[str, ...]:
    """Return the findings that are asked for, by our names.

    Raises
    ------
    InputError
        A name means none.
    """
    reader = NameReader(asked.findings, lexicon=asked.lexicon)
    found: dict[str, None] = {}
    for name in asked.findings:
        named = reader.read(name)
        pairs = read_pairs(name) if named is None else None
        if pairs is not None:
            held = [f for f in asked.occurring() if pairs.hold(f)]
            if not held:
                raise InputError(
                    f"The corpus has no label of {name!r}.",
                    where="findings",
                    do="Leave it out, or ask for others.",
                )
            found |= dict.fromkeys(held)
            continue
        if named is None:
            raise InputError(
                f"There is no finding {name!r}.", where="findings", do="Use a name, title or synonym of ours."
            )
        found[named.finding] = None
    return tuple(found)

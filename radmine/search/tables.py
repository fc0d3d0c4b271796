"""The tables of an index, made from those of a corpus: entries, labels, links and mentions by row."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from radmine.corpus import Corpus
from radmine.files import write_whole
from radmine.records import Assertion, is_decision
from radmine.search.entries import ASSERTIONS, Entries
from radmine.search.order import SHOWN_BY, places_to_show

_STRINGS = pa.list_(pa.string())
_IDS = pa.schema(
    [
        ("kind", pa.string()),
        ("image_id", pa.string()),
        ("report_id", pa.string()),  # of an image: the report that it is linked to most strongly
        ("study_id", pa.string()),
        ("patient_id", pa.string()),
        ("path", pa.string()),
        ("accession_number", pa.string()),  # of an image: its report's, where it has none
        ("frame", pa.int64()),
        ("pixels", pa.string()),  # hash of the stored picture, as `Pixels.content_hash`
        ("order", pa.int64()),  # of an image: the first of a study stands for it
        # This and the next in lower case; where a report does not say, its images' values.
        ("modality", _STRINGS),
        ("body_part", _STRINGS),
        ("plane", _STRINGS),
        ("study_date", pa.string()),
        ("finding", _STRINGS),  # labelled present, with parents; of an image without labels, its report's
        (
            "tag",
            _STRINGS,
        ),  # how what an image surely shows looks, and where it is; of a report those of its images
    ]
)


def write_entries(corpus: Corpus, folder: Path) -> "Entries":
    """Write what the index keeps of a corpus's tables, and return it opened."""
    reports = corpus.read(
        "reports",
        columns=[
            "report_id",
            "patient_id",
            "study_id",
            "accession_number",
            "modality",
            "body_part",
            "study_date",
        ],
    ).sort_by("report_id")
    images = corpus.read(
        "images",
        columns=[
            "image_id",
            "patient_id",
            "study_id",
            "report_id",
            "path",
            "accession_number",
            "frame",
            "modality",
            "body_part",
            "plane",
            "study_date",
            *(name for name in SHOWN_BY if name not in {"study_id", "frame"}),
        ],
    ).sort_by("image_id")
    pixels = corpus.read("pixels", columns=["image_id", "content_hash"])
    hashes = dict(zip(pixels["image_id"].to_pylist(), pixels["content_hash"].to_pylist(), strict=True))
    stored = pa.array([hashes.get(i) for i in images["image_id"].to_pylist()], pa.string())
    images = images.append_column("pixels", stored)
    images = images.append_column("order", pa.array(places_to_show(images.to_pylist()), pa.int64()))
    links = _links(corpus, reports, images)
    labels, of_images = _labels(corpus, reports, images)
    _write(folder / "links.arrow", links)
    _write(folder / "labels.arrow", labels)
    _write(folder / "mentions.arrow", _mentions(corpus, reports))
    _write(
        folder / "ids.arrow", _ids(reports, images, links, labels, of_images, _tags(corpus, reports, images))
    )
    return Entries(folder.joinpath)


def _write(path: Path, table: pa.Table) -> None:
    sink = pa.BufferOutputStream()
    table = table.combine_chunks()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=max(1, table.num_rows))
    write_whole(path, sink.getvalue())


def _rows_of(values: pa.ChunkedArray, ids: pa.ChunkedArray, *, first: int = 0) -> np.ndarray:
    """Return the row of each id, -1 where there is none."""
    places = pc.fill_null(pc.index_in(values, value_set=ids.combine_chunks()), -1).to_numpy().astype(np.int64)
    return np.where(places < 0, -1, places + first)


def _links(corpus: Corpus, reports: pa.Table, images: pa.Table) -> pa.Table:
    """Return the links by row, the strongest of a report first, of equals what is shown first; an image's own tie where it has
    no link.
    """
    table = corpus.read("links")
    linked = pa.table(
        {
            "report": _rows_of(table["report_id"], reports["report_id"]),
            "image": _rows_of(table["image_id"], images["image_id"], first=reports.num_rows),
            **{c: table[c] for c in ("method", "confidence", "start", "end")},
        }
    )
    ties = _rows_of(images["report_id"], reports["report_id"])
    rows = np.arange(images.num_rows) + reports.num_rows
    alone = (ties >= 0) & ~np.isin(rows, linked["image"].to_numpy())
    count = int(alone.sum())
    nothing = pa.nulls(count, pa.int64())
    own = pa.table(
        {
            "report": ties[alone],
            "image": rows[alone],
            "method": pa.array(["report"] * count, pa.string()),
            "confidence": np.ones(count),
            "start": nothing,
            "end": nothing,
        }
    )
    both = pa.concat_tables([linked.cast(own.schema), own])
    both = both.filter(pc.and_(pc.greater_equal(both["report"], 0), pc.greater_equal(both["image"], 0)))
    both = both.append_column("order", images["order"].take(pc.subtract(both["image"], reports.num_rows)))
    order = [("report", "ascending"), ("confidence", "descending"), ("order", "ascending")]
    return both.sort_by([*order, ("method", "ascending"), ("start", "ascending")]).drop_columns("order")


def _labels(corpus: Corpus, reports: pa.Table, images: pa.Table) -> tuple[pa.Table, Mapping[int, list[str]]]:
    """Return the labels of reports and of images, sorted by finding and row, and the findings that each image shows.

    What a finding's label says of it, present or uncertain, it says of the finding's parents too, unless the parent
    has a stronger label of its own. Whether a person decided it is kept, not who.
    """
    said_with = corpus.lexicon.said_with
    table = corpus.read("labels", columns=["report_id", "image_id", "finding", "assertion", "voters"])
    of_image = pc.is_valid(table["image_id"])
    rows = pc.if_else(
        of_image,
        _rows_of(table["image_id"], images["image_id"], first=reports.num_rows),
        _rows_of(table["report_id"], reports["report_id"]),
    ).to_pylist()
    labels: dict[str, dict[int, tuple[int, bool]]] = defaultdict(dict)
    shown: dict[int, list[str]] = defaultdict(list)
    strength = (2, 0, 1)  # of ASSERTIONS: present outranks uncertain, which outranks absent
    for row, name, code, voters in zip(
        rows,
        table["finding"].to_pylist(),
        _codes(table["assertion"]).tolist(),
        table["voters"].to_pylist(),
        strict=True,
    ):
        if row < 0:
            continue
        decided = any(map(is_decision, voters))
        if row >= reports.num_rows:
            shown[row] += said_with(name, Assertion.PRESENT) if ASSERTIONS[code] is Assertion.PRESENT else ()
        for finding in said_with(name, ASSERTIONS[code]):
            held = labels[finding].get(row)
            if held is None or strength[code] > strength[held[0]]:
                labels[finding][row] = code, decided
    flat = [(f, row, *labels[f][row]) for f in sorted(labels) for row in sorted(labels[f])]
    columns = zip(*flat, strict=True) if flat else ((), (), (), ())
    schema = pa.schema(
        [("finding", pa.string()), ("row", pa.int64()), ("assertion", pa.int8()), ("decided", pa.bool_())]
    )
    result = pa.table([list(column) for column in columns], schema=schema)
    return result, {row: list(dict.fromkeys(findings)) for row, findings in shown.items()}


def _tags(corpus: Corpus, reports: pa.Table, images: pa.Table) -> Mapping[int, list[str]]:
    """Return the tags that each image surely has, as they stand in the corpus; a report has those of its images."""
    table = corpus.read("tags", columns=["report_id", "image_id", "tag", "assertion"])
    table = table.filter(pc.equal(table["assertion"], str(Assertion.PRESENT)))
    found: dict[int, dict[str, None]] = defaultdict(dict)
    of_images = _rows_of(table["image_id"], images["image_id"], first=reports.num_rows).tolist()
    of_reports = _rows_of(table["report_id"], reports["report_id"]).tolist()
    for image, report, tag in zip(of_images, of_reports, table["tag"].to_pylist(), strict=True):
        for row in (image, report):
            if row >= 0:
                found[row][tag] = None
    return {row: list(names) for row, names in found.items()}


def _codes(assertions: pa.ChunkedArray) -> np.ndarray:
    names = pa.array([str(a) for a in ASSERTIONS])
    return np.asarray(pc.index_in(assertions, value_set=names).to_numpy(), dtype=np.int8)


def _mentions(corpus: Corpus, reports: pa.Table) -> pa.Table:
    """Return the mentions of the patient's present state, sorted by row and place in the text."""
    table = corpus.read(
        "mentions",
        columns=["report_id", "start", "end", "finding", "assertion", "temporality", "experiencer"],
    )
    now = pc.and_(pc.equal(table["temporality"], "current"), pc.equal(table["experiencer"], "patient"))
    table = table.filter(now)
    result = pa.table(
        {
            "row": _rows_of(table["report_id"], reports["report_id"]),
            "finding": table["finding"],
            "assertion": pa.array(_codes(table["assertion"])),
            "start": table["start"],
            "end": table["end"],
        }
    )
    result = result.filter(pc.greater_equal(result["row"], 0))
    return result.sort_by([("row", "ascending"), ("start", "ascending"), ("finding", "ascending")])


def _ids(
    reports: pa.Table,
    images: pa.Table,
    links: pa.Table,
    labels: pa.Table,
    of_images: Mapping[int, list[str]],
    tags: Mapping[int, list[str]],
) -> pa.Table:
    """Return the table of entries; `tags` has those of each row."""
    first = reports.num_rows
    image_rows = images.to_pylist()
    pairs = list(zip(links["report"].to_pylist(), links["image"].to_pylist(), strict=True))
    images_of: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for report, image in pairs:
        images_of[report].append(image_rows[image - first])
    strongest = _strongest_report(links)
    present: dict[int, list[str]] = defaultdict(list)
    for finding, row, code in zip(
        labels["finding"].to_pylist(), labels["row"].to_pylist(), labels["assertion"].to_pylist(), strict=True
    ):
        if ASSERTIONS[code] is Assertion.PRESENT:
            present[row].append(finding)

    report_rows = reports.to_pylist()
    rows = []
    for row, report in enumerate(report_rows):
        linked = images_of[row]
        rows.append(
            {
                **report,
                "kind": "report",
                "accession_number": report["accession_number"]
                or next(iter(_each(linked, "accession_number")), None),
                "modality": _values(
                    [report["modality"]] if report["modality"] else _each(linked, "modality")
                ),
                "body_part": _values(
                    [report["body_part"]] if report["body_part"] else _each(linked, "body_part")
                ),
                "plane": _values(_each(linked, "plane")),
                "study_date": report["study_date"] or next(iter(_each(linked, "study_date")), None),
                "finding": present[row],
                "tag": tags.get(row, []),
            }
        )
    for row, image in enumerate(image_rows, first):
        near = strongest.get(row)
        report = {} if near is None else report_rows[near]
        rows.append(
            {
                **image,
                "kind": "image",
                "report_id": report.get("report_id"),
                "study_id": image["study_id"] or report.get("study_id"),
                "accession_number": image["accession_number"] or report.get("accession_number"),
                "modality": _values([image["modality"] or report.get("modality")]),
                "body_part": _values([image["body_part"] or report.get("body_part")]),
                "plane": _values([image["plane"]]),
                "study_date": image["study_date"] or report.get("study_date"),
                "finding": of_images[row]
                if row in of_images
                else present.get(near, [])
                if near is not None
                else [],
                "tag": tags.get(row, []),
            }
        )
    return pa.Table.from_pylist(rows, schema=_IDS)


def _strongest_report(links: pa.Table) -> dict[int, int]:
    """Return for each linked image the report with the most confident link, the first by id among equals."""
    best: dict[int, tuple[float, int]] = {}
    for report, image, confidence in zip(
        links["report"].to_pylist(), links["image"].to_pylist(), links["confidence"].to_pylist(), strict=True
    ):
        if image not in best or (-confidence, report) < best[image]:
            best[image] = (-confidence, report)
    return {image: report for image, (_, report) in best.items()}


def _each(images: Iterable[Mapping[str, Any]], field: str) -> list[str]:
    return [image[field] for image in images if image[field]]


def _values(values: Iterable[str | None]) -> list[str]:
    """Return the distinct values in lower case; "CT/SR" are two."""
    return sorted({part.strip().lower() for value in values if value for part in value.split("/")} - {""})

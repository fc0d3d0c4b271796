"""The tables of a corpus as pandas frames and as Arrow: columns and conditions on the rows."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from radmine import open_corpus
from radmine.corpus import Corpus, Manifest
from radmine.errors import CorpusError, InputError
from radmine.records import Assertion, EmbeddingRow, LabelRow, Pixels, Report, Where

PRESENT, ABSENT, UNCERTAIN = Assertion.PRESENT, Assertion.ABSENT, Assertion.UNCERTAIN
ROWS = [
    ("a", None, "pneumothorax", PRESENT, 0.95),
    ("a", "i", "pneumothorax", PRESENT, 0.77),
    ("a", None, "fracture", ABSENT, 0.03),
    ("b", None, "pneumothorax", UNCERTAIN, 0.5),
    ("c", None, "pneumothorax", ABSENT, 0.03),
]
DATES = {"a": "2019-05-31", "b": "2019-06", "c": None, "d": "2020-01-01"}


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    made = Corpus.create("toy", home=tmp_path / "x=1")  # a folder's name is no column
    labels = [LabelRow(r, i, f, said, p, ("rules",)) for r, i, f, said, p in ROWS]
    tables: dict[str, list[list[Any]]] = {
        "labels": [labels[:2], labels[2:]],
        "reports": [[Report(i, i, "Text.", "test", study_date=date) for i, date in DATES.items()]],
        "pixels": [[Pixels("i", "h", "a.npy", 0, 4, 8, (0, 4, 0, 8), (0.0, 1.0), True)]],
        "embeddings": [[EmbeddingRow("report", "a", "e", (0.6, 0.8))]],
    }
    shards = {
        t: [made.write_shard(t, f"part-{n:05d}-a.parquet", rows) for n, rows in enumerate(parts)]
        for t, parts in tables.items()
    }
    made.write_manifest(Manifest("test", "x", {}, shards))
    made.write_shard("labels", "part-00002-stray.parquet", labels)  # no manifest lists it
    return open_corpus(made.folder)


def found(corpus: Corpus, where: Where) -> list[str]:
    table = corpus.table("labels", columns=["report_id", "finding"], where=where)
    return [f"{row['report_id']} {row['finding']}" for row in table.to_pylist()]


def test_a_frame_has_the_rows_that_a_manifest_lists(corpus: Corpus) -> None:
    frame = corpus.frame("labels")
    assert list(frame.columns) == [
        "report_id",
        "image_id",
        "finding",
        "assertion",
        "probability",
        "voters",
        "implied",
    ]
    assert list(zip(frame.report_id, frame.finding, frame.probability, strict=True)) == [
        (r, f, p) for r, _, f, _, p in ROWS
    ]
    assert corpus.table("labels").schema.equals(corpus.read("labels").schema)


def test_columns_come_in_the_order_in_which_they_are_asked_for(corpus: Corpus) -> None:
    assert list(corpus.frame("labels", columns=["finding", "report_id"]).columns) == ["finding", "report_id"]
    table = corpus.table("labels", columns=["finding"], where={"report_id": "b"})
    assert table.to_pydict() == {"finding": ["pneumothorax"]}


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"finding": "pneumothorax", "assertion": "present"}, ["a pneumothorax"] * 2),
        ({"finding": "pneumothorax", "assertion": Assertion.PRESENT}, ["a pneumothorax"] * 2),
        ("finding=pneumothorax, assertion=uncertain|absent", ["b pneumothorax", "c pneumothorax"]),
        ({"assertion": ["uncertain", "absent"], "report_id": "a"}, ["a fracture"]),
        ({"probability>=": 0.5, "image_id": None}, ["a pneumothorax", "b pneumothorax"]),
        ("probability<=0.03", ["a fracture", "c pneumothorax"]),
        ({"image_id": ["i", None], "report_id": "a"}, ["a pneumothorax", "a pneumothorax", "a fracture"]),
        ({"report_id": "nobody"}, []),
        ({}, [f"{r} {f}" for r, _, f, _, _ in ROWS]),
    ],
)
def test_all_conditions_hold(corpus: Corpus, where: Where, expected: list[str]) -> None:
    assert found(corpus, where) == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("study_date=2019", ["a", "b"]),
        ("study_date<=2019-05", ["a"]),
        ("study_date>=2019-06", ["b", "d"]),
        ({"study_date": ["2020", None]}, ["c", "d"]),
    ],
)
def test_dates_are_compared_as_far_as_they_are_stated(
    corpus: Corpus, where: Where, expected: list[str]
) -> None:
    assert corpus.table("reports", where=where)["report_id"].to_pylist() == expected


def test_numbers_and_truth_values(corpus: Corpus) -> None:
    names = corpus.table("pixels").schema.names
    number = next(n for n in names if corpus.table("pixels")[n].to_pylist() == [4])
    flag = next(n for n in names if pa.types.is_boolean(corpus.table("pixels").schema.field(n).type))
    assert corpus.table("pixels", where=f"{number}>=4, {flag}=true").num_rows == 1
    assert corpus.table("pixels", where={flag: False}).num_rows == 0


def test_a_table_that_nobody_wrote_has_no_rows(corpus: Corpus) -> None:
    assert corpus.frame("topics").empty
    assert list(corpus.frame("links", columns=["image_id"], where="report_id=a").columns) == ["image_id"]


@pytest.mark.parametrize(
    ("table", "columns", "where", "message", "told"),
    [
        ("labls", None, None, "There is no table 'labls'", "labels"),
        ("labels", ["findng"], None, "has no column 'findng'", "finding"),
        ("labels", None, {"findng": "x"}, "There is no filter 'findng'", "finding"),
        ("labels", None, {"assertion": "positive"}, "'positive' is no value of the column", "uncertain"),
        ("labels", None, "probability>=much", "'much' is no value of the column", "double"),
        ("labels", None, "voters=rules", "holds lists", "Filter"),
        ("labels", None, {"probability>=": [0.1, 0.2]}, "needs one value", "one"),
        ("labels", None, "finding", "written FIELD=VALUE", "finding"),
        ("labels", None, {"finding": []}, "has no value", "finding=VALUE"),
        ("labels", "finding", None, "list of columns", "finding"),
        ("labels", ["finding", "finding"], None, "list of columns", "finding"),
        ("images", None, {"series_number": 1.5}, "no value of the column", "int64"),
        ("images", None, {"series_number": True}, "no value of the column", "int64"),
        ("images", None, {"series_number": 10**30}, "no value of the column", "int64"),
    ],
)
def test_what_is_not_there_is_a_clear_error(
    corpus: Corpus, table: str, columns: list[str] | None, where: Any, message: str, told: str
) -> None:
    with pytest.raises(InputError, match=message) as wrong:
        corpus.frame(table, columns=columns, where=where)
    assert told in wrong.value.do


def test_a_shard_that_is_gone_is_a_clear_error(corpus: Corpus) -> None:
    (corpus.folder / "labels" / "part-00001-a.parquet").unlink()
    with pytest.raises(CorpusError, match="cannot be read"):
        corpus.frame("labels", where="finding=fracture")


def test_a_corpus_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="There is no corpus 'nothing'"):
        open_corpus("nothing", home=tmp_path)

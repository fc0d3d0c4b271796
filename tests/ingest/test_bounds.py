"""What is larger than the limits is set aside, row by row where it can be; the rest comes through."""

import gzip
import json
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from radmine.ingest import IngestSettings
from radmine.run import Limits
from tests.ingest.made import ingest, openi_xml, reasons, write_archive, write_medpix

SMALL = IngestSettings(
    limits=Limits(document_mb=0.01, line_mb=0.01, columns=50, inflated_mb=0.05, report_characters=4000)
)
LONG = "x" * 20_000
GOOD = {"id": "1", "text": "Fine."}


def _parquet(path: Path, rows: list[dict[str, str]]) -> None:
    pq.write_table(pa.Table.from_pylist(rows), path, use_dictionary=False)


def _deflated(path: Path, text: str) -> None:
    path.write_bytes(gzip.compress(text.encode()))


FILES: dict[str, Callable[[Path], Any]] = {
    "a.txt": lambda p: p.write_text(LONG),
    "a.xml": lambda p: p.write_bytes(openi_xml("C", {"FINDINGS": LONG})),
    "a.csv": lambda p: p.write_text("id,text," + ",".join(f"c{n}" for n in range(60)) + "\n"),
    "b.csv": lambda p: p.write_text(f"id,{LONG}\n1,Fine.\n"),
    "a.jsonl": lambda p: p.write_text(json.dumps({**GOOD, **{f"c{n}": 1 for n in range(60)}})),
    "a.parquet": lambda p: _parquet(p, [{"id": str(n), "text": f"{n} {LONG}"} for n in range(20)]),
    "a.csv.gz": lambda p: _deflated(p, "id,text\n" + "1,Fine. Fine.\n" * 200_000),
}


def _huge(path: Path) -> None:
    """Write the head of a PNG of 60000 x 60000 pixels."""
    Image.new("L", (1, 1)).save(path)
    data = bytearray(path.read_bytes())
    data[16:24] = (60_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
    path.write_bytes(data)


FILES["a.png"] = _huge


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_too_large_is_set_aside_and_the_others_are_read(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "good.txt").write_text("Fine.")
    FILES[name](folder / name)
    corpus = ingest(tmp_path, "folder", folder, settings=SMALL)
    assert [r.report_id for r in corpus.records("reports")] == ["good"]
    assert reasons(corpus) == {name: "too_large"}


def test_members_of_an_archive_are_bounded_one_by_one(tmp_path: Path) -> None:
    good = openi_xml("GOOD", {"FINDINGS": "Clear."})
    members = {
        "a.xml": openi_xml("A", {"F": LONG}),
        "../b.xml": good,
        "c.xml": b"<a/>",
        "huge.bin": LONG.encode(),
    }
    archive = write_archive(tmp_path / "o.tgz", members)
    for reader in ("openi", "folder"):
        corpus = ingest(tmp_path, reader, archive, settings=SMALL, name=reader)
        assert [r.report_id for r in corpus.records("reports")] == ["GOOD"]
        assert reasons(corpus) == {"a.xml": "too_large", "c.xml": "unknown_xml"}


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "jsonl", "jsonl.gz"])
@pytest.mark.parametrize("shard_size", [1, 1000])
def test_a_row_that_is_too_long_costs_itself_alone(tmp_path: Path, ending: str, shard_size: int) -> None:
    rows = [["1", "Fine."], ["2", LONG], ["3", "Well."], ["4", "Good."]]
    if ending.startswith("csv"):
        text = "id,text\n" + "".join(f'{i},"{t}"\n' for i, t in rows)
    else:
        text = "".join(json.dumps({"id": i, "text": t}) + "\n" for i, t in rows)
    path = tmp_path / f"r.{ending}"
    path.write_bytes(gzip.compress(text.encode()) if ending.endswith("gz") else text.encode())
    settings = IngestSettings(shard_size=shard_size, limits=SMALL.limits)
    corpus = ingest(tmp_path, "table", path, settings=settings)
    assert [(r.report_id, r.text) for r in corpus.records("reports")] == [
        ("1", "Fine."),
        ("3", "Well."),
        ("4", "Good."),
    ]
    assert reasons(corpus) == {f"r.{ending}:2": "too_large"}


@pytest.mark.parametrize("shard_size", [1, 2, 1000])
@pytest.mark.parametrize("rest", [3, 2000])
def test_a_quote_that_is_never_closed_costs_its_line_alone(
    tmp_path: Path, shard_size: int, rest: int
) -> None:
    path = tmp_path / "r.csv"
    whole = 'id,text\n1,"two\nlines"\n2,"never closed\n' + "".join(f"{n},Fine {n}.\n" for n in range(3, rest))
    path.write_text(whole)
    settings = IngestSettings(shard_size=shard_size if rest < 9 else 500, limits=SMALL.limits)
    corpus = ingest(tmp_path, "table", path, settings=settings)
    expected = [("1", "two\nlines"), *((str(n), f"Fine {n}.") for n in range(3, rest))]
    assert [(r.report_id, r.text) for r in corpus.records("reports")] == expected
    (row,) = corpus.records("rejected")
    assert (row.item, row.reason) == ("r.csv:2", "too_large" if rest > 9 else "bad_row")


def test_numbers_and_characters_that_no_table_holds_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    values: list[Any] = [
        10**30,
        -(10**30),
        1e300,
        float("inf"),
        "9" * 40,
        "1_0",
        2**63,
        -(2**63),
        [1],
        {"a": 1},
        True,
    ]
    rows = [{"image_id": f"i{n}", "series_number": v, "instance_number": v} for n, v in enumerate(values)]
    odd = [{"image_id": "\ud800", "body_part": "\udfff", "find\ud800ings": "x"}]
    path.write_text("\n".join(json.dumps(row) for row in [*rows, *odd]))
    corpus = ingest(tmp_path, "table", path)
    numbers = [image.series_number for image in corpus.records("images")]
    assert numbers[:9] == [None] * 5 + [10, None, None, None]
    assert len(numbers) == len(values) + 1
    text = tmp_path / "t.jsonl"
    text.write_text(json.dumps({"id": "a\ud800", "find\ud800ings": "Clear.\ud800", "ids": 5}))
    (report,) = ingest(tmp_path, "table", text, name="t").records("reports")
    assert report.text == "Clear.\ufffd"


def test_one_bad_case_or_table_of_medpix_costs_itself_alone(tmp_path: Path) -> None:
    case = {"U_id": "M1", "Case": {"History": "Cough."}}
    good = {"U_id": "M1", "image": "a", "split": "train"}
    images = [
        good,
        {**good, "image": "../../outside"},
        {**good, "image": "odd", "split": ["x"], "Description": "x"},
    ]
    folder = write_medpix(tmp_path / "in" / "m", [case], images)
    cases = [
        case,
        "no case",
        {"U_id": "M2", "Case": "no fields"},
        {"U_id": "M3\ud800", "Case": {"Exam": "\ud800"}},
    ]
    (folder / "cases.json").write_text(json.dumps(cases))
    (folder / "images" / "odd.png").write_bytes(b"no picture")
    corpus = ingest(tmp_path, "medpix", folder)
    assert [r.report_id for r in corpus.records("reports")] == ["M1", "M3\ufffd"]
    assert [i.image_id for i in corpus.records("images")] == ["a"]
    assert sorted((r.item, r.reason) for r in corpus.records("rejected")) == [
        ("M1", "outside_path"), ("cases.json:2", "bad_row"), ("cases.json:3", "bad_row"),
        ("images/odd.png", "broken_image"),
    ]  # fmt: skip
    (folder / "cases.json").write_text("[{")
    (tmp_path / "in" / "good.txt").write_text("Good.")
    corpus = ingest(tmp_path, "folder", tmp_path / "in", name="folder")
    assert [r.report_id for r in corpus.records("reports")] == ["good"]
    assert reasons(corpus)["m/cases.json"] == "broken_json"
    assert corpus.rows("images") == 2


def test_damage_in_an_archive_never_ends_it_in_silence(tmp_path: Path) -> None:
    plain, good = tmp_path / "in" / "o.tar", openi_xml("C1", {"FINDINGS": "Clear."})
    plain.parent.mkdir()
    (plain.parent / "good.txt").write_text("Good.")
    with tarfile.open(plain, "w") as tar:
        for n in range(3):
            (tmp_path / "x.xml").write_bytes(good.replace(b"C1", b"C%d" % n))
            tar.add(tmp_path / "x.xml", f"{n}.xml")
    whole = plain.read_bytes()
    plain.write_bytes(whole[:1024] + b"?" + whole[1025:])
    corpus = ingest(tmp_path, "folder", plain.parent)
    assert [r.report_id for r in corpus.records("reports")] == ["good"]
    assert reasons(corpus) == {"o.tar": "broken_archive"}

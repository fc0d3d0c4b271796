"""Tables as spreadsheets, databases and pandas write them."""

import bz2
import gzip
import json
import lzma
import zipfile
from pathlib import Path
from typing import Any

import pytest

from radmine.errors import InputError
from radmine.ingest.reader import Unit
from radmine.ingest.table_file import cut, holds_table, layout_of, rows_of
from radmine.ingest.table_ids import holds_whole_numbers, loses_digits, plain_id
from radmine.ingest.table_json import rows_of as rows_of_document
from radmine.ingest.table_lines import BadRow
from radmine.run import Limits
from tests.ingest.made import ingest, reasons

FIRST, SECOND = "Mild oedema, no effusion.", "Old rib fracture."
PLAIN = f'id,text\n1,"{FIRST}"\n2,{SECOND}\n'
BOTH = [FIRST, SECOND]


def texts(path: Path, data: str | bytes, *, rows: int = 1) -> list[str | None]:
    """Return the texts of a table, read in ranges of so many rows; None for each bad row."""
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    layout = layout_of(str(path), {}, Limits())
    return [
        None if isinstance(row, BadRow) else row["text"]
        for unit in cut(Unit(str(path), str(path.parent), ""), layout, rows)
        for _, row, _ in rows_of(unit, layout, ["text"])
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
def test_encodings_and_line_ends(tmp_path: Path, encoding: str, end: str) -> None:
    assert texts(tmp_path / "a.csv", PLAIN.replace("\n", end).encode(encoding)) == BOTH
    tabs = f"id\ttext\n1\t{FIRST}\n2\tGröße – stabil\n"
    assert texts(tmp_path / "a.tsv", tabs.replace("\n", end).encode(encoding)) == [FIRST, "Größe – stabil"]


def test_a_wide_text_file_without_mark_is_read_and_one_of_letters_stays(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "wide.txt").write_bytes(FIRST.encode("utf-16-be"))
    (tmp_path / "in" / "short.txt").write_bytes(b"Clear")
    corpus = ingest(tmp_path, "text", tmp_path / "in")
    assert {r.report_id: r.text for r in corpus.records("reports")} == {"wide": FIRST, "short": "Clear"}


def zipped(path: Path, **members: str) -> bytes:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path.read_bytes()


def test_packed_tables_are_known_by_their_bytes(tmp_path: Path) -> None:
    for name, packed in (
        ("a.csv.gz", gzip.compress(PLAIN.encode("utf-16"))),
        ("a.csv", gzip.compress(PLAIN.encode())),
        ("a.csv.bz2", bz2.compress(PLAIN.encode())),
        ("a.csv.xz", lzma.compress(PLAIN.encode())),
        ("a.csv.zip", zipped(tmp_path / "z", table=PLAIN)),
    ):
        assert texts(tmp_path / name, packed) == BOTH, name


def test_workbooks_and_archives_are_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"Excel workbook.*Save its sheet as CSV"):
        texts(tmp_path / "a.csv", zipped(tmp_path / "z", **{"xl/workbook.xml": "<a/>", "b": ""}))
    with pytest.raises(InputError, match="Unpack it"):
        texts(tmp_path / "b.csv.zip", zipped(tmp_path / "y", one=PLAIN, two=PLAIN))
    with pytest.raises(InputError, match="BadZipFile"):
        texts(tmp_path / "c.csv.zip", zipped(tmp_path / "x", one=PLAIN)[:60])
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "r.docx").write_bytes(b"PK\3\4 words")
    (tmp_path / "in" / "r.pdf").write_bytes(b"%PDF-1.4")
    with pytest.raises(InputError, match=r"other_format: 2.*Save documents as text"):
        ingest(tmp_path, "folder", tmp_path / "in")


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (r'"A \"ground glass\" focus, stable."', 'A "ground glass" focus, stable.'),
        (r'"Said \"no\""', 'Said "no"'),
        (r'"Said \"no\", then left"', 'Said "no", then left'),
        (r'"\"Opacity\" seen, left"', '"Opacity" seen, left'),
        (r'"at C:\\scan, \"x\" ok"', r'at C:\scan, "x" ok'),
        ('"in C:\\"', "in C:\\"),
        ('"one\nthe \\"ring\\", stable"', 'one\nthe "ring", stable'),
        ('"A "ground glass" focus, stable."', 'A "ground glass" focus, stable.'),
        ('"The "halo", stable."', 'The "halo", stable.'),
        ('"The so called "halo""', 'The so called "halo"'),
        ('""Halo" seen"', '"Halo" seen'),
        ('"A 5" wire, no leak"', 'A 5" wire, no leak'),
        ('"One.\nThe "halo" stays.\nEnd."', 'One.\nThe "halo" stays.\nEnd.'),
        ('"halo" seen', '"halo" seen'),
        ('the "halo" seen', 'the "halo" seen'),
        ('"A ""halo"" seen"', 'A "halo" seen'),
        ('"quoted, then blanks"  ', "quoted, then blanks"),
        (' "a blank, then quotes"', "a blank, then quotes"),
        ('"never closed', None),
        ('"A "halo", or "ring," or more', None),
        ("no quotes, but a comma", None),
    ],
)
def test_quotes(tmp_path: Path, row: str, text: str | None) -> None:
    for after in (SECOND, f'"{SECOND}"'):
        assert texts(tmp_path / "a.csv", f"id,text\n1,{row}\n2,{after}\n") == [text, SECOND]
    assert texts(tmp_path / "a.csv", f'"id","text"\n"2","{SECOND}"\n"1",{row}\n') == [SECOND, text]


def test_separators_titles_and_names_that_come_again(tmp_path: Path) -> None:
    semicolons = f"id;text\n1;{FIRST}\n2;{SECOND}\n"
    groups = f'Patient,,Report,\nPatient ID,Name,Report ID,Text\np,x,1,"{FIRST}"\nq,y,2,{SECOND}\n'
    for data in (
        semicolons,
        semicolons.replace(";", "|"),
        f'"sep=;"\r\n{semicolons}',
        f"Export of May\n\n{semicolons}",
        f"Ward 5,,\nreport_id,patient_id,text\n1,p,{SECOND}\n2,q,{SECOND}\n",
        f"Unnamed: 0,report_id,text\n0,1,{SECOND}\n1,2,{SECOND}\n",
        f"id,text\n1,{SECOND},\n2,{SECOND},\n",
    ):
        assert texts(tmp_path / "a.csv", data) in (BOTH, [SECOND, SECOND])
    assert [v and v.lower() for v in texts(tmp_path / "a.csv", PLAIN + PLAIN)] == [
        *(t.lower() for t in BOTH), None, *(t.lower() for t in BOTH),
    ]  # fmt: skip
    path = tmp_path / "g.csv"
    path.write_text(groups)
    assert layout_of(str(path), {}, Limits()).columns == ("Patient ID", "Name", "Report ID", "Text")


ROWS = [{"report_id": "1", "text": FIRST}, {"report_id": "2", "text": SECOND}]
DOCUMENTS: dict[str, Any] = {
    "array": ROWS,
    "named": {"count": 2, "reports": ROWS},
    "index": {row["report_id"]: {"text": row["text"]} for row in ROWS},
    "columns": {name: {str(n): row[name] for n, row in enumerate(ROWS)} for name in ROWS[0]},
    "lists": {name: [row[name] for row in ROWS] for name in ROWS[0]},
    "split": {"columns": [*ROWS[0]], "index": [0, 1], "data": [[*row.values()] for row in ROWS]},
    "table": {"schema": {"fields": []}, "data": ROWS},
    "values": [[*ROWS[0]], *([*row.values()] for row in ROWS)],
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_json_documents(tmp_path: Path, name: str) -> None:
    for indent in (None, 2):
        data = json.dumps(DOCUMENTS[name], indent=indent)
        for written in (data, data + "\n", "\ufeff" + data, data.encode("utf-16")):
            assert texts(tmp_path / "a.json", written) == BOTH
    assert texts(tmp_path / "a.json.gz", gzip.compress(data.encode())) == BOTH


def test_json_lines_may_be_called_json_and_an_array_json_lines(tmp_path: Path) -> None:
    lines = "\r\n".join(map(json.dumps, ROWS))
    assert texts(tmp_path / "a.json", lines) == texts(tmp_path / "a.jsonl", "\ufeff" + lines) == BOTH
    assert texts(tmp_path / "b.jsonl", json.dumps(ROWS, indent=1)) == BOTH
    assert rows_of_document({"A1": "No sign of any effusion.", "A2": "Old fracture of one rib."}) == [
        {"id": "A1", "text": "No sign of any effusion."},
        {"id": "A2", "text": "Old fracture of one rib."},
    ]
    assert rows_of_document({"name": "x", "version": "2"}) == [{"name": "x", "version": "2"}]
    for broken in (json.dumps(ROWS)[:-9], json.dumps(ROWS)[:-1] + ",]"):
        with pytest.raises(InputError, match=r"no JSON.*array of objects, or from JSON lines"):
            texts(tmp_path / "a.json", broken)


def test_a_json_file_of_one_thing_is_a_report_or_nothing_of_ours(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "1.json").write_text(json.dumps(ROWS[0], indent=1))
    (tmp_path / "in" / "scan.json").write_text('{"id": 5, "EchoTime": 0.1}')
    corpus = ingest(tmp_path, "folder", tmp_path / "in")
    assert [(r.report_id, r.text) for r in corpus.records("reports")] == [("1", FIRST)]
    assert reasons(corpus) == {"scan.json": "unknown_file"}


@pytest.mark.parametrize(
    ("values", "ids"),
    [
        (["12345.0", "77.00"], ["12345", "77"]),
        (["1.2345E+04", "1.2346e4"], ["12345", "12346"]),
        (["12,345", "345", "1,234,567"], ["12345", "345", "1234567"]),
        (["12345.0", "nan", "7"], ["12345", None, "7"]),
        (['="00123"', "'00124"], ["00123", "00124"]),
        (["0012", "0013"], ["0012", "0013"]),
        (["1.0", "1.5"], ["1.0", "1.5"]),
        (["1.2.840.0", "1.2.840.1"], ["1.2.840.0", "1.2.840.1"]),
        (["A12.0", "5.0"], ["A12.0", "5.0"]),
        (["1.23E+11", "1.24E+11"], ["1.23E+11", "1.24E+11"]),
        (["NULL", r"\N", "<NA>"], [None, None, None]),
        (["Hanna's", "D'Or"], ["Hanna's", "D'Or"]),
    ],
)
def test_ids(values: list[str], ids: list[str | None]) -> None:
    whole = holds_whole_numbers(values)
    assert [plain_id(value, whole=whole) for value in values] == ids
    assert loses_digits(values) == ("1.23E+11" in values)


def test_ids_of_a_table_are_told_by_the_column(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        f"report_id,patient_id,accession_number,text\n5.0,7.0,1.2E+15,{SECOND}\n6.0,,1.3E+15,Clear.\n"
    )
    corpus = ingest(tmp_path, "table", path)
    assert [(r.report_id, r.patient_id) for r in corpus.records("reports")] == [("5", "7"), ("6", "6")]
    manifest = corpus.manifest("ingest")
    assert manifest
    assert "ids of a.csv (accession_number) have lost digits" in manifest.said[0]


def test_html_and_rtf_are_reports_by_whatever_name(tmp_path: Path) -> None:
    written = {
        "a.html": "<html><body><p>Clear &amp; dry.</p></body></html>",
        "b.HTM": "<p>Clear.</p>",
        "c.rtf": r"{\rtf1\ansi Clear.\par}",
        "d.doc": r"{\rtf1\ansi Dry.\par}",
        "e.xml": '<?xml version="1.0"?>\n<html xmlns="x"><body>Dry.</body></html>',
        "f": "<!DOCTYPE html>\n<html>Dry lungs.</html>",
        "g.txt": f"Accession Number\tReport Text\n7\t{FIRST}\n8\t{SECOND}\n",
        "h.txt": "FINDINGS, IMPRESSION\nnone | x",
    }
    (tmp_path / "in").mkdir()
    for name, text in written.items():
        (tmp_path / "in" / name).write_text(text)
    corpus = ingest(tmp_path, "folder", tmp_path / "in")
    found = {r.report_id: r.text for r in corpus.records("reports")}
    table = {"7": FIRST, "8": SECOND}
    assert found == {n.partition(".")[0]: t for n, t in written.items() if n != "g.txt"} | table
    assert holds_table(str(tmp_path / "in" / "g.txt"))
    assert not holds_table(str(tmp_path / "in" / "h.txt"))


@pytest.mark.parametrize("column", ["filename", "path", "report", "report_id", "id"])
def test_labels_beside_reports_are_told_apart_as_a_whole(tmp_path: Path, column: str) -> None:
    (tmp_path / "in").mkdir()
    names = [f"R{n}" for n in range(9)]
    (tmp_path / "in" / "r.csv").write_text("report_id,text\n" + "".join(f"{n},Report {n}.\n" for n in names))
    (tmp_path / "in" / "l.csv").write_text(f"{column},Effusion\n" + "".join(f"{n},1\n" for n in names))
    corpus = ingest(tmp_path, "folder", tmp_path / "in")
    assert (corpus.rows("reports"), corpus.rows("images")) == (9, 0)
    assert [r.detail[:7] for r in corpus.records("rejected")] == ([] if column == "id" else ["9 rows."])


def test_labels_by_the_files_of_reports_leave_these_alone(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a1.txt", "a2.txt"):
        (tmp_path / "in" / name).write_text(f"Report {name}.")
    (tmp_path / "in" / "l.csv").write_text("filename,Effusion\na1.txt,1\na2.txt,0\n")
    corpus = ingest(tmp_path, "folder", tmp_path / "in")
    assert corpus.rows("reports") == 2
    assert reasons(corpus) == {"l.csv": "missing_file"}


def test_what_other_programs_put_around_a_table(tmp_path: Path) -> None:
    rows = f" 1 | {FIRST}\n 2 | {SECOND}\n"
    for data in (
        f" id | text \n----+-----\n{rows}(2 rows)\n",
        f"id\x01text\n1\x01{FIRST}\n2\x01{SECOND}\n\x1a",
        f'ï»¿"id","text"\n1,"{FIRST}"\n2,{SECOND}\nTotal,2\n',
        f"+--+--+\n| id | text |\n+--+--+\n| 1 | {FIRST} |\n| 2 | {SECOND} |\n+--+--+\n",
        f"id,text\n1,#NAME?\n{PLAIN.partition(chr(10))[2]}",
    ):
        path = tmp_path / "a.csv"
        path.write_text(data)
        corpus = ingest(tmp_path, "table", path, name=f"c{len(data)}")
        assert [r.text.strip() for r in corpus.records("reports")] == BOTH
        assert set(reasons(corpus).values()) <= {"empty_report"}


def test_sections_of_an_object_are_a_text_and_ids_in_objects_are_found(tmp_path: Path) -> None:
    rows = [
        {"_id": {"$oid": "5fa"}, "text": "One."},
        {"_id": {"$oid": "5fb"}, "text": {"findings": "One.", "impression": "Two."}},
    ]
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"response": {"docs": rows, "count": 2}}))
    corpus = ingest(tmp_path, "table", path)
    assert {r.report_id: r.text for r in corpus.records("reports")} == {
        "5fa": "One.",
        "5fb": "FINDINGS: One.\n\nIMPRESSION: Two.",
    }


def test_an_archive_of_one_csv_is_read_and_a_table_as_html_is_none(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    zipped(tmp_path / "in" / "any.zip", **{"may.csv": PLAIN})
    head = "<table><tr><th></th><th>report_id</th><th>text</th></tr>"
    (tmp_path / "in" / "t.html").write_text(f"{head}<tr><td>0</td><td>9</td><td>Clear.</td></tr></table>")
    (tmp_path / "in" / "t.xls").write_text(f"<html>{head}</table></html>")
    corpus = ingest(tmp_path, "folder", tmp_path / "in")
    assert [r.text for r in corpus.records("reports")] == BOTH
    assert reasons(corpus) == {"t.html": "other_format", "t.xls": "other_format"}

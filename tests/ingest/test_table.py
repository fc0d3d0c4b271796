import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from radmine.errors import InputError
from radmine.ingest import IngestSettings
from radmine.run import Limits
from radmine.run.reasons import set_aside
from tests.ingest.made import ingest, reasons, tables, write_csv, write_dicom, write_png

ROWS = [
    {
        "Report ID": f"R{n}",
        "Patient ID": f"P{n // 2}",
        "Report Text": f'FINDINGS: line one,\n"quoted" {n}.',
        "Sex": "F",
    }
    for n in range(25)
]


def test_columns_are_found_by_their_names(tmp_path: Path) -> None:
    corpus = ingest(tmp_path, "table", write_csv(tmp_path / "r.csv", ROWS))
    reports = list(corpus.records("reports"))
    assert [(r.report_id, r.patient_id, r.text) for r in reports] == [
        (r["Report ID"], r["Patient ID"], r["Report Text"]) for r in ROWS
    ]
    assert {r.meta for r in reports} == {None}


@pytest.mark.parametrize("name", ["r.csv", "r.tsv", "r.csv.gz", "r.jsonl", "r.parquet"])
def test_every_format_gives_the_same_reports_in_any_cut(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if name == "r.jsonl":
        path.write_text("\n".join(json.dumps(r) for r in ROWS))
    elif name == "r.parquet":
        pq.write_table(pa.Table.from_pylist(ROWS), path, row_group_size=4)
    else:
        plain = write_csv(tmp_path / "plain", ROWS, delimiter="\t" if name == "r.tsv" else ",").read_bytes()
        path.write_bytes(gzip.compress(plain) if name.endswith(".gz") else plain)
    for size, shards in ((9, 3), (25, 1)):
        settings = IngestSettings(shard_size=size)
        corpus = ingest(tmp_path, "table", path, settings=settings, name=f"c{size}")
        assert len(corpus.shards("reports")) == shards
        assert [(r.report_id, r.text) for r in corpus.records("reports")] == [
            (r["Report ID"], r["Report Text"]) for r in ROWS
        ]


def test_options_name_columns_and_sections_make_a_text(tmp_path: Path) -> None:
    rows = [
        {"nr": "1", "Findings": "Clear.", "Impression": "Normal."},
        {"nr": "2", "Findings": "", "Impression": "Mass."},
    ]
    path = write_csv(tmp_path / "r.csv", rows, delimiter=";")
    one, two = ingest(tmp_path, "table", path, report_id="nr").records("reports")
    assert (one.report_id, one.text) == ("1", "FINDINGS: Clear.\n\nIMPRESSION: Normal.")
    assert two.text == "IMPRESSION: Mass."
    (report, *_) = ingest(tmp_path, "table", path, name="d", text="Impression").records("reports")
    assert (report.report_id, report.text) == ("r.csv:1", "Normal.")
    with pytest.raises(InputError, match="nr, Findings, Impression"):
        ingest(tmp_path, "table", path, name="e", text="Report")


def test_a_table_without_a_known_column_names_its_columns(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="it has: a, b"):
        ingest(tmp_path, "table", write_csv(tmp_path / "r.csv", [{"a": "1", "b": "2"}]))


def test_bad_rows_are_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text(
        f"id,text\n1,Fine.\n5,Clear.\n2,\n3,one,two,three\n5,Addendum.\n1,Fine.\n4,{'x' * 2000}\n"
    )
    corpus = ingest(tmp_path, "table", path, settings=IngestSettings(limits=Limits(report_characters=1000)))
    assert [r.report_id for r in corpus.records("reports")] == ["1", "5"]
    assert reasons(corpus) == {
        "2": "empty_report", "r.csv:4": "bad_row", "1": "duplicate_id", "4": "report_too_long", "5": "duplicate_id",
    }  # fmt: skip
    (told,) = set_aside(corpus.records("rejected"))
    assert told.startswith(
        "set aside: 2 items: the id was there before, with this content or another; 1 row:"
    )


def test_json_lines_without_the_text_are_set_aside_alone(tmp_path: Path) -> None:
    rows: list[dict[str, str]] = [{"id": f"R{n}", "text": f"Lungs clear, {n}."} for n in range(4)]
    rows.insert(2, {"id": "R9", "report": "Small effusion."})
    path = tmp_path / "r.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    corpus = ingest(tmp_path, "table", path)
    assert [r.report_id for r in corpus.records("reports")] == ["R0", "R1", "R2", "R3"]
    assert reasons(corpus) == {"r.jsonl:3": "bad_row"}
    path.write_text(json.dumps({**rows[0], "report": "Which of the two?"}))
    with pytest.raises(InputError, match="Several columns"):
        ingest(tmp_path, "table", path, name="d")


def test_other_encodings_are_read_and_noted(tmp_path: Path) -> None:
    rows = [{"id": "1", "text": "Größe 3 cm – unverändert."}]
    for encoding in ("utf-8-sig", "cp1252"):
        path = write_csv(tmp_path / f"{encoding}.csv", rows, encoding=encoding)
        (report,) = ingest(tmp_path, "table", path, name=encoding).records("reports")
        assert report.text == rows[0]["text"]
        assert (json.loads(report.meta or "{}").get("encoding") == "cp1252") == (encoding == "cp1252")


def test_images_are_tied_to_reports_and_missing_ones_set_aside(tmp_path: Path) -> None:
    write_png(tmp_path / "in" / "img" / "a.png", seed=1)
    made = write_dicom(tmp_path / "in" / "img" / "b.dcm", PatientID="IGNORED", Modality="MR")
    rows = [
        {"report_id": "R1", "patient_id": "P", "text": "One.", "path": "img/a.png", "split": "dev"},
        {"report_id": "R1", "patient_id": "P", "text": "One.", "path": "img/b.dcm", "split": "dev"},
        {"report_id": "R2", "patient_id": "P", "text": "Two.", "path": "img/c.png", "split": "dev"},
    ]
    corpus = ingest(tmp_path, "table", write_csv(tmp_path / "in" / "r.csv", rows))
    a, b = corpus.records("images")
    assert (a.image_id, a.report_id, a.rows, a.columns, a.source_split) == (
        "img/a.png",
        "R1",
        6,
        9,
        "validation",
    )
    assert (b.image_id, b.report_id, b.patient_id, b.modality) == (made.SOPInstanceUID, "R1", "P", "MR")
    assert [r.report_id for r in corpus.records("reports")] == ["R1", "R2"]
    assert reasons(corpus) == {"r.csv:3": "missing_file"}
    small = ingest(
        tmp_path, "table", tmp_path / "in" / "r.csv", name="s", settings=IngestSettings(shard_size=1)
    )
    assert {t: sorted(map(repr, v)) for t, v in tables(small).items()} == {
        t: sorted(map(repr, v)) for t, v in tables(corpus).items()
    }


def test_images_are_found_by_name_below_a_folder_and_reread_when_they_come(tmp_path: Path) -> None:
    table = write_csv(
        tmp_path / "nih.csv", [{"Image Index": "1.png", "Patient ID": "7", "View Position": "PA"}] * 1
    )
    folder = tmp_path / "img"
    folder.mkdir()
    with pytest.raises(InputError, match="missing_file: 1"):
        ingest(tmp_path, "table", table, images=str(folder))
    write_png(folder / "train" / "1.png")
    (image,) = ingest(tmp_path, "table", table, images=str(folder)).records("images")
    assert (image.image_id, image.patient_id, image.view) == ("1.png", "7", "PA")
    assert image.path == str(folder / "train" / "1.png")


def test_stray_bytes_do_no_harm(tmp_path: Path) -> None:
    stray = tmp_path / "s.csv"
    stray.write_bytes("id,text\n1,Größe\x01 3\0.\n".encode())
    (report,) = ingest(tmp_path, "table", stray, name="s").records("reports")
    assert report.text == "Größe\x01 3."


@pytest.mark.parametrize("reader", ["table", "folder"])
def test_a_path_is_never_tied_to_another_file_of_its_name(tmp_path: Path, reader: str) -> None:
    home = tmp_path / "in"
    for seed, name in enumerate(("img/p1/001.png", "img/p3/002.png", "img/p4/002.png")):
        write_png(home / name, seed=seed)
    paths = [
        "p2/001.png", "../p9/001.png", "/etc/001.png", "http://host/p7/001.png", "002.png", "002", "x/p1/001.png",
        "p3/002.png", "img/p4/002.png", "001.png",
    ]  # fmt: skip
    rows = [{"id": f"R{n}", "text": f"Text {n}.", "path": path} for n, path in enumerate(paths, start=1)]
    options = {"images": str(home)} if reader == "table" else {}
    corpus = ingest(tmp_path, reader, write_csv(home / "r.csv", rows).parent, **options)
    ties = {i.report_id: i.path and str(Path(i.path).relative_to(home)) for i in corpus.records("images")}
    assert ties == {"R8": "img/p3/002.png", "R9": "img/p4/002.png", "R10": "img/p1/001.png"}
    wrong = {n: "outside_path" if n in (2, 3) else "missing_file" for n in range(1, 8)}
    assert {f"r.csv:{n}": reason for n, reason in wrong.items()} == reasons(corpus)
    several = {r.item for r in corpus.records("rejected") if "several files" in r.detail}
    assert several == {"r.csv:5", "r.csv:6"}


def test_a_report_beside_an_image_is_not_taken_for_one(tmp_path: Path) -> None:
    write_png(tmp_path / "in" / "p" / "1.png")
    (tmp_path / "in" / "p" / "1.txt").write_text("Fine.")
    write_csv(tmp_path / "in" / "r.csv", [{"path": "1", "patient_id": "P"}])
    corpus = ingest(tmp_path, "folder", tmp_path / "in")
    assert [i.patient_id for i in corpus.records("images")] == ["P"]
    assert corpus.rows("reports") == 1


def test_what_is_no_date_is_kept_only_by_name(tmp_path: Path) -> None:
    rows = [
        {"id": n, "text": f"Text {n}.", "Exam Date": date}
        for n, date in (("1", "2020-02-30"), ("2", "20200229"), ("3", "Anna Kowalczyk"))
    ]
    path = write_csv(tmp_path / "r.csv", rows)
    found = list(ingest(tmp_path, "table", path).records("reports"))
    assert [(r.study_date, r.meta) for r in found] == [(None, None), ("2020-02-29", None), (None, None)]
    kept = ingest(tmp_path, "table", path, keep="exam date", name="k").records("reports")
    assert [r.meta and json.loads(r.meta) for r in kept] == [
        {"Exam Date": "2020-02-30"}, None, {"Exam Date": "Anna Kowalczyk"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "advice"),
    [
        ("report_id,text,text", "a name of its own"),
        ("report_id,text,report", "--column text=text,report"),
        ("report_id,Text,TEXT", "--column text=Text,TEXT"),
    ],
)
def test_no_text_is_lost_beside_another(tmp_path: Path, header: str, advice: str) -> None:
    path = tmp_path / "in" / "r.csv"
    path.parent.mkdir()
    path.write_text(f"{header}\nR1,One.,Two.\n")
    with pytest.raises(InputError, match=advice):
        ingest(tmp_path, "table", path)
    (path.parent / "a.txt").write_text("Fine.")
    corpus = ingest(tmp_path, "folder", path.parent, name="f")
    assert reasons(corpus) == {"r.csv": "unknown_table"}
    names = header.split(",")[1:]
    if len(set(names)) == 2:
        (report,) = ingest(tmp_path, "table", path, name="n", text=",".join(names)).records("reports")
        assert "One." in report.text
        assert "Two." in report.text


def test_where_nothing_could_be_read_it_says_what_to_do(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "r.csv").write_text("notiz,alter\nFrei.,31\n")
    with pytest.raises(InputError, match=r"--column text=COLUMN .*it has: notiz, alter.*Check the paths"):
        ingest(tmp_path, "folder", folder)
    (folder / "r.csv").unlink()
    (folder / "a.txt").write_text("Fine. " * 400)
    small = IngestSettings(limits=Limits(document_mb=0.001))
    with pytest.raises(InputError, match=r"too_large: 1 .*`document_mb`") as failed:
        ingest(tmp_path, "folder", folder, settings=small, name="d")
    assert "--reader" not in str(failed.value)

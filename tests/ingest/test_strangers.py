"""A table of a stranger names no file outside of its folder, and what stands in it is in no message."""

import json
import os
import re
from pathlib import Path

import pytest

from radmine.corpus import Corpus
from radmine.errors import CorpusError, InputError
from radmine.ingest import IngestSettings, ingest_source, joined_names, names_in
from tests.ingest.made import (
    ingest,
    openi_xml,
    reasons,
    tables,
    write_archive,
    write_csv,
    write_dicom,
    write_png,
)

# -- paths ------------------------------------------------------------------------------------------------


def _tables(tmp_path: Path) -> Path:
    write_png(tmp_path / "far" / "far.png", seed=1)
    write_dicom(tmp_path / "far" / "far.dcm")
    write_png(tmp_path / "in" / "near.png", seed=2)
    paths = [
        "../../far/far.png", "../../far/far.dcm", str(tmp_path / "far" / "far.png"), "../../far/no.png", "/etc/passwd",
        "../near.png", "x/../../near.png", str(tmp_path / "in" / "near.png"), "gone.png",
    ]  # fmt: skip
    (tmp_path / "in" / "t").mkdir()
    rows = [{"id": f"R{n}", "text": f"Text {n}.", "path": path} for n, path in enumerate(paths)]
    return write_csv(tmp_path / "in" / "t" / "r.csv", rows)


@pytest.mark.parametrize("reader", ["table", "folder"])
def test_paths_stay_in_the_folder_that_was_named(tmp_path: Path, reader: str) -> None:
    _tables(tmp_path)
    corpus = ingest(tmp_path, reader, tmp_path / "in")
    assert corpus.rows("reports") == 9
    assert {i.path for i in corpus.records("images")} == {str(tmp_path / "in" / "near.png")}
    found = {item.rpartition(":")[2]: reason for item, reason in reasons(corpus).items() if "r.csv" in item}
    assert {n for n, reason in found.items() if reason == "outside_path"} == {"1", "2", "3", "4", "5"}
    assert found["9"] == "missing_file"
    assert not any("far" in r.detail or "etc" in r.detail for r in corpus.records("rejected"))


def test_paths_that_lead_elsewhere_are_followed_where_the_user_says_so(tmp_path: Path) -> None:
    table = _tables(tmp_path)
    corpus = ingest(tmp_path, "table", table, follow_paths="yes")
    assert {Path(i.path).name for i in corpus.records("images")} == {"far.png", "far.dcm", "near.png"}
    assert set(reasons(corpus).values()) == {"missing_file", "not_dicom"}
    named = ingest(tmp_path, "table", table, images=str(tmp_path / "far"), name="images")
    assert {Path(i.path).name for i in named.records("images")} == {"far.png", "far.dcm"}
    with pytest.raises(InputError, match="yes or no"):
        ingest(tmp_path, "table", table, follow_paths="perhaps", name="d")


# -- columns ----------------------------------------------------------------------------------------------


def test_columns_that_are_not_ours_are_kept_only_by_name(tmp_path: Path) -> None:
    rows = [{"id": "R1", "text": "Fine.", "Sex": "F", "Phone, home": "0123", "name": "SMITH"}]
    path = write_csv(tmp_path / "r.csv", rows)
    corpus = ingest(tmp_path, "table", path)
    assert [r.meta for r in corpus.records("reports")] == [None]
    assert corpus.manifest("ingest").notes["columns of tables left out"] == 3
    keep = joined_names(["sex", "Phone, home"])
    assert names_in(keep) == ["sex", "Phone, home"]
    for reader in ("table", "folder"):
        corpus = ingest(tmp_path, reader, path, keep=keep, name=reader)
        (report,) = corpus.records("reports")
        assert json.loads(report.meta) == {"Sex": "F", "Phone, home": "0123"}
        assert corpus.manifest("ingest").notes["columns of tables left out"] == 1
        with pytest.raises(InputError, match="No table has a column 'age' to keep") as failed:
            ingest(tmp_path, reader, path, keep="age", name=f"{reader} 2")
        assert "SMITH" not in str(failed.value)


def test_a_column_that_later_json_lines_name_can_be_kept(tmp_path: Path) -> None:
    rows = [{"id": str(n), "text": f"Text {n}.", **({"Late": n} if n > 150 else {})} for n in range(200)]
    path = tmp_path / "r.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    reports = list(ingest(tmp_path, "table", path, keep="late").records("reports"))
    assert [json.loads(r.meta)["Late"] for r in reports if r.meta] == list(range(151, 200))
    with pytest.raises(InputError, match="'never'"):
        ingest(tmp_path, "table", path, keep="never", name="d")


def test_elements_of_dicom_headers_are_kept_only_by_name(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write_dicom(
        folder / "a", PatientSex="F", PatientAge="061Y", PatientName="SMITHSON^Mary", PatientWeight=70
    )
    write_csv(folder / "r.csv", [{"id": "R1", "text": "Fine.", "Ward": "7b"}])
    for reader, keep in (("dicom", "PatientSex,PatientAge"), ("folder", "PatientSex,PatientAge,ward")):
        corpus = ingest(
            tmp_path, reader, folder / "a" if reader == "dicom" else folder, keep=keep, name=reader
        )
        (image,) = corpus.records("images")
        meta = json.loads(image.meta)
        assert (meta["PatientSex"], meta["PatientAge"]) == ("F", "061Y")
        assert not {"PatientWeight", "PatientName", "Ward"} & meta.keys()
        with pytest.raises(InputError, match="'PatientName' is not kept"):
            ingest(tmp_path, reader, folder, keep="PatientName", name=f"{reader} 2")
        with pytest.raises(InputError, match="No table has a column 'PatientSx' to keep"):
            ingest(tmp_path, reader, folder, keep="PatientSx", name=f"{reader} 3")
    with pytest.raises(InputError, match="No table has a column 'PatientSex'"):
        ingest(tmp_path, "folder", folder / "r.csv", keep="PatientSex", name="no images")


# -- messages ---------------------------------------------------------------------------------------------

PLANTED = ["SMITHSON", "Mary Jane", "1955-03-01", "555-0199", "Elm Street", "MRN77", "born", "effusion"]
HEADERLESS = [
    "1,SMITHSON Mary Jane,born 1955-03-01\n2,SMITHSON Mary Jane,born 1955-03-01\n",
    "SMITHSON,Mary Jane,F\nSMITHSON,Mary Jane,M\n",
    "SMITHSON,unknown\nSMITHSON,12\nSMITHSON,13\n",
    "MRN77;Elm Street;555-0199\nMRN78;Elm Street;555-0198\n",
    "Small left effusion without any change since the day before in SMITHSON.,Elm Street\na,b\n",
    "exam\tSMITHSON\tMary Jane\nexam\tSMITHSON\tMary Jane\n",
    "SMITHSON\nMary Jane\n",
    "born|1955-03-01|Elm Street\n",
]


@pytest.mark.parametrize("text", HEADERLESS)
@pytest.mark.parametrize("name", ["r.csv", "r.tsv"])
def test_a_first_line_that_may_be_a_row_is_in_no_message(tmp_path: Path, text: str, name: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_text(text)
    (tmp_path / "in" / "good.txt").write_text("Good.")
    said = []
    for options in (
        {},
        {"text": "words"},
        {"keep": "words"},
        {"header": "no"},
        {"header": "no", "text": "words"},
    ):
        try:
            ingest(tmp_path / "h", "table", tmp_path / "in" / name, name="t", **options)
        except InputError as error:
            said.append(str(error))
    assert len(said) >= 4
    corpus = ingest(tmp_path / "h", "folder", tmp_path / "in")
    said += [row.detail for row in corpus.records("rejected")]
    assert said
    leaked = [word for word in PLANTED for line in said if word in line]
    assert not leaked, said
    assert any("columns" in line for line in said)


def test_a_first_line_of_names_is_shown(tmp_path: Path) -> None:
    for header, row in (("befund,alter", "Frei.,31"), ("findings,impression,arzt", "Frei.,Frei.,x")):
        path = tmp_path / "r.csv"
        path.write_text(f"{header}\n{row}\n")
        with pytest.raises(InputError, match=re.escape(f"it has: {', '.join(header.split(','))}.")):
            ingest(tmp_path, "table", path, text="words")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("r.csv", "SMITHSON,MARY JANE,text,id\n1,2,Fine.,3\n"),
        ("r.jsonl", '{"SMITHSON": 1, "text": "Fine."}\n{"SMITHSON": 2, "text": "Fine."}\n'),
    ],
)
def test_names_of_people_as_columns_are_not_shown(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match="Name another") as failed:
        ingest(tmp_path, "table", tmp_path / name, text="words")
    assert "SMITHSON" not in str(failed.value)
    assert "JANE" not in str(failed.value)


def test_details_hold_nothing_of_what_a_file_says(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "good.txt").write_text("Good.")
    (folder / "a.xml").write_text("<SMITHSON>Mary Jane</SMITHSON>")
    (folder / "b.xml").write_text("<eCitation><SMITHSON></eCitation>")
    write_archive(folder / "c.tgz", {"a.xml": openi_xml("A", {"F": "Fine."}), "x.xml": b"<SMITHSON/>"})
    (folder / "d.csv").write_text('id,text\n1,"SMITHSON,never closed\n2,SMITHSON,Elm Street,555-0199\n')
    (folder / "e.jsonl").write_text('{"id": 1, "text": ["SMITHSON"]}\nSMITHSON\n{"id": 2, "text": "Fine."}')
    (folder / "f.png").write_bytes(b"SMITHSON")
    (folder / "g.parquet").write_bytes(b"PAR1SMITHSONPAR1")
    corpus = ingest(tmp_path, "folder", folder)
    assert {r.report_id for r in corpus.records("reports")} == {"good", "A", "2"}
    details = [row.detail for row in corpus.records("rejected")]
    assert len(details) >= 8
    assert not [word for word in PLANTED for detail in details if word in detail]


# -- the list of sources ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        "", "[", "{}", "[1]", "[[]]", "7", "null", '[{"reader": "text"}]', "\udcff", "[" * 100_000,
        '[{"reader": "text", "paths": "x", "options": {}, "listing": ""}]',
        '[{"reader": 1, "paths": ["x"], "options": {}, "listing": ""}]',
        '[{"reader": "text", "paths": ["x"], "options": [], "listing": ""}]',
        '[{"reader": "text", "paths": ["x"], "options": {}, "listing": "", "prefixes": []}]',
    ],
)  # fmt: skip
def test_a_damaged_list_of_sources_is_one_error_whose_advice_works(tmp_path: Path, content: str) -> None:
    paths = []
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}.txt").write_text(f"Of {name}.")
        paths.append(tmp_path / name)
        corpus = ingest(tmp_path, "text", paths[-1])
    before = tables(corpus)
    file = corpus.folder / "sources.json"
    file.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(CorpusError, match="list of the corpus' sources is damaged") as failed:
        ingest_source(corpus, "text", [paths[0]], settings=IngestSettings())
    assert "delete it and add the same sources again" in failed.value.do
    file.unlink()
    for path in paths:
        ingest_source(corpus, "text", [path], settings=IngestSettings())
    assert tables(corpus) == before


def test_a_corpus_is_extended_by_a_file_of_the_same_size_when_it_is_touched(tmp_path: Path) -> None:
    """Sizes and times tell whether a file has changed, as the manual says."""
    (tmp_path / "in").mkdir()
    file = tmp_path / "in" / "a.txt"
    file.write_text("One.")
    corpus: Corpus = ingest(tmp_path, "text", tmp_path / "in")
    info = file.stat()
    file.write_text("Two.")
    os.utime(file, ns=(info.st_atime_ns, info.st_mtime_ns))
    assert [r.text for r in ingest(tmp_path, "text", tmp_path / "in").records("reports")] == ["One."]
    file.touch()
    assert [r.text for r in ingest(tmp_path, "text", tmp_path / "in").records("reports")] == ["Two."]
    assert corpus.rows("reports") == 1

"""What users do with sources: failing ones, tables beside files, the same names in two folders."""

import json
from pathlib import Path

import pytest

import radmine.ingest.text
from radmine.corpus import Corpus
from radmine.errors import CorpusError, InputError
from radmine.ingest import STAGE, IngestSettings, ingest_source
from radmine.run import run_stage
from tests.ingest.made import ingest, reasons, write_csv, write_dicom, write_png


def test_a_source_that_cannot_be_ingested_is_not_kept(tmp_path: Path) -> None:
    corpus, settings = Corpus.create("c", home=tmp_path), IngestSettings()
    good = write_csv(tmp_path / "good.csv", [{"id": "A", "text": "Clear."}])
    wrong = {"text": "Nope"}
    with pytest.raises(InputError, match="no column 'Nope'"):
        ingest_source(corpus, "table", [good], options=wrong, settings=settings)
    assert not (corpus.folder / "sources.json").exists()
    assert ingest_source(corpus, "table", [good], settings=settings).rows["reports"] == 1
    before = (corpus.folder / "sources.json").read_bytes()
    with pytest.raises(InputError):
        ingest_source(corpus, "table", [good], options=wrong, settings=settings)
    with corpus.writing(), pytest.raises(CorpusError, match="Another"):
        ingest_source(corpus, "table", [tmp_path], settings=settings)
    assert (corpus.folder / "sources.json").read_bytes() == before
    assert run_stage(corpus, STAGE, settings).status == "up to date"


def test_a_killed_ingest_keeps_its_source_until_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("")
    corpus = Corpus.create("c", home=tmp_path)

    def dies(data: bytes) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(radmine.ingest.text, "decode", dies)
        with pytest.raises(KeyboardInterrupt):
            ingest_source(corpus, "text", [tmp_path / "in"], settings=IngestSettings())
    assert (corpus.folder / "sources.json").exists()
    with pytest.raises(InputError, match="Nothing could be read"):
        ingest_source(corpus, "text", [tmp_path / "in"], settings=IngestSettings())
    assert not (corpus.folder / "sources.json").exists()


@pytest.mark.parametrize("shard_size", [1000, 2])
def test_a_table_of_labels_is_merged_into_the_files(tmp_path: Path, shard_size: int) -> None:
    made = [write_dicom(tmp_path / "in" / f"IM{n}", seed=n, PatientID=f"P{n}") for n in range(6)]
    rows = [
        {"image_id": str(d.SOPInstanceUID), "patient_id": "other", "nodule": str(n), "location": "lung"}
        for n, d in enumerate(made[:5])
    ]
    gone = {"image_id": "1.2.3.999", "patient_id": "X", "nodule": "1", "location": "lung"}
    write_csv(tmp_path / "in" / "labels.csv", [*rows, gone])
    (tmp_path / "in" / "truth.jsonl").write_text('{"image_id": null, "finding": "x"}\n' * 3)
    corpus = ingest(
        tmp_path, "folder", tmp_path / "in", settings=IngestSettings(shard_size=shard_size), keep="nodule"
    )
    images = {i.image_id: i for i in corpus.records("images")}
    assert set(images) == {d.SOPInstanceUID for d in made}
    for n, dataset in enumerate(made):
        image = images[dataset.SOPInstanceUID]
        assert image.path == str(tmp_path / "in" / f"IM{n}")
        assert (image.patient_id, image.location) == (f"P{n}", "lung" if n < 5 else None)
        assert json.loads(image.meta).get("nodule") == (str(n) if n < 5 else None)
    assert set(reasons(corpus).values()) == {"missing_file"}
    assert set(reasons(corpus)) == {"truth.jsonl"}
    notes = corpus.manifest("ingest").notes
    assert notes["left out on purpose"] == {"image_without_file": 1}
    assert notes["table rows merged into images"] == 5


def test_the_same_image_name_in_two_folders_of_a_source(tmp_path: Path) -> None:
    for seed, name in enumerate("ab"):
        write_png(tmp_path / "two" / name / "1.png", seed=seed)
        write_csv(tmp_path / "two" / name / "images.csv", [{"path": "1.png", "patient_id": name}])
    corpus = ingest(tmp_path, "folder", tmp_path / "two")
    assert {i.image_id: i.patient_id for i in corpus.records("images")} == {"a/1.png": "a", "b/1.png": "b"}
    assert not reasons(corpus)


@pytest.mark.parametrize("together", [True, False])
def test_the_same_names_in_two_sources(tmp_path: Path, together: bool) -> None:
    drops = [tmp_path / "b1", tmp_path / "b2", tmp_path / "far" / "b2"]
    for number, drop in enumerate(drops):
        write_png(drop / "1.png", seed=number)
        write_csv(drop / "reports.csv", [{"text": f"Report {number}."}])
        (drop / "0001.txt").write_text(f"Text {number}.")
    for part in [drops] if together else [[drop] for drop in drops]:
        corpus = ingest(tmp_path, "folder", *part)
    assert not reasons(corpus)
    texts = {r.report_id: r.text for r in corpus.records("reports")}
    assert texts["0001"] == "Text 0."
    assert texts["reports.csv:1"] == "Report 0."
    assert texts["b2/0001"] == "Text 1."
    assert len(texts) == 6
    assert len({i.image_id for i in corpus.records("images")}) == 3
    (drops[1] / "0002.txt").write_text("More.")
    extended = ingest(tmp_path, "folder", *(drops if together else drops[1:2]))
    assert texts.items() <= {r.report_id: r.text for r in extended.records("reports")}.items()


def test_a_table_that_is_not_known_says_its_columns(tmp_path: Path) -> None:
    write_csv(tmp_path / "in.csv", [{"notiz": "Clear.", "x" * 50: "1"}])
    (tmp_path / "a.txt").write_text("A.")
    (row,) = ingest(tmp_path / "home", "folder", tmp_path / "in.csv", tmp_path / "a.txt").records("rejected")
    assert (row.item, row.reason) == ("in.csv", "unknown_table")
    assert row.detail.startswith("1 row. ")
    assert "--column text=COLUMN" in row.detail
    assert "it has: notiz, (a long one)." in row.detail


def test_a_text_that_is_no_string_and_a_date_that_is_none(tmp_path: Path) -> None:
    rows = [
        {"id": "A", "text": ["x"]},
        {"id": "B", "text": "Clear.", "study_date": "in May"},
        {"id": "C", "text": "Clear.", "study_date": "20240131"},
    ]
    path = tmp_path / "r.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    corpus = ingest(tmp_path, "table", path)
    assert reasons(corpus) == {"r.jsonl:1": "bad_text", "r.jsonl": "unread_date"}
    b, c = corpus.records("reports")
    assert (b.study_date, b.meta) == (None, None)
    assert (c.study_date, c.meta) == ("2024-01-31", None)

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.ingest import IngestSettings
from tests.ingest.made import ingest, reasons, write_csv, write_dicom, write_png

Said = dict[str, dict[str, str]]  # image or report -> finding -> assertion


def said_in(corpus: Corpus) -> Said:
    found: Said = {}
    for row in corpus.records("source_labels"):
        found.setdefault(row.image_id or row.report_id, {})[row.finding] = str(row.assertion)
    return found


def labelled(home: Path, rows: Sequence[Mapping[str, str]], *, name: str = "c", **options: str) -> Corpus:
    """Return a corpus of a table of pictures a.png, b.png, ..., with these columns beside."""
    names = [f"{chr(97 + n)}.png" for n in range(len(rows))]
    for n, picture in enumerate(names):
        write_png(home / "in" / picture, seed=n)
    table = [{"Image Index": picture, **row} for picture, row in zip(names, rows, strict=True)]
    return ingest(home, "table", write_csv(home / "in" / "labels.csv", table), name=name, **options)


def test_columns_that_name_findings_say_what_images_show(tmp_path: Path) -> None:
    rows = [
        {
            "Cardiomegaly": "1",
            "Effusion": "0.0",
            "lung nodule": "yes",
            "Age": "1",
            "View Position": "PA",
        },
        {
            "Cardiomegaly": "-1.0",
            "Effusion": "",
            "lung nodule": "FALSE",
            "Age": "0",
            "View Position": "AP",
        },
    ]
    corpus = labelled(tmp_path, rows)
    assert said_in(corpus) == {
        "a.png": {"cardiomegaly": "present", "pleural_effusion": "absent", "lung_nodule": "present"},
        "b.png": {"cardiomegaly": "uncertain", "lung_nodule": "absent"},
    }
    first = next(corpus.records("source_labels"))
    assert (first.report_id, first.file, first.column) == (None, "labels.csv", "Cardiomegaly")
    manifest = corpus.manifest("ingest")
    assert manifest is not None
    assert manifest.notes["label columns"] == {"labels.csv": ["Cardiomegaly", "Effusion", "lung nodule"]}
    assert manifest.notes["columns of tables left out"] == 1
    assert manifest.said == [
        "no patient column in labels.csv: each image is its own patient; --column patient_id=COLUMN",
        "3 label columns of labels.csv: Cardiomegaly, Effusion, lung nodule -> 5 votes on images",
    ]
    assert not said_in(labelled(tmp_path, rows, name="off", label_columns="no"))


def test_probabilities_counts_and_words_are_no_labels(tmp_path: Path) -> None:
    rows = [
        {"Cardiomegaly": "0.37", "Nodule": "3", "Mass": "left", "Effusion": "1", "Hernia": ""},
        {"Cardiomegaly": "1", "Nodule": "0", "Mass": "", "Effusion": "0", "Hernia": ""},
    ]
    corpus = labelled(tmp_path, rows)
    assert said_in(corpus) == {
        "a.png": {"pleural_effusion": "present"},
        "b.png": {"pleural_effusion": "absent"},
    }
    manifest = corpus.manifest("ingest")
    assert manifest is not None
    assert manifest.notes["columns that are no labels"] == {"labels.csv": ["Cardiomegaly", "Nodule", "Mass"]}
    assert (
        "no labels in labels.csv: Cardiomegaly, Nodule, Mass (other values than 1, 0, -1, yes, no)"
        in manifest.said
    )


def test_a_list_of_findings_answers_for_its_scheme(tmp_path: Path) -> None:
    rows = [{"Finding Labels": said} for said in ("Effusion|Mass", "No Finding", "", "Pleural_Thickening")]
    found = said_in(labelled(tmp_path, rows))
    assert found.keys() == {"a.png", "b.png", "d.png"}
    present = {image: {f for f, said in of.items() if said == "present"} for image, of in found.items()}
    assert present == {
        "a.png": {"pleural_effusion", "lung_mass"},
        "b.png": set(),
        "d.png": {"pleural_thickening"},
    }
    assert {len(of) for of in found.values()} == {14}


def test_a_list_without_no_finding_says_only_what_is_there(tmp_path: Path) -> None:
    corpus = labelled(tmp_path, [{"labels": "Effusion; rib fracture"}, {"labels": "Hernia"}])
    assert said_in(corpus) == {
        "a.png": {"pleural_effusion": "present", "rib_fracture": "present"},
        "b.png": {"hernia": "present"},
    }
    assert not said_in(labelled(tmp_path, [{"labels": "Effusion"}, {"labels": "train"}], name="d"))


def test_no_finding_makes_absent_what_is_left_empty(tmp_path: Path) -> None:
    rows = [
        {"No Finding": "1.0", "Pneumothorax": "", "Edema": "-1.0", "Support Devices": ""},
        {"No Finding": "", "Pneumothorax": "1.0", "Edema": "", "Support Devices": "1.0"},
    ]
    assert said_in(labelled(tmp_path, rows)) == {
        "a.png": {"pneumothorax": "absent", "pulmonary_edema": "uncertain"},  # of a device it says nothing
        "b.png": {"pneumothorax": "present", "support_device": "present"},
    }


def test_other_columns_count_where_the_user_names_them(tmp_path: Path) -> None:
    rows = [{"Spiculation": "1", "Effusion": "0"}, {"Spiculation": "0", "Effusion": ""}]
    corpus = labelled(tmp_path, rows, label_columns="spiculation=spiculated mass,Effusion")
    assert said_in(corpus)["a.png"] == {"lung_mass": "present", "pleural_effusion": "absent"}
    with pytest.raises(InputError, match=r"near are: .*lung_mass"):
        labelled(tmp_path, rows, name="d", label_columns="Spiculation=lung_mas")
    with pytest.raises(InputError, match="needs a finding"):
        labelled(tmp_path, rows, name="e", label_columns="Spiculation")
    with pytest.raises(InputError, match="No table has a column 'Nodule' of labels"):
        labelled(tmp_path, rows, name="f", label_columns="Nodule")
    with pytest.raises(InputError, match="'Shape' is no label column"):
        labelled(tmp_path, [{"Shape": "tall"}], name="g", label_columns="Shape=mass")
    with pytest.raises(InputError, match="'Image Index' holds path"):
        labelled(tmp_path, rows, name="h", label_columns="image_index=mass")


def test_columns_of_a_report_table_count_only_where_named(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "r.csv", [{"id": "R1", "text": "Fine.", "Effusion": "1"}, {"id": "R2", "text": " "}]
    )
    assert not said_in(ingest(tmp_path, "table", path))
    corpus = ingest(tmp_path, "table", path, name="d", label_columns="Effusion")
    assert said_in(corpus) == {"R1": {"pleural_effusion": "present"}}
    assert [(r.image_id, r.report_id) for r in corpus.records("source_labels")] == [(None, "R1")]


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_numbers_and_truth_values_are_answers_too(tmp_path: Path, kind: str) -> None:
    write_png(tmp_path / "a.png")
    row = {"path": "a.png", "Effusion": 1, "Mass": 0.0, "Hernia": True, "Nodule": None, "Edema": -1}
    path = tmp_path / f"t.{kind}"
    if kind == "parquet":
        pq.write_table(pa.Table.from_pylist([row, {**row, "path": "b.png"}]), path)
    else:
        path.write_text(json.dumps(row))
    assert said_in(ingest(tmp_path, "table", path))["a.png"] == {
        "pleural_effusion": "present", "lung_mass": "absent", "hernia": "present", "pulmonary_edema": "uncertain",
    }  # fmt: skip


def test_a_value_further_down_that_is_no_answer_is_counted(tmp_path: Path) -> None:
    names = [f"{n}.dcm" for n in range(1003)]
    rows = [{"image_id": name, "Effusion": "1" if n < 1001 else "many"} for n, name in enumerate(names)]
    path = write_csv(tmp_path / "r.csv", rows)
    corpus = ingest(tmp_path, "table", path, settings=IngestSettings(shard_size=600))
    assert corpus.rows("source_labels") == 1001
    assert len(corpus.shards("source_labels")) == len(corpus.shards("images")) == 2
    manifest = corpus.manifest("ingest")
    assert manifest is not None
    assert "2 values of label columns not read" in manifest.said
    assert reasons(corpus) == {"r.csv": "unread_label"}


def test_two_tables_of_the_same_images_both_speak(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    write_png(folder / "a.png")
    for name, said in (("x.csv", "1"), ("y.csv", "0")):
        write_csv(folder / name, [{"path": "a.png", "Effusion": said}])
    corpus = ingest(tmp_path, "folder", folder)
    assert corpus.rows("images") == 1
    assert {(r.image_id, r.file, str(r.assertion)) for r in corpus.records("source_labels")} == {
        ("a.png", "x.csv", "present"),
        ("a.png", "y.csv", "absent"),
    }


def test_a_table_of_ids_labels_the_images_of_other_files_and_no_others(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write_dicom(folder / "a.dcm", SOPInstanceUID="1.2.3.4.5")
    write_csv(folder / "labels.csv", [{"dicom_id": i, "Effusion": "1"} for i in ("1.2.3.4.5", "9.9.9")])
    corpus = ingest(tmp_path, "folder", folder)
    assert [i.image_id for i in corpus.records("images")] == ["1.2.3.4.5"]
    assert said_in(corpus) == {"1.2.3.4.5": {"pleural_effusion": "present"}}

"""Labels that go out: columns, numbers, evidence and files, on a corpus made by hand whose truth is known."""

import csv
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from radmine import link, parse
from radmine.corpus import Corpus
from radmine.curate import compare
from radmine.errors import InputError
from radmine.export import FORMATS, NUMBERS, Asked, Layout, export, formats
from radmine.export import items as items_module
from radmine.export.places import folder_of_images
from radmine.findings import load_lexicon
from radmine.ingest.source import add_source
from radmine.label import STAGE, LabelSettings
from radmine.records import Assertion, Report, Split
from radmine.run import Limits, run_stage
from tests.link.made import image, make_corpus

EDEMA = "FINDINGS: Mild pulmonary edema. No pneumothorax. Possible pleural effusion.\nIMPRESSION: Pulmonary edema."
TEXTS = {
    "R1": EDEMA,
    "R2": "The lungs are clear. No acute disease.",
    "R3": "See prior.",
    "R4": "=1+1 pneumothorax.",
    "R5": "Cardiomegaly with a pacemaker.",
}
CHEXPERT = [
    "No Finding",
    "Enlarged Cardiomediastinum",
    "Cardiomegaly",
    "Lung Opacity",
    "Lung Lesion",
    "Edema",
    "Consolidation",
    "Pneumonia",
    "Atelectasis",
    "Pneumothorax",
    "Pleural Effusion",
    "Pleural Other",
    "Fracture",
    "Support Devices",
]

Rows = list[dict[str, str]]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Five reports in three shards; R1 has the images a (PA) and b (lateral), c has none; R1 and R2 speak of d."""
    reports = [
        Report(name, f"P-{name}", text, "test", study_id=f"S{name}", modality="CR" if name < "R4" else "CT")
        for name, text in TEXTS.items()
    ]
    meta = '{"Patient Sex": "F", "Patient Age": "060Y"}'
    images = [
        image("a", "SR1", 1, 1, path="/x/a.png", view="PA", patient_id="P-R1", meta=meta, modality="CR"),
        image("b", "SR1", 1, 2, path="/x/b.dcm", view="LL", patient_id="P-R1", frame=2, modality="CR"),
        image("c", "other", 1, 3, patient_id="P-R9"),
        image("d", "SR2", 1, 4, path="/x/d.png", view="AP", patient_id="P-R2", modality="CR"),
    ]
    splits = [Split(f"P-{n}", "test" if n == "R2" else "train", n, "drawn") for n in TEXTS]
    made = make_corpus(tmp_path_factory.mktemp("export"), reports, images, splits=splits, shard=2)
    run_stage(made, link.STAGE, link.LinkSettings())
    answers = made.folder / "said.csv"
    answers.write_text(
        "report_id,image_id,finding,answer,voter,kind\n"
        "R4,,pneumothorax,absent,anna,decision\n,c,fracture,present,tool,tool\n"
    )
    run_stage(made, STAGE, LabelSettings(answers=(str(answers),)))
    return made


@pytest.fixture
def written(corpus: Corpus, tmp_path: Path) -> Callable[..., Rows]:
    def write(as_: str, **options: Any) -> Rows:
        export(corpus, as_, tmp_path / "out.csv", **options)
        return read(tmp_path / "out.csv")

    return write


def read(path: Path) -> Rows:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def test_numbers_of_assertions() -> None:
    assert NUMBERS == {Assertion.PRESENT: 1, Assertion.ABSENT: 0, Assertion.UNCERTAIN: -1}


def test_reports_as_chexpert(written: Callable[..., Rows]) -> None:
    rows = written("chexpert")
    assert list(rows[0]) == ["report_id", "patient_id", "study_id", "split", *CHEXPERT]
    assert [row["report_id"] for row in rows] == list(TEXTS)
    said = {row["report_id"]: {n: row[n] for n in CHEXPERT if row[n]} for row in rows}
    assert said["R1"] == {"Lung Opacity": "1", "Edema": "1", "Pneumothorax": "0", "Pleural Effusion": "-1"}
    assert said["R2"] == {"No Finding": "1", "Lung Opacity": "0", "Consolidation": "0"}
    assert said["R3"] == {}  # nothing said, nothing labelled
    assert said["R4"] == {"No Finding": "1", "Pneumothorax": "0"}  # a person decided
    assert said["R5"] == {"Enlarged Cardiomediastinum": "1", "Cardiomegaly": "1", "Support Devices": "1"}
    assert [row["split"] for row in rows] == ["train", "test", "train", "train", "train"]


def test_without_parents(written: Callable[..., Rows]) -> None:
    said = {
        row["report_id"]: {n: row[n] for n in CHEXPERT if row[n]}
        for row in written("chexpert", parents=False)
    }
    assert said["R1"] == {"Edema": "1", "Pneumothorax": "0", "Pleural Effusion": "-1"}
    assert said["R5"] == {"Cardiomegaly": "1", "Support Devices": "1"}


def test_images_as_chexpert(written: Callable[..., Rows]) -> None:
    rows = written("chexpert", images=True)
    assert list(rows[0]) == ["Path", "Sex", "Age", "Frontal/Lateral", "AP/PA", *CHEXPERT, "image_id"]
    facts = [tuple(row[n] for n in ("Path", "Sex", "Age", "Frontal/Lateral", "AP/PA")) for row in rows]
    assert facts == [
        ("/x/a.png", "Female", "60", "Frontal", "PA"),
        ("/x/b.dcm#2", "", "", "Lateral", ""),
        ("c", "", "", "", ""),
        ("/x/d.png", "", "", "Frontal", "AP"),
    ]
    assert (rows[0]["Edema"], rows[0]["Pneumothorax"]) == ("1", "0")
    assert rows[2]["Fracture"] == "1"
    assert rows[3]["No Finding"] == "1"
    assert [row["image_id"] for row in rows] == ["a", "b", "c", "d"]


def test_as_chestxray14(written: Callable[..., Rows]) -> None:
    rows = written("chestxray14", images=True)
    assert ",".join(rows[0]) == (
        "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position,"
        "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],image_id"
    )
    facts = [(r["Image Index"], r["Finding Labels"], r["Patient Age"], r["Patient Gender"]) for r in rows]
    assert facts[0] == ("a.png", "Edema", "60", "F")  # an uncertain effusion is not listed
    assert facts[3] == ("d.png", "No Finding", "", "")
    reports = {row["report_id"]: row["Finding Labels"] for row in written("chestxray14")}
    assert reports == {"R1": "Edema", "R2": "No Finding", "R3": "", "R4": "No Finding", "R5": "Cardiomegaly"}


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Corpus, Path]:
    """Images of one name in folders by study, labelled by a tool; and their source."""
    source = tmp_path / "source"
    for study in ("A1", "A2"):
        (source / study).mkdir(parents=True)
    images = [
        image("a", "A1", 1, 1, path=f"{source}/A1/i7"),
        image("b", "A2", 1, 1, path=f"{source}/A2/i7"),
        image("c", "A2", 1, 2, path=f"{source}/A2/i8"),
    ]
    made = make_corpus(tmp_path, [Report("R", "P", "No effusion.", "test")], images)
    assert not folder_of_images(made)
    add_source(made, "dicom", [source])
    run_stage(made, link.STAGE, link.LinkSettings())
    answers = made.folder / "said.csv"
    answers.write_text(
        "image_id,finding,answer,voter,kind\na,fracture,present,tool,tool\nb,fracture,absent,tool,tool\n"
    )
    run_stage(made, STAGE, LabelSettings(answers=(str(answers),)))
    return made, source


def test_images_of_one_file_name_are_told_apart(folders: tuple[Corpus, Path], tmp_path: Path) -> None:
    made, source = folders
    out = tmp_path / "o.csv"
    export(made, "chestxray14", out, images=True, evidence=True, probabilities=True)
    rows = read(out)
    assert [(r["Image Index"], r["image_id"]) for r in rows] == [("A1/i7", "a"), ("A2/i7", "b"), ("i8", "c")]
    assert {r["image_id"] for r in read(tmp_path / "o.evidence.csv")} <= {r["image_id"] for r in rows}
    export(made, "chestxray14", out, images=True, where="image_id=a")
    assert read(out)[0]["Image Index"] == "A1/i7"  # the same, whatever else goes out
    export(made, "chexpert", out, images=True)
    assert [r["Path"] for r in read(out)] == ["A1/i7", "A2/i7", "A2/i8"]
    add_source(made, "dicom", [source / "A1"])
    export(made, "chexpert", out, images=True)
    assert read(out)[0]["Path"] == "A1/i7"  # of the folder that holds all


def test_an_export_of_images_is_a_truth(folders: tuple[Corpus, Path], tmp_path: Path) -> None:
    made, _ = folders
    export(made, "chexpert", tmp_path / "o.csv", images=True)
    without = [line.rpartition(",")[0] for line in (tmp_path / "o.csv").read_text().splitlines()]
    (tmp_path / "paths.csv").write_text("\n".join(without))
    for name in ("o.csv", "paths.csv"):
        (part,) = compare(made, tmp_path / name).parts
        assert (part.kind, part.unknown) == ("image", 0)
        assert {one.item for one in part.judged if one.finding == "Fracture"} == {"a", "b"}


def test_long_has_a_row_a_finding(written: Callable[..., Rows], corpus: Corpus) -> None:
    rows = written("long")
    said = {(r["report_id"], r["finding"]): (r["assertion"], r["number"], r["probability"]) for r in rows}
    assert len(said) == len(rows) == sum(label.image_id is None for label in corpus.records("labels"))
    assert said["R1", "pleural_effusion"] == ("uncertain", "-1", "0.5")
    assert said["R1", "pneumothorax"] == ("absent", "0", "0.03")
    (decided,) = (r for r in rows if r["report_id"] == "R4")
    assert "decision:anna" in decided["voters"].split("|")
    assert {r["finding"] for r in written("long", findings=("Pneumothorax",))} == {"pneumothorax"}
    codes = {row["finding"]: row["codes"] for row in rows}
    lexicon = load_lexicon()
    assert all(codes[name] == "|".join(lexicon.findings[name].codes) for name in codes)
    assert any("SNOMED:" in code for code in codes.values())


def test_long_with_evidence_has_a_row_for_each_word_that_a_vote_rests_on(
    written: Callable[..., Rows], tmp_path: Path
) -> None:
    rows = written("long", evidence=True)
    why = [r for r in rows if (r["report_id"], r["finding"]) == ("R1", "pulmonary_edema")]
    assert [(r["voter"], r["phrase"], r["rule"]) for r in why] == [
        ("rules:findings", "pulmonary edema", "default"),
        ("rules:impression", "Pulmonary edema", "default"),
    ]
    for row in why:
        assert EDEMA[int(row["start"]) : int(row["end"])] == row["phrase"]
    assert why[0]["sentence"] == "Mild pulmonary edema."
    assert not (tmp_path / "out.evidence.csv").exists()
    decided = {r["voter"]: (r["says"], r["phrase"]) for r in rows if r["report_id"] == "R4"}
    assert decided["decision:anna"] == ("absent", "")
    assert decided["rules:findings"] == ("present", "pneumothorax")


def test_evidence_of_wide_files_stands_in_a_file_beside_them(
    written: Callable[..., Rows], tmp_path: Path
) -> None:
    written("chexpert", evidence=True)
    rows = read(tmp_path / "out.evidence.csv")
    of_r1 = [(r["label"], r["assertion"], r["finding"], r["rule"]) for r in rows if r["report_id"] == "R1"]
    assert ("Lung Opacity", "present", "pulmonary_edema", "default") in of_r1
    assert ("Pneumothorax", "absent", "pneumothorax", "no") in of_r1
    normal = {r["finding"] for r in rows if (r["report_id"], r["label"]) == ("R2", "No Finding")}
    assert normal == {"lung_opacity", "chest_disease"}
    decided = [r for r in rows if (r["report_id"], r["label"]) == ("R4", "Pneumothorax")]
    assert {r["voter"] for r in decided} == {"decision:anna", "rules:findings"}


def test_evidence_of_images_names_the_report(written: Callable[..., Rows], tmp_path: Path) -> None:
    written("chexpert", images=True, evidence=True)
    rows = read(tmp_path / "out.evidence.csv")
    assert {(r["report_id"], r["image_id"]) for r in rows} == {
        ("R1", "a"),
        ("R1", "b"),
        ("", "c"),
        ("R2", "d"),
    }
    for row in rows:
        if row["start"]:
            assert TEXTS[row["report_id"]][int(row["start"]) : int(row["end"])] == row["phrase"]


def test_where_reports_differ_on_an_image_present_comes_first(tmp_path: Path) -> None:
    texts = {"A": "Pneumothorax. No effusion.", "B": "No pneumothorax. Cardiomegaly."}
    reports = [Report(n, "P", text, "test", study_id="now") for n, text in texts.items()]
    made = make_corpus(tmp_path, reports, [image("i", "now", 1, 1)], shard=1)
    run_stage(made, link.STAGE, link.LinkSettings())
    run_stage(made, STAGE, LabelSettings())
    export(made, "chexpert", tmp_path / "o.csv", images=True, evidence=True)
    (row,) = read(tmp_path / "o.csv")
    assert (row["Pneumothorax"], row["Pleural Effusion"], row["Cardiomegaly"], row["No Finding"]) == (
        "1",
        "0",
        "1",
        "",
    )
    why = {(r["label"], r["report_id"]) for r in read(tmp_path / "o.evidence.csv")}
    assert ("Pneumothorax", "A") in why
    assert ("Pneumothorax", "B") not in why
    export(made, "wide", tmp_path / "w.csv", images=True)
    assert read(tmp_path / "w.csv")[0]["report_id"] == "A|B"


def test_labels_of_an_earlier_state_of_the_reports_do_not_go_out(tmp_path: Path) -> None:
    made = make_corpus(tmp_path, [Report(n, "P", f"No effusion. {n * 9}", "test") for n in ("A", "BB")])
    out = tmp_path / "o.csv"
    with pytest.raises(InputError, match="Stage 'label' has not run yet"):
        export(made, "long", out)
    run_stage(made, link.STAGE, link.LinkSettings())
    run_stage(made, STAGE, LabelSettings())
    export(made, "long", out)
    before = out.read_bytes()
    read_anew = parse.ParseSettings(limits=Limits(report_characters=25))  # one report is too long now
    run_stage(made, parse.STAGE, read_anew)
    with pytest.raises(InputError, match="of an earlier state of") as error:
        export(made, "long", out, evidence=True)
    assert "--through label" in str(error.value.do)
    assert out.read_bytes() == before


def test_wide_has_the_findings_that_occur_or_that_are_asked_for(
    written: Callable[..., Rows], corpus: Corpus
) -> None:
    occur = {label.finding for label in corpus.records("labels") if label.image_id is None}
    rows = written("wide")
    assert set(rows[0]) == {"report_id", "patient_id", "study_id", "split", *occur}
    rows = written("wide", findings=("pneumothorax", "hiatal hernia"), probabilities=True)
    assert list(rows[0])[4:] == [
        "pneumothorax",
        "hiatal_hernia",
        "pneumothorax probability",
        "hiatal_hernia probability",
    ]
    assert (rows[0]["pneumothorax"], rows[0]["pneumothorax probability"]) == ("0", "0.03")
    assert {row["hiatal_hernia"] for row in rows} == {""}


MINE = """
title = "Mine"
no_finding = "Normal"
no_finding_by = ["chest_disease"]
[labels]
Fluid = { is = ["pulmonary_edema"], includes = ["pleural_effusion"] }
"""


def test_a_label_scheme_of_ones_own(written: Callable[..., Rows], tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(MINE)
    rows = written(str(path))
    assert [(r["Normal"], r["Fluid"]) for r in rows] == [("", "1"), ("1", ""), ("", ""), ("", ""), ("", "")]
    assert "image_id" in written(str(path), images=True)[0]


def test_filters(written: Callable[..., Rows]) -> None:
    def ids(**options: Any) -> list[str]:
        return [row["report_id"] for row in written("chexpert", **options)]

    assert ids(split="test") == ["R2"]
    assert ids(where={"modality": "CT"}) == ["R4", "R5"]
    assert ids(where="modality=CR", split="train") == ["R1", "R3"]
    assert ids(where="modality=MR") == []
    paths = [row["Path"] for row in written("chexpert", images=True, where={"view": "PA|AP"})]
    assert paths == ["/x/a.png", "/x/d.png"]


@pytest.mark.parametrize("at_once", [1, 2, 3])
@pytest.mark.parametrize("images", [False, True])
def test_how_many_go_out_at_once_changes_nothing(
    written: Callable[..., Rows], monkeypatch: pytest.MonkeyPatch, at_once: int, images: bool
) -> None:
    for options in ({"evidence": True}, {"split": "train"}):
        expected = written("long", images=images, **options)
        with monkeypatch.context() as patch:
            patch.setattr(items_module, "_AT_ONCE", at_once)
            assert written("long", images=images, **options) == expected


def test_only_labels_of_the_file_are_counted(corpus: Corpus, tmp_path: Path) -> None:
    how = {"findings": ["pneumothorax"]}
    done = {as_: export(corpus, as_, tmp_path / f"{as_}.csv", **how).labelled for as_ in ("long", "wide")}
    assert done["wide"] == done["long"] < 4


def test_parquet_has_types(corpus: Corpus, tmp_path: Path) -> None:
    done = export(corpus, "chexpert", tmp_path / "o.parquet", probabilities=True, evidence=True)
    table = pq.read_table(tmp_path / "o.parquet")
    assert (done.items, done.labelled, done.rows, done.columns) == (5, 4, 5, table.num_columns)
    types = {field.name: str(field.type) for field in table.schema}
    assert (types["report_id"], types["Edema"], types["Edema probability"]) == ("string", "int8", "double")
    assert table["Edema"].to_pylist() == [1, None, None, None, None]
    why = pq.read_table(tmp_path / "o.evidence.parquet")
    assert str(why.schema.field("start").type) == "int64"
    empty = export(corpus, "long", tmp_path / "e.parquet", where="modality=MR")
    assert (empty.rows, pq.read_table(tmp_path / "e.parquet").num_rows) == (0, 0)


def test_a_formula_is_text_in_a_csv_and_as_it_is_in_parquet(tmp_path: Path) -> None:
    made = make_corpus(tmp_path, [Report("=1+1", "@P", "No effusion.", "test", study_id="-2")])
    run_stage(made, link.STAGE, link.LinkSettings())
    run_stage(made, STAGE, LabelSettings())
    export(made, "long", tmp_path / "o.csv")
    (row,) = read(tmp_path / "o.csv")
    assert (row["report_id"], row["patient_id"], row["study_id"]) == ("'=1+1", "'@P", "'-2")
    export(made, "long", tmp_path / "o.parquet")
    assert pq.read_table(tmp_path / "o.parquet")["report_id"].to_pylist() == ["=1+1"]


def test_a_file_is_replaced_whole_or_stays(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "o.csv"
    path.write_text("before")

    def broken(asked: Asked) -> Layout:
        made = FORMATS["long"](asked)

        def rows(item: Any, said: Any) -> Any:
            if item.id == "R4":
                raise RuntimeError("broken")
            return made.rows(item, said)

        return Layout(made.schema, made.said, rows)

    monkeypatch.setitem(FORMATS, "broken", broken)
    with pytest.raises(RuntimeError):
        export(corpus, "broken", path, evidence=True)
    assert path.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["o.csv"]
    export(corpus, "long", path)
    assert path.read_text().startswith("report_id,")


def ids(asked: Asked) -> Layout:
    """A format of somebody else: the ids alone."""
    return Layout(pa.schema([("id", pa.string())]), lambda _: {}, lambda item, _: [(item.id,)])


def test_a_package_offers_a_format_by_an_entry_point(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered = [
        EntryPoint("ids", "tests.export.test_export:ids", formats.GROUP),
        EntryPoint("gone", "no_such_module:ids", formats.GROUP),
    ]
    monkeypatch.setattr(formats, "entry_points", lambda group: offered)
    export(corpus, "ids", tmp_path / "o.csv")
    assert [row["id"] for row in read(tmp_path / "o.csv")] == list(TEXTS)
    with pytest.raises(InputError, match="cannot be imported: ModuleNotFoundError"):
        export(corpus, "gone", tmp_path / "o.csv")
    with pytest.raises(InputError, match="long, wide, gone, ids"):
        export(corpus, "other", tmp_path / "o.csv")


@pytest.mark.parametrize(
    ("as_", "to", "options", "says"),
    [
        ("coco", "o.csv", {}, "chexpert, chestxray14, ctrate, long, wide"),
        ("mine.toml", "o.csv", {}, "cannot be read"),
        ("chexpert", "o.xlsx", {}, ".csv or .parquet"),
        ("chexpert", "no/such/o.csv", {}, "no such folder"),
        ("chexpert", "o.csv", {"split": "dev"}, "test, train"),
        ("chexpert", "o.csv", {"where": "colour=red"}, "no filter 'colour'"),
        ("chexpert", "o.csv", {"findings": ("pneumothorax",)}, "--finding"),
        ("long", "o.csv", {"parents": False}, "--no-scheme-parents"),
        ("wide", "o.csv", {"findings": ("cough",)}, "'cough'"),
    ],
)
def test_what_cannot_be_written_is_told_and_leaves_nothing(
    corpus: Corpus, tmp_path: Path, as_: str, to: str, options: dict[str, Any], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        export(corpus, as_, tmp_path / to, **options)
    assert not list(tmp_path.iterdir())


def test_a_corpus_without_labels_is_told(tmp_path: Path) -> None:
    made = make_corpus(tmp_path, [Report("R", "P", "No effusion.", "test")])
    with pytest.raises(InputError, match="--through label"):
        export(made, "chexpert", tmp_path / "o.csv")


@pytest.fixture(scope="module")
def paired(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Twelve reports with the same pair, one with another; cardiomegaly implies an enlarged silhouette."""
    texts = [*(["Injury of the ureter. Cardiomegaly."] * 12), "The wall of the ureter may be thickened."]
    reports = [Report(f"R{n:02d}", f"P{n}", text, "test") for n, text in enumerate(texts)]
    made = make_corpus(tmp_path_factory.mktemp("pairs"), reports, [])
    run_stage(made, link.STAGE, link.LinkSettings())
    run_stage(made, STAGE, LabelSettings())
    return made


def test_rare_pairs_have_a_column_where_they_are_asked_for(paired: Corpus, tmp_path: Path) -> None:
    done = export(paired, "wide", tmp_path / "all.csv")
    columns = set(read(tmp_path / "all.csv")[0])
    assert "injury@ureter" in columns
    assert "thickening@ureter" not in columns
    assert done.note.startswith("1 pairs")
    done = export(paired, "wide", tmp_path / "some.csv", findings=("thickening@*",))
    assert list(read(tmp_path / "some.csv")[-1].items())[-1] == ("thickening@ureter", "-1")
    assert done.note == ""
    with pytest.raises(InputError, match="no label"):
        export(paired, "wide", tmp_path / "none.csv", findings=("atrophy@*",))


def test_evidence_of_a_pair_has_both_its_parts(paired: Corpus, tmp_path: Path) -> None:
    export(paired, "long", tmp_path / "why.csv", findings=("thickening@ureter",), evidence=True)
    (row,) = read(tmp_path / "why.csv")
    assert (row["finding"], row["phrase"], row["site_phrase"]) == ("thickening@ureter", "thickened", "ureter")
    text = "The wall of the ureter may be thickened."
    assert text[int(row["start"]) : int(row["end"])] == "thickened"
    assert text[int(row["site_start"]) : int(row["site_end"])] == "ureter"
    assert float(row["certainty"]) == float(row["probability"]) < 1


@pytest.mark.parametrize("as_", ["long", "wide"])
def test_what_only_follows_can_be_left_out(paired: Corpus, tmp_path: Path, as_: str) -> None:
    def findings(**options: bool) -> set[str]:
        export(paired, as_, tmp_path / "out.csv", **options)
        rows = read(tmp_path / "out.csv")
        return {row["finding"] for row in rows} if as_ == "long" else set(rows[0])

    every, named = findings(), findings(implied=False)
    assert {"enlarged_cardiac_silhouette", "cardiomegaly"} <= every
    assert "enlarged_cardiac_silhouette" not in named
    assert "cardiomegaly" in named
    with pytest.raises(InputError, match="--no-implied"):
        export(paired, "chexpert", tmp_path / "x.csv", implied=False)

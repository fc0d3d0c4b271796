"""Labels that came with the images: votes of a table, which train a network without any report."""

from pathlib import Path

import pytest

from radmine import label, link, parse, pixels
from radmine.corpus import Corpus
from radmine.records import Assertion, Image, Report, SourceLabel, Split
from radmine.run import Job, Stage, run_stage
from radmine.train.targets import read_cases, read_target
from tests.ingest.made import ingest, write_csv, write_png
from tests.link.made import NoSettings


def _labelled(corpus: Corpus, **settings: object) -> Corpus:
    for stage in (parse.STAGE, link.STAGE):
        run_stage(corpus, stage, stage.settings())
    run_stage(corpus, label.STAGE, label.LabelSettings(**settings))  # type: ignore[arg-type]
    return corpus


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Ten pictures with labels, two of which the table says nothing of."""
    home = tmp_path_factory.mktemp("pictures")
    rows = []
    for n in range(10):
        write_png(home / "in" / f"{n}.png", seed=n, size=(20, 20))
        said = "" if n > 7 else str(n % 2)
        rows.append(
            {"path": f"{n}.png", "patient": f"P{n}", "split": "train", "Effusion": said, "Nodule": said}
        )
    write_csv(home / "in" / "truth of 2020.csv", rows)
    return _labelled(ingest(home, "table", home / "in" / "truth of 2020.csv"))


def test_a_table_votes_on_images_of_which_no_report_speaks(pictures: Corpus) -> None:
    votes = [v for v in pictures.records("votes") if v.image_id == "1.png"]
    assert {(v.report_id, v.finding, v.voter, v.kind, v.assertion) for v in votes} == {
        (None, finding, "source:truth of 2020", "source", "present")
        for finding in ("pleural_effusion", "lung_nodule", "lung_lesion")  # with what is more general
    }
    labels = {(x.image_id, x.finding): (x.assertion, x.voters) for x in pictures.records("labels")}
    assert labels["0.png", "lung_nodule"] == ("absent", ("source:truth of 2020",))
    assert ("0.png", "lung_lesion") not in labels  # of which nothing is said
    assert not any(image == "9.png" for image, _ in labels)


def test_such_labels_are_decoded_and_learned_from(pictures: Corpus) -> None:
    run_stage(pictures, pixels.STAGE, pixels.PixelsSettings(size=16))
    ids = sorted(row.image_id for row in pictures.records("pixels"))
    assert ids == [f"{n}.png" for n in range(8)]  # those that the table labels
    target = read_target(pictures, "labels", read_cases(pictures, ids), least=2, uncertain="mask")
    assert target.classes == ("lung_nodule", "pleural_effusion")  # nothing is known to be no lesion
    assert target.values.tolist() == [[n % 2, n % 2] for n in range(8)]


def test_a_table_is_one_speaker_beside_the_rules(tmp_path: Path) -> None:
    def made(job: Job) -> None:
        job.write("reports", [Report("R", "P", "FINDINGS: Pneumothorax.", "made", "S")])
        job.write("images", [Image("I", "P", None, "S", modality="CR", report_id="R"), Image("J", "Q", None)])
        job.write("splits", [Split("P", "train", "P", "drawn"), Split("Q", "train", "Q", "drawn")])
        said = [
            SourceLabel("I", None, "pneumothorax", Assertion.ABSENT, "in/a.csv.gz", "Pneumothorax"),
            SourceLabel("J", None, "mass", Assertion.UNCERTAIN, "b.csv", "Mass"),
            SourceLabel(None, "R", "cardiomegaly", Assertion.PRESENT, "b.csv", "Cardiomegaly"),
            SourceLabel("J", None, "moth_eaten", Assertion.PRESENT, "b.csv", "Moths"),
            SourceLabel("gone", None, "mass", Assertion.PRESENT, "b.csv", "Mass"),
        ]
        job.write("source_labels", said)
        job.write("key_objects", [])

    corpus = Corpus.create("made", home=tmp_path)
    tables = ("reports", "images", "key_objects", "source_labels", "splits")
    run_stage(corpus, Stage("ingest", made, NoSettings, (), tables), NoSettings())
    _labelled(corpus)
    labels = {(x.report_id, x.image_id, x.finding): x for x in corpus.records("labels")}
    tied = labels["R", "I", "pneumothorax"]
    assert set(tied.voters) == {"rules:report", "source:a"}
    assert 0.03 < tied.probability < labels["R", None, "pneumothorax"].probability  # neither word alone
    assert labels["R", None, "pneumothorax"].voters == ("rules:findings",)
    assert labels["R", None, "cardiomegaly"].voters == ("source:b",)
    assert labels[None, "J", "mass"].assertion == "uncertain"
    assert {(r.item, r.reason) for r in corpus.records("rejected")} == {
        ("b.csv: moth_eaten", "unknown_finding"),
        ("gone", "unknown_image"),
    }

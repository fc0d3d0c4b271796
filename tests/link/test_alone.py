"""What is linked, what stands alone, and why, is said; links by name alone say so."""

from dataclasses import replace
from pathlib import Path

from radmine.link import STAGE, LinkSettings
from radmine.records import Image, Report
from radmine.run import run_stage
from tests.link.made import image, make_corpus


def of(corpus_images: list[Image], patient: str, accession: str) -> list[Image]:
    return [replace(i, patient_id=patient, accession_number=accession) for i in corpus_images]


def test_what_stands_alone_and_why(tmp_path: Path) -> None:
    images = [
        *of([image("a1", "A", 1, 1, modality="CR"), image("a2", "A", 1, 2, modality="CR")], "PA", "1"),
        *of([image(f"b{n}", "B", 2, n, modality="CT") for n in range(1, 4)], "PB", "2"),
        *of([image("c1", "C", 1, 1, modality="CR")], "PC", "3"),
        *of([image("d1", "D", 1, 1)], "PD", "4"),
    ]
    reports = [
        Report("r-a", "PA", "Clear.", "x", study_id="A"),
        Report("r-b", "PB", "Nodule.", "x", accession_number="2"),
        Report("r-c", "PC", "Old.", "x", accession_number="9"),
        Report("r-e", "r-e", "Clear.", "x"),
        Report("r-f", "r-f", "Clear.", "x"),
        Report("r-g", "r-g", "Clear.", "x", accession_number="8"),
    ]
    said = run_stage(make_corpus(tmp_path, reports, images), STAGE, LinkSettings()).said
    assert said == (
        "linked 2 of 7 images, 1 of 6 reports",
        "alone: 3 CT images: of a study with a report, no sentence names them; "
        "1 CR image: only other studies of the patient have reports; 1 image: no report has an id of theirs",
        "alone: 2 reports: they name neither study nor accession number; 1 report: no image has an id of theirs; "
        "1 report: of a study with images, no sentence names them; "
        "1 report: only other studies of the patient have images",
    )


def test_what_is_no_image_of_a_body_is_named(tmp_path: Path) -> None:
    kinds = ["image", "localizer", "localizer", "dose_report"]
    images = [image(f"b{n}", "B", 2, n, modality="CT", kind=kind) for n, kind in enumerate(kinds)]
    reports = [Report("r", "P", "Nodule.", "x", study_id="B")]
    _, said = run_stage(make_corpus(tmp_path, reports, images), STAGE, LinkSettings()).said[:2]
    assert said == (
        "alone: 2 CT localizers: of a study with a report, no sentence names them; 1 CT dose report: of a study with a report, "
        "no sentence names them; 1 CT image: of a study with a report, no sentence names them"
    )


def test_without_images_nothing_is_said(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, [Report("r", "r", "Clear.", "x")])
    assert run_stage(corpus, STAGE, LinkSettings()).said == ()


def test_links_by_name_alone_say_so(tmp_path: Path) -> None:
    images = [
        *of([image("a1", "A", 1, 1, modality="CR")], "PA", "1"),
        *of([image("b1", "B", 1, 1, modality="CR")], "PB", "2"),
        Image("p.png", "r-c", "p.png", report_id="r-c", named_by="report_id"),
        *of([image(f"d{n}", "D", 1, n, modality="CT") for n in range(1, 4)], "PD", "4"),
    ]
    reports = [
        Report("r-a", "PA", "Clear.", "x", study_id="A", named_by="accession_number"),
        Report("r-b", "PB", "Clear.", "x", study_id="B", named_by="patient_id"),
        Report("r-c", "r-c", "Clear.", "x"),
        Report("r-d", "PD", "Nodule (series 1, image 2).", "x", study_id="D", named_by="study_id"),
    ]
    corpus = make_corpus(tmp_path, reports, images)
    run_stage(corpus, STAGE, LinkSettings())
    links = {
        link.image_id: (link.report_id, link.method, link.confidence) for link in corpus.records("links")
    }
    assert links == {
        "a1": ("r-a", "filename", 0.85),
        "b1": ("r-b", "filename", 0.6),
        "p.png": ("r-c", "filename", 0.85),
        "d2": ("r-d", "reference", 0.95),
    }

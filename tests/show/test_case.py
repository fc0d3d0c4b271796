"""What a corpus knows of one report, and how the report got its labels."""

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from radmine import label, link
from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.label import LabelSettings, explain
from radmine.records import Report
from radmine.run import run_stage
from radmine.show.case import ExplainedImage, ImageCase, ReportCase, explain_case, find_case
from radmine.show.html import image_html
from radmine.show.tables import case_view, explanation_view
from tests.link.made import image, make_corpus

TEXT = "FINDINGS: Gallstone (series 3, image 4). No ascites.\nHISTORY: Splenomegaly."


def made(home: Path) -> Corpus:
    reports = [Report(f"R{n}", "P", TEXT, "test", study_id="now", study_date="2020-01-01") for n in range(3)]
    images = [
        *(image(str(n), "now", 3, n) for n in range(1, 9)),
        image("alone", "other", 1, 1, patient_id="Q"),
    ]
    corpus = make_corpus(home, reports, images, shard=2)
    run_stage(corpus, link.STAGE, link.LinkSettings())
    return corpus


def test_a_report_and_an_image_are_found_with_all_that_is_known(tmp_path: Path) -> None:
    corpus = made(tmp_path)
    run_stage(corpus, label.STAGE, LabelSettings())
    report, shown = find_case(corpus, "R2"), find_case(corpus, "4")
    assert isinstance(report, ReportCase)
    assert isinstance(shown, ImageCase)
    assert {m.finding for m in report.mentions} == {"gallstone", "ascites", "splenomegaly"}
    assert {row.finding for row in report.labels} == {"gallstone", "ascites"}  # not those of its images
    assert {row.finding for row in shown.labels} == {"gallstone"}
    with pytest.raises(InputError, match="no report or image"):
        find_case(corpus, "nobody")


def test_a_report_without_links_shows_the_images_of_its_study(tmp_path: Path) -> None:
    reports = [Report("R", "P", "FINDINGS: Normal.", "test", study_id="now")]
    corpus = make_corpus(tmp_path, reports, [image(str(n), "now", 3, n) for n in (1, 2, 3)], shard=2)
    case = find_case(corpus, "R")
    assert isinstance(case, ReportCase)
    assert case.of_study == ("2", "1", "3")
    shown = Console(width=100, record=True, file=StringIO())
    shown.print(case_view(case))
    assert "No sentence names an image; its study has 2 and 2 more." in shown.export_text()


def test_without_other_voters_the_tables_explain_what_the_text_does(tmp_path: Path) -> None:
    corpus = made(tmp_path)
    run_stage(corpus, label.STAGE, LabelSettings())
    assert explain_case(corpus, "R1").explanation == explain(TEXT)


def test_the_votes_are_those_that_the_stage_cast(tmp_path: Path) -> None:
    corpus, answers = made(tmp_path), tmp_path / "model.csv"
    answers.write_text("report_id,finding,answer\nR1,gallstone,no\nR1,renal_cyst,yes\n")
    run_stage(corpus, label.STAGE, LabelSettings(answers=(str(answers),)))
    labels = explain_case(corpus, "R1").explanation.labels
    assert {v.voter for v in labels["gallstone"].evidence} == {"rules:findings", "tool:model"}
    assert [v.voter for v in labels["renal_cyst"].evidence] == ["tool:model"]
    (mention,) = next(v for v in labels["gallstone"].evidence if v.mentions).mentions
    assert TEXT[mention.start : mention.end] == "Gallstone"


def test_an_image_is_explained_by_the_sentences_that_speak_of_it(tmp_path: Path) -> None:
    corpus, answers = made(tmp_path), tmp_path / "model.csv"
    answers.write_text("image_id,finding,answer\n4,renal_cyst,yes\nalone,renal_cyst,yes\n")
    run_stage(corpus, label.STAGE, LabelSettings(answers=(str(answers),)))
    explained = explain_case(corpus, "4")
    assert isinstance(explained, ExplainedImage)
    by_report = {spoken.report_id: spoken.explanation for spoken in explained.reports}
    assert set(by_report) == {"R0", "R1", "R2"}
    assert [s.mentions[0].mention.finding for s in by_report["R1"].sentences] == ["gallstone"]
    assert set(by_report["R1"].labels) == {"gallstone", "renal_cyst"}
    alone = explain_case(corpus, "alone")
    assert isinstance(alone, ExplainedImage)
    assert [(s.report_id, *s.explanation.labels) for s in alone.reports] == [(None, "renal_cyst")]

    console = Console(width=100, record=True, file=StringIO())
    console.print(explanation_view(explained))
    shown = console.export_text()
    assert "Gallstone[1] (series 3, image 4)." in shown
    assert "ascites" not in shown
    page = image_html(explained)
    assert "<title>Image 4</title>" in page
    assert "gallstone: present" in page
    assert "ascites: absent" not in page


def test_an_image_without_labels_is_explained_so(tmp_path: Path) -> None:
    corpus = made(tmp_path)
    run_stage(corpus, label.STAGE, LabelSettings())
    explained = explain_case(corpus, "alone")
    assert isinstance(explained, ExplainedImage)
    assert not explained.reports
    assert "No labels." in image_html(explained)


def test_a_corpus_without_labels_is_a_clear_error(tmp_path: Path) -> None:
    corpus = made(tmp_path)
    for name in ("R1", "4"):
        with pytest.raises(InputError, match="Stage 'label' has not run yet"):
            explain_case(corpus, name)

"""Which images the sentences of reports reach, on corpora made by hand."""

from pathlib import Path

import pytest

from radmine.link import STAGE, LinkSettings
from radmine.link.score import score
from radmine.records import Image, KeyObject, Link, Report, TrueLink, Truth
from radmine.run import run_stage
from tests.link.made import image, make_corpus


def links_of(
    home: Path, text: str, images: list[Image], *, keys: tuple[KeyObject, ...] = (), **report: str
) -> list[Link]:
    values = {"study_id": "now", "study_date": "2020-01-01", **report}
    corpus = make_corpus(home, [Report("R", "P", text, "test", **values)], images, keys)
    run_stage(corpus, STAGE, LinkSettings())
    return list(corpus.records("links"))


def reached(links: list[Link], method: str = "reference") -> list[str]:
    return [link.image_id for link in links if link.method == method]


STUDY = [image(f"{s}.{i}", "now", s, i) for s in (2, 3) for i in range(1, 21)]
COPY = [image(f"old.{s}.{i}", "old", s, i, study_date="2019-01-01") for s in (2, 3) for i in range(1, 21)]


@pytest.mark.parametrize(
    ("text", "images"),
    [
        ("Cyst (series 3, image 4).", ["3.4"]),
        ("Cyst (series 3, images 4-6).", ["3.4", "3.5", "3.6"]),
        ("Cyst (2:3, 3:9).", ["2.3", "3.9"]),
        ("Cyst on image 4.", []),  # both series have one
        ("Cyst (series 9, image 4).", []),
        ("Cyst 8 mm (series 3, image 4), previously 6 mm (series 2, image 5).", ["3.4", "old.2.5"]),
    ],
)
def test_references_reach_images_of_the_right_study(tmp_path: Path, text: str, images: list[str]) -> None:
    assert reached(links_of(tmp_path, text, STUDY + COPY)) == images


def test_a_prior_reference_never_reaches_the_current_study_or_another_patient(tmp_path: Path) -> None:
    others = [image("x", "x", 2, 5, patient_id="Q", study_date="2019-01-01")]
    assert reached(links_of(tmp_path, "Previously 6 mm (series 2, image 5).", STUDY + others)) == []


def test_a_prior_reference_reaches_the_latest_study_that_has_it(tmp_path: Path) -> None:
    old = [image(f"{d}", d, 2, 5, study_date=d) for d in ("2017-05-01", "2018-05-01", "2021-05-01")]
    old += [image("newer", "newer", 4, 4, study_date="2019-05-01")]
    assert reached(links_of(tmp_path, "Previously 6 mm (series 2, image 5).", STUDY + old)) == ["2018-05-01"]


def test_without_a_series_one_fit_counts_with_less_confidence(tmp_path: Path) -> None:
    planes = [image("a", "now", 2, 7, plane="axial"), image("c", "now", 3, 7, plane="coronal")]
    sure = links_of(tmp_path / "1", "Cyst (series 3, image 7).", planes)
    unsure = links_of(tmp_path / "2", "Cyst on coronal image 7.", planes)
    assert reached(sure) == reached(unsure) == ["c"]
    assert max(k.confidence for k in unsure if k.method == "reference") < sure[-1].confidence


def test_frames_of_one_object_are_numbered_by_frame(tmp_path: Path) -> None:
    frames = [image(f"m#{n}", "now", 3, 1, frame=n) for n in range(1, 6)]
    assert reached(links_of(tmp_path, "Cyst (series 3, image 4).", frames)) == ["m#4"]


def test_a_place_in_a_stack_is_found_by_its_total(tmp_path: Path) -> None:
    stack = [image(f"s{n}", "now", 3, 100 + n) for n in range(1, 13)]
    assert reached(links_of(tmp_path, "Cyst (series 3, image 5 of 12).", stack)) == ["s5"]


def test_key_images_are_found_in_the_key_object(tmp_path: Path) -> None:
    keys = (KeyObject("K", "2.9", 1), KeyObject("K", "3.8", 2))
    links = links_of(tmp_path, "Cyst on key image 2.", STUDY, keys=keys)
    assert reached(links) == ["3.8"]
    assert reached(links, "key_object") == ["2.9", "3.8"]


def test_captions_and_source_ties(tmp_path: Path) -> None:
    text = "FINDINGS: A cyst.\nCAPTION: Axial image of the cyst."
    at = text.index("Axial")
    tied = [
        image("c", "now", 1, 1, report_id="R", caption_start=at, caption_end=len(text)),
        image("f", "now", 1, 2, report_id="R", figure_id="F1"),
    ]
    links = links_of(tmp_path, text, tied)
    assert [(k.method, k.image_id, k.start) for k in links] == [
        ("caption", "c", at),
        ("report", "c", None),
        ("figure", "f", None),
        ("report", "f", None),
        ("study", "c", None),
        ("study", "f", None),
    ]


def test_only_small_studies_are_linked_as_a_whole(tmp_path: Path) -> None:
    assert reached(links_of(tmp_path / "1", "Normal.", STUDY), "study") == []
    assert reached(links_of(tmp_path / "2", "Normal.", STUDY[:16]), "study") == [
        i.image_id for i in STUDY[:16]
    ]


def test_a_report_finds_its_study_by_accession_number_or_patient(tmp_path: Path) -> None:
    images = [image("a", "now", 3, 4, accession_number="A1"), *COPY]
    by_accession = make_corpus(
        tmp_path / "1", [Report("R", "P", "Cyst (series 3, image 4).", "test", accession_number="A1")], images
    )
    by_patient = make_corpus(
        tmp_path / "2", [Report("R", "P", "Cyst (series 3, image 4).", "test")], images[:1]
    )
    for corpus in (by_accession, by_patient):
        run_stage(corpus, STAGE, LinkSettings())
        assert "a" in reached(list(corpus.records("links")))


def test_unresolved_references_stay_and_rows_do_not_depend_on_shards(tmp_path: Path) -> None:
    reports = [
        Report(f"R{n}", "P", f"Cyst (series 3, image {n}). Node (7:7).", "test", study_id="now")
        for n in range(1, 8)
    ]
    rows = []
    for shard in (2, 100):
        corpus = make_corpus(tmp_path / str(shard), reports, STUDY, shard=shard)
        run_stage(corpus, STAGE, LinkSettings())
        assert corpus.rows("references") == 14
        assert len(corpus.shards("links")) == len(corpus.shards("reports"))
        rows.append((list(corpus.records("references")), list(corpus.records("links"))))
    assert rows[0] == rows[1]
    assert [(key[1], key[2], str(key[3])) for key in rows[0][0][:2]] == [(0, 0, "3:1"), (1, 1, "7:7")]


def test_score_counts_pairs_of_report_and_image(tmp_path: Path) -> None:
    text = "Cyst (series 3, image 4), previously 6 mm (series 2, image 5)."
    corpus = make_corpus(tmp_path, [Report("R", "P", text, "test", study_id="now")], STUDY + COPY)
    run_stage(corpus, STAGE, LinkSettings())
    truth = Truth(links=tuple(TrueLink("R", name, 0, 5) for name in ("3.4", "old.2.5", "2.1")))
    values = {(s.subject, s.metric): s.value for s in score(corpus, truth)}
    assert values["links", "precision"] == 1
    assert values["links", "recall"] == pytest.approx(2 / 3)
    assert values["links to earlier studies", "recall"] == 1
    assert score(corpus, Truth()) == []

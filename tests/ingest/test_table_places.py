from pathlib import Path

import pytest

from radmine.corpus import Corpus
from tests.ingest.made import ingest, write_csv, write_png


def images_of(home: Path, paths: list[str], **columns: list[str]) -> Corpus:
    """Return a corpus of a table of pictures at these paths, with these columns beside."""
    rows = [{"Path": path, **{c: values[n] for c, values in columns.items()}} for n, path in enumerate(paths)]
    for n, path in enumerate(paths):
        (home / "in" / path).parent.mkdir(parents=True, exist_ok=True)
        write_png(home / "in" / path, seed=n)
    return ingest(home, "table", write_csv(home / "in" / "t.csv", rows))


def said_in(corpus: Corpus) -> list[str]:
    manifest = corpus.manifest("ingest")
    assert manifest is not None
    return list(manifest.said)


CHEXPERT = "CheXpert-v1.0-small/train/patient0000{}/study{}/view1_frontal.png"
MIMIC = "files/p10/p1000003{}/s5000000{}/{}.png"


@pytest.mark.parametrize(
    ("layout", "paths", "expected"),
    [
        (
            "CheXpert",
            [CHEXPERT.format(1, 1), CHEXPERT.format(1, 2), CHEXPERT.format(2, 1)],
            [
                ("patient00001", "patient00001/study1"),
                ("patient00001", "patient00001/study2"),
                ("patient00002", "patient00002/study1"),
            ],
        ),
        (
            "MIMIC-CXR",
            [MIMIC.format(1, 1, "a"), MIMIC.format(1, 2, "b")],
            [("10000031", "50000001"), ("10000031", "50000002")],
        ),
        (
            "ChestX-ray14",
            ["00000007_000.png", "images/00000007_001.png", "00000008_000.png"],
            [("00000007", None), ("00000007", None), ("00000008", None)],
        ),
    ],
)
def test_paths_of_published_layouts_name_patient_and_study(
    tmp_path: Path, layout: str, paths: list[str], expected: list[tuple[str, str | None]]
) -> None:
    corpus = images_of(tmp_path, paths)
    found = {image.image_id: (image.patient_id, image.study_id) for image in corpus.records("images")}
    assert found == dict(zip(paths, expected, strict=True))
    assert f"patients of t.csv: from its paths, as {layout} has them" in said_in(corpus)
    assert len({row.patient_id for row in corpus.records("splits")}) == len({p for p, _ in expected})


def test_a_patient_column_goes_before_the_path(tmp_path: Path) -> None:
    corpus = images_of(tmp_path, [CHEXPERT.format(1, 1)], **{"Patient ID": ["P"]})
    assert [image.patient_id for image in corpus.records("images")] == ["P"]
    assert said_in(corpus) == []


@pytest.mark.parametrize(
    ("columns", "each"), [({}, "image"), ({"study_id": ["S", "S"]}, "study")], ids=["alone", "study"]
)
def test_images_that_are_their_own_patients_are_said_so(
    tmp_path: Path, columns: dict[str, list[str]], each: str
) -> None:
    corpus = images_of(tmp_path, ["20210304_001.png", "patient1.png"], **columns)
    assert said_in(corpus) == [
        f"no patient column in t.csv: each {each} is its own patient; --column patient_id=COLUMN"
    ]


def test_a_view_is_said_in_one_of_two_columns(tmp_path: Path) -> None:
    views = {"Frontal/Lateral": ["Frontal", "Lateral", "Frontal"], "AP/PA": ["PA", "", ""]}
    corpus = images_of(tmp_path, [CHEXPERT.format(n, 1) for n in (1, 2, 3)], **views)
    assert [image.view for image in corpus.records("images")] == ["PA", "LATERAL", "FRONTAL"]

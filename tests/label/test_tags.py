"""Which looks and places the images of a corpus have, and where that goes."""

import csv
from pathlib import Path

import pytest

from radmine import link
from radmine.errors import InputError
from radmine.export import export
from radmine.label import STAGE, LabelSettings
from radmine.records import KeyObject, Report, TagRow
from radmine.run import run_stage
from tests.link.made import image, make_corpus

TEXT = (
    "FINDINGS: Spiculated nodule in the right upper lobe BOOKMARK, hypodense lesion in the liver BOOKMARK. "
    "No cavitary mass (3:1). Left adrenal 2 cm (3:2)."
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory):
    images = [image(name, "S", 3, number) for number, name in enumerate("abcd", 1)]
    keys = [KeyObject("K", "c", 1), KeyObject("K", "d", 2)]
    made = make_corpus(
        tmp_path_factory.mktemp("home"), [Report("R", "P", TEXT, "test", study_id="S")], images, keys
    )
    run_stage(made, link.STAGE, link.LinkSettings())
    run_stage(made, STAGE, LabelSettings())
    return made


def named(rows: list[TagRow], image_id: str, *, whole: bool = False) -> set[str]:
    return {row.tag for row in rows if row.image_id == image_id and (row.kind == "whole") == whole}


def test_each_image_has_the_tags_of_what_it_shows(corpus) -> None:
    rows = list(corpus.records("tags"))
    assert named(rows, "c") == {"spiculated", "upper_lobe"}
    assert named(rows, "d") == {"hypodense", "liver"}
    assert named(rows, "a") == set()  # what is denied has none
    assert named(rows, "b") == {"adrenal_gland"}
    assert "lung" in named(rows, "c", whole=True)
    assert next(row.laterality for row in rows if row.tag == "upper_lobe") == "right"


def test_a_part_of_the_body_makes_no_label(corpus) -> None:
    assert "structure" in {mention.finding for _, _, mention in corpus.records("mentions")}
    assert "structure" not in {row.finding for row in corpus.records("labels")}


def test_they_go_out_with_their_words(corpus, tmp_path: Path) -> None:
    done = export(corpus, "long", tmp_path / "out.csv", images=True, tags=True)
    with done.files[1].open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    (row,) = (row for row in rows if row["tag"] == "spiculated")
    assert (row["image_id"], row["kind"], row["phrase"]) == ("c", "margin", "Spiculated")
    assert TEXT[int(row["start"]) : int(row["end"])] == "Spiculated"
    with pytest.raises(InputError, match="images"):
        export(corpus, "long", tmp_path / "reports.csv", tags=True)

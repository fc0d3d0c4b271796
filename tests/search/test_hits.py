"""What a search gives: sentences, dates, lists by filter alone, frames, and where pictures come from."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture

from radmine.errors import InputError
from radmine.pixels import to_square
from radmine.records import Hit, LabelRow, Link, Pixels
from radmine.records.text import Assertion
from radmine.search import Hits, Index, open_index
from radmine.search.index import stored_hash
from tests.search.corpora import embeddings, make_corpus, opened, unit, write_tables

TEXTS = {
    "r1": "FINDINGS: The heart is large. There is a\nsmall pleural effusion and no pneumothorax. No mass.",
    "r2": "FINDINGS: Clear lungs. Series 3, image 4 shows a lung nodule. A gallstone too.",
    "r3": "FINDINGS: Lung nodule on the left.",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Index:
    start = TEXTS["r2"].index("Series")
    corpus = make_corpus(
        tmp_path_factory.mktemp("home"),
        texts=TEXTS,
        reports={
            "r1": {"study_date": "2019-05-31", "modality": "CR"},
            "r2": {"study_date": "2020-01"},
            "r3": {},
        },
        images={
            "i2": {"modality": "CT", "path": "/files/i2.dcm"},
            "i2b": {"modality": "MR", "study_id": "s2"},
            "a1": {"modality": "CT", "study_id": "alone", "study_date": "2021-01-01"},
            "a2": {"modality": "CT", "study_id": "alone", "study_date": "2021-01-01"},
            "q": {"modality": "US"},
        },
        links=[
            Link("r2", "i2", "reference", 0.9, start, start + len("Series 3, image 4 shows a lung nodule.")),
            Link("r2", "i2b", "study", 0.3),
        ],
        labels=[LabelRow(None, "a2", "lung_nodule", Assertion.PRESENT, 0.9, ("source:x",))],
        vectors=embeddings("image", ["i2", "i2b", "q"], unit([[1, 0.1], [1, 0.5], [1, 0]])),
    )
    return opened(corpus)


def marked(hit: Hit) -> list[str]:
    return [(hit.sentence or "")[a:b] for a, b in hit.marks]


def test_a_hit_by_text_says_its_sentence_date_and_modality(made: Index) -> None:
    (hit, *_) = made.search(text="effusion without pneumothorax")
    assert (hit.report_id, hit.study_date, hit.modality) == ("r1", "2019-05-31", "CR")
    assert hit.sentence == "There is a\nsmall pleural effusion and no pneumothorax."
    assert marked(hit) == ["pleural effusion", "pneumothorax"]


def test_what_is_present_is_shown_before_what_is_not(made: Index) -> None:
    (hit, *_) = made.search(text="mass? pleural effusion")
    assert "pleural effusion" in marked(hit)


def test_a_hit_by_image_says_the_sentence_that_speaks_of_it(made: Index) -> None:
    hits = made.search(image="q")
    assert [h.image_id for h in hits] == ["i2", "i2b"]
    assert hits[0].sentence == "Series 3, image 4 shows a lung nodule."
    assert marked(hits[0]) == ["lung nodule"]
    assert (hits[0].modality, hits[1].modality) == ("CT", "MR")
    assert marked(hits[1]) == ["lung nodule"]  # no words speak of it: the first finding that it shows


def test_a_filter_alone_lists_the_newest_first(made: Index) -> None:
    hits = made.search(where="finding=lung_nodule")
    assert [(h.kind, h.report_id or h.image_id, h.score) for h in hits] == [
        ("image", "a2", 0.0),
        ("report", "r2", 0.0),
        ("report", "r3", 0.0),
    ]
    assert hits.total == 3
    assert [h.why[0].detail for h in hits] == ["lung_nodule present"] * 3
    assert marked(hits[1]) == ["lung nodule"]
    assert (hits[1].image_id, hits[1].modality) == ("i2", "CT/MR")
    first = made.search(where=["finding=lung_nodule"], k=1)
    assert (list(first), first.total) == (list(hits[:1]), 3)


def test_of_a_study_without_a_report_one_image_is_listed(made: Index) -> None:
    assert [h.image_id for h in made.search(where="modality=CT")] == ["a1", "i2"]
    assert [h.image_id for h in made.search(where={"modality": "US"})] == ["q"]
    assert made.search(where="path=/files/i2.dcm")[0].report_id == "r2"
    empty = made.search(where="modality=XA")
    assert (list(empty), empty.total) == ([], 0)
    for nothing in ("", {}, []):
        with pytest.raises(InputError, match="nothing to search"):
            made.search(where=nothing)  # type: ignore[arg-type]


def test_hits_are_a_list_and_a_frame(made: Index) -> None:
    hits = made.search(text="lung nodule")
    assert hits == list(hits)
    assert isinstance(hits[:2], Hits)
    frame = hits.to_pandas()
    assert frame["report_id"].tolist() == [h.report_id for h in hits]
    assert frame["why"][0].startswith("finding: lung_nodule present; ")
    assert list(made.search(text="zzz").to_pandas()) == list(frame)


def test_what_is_printed_of_hits_is_short_and_holds_no_text(made: Index) -> None:
    hits = made.search(text="lung nodule")
    assert repr(hits[0]).startswith("Hit(1. ")
    assert len(repr(made.search(text="lung", k=9))) < 200
    assert "Clear" not in repr(hits)
    assert "lung_nodule present" in repr(hits)  # why, by the label's name
    assert "Lung nodule" not in repr(hits)


def test_a_sheet_is_html_or_png_and_written_whole(made: Index, tmp_path: Path) -> None:
    hits = made.search(text="lung nodule")
    with pytest.raises(InputError, match=r"\.html or \.png"):
        hits.sheet(tmp_path / "sheet.pdf")
    (tmp_path / "taken.html").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        hits.sheet(tmp_path / "taken.html")
    assert hits.sheet(tmp_path / "a.HTML").read_bytes().startswith(b"<!DOCTYPE html>")
    assert hits.sheet(str(tmp_path / "a.png")).read_bytes().startswith(b"\x89PNG")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.HTML", "a.png", "taken.html"]


def grey(side: int) -> np.ndarray:
    """Return a picture that is bright at the left and dark at the right."""
    return np.tile(np.linspace(250, 5, side).astype(np.uint8), (side, 1))


@pytest.mark.parametrize(
    ("stored", "hash_of", "file", "comes_from"),
    [
        (200, "own", "there", "store"),
        (200, "other", "there", "file"),  # the corpus is another one by now
        (64, "own", "there", "file"),  # small: the file is sharper
        (64, "own", "gone", "store"),
        (None, "own", "there", "file"),
        (None, "own", "gone", "its file is not there"),
        (None, "own", "text", "holds no picture"),
        (None, "own", "none", "no file of this image"),
    ],
)
def test_a_picture_comes_from_the_store_else_from_the_file(
    tmp_path: Path, stored: int | None, hash_of: str, file: str, comes_from: str
) -> None:
    path = tmp_path / "i.png"
    if file == "there":
        Picture.fromarray(grey(300)[:, ::-1]).save(path)
    elif file == "text":
        path.write_text("no picture")
    corpus = make_corpus(
        tmp_path,
        texts={"r": "Pneumothorax."},
        images={"i": {"path": None if file == "none" else str(path)}},
        links=[Link("r", "i", "study", 1.0)],
    )
    if stored:
        array = grey(stored)
        (corpus.folder / "arrays").mkdir()
        np.save(corpus.folder / "arrays" / "a.npy", array[None])
        row = Pixels("i", stored_hash(array), "a.npy", 0, 1, 1, (0, 1, 0, 1), (0.0, 255.0), False)
        write_tables(corpus, {"pixels": [row]}, stage="pixels")
    with opened(corpus) as index:
        hits = index.search(text="pneumothorax")
    if hash_of == "other":
        places = {i: replace(p, content_hash="0" * 32) for i, p in hits.pictures.places.items()}
        hits.pictures = replace(hits.pictures, places=places)
    shown = hits.pictures.of(["i"])["i"]
    if comes_from in ("store", "file"):
        assert shown.square is not None
        bright_at_left = shown.square[:, 5].mean() > shown.square[:, -5].mean()
        assert bright_at_left == (comes_from == "store")
    else:
        assert shown.square is None
        assert comes_from in shown.missing


def test_a_picture_that_is_asked_with_is_shown_too(made: Index, tmp_path: Path) -> None:
    hits = made.search(text="nodule")
    array = grey(40)
    shown = hits.pictures.of_query(array).square
    assert shown is not None
    assert np.array_equal(shown, to_square(array, size=256, crop=False).array)
    path = tmp_path / "q.png"
    Picture.fromarray(array).save(path)
    again = hits.pictures.of_query(path).square
    assert again is not None
    assert np.array_equal(again, shown)


def test_hits_show_their_pictures_after_the_index_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "i.png"
    Picture.fromarray(grey(64)).save(path)
    corpus = make_corpus(
        tmp_path,
        texts={"r": "Pneumothorax."},
        images={"i": {"path": str(path)}},
        links=[Link("r", "i", "study", 1.0)],
    )
    opened(corpus).close()
    with open_index("case", home=tmp_path) as index:
        hits = index.search(text="pneumothorax")
    assert "data:image/jpeg;base64," in hits._repr_html_()

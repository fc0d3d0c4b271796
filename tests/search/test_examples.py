"""Searches worth trying on a corpus: by its commonest finding, by an image that has a vector."""

from pathlib import Path

from radmine.records import Assertion, LabelRow
from radmine.search import example_searches
from radmine.search.examples import example_queries
from tests.search.corpora import embeddings, make_corpus, opened, unit


def test_the_commonest_finding_is_asked_for_and_an_image_that_shows_what_most_images_show(
    tmp_path: Path,
) -> None:
    shown = [("i1", "gallstone"), ("i2", "gallstone"), ("i0", "ascites")]
    labels = [LabelRow("r1", i, f, Assertion.PRESENT, 0.9, ("rules",)) for i, f in shown]
    corpus = make_corpus(
        tmp_path,
        texts={"r1": "Large pneumothorax.", "r2": "Pneumothorax.", "r3": "Gallstone. No ascites."},
        images={f"i{n}": {"path": str(tmp_path / f"i{n}.png")} for n in range(3)},
        labels=labels,
        vectors=embeddings("image", ["i0", "i1"], unit([[1, 0], [0, 1]])),
    )
    assert example_queries(corpus) == ("pneumothorax", str(tmp_path / "i1.png"))


def test_the_searches_come_with_their_hits(tmp_path: Path) -> None:
    corpus = make_corpus(
        tmp_path, texts={"r1": "Pneumothorax.", "r2": "Large pneumothorax.", "r3": "Ascites."}
    )
    with opened(corpus) as made:
        (tried,) = example_searches(corpus, made, k=2)
    assert (tried.text, tried.image) == ("pneumothorax", None)
    assert {hit.report_id for hit in tried.hits} == {"r1", "r2"}


def test_what_a_corpus_lacks_is_not_asked_for(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, texts={"r1": "The lungs are clear."})
    with opened(corpus) as made:
        assert list(example_searches(corpus, made)) == []

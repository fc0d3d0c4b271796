"""Every image and report gets the vector of the current encoder, and like images are near."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from radmine.corpus import Corpus
from radmine.embed import STAGE, EmbedSettings, load_encoder, load_text_encoder
from radmine.embed.score import image_vectors, precision_at, score
from radmine.errors import CorpusError, NotAvailable
from radmine.pixels import open_pixels
from radmine.records import TrueImage, Truth
from radmine.run import run_stage
from radmine.train import STAGE as TRAIN
from radmine.train import TrainSettings
from tests.train.corpus import make_corpus

CPU = EmbedSettings()


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    corpus = make_corpus(tmp_path_factory.mktemp("embed"), 60)
    settings = TrainSettings(targets=("modality",), epochs=8, batch_size=16, min_positives=5)
    run_stage(corpus, TRAIN, settings)
    run_stage(corpus, STAGE, CPU)
    return corpus


def test_every_image_and_report_has_a_unit_vector(corpus: Corpus) -> None:
    rows = list(corpus.records("embeddings"))
    assert {r.id for r in rows if r.kind == "image"} == set(open_pixels(corpus))
    reports = {r.id for r in rows if r.kind == "report"}
    rejected = {r.item for r in corpus.records("rejected")}
    assert reports | rejected == {r.report_id for r in corpus.records("reports")}
    for row in rows:
        assert np.linalg.norm(row.vector) == pytest.approx(1, abs=1e-5)
    assert {r.encoder for r in rows if r.kind == "image"} == {load_encoder(corpus.folder).fingerprint}
    assert {r.encoder for r in rows if r.kind == "report"} == {load_text_encoder(corpus.folder).fingerprint}


def test_a_new_picture_is_brought_to_the_network_as_the_stored_ones(corpus: Corpus, tmp_path: Path) -> None:
    encoder = load_encoder(corpus.folder, device="cpu")
    square = open_pixels(corpus)["i0-1"]
    Image.fromarray(square).save(tmp_path / "x.png")
    from_file, as_bytes, as_floats = encoder.images([tmp_path / "x.png", square, square / 255.0])
    stored = next(r.vector for r in corpus.records("embeddings") if r.id == "i0-1")
    for vector in (from_file, as_bytes, as_floats):
        np.testing.assert_allclose(vector, stored, atol=1e-4)
    assert encoder.images([]).shape == (0, encoder.dimension)
    with pytest.raises(NotAvailable, match="no space"):
        encoder.texts(["mass"])


def test_like_images_are_near(corpus: Corpus) -> None:
    images = tuple(
        TrueImage(i, i.split("-")[0], "CT", None, "chest", group=i.split("-")[1]) for i in open_pixels(corpus)
    )
    found, chance = score(corpus, Truth(images=images))
    assert (found.metric, found.n) == ("precision@10", 24)
    assert found.value is not None
    assert chance.value == pytest.approx(0.5)
    assert found.value > 0.75  # 20 seeds, either precision: at least .94
    assert score(corpus, Truth()) == []


def test_precision_leaves_out_the_own_patient() -> None:
    vectors = np.array([[1, 0], [1, 0], [0.6, 0.8], [0, 1]], np.float32)
    groups = {"a": "x", "b": "x", "c": "x", "d": "y"}
    patients = {"a": "p", "b": "p", "c": "q", "d": "r"}
    found, chance = precision_at(list("abcd"), vectors, groups, patients, {"p"}, subject="s", k=1)
    assert found.value == 1.0  # c, not the own b
    assert chance.value == 0.5


def test_a_killed_run_goes_on_with_the_same_rows(corpus: Corpus, tmp_path: Path) -> None:
    before = list(corpus.records("embeddings"))
    (corpus.folder / "manifests" / "embed.json").unlink()
    run_stage(corpus, STAGE, CPU)
    assert list(corpus.records("embeddings")) == before
    ids, vectors = image_vectors(corpus)
    assert vectors.shape == (len(ids), load_encoder(corpus.folder).dimension)


def test_without_a_model_reports_are_embedded_and_a_note_says_why(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, 10)
    outcome = run_stage(corpus, STAGE, CPU)
    assert outcome.status == "done"
    assert corpus.manifest("embed").notes["images"] == "not embedded: no image model was trained"  # type: ignore[union-attr]
    assert {r.kind for r in corpus.records("embeddings")} == {"report"}
    with pytest.raises(CorpusError):
        load_encoder(corpus.folder)


def test_with_nothing_it_is_not_applicable(tmp_path: Path) -> None:
    outcome = run_stage(Corpus.create("e", home=tmp_path), STAGE, CPU)
    assert outcome.reason == "there are no reports, and the corpus has no decoded pixels"

"""The stage decodes each image once, goes on where it was killed, and leaves nothing unnamed."""

from pathlib import Path

import numpy as np
import pytest

import radmine.pixels.stage as module
from radmine.corpus import Corpus, Manifest
from radmine.errors import CorpusError, SettingsError
from radmine.pixels import STAGE, PixelsSettings, open_pixels, read_pixels, to_square
from radmine.pixels.score import score
from radmine.records import Image, Link, TrueImage, Truth
from radmine.run import Execution, run_stage
from tests.pixels.files import write_dicom


def make_corpus(tmp_path: Path, images: list[Image], links: list[Link] | None = None) -> Corpus:
    corpus = Corpus.create("c", home=tmp_path)
    tables = {
        "images": [corpus.write_shard("images", "part-00000-a.parquet", images)],
        "links": [corpus.write_shard("links", "part-00000-a.parquet", links or [])],
    }
    corpus.write_manifest(Manifest("ingest", "x", {}, tables))
    return corpus


def make_images(tmp_path: Path, count: int) -> list[Image]:
    images = []
    for number in range(count):
        values = np.random.default_rng(number).integers(0, 4096, (40, 30)).astype(np.uint16)
        path = write_dicom(tmp_path / f"{number}.dcm", values)
        images.append(Image(f"i{number}", f"p{number}", str(path)))
    return images


def test_stored_is_what_the_core_makes(tmp_path: Path) -> None:
    images = make_images(tmp_path, 5)
    corpus = make_corpus(tmp_path, images)
    outcome = run_stage(corpus, STAGE, PixelsSettings(size=32))
    assert outcome.rows == {"pixels": 5, "near_duplicates": 0}
    assert corpus.manifest("pixels").notes["images"].startswith("no image is linked")  # type: ignore[union-attr]
    store = open_pixels(corpus)
    assert (len(store), store.size) == (5, 32)
    for image in images:
        expected = to_square(read_pixels(str(image.path)).grey, size=32).array
        np.testing.assert_array_equal(store[image.image_id], expected)
    np.testing.assert_array_equal(store.batch(["i3", "i0"]), [store["i3"], store["i0"]])
    row = next(corpus.records("pixels"))
    assert (row.rows, row.columns, row.crop, row.inverted) == (40, 30, (0, 40, 0, 30), False)


def test_only_linked_images_are_decoded_where_there_are_links(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, make_images(tmp_path, 3), [Link("r", "i1", "caption", 1.0)])
    run_stage(corpus, STAGE, PixelsSettings(size=16))
    assert open_pixels(corpus).ids == ("i1",)
    run_stage(corpus, STAGE, PixelsSettings(size=16, images="all"))
    assert open_pixels(corpus).ids == ("i0", "i1", "i2")


def test_identical_images_are_stored_once(tmp_path: Path) -> None:
    images = make_images(tmp_path, 3)
    twin = Image("twin", "q", images[0].path)
    corpus = make_corpus(tmp_path, [*images, twin])
    run_stage(corpus, STAGE, PixelsSettings(size=16))
    rows = {row.image_id: row for row in corpus.records("pixels")}
    assert (rows["twin"].array, rows["twin"].row) == (rows["i0"].array, rows["i0"].row)
    (array,) = (corpus.folder / "arrays").iterdir()
    assert np.load(array).shape == (3, 16, 16)


def test_bad_files_are_set_aside(tmp_path: Path) -> None:
    images = make_images(tmp_path, 3)
    Path(str(images[0].path)).unlink()
    truncated = Path(str(images[1].path))
    truncated.write_bytes(truncated.read_bytes()[:-900])
    corpus = make_corpus(tmp_path, images)
    outcome = run_stage(corpus, STAGE, PixelsSettings(size=16))
    assert (outcome.rows["pixels"], outcome.rejected) == (1, 2)
    reasons = {row.item: row.reason for row in corpus.records("rejected")}
    assert reasons == {"i0": "missing_file", "i1": "undecodable_pixels"}


def test_without_files_it_is_not_applicable(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, [Image("i", "p", None)])
    outcome = run_stage(corpus, STAGE, PixelsSettings())
    assert (outcome.status, outcome.reason) == ("not applicable", "the corpus has no images with pixel files")
    assert len(open_pixels(corpus)) == 0


def test_a_killed_run_goes_on_and_rows_do_not_depend_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_CHUNK", 2)
    corpus = make_corpus(tmp_path, make_images(tmp_path, 6))

    class KilledError(Exception):
        pass

    def kill(done: int, total: int | None, what: str) -> None:
        if done == 4:
            raise KilledError

    with pytest.raises(KilledError):
        run_stage(corpus, STAGE, PixelsSettings(size=16), progress=kill)
    seen: list[int] = []
    run_stage(corpus, STAGE, PixelsSettings(size=16), progress=lambda done, _t, _w: seen.append(done))
    assert seen[0] == 4
    found = list(corpus.records("pixels"))
    run_stage(corpus, STAGE, PixelsSettings(size=32))
    assert {p.name for p in (corpus.folder / "arrays").iterdir()} == {
        r.array for r in corpus.records("pixels")
    }
    run_stage(corpus, STAGE, PixelsSettings(size=16), execution=Execution(workers=2))
    assert list(corpus.records("pixels")) == found


def test_a_lost_array_is_made_again(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, make_images(tmp_path, 2))
    run_stage(corpus, STAGE, PixelsSettings(size=16))
    for path in (corpus.folder / "arrays").iterdir():
        path.unlink()
    with pytest.raises(CorpusError, match="array file"):
        open_pixels(corpus)["i0"]
    (corpus.folder / "manifests" / "pixels.json").unlink()
    run_stage(corpus, STAGE, PixelsSettings(size=16))
    assert open_pixels(corpus)["i0"].shape == (16, 16)


def test_settings_out_of_range_are_an_error(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, make_images(tmp_path, 1))
    with pytest.raises(SettingsError):
        run_stage(corpus, STAGE, PixelsSettings(images="some"))


def test_score_counts_what_is_stored(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, make_images(tmp_path, 2))
    run_stage(corpus, STAGE, PixelsSettings(size=16))
    truth = Truth(images=tuple(TrueImage(f"i{n}", "p", "CT", None, "chest", "g") for n in range(4)))
    assert [(s.metric, s.value, s.n) for s in score(corpus, truth)] == [
        ("decoded", 0.5, 4),
        ("not_blank", 1.0, 2),
    ]
    assert score(corpus, Truth()) == []

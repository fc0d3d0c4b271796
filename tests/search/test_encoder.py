"""Search by pictures that are not in the index, with a real (untrained) image model and the real pixel store."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture

from radmine import embed, pixels
from radmine.corpus import Corpus, Manifest
from radmine.errors import CorpusError, InputError
from radmine.pixels import open_pixels, read_pixels
from radmine.run import Execution, run_stage
from radmine.search import Index
from radmine.train import MODEL
from tests.search.corpora import make_corpus, opened
from tests.search.whole import add_untrained_network, phantom


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    home = tmp_path_factory.mktemp("home")
    images = {}
    for number in range(8):
        path = home / f"picture{number}.png"
        Picture.fromarray(phantom(number)).save(path)
        images[f"i{number}"] = {"path": str(path), "patient_id": f"p{number // 2}"}
    shutil.copy(home / "picture0.png", home / "again.png")
    images["again"] = {"path": str(home / "again.png"), "patient_id": "someone else"}
    corpus = make_corpus(home, images=images)
    run_stage(corpus, pixels.STAGE, pixels.PixelsSettings(size=64))
    add_untrained_network(corpus)
    manifest = corpus.manifest("test")
    assert manifest is not None
    corpus.write_manifest(
        Manifest("test", "", {}, {t: s for t, s in manifest.tables.items() if t != "embeddings"})
    )
    run_stage(corpus, embed.STAGE, embed.EmbedSettings(), execution=Execution(device="cpu"))
    return corpus


@pytest.fixture(scope="module")
def index(corpus: Corpus) -> Index:
    return opened(corpus)


def patients(index: Index, image: object, **options: object) -> set[str]:
    return {hit.patient_id for hit in index.search(image=image, k=100, **options)}  # type: ignore[arg-type]


def test_a_new_picture_finds_the_nearest(index: Index, tmp_path: Path) -> None:
    array = phantom(3)
    array[:4] = 0
    Picture.fromarray(array).save(tmp_path / "new.png")
    for image in (array, array.astype(np.float32) / 255, tmp_path / "new.png", str(tmp_path / "new.png")):
        hits = index.search(image=image, k=9)
        assert len(hits) == 9
        assert hits[0].image_id == "i3"
        assert hits[0].score < 0.99999


def test_the_own_patient_never_comes_however_the_image_is_given(
    index: Index, corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = corpus.folder.parent.parent
    shutil.copy(home / "picture5.png", tmp_path / "renamed.png")
    Picture.open(home / "picture5.png").save(tmp_path / "converted.bmp")
    monkeypatch.chdir(home)
    grey = read_pixels(home / "picture5.png").grey
    same = [
        "i5",
        home / "picture5.png",
        "picture5.png",
        Path("..") / home.name / "picture5.png",
        tmp_path / "renamed.png",
        tmp_path / "converted.bmp",
        phantom(5),
        grey,
        grey.astype(np.float64),
        np.asfortranarray(phantom(5)),
        np.array(open_pixels(corpus)["i5"]),
    ]
    for image in same:
        assert patients(index, image) == {"p0", "p1", "p3", "someone else"}
        assert "p2" in patients(index, image, same_patient=True)


def test_one_picture_under_two_patients_is_the_own_image_of_both(index: Index) -> None:
    for image in ("i0", "again", phantom(0)):
        assert patients(index, image) == {"p1", "p2", "p3"}


def test_the_index_goes_on_alone(corpus: Corpus, index: Index, tmp_path: Path) -> None:
    folder = tmp_path / "moved"
    shutil.copytree(corpus.folder.parent.parent / "indexes", folder)
    from radmine.search import open_index

    with open_index(folder / "case") as moved:
        first, second = (i.search(image=phantom(3)[4:], k=3) for i in (index, moved))
        assert first == second


@pytest.mark.parametrize(
    "image", [np.zeros((4, 4, 3), np.uint8), np.zeros((0, 4), np.uint8), np.zeros((4, 4), np.int16)]
)
def test_an_array_that_is_no_grey_picture(index: Index, image: np.ndarray) -> None:
    with pytest.raises(InputError, match="grey picture"):
        index.search(image=image)


def test_a_file_that_is_no_picture(index: Index, tmp_path: Path) -> None:
    (tmp_path / "file.png").write_bytes(b"no picture")
    with pytest.raises(InputError):
        index.search(image=tmp_path / "file.png")


def test_an_encoder_that_was_damaged_when_the_index_was_made(corpus: Corpus, tmp_path: Path) -> None:
    home = shutil.copytree(corpus.folder.parent.parent, tmp_path / "home")
    copy = Corpus.open(corpus.name, home=home)
    weights = copy.folder / MODEL / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0\0")
    shutil.rmtree(home / "indexes", ignore_errors=True)
    with opened(copy) as index, pytest.raises(CorpusError, match="damaged") as caught:
        index.search(image=phantom(3)[4:])
    assert "radmine check" in caught.value.do

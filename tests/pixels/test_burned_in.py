"""Burned-in text is found where it is, blanked, and nothing else."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Picture
from PIL import ImageDraw, ImageFont

from radmine.corpus import Corpus, Manifest
from radmine.errors import NotAvailable
from radmine.pixels import STAGE, PixelsSettings, burned_in, find_marks, learn_marks, read_boxes, to_square
from radmine.pixels.printed import Patch, blank, blank_boxes
from radmine.records import Image
from radmine.run import run_stage

Bytes = NDArray[np.uint8]
Box = tuple[int, int, int, int]


def anatomy(seed: int, size: int = 256) -> Bytes:
    """Soft shapes of their own in each picture, up to its corners."""
    random = np.random.default_rng(seed)
    coarse = Picture.fromarray(random.integers(0, 120, (9, 9)).astype(np.uint8))
    return np.array(coarse.resize((size, size), Picture.Resampling.BICUBIC))


def logo(pixels: Bytes, text: str = "SampleLogo", high: int = 16) -> tuple[Bytes, Box]:
    """The picture with a logo in its upper right corner, and the box of its letters."""
    font = ImageFont.load_default(high)
    empty = Picture.new("L", pixels.shape[::-1])
    width = int(font.getlength(text))
    ImageDraw.Draw(empty).text((pixels.shape[1] - width - 8, 5), text, fill=255, font=font)
    print_ = np.asarray(empty).astype(float) / 255
    ys, xs = np.flatnonzero(print_.any(axis=1)), np.flatnonzero(print_.any(axis=0))
    made = (pixels * (1 - print_) + 200 * print_).astype(np.uint8)
    return made, (int(ys[0]), int(ys[-1]) + 1, int(xs[0]), int(xs[-1]) + 1)


def covers(box: Box, wanted: Box, slack: int = 3) -> bool:
    return all(abs(a - b) <= slack for a, b in zip(box, wanted, strict=True))


def test_a_mark_is_learned_found_at_other_scales_and_nowhere_else() -> None:
    marks = learn_marks([logo(anatomy(seed))[0] for seed in range(16)])
    assert [str(mark) for mark in marks] == ["upper right"]
    for seed in range(100, 102):
        clean = anatomy(seed)
        printed, wanted = logo(clean)
        (box,) = find_marks(printed, marks)
        assert covers(box, wanted)
        left = blank_boxes(printed, [box]).astype(int)
        top, bottom, start, stop = wanted
        assert left[top:bottom, start:stop].max() < 150  # no letter is left
        outside = np.ones(clean.shape, bool)
        outside[max(0, box[0] - 2) : box[1] + 2, box[2] - 2 : box[3] + 2] = False
        assert (left == clean)[outside].all()
        assert find_marks(clean, marks) == ()
        small = np.asarray(Picture.fromarray(printed).resize((180, 180), Picture.Resampling.BILINEAR))
        (box,) = find_marks(small, marks)
        assert covers(box, tuple(round(side * 180 / 256) for side in wanted))  # type: ignore[arg-type]


def test_no_mark_is_learned_from_anatomy_or_few_pictures() -> None:
    assert learn_marks([anatomy(seed) for seed in range(16)]) == ()
    assert learn_marks([logo(anatomy(seed))[0] for seed in range(8)]) == ()
    assert learn_marks([]) == ()


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.float32])
def test_what_is_blanked_takes_the_level_around_it(kind: type) -> None:
    values = np.full((20, 30), 7, kind)
    values[:, 15:] = 90
    printed = values.copy()
    printed[4:8, 2:9] = 50
    np.testing.assert_array_equal(blank_boxes(printed, [(4, 8, 2, 9)]), values)
    np.testing.assert_array_equal(blank(printed, [Patch(4, 2, np.ones((4, 7), bool))]), values)
    assert (printed[4:8, 2:9] == 50).all()
    assert blank_boxes(values, [(0, 20, 0, 30)]).shape == values.shape  # all of it: no level is around


@pytest.mark.parametrize(
    ("found", "boxes"),
    [
        (None, ()),
        ([[[[2.5, 3], [20, 3], [20, 9.2], [2.5, 9.2]], "AB", "0.51"]], ((3, 10, 2, 20),)),
        ([[[[2, 3], [20, 3], [20, 9], [2, 9]], "A.", 0.99]], ()),  # one letter
        ([[[[2, 3], [20, 3], [20, 9], [2, 9]], "WARD", 0.49]], ()),  # read without confidence
        ([[[[-3, -2], [70, -2], [70, 9], [-3, 9]], "12", 0.9]], ((0, 9, 0, 60),)),  # beyond the edges
    ],
)
def test_a_box_counts_where_reading_confirms_it(
    found: Sequence[Any] | None, boxes: tuple[Box, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules[read_boxes.__module__], "_reader", lambda: lambda _pixels: (found, None))
    assert read_boxes(np.zeros((40, 60), np.uint8)) == boxes


def corpus_of(tmp_path: Path, pictures: Sequence[Bytes], series: str | None = None) -> Corpus:
    images = []
    for number, picture in enumerate(pictures):
        path = tmp_path / f"{number:03}.png"
        Picture.fromarray(picture).save(path)
        images.append(Image(f"i{number:03}", f"p{number}", str(path), series_id=series))
    corpus = Corpus.create("c", home=tmp_path)
    tables = {
        "images": [corpus.write_shard("images", "part-00000-a.parquet", images)],
        "links": [corpus.write_shard("links", "part-00000-a.parquet", [])],
    }
    corpus.write_manifest(Manifest("ingest", "x", {}, tables))
    return corpus


def test_the_stage_blanks_marks_and_says_where(tmp_path: Path) -> None:
    pictures = [logo(anatomy(seed))[0] for seed in range(16)]
    corpus = corpus_of(tmp_path, pictures)
    outcome = run_stage(corpus, STAGE, PixelsSettings(size=64))
    assert any("upper right" in said for said in outcome.said)
    marks = learn_marks(pictures)
    for row, picture in zip(corpus.records("pixels"), pictures, strict=True):
        assert row.printed == find_marks(picture, marks)[0]
    run_stage(corpus, STAGE, PixelsSettings(size=64, marks=False))
    assert all(row.printed == () for row in corpus.records("pixels"))


def test_ocr_without_its_package_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rapidocr_onnxruntime", None)
    corpus = corpus_of(tmp_path, [anatomy(0)])
    with pytest.raises(NotAvailable, match=r"radmine\[ocr\]"):
        run_stage(corpus, STAGE, PixelsSettings(ocr="all"))


@pytest.mark.slow
def test_planted_text_is_read_blanked_and_shared_by_a_series(tmp_path: Path) -> None:
    pytest.importorskip("rapidocr_onnxruntime")
    clean = [anatomy(seed, 320) for seed in range(3)]
    printed, boxes = [], []
    for picture in clean:
        image = Picture.fromarray(picture)
        ImageDraw.Draw(image).text((30, 200), "WARD 12 DOE", fill=230, font=ImageFont.load_default(20))
        printed.append(np.array(image))
    for picture in clean:
        assert read_boxes(picture) == ()
    for picture in printed:
        (box,) = burned_in(picture, ocr=True)
        assert box[0] <= 206 <= 212 <= box[1]
        assert box[2] <= 40 <= 130 <= box[3]
        assert read_boxes(blank_boxes(picture, [box])) == ()
        boxes.append(box)
    corpus = corpus_of(tmp_path, [printed[0], clean[1], clean[2]], "series")
    run_stage(corpus, STAGE, PixelsSettings(size=64, ocr="series"))
    assert [row.printed for row in corpus.records("pixels")] == [boxes[0]] * 3  # those of the first
    run_stage(corpus, STAGE, PixelsSettings(size=64, ocr="all"))
    assert [row.printed for row in corpus.records("pixels")] == [boxes[0], (), ()]
    square = to_square(printed[0], size=64, printed=boxes[:1]).array
    assert square.shape == (64, 64)

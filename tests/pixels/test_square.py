"""Squares keep all anatomy and nothing printed."""

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from radmine.errors import InputError
from radmine.pixels import as_bytes, find_content, to_square
from radmine.pixels.content import footer_rows


def phantom(rows: int = 384, columns: int = 384, *, footer: int = 0, logo: bool = False) -> NDArray[np.uint8]:
    """A bright ellipse in the middle of black; letters at the bottom and in a corner where asked for."""
    image = Image.new("L", (columns, rows))
    draw = ImageDraw.Draw(image)
    draw.ellipse((columns * 0.2, rows * 0.2, columns * 0.8, rows * 0.8), fill=180)
    if footer:
        draw.rectangle((0, rows - 14 * footer - 4, columns, rows), fill=0)
        for line in range(footer):
            text = "Ward 12 Archive 2001-02-03, source: phantom of the tests 7f"
            draw.text((20, rows - 14 * (footer - line) - 2), text, fill=110)
    if logo:
        draw.text((columns - 60, 6), "SampleLogo", fill=150)
    return np.array(image)


def test_a_square_is_padded_not_stretched() -> None:
    square = to_square(np.full((100, 50), 1.0), size=64, crop=False)
    assert square.array.shape == (64, 64)
    assert square.array.dtype == np.uint8
    assert (square.array[:, 16:48] == 255).all()
    assert (square.array[:, :16] == 0).all()
    assert (square.array[:, 48:] == 0).all()
    assert square.crop == (0, 100, 0, 50)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 300), st.integers(1, 300), st.integers(16, 130), st.booleans())
def test_any_shape_gives_the_square_asked_for(rows: int, columns: int, size: int, crop: bool) -> None:
    values = np.random.default_rng(rows * columns).integers(0, 256, (rows, columns)).astype(np.uint8)
    square = to_square(values, size=size, crop=crop)
    top, bottom, left, right = square.crop
    assert square.array.shape == (size, size)
    assert 0 <= top < bottom <= rows
    assert 0 <= left < right <= columns


def test_resizing_does_not_alias() -> None:
    stripes = np.tile(np.array([0, 255], np.uint8), (256, 128))
    assert np.abs(to_square(stripes, size=64, crop=False).array.astype(int) - 127).max() < 20


@pytest.mark.parametrize("lines", [1, 2])
def test_a_footer_is_cut_and_the_anatomy_kept(lines: int) -> None:
    clean = phantom()
    printed = phantom(footer=lines)
    assert footer_rows(clean) == 0
    assert 8 <= footer_rows(printed) <= 14 * lines + 6
    top, bottom, left, right = find_content(printed).box
    assert (top, bottom, left, right) == find_content(clean).box
    assert clean[top:bottom, left:right].sum() == clean.sum()


def test_letters_alone_in_a_corner_are_blanked() -> None:
    content, clean = find_content(phantom(logo=True)), find_content(phantom())
    assert content.box == clean.box
    np.testing.assert_array_equal(content.cut(phantom(logo=True)), clean.cut(phantom()))
    # The same places of the values behind the grey levels, whatever their type.
    values = phantom(logo=True).astype(np.int16) - 1024
    np.testing.assert_array_equal(content.cut(values), clean.cut(phantom()).astype(np.int16) - 1024)


def test_letters_over_anatomy_stay() -> None:
    full = np.full((384, 384), 90, np.uint8)
    full[:4] = 0
    letters = phantom(logo=True)
    full[:40] = np.maximum(full[:40], letters[:40])
    assert find_content(full).printed == ()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 3, 9, 27]))
@example(4095, 3)  # its rows change as often as text and are a tenth black
def test_noise_at_any_scale_is_never_taken_for_a_footer(seed: int, grain: int) -> None:
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (270 // grain, 270 // grain)).astype(np.uint8)
    assert footer_rows(np.kron(coarse, np.ones((grain, grain), np.uint8))) == 0


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 80), st.integers(0, 80), st.integers(0, 80), st.integers(0, 80))
def test_content_is_never_cut(top: int, bottom: int, left: int, right: int) -> None:
    pixels = np.zeros((240, 240), np.uint8)
    pixels[top : 240 - bottom, left : 240 - right] = 100
    assert find_content(pixels).cut(pixels).sum() == pixels.sum()


def letters_by_whole_picture(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Pieces that stand wholly in a corner, as `find_content` takes them, looked for in the whole picture."""
    rows, columns = pixels.shape
    labels, _ = ndimage.label(pixels > 20, structure=np.ones((3, 3)))
    kept = []
    for number, (ys, xs) in enumerate(ndimage.find_objects(labels), 1):
        at_edge = ys.stop <= 0.15 * rows or ys.start >= 0.85 * rows
        at_side = xs.stop <= 0.4 * columns or xs.start >= 0.45 * columns
        if at_edge and at_side and ys.stop - ys.start <= 0.09 * rows:
            kept.append(number)
    return np.isin(labels, kept) if len(kept) <= 60 else np.zeros(pixels.shape, bool)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(64, 150), st.integers(64, 150), st.sampled_from([5, 30, 90]))
def test_letters_are_those_of_the_whole_picture(seed: int, rows: int, columns: int, pieces: int) -> None:
    random = np.random.default_rng(seed)
    pixels = np.zeros((rows, columns), np.uint8)
    for _ in range(pieces):
        y, x = random.integers(0, rows), random.integers(0, columns)
        pixels[y : y + random.integers(1, 14), x : x + random.integers(1, 14)] = 200
    pixels[:, 0] = 0  # the border is black
    expected = letters_by_whole_picture(pixels)
    assume(footer_rows(pixels) == 0)
    content = find_content(pixels)
    found = np.zeros(pixels.shape, bool)
    for patch in content.printed:
        height, width = patch.mask.shape
        found[patch.top : patch.top + height, patch.left : patch.left + width] |= patch.mask
    assume(content.box[0] or content.printed)  # not given up for too little content
    np.testing.assert_array_equal(found & (pixels > 20), expected)


@pytest.mark.parametrize("level", [0, 37, 255])
def test_an_empty_picture_is_kept_whole(level: int) -> None:
    pixels = np.full((90, 70), level, np.uint8)
    assert find_content(pixels).box == (0, 90, 0, 70)


def test_only_bytes_and_floats_are_taken() -> None:
    assert as_bytes(np.array([[0.0, 0.5, 1.0, np.nan]])).tolist() == [[0, 128, 255, 0]]
    for wrong in (np.zeros((2, 2, 2)), np.zeros((0, 4)), np.zeros((2, 2), np.int32), np.full((2, 2), 2.0)):
        with pytest.raises(InputError, match="grey picture"):
            as_bytes(wrong)

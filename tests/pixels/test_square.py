"""Squares keep all anatomy and nothing printed."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from radmine.errors import InputError
from radmine.pixels import as_bytes, find_content, to_square
from radmine.pixels.square import footer_rows


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
    _, (top, bottom, left, right) = find_content(printed)
    assert (top, bottom, left, right) == find_content(clean)[1]
    assert clean[top:bottom, left:right].sum() == clean.sum()


def test_letters_alone_in_a_corner_are_blanked() -> None:
    pixels, box = find_content(phantom(logo=True))
    np.testing.assert_array_equal(pixels, phantom())
    assert box == find_content(phantom())[1]


def test_letters_over_anatomy_stay() -> None:
    full = np.full((384, 384), 90, np.uint8)
    full[:4] = 0
    letters = phantom(logo=True)
    full[:40] = np.maximum(full[:40], letters[:40])
    np.testing.assert_array_equal(find_content(full)[0], full)


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
    kept, box = find_content(pixels)
    assert kept[box[0] : box[1], box[2] : box[3]].sum() == pixels.sum()


@pytest.mark.parametrize("level", [0, 37, 255])
def test_an_empty_picture_is_kept_whole(level: int) -> None:
    pixels = np.full((90, 70), level, np.uint8)
    assert find_content(pixels)[1] == (0, 90, 0, 70)


def test_only_bytes_and_floats_are_taken() -> None:
    assert as_bytes(np.array([[0.0, 0.5, 1.0, np.nan]])).tolist() == [[0, 128, 255, 0]]
    for wrong in (np.zeros((2, 2, 2)), np.zeros((0, 4)), np.zeros((2, 2), np.int32), np.full((2, 2), 2.0)):
        with pytest.raises(InputError, match="grey picture"):
            as_bytes(wrong)

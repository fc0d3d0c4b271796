"""Localizers, captured screens and dose reports are no pixels, but nothing is lost with them."""

from dataclasses import replace
from pathlib import Path

import pytest

from radmine.errors import SettingsError
from radmine.pixels import STAGE, PixelsSettings, open_pixels
from radmine.run import run_stage
from tests.pixels.test_stage import make_corpus, make_images


def test_what_is_no_picture_of_a_patient_is_left_out_and_said(tmp_path: Path) -> None:
    kinds = ["image", "localizer", "secondary_capture", "dose_report", "localizer"]
    images = [
        replace(image, kind=kind, study_id="s")
        for image, kind in zip(make_images(tmp_path, 5), kinds, strict=True)
    ]
    corpus = make_corpus(tmp_path, images)
    outcome = run_stage(corpus, STAGE, PixelsSettings(size=16))
    assert open_pixels(corpus).ids == ("i0",)
    said = "left out: 1 dose report, 2 localizers, 1 secondary capture ([pixels] leave_out)"
    assert outcome.said == (said,)
    everything = run_stage(corpus, STAGE, PixelsSettings(size=16, leave_out=()))
    assert everything.rows == {"pixels": 5, "near_duplicates": 0}
    assert everything.said == (
        "`quality` in `pixels` has a doubt about 3 of the images: localizer 2, secondary_capture 1",
    )


def test_captures_stay_where_a_study_has_nothing_else(tmp_path: Path) -> None:
    images = make_images(tmp_path, 4)
    film = [replace(i, kind="secondary_capture", study_id="film") for i in images[:2]]
    loose = replace(images[2], kind="secondary_capture")
    other = replace(images[3], study_id="other")
    corpus = make_corpus(tmp_path, [*film, loose, other])
    assert run_stage(corpus, STAGE, PixelsSettings(size=16)).rows["pixels"] == 4


def test_only_kinds_can_be_left_out() -> None:
    with pytest.raises(SettingsError, match="leave_out cannot be 'ct'"):
        PixelsSettings(leave_out=("ct",))

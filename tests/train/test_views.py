"""Networks that are shown several views of an image take them, and keep how."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from radmine.embed import load_encoder
from radmine.errors import InputError, SettingsError
from radmine.pixels import Picture
from radmine.run import Execution, run_stage
from radmine.train import MODEL, STAGE, TrainSettings, load_model
from radmine.train.networks import build_network
from tests.train.corpus import SIZE, make_corpus

IMAGES = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("layout", ["channels", "side_by_side"])
def test_each_channel_counts(layout: str) -> None:
    network = build_network("lite0", {"labels": 2}, channels=3, layout=layout).eval()
    with torch.inference_mode():
        features = network.features(IMAGES)
        assert features.shape == (2, 1280)
        for channel in range(3):
            other = IMAGES.clone()
            other[:, channel] = 0
            assert not torch.equal(network.features(other), features)
        if layout == "side_by_side":
            beside = torch.cat([IMAGES[:, channel] for channel in range(3)], dim=2)[:, None]
            grey = build_network("lite0", {"labels": 2}).eval()
            assert torch.allclose(grey.features(beside), features)


def test_a_model_trained_on_slices_is_asked_with_them(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, 15)
    settings = TrainSettings(
        network="lite0", start="scratch", size=32, seconds=0.001, batch_size=2, min_positives=1,
        channels=("previous", "this", "next"), layout="side_by_side",
    )  # fmt: skip
    run_stage(corpus, STAGE, settings, execution=Execution(device="cpu"))
    model = load_model(corpus.folder / MODEL, device="cpu")
    assert (model.facts.channels, model.facts.layout) == (settings.channels, "side_by_side")
    squares = np.random.default_rng(0).integers(0, 255, (2, SIZE, SIZE)).astype(np.uint8)
    shown = np.stack([model.shown(square) for square in squares])
    assert shown.shape == (2, 3, SIZE, SIZE)
    by_onnx = model.describe(shown)[0]
    model._exported = None
    np.testing.assert_allclose(model.describe(shown)[0], by_onnx, atol=1e-4)
    vectors = load_encoder(corpus.folder / MODEL, device="cpu").images(list(squares))
    assert vectors.shape[0] == 2
    picture = Picture(squares[0] / np.float32(255), (0.0, 1.0), inverted=False)
    np.testing.assert_array_equal(model.shown(picture), shown[0])
    with pytest.raises(InputError, match="3 x 32 x 32"):
        model.predict(squares)


@pytest.mark.parametrize(
    "wrong", [{"channels": ("lungs",)}, {"channels": ("lung", "next")}, {"layout": "up"}]
)
def test_wrong_views_are_an_error(wrong: dict[str, object]) -> None:
    with pytest.raises(SettingsError):
        replace(TrainSettings(), **wrong)  # type: ignore[arg-type]

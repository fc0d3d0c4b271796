"""Heat maps point at what a network looks at: its weights are set by hand, so that the place is known."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from radmine.errors import InputError
from radmine.pixels import to_source, to_square
from radmine.train.heatmaps import (
    METHODS,
    Box,
    boxes_of,
    heatmap,
    hits,
    iobb,
    iou,
    likeness,
    randomised,
    rank_correlation,
)
from radmine.train.model import ImageModel
from radmine.train.networks import build_network
from tests.train.heatmaps.made import SIDE, TARGETS, by_hand, model_of, picture, sized


@pytest.mark.parametrize("exported", [False, True], ids=["torch", "onnx"])
@pytest.mark.parametrize("method", METHODS)
def test_maps_point_at_what_the_answer_comes_from(method: str, exported: bool) -> None:
    places = [(0, 0), (8, 20), (24, 24), (12, 4)]
    model = model_of(by_hand(), exported=exported)
    squares = np.stack([picture(*place) for place in places])
    maps = heatmap(model, squares, "labels", "bright", method=method)
    assert maps.shape == squares.shape
    assert maps.dtype == np.float32
    assert maps.min() >= 0
    assert (maps.max(axis=(1, 2)) == 1).all()
    for (top, left), heat in zip(places, maps, strict=True):
        true = Box(top, top + 8, left, left + 8)
        assert hits(heat, [true])
        assert iou(boxes_of(heat, most=1)[0], true) > 0.4
    dark = heatmap(model, np.stack([picture(8, 20, spot=5)]), "labels", "dark", method=method)
    assert hits(dark[0], [Box(8, 16, 20, 28)])


@pytest.mark.parametrize("method", METHODS)
def test_where_nothing_speaks_for_a_class_the_map_is_empty(method: str) -> None:
    model = model_of(by_hand())
    heat = heatmap(model, picture(8, 8)[None], "labels", "dark", method=method)
    assert not np.isnan(heat).any()
    assert not hits(heat[0], [Box(8, 16, 8, 16)])
    assert heatmap(model, picture(8, 8)[None][:0], "labels", "dark", method=method).shape == (0, SIDE, SIDE)


class _Tokens(nn.Module):
    """As a vision transformer: patches and a token of the class, which alone goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.patches, self.mixed, self.norm = nn.AvgPool2d(4), nn.Identity(), nn.Identity()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        patches = torch.relu(self.patches(images) - 0.5).flatten(2).transpose(1, 2)
        tokens = self.mixed(torch.cat((torch.zeros_like(patches[:, :1]), patches), 1))
        after: torch.Tensor = self.norm(torch.cat((tokens.mean(1, keepdim=True), tokens[:, 1:]), 1))
        return after[:, 0].repeat(1, 2)


def test_of_tokens_those_that_the_answer_comes_from_are_a_map() -> None:
    network = by_hand()
    network.trunk = _Tokens()
    with torch.no_grad():
        network.head.outputs["labels"].weight.fill_(1.0)
    heat = heatmap(model_of(network), picture(8, 20)[None], "labels", "bright")[0]
    assert hits(heat, [Box(8, 16, 20, 28)])


@pytest.mark.parametrize(
    "name",
    ["lite0", *(pytest.param(n, marks=pytest.mark.slow) for n in ("small", "densenet121"))],
)
def test_every_trunk_has_maps_and_its_weights_may_be_fixed(name: str) -> None:
    network = build_network(name, {"labels": 2}, seed=1).requires_grad_(False)
    squares = np.random.default_rng(0).integers(0, 255, (1, 96, 96)).astype(np.uint8)
    model = sized(model_of(network, name=name), 96)
    maps = [heatmap(model, squares, "labels", c) for c in TARGETS["labels"]]
    assert max(float(m.max()) for m in maps) == 1
    again = heatmap(model, squares, "labels", "dark")
    np.testing.assert_array_equal(maps[1], again)


@pytest.mark.slow
def test_gradcam_is_monais() -> None:
    from monai.visualize import GradCAM

    network = build_network("small", {"labels": 2}, seed=3).eval()

    class Said(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network

        def forward(self, images: torch.Tensor) -> Any:
            return network(images)["labels"]

    squares = np.random.default_rng(0).integers(0, 255, (1, 96, 96)).astype(np.uint8)
    model = model_of(network, name="small")
    ours = heatmap(sized(model, 96), squares, "labels", "bright")[0]
    theirs = GradCAM(nn_module=Said(), target_layers="network.trunk.layer4", postprocessing=lambda x: x)(
        torch.from_numpy(squares)[:, None].float() / 255, class_idx=0
    )
    theirs = np.clip(theirs.detach().numpy()[0, 0], 0, None)
    np.testing.assert_allclose(ours, theirs / theirs.max(), atol=1e-4)


def test_random_weights_change_a_map() -> None:
    network = build_network("lite0", {"labels": 2}, seed=1)
    model = sized(model_of(network, name="lite0"), 64)
    squares = np.random.default_rng(0).integers(0, 255, (1, 64, 64)).astype(np.uint8)
    maps = heatmap(model, squares, "labels", "bright")
    same = randomised(model, "network", seed=1)
    np.testing.assert_allclose(likeness(same, squares, "labels", "bright", maps), 1)
    head = randomised(model, "head", seed=2).network
    assert all(
        torch.equal(a, b) for a, b in zip(head.trunk.parameters(), network.trunk.parameters(), strict=True)
    )
    assert not torch.equal(head.head.outputs["labels"].weight, network.head.outputs["labels"].weight)
    ramp = np.arange(16.0, dtype=np.float32).reshape(1, 4, 4)
    assert rank_correlation(ramp, ramp**2)[0] == pytest.approx(1)
    assert rank_correlation(ramp, -ramp)[0] == pytest.approx(-1)
    assert np.isnan(rank_correlation(ramp, ramp * 0)[0])


@pytest.mark.parametrize(
    "ask",
    [
        lambda m, s: heatmap(m, s, "labels", "bright", method="guess"),
        lambda m, s: heatmap(m, s, "plane", "axial"),
        lambda m, s: heatmap(m, s, "labels", "grey"),
    ],
)
def test_what_a_network_does_not_know_is_said(ask: Callable[[ImageModel, NDArray[np.uint8]], Any]) -> None:
    with pytest.raises(InputError) as error:
        ask(model_of(by_hand()), picture(0, 0)[None])
    assert error.value.do


@pytest.mark.parametrize(
    ("rows", "columns", "crop"),
    [
        (100, 50, (0, 100, 0, 50)),
        (60, 120, (10, 60, 20, 110)),
        (37, 41, (3, 30, 0, 41)),
        (600, 400, (0, 540, 8, 392)),
    ],
)
def test_a_map_goes_back_to_where_its_square_came_from(
    rows: int, columns: int, crop: tuple[int, int, int, int]
) -> None:
    top, bottom, left, right = crop
    source = np.zeros((rows, columns), np.uint8)
    high, wide = (bottom - top) // 3, (right - left) // 3
    true = Box(top + high, top + 2 * high, left + wide // 2, left + wide // 2 + wide)
    source[true.top : true.bottom, true.left : true.right] = 255
    square = to_square(source[top:bottom, left:right], size=64, crop=False).array
    back = to_source(square / np.float32(255), crop, rows, columns)
    assert back.shape == (rows, columns)
    assert iou(boxes_of(back)[0], true) > 0.8
    outside = np.ones((rows, columns), bool)
    outside[top:bottom, left:right] = False
    assert not back[outside].any()


def test_boxes_and_points_against_counts_by_hand() -> None:
    heat = np.zeros((20, 20), np.float32)
    heat[2:8, 3:13] = 0.6
    heat[12:15, 1:4] = 1.0
    heat[18, 18] = 0.55
    heat[17, 2] = 0.4
    assert boxes_of(heat) == [Box(2, 8, 3, 13), Box(12, 15, 1, 4), Box(18, 19, 18, 19)]
    assert boxes_of(heat, threshold=0.9) == [Box(12, 15, 1, 4)]
    assert boxes_of(heat, most=1) == [Box(2, 8, 3, 13)]
    assert boxes_of(heat * 0) == []
    one, other = Box(0, 10, 0, 10), Box(5, 15, 0, 20)
    assert iou(one, other) == 50 / 250
    assert iobb(one, other) == 0.5
    assert iobb(other, one) == 0.25
    assert iou(one, Box(10, 12, 0, 4)) == 0
    assert hits(heat, [Box(0, 3, 0, 3), Box(13, 14, 2, 3)])
    assert not hits(heat, [Box(15, 17, 1, 4)])
    assert hits(heat, [Box(15, 17, 1, 4)], tolerance=2)
    assert not hits(heat * 0, [Box(0, 20, 0, 20)])


def test_a_number_has_no_heat_map() -> None:
    model = model_of(by_hand())
    asked = replace(model.facts, targets={**TARGETS, "regression:age": ("age",)})
    aged = ImageModel(asked, model.device, "x", build=lambda: model.network)
    with pytest.raises(InputError, match="regression:age is a number or a time"):
        heatmap(aged, picture(0, 0)[None], "regression:age", "age")

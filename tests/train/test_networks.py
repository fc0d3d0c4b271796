"""Every network gives features and logits of the shape it says; the same seed gives the same weights."""

from importlib.metadata import EntryPoint

import pytest
import torch

from radmine.errors import NotAvailable, SettingsError
from radmine.train.networks import NETWORKS, build_network
from radmine.train.resnet import ResNet
from radmine.train.trunks import check_network

HEADS = {"labels": 3, "plane": 2}
SLOW = ("resnet50", "densenet121")  # large


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow if n in SLOW else ()) for n in NETWORKS]
)
def test_shapes(name: str) -> None:
    network = build_network(name, HEADS).eval()
    with torch.inference_mode():
        images = torch.rand(2, 1, 64, 64)
        features = network.features(images)
        logits = network(images)
    assert features.shape == (2, network.dimension)
    assert {n: tuple(v.shape) for n, v in logits.items()} == {"labels": (2, 3), "plane": (2, 2)}


@pytest.mark.slow
@pytest.mark.parametrize(("layers", "bottleneck"), [((2, 2, 2, 2), False), ((3, 4, 6, 3), True)])
def test_residual_networks_are_those_of_monai_by_draws_names_and_outputs(
    layers: tuple[int, ...], bottleneck: bool
) -> None:
    from monai.networks.nets import ResNet as Theirs

    torch.manual_seed(3)
    ours = ResNet(layers, 16, bottleneck=bottleneck)
    torch.manual_seed(3)
    theirs = Theirs(
        "bottleneck" if bottleneck else "basic",
        list(layers),
        [16, 32, 64, 128],
        spatial_dims=2,
        n_input_channels=1,
        conv1_t_stride=2,
        feed_forward=False,
    )
    drawn = theirs.state_dict()
    assert list(ours.state_dict()) == list(drawn)
    assert all(torch.equal(value, drawn[name]) for name, value in ours.state_dict().items())
    images = torch.rand(2, 1, 64, 64)
    torch.testing.assert_close(ours(images), theirs(images))


def test_the_seed_decides_and_torch_is_left_as_it_was() -> None:
    before = torch.random.get_rng_state()
    one, same, other = (build_network("small", HEADS, seed=s).state_dict() for s in (1, 1, 2))
    assert torch.equal(before, torch.random.get_rng_state())
    assert all(torch.equal(one[k], same[k]) for k in one)
    assert not all(torch.equal(one[k], other[k]) for k in one)


def test_an_unknown_network_is_an_error_that_lists_them() -> None:
    with pytest.raises(SettingsError, match="small, medium, resnet18"):
        build_network("huge", HEADS)


def _flat() -> tuple[torch.nn.Module, int]:
    return torch.nn.Flatten(), 64


def _broken() -> tuple[torch.nn.Module, int]:
    raise ImportError


def test_a_package_offers_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [EntryPoint(n, f"{__name__}:_{n}", "radmine.train") for n in ("flat", "broken")]
    monkeypatch.setattr("radmine.train.trunks.entry_points", lambda group: points)
    check_network("flat")
    assert build_network("flat", HEADS).features(torch.zeros(2, 1, 8, 8)).shape == (2, 64)
    with pytest.raises(SettingsError, match="cannot be built"):
        build_network("broken", HEADS)
    with pytest.raises(SettingsError, match="vgg, broken, flat, monai:NAME"):
        check_network("other")


def test_timm_that_is_not_installed_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "timm", None)
    with pytest.raises(NotAvailable, match=r"radmine\[vision\]"):
        build_network("timm:resnet10t", HEADS)

"""Networks of libraries: grey pictures in, features out, weights of their own, and a model that needs its source no more."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from radmine.embed import load_encoder
from radmine.errors import NotAvailable, SettingsError
from radmine.pixels import open_pixels
from radmine.run import Execution, run_stage
from radmine.train import MODEL, STAGE, TrainSettings, load_model
from radmine.train.exported import try_onnx
from radmine.train.libraries.colours import Colours
from radmine.train.libraries.hub import check, plan
from radmine.train.model import ONNX
from radmine.train.networks import build_network
from radmine.train.trunks import chosen
from tests.train.corpus import make_corpus

HEADS = {"labels": 3}
CPU = Execution(device="cpu")


def test_grey_is_three_equal_colours() -> None:
    trunk = Colours(torch.nn.Flatten(), (0.1, 0.2, 0.3), (1.0, 2.0, 4.0))
    made = trunk(torch.full((1, 1, 1, 1), 0.5))
    torch.testing.assert_close(made, torch.tensor([[0.4, 0.15, 0.05]]))
    assert not trunk.state_dict()


@pytest.mark.parametrize("name", ["hf:", "timm: ", "keras:vgg16", "hf"])
def test_a_name_of_no_library_is_an_error(name: str) -> None:
    with pytest.raises(SettingsError, match="monai:NAME, timm:NAME, torchvision:NAME, hf:NAME"):
        TrainSettings(network=name)


@pytest.mark.parametrize("name", ["/no/such/folder", "some/where/else", "../beside", "own er/name"])
def test_what_is_neither_a_folder_nor_a_name_on_the_hub(name: str) -> None:
    with pytest.raises(SettingsError):
        check(name)


def test_a_network_that_cannot_be_exported_is_not_printed(capfd: pytest.CaptureFixture[str]) -> None:
    class Network(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return torch.fft.fft(torch.flatten(images, 1)).real

    assert try_onnx(Network().eval(), ("features",), size=8, mean=0.0, std=1.0) is None
    assert capfd.readouterr().out == ""


def test_a_network_that_says_something_else_as_onnx_is_not_exported(monkeypatch: pytest.MonkeyPatch) -> None:
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 2)).eval()
    asked: dict[str, Any] = {"names": ("features",), "size": 8, "mean": 0.0, "std": 1.0}
    content = try_onnx(network, **asked)
    assert content is not None
    monkeypatch.setattr("radmine.train.exported.to_onnx", lambda *_, **__: content)
    network[1].bias.data += 1
    assert try_onnx(network, **asked) is None


def _checkpoint(folder: Path, kind: str) -> None:
    """A small network with drawn weights, as transformers saves it, with how pictures are normalised."""
    from transformers import (
        CLIPConfig,
        CLIPModel,
        ResNetConfig,
        ResNetForImageClassification,
        ViTConfig,
        ViTForImageClassification,
    )

    torch.manual_seed(0)
    small = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    pictures = {**small, "image_size": 32, "patch_size": 8}
    network: Any
    if kind == "vit":
        network = ViTForImageClassification(ViTConfig(**pictures))
    elif kind == "resnet":
        sizes = {"hidden_sizes": [8, 16], "depths": [1, 1], "embedding_size": 8, "layer_type": "basic"}
        network = ResNetForImageClassification(ResNetConfig(**sizes))
    else:
        network = CLIPModel(CLIPConfig(text_config={**small, "vocab_size": 50}, vision_config=pictures))
    network.save_pretrained(folder)
    told = {"image_mean": [0.4, 0.5, 0.6], "image_std": [0.2, 0.25, 0.5], "size": {"height": 32, "width": 32}}
    (folder / "preprocessor_config.json").write_text(json.dumps(told))


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["vit", "resnet", "clip"])
def test_a_checkpoint_is_a_trunk_and_its_model_needs_it_no_more(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "checkpoint"
    _checkpoint(folder, kind)
    network = f"hf:{folder}"
    assert chosen(network, "auto") == (network, True)
    assert plan(str(folder))["mean"] == [0.4, 0.5, 0.6]
    assert plan(str(folder))["size"] == 32
    settings = TrainSettings(
        targets=("labels", "modality"), network=network, hidden=(16, 8), epochs=1, min_positives=5
    )
    corpus = make_corpus(tmp_path, 30)
    STAGE.check(settings)
    run_stage(corpus, STAGE, settings, execution=CPU)
    model = corpus.folder / MODEL
    saved, own = load_file(model / "model.safetensors"), load_file(folder / "model.safetensors")
    for name, value in own.items():  # the checkpoint's weights, by whatever names, not drawn ones
        if not any(
            part in name for part in ("pooler", "classifier", "text", "_projection", "logit", "position_ids")
        ):
            assert any(v.shape == value.shape and np.array_equal(v, value) for v in saved.values()), name
    squares = open_pixels(corpus).batch(open_pixels(corpus).ids[:6])
    assert (model / ONNX).exists()
    before = load_model(model, device="cpu").features(squares)
    shutil.rmtree(folder)
    (model / ONNX).rename(tmp_path / "moved")
    again = _by_torch(model, squares)
    np.testing.assert_allclose(before, again, atol=1e-3)


def _by_torch(model: Path, squares: np.ndarray) -> np.ndarray:
    """What the folder's weights and facts say, without the network as ONNX."""
    from radmine.models import SavedModel, model_facts
    from radmine.run import choose_device
    from radmine.train.model import _image_model

    saved = SavedModel(model, model_facts(model) or {}, "x")
    return _image_model(saved, choose_device("cpu")).features(squares)


@pytest.mark.slow
def test_a_checkpoint_of_another_kind_or_of_missing_weights_is_an_error(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    folder = tmp_path / "checkpoint"
    _checkpoint(folder, "vit")
    with pytest.raises(SettingsError, match="40 pixels"):
        build_network(f"hf:{folder}", HEADS, pretrained=True, size=40)
    weights = load_file(folder / "model.safetensors")
    del weights["vit.layernorm.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(NotAvailable, match="cannot be had"):
        build_network(f"hf:{folder}", HEADS, pretrained=True)
    build_network(f"hf:{folder}", HEADS)
    (folder / "config.json").write_text('{"model_type": "no_such"}')
    with pytest.raises(NotAvailable, match="cannot be had"):
        build_network(f"hf:{folder}", HEADS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("timm:test_resnet", 64),
        ("timm:test_vit", 160),
        ("torchvision:resnet18", 64),
        ("torchvision:alexnet", 64),
        ("torchvision:vit_b_16", 224),
        ("monai:densenet169", 64),
        ("monai:resnet10", 64),
        ("monai:seresnet50", 64),
        ("monai:efficientnet-b0", 64),
    ],
)
def test_networks_of_libraries_give_features(name: str, size: int) -> None:
    if name.startswith(("timm", "torchvision")):
        pytest.importorskip(name.split(":")[0])
    network = build_network(name, HEADS, size=size).eval()
    with torch.inference_mode():
        features = network.features(torch.rand(2, 1, size, size))
    assert features.shape == (2, network.dimension)
    assert features.std() > 0
    library, _, _ = name.partition(":")
    with pytest.raises(SettingsError, match="There is no network 'no_such' in"):
        STAGE.check(TrainSettings(network=f"{library}:no_such"))


@pytest.mark.slow
def test_monai_has_no_weights() -> None:
    with pytest.raises(NotAvailable, match="no weights"):
        build_network("monai:resnet18", HEADS, pretrained=True)


@pytest.mark.slow
def test_a_network_starts_from_the_trunk_of_another_model(tmp_path: Path) -> None:
    settings = TrainSettings(
        targets=("modality",), network="alexnet", trunk="learned", epochs=1, min_positives=2
    )
    first, second = make_corpus(tmp_path / "a", 20), make_corpus(tmp_path / "b", 20, seed=1)
    run_stage(first, STAGE, settings, execution=CPU)
    model = first.folder / MODEL
    frozen = replace(
        settings, network="auto", start_from=str(model), trunk="auto", hidden=(8,), targets=("labels",)
    )
    STAGE.check(frozen)
    run_stage(second, STAGE, frozen, execution=CPU)
    made = load_model(second.folder / MODEL, device="cpu")
    assert (made.facts.network, made.facts.frozen, made.facts.pretrained) == ("alexnet", True, True)
    assert made.facts.started_from == load_model(model, device="cpu").fingerprint
    before = load_model(model, device="cpu").facts
    assert (made.facts.mean, made.facts.std) == (before.mean, before.std)
    ours, theirs = (load_file(c.folder / MODEL / "model.safetensors") for c in (second, first))
    trunk = [name for name in theirs if name.startswith("trunk.")]
    assert trunk
    assert all(np.array_equal(ours[name], theirs[name]) for name in trunk)
    assert load_encoder(second.folder / MODEL, device="cpu").dimension == 8
    # The layers before the outputs go on as well, where they are as wide.
    third = replace(frozen, start_from=str(second.folder / MODEL), learning_rate=1e-9)
    run_stage(first, STAGE, third, execution=CPU)
    neck = load_file(first.folder / MODEL / "model.safetensors")["head.neck.2.weight"]
    np.testing.assert_allclose(neck, ours["head.neck.2.weight"], atol=1e-5)
    with pytest.raises(SettingsError, match="replaces"):
        run_stage(first, STAGE, replace(third, start_from=str(first.folder / MODEL)), execution=CPU)


def test_what_a_network_cannot_start_from(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no image model"):
        STAGE.check(TrainSettings(start_from=str(tmp_path)))
    with pytest.raises(SettingsError, match="does not start from scratch"):
        TrainSettings(start_from=str(tmp_path), start="scratch")

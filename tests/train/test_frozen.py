"""A head is trained on a frozen pretrained trunk; the network goes out as ONNX and says the same there as in torch."""

import hashlib
import subprocess
import sys
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from safetensors.numpy import load_file

from radmine.embed import load_encoder
from radmine.errors import CorpusError, NotAvailable, SettingsError
from radmine.models import save_model
from radmine.pixels import open_pixels
from radmine.run import Execution, run_stage
from radmine.train import MODEL, STAGE, TrainSettings, load_model
from radmine.train.lite0 import Lite0, pretrained_lite0
from radmine.train.model import FEATURES, ONNX
from radmine.train.trunks import chosen
from radmine.train.weights import WEIGHTS
from tests.train.corpus import make_corpus

SETTINGS = TrainSettings(
    targets=("labels", "modality"), network="lite0", views=1, hidden=(16, 8), epochs=2, min_positives=10
)
_PARTS = {
    "expand.0": "_expand_conv",
    "expand.1": "_bn0",
    "depthwise.0": "_depthwise_conv",
    "depthwise.1": "_bn1",
    "project.0": "_project_conv",
    "project.1": "_bn2",
    "stem.0": "_conv_stem",
    "stem.1": "_bn0",
    "head.0": "_conv_head",
    "head.1": "_bn1",
}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn weights of a network for colours, written as the package's file names them."""
    torch.manual_seed(0)
    saved = OrderedDict()
    for name, values in Lite0(3).state_dict().items():
        words = name.split(".")
        if words[0] == "blocks":
            saved[f"_blocks.{words[1]}.{_PARTS['.'.join(words[2:4])]}.{words[4]}"] = values
        else:
            saved[f"{_PARTS['.'.join(words[:2])]}.{words[2]}"] = values
    saved["_fc.weight"] = torch.zeros(2, 1280)
    path = tmp_path_factory.mktemp("weights") / "lite0.pth"
    torch.save(saved, path)
    return path


@pytest.fixture(autouse=True)
def installed(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that holds these weights stands where the real one would."""
    package = weights.parent
    (package / "__init__.py").touch()
    known = replace(
        WEIGHTS["lite0"],
        package=package.name,
        file=weights.name,
        sha256=hashlib.sha256(weights.read_bytes()).hexdigest(),
    )
    monkeypatch.setitem(WEIGHTS, "lite0", known)
    monkeypatch.syspath_prepend(package.parent)


def test_one_channel_sees_what_three_equal_ones_see() -> None:
    images = torch.rand(2, 1, 40, 40)
    with torch.inference_mode():
        one = pretrained_lite0(1).eval()(images)
        three = pretrained_lite0(3).eval()(images.repeat(1, 3, 1, 1))
    torch.testing.assert_close(one, three, rtol=1e-4, atol=1e-5)
    assert one.shape == (2, 1280)


def test_what_is_left_open_depends_on_what_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert chosen("auto", "auto") == ("lite0", True)
    assert chosen("auto", "scratch") == ("small", False)
    assert chosen("lite0", "scratch") == ("lite0", False)
    assert chosen("resnet18", "auto") == ("resnet18", False)
    with pytest.raises(NotAvailable, match="no pretrained weights"):
        STAGE.check(TrainSettings(network="resnet18", start="pretrained"))
    monkeypatch.setitem(WEIGHTS, "lite0", replace(WEIGHTS["lite0"], package="no_such_package"))
    assert chosen("auto", "auto") == ("small", False)
    assert chosen("lite0", "auto") == ("lite0", False)
    with pytest.raises(NotAvailable, match="not installed"):
        STAGE.check(TrainSettings(start="pretrained"))


def test_other_weights_than_they_should_be_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(WEIGHTS, "lite0", replace(WEIGHTS["lite0"], sha256="0" * 64))
    with pytest.raises(NotAvailable, match="not those that they should be"):
        pretrained_lite0(1)


def test_the_trunk_stays_as_it_was_and_onnx_says_what_torch_says(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, repeated=3)
    run_stage(corpus, STAGE, SETTINGS, execution=Execution(device="cpu"))
    folder = corpus.folder / MODEL
    saved = load_file(folder / "model.safetensors")
    for name, values in pretrained_lite0(1).state_dict().items():
        np.testing.assert_array_equal(saved[f"trunk.{name}"], values.numpy())
    model = load_model(folder, device="cpu")
    facts = model.facts
    assert (facts.network, facts.pretrained, facts.frozen, facts.hidden) == ("lite0", True, True, (16, 8))
    assert (facts.mean, facts.std, facts.dimension, model.dimension) == (0.5, 0.5, 8, 8)
    store = open_pixels(corpus)
    squares = store.batch(store.ids[:40])
    images = (torch.from_numpy(squares).unsqueeze(1).float() / 255 - 0.5) / 0.5
    with torch.inference_mode():
        features = model.network.features(images)
        outputs = model.network(images)
    np.testing.assert_allclose(model.features(squares), features.numpy(), atol=1e-4)
    said = model.predict(squares)
    np.testing.assert_allclose(said["modality"], outputs["modality"].softmax(1).numpy(), atol=1e-4)
    np.testing.assert_allclose(said["labels"], outputs["labels"].sigmoid().numpy(), atol=1e-4)
    graph = onnx.load(folder / ONNX)
    onnx.checker.check_model(graph, full_check=True)
    assert [output.name for output in graph.graph.output] == [FEATURES, "labels", "modality"]
    vectors = load_encoder(folder, device="cpu").squares(squares)
    overlap = np.sqrt(said["modality"]) @ np.sqrt(said["modality"]).T
    one = model.features(squares) / np.linalg.norm(model.features(squares), axis=1, keepdims=True)
    np.testing.assert_allclose(vectors @ vectors.T, (one @ one.T + overlap) / 2, atol=1e-4)


def test_a_trunk_from_scratch_is_not_frozen() -> None:
    with pytest.raises(SettingsError, match="starts from scratch"):
        STAGE.check(TrainSettings(network="small", trunk="frozen"))
    STAGE.check(TrainSettings(trunk="frozen"))


def test_a_model_of_an_earlier_version_is_to_be_made_anew(tmp_path: Path) -> None:
    save_model(tmp_path / "old", kind="image model", facts={"targets": {"labels": ["a"]}}, arrays={})
    with pytest.raises(CorpusError, match="earlier version"):
        load_model(tmp_path / "old", device="cpu")


def test_a_network_that_cannot_be_exported_runs_by_torch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> bytes:
        raise RuntimeError("no such part")

    monkeypatch.setattr("radmine.train.exported.to_onnx", refuse)
    corpus = make_corpus(tmp_path, 20)
    settings = replace(SETTINGS, network="small", epochs=1, min_positives=2)
    outcome = run_stage(corpus, STAGE, settings, execution=Execution(device="cpu"))
    assert "the network small cannot be exported to ONNX: torch runs it, on CPUs as well" in outcome.said
    assert not (corpus.folder / MODEL / ONNX).exists()
    store = open_pixels(corpus)
    assert load_encoder(corpus.folder / MODEL, device="cpu").squares(store.batch(store.ids[:3])).shape[0] == 3


@pytest.mark.slow
def test_a_killed_training_goes_on_without_looking_at_what_it_looked_at(tmp_path: Path) -> None:
    class KilledError(Exception):
        pass

    def kill(done: int, total: int | None, what: str) -> None:
        if done == 72 + 16 and "learned" in what:  # in the middle of the second epoch
            raise KilledError

    settings = replace(SETTINGS, batch_size=16)
    whole, cut = make_corpus(tmp_path / "a"), make_corpus(tmp_path / "b")
    run_stage(whole, STAGE, settings, execution=Execution(device="cpu"))
    with pytest.raises(KilledError):
        run_stage(cut, STAGE, settings, progress=kill, execution=Execution(device="cpu"))
    (work,) = (cut.folder / "work" / "train").rglob("features-1-0.npy")
    written = work.stat().st_mtime_ns
    seen: list[int] = []

    def note(done: int, total: int | None, what: str) -> None:
        if work.exists():
            seen.append(work.stat().st_mtime_ns)

    run_stage(cut, STAGE, settings, progress=note, execution=Execution(device="cpu"))
    assert set(seen) == {written}
    ours, theirs = (load_file(c.folder / MODEL / "model.safetensors") for c in (whole, cut))
    for name, value in ours.items():
        np.testing.assert_allclose(value, theirs[name], atol=1e-5)


def test_a_model_on_a_cpu_needs_no_torch(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, 20)
    run_stage(corpus, STAGE, replace(SETTINGS, min_positives=2), execution=Execution(device="cpu"))
    asked = """
import sys, numpy
from radmine.embed import load_encoder
vectors = load_encoder(sys.argv[1], device="cpu").images([numpy.full((40, 50), 90, numpy.uint8)])
assert vectors.shape == (1, 10)
assert not {"torch", "monai", "transformers", "pandas"} & set(sys.modules), sorted(sys.modules)
"""
    subprocess.run([sys.executable, "-c", asked, str(corpus.folder / MODEL)], check=True)

"""Networks that are asked together say the mean of what each says, in torch as in ONNX."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from radmine.errors import SettingsError
from radmine.pixels import open_pixels
from radmine.run import Execution, run_stage
from radmine.train import MODEL, STAGE, TrainSettings, ablate, load_model
from radmine.train.crops import MOST, cropped
from radmine.train.exported import Exported, to_onnx
from radmine.train.joined import drawn_network, joined
from radmine.train.model import ONNX, ModelFacts, mean_outputs, probabilities
from radmine.train.networks import Head, ImageNetwork, Outputs
from tests.train.corpus import make_corpus

OUTPUTS = {"labels": 3, "view": 4}


def networks(*, shared: bool, hidden: tuple[int, ...]) -> list[ImageNetwork]:
    """Three of drawn weights, with a pool of 5 x 5 parts of the picture as trunk."""
    torch.manual_seed(0)
    trunk = nn.Sequential(nn.AdaptiveAvgPool2d(5), nn.Flatten(), nn.Linear(25, 8))
    return [
        ImageNetwork(
            trunk if shared else nn.Sequential(nn.AdaptiveAvgPool2d(5), nn.Flatten(), nn.Linear(25, 8)),
            Head(8, OUTPUTS, hidden=hidden),
        ).eval()
        for _ in range(3)
    ]


def test_parts_of_channels_are_parts_of_each() -> None:
    squares = np.random.default_rng(0).integers(0, 256, (3, 2, 16, 16), dtype=np.uint8)
    for view in range(MOST + 1):
        found = cropped(squares, view)
        assert found.shape == squares.shape
        np.testing.assert_array_equal(found[:, 1], cropped(squares[:, 1], view))


@pytest.mark.parametrize("frozen", [True, False])
def test_a_drawn_network_has_as_many_members_as_the_facts_say(frozen: bool) -> None:
    facts = ModelFacts(
        "small", {"labels": ("a", "b")}, 32, 32, crop=True, mean=0.2, std=0.2, lexicon="", learned_from="",
        settings={}, epoch=1, device="cpu", radmine="0", hidden=(8,), frozen=frozen, members=2,
    )  # fmt: skip
    network = drawn_network(facts, seed=3)
    assert network.dimension == 16
    assert network(torch.zeros(2, 1, 32, 32))["labels"].shape == (2, 2)
    first, second = (neck[2].weight for neck in network.head.neck[0].members)
    assert not torch.equal(first, second)


def said(network: ImageNetwork, images: Tensor) -> dict[str, np.ndarray]:
    with torch.inference_mode():
        return probabilities({name: values.numpy() for name, values in network(images).items()})


@pytest.mark.parametrize(("shared", "hidden"), [(True, (6, 4)), (False, (6,)), (False, ())])
def test_probabilities_are_averaged_and_vectors_stand_side_by_side(
    shared: bool, hidden: tuple[int, ...]
) -> None:
    three = networks(shared=shared, hidden=hidden)
    together = joined(three, shared=shared).eval()
    squares = torch.randint(0, 256, (6, 1, 20, 20), dtype=torch.uint8)
    images = squares.float() / 255
    each, of_all = [said(network, images) for network in three], said(together, images)
    for name in OUTPUTS:
        np.testing.assert_allclose(of_all[name], np.mean([one[name] for one in each], axis=0), atol=1e-6)
    with torch.inference_mode():
        vectors = torch.cat([network.features(images) for network in three], 1)
        torch.testing.assert_close(together.features(images), vectors)
    assert together.dimension == vectors.shape[1]
    exported = Exported(to_onnx(Outputs(together), ("features", *OUTPUTS), size=20, mean=0.0, std=1.0))
    found = exported(squares[:, 0].numpy())
    np.testing.assert_allclose(found["features"], vectors.numpy(), atol=1e-5)
    for name, values in probabilities({name: found[name] for name in OUTPUTS}).items():
        np.testing.assert_allclose(values, of_all[name], atol=1e-5)


def test_parts_are_the_middle_and_the_corners() -> None:
    ramp = np.tile(np.arange(0, 160, 2, dtype=np.uint8), (1, 80, 1))  # brighter to the right
    whole, middle, upper_left, upper_right, lower_left, lower_right = (
        cropped(ramp, view).astype(float) for view in range(MOST + 1)
    )
    assert (whole == ramp).all()
    for part, begin, end in ((middle, 10, 148), (upper_left, 0, 138), (upper_right, 20, 158)):
        assert part.shape == (1, 80, 80)
        assert abs(part[0, 0, 0] - begin) <= 2
        assert abs(part[0, 0, -1] - end) <= 2
    assert (lower_left == upper_left).all()
    assert (lower_right == upper_right).all()


def test_the_mean_over_parts_is_of_probabilities() -> None:
    random = np.random.default_rng(0)
    each = [
        {name: random.normal(size=(5, n)).astype(np.float32) for name, n in OUTPUTS.items()} for _ in range(3)
    ]
    for name, values in probabilities(mean_outputs(each)).items():
        expected = np.mean([probabilities(one)[name] for one in each], axis=0)
        np.testing.assert_allclose(values, expected, atol=1e-6)


def test_members_of_what_is_always_the_same_are_refused() -> None:
    with pytest.raises(SettingsError, match="would be the same"):
        TrainSettings(members=2, classifier="lda")


@pytest.mark.slow
def test_a_model_of_members_says_what_its_ablation_says(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, 30)
    settings = TrainSettings(
        targets=("labels", "modality"),
        network="small",
        min_positives=5,
        epochs=2,
        members=2,
        test_views=1,
        batch_size=16,
    )
    run_stage(corpus, STAGE, settings, execution=Execution(device="cpu"))
    model, store = load_model(corpus.folder / MODEL, device="cpu"), open_pixels(corpus)
    assert (model.facts.members, model.dimension) == (2, 256)
    assert (corpus.folder / MODEL / ONNX).exists()
    squares = store.batch(store.ids[:5])
    each = []
    for part in (squares, cropped(squares, 1)):
        images = torch.from_numpy(part).unsqueeze(1).float() / 255
        with torch.inference_mode():
            outputs = model.network((images - model.facts.mean) / model.facts.std)
        each.append({name: values.numpy() for name, values in outputs.items()})
    theirs = probabilities(mean_outputs(each))
    for name, values in model.predict(squares).items():
        np.testing.assert_allclose(values, theirs[name], atol=1e-4)
    rows = ablate(corpus, {"two": settings, "one": replace(settings, members=1)}, on="test", device="cpu")
    score = {(s.subject, s.metric): s.value for s in corpus.records("scores")}
    (two,) = [r for r in rows if (r.variant, r.target, r.metric) == ("two", "modality", "auc_macro")]
    assert two.value == pytest.approx(score["modality", "auc_macro"], abs=0.01)

"""What answers cost is what the papers say, and what stands in other libraries."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from radmine.train.losses import Losses
from radmine.train.sampling import Sampling
from radmine.train.schedule import averaged, set_rate
from radmine.train.settings import TrainSettings
from radmine.train.sides import mirrored_classes, mirrored_truth
from radmine.train.targets import Target
from radmine.train.terms import as_read, class_loss, finding_terms, transitions


def drawn(*shape: int) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1)) * 3


@pytest.mark.slow  # torchvision takes seconds to load
def test_focal_is_torchvisions() -> None:
    ops = pytest.importorskip("torchvision.ops")
    outputs, truth = drawn(20, 4), (drawn(20, 4) > 0).float()
    ours = finding_terms("focal", outputs, truth, torch.ones(4))
    torch.testing.assert_close(ours, ops.sigmoid_focal_loss(outputs, truth, alpha=-1, gamma=2))


def test_asymmetric_forgets_what_is_plainly_absent() -> None:
    outputs = torch.tensor([[-5.0, 0.0, 2.0]])
    absent = finding_terms("asymmetric", outputs, torch.zeros(1, 3), torch.ones(3))[0]
    assert absent[0] == 0  # less probable than the margin
    for output, loss in zip((0.0, 2.0), absent[1:].tolist(), strict=True):
        said = 1 / (1 + math.exp(-output)) - 0.05
        assert loss == pytest.approx(-(said**4) * math.log(1 - said), rel=1e-5)
    there = finding_terms("asymmetric", outputs, torch.ones(1, 3), torch.ones(3))
    plain = finding_terms("cross_entropy", outputs, torch.ones(1, 3), torch.ones(3))
    torch.testing.assert_close(there, plain)


def test_classes_cost_what_torch_says_and_focal_less_the_surer() -> None:
    outputs, answers, weights = drawn(20, 4), torch.arange(20) % 4, torch.tensor([1.0, 2.0, 0.5, 1.0])
    expected = functional.cross_entropy(outputs, answers, weight=weights, label_smoothing=0.1)
    for kind in ("cross_entropy", "asymmetric"):
        torch.testing.assert_close(class_loss(kind, outputs, answers, weights, smoothing=0.1), expected)
    one = torch.tensor([[2.0, 0.0]])
    right = float(one.softmax(1)[0, 0])
    focal = class_loss("focal", one, torch.tensor([0]), torch.ones(2), smoothing=0)
    assert float(focal) == pytest.approx(-math.log(right) * (1 - right) ** 2, rel=1e-5)


def test_what_is_read_of_what_is_there_is_found_again() -> None:
    random = np.random.default_rng(0)
    read = np.array([[0.7, 0.2, 0.1], [0.0, 0.9, 0.1], [0.3, 0.0, 0.7]])
    truth = random.integers(3, size=3000)
    found = transitions(read[truth], several=False).numpy()
    np.testing.assert_allclose(found, read, atol=1e-6)
    outputs = torch.log(torch.eye(3) * 0.997 + 0.001)
    said = as_read(outputs, torch.from_numpy(read).float(), several=False).softmax(1)
    np.testing.assert_allclose(said.numpy(), read, atol=0.01)
    several = transitions(np.where(random.random((3000, 2)) < 0.3, [0.8, 0.9], [0.1, 0.0]), several=True)
    np.testing.assert_allclose(several.numpy(), [[0.1, 0.8], [0.0, 0.9]], atol=1e-6)
    said = torch.sigmoid(as_read(torch.tensor([[20.0, -20.0]]), several, several=True))
    np.testing.assert_allclose(said.numpy(), [[0.8, 0.0]], atol=1e-4)


def test_a_corrected_loss_is_least_at_what_is_there() -> None:
    """Of labels a third of which are read as another class, by how often: where it is right, the gradient is nothing."""
    read = torch.tensor([[2 / 3, 1 / 3], [0.0, 1.0]])
    values = np.array([[1, 0], [1, 0], [0, 1]] * 10, np.float32)  # all are of the first class
    losses = Losses(
        [Target("modality", ("a", "b"), values)], np.arange(30), TrainSettings(smoothing=0.0), "cpu"
    )
    losses.correct({"modality": read})
    costs = [
        float(losses({"modality": torch.tensor([[log, 0.0]] * 30)}, {"modality": torch.from_numpy(values)}))
        for log in (-2.0, 0.0, 2.0, 12.0)
    ]
    assert costs == sorted(costs, reverse=True)


def test_balanced_draws_each_class_as_often() -> None:
    classes = np.eye(3, dtype=np.float32)[[0] * 80 + [1] * 15 + [2] * 5]
    rows = np.arange(100)
    target = Target("modality", ("a", "b", "c"), classes)
    generator = torch.Generator().manual_seed(0)
    drawing = Sampling("balanced", rows, [target])
    counts = sum(classes[drawing.draw(generator)].sum(axis=0) for _ in range(30))
    np.testing.assert_allclose(counts / 3000, [1 / 3] * 3, atol=0.04)
    assert sorted(Sampling("shuffled", rows, [target]).draw(generator)) == [*rows]
    findings = np.array([[1, 0]] * 10 + [[0, 0]] * 80 + [[np.nan, np.nan]] * 10, np.float32)
    drawing = Sampling("balanced", rows, [Target("labels", ("a", "b"), findings)])
    there = np.concatenate([findings[drawing.draw(generator)] for _ in range(30)])
    known = there[~np.isnan(there).any(axis=1)]
    assert known[:, 0].mean() == pytest.approx(0.5, abs=0.03)
    assert len(known) / len(there) == pytest.approx(0.9, abs=0.03)


def test_schedules_end_where_they_should() -> None:
    weight = torch.nn.Linear(1, 1)
    optimizer = torch.optim.SGD(weight.parameters(), lr=1.0)

    def rates(schedule: str) -> list[float]:
        found = []
        for epoch in (0.0, 1.0, 4.9, 5.0, 7.5, 10.0):
            set_rate(optimizer, 2.0, epoch, 10, schedule)
            found.append(optimizer.param_groups[0]["lr"])
        return found

    assert rates("constant") == pytest.approx([0.2, 2, 2, 2, 2, 2])
    assert rates("step") == pytest.approx([0.2, 2, 2, 0.2, 0.02, 0.02])
    assert rates("cosine") == pytest.approx([0.2, 1.9515, 1.0411, 1.01, 0.3100, 0.02], abs=1e-4)


def test_the_average_forgets_by_its_decay() -> None:
    network = torch.nn.Linear(1, 1, bias=False)
    average = averaged(network, 0.75)
    for value in (4.0, 8.0, 0.0):
        torch.nn.init.constant_(network.weight, value)
        average.update_parameters(network)
    assert average.module.weight.item() == pytest.approx((4.0 * 0.75 + 8.0 * 0.25) * 0.75)


def test_a_mirrored_picture_has_the_other_side() -> None:
    classes = (
        "Left_kidney",
        "RIGHT lung",
        "aorta",
        "bilateral",
        "left lung",
        "right_kidney",
        "left to right",
    )
    assert mirrored_classes(classes) == [None, None, 2, 3, None, None, 6]
    classes = ("left_kidney", "right_kidney", "left lung", "aorta")
    assert mirrored_classes(classes) == [1, 0, None, 3]
    truth = torch.tensor([[1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]).float()
    nan = torch.nan
    which = torch.tensor([True, False, True, True])
    one = mirrored_truth(truth, which, classes, several=False)
    expected = torch.tensor([[0, 1, 0, 0], [1, 0, 0, 0], [nan] * 4, [0, 0, 0, 1]])
    torch.testing.assert_close(one, expected, equal_nan=True)
    several = mirrored_truth(truth, which, classes, several=True)
    expected = torch.tensor([[0, 1, nan, 0], [1, 0, 0, 0], [0, 0, nan, 0], [0, 0, nan, 1]])
    torch.testing.assert_close(several, expected, equal_nan=True)
    assert mirrored_truth(truth, which, ("a", "b", "c", "d"), several=True) is truth

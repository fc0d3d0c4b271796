"""The device is chosen once, with a reason that a person can read."""

import pytest
import torch

import radmine.run.device
from radmine.errors import NotAvailable, SettingsError
from radmine.run import choose_device


@pytest.fixture
def two_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Torch sees two GPUs, which are not there."""
    monkeypatch.setattr(radmine.run.device, "_may_have_gpu", lambda: True)
    for name, value in (
        ("is_available", True),
        ("device_count", 2),
        ("get_device_name", "Model X"),
        ("is_bf16_supported", True),
    ):
        monkeypatch.setattr(torch.cuda, name, lambda *_a, value=value, **_k: value)


@pytest.mark.parametrize(("driver", "why"), [(False, "there is no GPU"), (True, "torch sees no GPU")])
def test_auto_is_the_cpu_without_a_gpu(monkeypatch: pytest.MonkeyPatch, driver: bool, why: str) -> None:
    monkeypatch.setattr(radmine.run.device, "_may_have_gpu", lambda: driver)
    monkeypatch.setattr(radmine.run.device, "_cpu_flags", frozenset)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    device = choose_device()
    assert (device.name, device.precision, device.is_cuda) == ("cpu", "float32", False)
    assert device.reason == f"CPU because {why}; float32, since it has no bfloat16 instructions."


@pytest.mark.usefixtures("two_gpus")
def test_auto_is_the_gpu_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    device = choose_device()
    assert (device.name, device.precision, device.is_cuda) == ("cuda", "bfloat16", True)
    assert device.reason == "GPU Model X because it is there; bfloat16, which it computes natively."
    assert choose_device("cuda:1").name == "cuda:1"
    assert choose_device("cpu").name == "cpu"
    with pytest.raises(NotAvailable, match=r"2 GPU\(s\)"):
        choose_device("cuda:2")
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: False)
    assert choose_device().precision == "float32"


@pytest.mark.parametrize(
    ("flags", "precision"), [({"avx2"}, "float32"), ({"avx512_bf16"}, "bfloat16"), (set(), "float32")]
)
def test_a_cpu_computes_in_bfloat16_only_where_it_can(
    monkeypatch: pytest.MonkeyPatch, flags: set[str], precision: str
) -> None:
    monkeypatch.setattr(radmine.run.device, "_cpu_flags", lambda: frozenset(flags))
    device = choose_device("cpu")
    assert (device.name, device.precision) == ("cpu", precision)
    assert precision in device.reason
    with device.autocast():
        product = torch.ones(2, 2) @ torch.ones(2, 2)
    assert product.dtype == getattr(torch, precision)


@pytest.mark.parametrize("wanted", ["tpu", "cpu:1", "cuda:x", ""])
def test_an_unknown_device_is_an_error(wanted: str) -> None:
    with pytest.raises(SettingsError, match="Unknown device"):
        choose_device(wanted)


def test_a_gpu_that_is_not_there_is_an_error() -> None:
    with pytest.raises(NotAvailable, match="no GPU"):
        choose_device("cuda")

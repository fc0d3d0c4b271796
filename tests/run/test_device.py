"""The device is chosen once, with a reason that a person can read."""

import pytest
import torch

import radmine.run.device
from radmine.errors import NotAvailable, SettingsError
from radmine.run import choose_device


def test_auto_says_what_it_took_and_why() -> None:
    device = choose_device()
    assert device.is_cuda == torch.cuda.is_available()
    assert device.reason.endswith(".")
    assert "because" in device.reason


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


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_an_error() -> None:
    with pytest.raises(NotAvailable, match="no GPU"):
        choose_device("cuda")

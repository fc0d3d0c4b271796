"""The device and the precision on which networks run: chosen once, with the reason."""

import sys
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radmine.errors import NotAvailable, SettingsError

_CPU_BFLOAT16 = ("avx512_bf16", "amx_bf16", "bf16")  # flags of /proc/cpuinfo (x86, x86, Arm)


@dataclass(frozen=True, slots=True)
class Device:
    """Where a network runs and in which precision; `reason` is one sentence for the user."""

    name: str  # as torch names it: cpu, cuda, cuda:1
    precision: str  # float32 | bfloat16 (autocast; weights stay float32)
    channels_last: bool  # memory format of images and weights
    reason: str

    @property
    def is_cuda(self) -> bool:
        """Whether it is an NVIDIA or AMD GPU."""
        return self.name.startswith("cuda")

    def autocast(self) -> AbstractContextManager[Any]:
        """Return the context in which the forward pass runs."""
        import torch

        kind = self.name.partition(":")[0]
        return torch.autocast(kind, dtype=torch.bfloat16, enabled=self.precision == "bfloat16")

    def place(self, module: Any) -> Any:
        """Return the module on the device, in its memory format."""
        import torch

        layout = torch.channels_last if self.channels_last else torch.contiguous_format
        return module.to(self.name, memory_format=layout)


def choose_device(wanted: str = "auto") -> Device:
    """Return the device to run on.

    Parameters
    ----------
    wanted
        "auto" (a GPU where there is one), "cpu", "cuda" or "cuda:N".

    Raises
    ------
    SettingsError
        The name is none of these.
    NotAvailable
        A GPU is asked for that torch does not see.
    """
    kind, _, number = wanted.partition(":")
    if kind not in {"auto", "cpu", "cuda"} or (number and not (kind == "cuda" and number.isdecimal())):
        raise SettingsError("Unknown device.", where=wanted, do="Use auto, cpu, cuda or cuda:N.")
    if kind == "cpu":
        return _cpu("it was asked for")
    if kind == "auto" and not _may_have_gpu():
        return _cpu("there is no GPU")
    import torch

    if not torch.cuda.is_available():
        if kind == "cuda":
            raise NotAvailable(
                "torch sees no GPU.", where=wanted, do="Use --device cpu, or install a torch with CUDA."
            )
        return _cpu("torch sees no GPU")
    if number and int(number) >= torch.cuda.device_count():
        raise NotAvailable(
            f"torch sees {torch.cuda.device_count()} GPU(s).", where=wanted, do="Use a lower number."
        )
    name = "cuda" if kind == "auto" else wanted
    model = torch.cuda.get_device_name(name)
    why = "it was asked for" if kind == "cuda" else "it is there"
    if torch.cuda.is_bf16_supported(including_emulation=False):
        return Device(
            name, "bfloat16", True, f"GPU {model} because {why}; bfloat16, which it computes natively."
        )
    return Device(name, "float32", True, f"GPU {model} because {why}; float32, since it has no bfloat16.")


def _may_have_gpu() -> bool:
    """Return whether a driver of a GPU is there, as far as that is seen without torch, which takes long to load."""
    if sys.platform != "linux":
        return True
    return any(Path(f"/dev/{name}").exists() for name in ("nvidiactl", "kfd", "dxg"))


def _cpu(why: str) -> Device:
    flag = next((f for f in _CPU_BFLOAT16 if f in _cpu_flags()), None)
    if flag is None:
        return Device(
            "cpu", "float32", True, f"CPU because {why}; float32, since it has no bfloat16 instructions."
        )
    return Device("cpu", "bfloat16", True, f"CPU because {why}; bfloat16, since it has {flag}.")


def _cpu_flags() -> frozenset[str]:
    """Return the feature flags of the processor, none where the system does not tell."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return frozenset()
    line = next((x for x in lines if x.startswith(("flags", "Features"))), "")
    return frozenset(line.partition(":")[2].split())

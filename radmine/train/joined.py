"""Several networks as one: vectors side by side, probabilities averaged (Lakshminarayanan et al., NeurIPS 2017)."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from radmine.train.model import ModelFacts
from radmine.train.networks import Head, ImageNetwork, Probabilities, build_network, network_of
from radmine.train.tasks import LABELS, has_classes


class _Trunks(nn.Module):
    """Trunks of one kind: their features side by side."""

    def __init__(self, trunks: Sequence[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(trunks)

    def forward(self, images: Tensor) -> Tensor:
        return torch.cat([torch.flatten(trunk(images), 1) for trunk in self.members], 1)


class _Necks(nn.Module):
    """What the heads make of the same features, or each of its part of them, side by side."""

    def __init__(self, necks: Sequence[nn.Module], *, width: int | None) -> None:
        super().__init__()
        self.members = nn.ModuleList(necks)
        self._width = width  # of a part; None: all take the same features

    def forward(self, features: Tensor) -> Tensor:
        count, width = len(self.members), self._width
        # Slices of known width: of chunks the exporter to ONNX does not know it.
        parts = [
            features if width is None else features[:, i * width : (i + 1) * width] for i in range(count)
        ]
        return torch.cat([neck(part) for neck, part in zip(self.members, parts, strict=True)], 1)


class _Mean(nn.Module):
    """The outputs of one target whose probabilities (or numbers, or risks) are the mean of those of all networks."""

    def __init__(self, layers: Sequence[nn.Module], *, target: str) -> None:
        super().__init__()
        self.members = nn.ModuleList(layers)
        self._target = target

    def forward(self, embedded: Tensor) -> Tensor:
        parts = embedded.chunk(len(self.members), 1)
        outputs = [layer(part) for layer, part in zip(self.members, parts, strict=True)]
        if not has_classes(self._target):
            return torch.stack(outputs).mean(0)
        if self._target == LABELS:
            # The logit of a mean: the logarithm of that of being there less that of being absent.
            there = torch.logsumexp(torch.stack([-functional.softplus(-o) for o in outputs]), 0)
            absent = torch.logsumexp(torch.stack([-functional.softplus(o) for o in outputs]), 0)
            return there - absent
        logs = torch.stack([functional.log_softmax(o, 1) for o in outputs])
        return torch.logsumexp(logs, 0) - math.log(len(outputs))


def joined(networks: Sequence[ImageNetwork], *, shared: bool) -> ImageNetwork:
    """Return networks of one kind as one, whose probabilities are the mean of theirs; it is asked, not trained.

    Parameters
    ----------
    networks
        Their outputs are of the same targets.
    shared
        Whether all have the same trunk, which stayed as it was.
    """
    heads = [network.head for network in networks]
    head = Head(heads[0].dimension, {})
    scaled = heads[0].neck[0] if len(heads[0].neck) else None
    of_one = scaled.num_features if isinstance(scaled, nn.BatchNorm1d) else heads[0].dimension
    head.neck = nn.Sequential(_Necks([h.neck for h in heads], width=None if shared else of_one))
    head.outputs = nn.ModuleDict(
        {name: _Mean([h.outputs[name] for h in heads], target=name) for name in heads[0].outputs}
    )
    head.dimension = sum(h.dimension for h in heads)
    return ImageNetwork(networks[0].trunk if shared else _Trunks([n.trunk for n in networks]), head)


def drawn_network(facts: ModelFacts, *, seed: int = 0) -> ImageNetwork:
    """Return a network with freshly drawn weights as the facts of a model have it: one, or several as one."""
    networks = [network_of(facts, seed=seed + member) for member in range(facts.members)]
    return networks[0] if facts.members == 1 else joined(networks, shared=facts.frozen)


def probabilities_network(
    name: str,
    outputs: Mapping[str, int],
    *,
    mean: float,
    std: float,
    members: int = 1,
    shared: bool = False,
    **how: Any,
) -> Probabilities:
    """Return a network that gives probabilities, its weights freshly drawn; see `build_network`, `joined` and `Probabilities`."""
    each = [build_network(name, outputs, **how) for _ in range(members)]
    return Probabilities(each[0] if members == 1 else joined(each, shared=shared), mean, std)

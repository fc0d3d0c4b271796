"""A trained image model: its weights, and everything that is needed to use them right."""

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radmine.errors import InputError
from radmine.models import SavedModel
from radmine.models import load_model as load_saved
from radmine.models import save_model as save_folder
from radmine.pixels import Square, to_square
from radmine.run import Device, choose_device

MODEL = "models/image"  # the folder in a corpus
KIND = "image model"
_BATCH = 256


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What a model needs to be used right; the facts in `model.json`."""

    network: str  # name, as `build_network` takes it
    targets: Mapping[str, tuple[str, ...]]  # target -> class names, in the order of the outputs
    stored_size: int  # pixels a side of the square that a picture is brought to first (see radmine.pixels)
    size: int  # pixels a side that the network takes
    crop: bool  # footers, borders and corner text left out, as the pixels stage did
    mean: float  # of the training pixels in [0, 1]
    std: float
    lexicon: str  # digest of the findings that the labels were made with
    learned_from: str  # of the tables that it learned from
    settings: Mapping[str, Any]  # of the training
    epoch: int  # whose weights these are, from 1
    device: str  # where it was trained, and why there
    radmine: str  # version


class ImageModel:
    """A network ready to be used on one device; make one with `load_model`."""

    def __init__(self, network: Any, facts: ModelFacts, device: Device, fingerprint: str) -> None:
        self.network = device.place(network).eval()
        self.facts = facts
        self.device = device
        self.fingerprint = fingerprint

    def __repr__(self) -> str:
        said = "; ".join(
            f"{target}: {len(names)} classes" for target, names in sorted(self.facts.targets.items())
        )
        return f"ImageModel({self.facts.network}, {self.facts.size} pixels, on {self.device.name}; {said})"

    @property
    def dimension(self) -> int:
        """Length of a feature vector."""
        return int(self.network.dimension)

    def square(self, grey: NDArray[np.generic]) -> Square:
        """Return a picture as the model was trained on it; `grey` is uint8, or float in [0, 1]."""
        return to_square(grey, size=self.facts.stored_size, crop=self.facts.crop)

    def features(self, squares: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the pooled features, shape (n, dimension), of stored squares, shape (n, stored_size, stored_size)."""
        return self._batches(squares, lambda images: {"": self.network.features(images)})[""]

    def predict(self, squares: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        """Return the probabilities by target, shape (n, classes), of stored squares."""
        return self._batches(squares, lambda images: probabilities(self.network(images)))

    def _batches(
        self, squares: NDArray[np.uint8], compute: Callable[[Any], Mapping[str, Any]]
    ) -> dict[str, NDArray[np.float32]]:
        import torch

        if squares.shape[1:] != (self.facts.stored_size,) * 2:
            raise InputError(
                f"The model takes stored squares of {self.facts.stored_size} pixels, not of {squares.shape[-1]}.",
                where=self.fingerprint,
                do="Run `radmine train NAME` after `radmine pixels NAME`.",
            )
        if not len(squares):  # networks do not take empty batches
            one = np.zeros((1, self.facts.stored_size, self.facts.stored_size), np.uint8)
            return {name: values[:0] for name, values in self._batches(one, compute).items()}
        parts: dict[str, list[NDArray[np.float32]]] = {}
        with torch.inference_mode(), self.device.autocast():
            for start in range(0, len(squares), _BATCH):
                batch = torch.from_numpy(np.ascontiguousarray(squares[start : start + _BATCH]))
                images = prepare(batch.to(self.device.name), self.facts.size)
                for name, values in compute(normalise(images, self.facts, self.device)).items():
                    parts.setdefault(name, []).append(values.float().cpu().numpy())
        return {name: np.concatenate(values) for name, values in parts.items()}


def prepare(squares: Any, size: int) -> Any:
    """Return a uint8 tensor (n, stored, stored) as floats in [0, 1] of shape (n, 1, size, size)."""
    from torch.nn import functional

    images = squares.unsqueeze(1).float() / 255
    if images.shape[-1] == size:
        return images
    return functional.interpolate(
        images, size=(size, size), mode="bilinear", antialias=images.shape[-1] > size, align_corners=False
    )


def normalise(images: Any, facts: ModelFacts, device: Device) -> Any:
    """Return images in [0, 1] as the network takes them."""
    import torch

    layout = torch.channels_last if device.channels_last else torch.contiguous_format
    return ((images - facts.mean) / facts.std).to(memory_format=layout)


def probabilities(logits: Mapping[str, Any]) -> dict[str, Any]:
    """Return logits by target as probabilities: independent for `labels`, one of all classes elsewhere."""
    import torch

    return {
        name: torch.sigmoid(v.float()) if name == "labels" else torch.softmax(v.float(), 1)
        for name, v in logits.items()
    }


def save_model(folder: Path, state: Mapping[str, Any], facts: ModelFacts) -> str:
    """Write a model folder, whole or not at all, and return its fingerprint."""
    arrays = {name: value.detach().cpu().numpy() for name, value in state.items()}
    return save_folder(folder, kind=KIND, facts=asdict(facts), arrays=arrays)


def load_model(folder: str | os.PathLike[str], *, device: str = "auto") -> ImageModel:
    """Return the model in a folder, ready on a device.

    Raises
    ------
    CorpusError
        There is no model, or it is damaged.
    """
    where = choose_device(device)

    def build(saved: SavedModel) -> ImageModel:
        return _image_model(saved, where)

    return load_saved(folder, kind=KIND, make="radmine train NAME", build=build, extra=where)


def _image_model(saved: SavedModel, device: Device) -> ImageModel:
    """Return the model that was saved; raises ValueError where the weights are not those of the network."""
    import torch

    from radmine.train.networks import build_network

    targets = {name: tuple(classes) for name, classes in saved.facts["targets"].items()}
    facts = ModelFacts(**{**saved.facts, "targets": targets})
    network = build_network(facts.network, {name: len(classes) for name, classes in targets.items()})
    try:
        network.load_state_dict({name: torch.tensor(array) for name, array in saved.arrays().items()})
    except RuntimeError as error:
        raise ValueError("the weights are of another network") from error
    return ImageModel(network, facts, device, saved.fingerprint)

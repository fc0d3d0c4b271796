"""A trained image model: its weights, and everything that is needed to use them right."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radmine.errors import CorpusError, InputError
from radmine.files import read_bytes
from radmine.models import SavedModel
from radmine.models import load_model as load_saved
from radmine.models import save_model as save_folder
from radmine.pixels import (
    Mark,
    Picture,
    PixelStore,
    Square,
    as_bytes,
    burned_in,
    picture_channels,
    stored_channels,
    to_square,
)
from radmine.run import Device, choose_device
from radmine.train.crops import cropped
from radmine.train.exported import Exported, try_onnx
from radmine.train.tasks import LABELS, has_classes

MODEL = "models/image"  # the folder in a corpus
KIND = "image model"
ONNX, FEATURES = "model.onnx", "features"  # its file in the folder, and its first output
_LEAST = 1e-7  # of a probability, before its logarithm
_BATCH, _AT_ONCE = 256, 2048  # images: of a step of the network; in memory


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
    hidden: tuple[int, ...] = ()  # widths of the layers between trunk and outputs
    pretrained: bool = False  # whether the trunk started from weights that were learned elsewhere
    frozen: bool = False  # whether the trunk stayed as it was
    dimension: int = 0  # length of a feature vector; 0: the network knows
    marks: tuple[Mark, ...] = ()  # print of the source, which is blanked
    ocr: bool = False  # text that OCR reads is blanked, too
    # What it is shown of an image (`radmine.pixels.stored_channels`); (): its square.
    channels: tuple[str, ...] = ()
    layout: str = "channels"  # or "side_by_side"
    members: int = 1  # networks that are asked together
    test_views: int = 0  # parts of a picture that it is asked about beside the whole
    # What a library's network is built of without its library's weights or the hub.
    plan: Mapping[str, Any] = field(default_factory=dict)
    started_from: str = ""  # fingerprint of the model whose trunk it started from

    @property
    def count_of_channels(self) -> int:
        """How many pictures of an image the network takes."""
        return max(1, len(self.channels))


class ImageModel:
    """A network ready to be used on one device; make one with `load_model`.

    On a CPU it runs by onnxruntime where its network could be exported, and torch is not loaded.
    """

    def __init__(
        self,
        facts: ModelFacts,
        device: Device,
        fingerprint: str,
        *,
        build: Callable[[], Any],
        exported: Exported | None = None,
    ) -> None:
        self.facts = facts
        self.device = device
        self.fingerprint = fingerprint
        self._build = build
        self._exported = exported

    def __repr__(self) -> str:
        said = "; ".join(
            f"{target}: {len(names)} classes" for target, names in sorted(self.facts.targets.items())
        )
        return f"ImageModel({self.facts.network}, {self.facts.size} pixels, on {self.device.name}; {said})"

    @cached_property
    def network(self) -> Any:
        """The torch module, on the device, ready to be asked."""
        return self.device.place(self._build()).eval()

    def with_network(self, network: Any, fingerprint: str) -> "ImageModel":
        """Return a model that is used as this one is, with another network of the same layers."""
        onnx = None if self._exported is None else _as_onnx(network, self.facts)
        exported = None if onnx is None else Exported(onnx)
        return ImageModel(self.facts, self.device, fingerprint, build=lambda: network, exported=exported)

    @property
    def dimension(self) -> int:
        """Length of a feature vector."""
        return self.facts.dimension or int(self.network.dimension)

    def square(self, grey: NDArray[np.generic]) -> Square:
        """Return a picture as the model was trained on it; `grey` is uint8, or float in [0, 1]."""
        pixels = as_bytes(grey)
        printed = burned_in(pixels, marks=self.facts.marks, ocr=self.facts.ocr)
        return to_square(pixels, size=self.facts.stored_size, crop=self.facts.crop, printed=printed)

    def shown(self, picture: Picture | NDArray[np.generic]) -> NDArray[np.uint8]:
        """Return what the network is shown of a picture (read with its values) or a grey array: its square, or one for each channel."""
        grey, values = (picture.grey, picture.values) if isinstance(picture, Picture) else (picture, None)
        square = self.square(grey)
        names = self.facts.channels
        return picture_channels(values, square, names) if names else square.array

    def stored(self, store: PixelStore, image_ids: Sequence[str]) -> NDArray[np.uint8]:
        """Return what the network is shown of stored images: squares, or channels of them, shape (n, channels, size, size)."""
        return stored_channels(store, image_ids, self.facts.channels)

    def features(self, squares: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return what outputs are made from, shape (n, dimension), of stored squares, shape (n, stored_size, stored_size)."""
        return self._outputs(squares)[FEATURES]

    def predict(self, squares: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        """Return the probabilities by target, shape (n, classes), of stored squares."""
        outputs = self._outputs(squares)
        return probabilities({name: outputs[name] for name in self.facts.targets})

    def describe(
        self, squares: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], dict[str, NDArray[np.float32]]]:
        """Return the features and the probabilities by target of stored squares, in one go."""
        outputs = self._outputs(squares)
        return outputs[FEATURES], probabilities({name: outputs[name] for name in self.facts.targets})

    def _outputs(self, squares: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        """Return features and outputs by target."""
        shape = (len(self.facts.channels),) if self.facts.channels else ()
        shape = (*shape, self.facts.stored_size, self.facts.stored_size)
        if squares.shape[1:] != shape:
            raise InputError(
                f"The model takes stored squares of {' x '.join(map(str, shape))} pixels, "
                f"not of {' x '.join(map(str, squares.shape[1:]))}.",
                where=self.fingerprint,
                do="Run `radmine train NAME` after `radmine pixels NAME`.",
            )
        if not len(squares):  # networks do not take empty batches
            one = np.zeros((1, *shape), np.uint8)
            return {name: values[:0] for name, values in self._outputs(one).items()}
        parts = [
            self._of_batch(fit(squares[start : start + _BATCH], self.facts.size))
            for start in range(0, len(squares), _BATCH)
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _of_batch(self, squares: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        """Return features and outputs by target of squares of the network's size: the mean over the parts that it is asked about."""
        compute = self._by_torch if self._exported is None else self._exported
        each = [compute(cropped(squares, view)) for view in range(self.facts.test_views + 1)]
        if len(each) == 1:
            return each[0]
        features = np.mean([found[FEATURES] for found in each], axis=0)
        outputs = [{name: found[name] for name in self.facts.targets} for found in each]
        return {FEATURES: features, **mean_outputs(outputs)}

    def _by_torch(self, squares: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        import torch

        with torch.inference_mode(), self.device.autocast():
            images = as_channels(torch.from_numpy(squares)).to(self.device.name).float() / 255
            features = self.network.features(normalise(images, self.facts, self.device))
            found = {name: layer(features) for name, layer in self.network.head.outputs.items()}
        return {n: v.float().cpu().numpy() for n, v in {FEATURES: features, **found}.items()}


def predict_stored(
    model: ImageModel, store: PixelStore, image_ids: Sequence[str]
) -> dict[str, NDArray[np.float32]]:
    """Return the probabilities by target of stored images, shape (n, classes), some thousand in memory at a time."""
    starts = range(0, max(1, len(image_ids)), _AT_ONCE)
    parts = [model.predict(model.stored(store, image_ids[start : start + _AT_ONCE])) for start in starts]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def as_channels(squares: Any) -> Any:
    """Return squares of shape (n, size, size) as (n, 1, size, size); those that have channels as they are."""
    return squares if squares.ndim == 4 else squares[:, None]


def fit(squares: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Return squares of shape (..., stored, stored) brought to the side that a network takes, with antialiasing."""
    if squares.shape[-1] == size:
        return np.ascontiguousarray(squares)
    from PIL import Image

    single = squares.reshape(-1, *squares.shape[-2:])
    made = np.empty((len(single), size, size), np.uint8)
    for place, square in enumerate(single):
        picture = Image.fromarray(np.ascontiguousarray(square))
        made[place] = np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR))
    return made.reshape(*squares.shape[:-2], size, size)


def normalise(images: Any, facts: ModelFacts, device: Device) -> Any:
    """Return images in [0, 1] as the network takes them."""
    import torch

    layout = torch.channels_last if device.channels_last else torch.contiguous_format
    return ((images - facts.mean) / facts.std).to(memory_format=layout)


def probabilities(outputs: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
    """Return outputs by target as answers: independent probabilities of `labels`, of classes one of all, numbers and risks as they are."""
    from scipy.special import expit, softmax

    return {
        name: v if not has_classes(name) else expit(v) if name == LABELS else softmax(v, axis=1)
        for name, v in outputs.items()
    }


def mean_outputs(each: Sequence[Mapping[str, NDArray[np.float32]]]) -> dict[str, NDArray[np.float32]]:
    """Return the outputs by target whose probabilities (or numbers, or risks) are the mean of those of several outputs."""
    if len(each) == 1:
        return dict(each[0])
    from scipy.special import logit

    means = {name: np.mean([probabilities(of)[name] for of in each], axis=0) for name in each[0]}
    for name, mean in means.items():
        if name == LABELS:
            means[name] = np.asarray(logit(mean.clip(_LEAST, 1 - _LEAST)))
        elif has_classes(name):
            means[name] = np.log(mean.clip(_LEAST))
    return means


def save_model(folder: Path, state: Mapping[str, Any], facts: ModelFacts) -> str:
    """Write a model folder, whole or not at all, and return its fingerprint; with the network as ONNX where it can be exported."""
    network = _network(facts, state)
    facts = replace(facts, dimension=network.dimension)
    arrays = {name: value.detach().cpu().numpy() for name, value in state.items()}
    onnx = _as_onnx(network, facts)

    def fill(place: Path) -> None:
        if onnx is not None:
            (place / ONNX).write_bytes(onnx)

    return save_folder(folder, kind=KIND, facts=asdict(facts), arrays=arrays, fill=fill)


def _as_onnx(network: Any, facts: ModelFacts) -> bytes | None:
    """Return a network as ONNX with its features and the outputs of each target; None where it cannot be exported."""
    from radmine.train.networks import Outputs

    names, channels = (FEATURES, *facts.targets), facts.count_of_channels
    scale = {"mean": facts.mean, "std": facts.std}
    return try_onnx(Outputs(network), names, size=facts.size, channels=channels, **scale)


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
    if "hidden" not in saved.facts:
        raise CorpusError(
            "The image model here was made by an earlier version of radmine.",
            where=str(saved.folder),
            do="Run `radmine train NAME`.",
        )
    targets = {name: tuple(classes) for name, classes in saved.facts["targets"].items()}
    lists = {name: tuple(saved.facts.get(name, ())) for name in ("hidden", "channels")}
    marks = tuple(Mark(**mark) for mark in saved.facts.get("marks", ()))
    facts = ModelFacts(**{**saved.facts, "targets": targets, "marks": marks, **lists})
    onnx = saved.folder / ONNX
    if device.is_cuda or not onnx.exists():
        network = _network(facts, saved.arrays())
        return ImageModel(facts, device, saved.fingerprint, build=lambda: network)
    arrays = saved.arrays()
    exported = Exported(read_bytes(onnx))
    if exported.names != (FEATURES, *targets):
        raise ValueError("the network is another")
    return ImageModel(
        facts, device, saved.fingerprint, build=lambda: _network(facts, arrays), exported=exported
    )


def _network(facts: ModelFacts, state: Mapping[str, Any]) -> Any:
    """Return a network with these weights."""
    import torch

    from radmine.train.joined import drawn_network

    network = drawn_network(facts)
    try:
        network.load_state_dict({name: torch.as_tensor(array) for name, array in state.items()})
    except RuntimeError as error:
        raise ValueError("the weights are of another network") from error
    return network.eval()

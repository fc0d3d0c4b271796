"""A trained network as others take it: a MONAI bundle, `write_bundle`, and ONNX with a description, `write_onnx`.

A bundle's folders and files are those of MONAI's bundle specification; its network runs by torch and MONAI alone.
"""

import json
import warnings
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from radmine.errors import InputError
from radmine.files import read_bytes
from radmine.models import SavedModel
from radmine.models import load_model as load_saved
from radmine.train.card import CARD
from radmine.train.model import KIND, ONNX, ImageModel, ModelFacts, load_model
from radmine.train.tasks import LABELS, has_classes

_SCHEMA = (
    "https://github.com/Project-MONAI/MONAI-extra-test-data/releases/download/0.8.1/meta_schema_20240725.json"
)
_LICENSE = """The weights in this folder were learned on images and reports of whoever ran radmine (https://pypi.org/project/radmine/).
radmine grants no right in them: ask those who own the data.
"""
_IMAGENET = "They began from EfficientNet-lite0's ImageNet weights (Apache License 2.0; ImageNet's images are for research).\n"
_NAME = "image network of radmine"


def write_bundle(model_folder: Path, to: Path) -> None:
    """Write the network of a model folder as a MONAI bundle into an empty folder.

    `models/model.ts` (TorchScript) takes float pictures in [0, 1], shape (n, channels, size, size), and returns the probabilities of all
    targets, one behind the other; `models/model.pt` holds the same weights by name. `configs/inference.json` reads a
    folder of PNG files and writes a CSV; it needs no radmine.

    Raises
    ------
    InputError
        It is shown windows or slices.
    CorpusError
        There is no model, or it is damaged.
    """
    import torch
    from monai.data import save_net_with_metadata

    from radmine.train.joined import probabilities_network

    model = load_model(model_folder, device="cpu")
    facts = model.facts
    if facts.channels:
        raise InputError(
            f"This network is shown {', '.join(facts.channels)} of an image, which PNG files of a bundle do not have.",
            where=str(model_folder),
            do="Write it as onnx.",
        )
    built: dict[str, Any] = {
        "name": facts.network,
        "outputs": {name: len(classes) for name, classes in facts.targets.items()},
        "hidden": list(facts.hidden),
        "channels": facts.count_of_channels,
        "layout": facts.layout,
        "plan": facts.plan,
        "size": facts.size,
        "members": facts.members,
        "shared": facts.frozen,
        "mean": facts.mean,
        "std": facts.std,
    }
    network = probabilities_network(**built)
    network.network.load_state_dict(model.network.state_dict())
    network.eval().requires_grad_(False)
    metadata = _metadata(model)
    for folder in ("configs", "models", "docs"):
        (to / folder).mkdir(parents=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # torch would rather export; MONAI loads TorchScript
        scripted = torch.jit.trace(  # type: ignore[no-untyped-call]
            network, torch.zeros(2, facts.count_of_channels, facts.size, facts.size)
        )
        script = str(to / "models" / "model.ts")
        save_net_with_metadata(scripted, script, include_config_vals=False, meta_values=dict(metadata))
    torch.save(network.state_dict(), to / "models" / "model.pt")
    _write_json(to / "configs" / "metadata.json", metadata)
    target = f"{probabilities_network.__module__}.{probabilities_network.__name__}"
    _write_json(to / "configs" / "inference.json", _inference(facts, {"_target_": target, **built}))
    (to / "docs" / "README.md").write_bytes(_card(model_folder))
    written = _LICENSE + (_IMAGENET if facts.pretrained else "")
    for place in (to / "LICENSE", to / "docs" / "license.txt"):
        place.write_text(written, "utf-8")


def write_onnx(model_folder: Path, to: Path) -> None:
    """Write the network of a model folder as ONNX, and beside it a JSON file that says what goes in and what comes out.

    Raises
    ------
    InputError
        It could not be exported to ONNX when it was trained.
    CorpusError
        There is no model, or it is damaged.
    """

    def content(saved: SavedModel) -> bytes | None:
        path = saved.folder / ONNX
        return read_bytes(path) if path.exists() else None

    found = load_saved(model_folder, kind=KIND, make="radmine train NAME", build=content, extra="onnx")
    if found is None:
        raise InputError(
            "This network could not be exported to ONNX.",
            where=str(model_folder),
            do="Write it as monai-bundle, or train another network.",
        )
    model = load_model(model_folder, device="cpu")
    to.write_bytes(found)
    _write_json(to.with_suffix(".json"), _description(model))


def _description(model: ImageModel) -> Mapping[str, Any]:
    facts = model.facts
    outputs: list[dict[str, object]] = [
        {"name": "features", "shape": ["n", model.dimension], "what": "what the outputs are made from"}
    ]
    for name, classes in facts.targets.items():
        after = ("sigmoid" if name == LABELS else "softmax") if has_classes(name) else None
        outputs.append({"name": name, "shape": ["n", len(classes)], "then": after, "classes": list(classes)})
    return {
        "what": _NAME,
        "fingerprint": model.fingerprint,
        "radmine": facts.radmine,
        "input": {
            "name": "images",
            "dtype": "uint8",
            "shape": ["n", facts.count_of_channels, facts.size, facts.size],
            "channels": list(facts.channels),
            "what": "grey squares, 0 black, 255 white; the network normalises them itself",
            "borders_and_footers_cut": facts.crop,
        },
        "outputs": outputs,
    }


def _metadata(model: ImageModel) -> Mapping[str, Any]:
    """Return what MONAI's specification asks for."""
    facts = model.facts
    names = [f"{target}: {name}" for target, classes in facts.targets.items() for name in classes]
    common = {"dtype": "float32", "value_range": [0, 1], "is_patch_data": False}
    targets = ", ".join(facts.targets)
    return {
        "schema": _SCHEMA,
        "version": "1.0.0",
        "changelog": {"1.0.0": f"as radmine {facts.radmine} trained it, fingerprint {model.fingerprint}"},
        "monai_version": version("monai"),
        "pytorch_version": version("torch"),
        "numpy_version": version("numpy"),
        "required_packages_version": {},
        "optional_packages_version": {"radmine": facts.radmine},
        "name": _NAME,
        "task": f"Probabilities of {targets} of a radiological image",
        "description": f"The network {facts.network}, trained by radmine on labels that were read from reports or stood in tables: "
        "see docs/README.md, its model card.",
        "authors": "whoever ran radmine",
        "copyright": "of those who own the data: see LICENSE",
        "intended_use": "research; not for diagnosis",
        "data_type": "png",
        "image_classes": "one channel, grey, in [0, 1]",
        "network_data_format": {
            "inputs": {
                "image": {
                    "type": "image",
                    "format": "magnitude",
                    "modality": "n/a",
                    "num_channels": facts.count_of_channels,
                    "spatial_shape": [facts.size, facts.size],
                    "channel_def": _numbered(facts.channels or ("grey",)),
                    **common,
                }
            },
            "outputs": {
                "pred": {
                    "type": "probabilities",
                    "format": "classes",
                    "num_channels": len(names),
                    "spatial_shape": [],
                    "channel_def": _numbered(names),
                    **common,
                }
            },
        },
    }


def _numbered(names: Sequence[str]) -> dict[str, str]:
    return {str(place): name for place, name in enumerate(names)}


def _inference(facts: ModelFacts, network: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a configuration that MONAI runs: PNG files of a folder to a CSV, a file a row."""
    transforms: Sequence[Mapping[str, Any]] = (
        {
            "_target_": "LoadImaged",
            "keys": "image",
            "reader": {
                "_target_": "PILReader",
                "converter": "$lambda picture: picture.convert('L')",
                "reverse_indexing": False,
            },
        },
        {"_target_": "EnsureChannelFirstd", "keys": "image", "channel_dim": "no_channel"},
        {
            "_target_": "Resized",
            "keys": "image",
            "spatial_size": [facts.size, facts.size],
            "mode": "bilinear",
            "anti_aliasing": True,
        },
        {
            "_target_": "ScaleIntensityRanged",
            "keys": "image",
            "a_min": 0,
            "a_max": 255,
            "b_min": 0,
            "b_max": 1,
            "clip": True,
        },
    )
    named = "{'filename_or_obj': batch['image'].meta['filename_or_obj']}"
    return {
        "imports": ["$import pathlib", "$import torch"],
        "bundle_root": ".",
        "dataset_dir": "$@bundle_root + '/input'",
        "output_dir": "$@bundle_root + '/output'",
        "device": "$torch.device('cuda:0' if torch.cuda.is_available() else 'cpu')",
        # For the weights by name, which need radmine; the network that runs is TorchScript.
        "network_def": network,
        "network": "$torch.jit.load(@bundle_root + '/models/model.ts', map_location=@device)",
        "files": "$sorted(str(path) for path in pathlib.Path(@dataset_dir).glob('*.png'))",
        "preprocessing": {"_target_": "Compose", "transforms": list(transforms)},
        "dataset": {
            "_target_": "Dataset",
            "data": "$[{'image': path} for path in @files]",
            "transform": "@preprocessing",
        },
        "dataloader": {"_target_": "DataLoader", "dataset": "@dataset", "batch_size": 32, "num_workers": 0},
        "saver": {"_target_": "CSVSaver", "output_dir": "@output_dir", "filename": "probabilities.csv"},
        "run": [
            "$@network.eval()",
            f"$[@saver.save_batch(@network(batch['image'].as_tensor().to(@device)).cpu(), {named}) for batch in @dataloader]",
            "$@saver.finalize()",
        ],
    }


def _card(model_folder: Path) -> bytes:
    path = model_folder / CARD
    return read_bytes(path) if path.exists() else b"# An image network of radmine\n"


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")

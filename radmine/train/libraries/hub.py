"""Checkpoints of transformers: a folder with `config.json` and weights, or a name on the hub; no code of theirs is run."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from radmine.errors import SettingsError
from radmine.files import digest, file_digest
from radmine.run import hub_is_there, quiet_hub
from radmine.train.libraries.downloads import fetching

_CONFIG, _PROCESSOR = "config.json", "preprocessor_config.json"
_READ = (_CONFIG, _PROCESSOR, "*.safetensors", "*.bin")
_ON_THE_HUB = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?", re.ASCII)
_SIDE = 224  # pixels, where a checkpoint does not say


def check(name: str) -> None:
    """Check that a name is a folder with a checkpoint in it, or can be one on the hub; which are there is known there."""
    folder = Path(name)
    if folder.is_absolute():
        if not (folder / _CONFIG).is_file():
            raise SettingsError(
                f"There is no checkpoint of transformers in this folder: {_CONFIG} is missing.",
                where=f"network hf:{name}",
                do="Name a folder with config.json and model.safetensors.",
            )
    elif not _ON_THE_HUB.fullmatch(name):
        raise SettingsError(
            "This is no name on the hub.",
            where=f"network hf:{name}",
            do="Write hf:OWNER/NAME, or the whole path of a folder: hf:/PATH.",
        )


def state_of(name: str) -> str:
    """Return a digest of what a folder's checkpoint holds; of a name on the hub the name."""
    folder = Path(name)
    if not folder.is_absolute():
        return name
    return digest(sorted((p.name, file_digest(p)) for glob in _READ for p in folder.glob(glob)))


def plan(name: str) -> Mapping[str, Any]:
    """Return a checkpoint's configuration, how its pictures were normalised, and their side.

    Raises
    ------
    NotAvailable
        It cannot be read, or not be fetched.
    """
    with fetching(f"hf:{name}"), quiet_hub():
        from transformers import AutoConfig
        from transformers.utils import cached_file

        local = _is_local(name)
        config = AutoConfig.from_pretrained(name, trust_remote_code=False, local_files_only=local)
        path = cached_file(
            name,
            _PROCESSOR,
            local_files_only=local,
            _raise_exceptions_for_missing_entries=False,
            _raise_exceptions_for_connection_errors=False,
        )
        told = json.loads(Path(path).read_text(encoding="utf-8")) if path else {}
        kept = json.loads(config.to_json_string(use_diff=False))
    normalised = told.get("do_normalize", True)
    seen = getattr(config, "vision_config", config)
    return {
        "config": kept,
        "mean": list(told.get("image_mean") or (0.5,) * 3) if normalised else [0.0] * 3,
        "std": list(told.get("image_std") or (0.5,) * 3) if normalised else [1.0] * 3,
        "size": _side(told.get("crop_size"))
        or _side(told.get("size"))
        or _side(getattr(seen, "image_size", 0))
        or _SIDE,
    }


def build(name: str, plan: Mapping[str, Any], pretrained: bool) -> Any:
    """Return the module, of a checkpoint of pictures and texts the part for pictures.

    Raises
    ------
    NotAvailable
        Its weights are asked for, and they cannot be read or fetched, or lack some of the network's.
    """
    with fetching(f"hf:{name}"), quiet_hub():
        from transformers import AutoConfig, AutoModel

        from radmine.train.libraries.pooled import Pooled

        config = AutoConfig.for_model(**plan["config"])
        if not pretrained:
            return Pooled(AutoModel.from_config(config, trust_remote_code=False))
        network, said = AutoModel.from_pretrained(
            name,
            config=config,
            trust_remote_code=False,
            local_files_only=_is_local(name),
            output_loading_info=True,
        )
        made = Pooled(network.float())
        lacking = [key for key in said["missing_keys"] if made.uses(key)]
        if lacking:
            raise ValueError("weights are missing")
        return made


def _side(said: Any) -> int:
    """Return a side in pixels of what a checkpoint says: a number, or the sides by name; 0 where nothing is said."""
    if isinstance(said, Mapping):
        said = said.get("height") or said.get("shortest_edge")
    elif isinstance(said, (list, tuple)):
        said = said[0]
    return int(said or 0)


def _is_local(name: str) -> bool:
    return Path(name).is_absolute() or not hub_is_there()

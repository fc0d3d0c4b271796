"""The image network of a corpus for other programs: `export_network`."""

import os
from os import PathLike
from pathlib import Path

from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.files import remove_tree, swap_folder, sync_tree
from radmine.train import MODEL, write_bundle, write_onnx

NETWORK_FORMATS = ("monai-bundle", "onnx")
_OF_BUNDLE = "configs/metadata.json"


def export_network(corpus: Corpus, as_: str, to: str | PathLike[str]) -> tuple[Path, ...]:
    """Return what was written: a bundle's folder, or the ONNX file and the JSON file beside it; what was there is replaced.

    Parameters
    ----------
    as_
        monai-bundle, or onnx.
    to
        The folder of the bundle, which holds nothing else; or a file that ends in .onnx.

    Raises
    ------
    InputError
        The file ends in something else, the folder holds other things, or the network cannot be exported so.
    CorpusError
        There is no network, or it is damaged.
    """
    path, model = Path(to), corpus.folder / MODEL
    new = path.resolve().with_name(f".{path.resolve().name}.partial")
    if as_ == "monai-bundle":
        if path.exists() and not (path / _OF_BUNDLE).is_file() and (not path.is_dir() or any(path.iterdir())):
            raise InputError(
                "A bundle takes a folder of its own; this one holds other things.",
                where=str(path),
                do="Name a new folder, or an empty one.",
            )
        remove_tree(new)
        try:
            write_bundle(model, new)
            sync_tree(new)
            swap_folder(new, path.resolve())
        finally:
            remove_tree(new)
        return (path,)
    if path.suffix != ".onnx":
        raise InputError("The file must end in .onnx.", where=str(path), do="Name it so.")
    try:
        new.mkdir(parents=True, exist_ok=True)
        write_onnx(model, new / path.name)
        sync_tree(new)
        files = (path, path.with_suffix(".json"))
        for file in files:
            os.replace(new / file.name, file)
    finally:
        remove_tree(new)
    return files

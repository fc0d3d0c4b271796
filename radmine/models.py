"""A model folder and its one loader: `save_model`, `load_model`.

FOLDER/model.json          kind, fingerprint, facts (whatever the kind needs) and the digest of each other file
       model.safetensors   arrays, where the kind has any
       ...                 further files: a tokenizer, another model folder

A folder is swapped whole, so that a killed training leaves the old model or the new one; a load that a swap cuts across
starts again. It belongs to the model alone: what else lies in it goes with the old one.
"""

import json
import os
import shutil
import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from radmine.errors import CorpusError, InputError, RadmineError
from radmine.files import (
    digest,
    file_digest,
    naming,
    read_bytes,
    remove_tree,
    standing_folder,
    swap_folder,
    sync_tree,
    write_whole,
)

T = TypeVar("T")
Folder = str | os.PathLike[str]

FORMAT = 1
_HEAD, _ARRAYS = "model.json", "model.safetensors"
_OF_CORPUS = "corpus.json"  # what a corpus' own folder holds
_KEYS = {"kind", "fingerprint", "facts", "files"}
# What folders of older layouts hold: they are replaced like models.
_OLDER = ("voters.json", "label_model.json", "voter.json", "text.json")
_TRIES = 10
_LOOKS = 4  # for a folder that a swap may move between two looks
_KEPT = 8  # models that stay loaded in a process

_loaded: dict[Hashable, tuple[str, Any]] = {}  # folder, kind, extra -> fingerprint, model; last used last
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class SavedModel:
    """What a model folder holds, checked against its digests."""

    # Where its files are: only for the time of loading.
    folder: Path
    facts: dict[str, Any]
    fingerprint: str

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays by name; none where the model has none."""
        from safetensors.numpy import load

        path = self.folder / _ARRAYS
        return dict(load(read_bytes(path))) if path.exists() else {}


def save_model(
    folder: Folder,
    *,
    kind: str,
    facts: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]] | None = None,
    fill: Callable[[Path], None] | None = None,
) -> str:
    """Return the fingerprint of a model that is written into a folder in the place of the one before, in one step.

    Two models of the same content have the same fingerprint. One process at a time writes (see `Corpus.writing`).

    Parameters
    ----------
    kind
        What kind of model it is, in words: "image model".
    facts
        JSON-able values; tuples come back as lists. Long lists of words are better kept with `strings_array`.
    arrays
        Names to arrays.
    fill
        Writes further files into the folder that it is given. When it raises, the old model stays.

    Raises
    ------
    InputError
        The folder holds other things than a model.
    """
    place = Path(folder).resolve()
    _refuse_other_things(place)
    new = place.with_name(f".{place.name}.partial")
    remove_tree(new)
    new.mkdir(parents=True)
    try:
        if arrays is not None:
            from safetensors.numpy import save

            with naming(place):
                (new / _ARRAYS).write_bytes(save({n: np.asarray(a, order="C") for n, a in arrays.items()}))
        if fill is not None:
            fill(new)
        files = {path.relative_to(new).as_posix(): file_digest(path) for path in _files(new)}
        facts = json.loads(json.dumps(facts))  # as they will be read
        fingerprint = digest(FORMAT, kind, facts, files)
        head = {"format": FORMAT, "kind": kind, "fingerprint": fingerprint, "facts": facts, "files": files}
        write_whole(new / _HEAD, json.dumps(head, indent=1).encode())
        sync_tree(new)
    except BaseException:
        remove_tree(new)
        raise
    swap_folder(new, place)
    return fingerprint


def load_model(
    folder: Folder,
    *,
    kind: str,
    make: str,
    build: Callable[[SavedModel], T],
    extra: Hashable = None,
) -> T:
    """Return the model in a folder, built once in a process for as long as the folder holds the same content.

    Parameters
    ----------
    make
        The command that makes such a model: "radmine train NAME".
    build
        Makes the model of what was saved; the same one for each kind.
    extra
        What else the built model depends on: the device it is on.

    Raises
    ------
    CorpusError
        There is none, or it is of another kind or layout, or damaged.
    """
    place = Path(folder).resolve()
    key = place, kind, extra
    for _ in range(_TRIES):
        state = _state(place)
        try:
            here = standing_folder(place)
            head = _read_head(here, kind, make)
            model = _kept(key, head["fingerprint"])
            if model is not None:
                return model  # type: ignore[no-any-return]
            built = _build(here, head, kind, make, build)
        except CorpusError:
            if _state(place) == state:
                raise
        else:
            if _state(place) == state:
                _keep(key, head["fingerprint"], built)
                return built
    raise CorpusError(f"The {kind} here changes faster than it can be read.", where=str(place))


def model_fingerprint(folder: Folder) -> str | None:
    """Return the fingerprint of the model in a folder, None where there is none that can be read."""
    head = _head_of(folder)
    return None if head is None else str(head["fingerprint"])


def model_facts(folder: Folder) -> dict[str, Any] | None:
    """Return the facts of the model in a folder, None where there is none that can be read."""
    head = _head_of(folder)
    return None if head is None else dict(head["facts"])


def damaged_files(folder: Folder) -> list[str]:
    """Return the files of the model in a folder that are not what was saved, by their names in it; none where it is whole."""
    here = standing_folder(Path(folder).resolve())
    try:
        head = _read_head(here, None, "")
    except CorpusError:
        return [_HEAD]
    wrong = [name for name, saved in head["files"].items() if _digest_of(here / name) != saved]
    return [*wrong, *([] if _says_itself(head) else [_HEAD])]


def is_model(folder: Folder) -> bool:
    """Return whether a folder holds a model of any kind and layout, whole or not."""
    return _state(Path(folder).resolve()) is not None


def remove_model(folder: Folder) -> None:
    """Remove the model in a folder, and what a killed swap left of one."""
    place = Path(folder).resolve()
    while is_model(place):
        remove_tree(standing_folder(place))


def copy_model(folder: Folder, to: Path) -> None:
    """Copy a model folder to a place where nothing is; the copy is of one model, whatever is swapped meanwhile."""
    place = Path(folder).resolve()
    for _ in range(_TRIES):
        state = _state(place)
        try:
            shutil.copytree(standing_folder(place), to)
        except (OSError, shutil.Error):
            remove_tree(to)
            if _state(place) == state:
                raise
        else:
            if _state(place) == state:
                return
            remove_tree(to)
    raise CorpusError("The model here changes faster than it can be copied.", where=str(place))


def strings_array(strings: Sequence[str]) -> NDArray[np.uint8]:
    """Return strings as an array of bytes, which keeps `model.json` short; `strings_of` reads it."""
    return np.frombuffer(json.dumps(list(strings)).encode(), np.uint8)


def strings_of(array: NDArray[np.uint8]) -> tuple[str, ...]:
    """Return the strings of an array that `strings_array` made."""
    return tuple(json.loads(array.tobytes()))


# -- what lies in a folder --------------------------------------------------------------------------------


def _refuse_other_things(folder: Path) -> None:
    if not folder.exists() or any((folder / name).exists() for name in (_HEAD, *_OLDER)):
        return
    if not folder.is_dir() or any(folder.iterdir()):
        raise InputError(
            "A model takes a folder of its own; this one holds other things.",
            where=str(folder),
            do="Name a new folder, or an empty one.",
        )


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _state(place: Path) -> tuple[Path, int, int] | None:
    """Return what changes when a swap begins and when it ends, even of equal models; None where there is no model."""
    for _ in range(_LOOKS):
        folder = standing_folder(place)
        try:
            found = (folder / _HEAD).stat()
        except OSError:
            continue
        return folder, found.st_ino, found.st_mtime_ns
    return None


def _head_of(folder: Folder) -> dict[str, Any] | None:
    place = Path(folder).resolve()
    for _ in range(_TRIES):
        state = _state(place)
        try:
            return _read_head(standing_folder(place), None, "")
        except CorpusError:
            if _state(place) == state:
                return None
    return None


def _read_head(folder: Path, kind: str | None, make: str) -> dict[str, Any]:
    named = kind or "model"
    try:
        text = read_bytes(folder / _HEAD).decode("utf-8")
    except OSError:
        if any((folder / name).exists() for name in _OLDER):
            raise _of_another_version(named, folder, make) from None
        if _was_model(folder):
            what = f"The {named} here is damaged: {_HEAD} is missing."
            raise CorpusError(what, where=str(folder), do=_moved_away(make)) from None
        raise CorpusError(f"There is no {named} here.", where=str(folder), do=_made_with(make)) from None
    except ValueError:
        raise _damaged(f"The {named} here is damaged: {_HEAD} cannot be read.", folder, make) from None
    try:
        head: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError):
        raise _damaged(f"The {named} here is damaged: {_HEAD} cannot be read.", folder, make) from None
    if not isinstance(head, dict) or head.get("format") != FORMAT or _KEYS - head.keys():
        raise _of_another_version(named, folder, make)
    kinds = {"kind": str, "fingerprint": str, "facts": dict, "files": dict}
    if any(not isinstance(head[key], of) for key, of in kinds.items()):
        raise _damaged(f"The {named} here is damaged: {_HEAD} was changed.", folder, make)
    if kind is not None and head["kind"] != kind:
        raise CorpusError(
            f"There is no {kind} here: the folder holds a {head['kind']}.",
            where=str(folder),
            do=_made_with(make),
        )
    return head


def _was_model(folder: Path) -> bool:
    """Return whether a folder without a head holds what a model does: arrays, or models (as a corpus' `models` does too)."""
    if (folder / _ARRAYS).is_file():
        return True
    return any(folder.glob(f"*/{_HEAD}")) and not (folder.parent / _OF_CORPUS).is_file()


def _build(
    folder: Path, head: Mapping[str, Any], kind: str, make: str, build: Callable[[SavedModel], T]
) -> T:
    """Return the model that is built of a folder, once its files are found to be those that were saved."""
    for name, saved in head["files"].items():
        found = _digest_of(folder / name)
        if found is None:
            raise _damaged(f"The {kind} here is damaged: {name} is missing.", folder, make)
        if found != saved:
            raise _damaged(f"The {kind} here is damaged: {name} is not what was saved.", folder, make)
    if not _says_itself(head):
        raise _damaged(f"The {kind} here is damaged: {_HEAD} was changed.", folder, make)
    try:
        return build(SavedModel(folder, head["facts"], head["fingerprint"]))
    except (RadmineError, MemoryError, ImportError, PermissionError):
        raise
    except Exception as error:  # of any library that reads it
        raise _damaged(f"The {kind} here cannot be used: {type(error).__name__}.", folder, make) from error


def _digest_of(path: Path) -> str | None:
    try:
        return file_digest(path)
    except OSError:
        return None


def _says_itself(head: Mapping[str, Any]) -> bool:
    """Return whether the fingerprint in a head is that of what stands in it."""
    said: bool = digest(FORMAT, head["kind"], head["facts"], head["files"]) == head["fingerprint"]
    return said


def _of_another_version(kind: str, folder: Path, make: str) -> CorpusError:
    what = f"The {kind} here was made by another version of radmine."
    return CorpusError(what, where=str(folder), do=_made_with(make))


def _damaged(what: str, folder: Path, make: str) -> CorpusError:
    """Return the error whose remedy takes the damaged files away first: a stage that finds a model is up to date."""
    corpus = next((place for place in folder.parents if (place / _OF_CORPUS).is_file()), None)
    do = _moved_away(make) if corpus is None else f"Run `radmine check {corpus.name}`."
    return CorpusError(what, where=str(folder), do=do)


def _moved_away(make: str) -> str:
    return f"Move the folder away, then make it anew with `{make}`." if make else "Move the folder away."


def _made_with(make: str) -> str:
    return f"Make it with `{make}`." if make else ""


# -- what stays loaded ------------------------------------------------------------------------------------


def _kept(key: Hashable, fingerprint: str) -> Any:
    """Return the model that is loaded, None where it is none or another one."""
    with _lock:
        kept = _loaded.pop(key, None)
        if kept is None or kept[0] != fingerprint:
            return None
        _loaded[key] = kept
        return kept[1]


def _keep(key: Hashable, fingerprint: str, model: Any) -> None:
    with _lock:
        _loaded[key] = fingerprint, model
        while len(_loaded) > _KEPT:
            del _loaded[next(iter(_loaded))]

"""An index on disk: generations that are whole, one of which the manifest names; readers and a writer at once.

    indexes/NAME/
        manifest.json            names the generation to read; replaced in one step when a new one is whole
        GENERATION/              ids.arrow links.arrow labels.arrow mentions.arrow, text/ (tantivy), lexicon/ (as in the corpus),
                                 image-vectors.npy image-rows.npy image.faiss image-encoder/, the same for reports

A killed run leaves a generation that no manifest names; the next run removes it. A reader holds a shared lock on the
generation that it reads, so that a new index does not take the files of the old one away from under it.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from radmine.corpus import Corpus
from radmine.errors import CorpusError
from radmine.files import sync_folder, write_whole

# 2: the encoders are model folders of radmine.models.
FORMAT = 2


def index_folder(corpus: Corpus) -> Path:
    """Return where the index of a corpus stands: `indexes/NAME` beside `corpora/`."""
    return corpus.folder.absolute().parent.parent / "indexes" / corpus.name


@dataclass(frozen=True, slots=True)
class IndexManifest:
    """What an index holds and what it was made from."""

    corpus: str
    generation: str  # folder
    made_from: dict[str, str]  # tables, settings, version -> fingerprint
    reports: int
    images: int
    vectors: dict[str, int]  # image, report -> how many
    vector_index: dict[str, str | None]  # image, report -> kind of the FAISS index; None: made without FAISS
    encoders: dict[str, str]  # image, report -> fingerprint of the model that made the vectors
    format: int = FORMAT
    files: dict[str, int] = field(default_factory=dict)  # path in the generation -> bytes


def read_manifest(folder: Path) -> IndexManifest:
    """Return the manifest of an index.

    Raises
    ------
    CorpusError
        There is no index, it is damaged, or another version of radmine made it.
    """
    path = folder / "manifest.json"
    try:
        data = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise CorpusError(
            "There is no index here.", where=str(folder), do="Make it with `radmine index NAME`."
        ) from None
    except (OSError, ValueError) as error:
        raise CorpusError(
            "The index's manifest cannot be read.", where=str(path), do=remedy(folder)
        ) from error
    made_with = data.get("format") if isinstance(data, dict) else None
    if made_with != FORMAT:
        raise CorpusError(
            f"The index has layout {made_with}, this radmine reads layout {FORMAT}.",
            where=str(path),
            do=remedy(folder),
        )
    try:
        return IndexManifest(**data)
    except TypeError as error:
        raise CorpusError(
            "The index's manifest is not complete.", where=str(path), do=remedy(folder)
        ) from error


def remedy(folder: Path) -> str:
    """Return what to do about an index that cannot be read; its stage takes it for up to date as long as it is there."""
    return f"Remove the folder {folder}, then run `radmine index {folder.name}`."


def write_index(
    folder: Path, generation: str, fill: Callable[[Path], Mapping[str, object]], *, corpus: str
) -> IndexManifest:
    """Return the manifest of a new index, put in the place of the one before in one step.

    Parameters
    ----------
    folder
        The index's folder.
    generation
        Name of the new generation's folder.
    fill
        Writes the files into the folder that it is given, and returns the manifest's other fields. When it raises,
        the index stays as it was.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _remove_unused(folder)
    partial = folder / f".partial-{os.getpid()}"
    partial.mkdir()
    try:
        facts = fill(partial)
        (partial / "lock").touch()
        whole = (p for p in sorted(partial.rglob("*")) if p.is_file() and not p.name.startswith(".tantivy"))
        files = {p.relative_to(partial).as_posix(): p for p in whole}  # without locks, which come and go
        for path in files.values():
            _sync(path)
        for path in (*(p for p in partial.rglob("*") if p.is_dir()), partial):
            sync_folder(path)
        generation = _free_name(folder, generation)
        sizes = {name: path.stat().st_size for name, path in files.items()}
        os.replace(partial, folder / generation)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    sync_folder(folder)
    manifest = IndexManifest(corpus=corpus, generation=generation, files=sizes, **facts)  # type: ignore[arg-type]
    write_whole(folder / "manifest.json", json.dumps(asdict(manifest), indent=1).encode())
    _remove_unused(folder)
    return manifest


def _free_name(folder: Path, name: str) -> str:
    """Return a folder name that is not taken: making the same index twice makes two generations."""
    taken = {p.name for p in folder.iterdir()}
    return next(n for n in (name, *(f"{name}-{i}" for i in range(2, len(taken) + 3))) if n not in taken)


def _sync(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def _remove_unused(folder: Path) -> None:
    """Remove the generations that neither the manifest names nor a reader holds, and what killed runs left."""
    try:
        current = read_manifest(folder).generation
    except CorpusError:  # the first index here, or a damaged one: nothing of it can be read
        current = ""
    for path in folder.iterdir():
        if path.is_dir() and path.name != current:
            _remove_if_free(path)
        elif path.name.endswith(".partial"):
            path.unlink()


def _remove_if_free(generation: Path) -> None:
    """Remove a generation that no reader holds; one who comes meanwhile waits, and then finds the new one."""
    if not (generation / "lock").exists():
        shutil.rmtree(generation, ignore_errors=True)
        return
    with (generation / "lock").open() as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        shutil.rmtree(generation, ignore_errors=True)


@dataclass(slots=True)
class OpenFolder:
    """A generation of an index, held until it is closed."""

    manifest: IndexManifest
    path: Path  # of the generation
    _lock: int | None

    def close(self) -> None:
        """Let go of the generation; a second time is fine."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def closed(self) -> bool:
        """Whether it has been let go."""
        return self._lock is None


def open_folder(folder: Path) -> OpenFolder:
    """Return the generation that the manifest names, held and with all its files there.

    Raises
    ------
    CorpusError
        There is no index, it is damaged, or another version of radmine made it.
    """
    for attempt in range(5):
        manifest = read_manifest(folder)
        path = folder / manifest.generation
        try:
            lock = os.open(path / "lock", os.O_RDONLY)
        except FileNotFoundError:
            if attempt < 4:
                continue  # replaced between the two reads
            break
        fcntl.flock(lock, fcntl.LOCK_SH)
        opened = OpenFolder(manifest, path, lock)
        wrong = [name for name, size in manifest.files.items() if _size(path / name) != size]
        if not wrong:
            return opened
        opened.close()
        if read_manifest(folder).generation == manifest.generation:
            raise CorpusError(
                f"The index is damaged: {len(wrong)} of its files are missing or cut short.",
                where=str(path / wrong[0]),
                do=remedy(folder),
            )
    raise CorpusError("The index's files are missing.", where=str(folder), do=remedy(folder))


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None

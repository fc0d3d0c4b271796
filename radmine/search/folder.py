"""An index on disk: generations that are whole, one of which the manifest names; readers and a writer at once.

    indexes/NAME/
        manifest.json            names the generation to read; replaced in one step when a new one is whole
        GENERATION/              ids.arrow links.arrow labels.arrow mentions.arrow, text/ (tantivy), lexicon/ (as in the corpus),
                                 image-vectors.npy image-rows.npy image.faiss image-encoder/, the same for reports

A killed run leaves a generation that no manifest names; the next run removes it, and nothing that is not ours. A reader
holds a shared lock on the generation that it reads, so that a new index does not take the files of the old one away from
under it; it writes nothing, so that an index may stand where nobody can.
"""

import contextlib
import fcntl
import os
import re
import shutil
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from radmine.corpus import Corpus
from radmine.errors import CorpusError
from radmine.files import sync_folder, sync_tree
from radmine.search.manifest import (
    IndexFile,
    IndexManifest,
    damaged,
    read_manifest,
    unreadable,
    write_manifest,
)

_GENERATION = re.compile(r"generation-[0-9a-f]{16}(-\d+)?")
_LEFTOVER = re.compile(r"\.partial-\d+|\.manifest\.json\.\d+\.partial")


def index_folder(corpus: Corpus) -> Path:
    """Return where the index of a corpus stands: `indexes/NAME` beside `corpora/`."""
    return corpus.folder.absolute().parent.parent / "indexes" / corpus.name


def write_index(
    folder: Path, generation: str, fill: Callable[[Path], Mapping[str, object]], *, corpus: str
) -> IndexManifest:
    """Return the manifest of a new index, put in the place of the one before in one step.

    Parameters
    ----------
    folder
        The index's folder.
    generation
        Name of the new generation's folder: "generation-" and a fingerprint.
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
        _open_to_all_whom_the_umask_allows(partial)
        sync_tree(partial)
        paths = sorted(path for path in partial.rglob("*") if path.is_file())
        files = {path.relative_to(partial).as_posix(): IndexFile.of(path) for path in paths}
        generation = _free_name(folder, generation)
        os.replace(partial, folder / generation)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    sync_folder(folder)
    manifest = IndexManifest(corpus=corpus, generation=generation, files=files, **facts)  # type: ignore[arg-type]
    write_manifest(folder, manifest)
    _remove_unused(folder)
    return manifest


def _open_to_all_whom_the_umask_allows(generation: Path) -> None:
    """Give all files and folders the rights that `lock` and the generation were made with: libraries give less, copies others."""
    of_files, of_folders = (stat.S_IMODE(p.stat().st_mode) for p in (generation / "lock", generation))
    for path in generation.rglob("*"):
        path.chmod(of_folders if path.is_dir() else of_files)


def _free_name(folder: Path, name: str) -> str:
    """Return a folder name that is not taken: making the same index twice makes two generations."""
    taken = {p.name for p in folder.iterdir()}
    return next(n for n in (name, *(f"{name}-{i}" for i in range(2, len(taken) + 3))) if n not in taken)


def _remove_unused(folder: Path) -> None:
    """Remove the generations that neither the manifest names nor a reader holds, and what killed runs left."""
    try:
        current = read_manifest(folder).generation
    except CorpusError:  # the first index here, or a damaged one: nothing of it can be read
        current = ""
    for path in folder.iterdir():
        if _GENERATION.fullmatch(path.name) and path.name != current:
            _remove_if_free(path)
        elif _LEFTOVER.fullmatch(path.name):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()


def _remove_if_free(generation: Path) -> None:
    """Remove a generation that no reader holds; one who comes meanwhile waits, and then finds the new one."""
    with contextlib.ExitStack() as held:
        # Without its lock nobody can hold it.
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            lock = held.enter_context((generation / "lock").open())
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
        shutil.rmtree(generation, ignore_errors=True)


@dataclass(slots=True)
class OpenFolder:
    """A generation of an index, held until it is closed; its files are found to be those that were written when first asked for."""

    manifest: IndexManifest
    path: Path  # of the generation
    _lock: int | None
    _same: set[str] = field(default_factory=set)  # files that were looked at

    def file(self, name: str) -> Path:
        """Return where a file of the generation is.

        Raises
        ------
        CorpusError
            It is not there, not the one that was written, or may not be read.
        """
        path = self.path / name
        if name not in self._same:
            index = self.path.parent
            if not _is_same(path, self.manifest.files.get(name), index=index, trust=True):
                raise damaged("The index is damaged: a file is not what was written.", path, index=index)
            self._same.add(name)
        return path

    def files_in(self, name: str) -> list[Path]:
        """Return the files in a folder of the generation as `file` does; none where the index has no such folder."""
        return [self.file(file) for file in self.manifest.files if file.startswith(f"{name}/")]

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
    for _ in range(5):
        opened = _held(folder)
        if opened is None:
            continue  # replaced between the two reads
        wrong = [n for n, written in opened.manifest.files.items() if not written.is_there(opened.path / n)]
        if not wrong:
            return opened
        opened.close()
        if read_manifest(folder).generation == opened.manifest.generation:
            what = f"The index is damaged: {len(wrong)} of its files are missing or cut short."
            raise damaged(what, opened.path / wrong[0], index=folder)
    raise damaged("The index's files are missing.", folder, index=folder)


def damaged_files(folder: Path) -> list[str]:
    """Return the files of an index that are not what was written, each as its path in the index's folder; all are hashed.

    Raises
    ------
    CorpusError
        There is no index, its manifest is damaged, or another version of radmine made it.
    """
    manifest = read_manifest(folder)
    return [
        f"{manifest.generation}/{name}"
        for name, written in manifest.files.items()
        if not _is_same(folder / manifest.generation / name, written, index=folder, trust=False)
    ]


def _held(folder: Path) -> OpenFolder | None:
    """Return the generation that the manifest names, held; None where it is not there."""
    manifest = read_manifest(folder)
    path = folder / manifest.generation
    try:
        lock = os.open(path / "lock", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unreadable(path, error, index=folder) from error
    with contextlib.suppress(OSError):  # storage that knows no locks knows no new index either
        fcntl.flock(lock, fcntl.LOCK_SH)
    return OpenFolder(manifest, path, lock)


def _is_same(path: Path, written: IndexFile | None, *, index: Path, trust: bool) -> bool:
    """Return whether a file is there and the one that was written, see `IndexFile.is_same`."""
    try:
        return written is not None and written.is_same(path, trust=trust)
    except OSError as error:
        raise unreadable(path, error, index=index) from error

"""An index that others read: on storage that cannot be written to, as another user, with the rights that the umask gives."""

import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from radmine.errors import CorpusError, InputError
from radmine.files import file_digest
from radmine.records import Link
from radmine.search import index_folder, open_index
from tests.search.corpora import embeddings, index, make_corpus, unit

TEXTS = {"r1": "Large pneumothorax.", "r2": "No pneumothorax.", "r3": "Small effusion."}
IMAGES: dict[str, dict[str, Any]] = {f"i{n}": {} for n in (1, 2, 3)}
NOBODY = 65534
SEARCH = """
import json, os, sys
from radmine.search import open_index

def hits(path):
    with open_index(path) as index:
        found = [index.search(text="pneumothorax"), index.search(image="i1"), index.search(text="effusion", image="i2")]
    return [[(hit.report_id, hit.image_id, hit.score) for hit in part] for part in found]

seen = hits(sys.argv[1])  # now all that is imported is there: who comes next may not read our code
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid({nobody})
    os.setuid({nobody})
try:
    open(os.path.join(sys.argv[2], "new"), "w")
except PermissionError:
    print(json.dumps([seen, hits(sys.argv[2])]))
""".replace("{nobody}", str(NOBODY))


def made(home: Path) -> Path:
    vectors = embeddings("image", list(IMAGES), unit(np.eye(3) + 0.1))
    links = [Link(f"r{n}", f"i{n}", "report", 0.5) for n in (1, 2, 3)]
    corpus = make_corpus(home, texts=TEXTS, images=IMAGES, links=links, vectors=vectors)
    index(corpus)
    return index_folder(corpus)


@pytest.fixture
def published() -> Iterator[Path]:
    """An index in a folder that everybody may read, and nobody may write to."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    folder = shutil.move(made(place / "home"), place / "published")
    for path in (*folder.rglob("*"), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield folder
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)
    shutil.rmtree(place)


def test_who_may_only_read_searches_by_text_by_image_and_by_both(published: Path, tmp_path: Path) -> None:
    mine = made(tmp_path)
    result = subprocess.run(
        [sys.executable, "-c", SEARCH, str(mine), str(published)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    seen, by_another = json.loads(result.stdout)
    assert seen == by_another
    assert all(seen)


def state(folder: Path) -> dict[str, tuple[int, int, int]]:
    """Return what changes in a folder when somebody writes there."""
    found = {str(p): p.lstat() for p in (folder, *sorted(folder.rglob("*")))}
    return {name: (s.st_size, s.st_mtime_ns, s.st_ctime_ns) for name, s in found.items()}


def test_opening_and_searching_write_nothing_in_the_index_and_leave_nothing_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made(tmp_path)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    before = state(folder)
    with open_index(folder) as opened:
        assert opened.search(text="pneumothorax")
        assert not list((tmp_path / "temporary").iterdir())
        assert opened.search(text="effusion", image="i1")
    assert state(folder) == before


def test_an_index_is_found_by_a_relative_path_and_by_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made(tmp_path)
    monkeypatch.chdir(folder.parent)
    (folder.parent / "link").symlink_to(folder)
    for path in ("case", "./case/", "../indexes/case", "link", folder):
        with open_index(path) as opened:
            assert [hit.report_id for hit in opened.search(text="pneumothorax")] == ["r1", "r2"]


def test_where_no_temporary_folder_can_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = made(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with open_index(folder) as opened, pytest.raises(InputError, match="TMPDIR"):
        opened.search(text="pneumothorax")


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_the_files_of_an_index_have_the_rights_that_the_umask_gives(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        folder = made(tmp_path)
    finally:
        os.umask(before)
    for path in (folder, *folder.rglob("*")):
        wanted = (0o777 if path.is_dir() else 0o666) & ~umask
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path
    assert not list(folder.rglob("*.lock"))


@pytest.mark.parametrize("name", ["manifest.json", "lock", "ids.arrow", "text/meta.json"])
def test_a_file_that_may_not_be_read_is_a_matter_of_rights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    folder = made(tmp_path)
    (path,) = folder.rglob(name)

    def refused(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(given: Any, *arguments: Any, **options: Any) -> Any:
            if Path(given) == path:
                raise PermissionError(13, "Permission denied", str(given))
            return function(given, *arguments, **options)

        return call

    monkeypatch.setattr("os.open", refused(os.open))
    monkeypatch.setattr("radmine.search.manifest.file_digest", refused(file_digest))
    with pytest.raises(CorpusError, match="may not be read"), open_index(folder) as opened:
        opened.search(text="pneumothorax")

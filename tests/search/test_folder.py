import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from radmine.errors import CorpusError
from radmine.files import digest, sealed, unsealed
from radmine.search.folder import open_folder, write_index
from radmine.search.manifest import read_manifest

FACTS = {"made_from": {}, "reports": 1, "images": 0, "vectors": {}, "vector_index": {}, "encoders": {}}


def filled_with(text: str) -> Callable[[Path], dict[str, object]]:
    def fill(folder: Path) -> dict[str, object]:
        (folder / "deep").mkdir()
        (folder / "deep" / "file").write_text(text)
        return FACTS

    return fill


def generation(text: str) -> str:
    return f"generation-{digest(text)}"


def write(folder: Path, text: str) -> None:
    write_index(folder, generation(text), filled_with(text), corpus="c")


def text_of(folder: Path) -> str:
    opened = open_folder(folder)
    try:
        return (opened.path / "deep" / "file").read_text()
    finally:
        opened.close()


def test_the_newest_generation_is_read_and_the_old_one_goes(tmp_path: Path) -> None:
    for text in ("one", "two", "two"):
        write(tmp_path, text)
        assert text_of(tmp_path) == text
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"{generation('two')}-2", "manifest.json"]


def test_a_run_that_breaks_leaves_the_old_index(tmp_path: Path) -> None:
    write(tmp_path, "old")

    def fill(folder: Path) -> dict[str, object]:
        filled_with("new")(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_index(tmp_path, generation("new"), fill, corpus="c")
    assert text_of(tmp_path) == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == [generation("old"), "manifest.json"]


@pytest.mark.parametrize("step", ["os.replace", "write_manifest"])
def test_a_run_killed_before_the_manifest_leaves_the_old_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    write(tmp_path, "old")

    def die(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(f"radmine.search.folder.{step}", die)
        patch.setattr("radmine.search.folder.shutil.rmtree", lambda *_a, **_k: None)  # a kill cleans nothing
        with pytest.raises(SystemExit):
            write(tmp_path, "new")
    assert text_of(tmp_path) == "old"
    assert len(list(tmp_path.iterdir())) == 3  # what was half done is still there
    (tmp_path / ".manifest.json.17.partial").touch()
    write(tmp_path, "new")
    assert text_of(tmp_path) == "new"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_reader_keeps_its_generation_until_it_closes(tmp_path: Path) -> None:
    write(tmp_path, "old")
    reader = open_folder(tmp_path)
    write(tmp_path, "new")
    assert (reader.path / "deep" / "file").read_text() == "old"
    assert text_of(tmp_path) == "new"
    reader.close()
    reader.close()
    write(tmp_path, "newer")
    assert not reader.path.exists()


def test_readers_beside_a_writer_always_find_a_whole_index(tmp_path: Path) -> None:
    write(tmp_path, "0")
    done = threading.Event()
    seen: list[str] = []
    errors: list[Exception] = []

    def read() -> None:
        while not done.is_set():
            try:
                seen.append(text_of(tmp_path))
            except Exception as error:
                errors.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(1, 15):
        write(tmp_path, str(number))
    done.set()
    for reader in readers:
        reader.join()
    assert not errors
    assert text_of(tmp_path) == "14"
    assert set(seen) <= {str(number) for number in range(15)}


def test_no_index(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="--through index"):
        open_folder(tmp_path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not what was written"),
        (b"{", "not what was written"),
        (b"[" * 200_000, "not what was written"),
        (b"[]", "not what was written"),
        (b"7", "not what was written"),
        (b'{"format": 1}', "layout 1"),
        (b'{"format": 2}', "layout 2"),
        (b'{"format": 3}', "layout 3"),
        (b'{"format": 4}', "layout 4"),
        (b'{"format": 99}', "layout 99"),
        (b'{"format": "3"}', "not what was written"),
        (b'{"format": 5}', "not what was written"),
        (b'{"format": 5, "extra": 1}', "not what was written"),
        (b"\xff\xfe", "not what was written"),
    ],
)
def test_a_damaged_or_foreign_manifest(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "manifest.json").write_bytes(content)
    with pytest.raises(CorpusError, match=says):
        read_manifest(tmp_path)


def test_a_file_cut_short_is_found_when_opening(tmp_path: Path) -> None:
    write(tmp_path, "text")
    (tmp_path / generation("text") / "deep" / "file").write_text("te")
    with pytest.raises(CorpusError, match="damaged"):
        open_folder(tmp_path)


def test_a_missing_generation(tmp_path: Path) -> None:
    write(tmp_path, "text")
    shutil.rmtree(tmp_path / generation("text"))
    with pytest.raises(CorpusError, match="missing"):
        open_folder(tmp_path)


def signed(path: Path, **changes: object) -> bytes:
    """Return the content of a manifest with other values and the digest of these."""
    return sealed(unsealed(path.read_bytes()) | changes)


def test_a_manifest_without_its_checksum_is_damaged(tmp_path: Path) -> None:
    write(tmp_path, "text")
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(unsealed(path.read_bytes())))
    with pytest.raises(CorpusError, match="not what was written"):
        open_folder(tmp_path)


def test_a_changed_manifest_is_found_by_its_digest(tmp_path: Path) -> None:
    write(tmp_path, "text")
    path = tmp_path / "manifest.json"
    path.write_bytes(signed(path, reports=2))
    assert read_manifest(tmp_path).reports == 2
    path.write_bytes(path.read_bytes().replace(b'"reports": 2', b'"reports": 3'))
    with pytest.raises(CorpusError, match="not what was written"):
        read_manifest(tmp_path)


@pytest.mark.parametrize(
    "changes",
    [
        {"generation": 7},
        {"generation": "../elsewhere"},
        {"generation": "/etc"},
        {"generation": "."},
        {"reports": "1"},
        {"reports": True},
        {"reports": None},
        {"vectors": []},
        {"vectors": {"image": "many"}},
        {"vector_index": {"image": 3}},
        {"files": ["lock"]},
        {"files": {"lock": 0}},
        {"files": {"lock": {}}},
        {"files": {"lock": {"size": "0", "changed": 0, "digest": ""}}},
        {"files": {"../lock": {"size": 0, "changed": 0, "digest": ""}}},
        {"more": 1},
    ],
)
def test_a_manifest_of_wrong_types_is_damaged_even_with_the_right_digest(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    write(tmp_path, "text")
    path = tmp_path / "manifest.json"
    path.write_bytes(signed(path, **changes))
    with pytest.raises(CorpusError, match="not what was written"):
        open_folder(tmp_path)

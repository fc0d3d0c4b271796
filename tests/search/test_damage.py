"""What an index says and finds when files of it are changed, cut, lost, swapped or added to."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from radmine.errors import CorpusError
from radmine.search import index_folder, open_index
from radmine.search.folder import damaged_files
from tests.search.corpora import index, make_corpus
from tests.search.damage import TEXTS, answers, assert_errors_or_right, copied, files_of, flip, small_index


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_index(tmp_path_factory.mktemp("home"))


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return copied(made, tmp_path)


def test_a_changed_byte_in_any_file_is_an_error_or_changes_nothing(folder: Path) -> None:
    right = answers(folder)
    assert all(isinstance(answer, list) and answer for answer in right)
    for path in files_of(folder):
        for offset in {0, path.stat().st_size // 2, path.stat().st_size - 1}:
            flip(path, offset)
            found = answers(folder)
            assert_errors_or_right(found, right)
            if path.name != "manifest.json":
                assert found != right, path  # every file is needed by one of the searches
                assert damaged_files(folder) == [path.relative_to(folder).as_posix()]
            flip(path, offset)
    assert damaged_files(folder) == []
    assert answers(folder) == right


def cut(path: Path) -> None:
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[: len(content) // 2])


def zeros(path: Path) -> None:
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(b"\0" * len(content))


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def become_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


@pytest.mark.parametrize("damage", [cut, zeros, pipe, become_a_folder, loop, Path.unlink])
def test_a_file_that_is_no_longer_there_or_whole(folder: Path, damage: Callable[[Path], None]) -> None:
    (generation,) = folder.glob("generation-*")
    right = answers(folder)
    for path in [*files_of(generation), generation / "lock"]:
        if path.name == "lock" and damage in (cut, zeros):
            continue  # it is empty
        kept = shutil.copy2(path, folder.parent / "kept")
        damage(path)
        assert path.relative_to(folder).as_posix() in damaged_files(folder)
        found = answers(folder)
        assert_errors_or_right(found, right)
        assert found != right, path
        path.rmdir() if damage is become_a_folder else path.unlink(missing_ok=True)
        shutil.copy2(kept, path)
    assert answers(folder) == right


@pytest.mark.parametrize("damage", [cut, zeros, pipe, become_a_folder, loop])
def test_a_manifest_that_is_no_longer_whole(folder: Path, damage: Callable[[Path], None]) -> None:
    damage(folder / "manifest.json")
    for ask in (open_index, damaged_files):
        with pytest.raises(CorpusError) as caught:
            ask(folder)
        assert caught.value.do == "Run `radmine check case`."


def test_files_that_changed_places(folder: Path, made: Path) -> None:
    (generation,) = folder.glob("generation-*")
    right = answers(folder)
    paths = files_of(generation)
    for one, other in zip(paths, [*paths[1:], paths[0]], strict=True):
        one.rename(folder / "aside")
        other.rename(one)
        (folder / "aside").rename(other)
        assert_errors_or_right(answers(folder), right)
        assert len(damaged_files(folder)) == 2
        one.rename(folder / "aside")
        other.rename(one)
        (folder / "aside").rename(other)
    assert answers(folder) == right


def test_files_that_are_none_of_ours_change_nothing(folder: Path) -> None:
    right = answers(folder)
    (generation,) = folder.glob("generation-*")
    text = generation / "text"
    for place in (folder, generation, text):
        (place / "notes.txt").write_text("mine")
        (place / ".tantivy-meta.lock").touch()
    (generation / "lexicon").mkdir()
    (generation / "lexicon" / "lexicon.json").write_text("{")
    (generation / "report-encoder").mkdir()
    shutil.copy(next(text.glob("*.store")), text / f"{'0' * 32}.store")
    assert answers(folder) == right
    assert damaged_files(folder) == []


def test_another_generation_under_the_name_of_this_one(folder: Path, tmp_path: Path) -> None:
    other = make_corpus(tmp_path / "other", texts={**TEXTS, "r1": "Another text."})
    index(other)
    (generation,) = folder.glob("generation-*")
    (stranger,) = index_folder(other).glob("generation-*")
    shutil.rmtree(generation)
    shutil.copytree(stranger, generation)
    with pytest.raises(CorpusError, match="damaged"):
        open_index(folder)


def test_large_files_are_hashed_when_their_time_of_change_is_not_that_of_writing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("radmine.search.manifest.TRUSTED_ABOVE", 0)  # each file is large
    (path,) = folder.glob("generation-*/image-vectors.npy")
    right = answers(folder)
    flip(path, path.stat().st_size - 1)
    assert damaged_files(folder) == [path.relative_to(folder).as_posix()]
    with open_index(folder) as opened:
        opened.image_vectors()  # trusted
    os.utime(path)
    with open_index(folder) as opened, pytest.raises(CorpusError, match="not what was written"):
        opened.image_vectors()
    flip(path, path.stat().st_size - 1)
    assert answers(folder) == right


def test_an_index_away_from_its_corpus_is_to_be_copied_again(made: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(made, tmp_path / "published"))
    (path,) = copy.glob("generation-*/ids.arrow")
    flip(path, 8)
    with open_index(copy) as opened, pytest.raises(CorpusError) as caught:
        opened.search(text="case")
    assert "copy the index" in caught.value.do
    assert "radmine check" not in caught.value.do


def test_the_user_s_own_files_stay_and_killed_runs_leave_nothing(folder: Path) -> None:
    home = folder.parent.parent
    shutil.rmtree(home / "corpora")
    mine = [
        "notes.txt",
        "mine/notes.txt",
        "generation-of-mine/notes.txt",
        ".hidden/x",
        "manifest.json.partial",
    ]
    ours = [".partial-17/ids.arrow", f"generation-{'0' * 16}/lock", f"generation-{'1' * 16}-2/ids.arrow"]
    for name in (*mine, *ours, ".manifest.json.17.partial"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(name)
    index(make_corpus(home, texts={"r1": "Another text."}))
    for name in mine:
        assert (folder / name).read_text() == name
    there = {path.name for path in folder.iterdir()}
    (generation,) = [name for name in there if name.startswith("generation-") and "mine" not in name]
    assert there == {name.split("/")[0] for name in mine} | {generation, "manifest.json"}

"""A model folder: what is saved comes back, a kill leaves the old or the new, and what is damaged is refused."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from radmine.errors import CorpusError, InputError
from radmine.files import standing_folder, swap_folder
from radmine.models import (
    SavedModel,
    copy_model,
    is_model,
    load_model,
    model_facts,
    model_fingerprint,
    remove_model,
    save_model,
    strings_array,
    strings_of,
)

KIND, MAKE = "toy model", "radmine toys NAME"
FACTS = {
    "words": ["Röntgen", "line\nbreak", "", "\ud800", "'quoted\""],
    "number": 0.1 + 0.2,
    "count": 2**60,
    "nothing": None,
    "yes": True,
    "nested": {"deep": [{"er": []}, {}, [1, [2.5]]]},
}
ARRAYS = {
    "float32": np.linspace(-1, 1, 7, dtype=np.float32).reshape(7, 1),
    "float64": np.array([np.pi, np.inf, -0.0, np.nan]),
    "whole": np.array([[1, -2], [3, 2**60]]),
    "bytes": np.arange(5, dtype=np.uint8),
    "flags": np.array([True, False]),
    "one": np.array(3, np.int64),
    "none": np.empty((0, 3), np.float32),
    "transposed": np.arange(6, dtype=np.float32).reshape(2, 3).T,
}


def save(folder: Path, word: str, **options: Any) -> str:
    """Save a toy that says one word in its facts, its array and a further file."""

    def fill(made: Path) -> None:
        (made / "more").mkdir()
        (made / "more" / "word.txt").write_text(word)
        save_model(made / "inner", kind="inner toy", facts={"word": word})

    return save_model(
        folder, kind=KIND, facts={"word": word}, arrays={"word": strings_array([word])}, fill=fill, **options
    )


def words_of(saved: SavedModel) -> set[str]:
    (word,) = strings_of(saved.arrays()["word"])
    inner = load_model(saved.folder / "inner", kind="inner toy", make=MAKE, build=lambda s: s.facts["word"])
    return {saved.facts["word"], word, (saved.folder / "more" / "word.txt").read_text(), inner}


def load(folder: Path, build: Callable[[SavedModel], Any] = words_of, **options: Any) -> Any:
    return load_model(folder, kind=KIND, make=MAKE, build=build, **options)


# -- what is saved comes back -----------------------------------------------------------------------------


def test_facts_and_arrays_come_back_bit_by_bit(tmp_path: Path) -> None:
    fingerprint = save_model(tmp_path / "m", kind=KIND, facts=FACTS, arrays=ARRAYS)
    saved = load(tmp_path / "m", lambda saved: saved)
    assert saved.facts == model_facts(tmp_path / "m") == FACTS
    assert saved.fingerprint == model_fingerprint(tmp_path / "m") == fingerprint
    found = saved.arrays()
    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        assert found[name].shape == array.shape
        assert found[name].tobytes() == array.tobytes()


def test_a_model_without_arrays_has_none(tmp_path: Path) -> None:
    save_model(tmp_path / "m", kind=KIND, facts={})
    assert load(tmp_path / "m", lambda saved: saved.arrays()) == {}
    assert [p.name for p in (tmp_path / "m").iterdir()] == ["model.json"]


def test_strings_come_back_from_an_array() -> None:
    strings = ("a b", "", "ﬁ", "\n", '"', "\ud800")
    assert strings_of(strings_array(strings)) == strings
    assert strings_of(strings_array([])) == ()


def test_the_fingerprint_is_of_the_content(tmp_path: Path) -> None:
    assert save(tmp_path / "a", "one") == save(tmp_path / "b", "one")
    others = [
        save(tmp_path / "c", "two"),
        save_model(tmp_path / "d", kind=KIND, facts={"word": "one"}),
        save_model(tmp_path / "e", kind="other", facts={"word": "one"}),
        save_model(tmp_path / "f", kind=KIND, facts={"word": "one"}, arrays={}),
    ]
    assert len({save(tmp_path / "a", "one"), *others}) == 5
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file())
    assert all((tmp_path / "a" / f).read_bytes() == (tmp_path / "b" / f).read_bytes() for f in files)


def test_a_copy_is_the_same_model(tmp_path: Path) -> None:
    fingerprint = save(tmp_path / "m", "one")
    copy_model(tmp_path / "m", tmp_path / "copy")
    assert model_fingerprint(tmp_path / "copy") == fingerprint
    assert load(tmp_path / "copy") == {"one"}


# -- what is kept loaded ----------------------------------------------------------------------------------


def test_a_model_is_built_once_and_anew_when_another_is_in_its_place(tmp_path: Path) -> None:
    save(tmp_path / "m", "one")
    first = load(tmp_path / "m")
    assert load(tmp_path / "m") is first
    assert load(tmp_path / "m", extra="gpu") is not first
    save(tmp_path / "m", "one")
    assert load(tmp_path / "m") is first, "the same content is the same model"
    save(tmp_path / "m", "two")
    assert load(tmp_path / "m") == {"two"}
    save(tmp_path / "m", "one")
    assert load(tmp_path / "m") == {"one"}


def test_only_a_few_models_stay_loaded(tmp_path: Path) -> None:
    for number in range(12):
        save_model(tmp_path / str(number), kind=KIND, facts={})
        load(tmp_path / str(number), lambda saved: object())
    kept = load(tmp_path / "11", lambda saved: "anew")
    assert kept != "anew"
    assert load(tmp_path / "0", lambda saved: "anew") == "anew"


def test_what_another_process_saved_is_loaded(tmp_path: Path) -> None:
    save(tmp_path / "m", "one")
    assert load(tmp_path / "m") == {"one"}
    code = f"from pathlib import Path; from tests.test_models import save; save(Path({str(tmp_path / 'm')!r}), 'two')"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[1])
    assert load(tmp_path / "m") == {"two"}


def test_a_swap_in_the_middle_of_a_load_gives_the_new_model_whole(tmp_path: Path) -> None:
    save(tmp_path / "m", "one")
    calls = []

    def build(saved: SavedModel) -> set[str]:
        calls.append(saved.facts["word"])
        if len(calls) == 1:
            save(tmp_path / "m", "two")
        return words_of(saved)

    assert load(tmp_path / "m", build) == {"two"}
    assert calls == ["one", "two"]


def test_a_load_goes_on_where_a_swap_has_begun(tmp_path: Path) -> None:
    save(tmp_path / "m", "one")

    def build(saved: SavedModel) -> set[str]:
        if (tmp_path / "m").exists():
            os.rename(tmp_path / "m", tmp_path / ".m.old")
        return words_of(saved)

    assert load(tmp_path / "m", build) == {"one"}


# -- killed -----------------------------------------------------------------------------------------------


def killed_at(step: int, do: Callable[[], object]) -> bool:
    """Return whether a process was killed, with SIGKILL, before its file system call of this number."""
    child = os.fork()
    if child == 0:
        calls = 0

        def count(event: str, _arguments: object) -> None:
            nonlocal calls
            if event == "open" or (event.startswith(("os.", "shutil.")) and event != "os.kill"):
                calls += 1
                if calls > step:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.addaudithook(count)
            do()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def test_killed_at_any_step_the_old_or_the_new_model_is_there_and_the_next_save_goes_on(
    tmp_path: Path,
) -> None:
    found = []
    for step in range(10_000):
        remove_model(tmp_path / "m")
        save(tmp_path / "m", "old")
        killed = killed_at(step, lambda: save(tmp_path / "m", "new"))
        (word,) = load(tmp_path / "m", extra=step)
        found.append(word)
        assert model_facts(tmp_path / "m") == {"word": word}
        copy_model(tmp_path / "m", tmp_path / f"copy{step}")
        save(tmp_path / "m", "next")
        assert load(tmp_path / "m", extra=step) == {"next"}
        assert not list(tmp_path.glob(".*")), "nothing is left over"
        if not killed:
            break
    assert len(found) > 20
    assert found == sorted(found, reverse=True), "old up to one step, new from there on"
    assert set(found) == {"old", "new"}


def test_killed_in_the_middle_of_the_swap_the_old_model_stands(tmp_path: Path) -> None:
    save(tmp_path / "m", "old")
    os.rename(tmp_path / "m", tmp_path / ".m.old")
    assert standing_folder(tmp_path / "m") == tmp_path / ".m.old"
    assert is_model(tmp_path / "m")
    assert load(tmp_path / "m") == {"old"}
    remove_model(tmp_path / "m")
    assert model_fingerprint(tmp_path / "m") is None
    assert not list(tmp_path.iterdir())


def test_a_save_that_fails_leaves_the_old_model(tmp_path: Path) -> None:
    def fill(made: Path) -> None:
        (made / "half").write_text("half")
        raise KeyboardInterrupt

    save(tmp_path / "m", "old")
    with pytest.raises(KeyboardInterrupt):
        save_model(tmp_path / "m", kind=KIND, facts={}, fill=fill)
    assert load(tmp_path / "m") == {"old"}
    assert [p.name for p in tmp_path.iterdir()] == ["m"]


def test_a_folder_is_swapped_whole(tmp_path: Path) -> None:
    for name in ("new", "place"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    swap_folder(tmp_path / "new", tmp_path / "place")
    assert [p.relative_to(tmp_path).as_posix() for p in sorted(tmp_path.rglob("*"))] == ["place", "place/new"]


def test_a_folder_of_other_things_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "to.txt").write_text("you")
    for folder in (tmp_path / "letters", tmp_path / "letters" / "to.txt"):
        with pytest.raises(InputError, match="folder of its own"):
            save(folder, "one")
    assert (tmp_path / "letters" / "to.txt").read_text() == "you"
    (tmp_path / "empty").mkdir()
    save(tmp_path / "empty", "one")


def test_a_model_behind_a_link_is_swapped_where_it_is(tmp_path: Path) -> None:
    save(tmp_path / "disk" / "m", "old")
    (tmp_path / "m").symlink_to(tmp_path / "disk" / "m")
    save(tmp_path / "m", "new")
    assert (tmp_path / "m").is_symlink()
    assert load(tmp_path / "m") == load(tmp_path / "disk" / "m") == {"new"}


# -- damaged, or another thing ----------------------------------------------------------------------------


def edit(folder: Path, **changed: Any) -> None:
    head = json.loads((folder / "model.json").read_text("utf-8"))
    (folder / "model.json").write_text(json.dumps({**head, **changed}), "utf-8")


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda m: (m / "model.safetensors").write_bytes(b""), "model.safetensors is not what was saved"),
        (lambda m: os.truncate(m / "model.safetensors", 30), "model.safetensors is not what was saved"),
        (lambda m: (m / "model.safetensors").unlink(), "model.safetensors is missing"),
        (lambda m: (m / "more" / "word.txt").write_text("two"), "more/word.txt is not what was saved"),
        (lambda m: (m / "inner" / "model.json").unlink(), "inner/model.json is missing"),
        (lambda m: (m / "model.json").write_bytes(b"\xff{"), "model.json cannot be read"),
        (lambda m: os.truncate(m / "model.json", 40), "model.json cannot be read"),
        (lambda m: edit(m, facts={"word": "two"}), "model.json was changed"),
    ],
)
def test_what_is_damaged_is_refused_with_what_to_do(
    tmp_path: Path, damage: Callable[[Path], object], says: str
) -> None:
    save(tmp_path / "m", "one")
    damage(tmp_path / "m")
    with pytest.raises(CorpusError, match=says) as caught:
        load(tmp_path / "m")
    assert caught.value.do == f"Move the folder away, then make it anew with `{MAKE}`."
    assert caught.value.where == str(tmp_path / "m")
    save(tmp_path / "m", "one")
    assert load(tmp_path / "m") == {"one"}


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda m: None, "There is no toy model here"),
        (lambda m: m.mkdir(), "There is no toy model here"),
        (lambda m: save_model(m, kind="train", facts={}), "no toy model here: the folder holds a train"),
        (lambda m: (m.mkdir(), (m / "model.json").write_text('{"kind": "toy model"}')), "another version"),
        (lambda m: (m.mkdir(), (m / "model.json").write_text("[]")), "another version"),
        (lambda m: (m.mkdir(), (m / "voters.json").write_text("{}")), "another version"),
        (lambda m: (save(m, "one"), edit(m, format=0)), "another version"),
    ],
)
def test_no_model_of_the_kind_or_of_the_layout_is_refused_with_the_command(
    tmp_path: Path, make: Callable[[Path], object], says: str
) -> None:
    make(tmp_path / "m")
    with pytest.raises(CorpusError, match=says) as caught:
        load(tmp_path / "m")
    assert caught.value.do == f"Make it with `{MAKE}`."
    save(tmp_path / "m", "new")
    assert load(tmp_path / "m") == {"new"}


def test_a_folder_of_other_things_is_no_damaged_model(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "to.txt").write_text("you")
    (tmp_path / "letters" / "corpus.json").touch()
    save(tmp_path / "letters" / "models" / "m", "one")
    for folder in (tmp_path / "letters", tmp_path / "letters" / "models"):
        with pytest.raises(CorpusError, match="There is no toy model here") as caught:
            load(folder)
        assert caught.value.do == f"Make it with `{MAKE}`."


def test_a_model_that_lost_its_head_is_to_be_moved_away(tmp_path: Path) -> None:
    save(tmp_path / "m", "one")
    (tmp_path / "m" / "model.json").unlink()
    with pytest.raises(CorpusError, match=r"model\.json is missing") as caught:
        load(tmp_path / "m")
    assert caught.value.do.startswith("Move the folder away, ")


def test_what_is_damaged_in_a_corpus_is_checked(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "corpus.json").touch()
    save(tmp_path / "c" / "models" / "m", "one")
    edit(tmp_path / "c" / "models" / "m", facts={})
    with pytest.raises(CorpusError, match="was changed") as caught:
        load(tmp_path / "c" / "models" / "m")
    assert caught.value.do == "Run `radmine check c`."


def test_what_the_kind_cannot_use_is_refused(tmp_path: Path) -> None:
    save_model(tmp_path / "m", kind=KIND, facts={})
    with pytest.raises(CorpusError, match="toy model here cannot be used: KeyError"):
        load(tmp_path / "m")

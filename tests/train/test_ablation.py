"""Variants of a training are compared on the same images, each trained once, and nothing of the corpus changes."""

import csv
import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from radmine.cli import main
from radmine.corpus import Corpus
from radmine.errors import InputError, SettingsError
from radmine.files import file_digest
from radmine.train import Ablated, TrainSettings, ablate, read_grid
from radmine.train.epochs import Learned
from radmine.train.targets import Target
from tests.train.corpus import make_corpus

SETTINGS = TrainSettings(targets=("labels", "modality"), network="small", min_positives=5)
GRIDS = Path(__file__).parents[2] / "scripts" / "ablations"
WRONG = replace(SETTINGS, dropout=0.5)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ablate")
    make_corpus(folder, 30)
    return folder


class Oracle:
    """A training that knows the truth, and with much dropout says the contrary; it notes what it was given."""

    def __init__(self) -> None:
        self.given: list[tuple[TrainSettings, set[int], set[int], set[int]]] = []

    def __call__(
        self,
        squares: object,
        targets: Sequence[Target],
        training: NDArray[np.int64],
        validation: NDArray[np.int64],
        *,
        settings: TrainSettings,
        asked: NDArray[np.int64],
        **others: Any,
    ) -> Learned:
        self.given.append((settings, {*training}, {*validation}, {*asked}))
        sign = -1 if settings.dropout == WRONG.dropout else 1
        said = {t.name: sign * np.nan_to_num(t.values[asked], nan=0.5) for t in targets}
        return Learned({}, 3, (), 0.0, "", True, 2.0, said)


@pytest.fixture
def oracle(monkeypatch: pytest.MonkeyPatch) -> Oracle:
    found = Oracle()
    monkeypatch.setattr("radmine.train.members.learn_members", found)
    return found


@pytest.fixture
def corpus(home: Path, tmp_path: Path) -> Corpus:
    shutil.copytree(home, tmp_path / "home")
    return Corpus.open("c", home=tmp_path / "home")


def test_variants_are_scored_and_compared_with_the_first(corpus: Corpus, oracle: Oracle) -> None:
    files = {p: file_digest(p) for p in corpus.folder.rglob("*") if p.is_file()}
    rows = ablate(corpus, {"right": SETTINGS, "wrong": WRONG}, seeds=2, device="cpu")
    found = {(r.variant, r.target, r.metric): r for r in rows}
    assert len(found) == len(rows) == 2 * 3
    right, wrong = (found[name, "modality", "accuracy"] for name in ("right", "wrong"))
    assert (right.value, right.difference, right.spread, right.seconds) == (1.0, None, 0.0, 4.0)
    assert (wrong.value, wrong.difference, wrong.epochs) == (0.0, -1.0, (3, 3))
    assert found["wrong", "labels", "auc_macro"].difference == -1.0
    cases = [given[0].seed for given in oracle.given]
    assert cases == [0, 1, 0, 1]
    assert right.n == len(oracle.given[0][3]) == 12
    assert right.patients == 6
    written = {p: file_digest(p) for p in corpus.folder.rglob("*") if p.is_file()}
    new = {p.relative_to(corpus.folder).parts[:2] for p in written.keys() - files.keys()}
    assert new <= {("work", "ablate"), (".lock",)}
    assert files.items() <= written.items()


def test_a_finished_variant_is_not_trained_again(corpus: Corpus, oracle: Oracle) -> None:
    first = ablate(corpus, {"a": SETTINGS}, device="cpu")
    again = ablate(corpus, {"b": SETTINGS, "wrong": WRONG}, device="cpu")
    assert len(oracle.given) == 2
    assert [replace(r, variant="a") for r in again if r.variant == "b"] == first


def test_folds_are_of_patients_and_ask_about_each_image_once(corpus: Corpus, oracle: Oracle) -> None:
    (row, *_) = ablate(corpus, {"a": SETTINGS}, folds=4, device="cpu")
    asked = [i for *_, rows in oracle.given for i in rows]
    assert len(asked) == len(set(asked)) == row.n == 48
    for _, training, validation, rows in oracle.given:
        patients = [{i // 2 for i in part} for part in (training, validation, rows)]  # two images each
        assert sum(map(len, patients)) == len(set.union(*patients)) == 24
    with pytest.raises(InputError, match="2 folds"):
        ablate(corpus, {"a": SETTINGS}, folds=2, device="cpu")
    with pytest.raises(InputError, match="24 patients cannot be in 50 folds"):
        ablate(corpus, {"a": SETTINGS}, folds=50, device="cpu")


def test_what_was_asked_otherwise_is_not_compared(corpus: Corpus, oracle: Oracle) -> None:
    rows = ablate(
        corpus, {"a": SETTINGS, "b": replace(SETTINGS, uncertain="absent", implied=False)}, device="cpu"
    )
    of = {(r.variant, r.target, r.metric): r.difference for r in rows}
    assert of["b", "modality", "auc_macro"] == 0
    with pytest.raises(InputError, match="nothing to learn: no class of view"):
        ablate(corpus, {"a": replace(SETTINGS, targets=("view",))}, device="cpu")


def test_the_command_writes_the_table(
    corpus: Corpus,
    oracle: Oracle,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("radmine.run.check_inputs", lambda *_: None)
    grid, home = tmp_path / "grid.toml", str(tmp_path / "home")
    grid.write_text(
        '[train]\nnetwork = "small"\nmin_positives = 5\ntargets = ["modality"]\n[cross]\ndropout = [0, 0.5]\n'
    )
    command = ["ablate", "c", "--home", home, "--grid", str(grid), "--device", "cpu"]
    for name in ("a.md", "a.csv"):
        with pytest.raises(SystemExit) as left:
            main([*command, "--to", str(tmp_path / name), "--json"])
        assert left.value.code == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["variant"] for row in said[:2]] == ["dropout = 0", "dropout = 0.5"]
    with (tmp_path / "a.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["difference"] for row in rows if row["metric"] == "accuracy"] == ["", "-1.0"]
    assert [*rows[0]] == [*Ablated.__dataclass_fields__]
    table = (tmp_path / "a.md").read_text().splitlines()
    assert table[2].startswith("| modality | auc_macro | dropout = 0 | 1.000 |")
    assert "| -1.000 |" in table[5]
    for wrong, what in ((["--on", "train"], "no part 'train'"), (["--to", "a.txt"], "as .md or .csv")):
        with pytest.raises(SystemExit) as left:
            main([*command, *wrong])
        assert left.value.code == 2
        assert what in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[train]\nepochs = 1", "either variants by name or settings to cross"),
        ("[variants.a]\n[cross]\nviews = [1]", "either variants by name or settings to cross"),
        ("[cross]\nviews = 1", "no list"),
        ("[cross]\nviewz = [1]", "Unknown key 'viewz'"),
        ("[variants.a]\nviews = -1", "variant a"),
        ("[variants.a]\nviewz = 1", "variant a"),
        ("[variants]\na = 1", "no table"),
        ("[variants]", "0 variants"),
        ("[grid]", "Unknown table 'grid'"),
    ],
)
def test_a_grid_that_is_wrong_says_where(tmp_path: Path, text: str, wrong: str) -> None:
    path = tmp_path / "grid.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=wrong):
        read_grid(path, TrainSettings())


def test_a_grid_names_variants_or_crosses_settings(tmp_path: Path) -> None:
    path = tmp_path / "grid.toml"
    path.write_text("[train]\nepochs = 5\n[variants.plain]\n[variants.deep]\nhidden = [8, 4]\nepochs = 6\n")
    base = TrainSettings(dropout=0.1, size=64)
    assert read_grid(path, base) == {
        "plain": replace(base, epochs=5),
        "deep": replace(base, epochs=6, hidden=(8, 4)),
    }
    path.write_text('[cross]\nhidden = [[8], []]\nbalance = ["none", "root"]\n')
    assert list(read_grid(path, base)) == [
        "hidden = [8], balance = none",
        "hidden = [8], balance = root",
        "hidden = [], balance = none",
        "hidden = [], balance = root",
    ]


@pytest.mark.slow
def test_a_killed_ablation_goes_on_with_the_same_result(corpus: Corpus, home: Path, tmp_path: Path) -> None:
    class KilledError(Exception):
        pass

    def kill(done: int, total: int | None, what: str) -> None:
        if done == 36 + 16 and "learned" in what:  # in the second epoch
            raise KilledError

    variants = {"a": replace(SETTINGS, epochs=3, batch_size=16)}
    with pytest.raises(KilledError):
        ablate(corpus, variants, device="cpu", progress=kill)
    shutil.copytree(home, tmp_path / "whole")
    whole = ablate(Corpus.open("c", home=tmp_path / "whole"), variants, device="cpu")
    again = ablate(corpus, variants, device="cpu")
    assert [replace(r, seconds=0) for r in again] == [replace(r, seconds=0) for r in whole]
    assert not list(corpus.folder.rglob("checkpoint.pt"))


@pytest.mark.parametrize("grid", sorted(GRIDS.glob("*.toml")), ids=lambda path: path.stem)
def test_the_grids_of_the_scripts_are_grids(grid: Path) -> None:
    variants = read_grid(grid, TrainSettings())
    assert len(variants) == len({*variants.values()}) > 1

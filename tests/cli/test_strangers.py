"""A corpus that somebody else made is data: whatever its settings, models and indexes hold, none of its code runs."""

import json
import pickle
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from radmine import pipeline
from radmine.corpus import Corpus
from radmine.errors import SettingsError
from tests.cli.commands import Result, objects, radmine
from tests.cli.conftest import REPORT

VOTER = """
from pathlib import Path
from radmine.records import Assertion, Vote

Path(__file__).with_name("ran").touch()


def vote(read):
    yield "lung_nodule", Vote("tool:stranger", Assertion.PRESENT, 0.8)
"""


class Opened:
    """Makes a file when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return open, (self.path, "w")


@pytest.fixture
def marker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package `stranger` that Python finds, with a voter `stranger.inner:vote`; the file that stands where it was imported."""
    package = tmp_path / "found" / "stranger"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(
        "from pathlib import Path\nPath(__file__).with_name('ran').touch()\n"
    )
    (package / "inner.py").write_text(VOTER)
    monkeypatch.syspath_prepend(package.parent)
    yield package / "ran"
    for name in [name for name in sys.modules if name.partition(".")[0] == "stranger"]:
        del sys.modules[name]


def settle(home: Path, settings: str, name: str = "c") -> None:
    (home / "corpora" / name / "settings.toml").write_text(settings)


@pytest.fixture
def kept(home: Path, tmp_path: Path) -> Path:
    """A home with a corpus `notes` that is all up to date, to be changed at will."""
    shutil.copytree(home, tmp_path / "home")
    return tmp_path / "home"


NAMED = '[label]\nextra_voters = ["stranger.inner:vote"]\n'
READING = [
    ["status", "notes"],
    ["run", "notes", "--dry-run"],
    ["run", "notes", "--through", "parse"],
    ["explain", "notes", "report1"],
    ["show", "notes", "report1"],
    ["search", "notes", "--text", "effusion"],
    ["evaluate", "notes", "--truth", "."],
    ["parse", "notes"],
]


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_what_only_reads_imports_nothing(kept: Path, marker: Path, command: list[str]) -> None:
    settle(kept, NAMED, "notes")
    result = radmine(*command, home=kept)
    assert result.returncode in ({0, 2} if command[0] == "evaluate" else {0}), result.stderr
    assert not marker.exists()
    assert "stranger" not in sys.modules


@pytest.mark.parametrize(
    "command", [["run", "notes"], ["label", "notes"], ["run", "notes", "--through", "label"]], ids=" ".join
)
@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_would_run_it_stops_and_says_how_to_allow_it(
    kept: Path, marker: Path, command: list[str], workers: str
) -> None:
    settle(kept, NAMED, "notes")
    result = radmine(*command, "--workers", workers, home=kept)
    assert result.returncode == 2
    assert result.stderr.count("\n") == 1
    assert "stranger.inner:vote" in result.stderr
    assert "--voter stranger.inner:vote" in result.stderr
    assert not result.stdout
    assert not marker.exists()
    other = radmine(*command, "--voter", "stranger.inner:other", home=kept)
    assert other.returncode == 2
    assert not marker.exists()


def voters(home: Path) -> set[str]:
    return {vote.voter for vote in Corpus.open("notes", home=home).records("votes")}


def test_it_runs_where_the_user_names_it_and_is_up_to_date_afterwards(
    kept: Path, marker: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(kept, NAMED, "notes")
    result = radmine("label", "notes", "--voter", "stranger.inner:vote", home=kept)
    assert result.returncode == 0, result.stderr
    assert marker.exists()
    assert "tool:stranger" in voters(kept)
    marker.unlink()
    done = {
        o["stage"]: o["status"]
        for o in objects(radmine("run", "notes", "--through", "label", "--json", home=kept))
    }
    assert done["label"] == "up to date"  # without its name: nothing has to run
    assert not marker.exists()
    source = marker.with_name("inner.py")
    source.write_text(source.read_text().replace("0.8", "0.9"))
    assert radmine("label", "notes", home=kept).returncode == 2
    monkeypatch.setenv("PYTHONPATH", str(marker.parents[1]))
    again = radmine("run", "notes", "--voter", "stranger.inner:vote", "--workers", "2", home=kept)
    assert again.returncode == 0, again.stderr


def test_it_runs_where_the_settings_are_given_in_the_same_call(
    kept: Path, marker: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine.toml").write_text(NAMED)
    result = radmine(
        "run", "notes", "--through", "label", "--settings", str(tmp_path / "mine.toml"), home=kept
    )
    assert result.returncode == 0, result.stderr
    assert "tool:stranger" in voters(kept)


def test_in_python_it_is_an_argument(kept: Path, marker: Path) -> None:
    settle(kept, NAMED, "notes")
    corpus = Corpus.open("notes", home=kept)
    with pytest.raises(SettingsError, match=r"stranger\.inner:vote"):
        list(pipeline.run(corpus))
    with pytest.raises(SettingsError, match=r"stranger\.inner:vote"):
        pipeline.run_one(corpus, "label")
    assert not marker.exists()
    assert pipeline.run_one(corpus, "label", voters=["stranger.inner:vote"]).status == "done"


def everything(home: Path) -> Iterator[Result]:
    for command in [*READING, ["run", "notes"], ["voters", "train", "notes"], ["label", "notes"], ["index", "notes"],
                    ["search", "notes", "--example"], ["label", "-", "--voters", str(home / "voters")]]:  # fmt: skip
        yield radmine(*command, home=home, stdin=REPORT)


@pytest.mark.parametrize("kind", ["pickle", "numpy", "text"])
def test_files_that_hold_code_are_not_opened_as_such(kept: Path, marker: Path, kind: str) -> None:
    import io

    import numpy as np

    corpus = kept / "corpora" / "notes"
    shutil.copytree(corpus / "models" / "topics", kept / "voters")
    evil = Opened(str(marker))
    if kind == "numpy":
        stream = io.BytesIO()
        np.save(stream, np.array([evil], dtype=object), allow_pickle=True)
        content = stream.getvalue()
    else:
        content = (
            pickle.dumps(evil)
            if kind == "pickle"
            else f"!!python/object/apply:open ['{marker}', w]\n".encode()
        )
    marker.unlink(missing_ok=True)
    folders = (corpus / "models", corpus / "mentions", kept / "indexes", kept / "voters")
    files = [p for folder in folders for p in folder.rglob("*") if p.is_file() and p.name != "manifest.json"]
    assert len(files) > 10
    for path in files:
        path.unlink()
        path.write_bytes(content)
    for result in everything(kept):
        assert "internal error" not in result.stderr, result.stderr
    assert not marker.exists()


def test_a_checkpoint_that_brings_code_is_refused(kept: Path, marker: Path, tmp_path: Path) -> None:
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    (folder / "code.py").write_text(f"open({str(marker)!r}, 'w')\n")
    config = {
        "model_type": "stranger",
        "auto_map": {
            "AutoConfig": "code.Config",
            "AutoModelForSequenceClassification": "code.Model",
            "AutoTokenizer": ["code.Tokenizer", None],
        },
    }
    for name in ("config.json", "tokenizer_config.json"):
        (folder / name).write_text(json.dumps(config))
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Opened(str(marker))))
    result = radmine(
        "voters", "train", "notes", "--voter", "transformer", "--checkpoint", str(folder), home=kept
    )
    assert result.returncode == 2, result.stderr
    assert not marker.exists()


@pytest.mark.parametrize(
    "network", ["timm:hf-hub:stranger/network", "timm:local-dir:/tmp/x", "stranger.inner:vote", "timm:"]
)
def test_a_network_is_a_name_and_no_place(kept: Path, marker: Path, network: str) -> None:
    settle(kept, f'[train]\nnetwork = "{network}"\n', "notes")
    result = radmine("run", "notes", home=kept)
    assert result.returncode == 2
    assert "There is no network" in result.stderr
    assert not marker.exists()


def test_nothing_in_the_folder_of_a_corpus_is_found_by_python(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = kept / "corpora" / "notes"
    for folder in (corpus, corpus / "models", kept):
        for name in ("sitecustomize.py", "torch.py", "tantivy.py", "gensim.py"):
            (folder / name).write_text(f"open({str(kept / 'ran')!r}, 'w')\n")
    for result in everything(kept):
        assert "internal error" not in result.stderr, result.stderr
    assert not (kept / "ran").exists()

"""What the machine refuses (disk, rights, files) and what settings may not say is one line with exit code 2."""

import ctypes
import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from radmine.corpus import Corpus
from radmine.pipeline import settings_of
from tests.cli.commands import Result, radmine

ROOT = Path(__file__).parent.parent.parent
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2


def one_line(result: Result, says: str = "") -> None:
    assert result.returncode == 2, result.stderr
    assert result.stderr.startswith("radmine: ")
    assert result.stderr.count("\n") == 1, result.stderr
    assert "internal error" not in result.stderr
    assert says in result.stderr
    assert "effusion" not in result.stderr


@pytest.fixture
def kept(home: Path, tmp_path: Path) -> Path:
    """A home with a corpus `notes` that is all up to date, to be changed at will."""
    shutil.copytree(home, tmp_path / "home")
    return tmp_path / "home"


# Each command in its home, one after the other.
EACH = """
import json, sys
from pathlib import Path
from tests.cli.commands import radmine

print(json.dumps([radmine(*arguments, home=Path(home)) for home, arguments in json.loads(sys.argv[1])]))
"""


def as_another(*commands: tuple[Path, list[str]], largest: int = 0) -> list[Result]:
    """Run commands, each in its home, in a process that has no right to write, or may write no file larger than so many bytes."""

    def restrict() -> None:
        if largest:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))
        elif os.getuid() == 0:  # whom rights do not bind, unless he gives that up
            for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
                ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)

    asked = json.dumps([(str(home), arguments) for home, arguments in commands])
    done = subprocess.run(
        [sys.executable, "-c", EACH, asked],
        cwd=ROOT,
        env={**os.environ, "HOME": str(commands[0][0]), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=300,
        preexec_fn=restrict,
    )
    assert done.returncode == 0, done.stderr
    return [Result(*result) for result in json.loads(done.stdout)]


@pytest.fixture
def read_only(kept: Path) -> Iterator[Path]:
    """That home, which nobody may write to, and everybody may read."""
    for path in (kept, *kept.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield kept
    for path in (kept, *kept.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def test_a_corpus_that_is_up_to_date_needs_no_right_to_write(read_only: Path) -> None:
    commands = [
        ["status", "notes"],
        ["run", "notes"],
        ["run", "notes", "--dry-run"],
        ["parse", "notes"],
        ["show", "notes", "report1"],
        ["explain", "notes", "report1"],
        ["evaluate", "notes", "--truth", "."],
    ]
    *results, evaluated = as_another(*((read_only, command) for command in commands))
    assert [result.returncode for result in results] == [0] * 6, results
    if evaluated.returncode:
        one_line(evaluated, "truth")  # there is none


@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.slow)])
def test_what_would_have_to_run_says_that_it_may_not(read_only: Path, workers: str) -> None:
    manifest = read_only / "corpora" / "notes" / "manifests" / "link.json"
    manifest.parent.chmod(0o755)
    manifest.unlink()
    manifest.parent.chmod(0o555)
    ran, trained, decided, ingested = as_another(
        (read_only, ["run", "notes", "--workers", workers]),
        (read_only, ["voters", "train", "notes"]),
        (read_only, ["correct", "notes", "report1", "ascites", "absent"]),
        (read_only, ["ingest", "new", str(read_only / "texts")]),
    )
    one_line(ran, "may be read, not written")
    one_line(trained, "may be read, not written")
    one_line(decided, "may be read, not written")
    one_line(ingested)


@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.slow)])
def test_a_disk_that_is_full(home: Path, tmp_path: Path, workers: str) -> None:
    homes = []
    for stage, table in (("parse", "mentions"), ("label", "labels"), ("index", "")):
        homes.append(tmp_path / stage)
        shutil.copytree(home, homes[-1])
        corpus = homes[-1] / "corpora" / "notes"
        (corpus / "manifests" / f"{stage}.json").unlink()
        if table:
            shutil.rmtree(corpus / table)
    for result in as_another(*((h, ["run", "notes", "--workers", workers]) for h in homes), largest=700):
        one_line(result)
    for there in homes:
        assert radmine("run", "notes", home=there).returncode == 0


BROKEN = {
    "not UTF-8": b"\xff\xfe{}\x80",
    "NUL": b"\0\0\0",
    "cut": b'{"format": ',
    "deep": b"[" * 200_000,
    "a list": b"[]",
    "a number": b"7",
    "empty": b"",
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("file", ["corpus.json", "manifests/parse.json", "sources.json", "settings.toml"])
def test_a_file_of_a_corpus_that_is_damaged(kept: Path, file: str, content: bytes) -> None:
    (kept / "corpora" / "notes" / file).write_bytes(content)
    for command in (
        ["status", "notes"],
        ["run", "notes"],
        ["ingest", "notes", str(kept / "texts"), "--reader", "text"],
    ):
        result = radmine(*command, home=kept)
        if result.returncode:
            one_line(result)


@pytest.mark.parametrize(
    "text",
    [
        "[topics]\ntopics = 0",
        "[topics]\ntopics = -1",
        "[topics]\ntopics = 10000000000000000000000000000",
        "[topics]\nmax_share = nan",
        '[topics]\nparts = "good"',
        "[topics]\nseed = -1",
        "[label]\nanswers = [1]",
        "[label]\nanswers = [[]]",
        '[label]\nanswers = ["a", true]',
        '[label]\nanswer_scheme = "horoscope"',
        '[label]\nvoters = "a\\u0000b"',
        '[train]\nnetwork = "brain"',
        '[train]\ntargets = ["weather"]',
        "[train]\nlearning_rate = inf",
        "[train]\nlearning_rate = -1",
        "[train]\nlearning_rate = 0",
        "[train]\nepochs = 0",
        "[train]\nseconds = nan",
        "[train]\ndropout = 1.5",
        '[index]\nvector_index = "card"',
        '[pixels]\nimages = "some"',
        "[pixels]\nsize = 0",
        "[run]\nworkers = 0",
        "[run]\nworkers = 100000",
        '[run]\ndevice = "tpu"',
        "[ingest]\nvalidation = 0.6\ntest = 0.5",
        "[ingest]\nshard_size = 0",
        "[link]\nmost_images = -1",
        "[embed]\ndimension = 0",
        "[limits]\nseconds = inf",
        "[limits]\nseconds = 0",
        "parse = 1",
        "[parse]\nlexicon = " + "[" * 3000 + "]" * 3000,
        "x = " + "9" * 10_000,
        "\0",
        "[parse",
        "\udcff",
    ],
)
def test_settings_that_cannot_be_are_refused_before_any_stage_and_not_kept(
    home: Path, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    corpus = home / "corpora" / "notes"
    for command in (["run", "notes"], ["ingest", "notes", str(home / "texts")]):
        result = radmine(*command, "--settings", str(file), home=home)
        one_line(result, "settings.toml")
        assert not result.stdout
    assert not (corpus / "settings.toml").exists()


@pytest.mark.parametrize("workers", ["0", "-1", "100000", "x"])
@pytest.mark.parametrize(
    "command", [["ingest", "w", "."], ["run", "notes"], ["parse", "notes"], ["label", "-"]], ids=" ".join
)
def test_how_many_workers_there_may_be(home: Path, command: list[str], workers: str) -> None:
    result = radmine(*command, "--workers", workers, home=home, stdin="Clear.")
    assert result.returncode == 2
    assert "--workers" in result.stderr


def test_relative_paths_are_kept_as_absolute_ones(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "answers.csv").write_text("report_id,finding,answer\nreport1,lung_nodule,yes\n")
    (tmp_path / "w\x7f.bin").touch()
    (tmp_path / "mine.toml").write_text(
        '# mine\n[label]\nanswers = ["answers.csv"]\nextra_files = ["w\\u007f.bin"]\n[train]\nlearning_rate = 1e-3\n'
    )
    monkeypatch.chdir(tmp_path)
    result = radmine("run", "notes", "--through", "label", "--settings", "mine.toml", home=kept)
    assert result.returncode == 0, result.stderr
    monkeypatch.chdir("/")
    settings = settings_of(Corpus.open("notes", home=kept))
    assert settings["label"].answers == (str(tmp_path / "answers.csv"),)
    assert settings["label"].extra_files == (str(tmp_path / "w\x7f.bin"),)
    assert settings["train"].learning_rate == 1e-3
    again = radmine("run", "notes", "--through", "label", home=kept)
    assert "done" not in again.stdout


def test_settings_without_paths_are_kept_as_they_are(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text("# mine\n[topics]\ntopics = 3 # few\n")
    assert (
        radmine(
            "run", "notes", "--through", "parse", "--settings", str(tmp_path / "mine.toml"), home=kept
        ).returncode
        == 0
    )
    assert (
        kept / "corpora" / "notes" / "settings.toml"
    ).read_text() == "# mine\n[topics]\ntopics = 3 # few\n"

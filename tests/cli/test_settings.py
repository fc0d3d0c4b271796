"""Settings: all values are checked before anything is kept or run; `settings` prints the file that would set them."""

import json
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

from radmine import pipeline
from radmine.corpus import Corpus
from radmine.records import Report
from tests.cli.commands import objects, radmine
from tests.link.made import make_corpus


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """A corpus of one report, with settings of its own."""
    corpus = make_corpus(tmp_path, [Report("R1", "P1", "No effusion.", "test")])
    (corpus.folder / "settings.toml").write_text("[topics]\ntopics = 3\n")
    return corpus


def state(corpus: Corpus) -> dict[str, bytes]:
    """Return every file that tells what is kept and what has run."""
    files = [corpus.folder / "settings.toml", *(corpus.folder / "manifests").iterdir()]
    return {str(path): path.read_bytes() for path in files}


WRONG = [
    ("train", 'network = "densenet"', "densenet121"),
    ("train", 'network = "timm:"', "timm:NAME"),
    ("train", "size = 8", "at least 16"),
    ("train", 'targets = ["label"]', "labels, topics, second_topics, sentence_topics, modality"),
    ("train", 'targets = "labels"', "Expected list of text, got text"),
    ("train", "targets = []", "targets is empty"),
    ("train", 'targets = ["plane", "plane"]', "Name each once"),
    ("train", "seconds = 0", "at least 0.001"),
    ("train", "learning_rate = nan", "this is not a number"),
    ("train", "zoom = -inf", "this is infinite"),
    ("train", f"epochs = {10**400}", "less than"),
    ("label", 'answers = ["none.csv"]', "none.csv"),
    ("label", 'answers = ["other.csv"]', "report_id or image_id"),
    ("label", 'voters = "none"', "none"),
    ("label", 'voters = "."', "radmine voters train"),
    ("label", 'extra_voters = ["no_such_module:f"]', "module:function"),
    ("label", 'extra_voters = ["json:no_such_function"]', "module:function"),
    ("label", 'extra_voters = ["short_name"]', "No package offers"),
    ("label", 'extra_files = ["none.bin"]', "none.bin"),
    ("label", 'answer_kind = "robot"', "person, llm, tool, decision"),
    ("label", 'answer_scheme = "horoscope"', "chexpert"),
    ("parse", 'lexicon = ["none.obo"]', "none.obo"),
    ("parse", 'lexicon = ["other.csv"]', "other.csv"),
    ("link", 'slice_modalities = ["ct"]', "DICOM modality"),
    ("topics", 'topics = "many"', 'Give a number, or "auto".'),
    ("topics", 'skip_sections = ["Past History"]', "past_history"),
    ("pixels", 'images = "some"', "linked, all"),
    ("index", 'vector_index = "kd"', "flat, hnsw, ivf"),
    ("ingest", "test = 1.0", "below 1"),
    ("run", 'device = "tpu"', "cuda:N"),
]


@pytest.mark.parametrize(("table", "line", "says"), WRONG)
def test_what_is_wrong_is_told_before_anything_is_kept_or_run(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, table: str, line: str, says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("other.csv").write_text("a,b\n1,2\n")
    Path("bad.toml").write_text(f"[{table}]\n{line}\n")
    before = state(corpus)
    run = radmine("run", "made", "--settings", "bad.toml", "--json", home=tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    error = json.loads(run.stderr)["error"]
    assert error["kind"] == "SettingsError"
    assert error["where"].startswith(
        f"bad.toml [{table}] {'validation' if table == 'ingest' else line.split()[0]}"
    )
    assert says in " ".join((error["what"], error["where"], error["do"]))
    assert state(corpus) == before


def test_a_first_ingest_with_wrong_settings_makes_no_corpus(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("No effusion.")
    bad = tmp_path / "bad.toml"
    bad.write_text('[train]\nnetwork = "densenet"\n')
    made = radmine("ingest", "new", str(tmp_path / "a.txt"), "--settings", str(bad), home=tmp_path)
    assert made.returncode == 2
    assert "[train] network" in made.stderr
    assert not (tmp_path / "corpora" / "new").exists()


def test_a_name_of_timm_is_checked_before_pixels_are_decoded(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    timm = SimpleNamespace(list_models=lambda: ["resnet18", "vit_tiny"])
    monkeypatch.setitem(sys.modules, "timm", timm)
    bad = tmp_path / "bad.toml"
    bad.write_text('[train]\nnetwork = "timm:resnet_18"\n')
    before = state(corpus)
    run = radmine("run", "made", "--settings", str(bad), home=tmp_path)
    assert run.returncode == 2
    assert "There is no network 'resnet_18' in timm" in run.stderr
    assert "Near: resnet18." in run.stderr
    assert "[train] network" in run.stderr
    assert state(corpus) == before


def test_a_file_that_is_gone_stops_the_run_before_it_begins(corpus: Corpus, tmp_path: Path) -> None:
    answers, good = tmp_path / "answers.csv", tmp_path / "good.toml"
    answers.write_text("report_id,finding,answer\nR1,pneumonia,yes\n")
    good.write_text(f'[label]\nanswers = ["{answers}"]\n')
    assert (
        radmine("run", "made", "--settings", str(good), "--through", "parse", home=tmp_path).returncode == 0
    )
    answers.unlink()
    before = state(corpus)
    run = radmine("run", "made", "--through", "label", home=tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    assert f"{corpus.folder / 'settings.toml'} [label] answers {answers}" in run.stderr
    assert "radmine run made --settings FILE" in run.stderr
    assert state(corpus) == before
    assert radmine("status", "made", home=tmp_path).returncode == 0
    assert radmine("run", "made", "--through", "link", home=tmp_path).returncode == 0  # it reads no answers


def test_kept_settings_that_this_radmine_does_not_take_say_how_to_mend_them(
    corpus: Corpus, tmp_path: Path
) -> None:
    (corpus.folder / "settings.toml").write_text("[topics]\nheat = 3\n")
    status = radmine("status", "made", home=tmp_path)
    assert status.returncode == 2
    assert "radmine run made --settings FILE" in status.stderr
    (tmp_path / "good.toml").write_text("[topics]\ntopics = 4\n")
    good = str(tmp_path / "good.toml")
    assert radmine("run", "made", "--settings", good, "--through", "parse", home=tmp_path).returncode == 0


def test_a_gpu_that_is_not_there_is_told_before_a_network_is_to_run(corpus: Corpus, tmp_path: Path) -> None:
    assert radmine("run", "made", "--device", "cuda", "--through", "parse", home=tmp_path).returncode == 0
    before = state(corpus)
    run = radmine("run", "made", "--device", "cuda", home=tmp_path)
    assert (run.returncode, run.stdout) == (2, "")
    assert "GPU" in run.stderr
    assert state(corpus) == before


def test_settings_are_printed_as_a_file_that_is_taken_back(corpus: Corpus, tmp_path: Path) -> None:
    odd = tmp_path / 'an "odd" name.csv'
    odd.write_text("report_id,finding,answer\n")
    own = f"[topics]\ntopics = 3\n[label]\nanswers = [{json.dumps(str(odd))}]\n[train]\nseconds = 5\nlearning_rate = 1e-7\n"
    (corpus.folder / "settings.toml").write_text(own)
    held = pipeline.settings_of(corpus)
    printed = radmine("settings", "made", home=tmp_path)
    assert printed.returncode == 0
    assert "topics = 3  # own; default: 80\n" in printed.stdout
    assert "seconds = 5.0  # own; default: none\n" in printed.stdout
    assert "# How often the fit goes over the documents, at most.\n" in printed.stdout
    file = tmp_path / "printed.toml"
    file.write_text(printed.stdout)
    pipeline.use_settings(corpus, file)
    assert pipeline.settings_of(corpus) == held
    assert radmine("settings", "made", home=tmp_path).stdout == printed.stdout


def test_the_defaults_are_printed_whole(corpus: Corpus, tmp_path: Path) -> None:
    printed = radmine("settings", "--defaults", home=tmp_path).stdout
    assert radmine("settings", "made", "--defaults", home=tmp_path).stdout == printed
    assert radmine("settings", home=tmp_path).stdout == printed
    assert "own" not in [word.rstrip(";") for line in printed.splitlines() for word in line.split("  # ")[1:]]
    assert list(tomllib.loads(printed)) == list(pipeline.settings_tables())
    file = tmp_path / "printed.toml"
    file.write_text(printed)
    pipeline.use_settings(corpus, file)
    assert pipeline.settings_of(corpus) == pipeline.default_settings()


def test_settings_as_json(corpus: Corpus, tmp_path: Path) -> None:
    rows = {
        (row["table"], row["key"]): row
        for row in objects(radmine("settings", "made", "--json", home=tmp_path))
    }
    assert rows["topics", "topics"] == {
        "table": "topics",
        "key": "topics",
        "value": 3,
        "default": 80,
        "own": True,
        "type": "whole number or text",
        "meaning": 'How many document topics, at most one for 20 reports; "auto": as many as predict held-out reports best.',
    }
    assert not rows["train", "network"]["own"]

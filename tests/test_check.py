"""`check` finds every damaged file of a corpus and its index, and makes just that anew."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from radmine import pipeline
from radmine.check import check, find_damage
from radmine.corpus import Corpus
from radmine.errors import CorpusError
from radmine.files import sealed, unsealed
from radmine.ingest import IngestSettings, ingest_source
from radmine.label import train_voters
from radmine.records import TABLES
from radmine.sample import write_sample
from tests.cli.commands import objects, radmine

SETTINGS = """
[ingest]
shard_size = 20

[parse]
lexicon = ["{lexicon}"]

[topics]
topics = 3
sweeps = 5
vector_words = 2_000
vector_size = 8

[pixels]
size = 32

[train]
size = 32
epochs = 1
"""


def flip(path: Path, at: int | None = None) -> None:
    """Change one byte of a file, in a new file: the old one may be mapped, or be the other name of a shard."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2 if at is None else at] ^= 0x55
    path.unlink()
    path.write_bytes(data)


def tables(corpus: Corpus) -> dict[str, list[dict[str, object]]]:
    return {table: corpus.read(table).to_pylist() for table in TABLES}


def make(home: Path, *, reports: int, images: bool) -> Path:
    """Take a corpus `c` through every stage, with a lexicon of its own."""
    write_sample(home / "s", reports=reports, pixels=images)
    lexicon = home / "own.toml"
    lexicon.write_text('[plain_sign]\ntitle = "Plain sign"\nsynonyms = ["plain sign"]\n')
    (home / "set.toml").write_text(SETTINGS.format(lexicon=lexicon))
    source = home / "s" / "source" if images else home / "s" / "source" / "reports.csv"
    settings = ("--settings", str(home / "set.toml"))
    assert radmine("ingest", "c", str(source), *settings, home=home).returncode == 0
    assert radmine("run", "c", home=home).returncode == 0
    assert check("c", home=home) == []
    return home


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a corpus `c` of reports alone, and voters of its own."""
    home = make(tmp_path_factory.mktemp("home"), reports=150, images=False)
    train_voters(Corpus.open("c", home=home))
    assert radmine("run", "c", home=home).returncode == 0
    return home


@pytest.fixture(scope="module")
def pictured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a corpus `c` of reports and images."""
    return make(tmp_path_factory.mktemp("home"), reports=30, images=True)


def copy(home: Path, to: Path) -> Path:
    """Copy corpus and index; the sources are those of the first."""
    for name in ("corpora", "indexes"):
        shutil.copytree(home / name, to / name)
    return to


@pytest.fixture
def home(whole: Path, tmp_path: Path) -> Path:
    """A copy of the corpus of reports."""
    return copy(whole, tmp_path)


def stages_that_ran(whole: Path, home: Path) -> set[str]:
    """The stages whose manifests are not the copied ones."""

    def written(home: Path) -> dict[str, int]:
        manifests = (home / "corpora" / "c" / "manifests").glob("*.json")
        return {p.stem: p.stat().st_mtime_ns for p in manifests}

    return {stage for stage, _ in written(home).items() - written(whole).items()}


KINDS = {
    "reports/part-*": "ingest",
    "splits/part-*": "ingest",
    "mentions/part-*": "parse",
    "lexicon/lexicon.json": "parse",
    "references/part-*": "link",
    "votes/part-*": "label",
    "models/topics/model.safetensors": "topics",
    "embeddings/part-*": "embed",
    "models/text/model.json": "embed",
    "rejected/part-ingest-*": "ingest",
    "manifests/parse.json": "parse",
    "manifests/index.json": "index",
    "../../indexes/c/manifest.json": "index",
}
OF_IMAGES = {
    "links/part-*": "link",
    "pixels/part-*": "pixels",
    "arrays/part-*.npy": "pixels",
    "manifests/pixels.json": "pixels",
    "manifests/ingest.json": "ingest",
}


def damages(kinds: dict[str, str]) -> list[Any]:
    """Return each kind with its stage and each damage, of which all but the first are slow; no manifest is gone."""
    return [
        pytest.param(kind, stage, damage, marks=() if damage == "a byte" else pytest.mark.slow)
        for kind, stage in kinds.items()
        for damage in ("a byte", "cut short", "gone")
        if damage != "gone" or "manifests/" not in kind  # a stage without one has not run
    ]


@pytest.mark.parametrize(("kind", "stage", "damage"), damages(KINDS))
def test_what_is_damaged_is_made_anew_and_nothing_else(
    whole: Path, home: Path, kind: str, stage: str, damage: str
) -> None:
    see_it_mended(whole, home, kind, stage, damage)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "stage", "damage"), damages(OF_IMAGES))
def test_what_is_damaged_of_images_is_made_anew(
    pictured: Path, tmp_path: Path, kind: str, stage: str, damage: str
) -> None:
    see_it_mended(pictured, copy(pictured, tmp_path), kind, stage, damage)


def see_it_mended(whole: Path, home: Path, kind: str, stage: str, damage: str) -> None:
    before = tables(Corpus.open("c", home=whole))
    corpus = Corpus.open("c", home=home)
    path = max(corpus.folder.glob(kind), key=lambda p: p.stat().st_size)
    if damage == "gone":
        path.unlink()
    elif damage == "a byte":
        flip(path)
    else:
        data = path.read_bytes()
        path.unlink()
        path.write_bytes(data[:-9])
    shown = check("c", home=home, dry_run=True)
    assert shown
    assert {(Path(d.path).resolve(), d.stage, d.mended) for d in shown} == {(path.resolve(), stage, False)}
    (mended,) = check("c", home=home)
    assert mended.mended
    assert stages_that_ran(whole, home) == {stage}
    assert find_damage(corpus.folder) == []
    assert tables(Corpus.open("c", home=home)) == before
    assert {s.status for s in pipeline.status(corpus)} <= {"up to date", "not applicable"}
    assert radmine("search", "c", "--text", "effusion", home=home).returncode == 0


@pytest.mark.slow
def test_a_model_that_was_trained_is_trained_anew(pictured: Path, tmp_path: Path) -> None:
    home = copy(pictured, tmp_path)
    flip(home / "corpora" / "c" / "models" / "image" / "model.safetensors")
    (mended,) = check("c", home=home)
    assert (mended.stage, mended.mended) == ("train", True)
    assert find_damage(home / "corpora" / "c") == []


def test_the_corpus_own_file_is_written_again(home: Path) -> None:
    (home / "corpora" / "c" / "corpus.json").write_bytes(b"")
    failed = radmine("status", "c", home=home)
    assert failed.returncode == 2
    assert "`radmine check c`" in failed.stderr
    assert radmine("check", "c", home=home).returncode == 0
    assert radmine("status", "c", home=home).returncode == 0


@pytest.mark.parametrize("written", [b"often", b"-3", b"9" * 5000, b"1000000", b"0", b"", b"1\n", b"\xff"])
def test_a_broken_count_of_refits_is_mended_and_fits_nothing_anew(
    whole: Path, home: Path, written: bytes
) -> None:
    path = home / "corpora" / "c" / "topic_refits"
    path.write_bytes(written)
    (shown,) = check("c", home=home, dry_run=True)
    assert (shown.path, shown.mended, path.read_bytes()) == (str(path), False, written)
    (mended,) = check("c", home=home)
    assert (mended.path, mended.mended, path.exists()) == (str(path), True, False)
    assert stages_that_ran(whole, home) == set()
    assert check("c", home=home) == []


def test_a_broken_count_of_refits_is_again_that_of_the_topics_there_are(home: Path) -> None:
    corpus = Corpus.open("c", home=home)
    path = corpus.folder / "topic_refits"
    manifest = corpus.folder / "manifests" / "topics.json"
    content = unsealed(manifest.read_bytes())
    content["inputs"]["refits"] = "2"
    content.pop("checksum", None)
    manifest.unlink()
    manifest.write_bytes(sealed(content))
    path.write_text("often")
    failed = radmine("status", "c", home=home)
    assert (failed.returncode, "`radmine check c`" in failed.stderr) == (2, True)
    assert radmine("check", "c", home=home).returncode == 0
    assert path.read_text() == "2"


def test_a_folder_in_place_of_the_count_of_refits_stays(home: Path) -> None:
    path = home / "corpora" / "c" / "topic_refits"
    (path / "mine").mkdir(parents=True)
    (left,) = check("c", home=home)
    assert (left.path, left.mended, "remove it" in left.do) == (str(path), False, True)
    assert (path / "mine").is_dir()


def test_voters_are_trained_by_whom_they_were_trained(home: Path) -> None:
    (file,) = (home / "corpora" / "c" / "models" / "voters").glob("words/model.safetensors")
    flip(file)
    failed = radmine("check", "c", home=home)
    assert failed.returncode == 2
    assert "`radmine voters train c`" in failed.stdout
    assert radmine("voters", "train", "c", home=home).returncode == 0
    assert radmine("check", "c", home=home).returncode == 0


def test_what_no_source_is_left_for_stays_as_it_is(home: Path, whole: Path, tmp_path: Path) -> None:
    corpus = Corpus.open("c", home=home)
    path = next((corpus.folder / "reports").glob("part-*"))
    flip(path)
    data = path.read_bytes()
    source = whole / "s" / "source" / "reports.csv"
    hidden = source.rename(tmp_path / "hidden")
    try:
        (left,) = check("c", home=home)
        assert not left.mended
        assert "bring" in left.do
        assert path.read_bytes() == data
        failed = radmine("check", "c", home=home)
        assert failed.returncode == 2
        assert len(failed.stderr.strip().splitlines()) == 1
    finally:
        hidden.rename(source)
    assert radmine("check", "c", home=home).returncode == 0


def test_an_index_without_its_corpus_is_told_of(home: Path) -> None:
    shutil.rmtree(home / "corpora")
    assert radmine("check", "c", home=home).returncode == 0
    next((home / "indexes" / "c").glob("generation-*/ids.arrow")).unlink()
    failed = radmine("check", "c", home=home)
    assert failed.returncode == 2
    assert "no corpus to make it of" in failed.stdout


def test_json_tells_each_file(home: Path) -> None:
    assert objects(radmine("check", "c", "--json", home=home)) == []
    flip(next((home / "corpora" / "c" / "labels").glob("part-*")))
    (found,) = objects(radmine("check", "c", "--json", home=home))
    assert (found["stage"], found["what"], found["mended"]) == ("label", "not what was written", True)


def test_there_is_nothing_to_check(tmp_path: Path) -> None:
    failed = radmine("check", "nosuch", home=tmp_path)
    assert failed.returncode == 2
    assert "There is no corpus 'nosuch'" in failed.stderr


def test_a_manifest_that_is_gone_is_seen_and_no_table_is_empty_by_that(tmp_path: Path) -> None:
    corpus = corpus_of_texts(tmp_path)
    rows = {table: corpus.rows(table) for table in ("reports", "sentences", "labels")}
    assert min(rows.values()) > 0
    for stage, table in (("ingest", "reports"), ("parse", "sentences"), ("label", "labels")):
        (corpus.folder / "manifests" / f"{stage}.json").unlink()
        with pytest.raises(CorpusError, match="manifest of the stage that wrote"):
            corpus.read(table)
    found = check("c", home=tmp_path)
    assert [(Path(d.path).stem, d.mended) for d in found] == [
        ("ingest", True),
        ("parse", True),
        ("label", True),
    ]
    assert {table: corpus.rows(table) for table in rows} == rows


def test_a_list_of_sources_that_is_gone_is_seen_and_empties_nothing(tmp_path: Path) -> None:
    corpus = corpus_of_texts(tmp_path)
    (corpus.folder / "sources.json").unlink()
    (damage,) = check("c", home=tmp_path)
    assert (Path(damage.path).name, damage.mended) == ("sources.json", False)
    (corpus.folder / "manifests" / "ingest.json").unlink()
    with pytest.raises(CorpusError, match="list of the corpus' sources is gone"):
        list(pipeline.run(corpus))
    assert any((corpus.folder / "reports").glob("part-*"))


def test_what_is_the_users_own_is_not_damage(tmp_path: Path) -> None:
    corpus = corpus_of_texts(tmp_path)
    for place in ("arrays", "models/mine"):
        (corpus.folder / place).mkdir(parents=True, exist_ok=True)
        (corpus.folder / place / "mine.npy").write_text("Mine.")
    assert check("c", home=tmp_path) == []
    assert (corpus.folder / "arrays" / "mine.npy").exists()


def test_what_may_not_be_read_is_not_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = corpus_of_texts(tmp_path)
    shut = next((corpus.folder / "labels").glob("*"))
    may = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != shut and may(path, mode))
    with pytest.raises(CorpusError, match="may not be read"):
        check("c", home=tmp_path)
    assert shut.exists()


def corpus_of_texts(home: Path) -> Corpus:
    """Return the corpus `c` of a few texts, run through label."""
    source = home / "in"
    source.mkdir()
    for name in ("a", "b", "c"):
        (source / f"{name}.txt").write_text(f"Small effusion of case {name}. No fracture.")
    corpus = Corpus.create("c", home=home)
    ingest_source(corpus, "text", [source], settings=IngestSettings())
    list(pipeline.run(corpus, through="label"))
    return corpus

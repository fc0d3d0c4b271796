"""The corpus on disk: what is written is whole, what is read is what the manifests list."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from radmine.corpus import Corpus, Manifest
from radmine.errors import CorpusError
from radmine.placing import tidy
from radmine.records import Rejected, Report


def _reports(n: int) -> list[Report]:
    return [Report(report_id=f"r{i}", patient_id=f"p{i}", text=f"Text {i}.", source="test") for i in range(n)]


def _written(corpus: Corpus, n: int, name: str = "part-00000-a.parquet") -> Manifest:
    shard = corpus.write_shard("reports", name, _reports(n))
    manifest = Manifest("ingest", "f", {}, tables={"reports": [shard]})
    corpus.write_manifest(manifest)
    return manifest


def test_round_trip(tmp_path: Path) -> None:
    corpus = Corpus.create("c", home=tmp_path)
    _written(corpus, 3)
    assert list(Corpus.open("c", home=tmp_path).records("reports")) == _reports(3)
    assert corpus.rows("reports") == 3


def test_a_corpus_opens_by_name_and_by_path(tmp_path: Path) -> None:
    made = Corpus.create("c", home=tmp_path)
    assert Corpus.open(str(made.folder)).folder == made.folder


def test_table_without_rows_has_its_columns(tmp_path: Path) -> None:
    corpus = Corpus.create("c", home=tmp_path)
    assert corpus.read("labels").num_rows == 0
    assert "probability" in corpus.read("labels").column_names


def test_a_shard_that_no_manifest_lists_is_not_read_and_goes(tmp_path: Path) -> None:
    corpus = Corpus.create("c", home=tmp_path)
    corpus.write_shard("reports", "part-00000-stray.parquet", _reports(5))
    corpus.write_shard("rejected", "part-parse-00000-x.parquet", [Rejected("parse", "r", "empty_report", "")])
    manifest = _written(corpus, 2)
    assert corpus.rows("reports") == 2
    tidy(corpus.folder, manifest, ("reports",))
    assert [p.name for p in (corpus.folder / "reports").iterdir()] == ["part-00000-a.parquet"]
    assert (corpus.folder / "rejected" / "part-parse-00000-x.parquet").exists()  # another stage's


def test_fingerprint_follows_content(tmp_path: Path) -> None:
    corpus = Corpus.create("c", home=tmp_path)
    _written(corpus, 2)
    before = corpus.fingerprint("reports")
    _written(corpus, 2, "part-00000-b.parquet")
    assert corpus.fingerprint("reports") == before  # same rows, same bytes
    _written(corpus, 3)
    assert corpus.fingerprint("reports") != before


def test_missing_corpus_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="radmine ingest"):
        Corpus.open("nothing", home=tmp_path)


@pytest.mark.parametrize("content", ['{"format": 99}', "{}", "not json"])
def test_a_corpus_of_another_version_is_refused(tmp_path: Path, content: str) -> None:
    corpus = Corpus.create("c", home=tmp_path)
    (corpus.folder / "corpus.json").write_text(content)
    with pytest.raises(CorpusError, match="ingest its sources into a new corpus"):
        Corpus.open("c", home=tmp_path)


@pytest.mark.parametrize("name", ["", "..", "a/b"])
def test_a_name_that_is_no_folder_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CorpusError):
        Corpus.create(name, home=tmp_path)


def test_a_damaged_shard_is_named(tmp_path: Path) -> None:
    corpus = Corpus.create("c", home=tmp_path)
    _written(corpus, 2)
    path = corpus.folder / "reports" / "part-00000-a.parquet"
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(CorpusError, match="part-00000-a"):
        corpus.read("reports")


def test_a_second_writer_is_refused_and_a_dead_one_leaves_no_lock(tmp_path: Path) -> None:
    corpus = Corpus.create("c", home=tmp_path)
    hold = (
        "import sys, time; from radmine.corpus import Corpus\n"
        "with Corpus.open(sys.argv[1]).writing(): print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", hold, str(corpus.folder)], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(CorpusError, match="Another radmine process"), corpus.writing():
            pass
        other.kill()
    with corpus.writing():
        pass


def test_what_a_killed_writer_left_goes_with_the_next(tmp_path: Path) -> None:
    corpus = Corpus.create("c", home=tmp_path)
    _written(corpus, 2)
    (corpus.folder / ".corpus.json.17.partial").touch()
    (corpus.folder / "manifests" / ".ingest.json.17.partial").touch()
    with corpus.writing():
        assert not list(corpus.folder.rglob("*.partial"))
    assert corpus.rows("reports") == 2


def test_manifest_is_readable_json(tmp_path: Path) -> None:
    corpus = Corpus.create("c", home=tmp_path)
    written = _written(corpus, 2)
    data = json.loads((corpus.folder / "manifests" / "ingest.json").read_text())
    assert data["tables"]["reports"][0]["rows"] == 2
    assert corpus.manifest("ingest") == written

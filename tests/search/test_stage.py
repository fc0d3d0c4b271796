import shutil
from pathlib import Path

import pytest

from radmine.corpus import Corpus
from radmine.errors import NotAvailable, SettingsError
from radmine.records import Report
from radmine.run import run_stage, why_out_of_date
from radmine.search import STAGE, IndexSettings, index_folder, open_index
from tests.search.corpora import embeddings, index, make_corpus, opened, unit, write_tables

TEXTS = {"r1": "Large pneumothorax.", "r2": "No pneumothorax."}
IMAGES = {f"i{j}": {} for j in range(4)}
VECTORS = embeddings("image", list(IMAGES), unit([[1, 0], [0.9, 0.1], [0, 1], [-1, 0]]))


def files(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.glob("*/*")) if p.suffix in (".arrow", ".npy")}


def test_an_index_is_made_once(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, texts=TEXTS)
    assert index(corpus).status == "done"
    assert index_folder(corpus) == tmp_path / "indexes" / "case"
    assert index(corpus).status == "up to date"


def test_it_is_made_again_when_it_is_gone_or_something_changed(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, texts=TEXTS)
    index(corpus)
    shutil.rmtree(index_folder(corpus))
    assert why_out_of_date(corpus, STAGE, IndexSettings())
    assert index(corpus).status == "done"
    assert index(corpus).status == "up to date"
    make_corpus(tmp_path, texts={**TEXTS, "r3": "Clear."})
    assert "reports" in (why_out_of_date(corpus, STAGE, IndexSettings()) or "")
    assert index(corpus).status == "done"
    with open_index(index_folder(corpus)) as made:
        assert made.manifest.reports == 3


def test_the_same_corpus_gives_the_same_files(tmp_path: Path) -> None:
    corpora = [make_corpus(tmp_path / n, texts=TEXTS, images=IMAGES, vectors=VECTORS) for n in ("a", "b")]
    for corpus in corpora:
        index(corpus)
    first, second = (files(index_folder(c)) for c in corpora)
    assert first == second
    assert {"ids.arrow", "labels.arrow", "image-vectors.npy"} <= set(first)


def test_a_break_leaves_the_old_index_searchable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = make_corpus(tmp_path, texts=TEXTS)
    index(corpus)
    make_corpus(tmp_path, texts={**TEXTS, "r3": "Another pneumothorax."})

    def die(*_: object, **_k: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("radmine.search.stage._write_vectors", die)
        with pytest.raises(KeyboardInterrupt):
            index(corpus)
    with open_index(index_folder(corpus)) as old:
        assert [h.report_id for h in old.search(text="pneumothorax")] == ["r1", "r2"]
    assert index(corpus).status == "done"
    with open_index(index_folder(corpus)) as new:
        assert len(new.search(text="pneumothorax")) == 3


def test_a_reader_goes_on_while_the_index_is_made_again(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, texts=TEXTS, images=IMAGES, vectors=VECTORS)
    old = opened(corpus)  # nothing of it is read yet
    make_corpus(tmp_path, texts={"r9": "Pneumothorax."})
    index(corpus)
    assert [h.report_id for h in old.search(text="pneumothorax")] == ["r1", "r2"]
    assert len(old.search(image="i0")) == 3
    old.close()
    with open_index("case", home=tmp_path) as new:
        assert [h.report_id for h in new.search(text="pneumothorax")] == ["r9"]


def test_where_there_is_nothing_to_index(tmp_path: Path) -> None:
    empty = Corpus.create("empty", home=tmp_path)
    assert run_stage(empty, STAGE, IndexSettings()).status == "not applicable"
    only_headers = make_corpus(tmp_path, images=IMAGES, name="headers")
    outcome = index(only_headers)
    assert outcome.status == "not applicable"
    assert "no vectors" in outcome.reason
    assert index(only_headers).status == "not applicable"
    assert not index_folder(only_headers).exists()


def test_without_faiss_reports_are_searched_by_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = make_corpus(tmp_path, texts=TEXTS, images=IMAGES, vectors=VECTORS)
    with monkeypatch.context() as patch:
        patch.setitem(__import__("sys").modules, "faiss", None)
        with opened(corpus) as made:
            assert [h.report_id for h in made.search(text="pneumothorax")] == ["r1", "r2"]
            with pytest.raises(NotAvailable, match=r"radmine\[cpu\]"):
                made.search(image="i0")
        manifest = corpus.manifest("index")
        assert manifest is not None
        assert "FAISS" in manifest.notes["image_vectors"]
        assert index(corpus).status == "up to date"
    assert index(corpus).status == "done"  # FAISS is there now
    with open_index(index_folder(corpus)) as made:
        assert len(made.search(image="i0")) == 3


def test_an_unknown_kind_of_index_is_an_error_before_anything_is_made(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, texts=TEXTS)
    with pytest.raises(SettingsError, match="hnsw"):
        index(corpus, vector_index="annoy")
    assert not index_folder(corpus).exists()


def test_rows_that_point_nowhere_are_left_out(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, texts=TEXTS, vectors=embeddings("image", ["gone"], [[1.0, 0.0]]))
    with opened(corpus) as made:
        assert made.manifest.vectors == {}
        assert len(made.search(text="pneumothorax")) == 2


def test_many_shards_make_one_index(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, texts=TEXTS)
    write_tables(corpus, {"reports": [Report("r0", "p", "A pneumothorax, too.", "test")]}, stage="more")
    with opened(corpus) as made:
        assert {h.report_id for h in made.search(text="pneumothorax")} == {"r0", "r1", "r2"}


def test_nobody_is_named_in_the_manifest(tmp_path: Path) -> None:
    corpus = make_corpus(
        tmp_path, texts={"r1": "Dictated by Dr. Xyzzy."}, reports={"r1": {"patient_id": "ABC"}}
    )
    index(corpus)
    text = (index_folder(corpus) / "manifest.json").read_text()
    assert "Xyzzy" not in text
    assert "ABC" not in text

"""A corpus that somebody else made is data: nothing outside of it is changed, whatever its files name."""

import contextlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from radmine import pipeline
from radmine.corpus import Corpus, Manifest, Shard
from radmine.errors import CorpusError, RadmineError
from radmine.ingest import IngestSettings, ingest_source
from radmine.manifests import written_manifest


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """A parsed corpus, and a folder of the user's beside it."""
    source = tmp_path / "in"
    source.mkdir()
    for name in ("a", "b"):
        (source / f"{name}.txt").write_text("Small effusion.")
    corpus = Corpus.create("c", home=tmp_path)
    ingest_source(corpus, "text", [source], settings=IngestSettings())
    list(pipeline.run(corpus, through="parse"))
    (tmp_path / "mine" / "sub").mkdir(parents=True)
    for name in ("a.txt", "part-0.parquet", "sub/b.txt"):
        (tmp_path / "mine" / name).write_text("Mine.")
    return corpus


def outside(corpus: Corpus) -> dict[str, bytes]:
    """What stands beside the corpus."""
    home = corpus.folder.parent.parent
    files = (p for p in sorted(home.rglob("*")) if p.is_file() and not p.is_relative_to(corpus.folder))
    return {str(p.relative_to(home)): p.read_bytes() for p in files}


def runs(corpus: Corpus) -> None:
    """Run what writes to the corpus; that it refuses is right."""
    for through in ("parse", "label"):
        with contextlib.suppress(RadmineError):
            list(pipeline.run(Corpus(corpus.folder), through=through))


@pytest.mark.parametrize("stage", ["../../../mine", "{home}/mine", "evil"])
def test_a_journal_leads_nowhere(corpus: Corpus, stage: str) -> None:
    before = outside(corpus)
    stage = stage.format(home=corpus.folder.parent.parent)
    run = corpus.folder / ".next" / "evil"
    run.mkdir(parents=True)
    manifest = Manifest(stage=stage, fingerprint="x", inputs={}, tables={"../../mine": []})
    (run / "manifest.json").write_bytes(written_manifest(manifest))
    runs(corpus)
    assert outside(corpus) == before
    assert corpus.read("sentences").num_rows == 2


@pytest.mark.parametrize(
    "change",
    [
        {"stage": "../../../mine"},
        {"tables": {"../../mine": []}},
        {"tables": {"sentences": [Shard("../../../mine/part-0.parquet", 1, "x", 5)]}},
        {"folders": {"../../mine": "x"}},
        {"folders": {"../../indexes/../mine": "x"}},
    ],
)
def test_a_manifest_that_names_what_lies_outside_is_damaged(
    corpus: Corpus, change: dict[str, object]
) -> None:
    before = outside(corpus)
    manifest = corpus.manifest("parse")
    assert manifest is not None
    path = corpus.folder / "manifests" / "parse.json"
    path.write_bytes(written_manifest(replace(manifest, **change)))
    with pytest.raises(CorpusError, match="damaged"):
        corpus.manifest("parse")
    runs(corpus)
    assert outside(corpus) == before


@pytest.mark.parametrize("name", ["sentences", "rejected", "models", "manifests", ".next", "labels", "work"])
def test_a_link_is_not_written_through(corpus: Corpus, name: str) -> None:
    before = outside(corpus)
    place = corpus.folder / name
    if place.exists():
        os.rename(place, corpus.folder / "aside")
    place.symlink_to(corpus.folder.parent.parent / "mine")
    with pytest.raises(CorpusError, match="A link stands in the corpus"):
        list(pipeline.run(Corpus(corpus.folder)))
    assert outside(corpus) == before


@pytest.mark.parametrize("name", ["corpus.json", "manifests/parse.json", "sources.json"])
def test_nobody_waits_for_a_pipe(corpus: Corpus, name: str) -> None:
    (corpus.folder / name).unlink()
    os.mkfifo(corpus.folder / name)
    with pytest.raises((RadmineError, OSError)):
        pipeline.status(Corpus.open("c", home=corpus.folder.parent.parent))

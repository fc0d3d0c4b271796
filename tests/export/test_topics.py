"""Topics go out beside labels."""

import csv
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from radmine import label, link
from radmine.corpus import Corpus, Manifest, Shard
from radmine.errors import InputError
from radmine.export import export
from radmine.export.layout import Item
from radmine.export.topics import TopicRows
from radmine.label import LabelSettings
from radmine.records import ImageTopic, Report, SentenceTopics, Topic, TopicMixture
from radmine.run import run_stage
from tests.link.made import image, make_corpus

TABLES = {
    "topics": [
        Topic("document", 1, None, "=cmd fluid", ("fluid",), (1.0,), (), (), 2),
        Topic("second", 4, 1, "fluid left", ("left",), (1.0,), (), (), 1),
        Topic("sentence", 7, None, "pebble seen", ("pebble",), (1.0,), (), (), 1),
    ],
    "topic_mixtures": [
        TopicMixture("R0", 1, (0.25, 0.75), 4, (0.5, 0.5)),
        TopicMixture("R1", 1, (0.0, 1.0)),
    ],
    "sentence_topics": [SentenceTopics("R0", 0, 7, (7,), (0.875,))],
    "image_topics": [ImageTopic("1", "R0", 1, 4, 7), ImageTopic("2", "R1", 1, None, None)],
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    reports = [Report(f"R{n}", f"P{n}", "No gallstone.", "test", study_id=f"S{n}") for n in range(2)]
    images = [image(str(n + 1), f"S{n}", 1, 1, patient_id=f"P{n}", modality="CR") for n in range(2)]
    made = make_corpus(tmp_path_factory.mktemp("home"), reports, images)
    run_stage(made, link.STAGE, link.LinkSettings())
    run_stage(made, label.STAGE, LabelSettings())
    return made


def write_topics(corpus: Corpus, inputs: dict[str, str]) -> None:
    shards = {t: [corpus.write_shard(t, "part-00000-a.parquet", rows)] for t, rows in TABLES.items()}
    corpus.write_manifest(Manifest("topics", "x", inputs, shards))


def rows_of(corpus: Corpus, folder: Path, *, images: bool) -> list[list[str]]:
    done = export(corpus, "wide", folder / "out.csv", images=images, topics=True)
    assert done.files == (folder / "out.csv", folder / "out.topics.csv")
    with (folder / "out.topics.csv").open(newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))


def test_without_topics_it_is_said_how_to_make_them(corpus: Corpus, tmp_path: Path) -> None:
    (corpus.folder / "manifests" / "topics.json").unlink(missing_ok=True)
    with pytest.raises(InputError, match="'topics' has not run yet"):
        export(corpus, "wide", tmp_path / "out.csv", topics=True)
    write_topics(corpus, {"table reports": "an earlier state"})
    with pytest.raises(InputError, match="earlier state of reports"):
        export(corpus, "wide", tmp_path / "out.csv", topics=True)
    assert not list(tmp_path.iterdir())


def test_reports_and_images_have_a_row_for_each_level(corpus: Corpus, tmp_path: Path) -> None:
    write_topics(corpus, {})
    head = ["report_id", "image_id", "level", "topic", "name", "weight", "sentence"]
    fluid = "'=cmd fluid"  # which no table calculates
    assert rows_of(corpus, tmp_path, images=False) == [
        head,
        ["R0", "", "document", "1", fluid, "0.75", ""],
        ["R0", "", "second", "4", "fluid left", "0.5", ""],
        ["R1", "", "document", "1", fluid, "1.0", ""],
        ["R0", "", "sentence", "7", "pebble seen", "0.875", "0"],
    ]
    assert rows_of(corpus, tmp_path, images=True) == [
        head,
        ["R0", "1", "document", "1", fluid, "", ""],
        ["R0", "1", "second", "4", "fluid left", "", ""],
        ["R0", "1", "sentence", "7", "pebble seen", "", ""],
        ["R1", "2", "document", "1", fluid, "", ""],
    ]


def test_a_shard_is_read_for_its_own_rows_alone(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = {name: [[row] for row in rows] for name, rows in TABLES.items() if name != "topics"}
    shards = {
        name: [corpus.write_shard(name, f"part-{n:05d}-1.parquet", rows) for n, rows in enumerate(parts)]
        for name, parts in tables.items()
    }
    corpus.write_manifest(Manifest("topics", "x", {}, shards))
    rows = TopicRows(corpus, images=False)
    read: list[str] = []
    read_shard = Corpus.read_shard

    def counted(self: Corpus, table: str, shard: Shard, **only: Any) -> pa.Table:
        read.append(f"{table} {shard.file}")
        return read_shard(self, table, shard, **only)

    monkeypatch.setattr(Corpus, "read_shard", counted)
    found = list(rows.of([Item("R1", {}, None, {}, {})]))
    assert [row[0] for row in found] == ["R1"]
    assert read == ["topic_mixtures part-00001-1.parquet"]

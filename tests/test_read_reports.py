"""One place joins a report's text with what reading found in it."""

from pathlib import Path

import pytest

from radmine import link
from radmine.corpus import Corpus, Manifest
from radmine.errors import CorpusError
from radmine.parse import parse_report
from radmine.records import ReadReport, Report
from radmine.run import run_stage
from tests.link.made import image, make_corpus

TEXTS = {"a": "Gallstone (series 3, image 4). No ascites.", "b": " ", "c": "Splenomegaly."}


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    reports = [Report(i, "P", text, "test", study_id="now") for i, text in TEXTS.items()]
    made = make_corpus(tmp_path, reports, [image("4", "now", 3, 4), image("5", "now", 3, 5)], shard=2)
    run_stage(made, link.STAGE, link.LinkSettings())
    return made


def test_reports_are_read_back_as_they_were_read(corpus: Corpus) -> None:
    read = {report_id: read for report_id, read, _ in corpus.read_reports()}
    assert list(read) == list(TEXTS)
    for report_id in ("a", "c"):
        expected = parse_report(TEXTS[report_id])
        assert [list(part) for part in read[report_id][:4]] == [list(part) for part in expected[:4]]
    assert read["b"] == ReadReport(TEXTS["b"], (), (), ())  # parse set it aside


def test_other_tables_come_by_report(corpus: Corpus) -> None:
    found = {i: more for i, _, more in corpus.read_reports(also=("reports", "references", "links"))}
    assert [r.text for r in found["c"]["reports"]] == [TEXTS["c"]]
    assert [(r.series, r.first) for r in found["a"]["references"]] == [(3, 4)]
    assert ("4", "a") in {(link.image_id, link.report_id) for link in found["a"]["links"]}
    assert found["c"]["references"] == []


@pytest.mark.parametrize("every", [1, 2, 3, 5, 9])
@pytest.mark.parametrize("shard", [1, 2, 3, 8])
def test_each_so_many_are_those_of_the_whole_corpus_whatever_its_shards(
    tmp_path: Path, every: int, shard: int
) -> None:
    made = make_corpus(
        tmp_path, [Report(f"r{n}", "P", "No ascites.", "test") for n in range(8)], (), shard=shard
    )
    chosen = list(made.read_reports(also=("reports",), every=every))
    assert [i for i, *_ in chosen] == [f"r{n}" for n in range(0, 8, every)]
    assert all(len(read.mentions) == 1 and len(more["reports"]) == 1 for _, read, more in chosen)


def test_tables_of_another_state_are_refused(corpus: Corpus) -> None:
    parsed = corpus.manifest("parse")
    assert parsed is not None
    shorter = {table: shards[:1] for table, shards in parsed.tables.items()}
    corpus.write_manifest(Manifest("parse", "x", {}, shorter))
    with pytest.raises(CorpusError, match="do not go together"):
        list(corpus.read_reports())

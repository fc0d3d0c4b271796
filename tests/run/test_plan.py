"""The plan of a run follows from what stages read and write, and a stage never runs on stale inputs."""

from pathlib import Path

import pytest

from radmine import pipeline
from radmine.corpus import Corpus
from radmine.errors import CorpusError, InputError
from radmine.ingest import ingest_source
from radmine.run import Execution, Stage, needed_for


def _add(corpus: Corpus, folder: Path, *texts: str) -> None:
    folder.mkdir()
    for number, text in enumerate(texts):
        (folder / f"{folder.name}{number}.txt").write_text(text)
    ingest_source(corpus, "text", [folder], settings=pipeline.settings_of(corpus)["ingest"])


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    corpus = Corpus.create("c", home=tmp_path)
    _add(corpus, tmp_path / "a", "FINDINGS: Gallstone.", "FINDINGS: No ascites.")
    return corpus


def _ran(corpus: Corpus, through: str | None = None) -> list[str]:
    return [o.stage for o in pipeline.run(corpus, through=through) if o.status == "done"]


@pytest.mark.parametrize(
    ("through", "needed"),
    [
        ("ingest", ["ingest"]),
        ("label", ["ingest", "parse", "link", "label"]),
        ("topics", ["ingest", "parse", "topics"]),
        ("pixels", ["ingest", "parse", "link", "pixels"]),
        ("index", [stage.name for stage in pipeline.STAGES]),
    ],
)
def test_a_run_through_a_stage_runs_what_that_rests_on_and_nothing_else(
    corpus: Corpus, through: str, needed: list[str]
) -> None:
    assert [stage.name for stage in pipeline.stages_through(through)] == needed


def test_topics_are_not_fitted_for_labels(corpus: Corpus) -> None:
    assert _ran(corpus, "label") == ["parse", "link", "label"]


@pytest.mark.parametrize("stage", ["link", "label", "topics", "embed", "index"])
def test_after_more_was_ingested_a_single_stage_names_what_is_stale_and_the_command(
    corpus: Corpus, tmp_path: Path, stage: str
) -> None:
    list(pipeline.run(corpus))
    _add(corpus, tmp_path / "b", "FINDINGS: Splenomegaly.")
    before = {p: p.read_bytes() for p in (corpus.folder / "manifests").iterdir()}
    with pytest.raises(InputError, match=r"parse \(changed: table reports\)") as error:
        pipeline.run_one(corpus, stage)
    assert f"radmine run c --through {stage}" in error.value.do
    assert {p: p.read_bytes() for p in (corpus.folder / "manifests").iterdir()} == before
    assert _ran(corpus, stage)[-1] == stage
    assert pipeline.run_one(corpus, stage).status == "up to date"


def test_a_label_beside_an_out_of_date_link_is_refused(corpus: Corpus, tmp_path: Path) -> None:
    list(pipeline.run(corpus))
    _add(corpus, tmp_path / "b", "FINDINGS: Splenomegaly.")
    list(pipeline.run(corpus, through="parse"))
    with pytest.raises(InputError, match=r"up to date: link \(changed: table reports, table sentences"):
        pipeline.run_one(corpus, "label")


def test_a_stage_that_has_not_run_is_named(corpus: Corpus) -> None:
    with pytest.raises(InputError, match=r"parse \(not run yet\); link \(not run yet\)"):
        pipeline.run_one(corpus, "label")
    assert pipeline.run_one(corpus, "parse").status == "done"


def test_processes_make_nothing_run_again(corpus: Corpus, tmp_path: Path) -> None:
    list(pipeline.run(corpus))
    assert {o.status for o in pipeline.run(corpus, execution=Execution(workers=2))} <= {
        "up to date",
        "not applicable",
    }
    (tmp_path / "s.toml").write_text('[run]\nworkers = 2\ndevice = "cpu"\n')
    pipeline.use_settings(corpus, tmp_path / "s.toml")
    assert pipeline.settings_of(corpus)["run"] == Execution(2, "cpu")
    assert _ran(corpus) == []


def test_a_changed_setting_makes_only_what_rests_on_it_run_again(corpus: Corpus, tmp_path: Path) -> None:
    list(pipeline.run(corpus))
    (tmp_path / "s.toml").write_text("[topics]\ntopics = 3\n")
    pipeline.use_settings(corpus, tmp_path / "s.toml")
    found = {s.stage: (s.status, s.reason) for s in pipeline.status(corpus)}
    assert found["topics"] == ("out of date", "changed: settings")
    assert found["train"] == ("out of date", "after topics")
    assert found["label"] == ("up to date", "")


def test_a_model_is_an_input_as_a_table_is() -> None:
    stages = [
        Stage("a", print, object, (), ("reports",)),
        Stage("b", print, object, ("reports",), ("models/x",)),
        Stage("c", print, object, ("models/x",), ("labels",)),
    ]
    assert needed_for(stages, stages[2]) == stages


def test_tables_that_do_not_go_together_are_a_clear_error(corpus: Corpus, tmp_path: Path) -> None:
    list(pipeline.run(corpus))
    _add(corpus, tmp_path / "b", "FINDINGS: Splenomegaly.")
    with pytest.raises(CorpusError, match="do not go together") as error:
        corpus.aligned_shards(("reports", "sections"))
    assert "radmine run c" in error.value.do

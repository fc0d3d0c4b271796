"""The plan of a run follows from what stages read and write, and a stage never runs on stale inputs."""

from pathlib import Path

import pytest

from radmine import pipeline
from radmine.check import check
from radmine.corpus import Corpus
from radmine.errors import CorpusError, InputError, SettingsError
from radmine.ingest import ingest_source
from radmine.label import train_voters
from radmine.records import Report
from radmine.run import Execution, Stage, needed_for
from radmine.show.case import explain_case, find_case
from tests.link.made import image, make_corpus


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
        ("topics", ["ingest", "parse", "link", "topics"]),
        ("pixels", ["ingest", "parse", "link", "pixels"]),
        ("index", [stage.name for stage in pipeline.STAGES]),
    ],
)
def test_a_stage_rests_on_what_it_reads_and_on_nothing_else(through: str, needed: list[str]) -> None:
    stage = pipeline.stage_named(through)
    assert [other.name for other in needed_for(pipeline.STAGES, stage)] == needed


def test_an_index_of_text_alone_asks_for_no_pixels(corpus: Corpus) -> None:
    assert _ran(corpus, "label") == ["parse", "link", "label"]
    with pytest.raises(InputError) as error:
        pipeline.run_one(corpus, "index")
    assert "embed (not run yet)" in error.value.what
    assert not {"pixels", "train"} & set(error.value.what.split())
    assert _ran(corpus, "index") == ["topics", "embed", "index"]
    assert pipeline.run_one(corpus, "index").status == "up to date"
    # The whole run changes nothing of what is there.
    assert {o.stage: o.status for o in pipeline.run(corpus)} == {
        **dict.fromkeys(("ingest", "parse", "link", "topics", "label", "embed", "index"), "up to date"),
        **dict.fromkeys(("pixels", "train"), "not applicable"),
    }


def test_an_index_needs_topics_where_there_are_images(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, [Report("R", "P", "Gallstone.", "test")], [image("i", "S", 1, 1)])
    settings = pipeline.default_settings()
    through = pipeline.stages_through(corpus, "index", settings)
    assert [stage.name for stage in through] == [stage.name for stage in pipeline.STAGES]


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


def test_what_is_shown_is_never_of_an_earlier_text(corpus: Corpus, tmp_path: Path) -> None:
    list(pipeline.run(corpus, through="label"))
    explain_case(corpus, "a0")
    (tmp_path / "a" / "a0.txt").write_text("FINDINGS: A text that is another, and a hernia.")
    ingest_source(corpus, "text", [tmp_path / "a"], settings=pipeline.settings_of(corpus)["ingest"])
    for look in (
        lambda: find_case(corpus, "a0"),
        lambda: explain_case(corpus, "a0"),
        lambda: train_voters(corpus),
    ):
        with pytest.raises(InputError, match="'parse' wrote is of an earlier state of reports") as error:
            look()
        assert "radmine run c --through parse" in error.value.do
    list(pipeline.run(corpus, through="parse"))
    find = "'link' wrote is of an earlier state of reports, sentences"
    with pytest.raises(InputError, match=find):
        explain_case(corpus, "a0")
    list(pipeline.run(corpus, through="label"))
    assert "hernia" in explain_case(corpus, "a0").text
    (corpus.folder / "manifests" / "parse.json").unlink()
    with pytest.raises(InputError, match="earlier state"):
        explain_case(corpus, "a0")


def test_a_lost_list_of_sources_empties_nothing(corpus: Corpus) -> None:
    list(pipeline.run(corpus, through="label"))
    before = corpus.read("labels")
    kept = (corpus.folder / "sources.json").read_bytes()
    (corpus.folder / "sources.json").unlink()
    with pytest.raises(CorpusError, match="list of the corpus' sources is gone"):
        list(pipeline.run(corpus))
    assert corpus.read("labels").equals(before)
    (corpus.folder / "sources.json").write_bytes(kept)
    assert _ran(corpus, "label") == []


def test_a_damaged_shard_is_made_again_by_what_the_error_says(corpus: Corpus) -> None:
    list(pipeline.run(corpus, through="label"))
    before = corpus.read("mentions")
    (shard,) = corpus.shards("mentions")
    path = corpus.folder / "mentions" / shard.file
    path.write_bytes(bytes(len(path.read_bytes())))
    with pytest.raises(CorpusError) as error:
        corpus.read("mentions")
    assert "`radmine check c`" in error.value.do
    assert error.value.where == str(path)
    (damage,) = check(str(corpus.folder))
    assert (damage.path, damage.stage, damage.mended) == (str(path), "parse", True)
    assert corpus.read("mentions").equals(before)


def test_an_unknown_device_is_told_before_anything_runs(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text('[run]\ndevice = "gpu"\n')
    with pytest.raises(SettingsError, match="Unknown device"):
        pipeline.use_settings(corpus, tmp_path / "s.toml")


def test_an_ontology_that_is_gone_is_told_when_it_is_read_and_status_goes_on(
    corpus: Corpus, tmp_path: Path
) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[plain_sign]\ntitle = "Plain sign"\nsynonyms = ["plain sign"]\n')
    (tmp_path / "s.toml").write_text(f'[parse]\nlexicon = ["{own}"]\n')
    pipeline.use_settings(corpus, tmp_path / "s.toml")
    list(pipeline.run(corpus, through="label"))
    own.unlink()
    assert {s.stage: s.reason for s in pipeline.status(corpus)}["parse"] == "changed: data files"
    with pytest.raises(SettingsError, match=r"\[parse\] lexicon .*own.toml"):
        list(pipeline.run(corpus, through="parse"))
    assert "plain_sign" in corpus.lexicon.findings

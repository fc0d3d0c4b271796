import pytest

from radmine.corpus import Corpus
from radmine.errors import InputError, SettingsError
from radmine.findings import load_findings
from radmine.parse import STAGE, ParseSettings, parse_report
from radmine.parse.score import score
from radmine.records import (
    TABLES,
    Assertion,
    Experiencer,
    Mention,
    Report,
    Temporality,
    TrueMention,
    TrueSection,
    TrueSentence,
    Truth,
    by_report,
)
from radmine.run import Limits, Stage, run_stage

TEXT = "FINDINGS: No pneumothorax. The heart is enlarged.\nIMPRESSION: Possible pneumonia."
TEXTS = {"a": TEXT, "b": "  \n", "c": "x" * 101, "d": "İ small PTX \ud800", "e": ""}


@pytest.fixture
def corpus(tmp_path):
    corpus = Corpus.create("toy", home=tmp_path)

    def write(job):
        job.write(
            "reports", [Report(i, i, t.encode("utf-8", "replace").decode(), "test") for i, t in TEXTS.items()]
        )

    run_stage(corpus, Stage("source", write, ParseSettings, (), ("reports",)), ParseSettings())
    return corpus


def test_the_stage_writes_what_the_reader_says(corpus):
    outcome = run_stage(corpus, STAGE, ParseSettings(limits=Limits(report_characters=100)))
    assert (outcome.status, outcome.rejected) == ("done", 3)
    for table, records in zip(STAGE.writes, parse_report(TEXT)[1:], strict=False):
        assert by_report(TABLES[table], corpus.read(table)).get("a", ()) == records
    assert {r.item: r.reason for r in corpus.records("rejected")} == {
        "b": "empty_report",
        "c": "report_too_long",
        "e": "empty_report",
    }


def test_no_text_in_what_is_said_of_rejected_reports(corpus):
    run_stage(corpus, STAGE, ParseSettings(limits=Limits(report_characters=100)))
    assert all("xxx" not in r.detail for r in corpus.records("rejected"))


def test_a_second_run_has_nothing_to_do(corpus):
    run_stage(corpus, STAGE, ParseSettings())
    assert run_stage(corpus, STAGE, ParseSettings()).status == "up to date"


def test_a_corpus_without_reports_is_not_applicable(tmp_path):
    corpus = Corpus.create("bare", home=tmp_path)
    assert run_stage(corpus, STAGE, ParseSettings()).status == "not applicable"


def test_a_report_that_fails_is_set_aside(corpus, monkeypatch):
    from radmine.parse import stage

    def fail(text, *, lexicon, body_part):
        raise RecursionError("secret words")

    monkeypatch.setattr(stage, "parse_report", fail)
    assert run_stage(corpus, STAGE, ParseSettings()).rejected == len(TEXTS)
    failed = [r for r in corpus.records("rejected") if r.reason == "unreadable_report"]
    assert {r.detail for r in failed} == {"RecursionError"}


def truth_of(text: str, report_id: str) -> Truth:
    parsed = parse_report(text)
    return Truth(
        sections=tuple(TrueSection(report_id, s.start, s.end, s.name) for s in parsed.sections),
        sentences=tuple(TrueSentence(report_id, s.start, s.end) for s in parsed.sentences),
        mentions=tuple(TrueMention(report_id, *m[:6]) for m in parsed.mentions),
    )


def test_score_is_one_where_all_is_right(corpus):
    run_stage(
        corpus, STAGE, ParseSettings(limits=Limits(report_characters=10))
    )  # only "d" and "a" are longer: both rejected
    scores = {(s.subject, s.metric): s.value for s in score(corpus, truth_of(TEXT, "a"))}
    assert scores["sections", "f1"] == 0.0
    run_stage(corpus, STAGE, ParseSettings())
    scores = {(s.subject, s.metric): s.value for s in score(corpus, truth_of(TEXT, "a"))}
    assert scores["mentions", "recall"] == 1.0
    assert scores["assertion", "accuracy"] == 1.0
    assert scores["assertion uncertain", "f1"] == 1.0


def test_score_sees_what_is_wrong(corpus):
    run_stage(corpus, STAGE, ParseSettings())
    at = TEXT.index("pneumothorax")
    wrong = (Assertion.PRESENT, Temporality.CURRENT, Experiencer.PATIENT)
    truth = Truth(
        mentions=(
            TrueMention("a", at, at + 3, "pneumothorax", *wrong),
            TrueMention("a", at, at + 3, "pneumothorax", *wrong),  # there is only one to find
            TrueMention("a", at, at + 3, "emphysema", *wrong),
        )
    )
    scores = {(s.subject, s.metric): s.value for s in score(corpus, truth)}
    assert scores["mentions", "recall"] == pytest.approx(1 / 3)
    assert scores["assertion", "accuracy"] == 0.0
    assert ("sections", "f1") not in scores
    assert scores["assertion present", "f1"] == 0.0
    assert ("assertion absent", "f1") not in scores  # nowhere true
    accuracy = next(s for s in score(corpus, truth) if s.subject == "assertion")
    assert accuracy.note == "said and nowhere true: absent 1 times"


def test_score_of_an_empty_truth_is_empty(corpus):
    assert score(corpus, Truth()) == []


def test_mentions_survive_the_table(corpus):
    run_stage(corpus, STAGE, ParseSettings())
    mentions = by_report(TABLES["mentions"], corpus.read("mentions"))["a"]
    assert all(isinstance(m, Mention) and isinstance(m.assertion, Assertion) for m in mentions)


def test_findings_of_an_ontology_are_written_too(corpus, tmp_path):
    (tmp_path / "own.obo").write_text(
        "format-version: 1.2\n\n[Term]\nid: X:1\nname: possible pneumonia sign\n"
    )
    run_stage(corpus, STAGE, ParseSettings())
    settings = ParseSettings(lexicon=(str(tmp_path / "own.obo"),))
    assert run_stage(corpus, STAGE, settings).reason == "changed: settings, data files"
    assert run_stage(corpus, STAGE, settings).status == "up to date"
    assert corpus.manifest("parse").notes == {"findings of the lexicon": len(load_findings()) + 1}


def test_an_ontology_that_is_not_there_is_a_clear_error(corpus):
    with pytest.raises(InputError, match="ontology cannot be read"):
        run_stage(corpus, STAGE, ParseSettings(lexicon=("nowhere.owl",)))


@pytest.mark.parametrize("wrong", [{"report_characters": 0}, {"seconds": -5}])
def test_settings_out_of_range_are_a_clear_error(wrong):
    with pytest.raises(SettingsError, match="must be more than 0"):
        ParseSettings(limits=Limits(**wrong))

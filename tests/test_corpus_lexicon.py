"""Findings that only an ontology has, from parse to label to index: the lexicon belongs to the corpus."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from radmine import label, link, parse
from radmine import search as room
from radmine.corpus import Corpus
from radmine.errors import CorpusError, InputError
from radmine.findings import NameReader, load_findings, load_lexicon
from radmine.label.voters.training import train_on_reports
from radmine.records import Assertion, Report, TrueLabel, Truth, Vote
from radmine.run import run_stage, why_out_of_date
from radmine.search.examples import example_queries
from radmine.show.case import explain_case
from tests.link.made import image, make_corpus

PRESENT, ABSENT, UNCERTAIN = Assertion.PRESENT, Assertion.ABSENT, Assertion.UNCERTAIN
# A finding whose parent is one of ours, and a kind of it.
LEXICON = """
[sail_sign]
title = "Sail sign of the wrist"
parents = ["joint_effusion"]
synonyms = ["sail sign"]
[furled_sail_sign]
title = "Furled sail sign"
parents = ["sail_sign"]
synonyms = ["furled sail"]
"""
TEXTS = {
    "a": "FINDINGS: There is a furled sail.",
    "b": "FINDINGS: Possible sail sign.",
    "c": "FINDINGS: No sail sign.",
    "d": "FINDINGS: Joint effusion. No fracture.",
}
PARSE = parse.ParseSettings


def ontology(folder: Path, text: str = LEXICON) -> tuple[str]:
    (folder / "wrist.toml").write_text(text)
    return (str(folder / "wrist.toml"),)


def labelled(folder: Path, settings: label.LabelSettings | None = None, *, images: bool = False) -> Corpus:
    """A corpus read with the ontology; with images, each report is of a study with one image."""
    reports = [Report(i, i, text, "test", study_id=f"s-{i}") for i, text in TEXTS.items()]
    pictures = [image(f"i-{i}", f"s-{i}", 1, 1, patient_id=i) for i in TEXTS] if images else []
    corpus = make_corpus(folder, reports, pictures)
    run_stage(corpus, parse.STAGE, PARSE(lexicon=ontology(folder)))
    run_stage(corpus, link.STAGE, link.LinkSettings())
    run_stage(corpus, label.STAGE, settings or label.LabelSettings())
    return corpus


def said(corpus: Corpus, *, of_images: bool = False) -> dict[str, dict[str, Assertion]]:
    found: dict[str, dict[str, Assertion]] = {}
    for row in corpus.records("labels"):
        if (row.image_id is not None) is of_images:
            found.setdefault(row.report_id, {})[row.finding] = row.assertion
    return found


EXPECTED = {
    "a": {"joint_effusion": PRESENT, "sail_sign": PRESENT, "furled_sail_sign": PRESENT},
    "b": {"joint_effusion": UNCERTAIN, "sail_sign": UNCERTAIN},
    "c": {"sail_sign": ABSENT},
    "d": {"joint_effusion": PRESENT, "fracture": ABSENT},
}


def test_a_lexicon_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    corpus = labelled(tmp_path)
    written, read = load_lexicon(*ontology(tmp_path)), corpus.lexicon
    assert dict(read.findings) == dict(written.findings)
    assert (read.phrases, read.digest, read.left_out) == (written.phrases, written.digest, written.left_out)
    assert read.ancestors("furled_sail_sign") == ("sail_sign", "joint_effusion")
    assert read.kinds_of("joint_effusion") >= {"joint_effusion", "sail_sign", "furled_sail_sign"}
    assert corpus.manifest("parse").folders == {"lexicon": written.digest}  # type: ignore[union-attr]


def test_parents_of_its_findings_get_labels(tmp_path: Path) -> None:
    assert said(labelled(tmp_path)) == EXPECTED


def test_so_do_those_of_images(tmp_path: Path) -> None:
    corpus = labelled(tmp_path, images=True)
    assert said(corpus) == EXPECTED  # by way of records, and of columns in the test before
    assert said(corpus, of_images=True) == EXPECTED


def test_it_can_be_filtered_asked_for_and_explained(tmp_path: Path) -> None:
    corpus = labelled(tmp_path)
    run_stage(corpus, room.STAGE, room.IndexSettings())
    shutil.rmtree(corpus.folder)  # an index stands by itself
    with room.open_index(room.index_folder(corpus)) as index:
        filtered = index.search(text="sail", where="finding=furled sail sign")
        assert [hit.report_id for hit in filtered] == ["a"]
        assert {
            hit.report_id for hit in index.search(text="joint effusion", where={"finding": "sail_sign"})
        } == {"a"}
        hits = index.search(text="sail sign")
        assert hits[0].report_id == "a"
        assert "sail_sign present" in [reason.detail for reason in hits[0].why]
        (finding,) = [reason for reason in hits[0].why if reason.detail == "sail_sign present"]
        assert TEXTS["a"][finding.start : finding.end] == "furled sail"
        with pytest.raises(InputError, match="sail_sgn") as wrong:
            index.search(text="x", where="finding=sail_sgn")
        assert "sail_sign" in wrong.value.do


def test_its_labels_are_scored_with_their_parents(tmp_path: Path) -> None:
    truth = Truth(labels=(TrueLabel("a", None, "furled_sail_sign", PRESENT),))
    scores = {(s.subject, s.metric): s.value for s in label.STAGE.score(labelled(tmp_path), truth)}
    assert scores["reports: all findings", "recall"] == 1.0
    assert scores["reports: joint_effusion", "F1"] == 1.0
    corpus = Corpus(tmp_path / "corpora" / "made")
    run_stage(corpus, room.STAGE, room.IndexSettings())
    found = {s.subject for s in room.STAGE.score(corpus, truth)}
    assert {"furled_sail_sign", "sail_sign", "joint_effusion"} <= found


def test_a_report_with_it_is_explained(tmp_path: Path) -> None:
    shown = explain_case(labelled(tmp_path), "b")
    assert shown.explanation.labels["joint_effusion"].evidence[0].mentions[0].finding == "sail_sign"


def sails(read: object) -> Iterator[tuple[str, Vote]]:
    """A voter on a finding of the ontology, and on one that nobody knows."""
    yield "furled_sail_sign", Vote("sails", PRESENT, 0.9)
    yield "sail_signn", Vote("sails", PRESENT, 0.9)


def test_voters_of_others_may_vote_on_it(tmp_path: Path) -> None:
    corpus = labelled(tmp_path, label.LabelSettings(extra_voters=("tests.test_corpus_lexicon:sails",)))
    votes = [row for row in corpus.records("votes") if row.voter == "sails"]
    assert {row.finding for row in votes} == {"furled_sail_sign", "sail_sign", "joint_effusion"}
    assert len(votes) == 3 * len(TEXTS)
    assert {row.reason for row in corpus.records("rejected")} == {"voter_failed"}


def test_answers_may_name_it(tmp_path: Path) -> None:
    file = tmp_path / "answers.csv"
    file.write_text("report_id,finding,answer\nd,Furled sail sign,yes\nd,sail_sign,no\nd,keel sign,yes\n")
    corpus = labelled(tmp_path, label.LabelSettings(answers=(str(file),)))
    votes = {(r.report_id, r.finding): r.assertion for r in corpus.records("votes") if "answers" in r.voter}
    # What is more general is there too, but where the same voter says it is not.
    assert votes == {
        ("d", "furled_sail_sign"): PRESENT,
        ("d", "sail_sign"): ABSENT,
        ("d", "joint_effusion"): PRESENT,
    }
    assert {row.reason for row in corpus.records("rejected")} == {"unknown_finding"}
    assert NameReader().read("Furled sail sign") is None


def test_voters_learn_it(tmp_path: Path) -> None:
    lexicon = load_lexicon(*ontology(tmp_path))
    reads = [parse.parse_report(f"FINDINGS: Furled sail {n}.", lexicon=lexicon) for n in range(20)]
    reads += [parse.parse_report(f"FINDINGS: No sail sign {n}.", lexicon=lexicon) for n in range(20)]
    train_on_reports(reads, tmp_path / "voters", lexicon=lexicon)
    corpus = labelled(tmp_path, label.LabelSettings(voters=str(tmp_path / "voters")))
    assert said(corpus)["a"].keys() >= {"furled_sail_sign", "sail_sign", "joint_effusion"}
    bare = make_corpus(tmp_path / "bare", [Report("a", "a", TEXTS["a"], "test")])
    run_stage(bare, link.STAGE, link.LinkSettings())
    with pytest.raises(CorpusError, match="findings that the lexicon lacks"):
        run_stage(bare, label.STAGE, label.LabelSettings(voters=str(tmp_path / "voters")))


def test_a_corpus_without_one_carries_none(tmp_path: Path) -> None:
    corpus = labelled(tmp_path)
    run_stage(corpus, parse.STAGE, PARSE())
    assert not (corpus.folder / "lexicon").exists()
    assert corpus.lexicon is load_lexicon()
    assert corpus.lexicon.findings is load_findings()
    why = why_out_of_date(corpus, label.STAGE, label.LabelSettings())
    assert "folder lexicon" in (why or "")
    run_stage(corpus, link.STAGE, link.LinkSettings())
    run_stage(corpus, label.STAGE, label.LabelSettings())
    signs = {"b": {"imaging_sign": Assertion.UNCERTAIN}, "c": {"imaging_sign": ABSENT}}  # by "sign" alone
    assert said(corpus) == {"d": EXPECTED["d"], **signs}


def test_a_change_of_its_parents_alone_makes_labels_anew(tmp_path: Path) -> None:
    corpus = labelled(tmp_path)
    changed = LEXICON.replace('parents = ["joint_effusion"]\n', "")
    run_stage(corpus, parse.STAGE, PARSE(lexicon=ontology(tmp_path, changed)))
    run_stage(corpus, link.STAGE, link.LinkSettings())
    run_stage(corpus, label.STAGE, label.LabelSettings())
    assert said(corpus)["a"] == {"sail_sign": PRESENT, "furled_sail_sign": PRESENT}


def test_a_damaged_lexicon_is_a_clear_error(tmp_path: Path) -> None:
    corpus = labelled(tmp_path)
    (corpus.folder / "lexicon" / "lexicon.json").write_text('{"format": 1, "findings": [{"name"')
    with pytest.raises(CorpusError, match="lexicon cannot be read"):
        _ = corpus.lexicon


def test_the_searches_worth_trying_name_it(tmp_path: Path) -> None:
    corpus = labelled(tmp_path)
    assert example_queries(corpus) in [("furled sail sign", None), ("joint effusion", None)]

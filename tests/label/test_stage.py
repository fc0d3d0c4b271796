"""Votes and labels of reports and images, on corpora made by hand."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from radmine import link
from radmine.corpus import Corpus
from radmine.errors import CorpusError
from radmine.label import STAGE, LabelSettings, label_report
from radmine.label.score import score
from radmine.label.trained import train_voters, training_reports
from radmine.records import Assertion, Image, LabelRow, Report, Split, TrueLabel, Truth
from radmine.stage import run_stage
from tests.link.made import image, make_corpus

PRESENT, ABSENT = Assertion.PRESENT, Assertion.ABSENT


def labelled(
    home: Path, reports: Sequence[Report], images: Sequence[Image] = (), *, shard: int = 100
) -> Corpus:
    corpus = make_corpus(home, reports, images, shard=shard)
    run_stage(corpus, link.STAGE, link.LinkSettings())
    run_stage(corpus, STAGE, LabelSettings())
    return corpus


def labels(corpus: Corpus, image_id: str | None = None) -> dict[str, LabelRow]:
    return {row.finding: row for row in corpus.records("labels") if row.image_id == image_id}


def report(text: str, name: str = "R") -> Report:
    return Report(name, "P", text, "test", study_id="now", study_date="2020-01-01")


def test_the_tables_agree_with_label_report(tmp_path: Path) -> None:
    text = "FINDINGS: Splenomegaly. No ascites.\nIMPRESSION: Splenomegaly, possible hydronephrosis."
    corpus = labelled(tmp_path, [report(text)])
    expected = label_report(text)
    rows = labels(corpus)
    assert {f: (r.assertion, r.probability) for f, r in rows.items()} == {
        f: (label.assertion, label.probability) for f, label in expected.items()
    }
    mentions = [m for *_, m in corpus.records("mentions")]
    for vote in corpus.records("votes"):
        assert vote.voter in rows[vote.finding].voters
        assert {mentions[i].finding for i in vote.mentions} == {vote.finding}


def test_a_sentence_labels_the_image_it_speaks_of(tmp_path: Path) -> None:
    text = "Gallstone (series 3, image 4). No hydronephrosis (series 3, image 5). Splenomegaly."
    corpus = labelled(tmp_path, [report(text)], [image(str(n), "now", 3, n) for n in range(1, 21)])
    assert {f: r.assertion for f, r in labels(corpus, "4").items()} == {"gallstone": PRESENT}
    assert {f: r.assertion for f, r in labels(corpus, "5").items()} == {"hydronephrosis": ABSENT}
    assert labels(corpus, "4")["gallstone"].voters == ("rules:linked_sentence",)
    assert labels(corpus, "6") == {}


def test_an_image_of_the_study_inherits_with_less_certainty(tmp_path: Path) -> None:
    corpus = labelled(tmp_path, [report("Cardiomegaly. No pneumothorax.")], [image("a", "now", 1, 1)])
    of_report, of_image = labels(corpus), labels(corpus, "a")
    assert set(of_image) == set(of_report)
    assert 0.5 < of_image["cardiomegaly"].probability < of_report["cardiomegaly"].probability
    assert of_report["pneumothorax"].probability < of_image["pneumothorax"].probability < 0.5
    assert of_image["cardiomegaly"].voters == ("rules:report",)


def test_what_a_sentence_pins_to_one_image_is_not_inherited_by_another(tmp_path: Path) -> None:
    images = [image("a", "now", 1, 1), image("b", "now", 1, 2)]
    corpus = labelled(tmp_path, [report("Rib fracture (series 1, image 1). No ascites.")], images)
    assert set(labels(corpus, "a")) == {"rib_fracture", "fracture"}
    assert set(labels(corpus, "b")) == {"ascites"}


def test_an_image_of_an_earlier_study_is_not_labelled(tmp_path: Path) -> None:
    old = image("old", "old", 3, 4, study_date="2019-01-01")
    corpus = labelled(tmp_path, [report("Renal cyst, previously 6 mm (series 3, image 4).")], [old])
    assert [k.image_id for k in corpus.records("links")] == ["old"]
    assert labels(corpus, "old") == {}


def test_rows_do_not_depend_on_shards(tmp_path: Path) -> None:
    reports = [report(f"Gallstone (series 3, image {n}). No ascites.", f"R{n}") for n in range(1, 8)]
    images = [image(str(n), "now", 3, n) for n in range(1, 21)]
    one, many = (labelled(tmp_path / str(s), reports, images, shard=s) for s in (100, 2))
    for table in ("votes", "labels"):
        assert list(one.records(table)) == list(many.records(table))
    assert len(many.shards("labels")) == len(many.shards("reports"))


def test_score_compares_with_the_truth(tmp_path: Path) -> None:
    corpus = labelled(tmp_path, [report("Rib fracture. Gallstone.")], [image("a", "now", 1, 1)])
    truth = Truth(
        labels=(
            TrueLabel("R", None, "rib_fracture", PRESENT),
            TrueLabel("R", None, "ascites", PRESENT),
            TrueLabel(None, "a", "gallstone", PRESENT),
            TrueLabel(None, "unlinked", "gallstone", PRESENT),
        )
    )
    values = {(s.subject, s.metric): s.value for s in score(corpus, truth)}
    assert values["reports: all findings", "precision"] == pytest.approx(2 / 3)  # the gallstone is not true
    assert values["reports: all findings", "recall"] == pytest.approx(2 / 3)  # ascites is missed
    assert values["images: all findings", "recall"] == 1
    assert score(corpus, Truth()) == []


# -- trained voters ---------------------------------------------------------------------------------------


def training_corpus(home: Path) -> Corpus:
    texts = ["Gallstone, the bag rattles.", "Splenomegaly, the side is full.", "No ascites, all quiet."]
    reports = [Report(f"R{n}", f"P{n}", texts[n % 3], "test") for n in range(90)]
    splits = [Split(f"P{n}", "train", f"P{n}", "drawn") for n in range(90)]
    return make_corpus(home, reports, splits=splits)


def test_a_trained_voter_sees_findings_in_words_the_lexicon_lacks(tmp_path: Path) -> None:
    train_voters(training_reports(training_corpus(tmp_path)), tmp_path / "voters")
    label = label_report("The bag rattles.", voters=tmp_path / "voters")["gallstone"]
    assert (label.assertion, label.evidence[0].voter) == (PRESENT, "text:words")
    assert "gallstone" not in label_report("The bag rattles.")


def test_trained_voters_vote_in_the_stage_and_a_change_of_them_is_seen(tmp_path: Path) -> None:
    corpus, folder = training_corpus(tmp_path), tmp_path / "voters"
    train_voters(training_reports(corpus), folder)
    run_stage(corpus, link.STAGE, link.LinkSettings())
    run_stage(corpus, STAGE, LabelSettings(voters=str(folder)))
    assert {v.voter for v in corpus.records("votes")} == {"rules:findings", "text:words"}
    assert run_stage(corpus, STAGE, LabelSettings(voters=str(folder))).status == "up to date"
    assert run_stage(corpus, STAGE, LabelSettings()).status == "done"


def test_a_folder_without_voters_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no trained voters"):
        label_report("Normal.", voters=tmp_path)

"""What is printed of records is short, and says what one wants to know."""

from pathlib import Path

import pytest

from radmine.corpus import Corpus
from radmine.findings import label_table, to_scheme
from radmine.label import label_report
from radmine.parse import parse_report
from radmine.pixels import PixelStore
from radmine.records import TABLES, Hit, LabelRow, to_table
from radmine.records.text import Assertion

TEXT = "FINDINGS: Small left effusion. No pneumothorax. Prior fracture. Mother had pneumonia."


def test_labels_votes_and_mentions_are_short() -> None:
    label = label_report(TEXT)["pleural_effusion"]
    (vote,) = label.evidence
    assert repr(label) == "Label(present 0.95, 1 vote)"
    assert repr(vote) == "Vote(rules:findings present 0.95, 1 mention)"
    assert repr(vote.mentions[0]) == "Mention(21:29 pleural_effusion present, rule default)"


def test_a_mention_says_where_it_is_not_of_this_patient_now() -> None:
    read = parse_report(TEXT)
    shown = [repr(mention) for mention in read.mentions]
    assert any("fracture present historical, rule" in one for one in shown)
    assert any(" of another, rule" in one for one in shown)
    assert repr(read) == f"ReadReport({len(TEXT)} characters, 1 sections, 4 sentences, 4 mentions)"


def test_records_are_equal_where_their_fields_are() -> None:
    one, other = label_report(TEXT), label_report(TEXT)
    assert one == other
    assert one["pneumothorax"] != one["pleural_effusion"]
    assert len({one["pneumothorax"], other["pneumothorax"]}) == 1


def test_a_hit_prints_no_text_of_its_report() -> None:
    hit = Hit(2, 0.5, "image", "i", None, None, "p", None, (), "2020", "CT", "A secret.", ((2, 8),))
    assert repr(hit) == "Hit(2. 0.500 image CT 2020 i)"


def test_labels_of_a_report_are_a_frame() -> None:
    frame = label_report(TEXT).to_pandas()
    assert frame.columns.tolist() == ["label", "assertion", "probability", "voters", "spans", "implied"]
    assert frame["label"].tolist()[:2] == ["pleural_effusion", "pneumothorax"]
    assert frame["assertion"].tolist()[:2] == ["present", "absent"]
    assert frame["spans"][0] == ((21, 29),)
    assert "Pleural Effusion" in to_scheme(label_report(TEXT), "chexpert").to_pandas()["label"].tolist()


def test_labels_of_a_corpus_in_the_words_of_a_scheme() -> None:
    present, absent = Assertion.PRESENT, Assertion.ABSENT
    rows = [
        LabelRow("r", None, "pleural_effusion", present, 0.9, ("rules:findings", "text")),
        LabelRow("r", None, "pneumothorax", absent, 0.1, ("rules:findings",)),
        LabelRow("r", "i", "rib_fracture", present, 0.8, ("rules:report",)),
    ]
    table = to_table(TABLES["labels"], rows)
    own = label_table(table)
    assert own["finding"].to_pylist() == ["pleural_effusion", "pneumothorax", "rib_fracture"]
    said = {(r["image_id"], r["label"]): r for r in label_table(table, "chexpert").to_pylist()}
    assert said[None, "Pleural Effusion"]["assertion"] == "present"
    assert said[None, "Pleural Effusion"]["voters"] == ["rules:findings", "text"]
    assert said[None, "Pneumothorax"]["assertion"] == "absent"
    assert said["i", "Fracture"]["probability"] == 0.8
    empty = label_table(table.slice(0, 0), "chexpert")
    of_findings = [c for c in own.column_names if c != "implied"]  # a scheme's labels rest on several
    assert [c.replace("label", "finding") for c in empty.column_names] == of_findings


def test_a_label_that_is_not_there_names_what_is_near() -> None:
    labels = label_report("Lung nodule.")
    with pytest.raises(KeyError, match="nothing is said of nodule; near: lung_nodule"):
        labels["nodule"]
    with pytest.raises(KeyError, match="nothing is said of gallstone'"):
        labels["gallstone"]
    assert labels.get("nodule") is None


def test_what_is_opened_says_what_it_is(tmp_path: Path) -> None:
    corpus = Corpus.create("mine", home=tmp_path)
    assert repr(corpus) == "Corpus(mine: 0 reports, 0 images; empty)"
    assert repr(PixelStore(corpus)) == "PixelStore(mine: 0 images)"
    (corpus.folder / "manifests").mkdir(exist_ok=True)
    (corpus.folder / "manifests" / "parse.json").write_text("{")
    assert repr(corpus) == "Corpus(mine: damaged)"

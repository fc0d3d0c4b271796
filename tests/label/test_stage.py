"""Votes and labels of reports and images, on corpora made by hand."""

import doctest
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from radmine import link
from radmine.corpus import Corpus
from radmine.errors import SettingsError
from radmine.label import STAGE, LabelSettings, label_report
from radmine.label.score import score
from radmine.label.voters import extra
from radmine.records import Assertion, Image, LabelRow, Report, TrueLabel, Truth
from radmine.run import run_stage
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


def test_findings_that_nobody_has_get_no_score_and_are_counted(tmp_path: Path) -> None:
    texts = ["Ascites.", "Ascites. Gallstone.", "Gallstone. Pneumothorax."]
    corpus = labelled(tmp_path, [report(text, f"R{n}") for n, text in enumerate(texts)])
    truth = Truth(labels=tuple(TrueLabel(f"R{n}", None, "ascites", PRESENT) for n in range(3)))
    scores = [s for s in score(corpus, truth) if s.subject.startswith("reports")]
    assert [(s.subject, s.n) for s in scores if s.metric == "F1"] == [("reports: ascites", 3)]
    (left_out,) = [s for s in scores if s.subject == "reports: findings left out"]
    assert (left_out.value, left_out.n) == (3, 2)  # three labels, of two findings
    assert left_out.note == "no F1 for 2 findings that nobody has"
    precision = next(s for s in scores if s.metric == "precision")
    assert (precision.value, precision.n) == (2 / 5, 5)  # there they count, as wrong


# -- other voters ----------------------------------------------------------------------------------------

ANSWERED = [
    "Cardiomegaly. No pleural effusion.",
    "No cardiomegaly. Pleural effusion on the left.",
    "Possible pleural effusion. No pneumothorax.",
    "Scoliosis.",
]


def answered(home: Path, rows: str, **settings: object) -> Corpus:
    """Return a corpus of 160 reports, labelled with the answers of a file besides the rules."""
    reports = [Report(f"R{n}", f"P{n}", ANSWERED[n % 4], "test") for n in range(160)]
    corpus = make_corpus(home, reports, shard=60)
    file = home / "model-a.csv"
    file.write_text("report_id,finding,answer\n" + rows, "utf-8")
    run_stage(corpus, link.STAGE, link.LinkSettings())
    run_stage(corpus, STAGE, LabelSettings(answers=(str(file),), **settings))  # type: ignore[arg-type]
    return corpus


def test_answers_vote_and_are_weighed_by_how_they_agree(tmp_path: Path) -> None:
    rows = "".join(f"R{n},Effusion,{'yes' if n % 4 in (1, 2) else 'no'}\n" for n in range(160))
    corpus = answered(tmp_path, rows)
    of = {(v.report_id, v.finding): v for v in corpus.records("votes") if v.voter == "tool:model-a"}
    assert len(of) == 160
    assert of["R2", "pleural_effusion"].assertion is PRESENT
    found = {(r.report_id, r.finding): r for r in corpus.records("labels")}
    assert found["R2", "pleural_effusion"].voters == ("rules:findings", "tool:model-a")
    assert found["R1", "pleural_effusion"].assertion is PRESENT
    assert found["R0", "pleural_effusion"].assertion is ABSENT
    assert len(corpus.shards("votes")) == len(corpus.shards("labels")) == len(corpus.shards("reports"))
    manifest = corpus.manifest("label")
    assert manifest is not None
    assert set(manifest.notes["voters"]) == {"rules", "tool:model-a"}


def test_bad_answers_are_set_aside_and_stop_nothing(tmp_path: Path) -> None:
    corpus = answered(
        tmp_path, "R0,unheard of,yes\nR0,pneumonia,perchance\nR0,pneumonia,-1\nnobody,pneumonia,no\n"
    )
    rejected = {(r.item, r.reason) for r in corpus.records("rejected")}
    assert rejected == {
        ("model-a.csv:2", "unknown_finding"),
        ("model-a.csv:3", "unknown_answer"),
        ("model-a.csv:4", "ambiguous_answer"),
        ("nobody", "unknown_report"),
    }
    assert not any(row.voters != ("rules:findings",) for row in corpus.records("labels"))
    manifest = corpus.manifest("label")
    assert manifest is not None
    assert "all count alike" in manifest.notes["voters"]


def test_a_change_of_the_answers_is_seen(tmp_path: Path) -> None:
    corpus = answered(tmp_path, "R0,pneumonia,yes\n")
    settings = LabelSettings(answers=(str(tmp_path / "model-a.csv"),))
    assert run_stage(corpus, STAGE, settings).status == "up to date"
    (tmp_path / "model-a.csv").write_text("report_id,finding,answer\nR0,pneumonia,no\n", "utf-8")
    assert run_stage(corpus, STAGE, settings).status == "done"


def test_images_inherit_what_all_voters_say(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("report_id,finding,answer\nR,splenomegaly,no\n", "utf-8")
    corpus = make_corpus(tmp_path, [report("Cardiomegaly.")], [image("a", "now", 1, 1)])
    run_stage(corpus, link.STAGE, link.LinkSettings())
    run_stage(corpus, STAGE, LabelSettings(answers=(str(file),)))
    of_report, of_image = labels(corpus), labels(corpus, "a")
    assert set(of_image) == set(of_report)
    assert of_image["splenomegaly"].assertion is of_report["splenomegaly"].assertion
    assert of_report["splenomegaly"].probability < of_image["splenomegaly"].probability < 0.5


TEN_LINES = """
from radmine.records import Assertion, Vote


def spikes(read):
    "Votes for a pneumothorax where the word stands in the text, whatever is said of it."
    if "pneumothorax" in read.text.lower():
        yield "pneumothorax", Vote("tool:spikes", Assertion.PRESENT, 0.7)


def broken(read):
    return 1 / 0


def unsound(read):
    yield "no such finding", Vote("unsound", Assertion.PRESENT, 0.7)
    yield ["pneumonia"], Vote("unsound", Assertion.PRESENT, 0.7)
    yield "pneumonia", Vote("unsound", Assertion.PRESENT, "0.7")
    yield "pneumonia", Vote("unsound", Assertion.PRESENT, 0.1)
    yield "pneumonia", Vote("decision:unsound", Assertion.PRESENT, 0.9)
    yield "pneumonia", Vote("rules:unsound", Assertion.PRESENT, 0.9)


def leaving(read):
    raise SystemExit(7)
"""


def test_a_voter_of_ten_lines_votes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "my_ten_lines.py").write_text(TEN_LINES, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    corpus = labelled(tmp_path, [report("No pneumothorax. Cardiomegaly.")])
    names = tuple(f"my_ten_lines:{name}" for name in ("spikes", "broken", "unsound", "leaving"))
    run_stage(corpus, STAGE, LabelSettings(extra_voters=names))
    assert labels(corpus)["pneumothorax"].voters == ("rules:findings", "tool:spikes")
    assert labels(corpus)["cardiomegaly"].voters == ("rules:findings",)
    rejected = [(r.item, r.reason, r.detail) for r in corpus.records("rejected")]
    assert rejected == [
        ("R", "voter_failed", "my_ten_lines:broken: ZeroDivisionError"),
        ("R", "voter_failed", "my_ten_lines:unsound: not a pair of a known finding and a Vote"),
        (
            "R",
            "voter_failed",
            "my_ten_lines:unsound: a probability that is none, or says the opposite of the assertion",
        ),
        (
            "R",
            "voter_failed",
            "my_ten_lines:unsound: the kind 'decision' is taken: name it KIND:NAME, such as tool:NAME",
        ),
        (
            "R",
            "voter_failed",
            "my_ten_lines:unsound: the kind 'rules' is taken: name it KIND:NAME, such as tool:NAME",
        ),
        ("R", "voter_failed", "my_ten_lines:leaving: SystemExit"),
    ]


@pytest.mark.parametrize(
    "name",
    [
        "no_such_module_here:x",
        "radmine.label:no_such_voter",
        "no such entry point",
        "..a:b",
        "fails_at_once:x",
    ],
)
def test_a_voter_that_is_not_there_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "fails_at_once.py").write_text("1 / 0", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    corpus = labelled(tmp_path, [report("Cardiomegaly.")])
    with pytest.raises(SettingsError, match="voter"):
        run_stage(corpus, STAGE, LabelSettings(extra_voters=(name,)))


def test_the_example_of_the_documentation_is_true() -> None:
    assert doctest.testmod(extra).failed == 0


# -- votes on images -------------------------------------------------------------------------------------

PICTURED = [
    "Gallstone (series 3, image 1).",
    "No gallstone (series 3, image 1).",
    "Renal cyst (series 3, image 1).",
]


def pictured(home: Path, rows: str, count: int = 3, **settings: object) -> Corpus:
    """Return a corpus of reports that each speak of one image, and an image of which none speaks, with answers on images."""
    reports = [Report(f"R{n}", f"P{n}", PICTURED[n % 3], "test", study_id=f"s{n}") for n in range(count)]
    images = [image(f"i{n}", f"s{n}", 3, 1, patient_id=f"P{n}") for n in range(count)]
    corpus = make_corpus(
        home, reports, [*images, image("alone", "other", 1, 1, patient_id="nobody")], shard=100
    )
    file = home / "ann.csv"
    file.write_text("image_id,finding,answer,kind\n" + rows, "utf-8")
    run_stage(corpus, link.STAGE, link.LinkSettings())
    run_stage(corpus, STAGE, LabelSettings(answers=(str(file),), **settings))  # type: ignore[arg-type]
    return corpus


def test_answers_on_images_vote_beside_the_rules(tmp_path: Path) -> None:
    corpus = pictured(tmp_path, "i0,gallstone,yes,person\ni2,gallstone,yes,llm\nalone,scoliosis,no,\n")
    first = labels(corpus, "i0")["gallstone"]
    assert (first.report_id, first.voters) == ("R0", ("rules:linked_sentence", "person:ann"))
    assert first.assertion is PRESENT
    assert set(labels(corpus, "i2")) == {"renal_cyst", "gallstone"}
    assert labels(corpus, "i2")["gallstone"].voters == ("llm:ann",)
    alone = labels(corpus, "alone")["scoliosis"]
    assert (alone.report_id, alone.assertion, alone.voters) == (None, ABSENT, ("tool:ann",))
    assert set(labels(corpus)) == {"gallstone", "renal_cyst"}  # of reports: as without answers
    kinds = {(v.voter, v.kind) for v in corpus.records("votes")}
    assert {("person:ann", "person"), ("llm:ann", "llm"), ("tool:ann", "tool")} < kinds
    assert ("rules:linked_sentence", "rules") in kinds


def test_a_decision_on_an_image_is_the_label_whatever_others_say(tmp_path: Path) -> None:
    corpus = pictured(tmp_path, "i0,gallstone,yes,person\ni0,gallstone,no,decision\n")
    label = labels(corpus, "i0")["gallstone"]
    assert label.assertion is ABSENT
    assert label.voters == ("rules:linked_sentence", "decision:ann", "person:ann")
    of_reports = {
        r.report_id: r for r in corpus.records("labels") if r.image_id is None and r.finding == "gallstone"
    }
    assert of_reports["R0"].assertion is PRESENT  # the report still says so


def test_an_unknown_kind_or_image_is_set_aside(tmp_path: Path) -> None:
    corpus = pictured(tmp_path, "i0,gallstone,yes,robot\nnowhere,gallstone,yes,person\n")
    assert {(r.item, r.reason) for r in corpus.records("rejected")} == {
        ("ann.csv:2", "unknown_kind"),
        ("nowhere", "unknown_image"),
    }
    with pytest.raises(SettingsError, match="answer_kind cannot be"):
        LabelSettings(answer_kind="robot")


def test_who_answers_on_images_is_weighed_by_how_they_agree_there(tmp_path: Path) -> None:
    right = ["yes", "no", "no"]
    rows = "".join(f"i{n},gallstone,{right[n % 3]},person\n" for n in range(180))
    corpus = pictured(tmp_path, rows, 180)
    manifest = corpus.manifest("label")
    assert manifest is not None
    assert set(manifest.notes["voters on images"]) == {"rules", "person:ann"}
    assert "all count alike" in manifest.notes["voters"]
    assert set(manifest.folders) == {"models/label-images"}
    assert labels(corpus, "i0")["gallstone"].assertion is PRESENT
    assert labels(corpus, "i1")["gallstone"].assertion is ABSENT


ON_IMAGES = """
from radmine.label import ImageVoter
from radmine.records import Assertion, Vote


@ImageVoter
def plain(item):
    "Votes on the image alone, and says what it was given."
    said = "report" if item.report else "no report"
    yield "scoliosis", Vote(f"plain:{said}, {len(item.links)} links", Assertion.PRESENT, 0.9)


@ImageVoter
def broken(item):
    return 1 / 0
"""


def test_a_voter_on_images_gets_each_image_with_its_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_image_voter.py").write_text(ON_IMAGES, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    corpus = pictured(tmp_path, "", extra_voters=("my_image_voter:plain", "my_image_voter:broken"))
    assert labels(corpus, "i0")["scoliosis"].voters == ("plain:report, 2 links",)
    assert labels(corpus, "alone")["scoliosis"].voters == ("plain:no report, 0 links",)
    assert "scoliosis" not in labels(corpus)
    failed = sorted(r.item for r in corpus.records("rejected") if r.reason == "voter_failed")
    assert failed == ["alone", "i0", "i1", "i2"]


def test_two_answerers_are_two_readers(tmp_path: Path) -> None:
    rows = "R0,scoliosis,no\nR0,gallstone,yes\n"
    corpus = answered(tmp_path, rows, answer_kind="llm")
    (tmp_path / "model-b.csv").write_text("report_id,finding,answer,voter\nR0,scoliosis,yes,b\n", "utf-8")
    files = tuple(str(tmp_path / f"model-{name}.csv") for name in "ab")
    run_stage(corpus, STAGE, LabelSettings(answers=files, answer_kind="llm"))
    row = next(r for r in corpus.records("labels") if (r.report_id, r.finding) == ("R0", "scoliosis"))
    assert row.voters == ("llm:b", "llm:model-a")
    assert row.assertion is Assertion.UNCERTAIN


def test_a_second_run_in_one_process_labels_with_the_model_of_its_own_answers(tmp_path: Path) -> None:
    right = "".join(f"R{n},Effusion,{'yes' if n % 4 in (1, 2) else 'no'}\n" for n in range(160))
    wrong = "".join(f"R{n},Effusion,{'no' if n % 4 in (1, 2) else 'yes'}\n" for n in range(160))
    corpus = answered(tmp_path / "one", right)
    (tmp_path / "one" / "model-a.csv").write_text("report_id,finding,answer\n" + wrong, "utf-8")
    run_stage(corpus, STAGE, LabelSettings(answers=(str(tmp_path / "one" / "model-a.csv"),)))
    fresh = f"""
from pathlib import Path
from tests.label.test_stage import answered
answered(Path({str(tmp_path / "two")!r}), {wrong!r})
"""
    subprocess.run([sys.executable, "-c", fresh], check=True, cwd=Path(__file__).parents[2])
    other = Corpus.open("made", home=tmp_path / "two")
    assert corpus.read("labels").equals(other.read("labels"))
    assert corpus.read("votes").equals(other.read("votes"))


TWICE = """
from radmine.records import Assertion, Vote


def twice(read):
    for probability in (0.7, 0.8):
        yield "scoliosis", Vote("tool:twice", Assertion.PRESENT, probability)
"""


def test_a_voter_that_votes_twice_is_heard_once_and_its_files_are_inputs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_twice.py").write_text(TWICE, "utf-8")
    (tmp_path / "weights.bin").write_text("1")
    monkeypatch.syspath_prepend(tmp_path)
    corpus = labelled(tmp_path, [report("Cardiomegaly.")])
    settings = LabelSettings(extra_voters=("my_twice:twice",), extra_files=(str(tmp_path / "weights.bin"),))
    run_stage(corpus, STAGE, settings)
    votes = [v for v in corpus.records("votes") if v.voter == "tool:twice"]
    assert [(v.finding, v.probability) for v in votes] == [("scoliosis", 0.8)]
    assert run_stage(corpus, STAGE, settings).status == "up to date"
    (tmp_path / "weights.bin").write_text("2")
    assert run_stage(corpus, STAGE, settings).status == "done"


def test_what_others_say_is_there_is_there_under_its_more_general_names(tmp_path: Path) -> None:
    rows = "R3,lung_nodule,yes,person\nR7,rib_fracture,no,person\nR11,lung_nodule,maybe,llm\nR11,lung_lesion,no,llm\n"
    corpus = answered(tmp_path, "")
    (tmp_path / "model-a.csv").write_text("report_id,finding,answer,kind\n" + rows, "utf-8")
    run_stage(corpus, STAGE, LabelSettings(answers=(str(tmp_path / "model-a.csv"),)))
    found = {(r.report_id, r.finding): r.assertion for r in corpus.records("labels")}
    assert found["R3", "lung_lesion"] is PRESENT
    assert found["R7", "rib_fracture"] is ABSENT
    assert ("R7", "fracture") not in found
    assert found["R11", "lung_nodule"] is Assertion.UNCERTAIN
    assert found["R11", "lung_lesion"] is ABSENT  # its own word on that

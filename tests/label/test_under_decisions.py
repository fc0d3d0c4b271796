"""What people decided wins over votes, and carries to other findings and to images; only what it concerns is made anew."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from radmine import link
from radmine.corpus import Corpus
from radmine.curate import correct, correct_from
from radmine.label import STAGE, LabelSettings
from radmine.label.images import INHERITED
from radmine.pipeline import status
from radmine.records import Image, LabelRow, Report
from radmine.run import run_stage
from tests.link.made import image, make_corpus

P, A, U = "present", "absent", "uncertain"


def made(home: Path, texts: Sequence[str], images: Sequence[Image] = (), *, shard: int = 100) -> Corpus:
    """Return a labelled corpus of reports R0, R1, ... of the studies S0, S1, ..."""
    reports = [
        Report(f"R{n}", "P", text, "test", study_id=f"S{n}", study_date="2020-01-01")
        for n, text in enumerate(texts)
    ]
    corpus = make_corpus(home, reports, images, shard=shard)
    run_stage(corpus, link.STAGE, link.LinkSettings())
    label(corpus)
    return corpus


def label(corpus: Corpus, **settings: object) -> None:
    run_stage(corpus, STAGE, LabelSettings(**settings))  # type: ignore[arg-type]


def rows(corpus: Corpus, item: str) -> dict[str, LabelRow]:
    """Return the labels of a report, or of an image."""
    return {r.finding: r for r in corpus.records("labels") if (r.image_id or r.report_id) == item}


def said(corpus: Corpus, item: str) -> dict[str, str]:
    return {finding: str(row.assertion) for finding, row in rows(corpus, item).items()}


def voters(corpus: Corpus, item: str, finding: str) -> list[tuple[str, str]]:
    """Return who voted, and what."""
    return [
        (v.voter, str(v.assertion))
        for v in corpus.records("votes")
        if (v.image_id or v.report_id, v.finding) == (item, finding)
    ]


CASES: Mapping[str, tuple[str, dict[str, str], dict[str, str]]] = {
    # what stands in the report; what is decided; the labels then
    "it is not there": ("Pneumothorax.", {"pneumothorax": A}, {"pneumothorax": A}),
    "it is there though the report denies it": ("No ascites.", {"ascites": P}, {"ascites": P}),
    "nobody can tell": ("Ascites.", {"ascites": U}, {"ascites": U}),
    "the report says nothing of it": ("Gallstone.", {"ascites": P}, {"ascites": P, "gallstone": P}),
    "what is more general is there too": (
        "Gallstone.",
        {"rib_fracture": P},
        {"gallstone": P, "rib_fracture": P, "fracture": P},
    ),
    "what was there by the denied alone is gone": ("Rib fracture.", {"rib_fracture": A}, {"rib_fracture": A}),
    "its words say nothing of their own": (
        "Displaced fracture of the left 6th rib.",
        {"rib_fracture": A},
        {"rib_fracture": A},
    ),
    "nor before a number": ("Fracture of rib 6.", {"rib_fracture": A}, {"rib_fracture": A}),
    "nor where it is named by place": ("Left rib fracture.", {"rib_fracture": A}, {"rib_fracture": A}),
    "other words of the same finding stay": (
        "Fracture of the left 6th rib. Fracture of the clavicle.",
        {"rib_fracture": A},
        {"rib_fracture": A, "clavicle_fracture": P, "fracture": P},
    ),
    "what is there by another stays": (
        "Rib fracture. Vertebral fracture.",
        {"rib_fracture": A},
        {"rib_fracture": A, "vertebral_fracture": P, "fracture": P},
    ),
    "what is there by its own words stays": (
        "Rib fracture. Displaced fracture.",
        {"rib_fracture": A},
        {"rib_fracture": A, "fracture": P},
    ),
    "a weaker word is heard again": (
        "Rib fracture. Possible vertebral fracture.",
        {"rib_fracture": A},
        {"rib_fracture": A, "vertebral_fracture": U, "fracture": U},
    ),
    "a word against it is heard again": (
        "Rib fracture. No other fracture.",
        {"rib_fracture": A},
        {"rib_fracture": A, "fracture": A},
    ),
    "no kind of what is not there": (
        "Rib fracture. Vertebral fracture. Ascites.",
        {"fracture": A},
        {"fracture": A, "rib_fracture": A, "vertebral_fracture": A, "ascites": P},
    ),
    "but for the kind that is decided": (
        "Rib fracture. Vertebral fracture.",
        {"fracture": A, "rib_fracture": P},
        {"fracture": A, "rib_fracture": P, "vertebral_fracture": A},
    ),
    "no kind is surer than what is uncertain": (
        "Rib fracture. No vertebral fracture.",
        {"fracture": U},
        {"fracture": U, "rib_fracture": U, "vertebral_fracture": A},
    ),
    "what is more general than the uncertain": (
        "Rib fracture.",
        {"rib_fracture": U},
        {"rib_fracture": U, "fracture": U},
    ),
    "what is more general and there by another": (
        "Rib fracture. Vertebral fracture.",
        {"rib_fracture": U},
        {"rib_fracture": U, "vertebral_fracture": P, "fracture": P},
    ),
}


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    """Return a corpus with a report for each case, its decisions made and labelled."""
    corpus = made(tmp_path_factory.mktemp("cases"), [text for text, *_ in CASES.values()])
    for n, (_, decided, _) in enumerate(CASES.values()):
        for finding, answer in decided.items():
            correct(corpus, f"R{n}", finding, answer, by="ann")
    label(corpus)
    return corpus


@pytest.mark.parametrize("case", CASES)
def test_what_a_decision_says_of_findings(cases: Corpus, case: str) -> None:
    found = said(cases, f"R{list(CASES).index(case)}")
    wanted = CASES[case][2]
    assert {finding: found.get(finding) for finding in {**found, **wanted}} == wanted


def test_a_decision_is_a_vote_and_the_others_stay_as_evidence(cases: Corpus) -> None:
    assert voters(cases, "R0", "pneumothorax") == [("decision:ann", A), ("rules:findings", P)]
    row = rows(cases, "R0")["pneumothorax"]
    assert row.voters == ("decision:ann", "rules:findings")
    assert row.probability == 0.03
    assert {v.kind for v in cases.records("votes") if v.voter == "decision:ann"} == {"decision"}


# -- images


def test_images_inherit_what_was_decided_of_their_report(tmp_path: Path) -> None:
    """As a user met it: "ETT in place" is wrong, and so are its parent and what the image inherited."""
    images = [image("a", "S0", 1, 1), image("b", "S0", 1, 2)]
    corpus = made(tmp_path, ["Endotracheal tube. Pneumothorax. Ascites."], images)
    assert said(corpus, "a")["support_device"] == P
    correct(corpus, "R0", "endotracheal_tube", A, by="ann")
    correct(corpus, "R0", "pneumothorax", A, by="ann")
    correct(corpus, "R0", "gallstone", P, by="ann")
    label(corpus)
    expected = {"endotracheal_tube": A, "pneumothorax": A, "ascites": P, "gallstone": P}
    for item in ("R0", "a", "b"):
        assert said(corpus, item) == expected
    assert rows(corpus, "a")["gallstone"].probability == pytest.approx(0.5 + INHERITED * 0.45)
    assert voters(corpus, "a", "pneumothorax") == [("decision:ann", A)]
    assert voters(corpus, "a", "ascites") == [("rules:report", P)]


def test_a_decision_on_an_image_holds_for_it_alone(tmp_path: Path) -> None:
    images = [image("a", "S0", 1, 1), image("b", "S0", 1, 2)]
    corpus = made(tmp_path, ["Rib fracture. Ascites."], images)
    correct(corpus, "a", "rib_fracture", A, by="ann")
    correct(corpus, "R0", "ascites", A, by="bob")
    correct(corpus, "a", "ascites", P, by="ann")
    label(corpus)
    assert said(corpus, "a") == {"rib_fracture": A, "ascites": P}
    assert said(corpus, "R0") == said(corpus, "b") == {"rib_fracture": P, "fracture": P, "ascites": A}
    assert voters(corpus, "a", "ascites") == [("decision:ann", P), ("decision:bob", A)]
    assert voters(corpus, "a", "rib_fracture") == [("decision:ann", A), ("rules:report", P)]


def test_images_inherit_no_words_of_what_is_denied(tmp_path: Path) -> None:
    corpus = made(
        tmp_path,
        ["Fracture of the left 6th rib.", "Fracture of the left 6th rib (series 3, image 22)."],
        [image("1", "S0", 1, 1), image("2", "S1", 3, 22)],
    )
    assert all("fracture" in said(corpus, item) for item in ("R0", "1", "2"))
    for report in ("R0", "R1"):
        correct(corpus, report, "rib_fracture", A, by="me")
    label(corpus)
    assert all("fracture" not in said(corpus, item) for item in ("R0", "1", "R1", "2"))


def test_what_a_sentence_says_of_an_image_is_overruled_by_its_report(tmp_path: Path) -> None:
    text = "Rib fracture (series 1, image 1). Ascites (series 1, image 2)."
    images = [image(name, "S0", 1, n) for n, name in enumerate("abc", start=1)]
    corpus = made(tmp_path, [text], images)
    assert said(corpus, "a") == {"rib_fracture": P, "fracture": P}
    correct(corpus, "R0", "rib_fracture", A, by="ann")
    correct(corpus, "R0", "gallstone", P, by="ann")
    label(corpus)
    assert said(corpus, "a") == {"rib_fracture": A}  # the gallstone is on whatever image nobody speaks of
    assert said(corpus, "b") == {"ascites": P}
    assert said(corpus, "c") == {"rib_fracture": A, "gallstone": P}
    assert voters(corpus, "a", "rib_fracture") == [("decision:ann", A), ("rules:linked_sentence", P)]
    correct(corpus, "a", "rib_fracture", P, by="bob")
    label(corpus)
    assert said(corpus, "a") == {"rib_fracture": P, "fracture": P}


def test_an_image_of_which_no_report_speaks_has_what_was_decided(tmp_path: Path) -> None:
    corpus = made(tmp_path, ["Ascites."], [image("alone", "elsewhere", 1, 1)])
    correct(corpus, "alone", "rib_fracture", P, by="ann")
    label(corpus)
    assert said(corpus, "alone") == {"rib_fracture": P, "fracture": P}
    assert {r.report_id for r in corpus.records("labels") if r.image_id} == {None}
    assert said(corpus, "R0") == {"ascites": P}


def test_a_corpus_of_images_alone_has_what_was_decided(tmp_path: Path) -> None:
    corpus = made(tmp_path, [], [image("alone", "S", 1, 1)])
    correct(corpus, "alone", "rib_fracture", P, by="ann")
    label(corpus)
    assert said(corpus, "alone") == {"rib_fracture": P, "fracture": P}
    correct(corpus, "alone", "rib_fracture", "withdrawn", by="ann")
    label(corpus)
    assert said(corpus, "alone") == {}


# -- beside other voters


def test_it_wins_over_decisions_of_a_file_and_over_all_who_answer(tmp_path: Path) -> None:
    corpus = made(tmp_path, ["Rib fracture."], [image("a", "S0", 1, 1), image("alone", "elsewhere", 1, 1)])
    lines = ["report_id,image_id,finding,answer,voter,kind"]
    lines += [
        "R0,,rib_fracture,yes,tool,tool",
        "R0,,rib_fracture,yes,eve,decision",
        "R0,,ascites,yes,eve,decision",
    ]
    lines += [",a,scoliosis,yes,eve,person", ",alone,scoliosis,yes,eve,person"]
    (tmp_path / "others.csv").write_text("\n".join(lines) + "\n")
    for item, finding in (("R0", "rib_fracture"), ("a", "scoliosis"), ("alone", "scoliosis")):
        correct(corpus, item, finding, A, by="ann")
    label(corpus, answers=(str(tmp_path / "others.csv"),))
    assert said(corpus, "R0")["rib_fracture"] == A
    assert said(corpus, "R0")["ascites"] == P
    assert voters(corpus, "R0", "rib_fracture")[0] == ("decision:ann", A)
    assert {v for v, _ in voters(corpus, "R0", "rib_fracture")} == {
        "decision:ann",
        "decision:eve",
        "rules:findings",
        "tool:tool",
    }
    assert said(corpus, "a")["rib_fracture"] == A
    assert said(corpus, "a")["scoliosis"] == said(corpus, "alone")["scoliosis"] == A
    assert voters(corpus, "alone", "scoliosis") == [("decision:ann", A), ("person:eve", P)]


# -- what is made anew


def files(corpus: Corpus) -> list[str]:
    return [shard.file for shard in corpus.shards("labels")]


@pytest.mark.parametrize("links", [False, True])
def test_only_the_shards_that_a_decision_touches_are_made_anew(tmp_path: Path, *, links: bool) -> None:
    images = [image(f"I{n}", f"S{n}", 1, 1) for n in range(6)] if links else []
    corpus = made(tmp_path, ["Ascites. Rib fracture."] * 6, images, shard=2)
    before, plain = files(corpus), corpus.read("labels")
    correct(corpus, "R2", "ascites", A, by="ann")
    stage = next(s for s in status(corpus) if s.stage == "label")
    assert (stage.status, stage.reason) == ("out of date", "changed: what people decided")
    label(corpus)
    after = files(corpus)
    assert [old == new for old, new in zip(before, after, strict=True)] == [True, False, True]
    if links:
        correct(corpus, "I5", "ascites", A, by="ann")
        label(corpus)
        assert [old == new for old, new in zip(after, files(corpus), strict=True)] == [True, True, False]
        correct(corpus, "I5", "ascites", "withdrawn", by="ann")
    correct(corpus, "R2", "ascites", "withdrawn", by="ann")
    label(corpus)
    assert files(corpus) == before
    assert corpus.read("labels").equals(plain)


def test_beside_other_voters_too(tmp_path: Path) -> None:
    corpus = made(tmp_path, ["Ascites."] * 6, shard=2)
    (tmp_path / "others.csv").write_text("report_id,finding,answer\nR0,scoliosis,yes\n")
    label(corpus, answers=(str(tmp_path / "others.csv"),))
    before = files(corpus)
    correct(corpus, "R2", "ascites", A, by="ann")
    label(corpus, answers=(str(tmp_path / "others.csv"),))
    assert [old == new for old, new in zip(before, files(corpus), strict=True)] == [True, False, True]
    assert said(corpus, "R2") == {"ascites": A}


@pytest.mark.parametrize("right", ["rules", "tool"])
def test_voters_are_weighed_by_what_was_decided(tmp_path: Path, right: str) -> None:
    """Who decides as one of two says who contradict each other makes that one's word the label elsewhere too."""
    corpus = made(tmp_path, ["Ascites.", "No ascites."] * 60)
    words = ("no", "yes")
    tool = "".join(f"R{n},ascites,{words[n % 2]}\n" for n in range(120))
    (tmp_path / "tool.csv").write_text("report_id,finding,answer\n" + tool)
    people = "".join(f"R{n},ascites,{words[(n + (right == 'rules')) % 2]}\n" for n in range(60))
    (tmp_path / "people.csv").write_text("report_id,finding,answer\n" + people)
    correct_from(corpus, tmp_path / "people.csv", by="ann")
    label(corpus, answers=(str(tmp_path / "tool.csv"),))
    expected = [P, A] if right == "rules" else [A, P]
    assert [said(corpus, item)["ascites"] for item in ("R0", "R1")] == expected
    assert [said(corpus, item)["ascites"] for item in ("R100", "R101")] == expected


def test_what_is_of_no_report_any_more_is_told(tmp_path: Path) -> None:
    corpus = made(tmp_path / "one", ["Ascites.", "Ascites."])
    correct(corpus, "R1", "ascites", A, by="ann")
    other = made(tmp_path / "two", ["Ascites."])
    (other.folder / "decisions.jsonl").write_bytes((corpus.folder / "decisions.jsonl").read_bytes())
    label(other)
    assert [(r.item, r.reason) for r in other.records("rejected")] == [("R1", "unknown_report")]
    assert said(other, "R0") == {"ascites": P}

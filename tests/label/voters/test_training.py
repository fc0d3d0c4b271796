"""Voters that are trained: on the rules' labels, and on truth that a file gives."""

import os
import signal
from pathlib import Path

import pytest

from radmine import link
from radmine.corpus import Corpus
from radmine.errors import CorpusError, InputError
from radmine.findings import Lexicon, load_findings
from radmine.label import STAGE, LabelSettings, explain, label_report
from radmine.label import train_voters as train_on_corpus
from radmine.label.panel import load_panel
from radmine.label.voters.taught import owners, teach
from radmine.label.voters.training import train_on_reports, training_reports
from radmine.models import model_facts
from radmine.parse import parse_report
from radmine.records import Assertion, ReadReport, Report, Split, Vote
from radmine.run import run_stage
from tests.link.made import make_corpus

PRESENT, ABSENT, UNCERTAIN = Assertion.PRESENT, Assertion.ABSENT, Assertion.UNCERTAIN
TEXTS = ["Gallstone, the bag rattles.", "Splenomegaly, the side is full.", "No ascites, all quiet."]


def training_corpus(home: Path, texts: list[str] = TEXTS, *, count: int = 90) -> Corpus:
    size = len(texts)
    reports = [
        Report(f"R{n}", f"P{n}", texts[n % size], "test", path=f"in/file{n}.txt") for n in range(count)
    ]
    splits = [Split(f"P{n}", "test" if n >= count - 10 else "train", f"P{n}", "drawn") for n in range(count)]
    return make_corpus(home, reports, splits=splits)


def reads(texts: list[str], count: int) -> list[ReadReport]:
    return [parse_report(f"{texts[n % len(texts)]} Case {n}.") for n in range(count)]


def test_a_trained_voter_sees_findings_in_words_the_lexicon_lacks(tmp_path: Path) -> None:
    train_on_reports(reads(TEXTS, 90), tmp_path)
    label = label_report("The bag rattles.", voters=tmp_path)["gallstone"]
    assert label.assertion is not ABSENT
    assert [(v.voter, v.assertion) for v in label.evidence] == [("text:words", PRESENT)]
    assert "gallstone" not in label_report("The bag rattles.")
    assert explain("The bag rattles.", voters=tmp_path).labels["gallstone"] == label


def test_a_doubt_of_the_rules_stays_one_and_what_is_only_asked_for_is_no_denial(tmp_path: Path) -> None:
    texts = [*TEXTS, "Gallstone.", "No gallstone."]
    train_on_reports(reads(texts, 150), tmp_path)
    assert label_report("Possible gallstone.", voters=tmp_path)["gallstone"].assertion is UNCERTAIN
    text = "INDICATION: Rule out gallstone.\n\nFINDINGS: No ascites, all quiet."
    found = label_report(text, voters=tmp_path)
    assert found["ascites"].assertion is ABSENT
    assert "gallstone" not in found


def test_truth_that_answers_no_doubts_leaves_them_doubts(tmp_path: Path) -> None:
    texts = [
        "Gallstone.",
        "No gallstone.",
        "Possible gallstone.",
        "Gallstone on the film of another patient.",
    ]
    truth = [None if n % 4 == 2 else {"gallstone": n % 4 == 0} for n in range(120)]
    train_on_reports(reads(texts, 120), tmp_path, truth=truth)
    assert label_report("Gallstone.", voters=tmp_path)["gallstone"].assertion is PRESENT
    assert label_report("Possible gallstone.", voters=tmp_path)["gallstone"].assertion is UNCERTAIN


def test_only_reports_of_the_train_part_are_learnt_from(tmp_path: Path) -> None:
    corpus = training_corpus(tmp_path)
    assert [name for name, _ in training_reports(corpus)] == [f"R{n}" for n in range(80)]
    assert train_on_corpus(corpus).reports == 80


def test_trained_voters_vote_in_the_stage_as_in_label_report_and_a_change_of_them_is_seen(
    tmp_path: Path,
) -> None:
    corpus, folder = training_corpus(tmp_path), tmp_path / "voters"
    train_on_reports([read for _, read in training_reports(corpus)], folder)
    run_stage(corpus, link.STAGE, link.LinkSettings())
    run_stage(corpus, STAGE, LabelSettings(voters=str(folder)))
    assert {v.voter for v in corpus.records("votes")} == {"rules:findings", "text:words"}
    expected = label_report(TEXTS[0], voters=folder)
    found = {r.finding: r for r in corpus.records("labels") if r.report_id == "R0"}
    assert {f: (r.assertion, r.probability) for f, r in found.items()} == {
        f: (label.assertion, label.probability) for f, label in expected.items()
    }
    assert run_stage(corpus, STAGE, LabelSettings(voters=str(folder))).status == "up to date"
    assert run_stage(corpus, STAGE, LabelSettings()).status == "done"


def test_training_twice_gives_the_same_files(tmp_path: Path) -> None:
    truth = [{"gallstone": n % 3 == 0} for n in range(90)]
    for name in ("a", "b"):
        train_on_reports(reads(TEXTS, 90), tmp_path / name, truth=truth)
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file())
    assert Path("model.json") in files
    for file in files:
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_a_training_that_is_killed_or_fails_leaves_the_old_voters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train_on_reports(reads(TEXTS, 90), tmp_path / "v")
    before = label_report("The bag rattles.", voters=tmp_path / "v")
    files = {p: p.read_bytes() for p in (tmp_path / "v").rglob("*") if p.is_file()}
    assert "gallstone" in before
    child = os.fork()
    if child == 0:
        monkeypatch.setattr(
            "radmine.label.voters.training.train_words",
            lambda *_arguments: os.kill(os.getpid(), signal.SIGKILL),
        )
        train_on_reports(reads(TEXTS, 60), tmp_path / "v")
        os._exit(1)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    with pytest.raises(InputError, match="No finding is present in 20"):
        train_on_reports(reads(TEXTS, 9), tmp_path / "v")
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == files
    assert label_report("The bag rattles.", voters=tmp_path / "v") == before


def test_voters_trained_anew_vote_at_once_in_the_same_process(tmp_path: Path) -> None:
    train_on_reports(reads(TEXTS, 90), tmp_path / "v")
    assert "gallstone" in label_report("The bag rattles.", voters=tmp_path / "v")
    others = [text.replace("bag rattles", "door creaks") for text in TEXTS]
    train_on_reports(reads(others, 90), tmp_path / "v")
    assert "gallstone" not in label_report("The bag rattles.", voters=tmp_path / "v")
    assert "gallstone" in label_report("The door creaks.", voters=tmp_path / "v")


def test_a_folder_without_voters_too_few_reports_and_unknown_kinds_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"no panel of trained voters here.*radmine voters train NAME"):
        label_report("Normal.", voters=tmp_path)
    with pytest.raises(InputError, match="No finding is present in 20"):
        train_on_reports(reads(TEXTS, 9), tmp_path)
    with pytest.raises(InputError, match="no kind of voter 'oracle'"):
        train_on_reports(reads(TEXTS, 90), tmp_path, kinds=("oracle",))
    with pytest.raises(InputError, match="checkpoint is for the transformer"):
        train_on_reports(reads(TEXTS, 90), tmp_path, checkpoint="x")


def test_voters_that_know_what_the_lexicon_lacks_are_refused(tmp_path: Path) -> None:
    train_on_reports(reads(TEXTS, 90), tmp_path)
    smaller = {name: finding for name, finding in load_findings().items() if name != "gallstone"}
    with pytest.raises(CorpusError, match="another one"):
        load_panel(tmp_path, lexicon=Lexicon(smaller, digest="smaller"))


# -- taught by truth --------------------------------------------------------------------------------------

HEDGED = [
    "Likely atelectasis at the base.",
    "Possible gallstone.",
    "Clear lungs.",
    "Atelectasis.",
    "Gallstone.",
]
"""In the truth of these tests "likely" means that it is there, "possible" that it is not."""


def hedged_truth(count: int) -> list[dict[str, bool] | None]:
    kinds = [(True, False), (False, False), (False, False), (True, False), (False, True)]
    return [dict(zip(("atelectasis", "gallstone"), kinds[n % 5], strict=True)) for n in range(count)]


def test_truth_teaches_what_a_hedge_is_worth(tmp_path: Path) -> None:
    training = train_on_reports(reads(HEDGED, 200), tmp_path, truth=hedged_truth(200))
    assert training.voters == ("words", "taught")
    assert training.taught == ("atelectasis", "gallstone")
    assert training.truth_used == 200
    likely = label_report("Likely atelectasis at the base.", voters=tmp_path)["atelectasis"]
    assert likely.assertion is PRESENT
    assert label_report("Likely atelectasis at the base.")["atelectasis"].assertion is UNCERTAIN
    (vote,) = (v for v in likely.evidence if v.voter == "taught:reading")
    assert [m.finding for m in vote.mentions] == ["atelectasis"]
    possible = label_report("Possible gallstone.", voters=tmp_path)["gallstone"]
    assert possible.assertion is not PRESENT
    assert possible.probability < 0.3


def test_what_truth_taught_decides_unless_another_voter_speaks(tmp_path: Path) -> None:
    train_on_reports(reads(HEDGED, 200), tmp_path, truth=hedged_truth(200))
    panel = load_panel(tmp_path)
    (votes,) = (
        v for f, v in panel.cast([parse_report("Likely atelectasis.")])[0].items() if f == "atelectasis"
    )
    taught = next(vote for vote in votes if vote.voter == "taught:reading")
    label = panel.label("atelectasis", votes)
    assert (label.assertion, label.probability) == (taught.assertion, taught.probability)
    doubted = panel.label("atelectasis", [*votes, Vote("llm:a", ABSENT, 0.01)])
    assert doubted.probability < label.probability


def test_where_truth_is_chance_the_rules_stand(tmp_path: Path) -> None:
    texts = ["Gallstone.", "Cardiomegaly."]
    truth: list[dict[str, bool] | None] = [
        {"gallstone": n % 2 == 0, "cardiomegaly": n % 7 < 3} if n % 2 == 0 else {"cardiomegaly": n % 7 < 4}
        for n in range(120)
    ]
    lesson = teach(reads(texts, 120), truth)
    assert lesson is None or "gallstone" in lesson.voter.groups


def test_truth_that_tells_nothing_apart_teaches_nothing() -> None:
    assert teach(reads(HEDGED, 20), [None] * 20) is None
    assert teach(reads(["Clear lungs."], 20), hedged_truth(20)) is None


def test_findings_speak_for_the_smallest_group_they_are_of() -> None:
    groups = {"lung_opacity": {"pneumonia", "atelectasis", "lung_opacity"}, "pneumonia": {"pneumonia"}}
    assert owners(groups) == {
        "pneumonia": "pneumonia",
        "atelectasis": "lung_opacity",
        "lung_opacity": "lung_opacity",
    }


def test_a_truth_of_another_length_or_of_unknown_findings_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="as many truths"):
        train_on_reports(reads(HEDGED, 20), tmp_path, truth=[None])
    with pytest.raises(InputError, match="lexicon lacks: zorbium"):
        train_on_reports(reads(HEDGED, 20), tmp_path, truth=[{"zorbium": True}] * 20)


def test_a_corpus_learns_from_a_file_and_says_what_it_used(tmp_path: Path) -> None:
    texts = [f"{text} Case {n}." for n in range(40) for text in HEDGED]
    corpus = training_corpus(tmp_path, texts, count=200)
    rows = [
        f"R{n},{int(of['atelectasis'])},{int(of['gallstone'])}\n"
        for n, of in enumerate(hedged_truth(200))
        if of is not None
    ]
    file = tmp_path / "truth.csv"
    file.write_text("report_id,Atelectasis,gallstone\n" + "".join(rows) + "X,1,1\n", "utf-8")
    done = train_on_corpus(corpus, truth=file)
    assert (done.truth_reports, done.truth_used, done.truth_kept_back, done.truth_unknown) == (
        201,
        190,
        10,
        1,
    )
    assert done.taught == ("atelectasis", "gallstone")
    facts = model_facts(done.folder)
    assert facts is not None
    assert (facts["voters"], facts["reports"]) == (["words", "taught"], 190)
    labels = label_report("Likely atelectasis at the base.", voters=done.folder)
    assert labels["atelectasis"].assertion is PRESENT


def test_unparsed_reports_cannot_teach(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="parsed reports"):
        train_on_corpus(Corpus.create("empty", home=tmp_path))

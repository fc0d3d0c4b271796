"""Labels beside a table of truth: what is counted, what is told apart, and where they differ."""

import csv
import io
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from radmine import label, link, parse
from radmine.cells import plain_cell
from radmine.corpus import Corpus
from radmine.curate import Comparison, compare, disagreements, write_disagreements
from radmine.errors import InputError
from radmine.records import Image, Report
from radmine.run import run_stage
from radmine.show.agreement import comparison_view
from tests.ingest.made import ingest, write_png
from tests.link.made import make_corpus

TEXTS = {
    "both": "FINDINGS: Small pleural effusion. No pneumothorax.",
    "doubt": "FINDINGS: Possible pleural effusion.",
    "old": "HISTORY: Pneumothorax.\nFINDINGS: The heart is normal.",
    "kind": "FINDINGS: There is a lung nodule.",
    "=1+1": "FINDINGS: No pleural effusion.",
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    reports = [
        Report(name, f"p-{name}", text, "test", path=f"in/{number}.txt")
        for number, (name, text) in enumerate(TEXTS.items())
    ]
    images = [
        Image(f"i{n}", "p-both", f"pictures/i{n}.png", report_id="both" if n < 2 else None) for n in range(3)
    ]
    made = make_corpus(tmp_path_factory.mktemp("compare"), reports, images)
    run_stage(made, link.STAGE, link.LinkSettings())
    run_stage(made, label.STAGE, label.LabelSettings())
    return made


def compared(corpus: Corpus, tmp_path: Path, table: str, **how: object) -> Comparison:
    file = tmp_path / "truth.csv"
    file.write_text(table, "utf-8")
    return compare(corpus, file, **how)  # type: ignore[arg-type]


def counts(comparison: Comparison, part: int = 0) -> dict[str, tuple[int, ...]]:
    """Return hits, false alarms and missed by finding."""
    rows = comparison.parts[part].agreements()[3:]
    return {a.finding: (a.known, a.hits, a.false_alarms, a.missed) for a in rows}


def test_every_kind_of_disagreement_has_its_name_sentence_and_rule(corpus: Corpus, tmp_path: Path) -> None:
    found = compared(
        corpus,
        tmp_path,
        "report_id,finding,answer\nboth,pleural_effusion,0\nboth,pneumothorax,1\ndoubt,pleural_effusion,1\n"
        "old,pneumothorax,1\nkind,gallstone,1\nkind,lung_nodule,1\n",
    )
    rows = {(d.report_id, d.finding): d for d in disagreements(found)}
    told = {key: (d.error, d.sentence, d.rule) for key, d in rows.items()}
    assert told == {
        ("both", "pleural_effusion"): ("false alarm", "Small pleural effusion.", "default"),
        ("both", "pneumothorax"): ("missed: read as absent", "No pneumothorax.", "no"),
        ("doubt", "pleural_effusion"): (
            "missed: read as uncertain",
            "Possible pleural effusion.",
            "possible",
        ),
        ("old", "pneumothorax"): (
            "missed: not mentioned",
            "Pneumothorax.",
            "left out: the section history makes no label",
        ),
        ("kind", "gallstone"): ("missed: not mentioned", "", "not mentioned"),
    }
    assert rows["both", "pneumothorax"].trigger == "No"
    assert rows["both", "pleural_effusion"].voters == "rules:findings"
    assert rows["both", "pleural_effusion"].probability == 0.95
    assert counts(found)["pleural_effusion"] == (2, 0, 1, 1)
    assert counts(found)["lung_nodule"] == (1, 1, 0, 0)


def test_a_wide_table_goes_by_a_schemes_labels_and_by_file_names(corpus: Corpus, tmp_path: Path) -> None:
    table = "filename;Pleural Effusion;Pneumothorax;Lung Lesion;Sex\n0.txt;1;0;;F\n1;-1;;;F\n3;;;1;M\nnobody;1;1;1;M\n"
    found = compared(corpus, tmp_path, table)
    assert found.known.scheme == "chexpert"
    assert found.known.ignored == ("Sex",)
    assert found.known.uncertain == 1
    assert found.parts[0].unknown == 1
    assert counts(found) == {
        "Lung Lesion": (1, 1, 0, 0),
        "Pleural Effusion": (1, 1, 0, 0),
        "Pneumothorax": (1, 0, 0, 0),
    }
    assert found.has_denials
    blank = compared(corpus, tmp_path, table, blank_absent=True)
    assert counts(blank)["Pleural Effusion"] == (2, 1, 0, 0)
    assert counts(blank)["Pneumothorax"] == (3, 0, 0, 0)


def test_uncertain_counts_as_present_in_a_row_of_its_own(corpus: Corpus, tmp_path: Path) -> None:
    found = compared(corpus, tmp_path, "report_id,pleural_effusion\nboth,1\ndoubt,1\n")
    micro, _, doubtful = found.parts[0].agreements()[:3]
    assert (micro.hits, micro.missed, doubtful.hits, doubtful.missed) == (1, 1, 2, 0)
    assert not found.has_denials


def test_no_finding_is_compared_as_the_scheme_means_it(corpus: Corpus, tmp_path: Path) -> None:
    """`=1+1` denies an effusion and says no more; of `doubt` one is possible, so that nothing says that all is well."""
    wide = "report_id,No Finding,Pleural Effusion,Support Devices\n'=1+1,1,,\ndoubt,1,,\nboth,,1,\nkind,0,,\n"
    found = compared(corpus, tmp_path, wide, scheme="chexpert")
    assert found.known.ignored == ()
    assert counts(found) == {"No Finding": (4, 1, 0, 1), "Pleural Effusion": (3, 1, 0, 0)}
    long = "report_id,finding,answer\n'=1+1,No Finding,1\ndoubt,No Finding,1\nkind,No Finding,0\n"
    found = compared(corpus, tmp_path, long)
    assert counts(found) == {"No Finding": (3, 1, 0, 1)}
    (missed,) = disagreements(found)
    assert (missed.report_id, missed.error) == ("doubt", "missed: not mentioned")
    false = compared(corpus, tmp_path, "report_id,Effusion,No Finding\n'=1+1,1,\n")
    assert counts(false)["No Finding"] == (1, 0, 1, 0)
    unclear = compared(corpus, tmp_path, "report_id,Pleural Effusion,No Finding\nboth,-1,1\n")
    assert counts(unclear) == {"No Finding": (1, 0, 0, 1)}


def test_a_column_that_lists_findings_answers_on_each(corpus: Corpus, tmp_path: Path) -> None:
    table = "report_id,Finding Labels,Sex\nboth,Effusion|Mass,F\n'=1+1,No Finding,M\nkind,Nodule,F\nold,,F\n"
    found = compared(corpus, tmp_path, table)
    assert (found.known.scheme, found.known.ignored) == ("chestxray14", ("Sex",))
    assert found.has_denials
    of = counts(found)
    assert len(of) == 15
    assert of["Effusion"] == of["Nodule"] == of["No Finding"] == (3, 1, 0, 0)
    assert of["Mass"] == (3, 0, 0, 1)
    some = compared(corpus, tmp_path, "report_id,labels\nboth,Effusion;Mass\n")
    assert (some.has_denials, set(counts(some))) == (False, {"Effusion", "Mass"})
    with pytest.raises(InputError, match="no answer on any finding") as error:
        compared(corpus, tmp_path, "report_id,labels\nboth,Effusion;Smith\n")
    assert "Smith" not in str(error.value)


def test_all_bad_answers_are_told_at_once(corpus: Corpus, tmp_path: Path) -> None:
    rows = "".join(f"r{n},ja,1,Smith\n" for n in range(7))
    with pytest.raises(InputError, match="7 answers are neither yes nor no") as error:
        compared(corpus, tmp_path, f"report_id,Pneumothorax,Edema,Name\n{rows}")
    told = str(error.value)
    assert all(f"line {n}, Pneumothorax" in told for n in range(2, 7))
    assert "line 7" not in told
    assert "ja" not in told


def test_images_are_judged_where_a_report_speaks_of_them(corpus: Corpus, tmp_path: Path) -> None:
    found = compared(
        corpus, tmp_path, "Image Index,Effusion,Pneumothorax\ni0.png,1,0\ni1.png,0,0\ni2.png,1,0\nx.png,1,1\n"
    )
    (part,) = found.parts
    assert (part.kind, part.unknown, part.silent) == ("image", 1, 1)
    assert counts(found) == {"Effusion": (2, 1, 1, 0), "Pneumothorax": (2, 0, 0, 0)}
    (row,) = disagreements(found)
    assert (row.report_id, row.image_id, row.sentence) == ("", "i1", "Small pleural effusion.")


def test_what_a_person_decided_is_no_merit_of_ours(tmp_path: Path) -> None:
    made = make_corpus(tmp_path, [Report("r", "p", "Small pleural effusion. No pneumothorax.", "test")])
    answers = tmp_path / "corrected.csv"
    answers.write_text(
        "report_id,finding,answer,kind\nr,pleural_effusion,absent,decision\nr,gallstone,present,decision\n"
    )
    run_stage(made, link.STAGE, link.LinkSettings())
    run_stage(made, label.STAGE, label.LabelSettings(answers=(str(answers),)))
    said = {row.finding: str(row.assertion) for row in made.records("labels")}
    assert (said["pleural_effusion"], said["gallstone"]) == ("absent", "present")
    found = compared(made, tmp_path, "report_id,pleural_effusion,gallstone,pneumothorax\nr,0,1,0\n")
    assert found.parts[0].labelled.decided >= 2
    errors = {d.finding: (d.error, d.voters) for d in disagreements(found)}
    assert errors == {
        "pleural_effusion": ("false alarm", "rules:findings"),
        "gallstone": ("missed: not mentioned", ""),
    }


def test_answers_beside_no_report_are_counted(corpus: Corpus, tmp_path: Path) -> None:
    found = compared(
        corpus, tmp_path, "report_id,finding,answer\nboth,pneumothorax,0\n,pneumothorax,1\n,gallstone,\n"
    )
    assert found.known.nameless == 1


def test_the_file_of_disagreements_runs_no_formula_and_is_read_as_truth(
    corpus: Corpus, tmp_path: Path
) -> None:
    found = compared(corpus, tmp_path, "report_id,finding,answer\n'=1+1,pleural_effusion,1\n")
    file = tmp_path / "differing.csv"
    write_disagreements(file, disagreements(found))
    with file.open(newline="", encoding="utf-8-sig") as stream:
        (row,) = csv.DictReader(stream)
    assert row["report_id"] == "'=1+1"
    assert plain_cell(row["report_id"]) == "=1+1"
    assert (row["truth"], row["ours"], row["rule"]) == ("present", "absent", "no")
    with pytest.raises(InputError, match="cannot be written"):
        write_disagreements(tmp_path, [])


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("", "empty"),
        ("report_id,weather\nboth,1\n", "no answer on any finding"),
        ("report_id,pneumothorax\nboth,\n", "no answer yet"),
        ("report_id,pneumothorax\nboth,perhaps so\n", "neither yes nor no"),
        ("report_id,pneumothorax\nnobody,1\n", "None of the 1 reports or images"),
        ("PK\0\x01", "cannot be read"),
    ],
)
def test_what_is_no_truth_is_a_clear_error(corpus: Corpus, tmp_path: Path, table: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        compared(corpus, tmp_path, table)


def test_a_corpus_without_labels_says_what_to_run(tmp_path: Path) -> None:
    bare = make_corpus(tmp_path, [Report("r", "p", "No effusion.", "test")])
    with pytest.raises(InputError, match="--through label"):
        compared(bare, tmp_path, "report_id,pneumothorax\nr,1\n")


def test_a_table_that_labels_were_taken_from_does_not_judge_itself(tmp_path: Path) -> None:
    write_png(tmp_path / "in" / "a.png")
    table = tmp_path / "in" / "train.csv"
    table.write_text("report_id,path,text,Effusion,Fracture\nr,a.png,Small effusion.,0,1\n")
    made = ingest(tmp_path, "table", table, label_columns="Effusion,Fracture")
    for stage, settings in (
        (parse.STAGE, parse.ParseSettings()),
        (link.STAGE, link.LinkSettings()),
        (label.STAGE, label.LabelSettings()),
    ):
        run_stage(made, stage, settings)
    copy = shutil.copy(table, tmp_path / "copy.csv")
    for truth in (table, copy):
        found = compare(made, truth)
        assert found.own == {"source:train"}
        assert counts(found) == {"Effusion": (1, 0, 1, 0), "fracture": (1, 0, 0, 1)}
    (tmp_path / "copy.csv").write_text("report_id,Effusion\nr,1\n")
    assert compare(made, copy).own == set()
    (tmp_path / "else").mkdir()
    other = tmp_path / "else" / "train.csv"
    other.write_text("report_id,Effusion\nr,1\n")
    assert compare(made, other).own == set()
    table.unlink()
    assert compare(made, other).own == {"source:train"}


def test_where_the_table_is_the_only_voice_nothing_is_judged(tmp_path: Path) -> None:
    write_png(tmp_path / "in" / "a.png")
    table = tmp_path / "in" / "train.csv"
    table.write_text("path,Effusion\na.png,1\n")
    made = ingest(tmp_path, "table", table)
    for stage, settings in ((parse.STAGE, parse.ParseSettings()), (label.STAGE, label.LabelSettings())):
        run_stage(made, stage, settings)
    found = compare(made, table)
    assert (found.own, found.parts[0].judged, found.parts[0].silent) == ({"source:train"}, (), 1)
    console = Console(file=io.StringIO(), width=120)
    console.print(comparison_view(found, [], corpus="c"))
    assert "Nothing is left to judge." in console.file.getvalue()  # type: ignore[attr-defined]

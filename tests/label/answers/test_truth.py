"""Truth that a file gives, and the reports that it speaks of."""

from pathlib import Path

import pytest

from radmine.errors import InputError
from radmine.label.answers.truth import match_reports, read_truth
from radmine.records import Report
from tests.link.made import make_corpus


def written(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_a_wide_table_goes_by_the_names_of_a_scheme(tmp_path: Path) -> None:
    file = written(
        tmp_path / "t.csv", "filename,Effusion,Mass,normal,note\na,1,0,0,x\nb,0,,1,\nc,-1,yes,0,\n"
    )
    table = read_truth(file)
    assert table.answers == {
        "a": {"pleural_effusion": True, "lung_mass": False},
        "b": {"pleural_effusion": False},
        "c": {"lung_mass": True},
    }
    assert {"mass", "lung_mass", "mediastinal_mass"} <= table.groups["lung_mass"]
    assert table.ignored == ("note",)
    assert table.unclear == 1


def test_a_long_table_goes_by_our_names_and_synonyms(tmp_path: Path) -> None:
    file = written(
        tmp_path / "t.tsv",
        "report_id\tfinding\tanswer\na\tgallstone\tpresent\na\tCollapsed lobe of fog\t1\nb\tpleural effusions\tno\n",
    )
    table = read_truth(file)
    assert table.answers == {"a": {"gallstone": True}, "b": {"pleural_effusion": False}}
    assert table.ignored == ("Collapsed lobe of fog",)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "empty"),
        ("report_id,weather\na,1\n", "no answer on any finding"),
        ("report_id,pneumonia\na,perhaps so\n", "neither yes nor no"),
    ],
)
def test_a_table_that_cannot_be_used_is_a_clear_error(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        read_truth(written(tmp_path / "t.csv", text))
    with pytest.raises(InputError, match="cannot be read"):
        read_truth(tmp_path / "none.csv")
    with pytest.raises(InputError, match="no label scheme"):
        read_truth(written(tmp_path / "u.csv", "report_id,pneumonia\na,1\n"), scheme="none")


def test_reports_go_by_id_or_by_file(tmp_path: Path) -> None:
    reports = [Report(f"R{n}", f"P{n}", "Clear lungs.", "test", path=f"in/file{n}.txt") for n in range(90)]
    corpus = make_corpus(tmp_path, reports)
    matched = match_reports(corpus, {"R1": {}, "file2": {}, "file3.txt": {}, "stranger": {}})
    assert sorted(matched) == ["R1", "R2", "R3"]
    with pytest.raises(InputError, match="None of the 1 reports of the truth is among the 90"):
        match_reports(corpus, {"stranger": {}})


def test_kinds_that_are_labels_of_their_own_do_not_speak_for_a_label_of_ct_rate(tmp_path):
    path = tmp_path / "truth.csv"
    path.write_text("report_id,Arterial wall calcification,Lung opacity,Lymphadenopathy\na,1,0,1\n")
    table = read_truth(path, scheme="ctrate")
    assert table.answers == {
        "a": {"aortic_atherosclerosis": True, "lung_opacity": False, "lymphadenopathy": True}
    }
    assert "coronary_calcification" not in table.groups["aortic_atherosclerosis"]
    assert table.groups["lung_opacity"].isdisjoint({"consolidation", "infiltration"})
    assert "lymph_node" in table.groups["lymphadenopathy"]

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radmine.errors import InputError
from radmine.findings import load_findings, schemes, to_scheme
from radmine.findings.schemes import read_scheme
from radmine.records import Assertion, Label, Vote

PRESENT, ABSENT, UNCERTAIN = Assertion.PRESENT, Assertion.ABSENT, Assertion.UNCERTAIN


def label(assertion: Assertion, probability: float | None = None, voter: str = "rules") -> Label:
    p = {PRESENT: 0.9, ABSENT: 0.1, UNCERTAIN: 0.5}[assertion] if probability is None else probability
    return Label(assertion, p, (Vote(voter, assertion, p),))


def said(labels: dict[str, Assertion], scheme: str = "chestxray14") -> dict[str, Assertion]:
    result = to_scheme({name: label(a) for name, a in labels.items()}, scheme)
    return {name: value.assertion for name, value in result.items()}


def test_the_published_labels():
    assert len(schemes()["chestxray14"].labels) == 14
    assert len(schemes()["chexpert"].labels) == 13
    assert {s.no_finding for s in schemes().values()} == {"No Finding"}


def test_unknown_scheme_names_the_valid_ones():
    with pytest.raises(InputError, match="chestxray14, chexpert"):
        to_scheme({}, "mimic")


def test_unknown_finding_is_an_error():
    with pytest.raises(InputError, match="no finding 'cough'"):
        to_scheme({"cough": label(PRESENT)}, "chestxray14")


def test_what_is_not_mentioned_is_not_there():
    assert said({"pneumothorax": ABSENT, "pleural_effusion": PRESENT}) == {
        "Effusion": PRESENT,
        "Pneumothorax": ABSENT,
    }


def test_order_is_that_of_the_scheme():
    names = list(said({"hernia": PRESENT, "atelectasis": PRESENT, "emphysema": ABSENT}))
    assert names == ["Atelectasis", "Emphysema", "Hernia"]


def test_a_present_child_makes_its_parent_present():
    assert said({"hiatal_hernia": PRESENT, "hernia": ABSENT})["Hernia"] is PRESENT
    assert said({"hydropneumothorax": UNCERTAIN}) == {"Pneumothorax": UNCERTAIN, "Effusion": UNCERTAIN}


def test_an_absent_child_says_nothing_of_its_parent():
    assert "Hernia" not in said({"hiatal_hernia": ABSENT})
    assert "Fracture" not in said({"rib_fracture": ABSENT}, "chexpert")


def test_an_absent_parent_denies_its_children():
    assert said({"lung_opacity": ABSENT})["Consolidation"] is ABSENT
    assert said({"lung_opacity": ABSENT, "consolidation": PRESENT})["Consolidation"] is PRESENT


def test_present_wins_over_uncertain_over_absent():
    assert said({"lung_mass": UNCERTAIN, "mass": ABSENT})["Mass"] is UNCERTAIN
    assert said({"lung_mass": UNCERTAIN, "mass": PRESENT})["Mass"] is PRESENT


def test_included_kinds_count_only_when_present():
    assert said({"pneumonia": PRESENT}, "chexpert")["Lung Opacity"] is PRESENT
    assert "Lung Opacity" not in said({"pneumonia": ABSENT}, "chexpert")


def test_evidence_of_those_that_agree_is_kept():
    result = to_scheme(
        {"lung_mass": label(PRESENT, 0.8, "a"), "mass": label(PRESENT, 0.9, "b")}, "chestxray14"
    )
    assert [v.voter for v in result["Mass"].evidence] == ["a", "b"]
    assert result["Mass"].probability == 0.9


@pytest.mark.parametrize(
    ("labels", "normal"),
    [
        ({}, True),
        ({"pneumothorax": ABSENT}, True),
        ({"pneumothorax": UNCERTAIN}, False),
        ({"pneumothorax": PRESENT}, False),
        ({"pacemaker": PRESENT}, True),
    ],
)
def test_no_finding(labels, normal):
    for scheme in ("chestxray14", "chexpert"):
        assert ("No Finding" in said(labels, scheme)) == normal, scheme


def test_no_finding_keeps_what_was_denied_as_its_evidence():
    result = to_scheme({"pneumothorax": label(ABSENT, 0.1), "atelectasis": label(ABSENT, 0.2)}, "chestxray14")
    assert result["No Finding"].probability == pytest.approx(0.8)
    assert len(result["No Finding"].evidence) == 2


def test_a_scheme_with_an_unknown_finding_is_an_error(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('title = "Mine"\n[labels]\nA = { is = ["nothing_known"] }')
    with pytest.raises(InputError, match="nothing_known"):
        read_scheme(path)


@given(
    st.dictionaries(st.sampled_from(sorted(load_findings())), st.sampled_from(list(Assertion)), max_size=6),
    st.sampled_from(sorted(schemes())),
)
def test_only_labels_of_the_scheme_and_never_stronger_than_said(labels, scheme):
    result = said(labels, scheme)
    rules = schemes()[scheme]
    assert set(result) <= {*rules.labels, rules.no_finding}
    for name, assertion in result.items():
        if name != rules.no_finding:
            assert assertion in labels.values()

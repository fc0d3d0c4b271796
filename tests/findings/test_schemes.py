from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radmine.errors import InputError
from radmine.findings import load_findings, schemes, to_scheme
from radmine.findings.schemes import read_scheme
from radmine.label import label_report
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
    assert len(schemes()["ctrate"].labels) == 18
    assert {s.no_finding for s in schemes().values()} == {"No Finding", None}


@pytest.mark.parametrize(
    ("text", "present"),
    [
        ("Consolidation in the right lower lobe.", ["Consolidation"]),
        ("Ground-glass densities in both lungs.", ["Lung opacity"]),
        ("Calcified plaque in the coronary arteries.", ["Coronary artery wall calcification"]),
        ("Calcific plaques in the aortic wall.", ["Arterial wall calcification"]),
        ("Interlobular septal thickening.", ["Interlobular septal thickening"]),
        ("No lymph nodes of pathological size. Two small lymph nodes are seen.", ["Lymphadenopathy"]),
        ("No lymph nodes are seen.", []),
        ("Pneumonic infiltration.", []),
    ],
)
def test_ct_rate_names_what_a_report_names(text, present):
    labels = to_scheme(label_report(text), "ctrate")
    assert [name for name, label in labels.items() if label.assertion is PRESENT] == present


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
        ({}, False),  # silence is no evidence
        ({"pneumothorax": ABSENT}, True),
        ({"pneumothorax": UNCERTAIN}, False),
        ({"pneumothorax": PRESENT}, False),
        ({"pacemaker": PRESENT}, False),
        ({"pacemaker": PRESENT, "pneumothorax": ABSENT}, True),
        ({"chest_disease": ABSENT}, True),
        ({"chest_disease": ABSENT, "pneumothorax": UNCERTAIN}, False),
        ({"chest_disease": UNCERTAIN, "pneumothorax": ABSENT}, False),
        ({"meniscal_tear": ABSENT, "other_disease": ABSENT}, False),  # of another place
        ({"rib_fracture": ABSENT}, False),  # says nothing of fractures
        ({"liver_mass": PRESENT, "pneumothorax": ABSENT}, True),  # no label of the scheme
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


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("See prior.", False),
        ("Indication: cough.", False),
        ("Indication: rule out acute cardiopulmonary disease.", False),
        ("The lungs are not visualised due to technical failure.", False),
        ("MRI of the knee: medial meniscus tear.", False),
        ("Normal knee.", False),
        ("Normal chest wall.", False),
        ("EXAM: MRI of the left knee.\nFINDINGS: No acute disease.", False),
        ("No acute intracranial abnormality.", False),
        ("Cannot exclude acute cardiopulmonary disease.", False),
        ("The chest is not normal.", False),
        ("No acute disease. Small effusion.", False),
        ("Normal chest.", True),
        ("Unremarkable chest radiograph.", True),
        ("The chest is normal.", True),
        ("No acute cardiopulmonary abnormality.", True),
        ("No active disease.", True),
        ("The lungs are clear.", True),
        ("Mass in the liver. No pneumothorax.", True),
        ("No effusion. Appendicitis.", True),
        ("Heart size normal. Pacemaker in place.", True),
        ("Heart size normal. No scoliosis.", True),
        ("Heart size normal. Scoliosis.", False),
        ("Heart size normal. Possible emphysema.", False),
        ("Normal chest. Calcified granuloma.", False),
        ("No pneumothorax. Coarse interstitial markings. Blunted left costophrenic angle.", False),
        ("No effusion. Cavitary lesion in the left apex.", False),
        ("No effusion. Peribronchial cuffing, Kerley B lines.", False),
        ("Normal chest. Compare with the PET for the known lung cancer.", False),
        ("No effusion. Lytic lesion of a rib.", False),
    ],
)
@pytest.mark.parametrize("scheme", ["chestxray14", "chexpert"])
def test_no_finding_needs_words_that_say_so(text, normal, scheme):
    found = to_scheme(label_report(text), scheme).get("No Finding")
    assert (found is not None) == normal
    if found is not None:
        assert found.probability < 1
        assert all(mention.assertion is ABSENT for vote in found.evidence for mention in vote.mentions)
        assert all(vote.mentions for vote in found.evidence)


# -- without parents


def alone(text: str, scheme: str = "chexpert") -> set[str]:
    found = to_scheme(label_report(text), scheme, parents=False)
    return {name for name, said in found.items() if said.assertion is not ABSENT}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Pulmonary edema.", {"Edema"}),
        ("Lung nodule.", {"Lung Lesion"}),
        ("Cardiomegaly.", {"Cardiomegaly"}),
        ("Right lower lobe pneumonia.", {"Pneumonia"}),
        ("Right lower lobe consolidation.", {"Consolidation"}),
        ("Possible pneumonia.", {"Pneumonia"}),
        ("Patchy opacity. Pulmonary edema.", {"Lung Opacity", "Edema"}),  # each is named
        ("Ground glass opacity.", {"Lung Opacity"}),  # a kind of it that has no label of its own
        ("Widened mediastinum.", {"Enlarged Cardiomediastinum"}),
        ("Hydropneumothorax.", {"Pneumothorax", "Pleural Effusion"}),  # neither is the other's parent
    ],
)
def test_without_parents_a_finding_speaks_for_its_most_special_label(text, names):
    assert alone(text) == names


def test_without_parents_denials_say_the_same():
    for text in ("No lung opacity.", "No pneumonia.", "The lungs are clear."):
        labels = label_report(text)
        assert to_scheme(labels, "chexpert", parents=False) == to_scheme(labels, "chexpert")


def test_without_parents_a_vote_that_rests_on_no_words_counts_where_its_voter_says_no_more():
    def by(voter: str, *findings: str) -> dict[str, Label]:
        return {finding: label(PRESENT, voter=voter) for finding in findings}

    implied = by("person:ann", "consolidation", "lung_opacity")
    assert [*to_scheme(implied, "chexpert", parents=False)] == ["Consolidation"]
    named = by("person:ann", "consolidation") | by("person:bob", "lung_opacity")
    assert [*to_scheme(named, "chexpert", parents=False)] == ["Lung Opacity", "Consolidation"]
    bare = {finding: Label(PRESENT, 0.9) for finding in ("consolidation", "lung_opacity")}
    assert [*to_scheme(bare, "chexpert", parents=False)] == ["Consolidation"]


# -- schemes of one's own

MINE = """
title = "Mine"
no_finding = "Normal"
no_finding_by = ["chest_disease"]
[labels]
Fluid = { is = ["pleural_effusion"] }
Air = { is = ["pneumothorax"], includes = ["pneumomediastinum"] }
"""


def test_a_label_leaves_out_kinds_that_it_excludes_and_parents_where_its_scheme_says_so(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        'title = "Mine"\nparents = false\n[labels]\nShadow = { is = ["lung_opacity"], excludes = ["infiltration"] }\n'
        'Solid = { is = ["consolidation"] }'
    )
    shown = {
        t: [*to_scheme(label_report(t), str(path))] for t in ("Opacity.", "Infiltrate.", "Consolidation.")
    }
    assert shown == {"Opacity.": ["Shadow"], "Infiltrate.": [], "Consolidation.": ["Solid"]}
    assert to_scheme(label_report("No opacity."), str(path))["Shadow"].assertion is ABSENT


def test_a_scheme_of_ones_own(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(MINE)
    labels = label_report("Small effusion. No pneumothorax.")
    assert {n: x.assertion for n, x in to_scheme(labels, str(path)).items()} == {
        "Fluid": PRESENT,
        "Air": ABSENT,
    }
    assert [*to_scheme(label_report("No acute disease."), str(path))] == ["Normal"]
    path.write_text(MINE.replace("[labels]", 'no_finding_against = ["thorax", "liver_mass"]\n[labels]'))
    for seen in ("Bronchiectasis", "A liver mass"):
        assert [*to_scheme(label_report(f"Normal chest. {seen}."), read_scheme(path))] == []
    path.write_text(MINE.replace("Fluid", "Water"))
    assert "Water" in to_scheme(labels, read_scheme(path))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("pneumomediastinum", "nothing_known", "nothing_known"),
        ("chest_disease", "nothing_known", "nothing_known"),
        ('title = "Mine"', "", "title"),
        ("Fluid = { is", "Fluid = { was", "Fluid"),
        ('is = ["pleural_effusion"]', 'is = "pleural_effusion"', "Fluid"),
        ("no_finding =", "normal =", "'normal'"),
        ('"Normal"', "1", "'no_finding'"),
        ('"Normal"', '"Air"', "one of the labels"),
        ("[labels]", 'no_finding_against = ["thorax", "fire"]\n[labels]', "unknown findings: fire"),
        ("[labels]", 'no_finding_ignores = ["Fire"]\n[labels]', "no label"),
        ("[labels]", "[labels", "cannot be read"),
    ],
)
def test_what_is_no_scheme_is_told(tmp_path, old, new, says):
    path = tmp_path / "mine.toml"
    path.write_text(MINE.replace(old, new, 1))
    with pytest.raises(InputError, match=says) as caught:
        to_scheme({}, str(path))
    assert str(path) in str(caught.value)


def test_a_scheme_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        to_scheme({}, str(tmp_path / "mine.toml"))


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


def test_a_scheme_that_names_an_unknown_finding_is_told_what_is_near(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('title = "Mine"\n[labels]\nStones = { is = ["cholelithiasis"] }\n')
    with pytest.raises(InputError, match=r"unknown findings: cholelithiasis\. Near: gallstone"):
        read_scheme(file)

"""What observations are called at sites."""

import pytest

from radmine.errors import InputError
from radmine.findings import (
    ADJECTIVE,
    DESCRIBING,
    PLACED,
    PREDICATE,
    ancestors,
    composed,
    finding_of,
    load_composed,
    load_findings,
    load_observations,
    observation_phrases,
)
from radmine.findings.composed import read_composed


@pytest.mark.parametrize(
    ("finding", "site", "meant"),
    [
        ("nodule", "thyroid", "thyroid_nodule"),
        ("nodule", "adrenal_gland", "adrenal_nodule"),
        ("nodule", "liver_dome", "liver_lesion"),
        ("nodule", "frontal_lobe", "brain_mass"),
        ("effusion", "knee", "joint_effusion"),
        ("effusion", "pericardium", "pericardial_effusion"),
        ("emphysema", "soft_tissue", "subcutaneous_emphysema"),
        ("opacity", "maxillary_sinus", "sinusitis"),
        ("mass", "kidney_upper_pole", "renal_mass"),
        ("edema", "temporal_lobe", "cerebral_edema"),
    ],
)
def test_a_general_word_means_what_its_site_says(finding, site, meant):
    assert load_composed()[finding, site] == meant


@pytest.mark.parametrize(
    ("finding", "site", "meant"),
    [
        ("nodule", "upper_lobe", "lung_nodule"),
        ("nodule", "rib", "lung_nodule"),  # seen over it
        ("nodule", "pleura", "lung_nodule"),
        ("effusion", "lung_base", "pleural_effusion"),
        ("thickening", "sigmoid_colon", "bowel_wall_thickening"),
        ("thickening", "tongue", "thickening@tongue"),
        ("gas", "stomach", ""),
        ("hemorrhage", "head", "intracranial_hemorrhage"),
        ("hemorrhage", "globe", "hemorrhage@globe"),  # the head, not its parts
        ("emphysema", "lung", "emphysema"),
        ("pneumonia", "liver", "pneumonia"),
    ],
)
def test_a_pair_has_a_name_or_is_one(finding, site, meant):
    assert composed(finding, site) == meant


def test_what_is_meant_is_in_the_lexicon():
    assert set(load_composed().values()) - {""} <= set(load_findings())


def test_a_pair_is_a_finding_below_its_observation_and_what_its_wholes_are_called():
    pair = finding_of("thickening@sigmoid_colon")
    assert (pair.title, pair.parents) == (
        "Thickening: sigmoid colon",
        ("bowel_wall_thickening", "thickening"),
    )
    assert ancestors("opacity@middle_lobe") == ("lung_opacity", "opacity")
    assert finding_of("pneumonia") is load_findings()["pneumonia"]
    assert finding_of("nothing@liver") is finding_of("cyst@nowhere") is finding_of("nothing") is None


def test_every_observation_is_a_finding_whose_words_belong_to_it_alone():
    for observation in load_observations().values():
        assert observation.usual is None or observation.usual in load_composed().values()
    phrases = observation_phrases()
    assert phrases["effusions"] == "effusion"
    assert phrases["thickened"] == DESCRIBING + "thickening"
    assert phrases["dilated"] == ADJECTIVE + "dilatation"
    assert phrases["fluid"] == PLACED + "fluid"
    assert phrases["is mildly small"] == PREDICATE + "atrophy"


def test_an_unknown_name_is_an_error(tmp_path):
    path = tmp_path / "composed.toml"
    path.write_text('[lung_nodule]\nthyriod = "thyroid_nodule"\n', "utf-8")
    with pytest.raises(InputError, match="thyriod"):
        read_composed(path)

"""General words at other sites."""

import pytest

from radmine.errors import InputError
from radmine.findings import load_anatomy, load_elsewhere, load_findings
from radmine.findings.elsewhere import read_elsewhere


@pytest.mark.parametrize(
    ("finding", "site", "meant"),
    [
        ("lung_nodule", "thyroid", "thyroid_nodule"),
        ("lung_nodule", "adrenal_gland", "adrenal_nodule"),
        ("lung_nodule", "liver_dome", "liver_lesion"),
        ("lung_nodule", "frontal_lobe", "brain_mass"),
        ("pleural_effusion", "knee", "joint_effusion"),
        ("pleural_effusion", "pericardium", "pericardial_effusion"),
        ("emphysema", "soft_tissue", "subcutaneous_emphysema"),
        ("lung_opacity", "maxillary_sinus", "sinusitis"),
        ("mass", "kidney_upper_pole", "renal_mass"),
        ("edema", "temporal_lobe", "cerebral_edema"),
    ],
)
def test_a_general_word_means_what_its_site_says(finding, site, meant):
    assert load_elsewhere()[finding, site] == meant


@pytest.mark.parametrize(
    ("finding", "site"),
    [
        ("lung_nodule", "upper_lobe"),
        ("lung_nodule", "rib"),  # seen over it
        ("lung_nodule", "pleura"),
        ("pleural_effusion", "lung_base"),
        ("emphysema", "lung"),
        ("pneumonia", "liver"),
    ],
)
def test_and_elsewhere_nothing_new(finding, site):
    assert (finding, site) not in load_elsewhere()


def test_no_finding_of_the_chest_is_moved_within_it():
    chest = {name for name, site in load_anatomy().items() if site.region == "chest"}
    assert {site for name, site in load_elsewhere() if name == "lung_nodule"} & chest <= {"breast", "nipple"}


def test_what_is_meant_is_meant_of_itself():
    assert set(load_elsewhere().values()) <= set(load_findings())
    assert not {name for name, _ in load_elsewhere()} & set(load_elsewhere().values())


def test_an_unknown_name_is_an_error(tmp_path):
    path = tmp_path / "elsewhere.toml"
    path.write_text('[lung_nodule]\nthyriod = "thyroid_nodule"\n', "utf-8")
    with pytest.raises(InputError, match="thyriod"):
        read_elsewhere(path)

import re

import pytest

from radmine.errors import InputError
from radmine.findings import ancestors, lexicon_digest, load_findings, load_phrases
from radmine.findings.lexicon import GROUPS, read_lexicon
from radmine.findings.phrases import plural

CHESTXRAY14 = [
    "atelectasis",
    "cardiomegaly",
    "pleural_effusion",
    "infiltration",
    "lung_mass",
    "lung_nodule",
    "pneumonia",
    "pneumothorax",
    "consolidation",
    "pulmonary_edema",
    "emphysema",
    "pulmonary_fibrosis",
    "pleural_thickening",
    "hernia",
]
OTHERS = [
    "hiatal_hernia",
    "lung_opacity",
    "granuloma",
    "fracture",
    "rib_fracture",
    "vertebral_compression_fracture",
    "scoliosis",
    "degenerative_change",
    "enlarged_cardiomediastinum",
    "support_device",
    "central_venous_catheter",
    "endotracheal_tube",
    "pacemaker",
    "nasogastric_tube",
    "liver_lesion",
    "hepatic_steatosis",
    "gallstone",
    "kidney_stone",
    "hydronephrosis",
    "renal_cyst",
    "appendicitis",
    "bowel_obstruction",
    "ascites",
    "pneumoperitoneum",
    "lymphadenopathy",
    "splenomegaly",
    "intracranial_hemorrhage",
    "infarct",
    "brain_mass",
    "hydrocephalus",
    "midline_shift",
    "meningioma",
    "white_matter_disease",
    "disc_herniation",
    "spinal_stenosis",
    "aortic_aneurysm",
    "aortic_dissection",
    "pulmonary_embolism",
    "bronchiectasis",
    "tuberculosis",
]


def test_many_findings_in_every_group():
    findings = load_findings()
    assert len(findings) >= 120
    assert {f.group for f in findings.values()} == set(GROUPS)


@pytest.mark.parametrize("name", [*CHESTXRAY14, *OTHERS])
def test_names_that_others_use(name):
    assert load_findings()[name].title


def test_names_titles_and_codes_are_well_formed():
    for name, finding in load_findings().items():
        assert finding.name == name
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
        assert finding.synonyms or finding.group == "general"  # whose words stand elsewhere
        assert all(s == s.lower().strip() for s in finding.synonyms), name
        assert all(
            re.fullmatch(r"(RadLex:RID\d+|SNOMED:\d+|ICD10:[A-Z]\d\d(\.\d+)?)", c) for c in finding.codes
        )


def test_one_code_means_one_finding():
    codes = [code for finding in load_findings().values() for code in finding.codes]
    assert len(codes) == len(set(codes))


def test_ancestors_are_nearest_first():
    assert ancestors("hiatal_hernia") == ("hernia",)
    assert ancestors("vertebral_compression_fracture") == ("vertebral_fracture", "fracture")
    assert ancestors("hydropneumothorax") == ("pneumothorax", "pleural_effusion")
    assert ancestors("fracture") == ()


def test_an_unknown_finding_stands_alone():
    assert ancestors("cough") == ()


@pytest.mark.parametrize(
    ("phrase", "findings"),
    [
        ("ptx", {"pneumothorax"}),
        ("pneumothoraces", {"pneumothorax"}),
        ("emphysematous", {"emphysema"}),
        ("pulmonary oedema", {"pulmonary_edema"}),
        ("pleural effusions", {"pleural_effusion"}),
        ("opacities", {"lung_opacity"}),
        ("renal calculi", {"kidney_stone"}),
        ("intracranial haemorrhage", {"intracranial_hemorrhage"}),
        ("brain tumours", {"brain_mass"}),
        ("lung metastases", {"lung_metastasis"}),
        ("pleural or pericardial effusion", {"pleural_effusion", "pericardial_effusion"}),
        ("calcified nodule", {"lung_nodule", "granuloma"}),
        ("hepatosplenomegaly", {"hepatomegaly", "splenomegaly"}),
    ],
)
def test_phrases(phrase, findings):
    assert set(load_phrases()[phrase]) == findings


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("lung nodule", "lung nodules"),
        ("opacity", "opacities"),
        ("metastasis", "metastases"),
        ("rib fracture", "rib fractures"),
        ("lung mass", "lung masses"),
        ("pneumothorax", "pneumothoraces"),
        ("gallbladder calculus", "gallbladder calculi"),
    ],
)
def test_plural(one, many):
    assert plural(one) == many


def test_digest_is_stable():
    assert lexicon_digest() == lexicon_digest()
    assert len(lexicon_digest()) == 16


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('[a]\ntitle = "A"\nparents = ["b"]\n[b]\ntitle = "B"\nparents = ["a"]', "circle"),
        ('[a]\ntitle = "A"\nparents = ["nowhere"]', "unknown parent 'nowhere'"),
        ('[a]\nsynonyms = ["x"]', "needs a title"),
        ('[a]\ntitle = "A"\nsynonym = ["x"]', "may have"),
        ("[a", "cannot be read"),
    ],
)
def test_a_wrong_data_file_is_a_clear_error(tmp_path, content, says):
    path = tmp_path / "chest.toml"
    path.write_text(content)
    with pytest.raises(InputError, match=says):
        read_lexicon([path])


def test_a_name_twice_is_an_error(tmp_path):
    for group in ("chest", "head"):
        (tmp_path / f"{group}.toml").write_text('[a]\ntitle = "A"')
    with pytest.raises(InputError, match="twice"):
        read_lexicon([tmp_path / "chest.toml", tmp_path / "head.toml"])


def test_a_child_may_stand_before_its_parent(tmp_path):
    path = tmp_path / "chest.toml"
    path.write_text('[b]\ntitle = "B"\nparents = ["a"]\n[a]\ntitle = "A"')
    assert list(read_lexicon([path])) == ["b", "a"]

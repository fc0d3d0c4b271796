import re

import pytest

from radmine.errors import InputError
from radmine.findings import load_anatomy, load_site_phrases, sites_above
from radmine.findings.anatomy import REGIONS, read_anatomy
from radmine.findings.phrases import fold_phrase, spellings


def test_many_sites_in_every_region():
    sites = read_named()
    assert len(sites) >= 150
    assert {site.region for site in sites.values()} == set(REGIONS)


def read_named():
    """Return the sites without vertebrae and discs."""
    return {
        name: s for name, s in load_anatomy().items() if not re.fullmatch(r"[ctls]\d+(_[ctls]\d+)?", name)
    }


def test_names_and_codes_are_well_formed():
    for name, site in load_anatomy().items():
        assert site.name == name
        assert site.title
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
        assert all(re.fullmatch(r"(RadLex:RID\d+|SNOMED:\d+)", c) for c in site.codes)
    codes = [code for site in load_anatomy().values() for code in site.codes]
    assert len(codes) == len(set(codes))


def test_names_have_a_side_only_where_the_site_does():
    sided = {n for n in load_anatomy() if "left" in n or "right" in n}
    assert sided == {"left_ventricle", "right_ventricle", "left_atrium", "right_atrium"}


@pytest.mark.parametrize(
    ("phrase", "site", "side"),
    [
        ("right upper lobe", None, None),
        ("upper lobe", "upper_lobe", None),
        ("rul", "upper_lobe", "right"),
        ("rml", "middle_lobe", "right"),
        ("lll", "lower_lobe", "left"),
        ("lingular", "lingula", "left"),
        ("bibasilar", "lung_base", "bilateral"),
        ("biapical", "lung_apex", "bilateral"),
        ("left base", "lung_base", "left"),
        ("perihilar", "perihilar_region", None),
        ("hepatic", "liver", None),
        ("renal", "kidney", None),
        ("oesophagus", "esophagus", None),
        ("oesophageal", "esophagus", None),
        ("vertebral bodies", "vertebra", None),
        ("l4", "l4", None),
        ("l4 l5", "l4_l5", None),
        ("l4/5", "l4_l5", None),
        ("l5 s1", "l5_s1", None),
        ("t1", None, None),
        ("t1 vertebral body", "t1", None),
        ("t12 l1", "t12_l1", None),
        ("basilar artery", "basilar_artery", None),
        ("both kidneys", None, None),
    ],
)
def test_phrases(phrase, site, side):
    assert load_site_phrases().get(phrase) == (None if site is None else (site, side))


def test_what_sites_are_part_of():
    above = sites_above()
    assert {"lung", "chest"} <= above["upper_lobe"]
    assert {"lumbar_spine", "spine", "disc"} <= above["l4_l5"]
    assert {"thoracic_spine", "lumbar_spine"} <= above["t12_l1"]
    assert above["chest"] == frozenset()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('[a]\ntitle = "A"\nregion = "chest"\nparents = ["b"]', "unknown parent 'b'"),
        ('[a]\ntitle = "A"\nregion = "moon"', "needs a region"),
        ('[a]\nregion = "chest"', "needs a title"),
        ('[a]\ntitle = "A"\nregion = "chest"\nforeign = 1', "may have"),
        (
            '[a]\ntitle = "A"\nregion = "chest"\nparents = ["b"]\n[b]\ntitle = "B"\nregion = "chest"\nparents = ["a"]',
            "circle",
        ),
    ],
)
def test_a_wrong_data_file_is_a_clear_error(tmp_path, content, says):
    path = tmp_path / "anatomy.toml"
    path.write_text(content)
    with pytest.raises(InputError, match=says):
        read_anatomy(path)


def test_no_phrase_names_two_sites():
    sites: dict[str, set[str]] = {}
    written: list[tuple[str, str]] = []
    for name, site in load_anatomy().items():
        for phrase in spellings(site.synonyms, (*site.forms, *(said for said, _ in site.sided))):
            sites.setdefault(fold_phrase(phrase), set()).add(name)
        written += [(name, phrase) for phrase in (*site.synonyms, *site.forms, *(p for p, _ in site.sided))]
    assert {phrase: names for phrase, names in sites.items() if len(names) > 1} == {}
    assert {w for w in written if written.count(w) > 1} == set()

import gzip
import json

import pytest

from radmine.errors import InputError
from radmine.findings import load_findings, load_lexicon, read_ontology
from radmine.parse import parse_report

# As published, a model a file; the words are ours.
BLUE_MOON = {
    "oifm_id": "OIFM_TEST_000001",
    "name": "Blue moon sign",
    "description": "A sign that nobody has seen.",
    "synonyms": ["azure moon sign"],
    "tags": ["CT", "sign"],
    "index_codes": [{"system": "RADLEX", "code": "RID9001", "display": "blue moon"}],
    "attributes": [{"oifma_id": "OIFMA_TEST_000001", "name": "presence", "type": "choice", "values": []}],
}
CYST = {
    "oifm_id": "OIFM_TEST_000002",
    "name": "cyst of the liver",
    "synonyms": None,
    "index_codes": [{"system": "SNOMEDCT", "code": "1", "display": "x"}],
}


def folder_of(tmp_path):
    defs = tmp_path / "defs"
    defs.mkdir()
    for model in (BLUE_MOON, CYST):
        (defs / f"{model['oifm_id'].lower()}.fm.json").write_text(json.dumps(model))
    return defs


def lines_of(tmp_path):
    path = tmp_path / "oifm.jsonl"
    short = [
        {
            "id": m["oifm_id"],
            "name": m["name"],
            "synonyms": m["synonyms"] or [],
            "tags": [],
            "codes": m["index_codes"],
        }
        for m in (BLUE_MOON, CYST)
    ]
    path.write_text("".join(json.dumps(model) + "\n" for model in short))
    return path


def list_of(tmp_path):
    path = tmp_path / "oifm.json.gz"
    path.write_bytes(gzip.compress(json.dumps([BLUE_MOON, CYST]).encode()))
    return path


@pytest.mark.parametrize("source", [folder_of, lines_of, list_of])
def test_the_forms_say_the_same(tmp_path, source):
    new = read_ontology(source(tmp_path))
    assert {f.title: f.codes for f in new.values()} == {
        "Blue moon sign": ("OIFM:OIFM_TEST_000001", "RadLex:RID9001"),
        "cyst of the liver": ("OIFM:OIFM_TEST_000002", "SNOMED:1"),
    }
    assert new["blue_moon_sign"].synonyms == ("blue moon sign", "azure moon sign")


def test_models_are_findings_and_their_ids_stand_with_ours(tmp_path):
    lexicon = load_lexicon(folder_of(tmp_path))
    ours = load_findings()["liver_cyst"]
    assert lexicon.findings["liver_cyst"].codes == (*ours.codes, "OIFM:OIFM_TEST_000002", "SNOMED:1")
    (mention,) = parse_report("Azure moon sign on the left.", lexicon=lexicon).mentions
    assert lexicon.findings[mention.finding].codes[0] == "OIFM:OIFM_TEST_000001"


def test_a_model_that_changes_in_its_folder_is_read_again(tmp_path):
    defs = folder_of(tmp_path)
    assert "pale moon sign" not in load_lexicon(defs).phrases
    changed = BLUE_MOON | {"synonyms": ["azure moon sign", "pale moon sign"]}
    (defs / "oifm_test_000001.fm.json").write_text(json.dumps(changed))
    assert "pale moon sign" in load_lexicon(defs).phrases


@pytest.mark.parametrize(
    "text", ["{", '{"name": "x sign"}', '{"oifm_id": "A", "name": "x", "synonyms": 3}', "[3]"]
)
def test_a_wrong_file_is_a_clear_error(tmp_path, text):
    path = tmp_path / "x.fm.json"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        read_ontology(path)
    assert error.value.where == str(path)
    assert "x sign" not in str(error.value)

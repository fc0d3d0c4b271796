import gzip
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radmine.errors import InputError
from radmine.findings import load_findings, load_lexicon, load_phrases, read_ontology, to_scheme
from radmine.findings.ontologies import spoken
from radmine.records import Assertion, Label

RADLEX = """\
Class ID,Preferred Label,Synonyms,Definitions,Obsolete,CUI,Semantic Types,Parents,Comment
http://radlex.org/RID/RID5,imaging observation,,,false,,,http://radlex.org/RID/RID0,
http://radlex.org/RID/RID9001,lung lesion sign,,,false,,,http://radlex.org/RID/RID5,
http://radlex.org/RID/RID9002,Blue moon,"blue-moon sign|blue moon pattern",,false,,,http://radlex.org/RID/RID9001|http://radlex.org/RID/RID5,
http://radlex.org/RID/RID9003,old sign,,,true,,,http://radlex.org/RID/RID5,
http://radlex.org/RID/RID9004,pneumothorax,collapsed lung with air|PX,,false,,,http://radlex.org/RID/RID5,
http://radlex.org/RID/RID1301,lung,pulmo,,false,,,http://radlex.org/RID/RID3,
"""

OWL = """<?xml version="1.0"?>
<!DOCTYPE rdf:RDF [ <!ENTITY owl "http://www.w3.org/2002/07/owl#" > ]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:owl="http://www.w3.org/2002/07/owl#"
         xmlns:rdfs="http://www.w3.org/2000/01/rdf-schema#" xmlns="http://www.radlex.org/RID/">
  <owl:Ontology rdf:about="http://radlex.org/RID/radlex.owl"><rdfs:label>RadLex</rdfs:label></owl:Ontology>
  <rdf:Description rdf:about="http://www.radlex.org/RID/RID9001">
    <rdf:type rdf:resource="&owl;Class"/>
    <rdfs:subClassOf rdf:resource="http://www.radlex.org/RID/RID5"/>
    <Preferred_name xml:lang="en">lung lesion sign</Preferred_name>
    <Preferred_name_German xml:lang="de">Lungenzeichen</Preferred_name_German>
    <rdfs:label xml:lang="en">RID9001</rdfs:label>
  </rdf:Description>
  <owl:Class rdf:about="http://www.radlex.org/RID/RID9002">
    <rdfs:subClassOf rdf:resource="http://www.radlex.org/RID/RID9001"/>
    <rdfs:subClassOf><owl:Restriction><owl:onProperty rdf:resource="x#part_of"/></owl:Restriction></rdfs:subClassOf>
    <Preferred_name>Blue moon</Preferred_name>
    <Synonym>blue-moon sign</Synonym>
    <Synonym xml:lang="de">Pflasterstein</Synonym>
  </owl:Class>
  <owl:Class rdf:about="http://www.radlex.org/RID/RID9003">
    <rdfs:label>old sign</rdfs:label><owl:deprecated>true</owl:deprecated>
  </owl:Class>
  <rdf:Description rdf:about="http://www.radlex.org/RID/RID9002"><Synonym>blue moon pattern</Synonym></rdf:Description>
  <owl:Class rdf:about="http://www.radlex.org/RID/RID5"><rdfs:label>imaging observation</rdfs:label></owl:Class>
</rdf:RDF>
"""

OBO = """\
format-version: 1.2
ontology: hp

[Term]
id: HP:0000118
name: Phenotypic abnormality

[Term]
id: HP:9000001
name: Lung lesion sign
is_a: HP:0000118 ! Phenotypic abnormality

[Term]
id: HP:9000002
name: Blue moon
def: "A \\"sign\\"." [PMID:1]
synonym: "Blue-moon sign" EXACT [PMID:1]
synonym: "Moon" BROAD []
is_a: HP:9000001 {source="x"} ! Lung lesion sign

[Term]
id: HP:9000003
name: Old sign
is_obsolete: true

[Typedef]
id: part_of
name: part of
"""

MRCONSO = """\
C0032326|ENG|P|L0032326|PF|S0001|Y|A01||36118008||SNOMEDCT_US|PT|36118008|Pneumothorax (disorder)|9|N|256|
C0032326|ENG|S|L0032327|PF|S0002|Y|A02|||D1|MSH|ET|D011030|Air in pleural cavity|0|N|256|
C0032326|GER|P|L0032328|PF|S0003|Y|A03|||D1|MSHGER|ET|D011030|Luftbrust|0|N|256|
C0006118|ENG|P|L0006118|VO|S0004|Y|A04|||D2|MSH|PM|D001932|Neoplasm, Brain|0|N|256|
C9000001|ENG|P|L9000001|PF|S0005|Y|A05||1234||SNOMEDCT_US|PT|1234|Blue moon|9|N|256|
C9000001|ENG|S|L9000002|PF|S0006|Y|A06||1234||SNOMEDCT_US|SY|1234|Retired words|9|O|256|
"""


def write(folder, name, text):
    path = folder / name
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("radlex.csv", RADLEX, "RadLex:RID9002"),
        ("radlex.csv.gz", RADLEX, "RadLex:RID9002"),
        ("radlex.owl", OWL, "RadLex:RID9002"),
        ("radlex.owl.gz", OWL, "RadLex:RID9002"),
        ("hp.obo", OBO, "HP:9000002"),
    ],
)
def test_the_formats_say_the_same(tmp_path, name, text, code):
    findings = read_ontology(write(tmp_path, name, text))
    assert "old_sign" not in findings
    moon = findings["blue_moon"]
    assert moon.title == "Blue moon"
    assert moon.group == name.split(".")[0]
    assert moon.parents[0] == "lung_lesion_sign"
    assert "blue-moon sign" in moon.synonyms
    assert not {"moon", "pflasterstein", "lungenzeichen"} & set(moon.synonyms)
    assert moon.codes == (code,)


def test_byte_order_mark_and_columns(tmp_path):
    assert "blue_moon" in read_ontology(write(tmp_path, "a.csv", "\ufeff" + RADLEX))
    with pytest.raises(InputError, match="columns Parents are missing"):
        read_ontology(write(tmp_path, "b.csv", "Class ID,Preferred Label,Synonyms\nRID1,a,\n"))


def test_a_class_described_in_two_places_is_one(tmp_path):
    findings = read_ontology(write(tmp_path, "radlex.owl", OWL))
    assert findings["blue_moon"].synonyms == ("blue moon", "blue-moon sign", "blue moon pattern")


@pytest.mark.parametrize("root", ["RID9001", "RadLex:RID9001"])
def test_under_a_class(tmp_path, root):
    assert list(read_ontology(write(tmp_path, "radlex.csv", RADLEX), under=[root])) == ["blue_moon"]


def test_under_a_class_far_above(tmp_path):
    path = write(tmp_path, "hp.obo", OBO)
    assert list(read_ontology(path, under=["HP:0000118"])) == ["lung_lesion_sign", "blue_moon"]
    with pytest.raises(InputError, match="no class"):
        read_ontology(path, under=["HP:1"])


def test_mrconso(tmp_path):
    path = write(tmp_path, "MRCONSO.RRF", MRCONSO)
    findings = read_ontology(path)
    assert findings["pneumothorax"].synonyms == ("pneumothorax", "air in pleural cavity")
    assert findings["pneumothorax"].codes == ("UMLS:C0032326", "SNOMED:36118008")
    assert findings["brain_neoplasm"].synonyms == ("brain neoplasm",)
    assert findings["blue_moon"].synonyms == ("blue moon",)
    assert list(read_ontology(path, sources=["MSH"])) == ["air_in_pleural_cavity", "brain_neoplasm"]
    assert list(read_ontology(path, language="GER", sources=["MSHGER"])) == ["luftbrust"]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.rrf", "C1|ENG|P\n", "has 3 fields"),
        ("a.obo", "[Typedef]\nid: x\n", "no term"),
        ("a.owl", "<rdf", "cannot be read"),
        ("a.docx", "x", "kind of this ontology"),
        ("a.toml", "[a", "cannot be read"),
        ("a.csv.gz", None, "cannot be read"),
    ],
)
def test_a_wrong_file_is_a_clear_error(tmp_path, name, text, says):
    path = tmp_path / name
    path.write_text("not gzip" if text is None else text)
    with pytest.raises(InputError, match=says):
        read_ontology(path)


def test_a_missing_file_is_a_clear_error(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_ontology(tmp_path / "nothing.obo")
    with pytest.raises(InputError, match="cannot be read"):
        load_lexicon(tmp_path / "nothing.obo")


def test_choices_that_do_not_fit_are_errors(tmp_path):
    with pytest.raises(InputError, match="no parents"):
        read_ontology(write(tmp_path, "a.rrf", MRCONSO), under=["C1"])
    with pytest.raises(InputError, match="Only MRCONSO"):
        read_ontology(write(tmp_path, "a.obo", OBO), sources=["MSH"])


@pytest.mark.parametrize(
    "entity",
    [
        '<!ENTITY a "aaaaaaaaaa"> <!ENTITY b "&a;&a;&a;&a;">',
        '<!ENTITY a SYSTEM "file:///etc/passwd">',
        f'<!ENTITY a "{"x" * 2000}">',
    ],
)
def test_entities_that_grow_or_fetch_are_refused(tmp_path, entity):
    text = OWL.replace("<!ENTITY", f"{entity} <!ENTITY", 1)
    with pytest.raises(InputError, match="entity"):
        read_ontology(write(tmp_path, "a.owl", text))


# --- Added to our lexicon --------------------------------------------------------------------------------------------


def test_no_ontology_is_our_lexicon():
    lexicon = load_lexicon()
    assert lexicon.findings is load_findings()
    assert lexicon.phrases is load_phrases()
    assert lexicon is load_lexicon()


def test_a_term_of_ours_adds_its_synonyms_and_codes(tmp_path):
    lexicon = load_lexicon(write(tmp_path, "radlex.csv", RADLEX))
    ours, theirs = load_findings()["pneumothorax"], lexicon.findings["pneumothorax"]
    assert theirs.codes == (*ours.codes, "RadLex:RID9004")
    assert lexicon.phrases["collapsed lung with air"] == ("pneumothorax",)
    assert theirs.title == ours.title


def test_other_terms_are_findings_of_their_own(tmp_path):
    lexicon = load_lexicon(write(tmp_path, "radlex.csv", RADLEX))
    assert lexicon.phrases["blue moon signs"] == ("blue_moon",)
    assert lexicon.ancestors("blue_moon") == ("lung_lesion_sign", "imaging_observation")
    assert lexicon.digest != load_lexicon().digest
    assert set(load_phrases()) <= set(lexicon.phrases)


def test_unsafe_synonyms_are_left_out_and_counted(tmp_path):
    lexicon = load_lexicon(write(tmp_path, "radlex.csv", RADLEX))
    assert lexicon.left_out["synonyms too short"] == 1  # PX
    assert lexicon.left_out["synonyms that name a site"] == 1  # lung
    assert "lung" not in lexicon.phrases
    assert "px" not in lexicon.phrases


def test_two_ontologies_with_one_term(tmp_path):
    lexicon = load_lexicon(write(tmp_path, "radlex.csv", RADLEX), write(tmp_path, "hp.obo", OBO))
    assert lexicon.findings["blue_moon"].codes == ("RadLex:RID9002", "HP:9000002")


def test_a_part_of_an_ontology(tmp_path):
    path = write(tmp_path, "radlex.csv", RADLEX)
    lexicon = load_lexicon(f"{path}#RID9001")
    assert "imaging_observation" not in lexicon.findings
    assert lexicon.findings["blue_moon"].parents == ()
    umls = load_lexicon(f"{write(tmp_path, 'MRCONSO.RRF', MRCONSO)}#SNOMEDCT_US")
    assert umls.phrases["blue moon"] == ("blue_moon",)
    assert "UMLS:C0032326" in umls.findings["pneumothorax"].codes


def test_a_lexicon_of_our_own_format(tmp_path):
    path = write(
        tmp_path,
        "mine.toml",
        '[sail_sign]\ntitle = "Sail sign"\nparents = ["joint_effusion"]\nsynonyms = ["sail sign"]\n'
        '[pneumothorax]\ntitle = "Pneumothorax"\nforms = ["deep sulcus sign"]\n',
    )
    lexicon = load_lexicon(path)
    assert lexicon.ancestors("sail_sign") == ("joint_effusion",)
    assert lexicon.phrases["deep sulcus sign"] == ("pneumothorax",)
    assert "deep sulcus signs" not in lexicon.phrases


def test_a_changed_file_is_read_again(tmp_path):
    path = write(tmp_path, "mine.toml", '[sail_sign]\ntitle = "Sail sign"\nsynonyms = ["sail sign"]\n')
    assert "sail sign" in load_lexicon(path).phrases
    write(tmp_path, "mine.toml", '[keel_sign]\ntitle = "Keel sign"\nsynonyms = ["keel sign", "keel"]\n')
    assert "keel sign" in load_lexicon(path).phrases


def test_a_circle_in_an_ontology_is_an_error(tmp_path):
    text = "[Term]\nid: X:1\nname: blue sign\nis_a: X:2\n\n[Term]\nid: X:2\nname: green sign\nis_a: X:1\n"
    with pytest.raises(InputError, match="circle"):
        load_lexicon(write(tmp_path, "x.obo", text))


def test_schemes_take_findings_of_other_lexicons(tmp_path):
    path = write(
        tmp_path,
        "mine.toml",
        '[tension_sign]\ntitle = "Tension"\nparents = ["pneumothorax"]\nsynonyms = ["tension sign"]\n',
    )
    findings = load_lexicon(path).findings
    labels = to_scheme({"tension_sign": Label(Assertion.PRESENT, 0.9)}, "chestxray14", findings=findings)
    assert set(labels) == {"Pneumothorax"}
    assert "Pneumothorax" not in to_scheme(
        {"tension_sign": Label(Assertion.ABSENT, 0.1)}, "chestxray14", findings=findings
    )
    with pytest.raises(InputError):
        to_scheme({"tension_sign": Label(Assertion.ABSENT, 0.1)}, "chestxray14")


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ("Neoplasm, Brain", "brain neoplasm"),
        ("Pneumonia (disorder)", "pneumonia"),
        ("Fracture, NOS", "fracture"),
        ("Ground_glass  opacity", "ground glass opacity"),
        ("A, B, C", "a, b, c"),
    ],
)
def test_terms_as_reports_write_them(term, said):
    assert spoken(term) == said


@given(st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12), max_size=8))
def test_any_names_become_findings_with_well_formed_names(tmp_path_factory, titles):
    folder = tmp_path_factory.mktemp("obo")
    text = "".join(f"[Term]\nid: X:{i}\nname: n{title}\n\n" for i, title in enumerate(titles))
    if not titles:
        return
    findings = read_ontology(write(folder, "x.obo", text))
    assert len(findings) == len(titles)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in findings)

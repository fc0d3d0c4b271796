import pytest

from radmine.parse import parse_report

TEXT = "FINDINGS: No pneumothorax or pleural effusion.\nIMPRESSION: Possible left lower lobe pneumonia. History of CHF."


@pytest.fixture(scope="module")
def nlp():
    spacy = pytest.importorskip("spacy")
    import radmine.parse.spacy_components  # noqa: F401 - registers the factories where radmine is not installed

    nlp = spacy.blank("en")
    nlp.add_pipe("radmine_sections")
    nlp.add_pipe("radmine_findings", config={"set_ents": True})
    return nlp


def test_findings_are_those_of_the_reader(nlp):
    doc = nlp(TEXT)
    spans = [
        (s.start_char, s.end_char, s.label_, s._.radmine_assertion) for s in doc.spans["radmine_findings"]
    ]
    assert spans == [(m.start, m.end, m.finding, str(m.assertion)) for m in parse_report(TEXT).mentions]


def test_extensions(nlp):
    doc = nlp(TEXT)
    last = doc.spans["radmine_findings"][-1]
    assert last._.radmine_temporality == "historical"
    assert last._.radmine_experiencer == "patient"
    assert last._.radmine_rule == "history_of"
    assert last._.radmine_section == "impression"
    pneumonia = doc.spans["radmine_findings"][-2]
    assert (pneumonia._.radmine_laterality, pneumonia._.radmine_anatomy) == ("left", "lower_lobe")
    assert doc.text[slice(*pneumonia._.radmine_trigger)] == "Possible"
    assert [s._.radmine_certainty for s in doc.spans["radmine_findings"]] == [0.0, 0.0, 0.5, 1.0]


def test_sections_and_entities(nlp):
    doc = nlp(TEXT)
    assert [s.label_ for s in doc.spans["radmine_sections"]] == ["findings", "impression"]
    assert "pneumothorax" in {e.label_ for e in doc.ents}


def test_an_empty_document(nlp):
    assert list(nlp("").spans["radmine_findings"]) == []


def test_a_pipeline_can_be_stored(nlp, tmp_path):
    import spacy

    nlp.to_disk(tmp_path / "pipeline")
    again = spacy.load(tmp_path / "pipeline")
    assert again.pipe_names == nlp.pipe_names
    assert len(again(TEXT).spans["radmine_findings"]) == 4

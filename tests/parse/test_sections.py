import pytest
from hypothesis import given
from hypothesis import strategies as st

from radmine.parse import find_sections


def read(text: str) -> list[tuple[str, str]]:
    return [(s.name, text[s.start : s.end]) for s in find_sections(text)]


@pytest.mark.parametrize(
    "text",
    [
        "FINDINGS: The lungs are clear.\nIMPRESSION: Normal.",
        "Findings:\nThe lungs are clear.\n\nImpression:\nNormal.",
        "FINDINGS\nThe lungs are clear.\nIMPRESSION\nNormal.",
        "Findings - The lungs are clear.\nImpression - Normal.",
        "Findings – The lungs are clear.\r\nImpression – Normal.",
        "## Findings\nThe lungs are clear.\n\n## Impression\nNormal.",
        "**FINDINGS:** The lungs are clear.\n**IMPRESSION:** Normal.",
        "**Findings**\n\nThe lungs are clear.\n\n**Impression**\n\nNormal.",
        "FINDINGS: The lungs are clear. IMPRESSION: Normal.",
        "findings: The lungs are clear.\nimpression: Normal.",
        "  FINDINGS :  The lungs are clear.\n  IMPRESSION :  Normal.",
        "1. FINDINGS: The lungs are clear.\n2. IMPRESSION: Normal.",
        "FINDINGS (CHEST): The lungs are clear.\nCONCLUSION: Normal.",
        "=====\nFINDINGS\n=====\nThe lungs are clear.\n=====\nIMPRESSION\n=====\nNormal.",
    ],
)
def test_headings_in_every_style(text):
    assert [(name, body.strip("=\n")) for name, body in read(text)] == [
        ("findings", "The lungs are clear."),
        ("impression", "Normal."),
    ]


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("REASON FOR EXAM", "indication"),
        ("Clinical Indication", "indication"),
        ("CLINICAL HISTORY", "history"),
        ("PAST MEDICAL HISTORY", "past_history"),
        ("FAMILY HISTORY", "family_history"),
        ("COMPARISON", "comparison"),
        ("TECHNIQUE", "technique"),
        ("EXAMINATION", "exam"),
        ("Findings and Impression", "findings_and_impression"),
        ("FINDINGS/IMPRESSION", "findings_and_impression"),
        ("OPINION", "impression"),
        ("RECOMMENDATIONS", "recommendation"),
        ("ADDENDUM", "addendum"),
        ("WET READ", "wet_read"),
        ("ORDERING PHYSICIAN", "ordering_physician"),
    ],
)
def test_names(heading, name):
    assert read(f"{heading}: some words") == [(name, "some words")]


def test_text_without_headings_is_body():
    assert read("The heart is normal. No effusion.") == [("body", "The heart is normal. No effusion.")]


def test_text_before_the_first_heading_is_body():
    assert read("Chest, two views.\nIMPRESSION: Normal.") == [
        ("body", "Chest, two views."),
        ("impression", "Normal."),
    ]


def test_a_heading_after_a_gap_in_a_line():
    text = "EXAM: CT HEAD  1406 HOURS    CLINICAL HISTORY:  Fall.  IMPRESSION: Normal."
    assert read(text) == [("exam", "CT HEAD  1406 HOURS"), ("history", "Fall."), ("impression", "Normal.")]


@pytest.mark.parametrize(
    "text",
    [
        "FINDINGS: LUNGS: Clear. HEART: Normal. Liver: normal.",
        "FINDINGS:\nLungs: clear\nHeart: normal\nLIVER: normal\nBones and soft tissues: normal",
        "FINDINGS:\nLUNGS AND PLEURA: clear\nSUPPORT DEVICES: none",
        "FINDINGS: The findings were discussed with the doctor. See prior\nreport\nfor details.",
        "FINDINGS: COPD changes: mild. Heart size at XXXX: stable.",
        "FINDINGS: The comparison with outside films: stable.",
        "FINDINGS: Chest  Comparison: There is a left effusion.",
    ],
)
def test_subheadings_and_running_words_stay_in_the_section(text):
    assert [name for name, _ in read(text)] == ["findings"]


@pytest.mark.parametrize(
    "heading", ["INDICATION", "History", "COMPARISON", "TECHNIQUE", "EXAM", "Reason for exam"]
)
def test_a_report_under_no_heading_of_its_own_is_body(heading):
    *_, last, body = find_sections(text := f"{heading}: Some words.\n\nTwo views. The lungs are clear.")
    assert text[last.start : last.end] == "Some words."
    assert (body.name, body.heading, text[body.start : body.end]) == ("body", None, text[-31:])


@pytest.mark.parametrize("text", ["INDICATION:\n\nCough.", "HISTORY: Cough.\n\nFever.\n\nFINDINGS: Clear."])
def test_no_body_where_a_section_is_empty_so_far_or_another_follows(text):
    assert "body" not in [name for name, _ in read(text)]


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("EXAM: Chest. HISTORY: Cough. COMPARISON: None. The lungs are clear. No effusion.", "The lungs are"),
        ("INDICATION: cough\nNo effusion. Cardiomegaly.", "No effusion."),
        ("INDICATION: cough\nCardiomegaly. No effusion.", "Cardiomegaly."),
        ("Comparison: 2019.\nEffusion has increased.", "Effusion has"),
        ("TECHNIQUE: CT with contrast.\nThere is a liver mass.", "There is"),
        ("Indication: chest pain. The heart is enlarged. There is a pneumothorax.", "The heart"),
        ("INDICATION: Cough. Lungs clear. Small effusion.", "Lungs clear."),
        ("Chest, two views.\nINDICATION: cough\nNo effusion.", "No effusion."),
        ("EXAM: CHEST. ACCESSION NUMBER: 12. HISTORY: cough. The heart is enlarged.", "The heart"),
        ("COMPARISON: none. There is a possible nodule. RECOMMENDATION: CT chest.", "There is"),
        ("HISTORY: cough. COMPARISON: None. The heart is enlarged. IMPRESSION: Pneumonia.", "The heart"),
    ],
)
def test_a_report_that_goes_on_from_its_leading_section_is_body(text, body):
    begins = [words for name, words in read(text) if name == "body"]
    assert begins
    assert begins[-1].startswith(body)


@pytest.mark.parametrize(
    "text",
    [
        "INDICATION: 50M with cough. He has no fever. Rule out pneumonia.",
        "INDICATION: 50M with cough. No fever. Rule out pneumonia.",
        "INDICATION: Cough. No known drug allergies. History of asthma. Pneumonia is suspected.",
        "HISTORY: Breast cancer. Mass was resected in 2010. No prior imaging. Evaluate for metastases.",
        "HISTORY: Trauma. Patient has a fracture of the femur. No chest pain.",
        "INDICATION: Lymphoma. Asthma is well controlled. No trauma.",
        "INDICATION: Fall. There is concern for fracture.",
        "INDICATION: Fall. Is there a fracture?",
        "TECHNIQUE: CT of the chest without contrast. Images were obtained. Radiation dose is 300 mGy.",
        "HISTORY: Cough. Mass is palpable. FINDINGS: The lungs are clear.",
    ],
)
def test_a_long_history_stays_history(text):
    assert "body" not in [name for name, _ in read(text)]


def test_complications_in_a_line_are_a_section():
    assert [n for n, _ in read("PROCEDURE: Biopsy. COMPLICATIONS: None.")] == ["technique", "complications"]


def test_heading_span():
    (section,) = find_sections("  Impression:  Normal.")
    assert section.heading == (2, 12)
    assert section.start == 15


def test_an_empty_section_is_kept():
    assert read("INDICATION:\nFINDINGS: Clear.") == [("indication", ""), ("findings", "Clear.")]


PIECES = st.sampled_from(
    [
        "FINDINGS:",
        "Impression",
        "\n",
        " - ",
        "LUNGS:",
        "clear. ",
        "XXXX ",
        "#",
        "**",
        "1. ",
        "INDICATION: ",
        "é😀\u202e",
    ]
)


@given(st.lists(PIECES | st.text(max_size=5), max_size=30).map("".join))
def test_sections_are_in_order_and_apart(text):
    at = 0
    for section in find_sections(text):
        if section.heading is not None:
            assert at <= section.heading[0] < section.heading[1] <= section.start
            at = section.heading[1]
        assert at <= section.start <= section.end <= len(text)
        at = section.end
    covered = sum(s.end - (s.heading[0] if s.heading else s.start) for s in find_sections(text))
    assert covered <= len(text)

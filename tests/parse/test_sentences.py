import pytest
from hypothesis import given
from hypothesis import strategies as st

from radmine.parse import parse_report


def read(text: str) -> list[str]:
    return [text[s.start : s.end] for s in parse_report(text).sentences]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("No effusion. Heart normal.", ["No effusion.", "Heart normal."]),
        ("Mass of 1.5 x 2.3 cm. No effusion.", ["Mass of 1.5 x 2.3 cm.", "No effusion."]),
        ("Discussed with Dr. Lee at 3 p.m. today.", ["Discussed with Dr. Lee at 3 p.m. today."]),
        ("Approx. 3 cm mass, e.g. a cyst.", ["Approx. 3 cm mass, e.g. a cyst."]),
        ("1. No effusion.\n2. Small nodule.", ["No effusion.", "Small nodule."]),
        ("1. No effusion. 2. Small nodule.", ["No effusion.", "Small nodule."]),
        ("1) No effusion 2) Small nodule", ["No effusion", "Small nodule"]),
        ("- No effusion\n- Small nodule", ["No effusion", "Small nodule"]),
        ("• No effusion\n• Small nodule", ["No effusion", "Small nodule"]),
        ("Heart normal\nLungs clear\nNo effusion", ["Heart normal", "Lungs clear", "No effusion"]),
        (
            "heart normal\nlungs are clear bilaterally\nno effusion",
            ["heart normal", "lungs are clear bilaterally", "no effusion"],
        ),
        (
            "There is a large right pleural effusion with adjacent\ncompressive atelectasis of the right lower lobe. The\n"
            "heart is normal.",
            [
                "There is a large right pleural effusion with adjacent\ncompressive atelectasis of the right lower lobe.",
                "The\nheart is normal.",
            ],
        ),
        ("No effusion.\n\nNo mass", ["No effusion.", "No mass"]),
        ("No effusion\n\nno mass", ["No effusion", "no mass"]),
        ("Lungs clear.Heart normal.", ["Lungs clear.", "Heart normal."]),
        ("Is there a mass? No.", ["Is there a mass? No."]),
        ("Is there a mass? No fracture.", ["Is there a mass?", "No fracture."]),
        ("Fever, ? pneumonia.", ["Fever, ? pneumonia."]),
        ('He said "no pain." Then left.', ['He said "no pain."', "Then left."]),
        ("Seen by [**Name**] on ___. No mass.", ["Seen by [**Name**] on ___.", "No mass."]),
        ("XXXX year old. XXXX. No mass.", ["XXXX year old.", "XXXX.", "No mass."]),
        (
            "Nodule (series 3, image 5; series 3, image 6) is new.",
            ["Nodule (series 3, image 5; series 3, image 6) is new."],
        ),
        ("Mass at L3 [im. 4, ser. 2] is stable.", ["Mass at L3 [im. 4, ser. 2] is stable."]),
        ("Compared with 3.4.2019. No mass.", ["Compared with 3.4.2019.", "No mass."]),
        ("heart normal lungs clear no effusion", ["heart normal lungs clear no effusion"]),
        ("There is no mass,\nlarge nodule or\neffusion.", ["There is no mass,\nlarge nodule or\neffusion."]),
        ("No mass or large\neffusion.\nno cyst", ["No mass or large\neffusion.", "no cyst"]),
        ("No\nmass.", ["No\nmass."]),
        ("Fracture: no\nHeart normal", ["Fracture: no", "Heart normal"]),
        ("Lungs clear\nno effusion", ["Lungs clear", "no effusion"]),
        ("No effusion\n------\nSmall mass", ["No effusion", "Small mass"]),
        ("no mass.no effusion.mild edema.", ["no mass.", "no effusion.", "mild edema."]),
        ("See images.example.org for more.", ["See images.example.org for more."]),
        ("Sent as chest.dcm to them.", ["Sent as chest.dcm to them."]),
        ("", []),
        ("  \n\t ", []),
        ("... --- ...", []),
    ],
)
def test_sentences(text, sentences):
    assert read(text) == sentences


def test_a_sentence_knows_its_section():
    text = "Chest.\nFINDINGS: Clear. Normal.\nIMPRESSION: Fine."
    parsed = parse_report(text)
    names = [parsed.sections[s.section].name for s in parsed.sentences]
    assert names == ["body", "findings", "findings", "impression"]


def test_an_endless_sentence_is_cut_at_a_space():
    parts = read("nodule " * 1000)
    assert len(parts) > 1
    assert all(len(p) <= 2000 and p.startswith("nodule") and p.endswith("nodule") for p in parts)


PIECES = st.sampled_from(
    ["No mass", ". ", "\n", "1. ", "2) ", "e.g. ", "3.5 cm", "XXXX", "- ", "FINDINGS: ", "?", "(", "…"]
)


@given(st.lists(PIECES | st.text(max_size=4), max_size=40).map("".join))
def test_sentences_are_in_order_apart_and_within_their_section(text):
    parsed = parse_report(text)
    at = 0
    for sentence in parsed.sentences:
        section = parsed.sections[sentence.section]
        assert at <= sentence.start < sentence.end
        assert section.start <= sentence.start
        assert sentence.end <= section.end
        assert text[sentence.start : sentence.end].strip() == text[sentence.start : sentence.end]
        at = sentence.end

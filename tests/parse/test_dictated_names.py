"""What is read of names, places and words as they are dictated, beside dictated_names.tsv."""

import pytest

from radmine.parse import parse_report


@pytest.mark.parametrize("text", ["Polyp in the nasal cavity.", "Hematoma in the abdominal cavity."])
def test_a_cavity_of_the_body_makes_no_cavitary_lesion(text):
    (mention,) = parse_report(text).mentions
    assert "cavitary" not in mention.tags


def test_slips_of_the_pen_in_sides_and_advice():
    report = parse_report("Nodule in the rigth lower lobe. Folow up CT in 6 months.")
    assert [mention.laterality for mention in report.mentions] == ["right"]
    assert [(advised.kind, advised.modality) for advised in report.recommendations] == [("follow_up", "CT")]


@pytest.mark.parametrize(
    ("text", "sites"),
    [
        ("L4-5: Disc bulge. Severe central canal stenosis.", [("l4_l5",), ("spinal_canal", "l4_l5")]),
        (
            "C5-C6: Osteophytes. Mild foraminal narrowing. No canal stenosis.",
            [("c5_c6",), ("neural_foramen", "c5_c6"), ("c5_c6",)],
        ),
        ("L3-4: Normal.\nStenosis of the central canal.", [("spinal_canal",)]),
        ("Discs: L3-4 normal. Central canal stenosis.", [("l3_l4",), ("spinal_canal",)]),
        ("L3-4: Disc bulge. L4-5: Disc extrusion. Annular tear.", [("l3_l4",), ("l4_l5",), ("l4_l5",)]),
    ],
)
def test_the_level_of_a_label_holds_for_its_line(text, sites):
    assert [mention.sites for mention in parse_report(text).mentions if mention.sites] == sites


@pytest.mark.parametrize(
    "text",
    ["US LEFT LEG\nFINDINGS: Deep vein thrombosis.", "Ultrasound left leg: Thrombus in the popliteal vein."],
)
def test_the_side_of_the_leg_that_was_examined(text):
    assert [mention.laterality for mention in parse_report(text).mentions] == ["left"]


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("Comminuted fracture of the distal tibia.", {"comminuted"}),
        ("Minimally displaced, intra-articular fracture of the radius.", {"displaced", "intra_articular"}),
        ("Avulsion fracture of the fifth metatarsal.", {"avulsion"}),
        ("Nondisplaced fracture of the clavicle.", {"nondisplaced"}),
        ("Fracture of the clavicle. The trachea is displaced.", set()),
    ],
)
def test_the_kind_of_a_fracture_is_a_tag(text, tags):
    fracture = next(mention for mention in parse_report(text).mentions if "fracture" in mention.finding)
    assert set(fracture.tags) == tags
    assert fracture.severity is None

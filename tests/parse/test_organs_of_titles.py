"""What is read of doubts before a colon, of organs that words leave open, and of sides of titles, beside organs_of_titles.tsv."""

import pytest

from radmine.parse import makes_label, parse_report


@pytest.mark.parametrize(
    ("text", "sites"),
    [
        ("Apical thrombus in the left ventricle.", ("myocardium", "left_ventricle")),
        ("US THYROID\nNodule 1: right mid pole.", ("thyroid",)),
        ("Pancreas: 8 mm cyst in the head.", ("pancreatic_head", "pancreas")),
        ("Nodule in the right apex.", ("lung_apex",)),
    ],
)
def test_an_end_of_an_organ_is_no_site_of_another(text, sites):
    (mention,) = parse_report(text).mentions
    assert mention.sites == sites


@pytest.mark.parametrize(
    "text",
    [
        "Cholecystitis suspected: wall thickening and stones in the gallbladder.",
        "Question of left apical pneumothorax: repeat film. Effusion on right.",
        "Empyema suspected on the right: pleura enhances. Effusion.",
    ],
)
def test_a_doubt_before_a_colon_makes_labels(text):
    report = parse_report(text)
    assert len(report.mentions) > 1
    assert all(makes_label(report.section_of(m)) and m.of_patient_now for m in report.mentions)

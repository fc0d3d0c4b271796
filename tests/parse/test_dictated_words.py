"""What is read of words, abbreviations, titles and advice as they are dictated, beside dictated_words.tsv."""

import pytest

from radmine.parse import parse_report


@pytest.mark.parametrize(
    ("text", "kind", "modality", "days"),
    [
        ("Suggest repeat CXR in 6/52.", "follow_up", "DX", (42, 42)),
        ("Follow-up CT in 6/12 is advised.", "follow_up", "CT", (183, 183)),
        ("Advise ultrasound in 10/7.", "follow_up", "US", (10, 10)),
        ("Suggest US in 3/7.", "follow_up", "US", (3, 3)),
        ("Suggest repeat MRI in 3-6/12.", "follow_up", "MR", (91, 183)),
        ("IMPRESSION: Cyst. 3/12 follow up.", "follow_up", None, (91, 91)),
        ("Interval scan in 3/12.", "follow_up", None, (91, 91)),
        ("Interval CT in 3 months.", "follow_up", "CT", (91, 91)),
        ("Discuss at urology MDT.", "consultation", None, (None, None)),
        ("Discuss at the MDT.", "consultation", None, (None, None)),
        ("For lung MDT discussion.", "consultation", None, (None, None)),
        ("Refer to gynae.", "consultation", None, (None, None)),
        ("Urgent referral to the breast clinic.", "consultation", None, (None, None)),
        ("Recall for ultrasound.", "imaging", "US", (None, None)),
        ("Recall for US.", "imaging", "US", (None, None)),
    ],
)
def test_advice_as_the_british_write_it(text, kind, modality, days):
    (advised,) = parse_report(text).recommendations
    assert (advised.kind, advised.modality) == (kind, modality)
    assert (advised.earliest_days, advised.latest_days) == days


@pytest.mark.parametrize(
    "text",
    [
        "Compared with the CT of 6/12.",
        "Please refer to the CT report.",
        "Discussed at the MDT on 3/12.",
        "The patient was referred to urology.",
        "3/7 nodes were positive.",
    ],
)
def test_what_is_no_advice(text):
    assert not parse_report(text).recommendations


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("Liver 16 cm, mildly echogenic.", [()]),
        ("Spleen 15 cm, enlarged.", [(150.0,)]),
        ("CBD dilated, 9 mm post cholecystectomy.", [(9.0,), ()]),
    ],
)
def test_whose_a_size_is(text, sizes):
    assert [mention.size_mm for mention in parse_report(text).mentions] == sizes

"""Which sections make labels."""

import pytest

from radmine.label import label_report


@pytest.mark.parametrize(
    "heading",
    ["PAST MEDICAL HISTORY", "FAMILY HISTORY", "SOCIAL HISTORY", "ALLERGIES", "INDICATION", "COMPARISON"],
)
@pytest.mark.parametrize("said", ["Pneumonia.", "New pneumonia.", "Now with pneumonia.", "No pneumonia."])
def test_what_is_told_of_before_makes_no_label(heading, said):
    assert set(label_report(f"{heading}: {said}\nFINDINGS: Small hiatal hernia.")) == {
        "hiatal_hernia",
        "hernia",
    }

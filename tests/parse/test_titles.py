"""Titles of reports: see the head of titles.tsv."""

from pathlib import Path

import pytest

from radmine.parse import find_sections, parse_report
from tests.parse.test_headings import counted

ROWS = [
    (text.replace("\\n", "\n"), names.split())
    for line in Path(__file__).with_name("titles.tsv").read_text("utf-8").splitlines()
    for text, tab, names in [line.partition("\t")]
    if tab
]


@pytest.mark.parametrize(("text", "names"), ROWS, ids=lambda value: str(value)[:60])
def test_what_counts_under_titles(text: str, names: list[str]) -> None:
    assert counted(text) == names


def test_a_title_is_a_section_of_its_own() -> None:
    text = "CT ABDOMEN STONE PROTOCOL\n\nUreteric stone.\nIMPRESSION: Stone."
    assert [(s.name, text[s.start : s.end]) for s in find_sections(text)] == [
        ("exam", "CT ABDOMEN STONE PROTOCOL"),
        ("body", "Ureteric stone."),
        ("impression", "Stone."),
    ]


@pytest.mark.parametrize(
    ("text", "sides"),
    [
        ("XR RIGHT WRIST: Fracture of the distal radius.", {"right"}),
        ("EXAM: XR right wrist\nFINDINGS: Fracture of the distal radius. Swelling.", {"right"}),
        ("MRI LEFT KNEE\nFINDINGS: Meniscal tear. Joint effusion.", {"left"}),
        ("MRI LEFT KNEE\nMenisci: tear of the medial meniscus.\nBones: Fracture.", {"left"}),
        ("INDICATION: fall\nMRI LEFT ANKLE\nAchilles tendon rupture.", {"left"}),
        ("MRI RIGHT KNEE LIGAMENT PROTOCOL\nMeniscal tear.", {"right"}),
        ("LEFT SHOULDER MRI\nRotator cuff tear.", {"left"}),
        ("RADIOGRAPHS OF THE RIGHT HAND: No fracture. Osteoarthritis.", {"right"}),
        ("EXAM: LEFT BREAST ULTRASOUND\nFINDINGS: Breast mass.", {"left"}),
        ("EXAM: MRI left knee\nCOMPARISON: right knee MRI\nFINDINGS: Meniscal tear.", {"left"}),
        # Another side is said, the part is another, the title has both sides, or another title comes.
        ("MRI LEFT KNEE\nFINDINGS: Right hip osteoarthritis.", {"right"}),
        ("EXAM: XR left ribs\nFINDINGS: Pneumothorax. Cardiomegaly.", {None}),
        ("EXAM: LEFT BREAST ULTRASOUND\nFINDINGS: Liver lesion.", {None}),
        ("MRI of both knees\nMeniscal tear.", {None}),
        ("EXAM: XR left wrist\nEXAM: CT chest\nFINDINGS: Fracture of the humerus.", {None}),
    ],
)
def test_a_title_gives_its_side(text: str, sides: set[str | None]) -> None:
    assert {mention.laterality for mention in parse_report(text).mentions} == sides


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Liver metastases: see CT.", 0),
        ("Adenopathy: please refer to PET-CT report.", 0),
        ("Hydronephrosis: see ultrasound of today", 0),
        ("Ascites - see separate report.", 0),
        ("Aneurysm: deferred to CTA; Stenosis: none", 1),
        ("Meningioma: reported separately", 0),
        ("Nodule: see image 12.", 1),
        ("Pleural effusion: seen on CT.", 1),
        ("Fracture: see MRI, displaced.", 1),
    ],
)
def test_a_value_that_points_elsewhere_says_nothing(text: str, count: int) -> None:
    assert len(parse_report(text).mentions) == count

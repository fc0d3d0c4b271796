"""Titles of reports: see the head of titles.tsv."""

from pathlib import Path

import pytest

from radmine.parse import find_sections
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

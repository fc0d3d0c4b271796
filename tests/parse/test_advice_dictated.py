"""Advice and categories as they are dictated, and the findings that they belong to: see the head of advice_dictated.tsv."""

from pathlib import Path

import pytest

from radmine.parse import parse_report

TABLE = Path(__file__).parent / "advice_dictated.tsv"
ROWS = [
    [*line.split("\t"), "", ""][:3]
    for line in TABLE.read_text("utf-8").splitlines()
    if not line.startswith(("#", "text\t"))
]


@pytest.mark.parametrize(("text", "recommendations", "categories"), ROWS)
def test_advice_and_categories_belong_to_their_findings(text, recommendations, categories):
    read = parse_report(text.replace("\\n", "\n"))
    of = [
        "" if item.mention is None else read.mentions[item.mention].finding for item in read.recommendations
    ]
    said = [
        f"{'' if item.needed else '-'}{item.kind}{f':{item.modality}' if item.modality else ''}>{finding}"
        for item, finding in zip(read.recommendations, of, strict=True)
    ]
    assert "; ".join(said) == recommendations
    of = ["" if item.mention is None else read.mentions[item.mention].finding for item in read.categories]
    said = [
        f"{item.system} {item.category}{f' {item.side}' if item.side else ''}>{finding}"
        for item, finding in zip(read.categories, of, strict=True)
    ]
    assert "; ".join(said) == categories


def test_a_dash_between_words_parts_and_offsets_stay_those_of_the_text():
    text = "IMPRESSION: Thyroid nodule  of 2 cm, TR5  -  FNA in 2 weeks"
    (item,) = parse_report(text).recommendations
    assert text[item.start : item.end] == "FNA in 2 weeks"

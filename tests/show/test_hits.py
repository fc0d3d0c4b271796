"""What a terminal shows of hits."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from radmine.records import Hit, Reason
from radmine.search import Hits
from radmine.search.asked import Asked
from radmine.search.pictures import Pictures
from radmine.show.hits import hits_view

PATH = "/data/" + "folder with a long name/" * 9 + "IM00001"
LONG = "Compared with the examination of last week, which was done lying, " * 3 + "there is now a small mass."


def hits(*, text: str | None = "mass") -> Hits:
    start = LONG.index("mass")
    why = (Reason("finding", "lung_mass present", 9, 13), Reason("link", "study"))
    first = Hit(
        1, 1.49, "report", "i", "R391", None, "p", PATH, why, "2015-03-02", "CT", LONG, ((start, start + 4),)
    )
    second = Hit(2, 0.5, "image", "i2", "R" * 64, None, "p", None, (), None, None, "胸水" * 60, ((0, 2),))
    asked = Asked(text)
    return Hits(
        [first, second], asked=asked, pictures=Pictures(Path("/none"), {}), total=None if text else 134
    )


def drawn(made: Hits, width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    console.print(hits_view(made, path=str), crop=False)
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined]


@pytest.mark.parametrize("width", [40, 80, 160, 300])
def test_a_hit_has_two_lines_that_fit_and_its_path_whole(width: int) -> None:
    first, sentence, path, second, wide, image = drawn(hits(), width)
    assert first.startswith("  1 1.490 CT 2015-03-02 R391")
    assert "mass" in sentence
    assert path == f"    {PATH}"
    assert second == f"  2 0.500 image of {'R' * 64}"
    assert image == "    image i2"
    cells = Console(width=width).measure
    assert max(len(first), len(sentence)) <= width
    assert cells(wide).maximum <= width
    if width >= 80:
        assert first.endswith("lung_mass present; linked by study")


def test_a_list_has_no_scores_and_says_how_many_there_are() -> None:
    lines = drawn(hits(text=None), 80)
    assert lines[0].startswith("  1 CT 2015-03-02 R391")
    assert lines[-1] == "2 of 134 hits, newest study first"
    assert drawn(hits()[:0], 80) == ["No hits."]

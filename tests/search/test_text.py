from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from radmine.errors import CorpusError
from radmine.search.text import TextIndex, write_text_index


def made(folder: Path, texts: Sequence[str], labels: Sequence[Sequence[str]] | None = None) -> TextIndex:
    write_text_index(folder / "text", ((i, t, labels[i] if labels else ()) for i, t in enumerate(texts)))
    return opened(folder / "text")


def opened(folder: Path) -> TextIndex:
    return TextIndex(folder, folder.iterdir())


def search(index: TextIndex, text: str, **options: object) -> list[int]:
    return index.search(text, **{"agreements": {}, "depth": 10, **options})  # type: ignore[arg-type]


def test_words_match_by_stem_case_and_accent(tmp_path: Path) -> None:
    index = made(tmp_path, ["Pleural EFFUSIONS", "naïve", "unrelated"])
    assert search(index, "effusion") == [0]
    assert search(index, "naive") == [1]


def test_rare_words_count_more_than_common_ones(tmp_path: Path) -> None:
    index = made(tmp_path, ["chest normal"] * 5 + ["chest sarcoid"])
    assert search(index, "sarcoid chest")[0] == 5


def test_equal_scores_come_in_the_order_of_rows(tmp_path: Path) -> None:
    assert search(made(tmp_path, ["same words"] * 7), "same words") == list(range(7))


def test_a_quoted_phrase_must_occur(tmp_path: Path) -> None:
    index = made(tmp_path, ["ground glass opacity", "glass on the ground", "opacity"])
    assert search(index, '"ground glass" opacity') == [0]
    assert search(index, '"glass" opacity') in ([0, 1], [1, 0])
    assert sorted(search(index, "ground glass opacity")) == [0, 1, 2]


def test_stop_words_count_only_where_there_is_nothing_else(tmp_path: Path) -> None:
    index = made(tmp_path, ["the lung", "the heart"])
    assert search(index, "the lung") == [0]
    assert search(index, "the") == [0, 1]


def test_labels_outweigh_any_words(tmp_path: Path) -> None:
    texts = ["pneumothorax " * 200, "lung", "pneumothorax"]
    index = made(tmp_path, texts, [["ptx=absent"], ["ptx=present"], []])
    agreements = {"ptx=present": 1.0, "ptx=absent": -1.0}
    assert search(index, "pneumothorax", agreements=agreements) == [1, 2, 0]


@pytest.mark.parametrize("few", [0, 10_000])
def test_a_filter_is_applied_before_ranking(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr("radmine.search.text._FEW", few)
    index = made(tmp_path, ["lung " * (i % 7 + 1) for i in range(300)])
    allowed = np.zeros(300, bool)
    allowed[[3, 99, 250]] = True
    everything = search(index, "lung", depth=300)
    assert search(index, "lung", depth=2, allowed=allowed)[:2] == [r for r in everything if allowed[r]][:2]
    assert sorted(search(index, "lung", depth=50, allowed=allowed)) == [3, 99, 250]
    assert search(index, "lung", allowed=np.zeros(300, bool)) == []


def test_the_text_and_its_spans_come_back(tmp_path: Path) -> None:
    text = "İ Ä: “No” effusions,\n é effusion"
    index = made(tmp_path, ["x", text])
    assert index.text(1) == text
    spans = index.first_spans(text, [("effus",), ("e", "effus"), ("no", "e"), ("e",)])
    assert {run: text[start:end] for run, (start, end) in spans.items()} == {
        ("effus",): "effusions",
        ("e",): "é",
        ("e", "effus"): "é effusion",
    }


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> TextIndex:
    return made(tmp_path_factory.mktemp("index"), ["some words of a report: (see text) [1]", "others"])


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_raises(some: TextIndex, text: str) -> None:
    assert len(search(some, text)) <= 2


@pytest.mark.parametrize(
    ("text", "found", "quoted"),
    [
        ('"', [], []),
        ('""', [], []),
        ('words "', [0], [0]),
        ("a:b", [], []),
        ("text:words", [0], []),
        ("(", [], []),
        ("[1 TO", [0], []),
        ("AND OR NOT", [], []),
        ("*", [], []),
        ("^2", [], []),
        ("\\", [], []),
        ("~", [], []),
    ],
)
def test_punctuation_has_no_meaning(some: TextIndex, text: str, found: list[int], quoted: list[int]) -> None:
    assert search(some, text) == found
    assert search(some, f'"{text}"') == quoted
    assert sorted(search(some, f"{text} others")) == [*found, 1]


def test_no_index_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="cannot be read"):
        opened(tmp_path)

"""Topics as pyLDAvis draws them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from radmine.errors import InputError, NotAvailable
from radmine.show import pyldavis
from radmine.show.pyldavis import pyldavis_page
from tests.show.test_html import browser
from tests.topics.made import TOPICS as MADE
from tests.topics.made import make_topics, mixture

EVIL = "</script><script>document.title='taken'</script>"
WORDS = ("effusion", "pleural", "meniscus", "tear", EVIL)
TOPICS = ((0.6, 0.3, 0.02, 0.03, 0.05), (0.02, 0.03, 0.6, 0.3, 0.05), (0.2, 0.2, 0.2, 0.2, 0.2))
MIXTURES = ((0.8, 0.1, 0.1), (0.1, 0.8, 0.1), (0.2, 0.2, 0.6), (1, 0, 0))
LENGTHS, COUNTS = (10, 20, 5, 10), (14, 8, 12, 7, 0)


def page() -> str:
    return pyldavis_page(TOPICS, MIXTURES, LENGTHS, WORDS, COUNTS, title="Topics of <b>made</b>")


@pytest.mark.filterwarnings("error")
def test_a_page_has_all_topics_and_words_and_needs_no_network() -> None:
    pytest.importorskip("pyLDAvis")
    html = page()
    found = re.search(r'new LDAvis\("#ldavis", (\{.*\})\);', html)
    assert found is not None
    data = json.loads(found[1])
    assert sorted(data["mdsDat"]["topics"]) == [1, 2, 3]
    share = dict(zip(data["mdsDat"]["topics"], data["mdsDat"]["Freq"], strict=True))
    weights = np.array(LENGTHS) @ np.array(MIXTURES)
    assert [share[n] for n in (1, 2, 3)] == pytest.approx((100 * weights / weights.sum()).tolist())
    assert set(WORDS) == set(data["tinfo"]["Term"])
    assert EVIL not in html
    assert not re.search(r"<(script|link|img)[^>]*(src|href)=", html)
    assert "default-src 'none'" in html
    assert "<title>Topics of &lt;b&gt;made&lt;/b&gt;</title>" in html
    assert page() == html


def test_a_corpus_gives_its_mixtures_with_the_lengths_and_counts_of_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyLDAvis")
    corpus = make_topics(tmp_path, topics=MADE)
    words = ("effusion", "pleural", "tear", "unsaid")
    model = SimpleNamespace(
        words=words,
        topic_words=np.array([(0.6, 0.3, 0.05, 0.05), (0.1, 0.1, 0.7, 0.1)]),
        words_of=lambda read: [read.text.lower().strip(".").split()],
    )
    monkeypatch.setattr(pyldavis, "load_topics", lambda folder: model)
    given = {}
    monkeypatch.setattr(
        pyldavis, "pyldavis_page", lambda *values, title: given.update(values=values, title=title) or title
    )
    assert pyldavis.pyldavis_of(corpus) == "Topics of made"
    _, mixtures, lengths, known, counts = given["values"]
    assert known == words
    assert np.array(mixtures) == pytest.approx(np.array([mixture(n).weights for n in range(12)]))
    assert lengths == [2, 1] * 6  # "effusion" and "pleural"; "tear", where no comma follows
    assert counts.tolist() == [6, 6, 6, 0]


def test_one_topic_cannot_be_drawn() -> None:
    pytest.importorskip("pyLDAvis")
    with pytest.raises(InputError, match="too few topics"):
        pyldavis_page(TOPICS[:1], [[1.0]], [3], WORDS, COUNTS)


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyLDAvis", None)
    with pytest.raises(NotAvailable, match=r"radmine\[topics\]"):
        page()


@pytest.mark.slow
def test_a_browser_draws_the_page(tmp_path: Path) -> None:
    pytest.importorskip("pyLDAvis")
    program = browser()
    file = tmp_path / "topics.html"
    file.write_text(page(), encoding="utf-8")
    result = subprocess.run(
        [program, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", file.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "HOME": str(tmp_path)},
    )
    assert result.stdout.count('<circle class="dot"') == len(TOPICS)
    assert "<title>Topics of &lt;b&gt;made&lt;/b&gt;</title>" in result.stdout

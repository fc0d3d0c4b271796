"""Topics as pyLDAvis draws them, as a page that needs no network: `pyldavis_page`, `pyldavis_of`.

LDAvis: Sievert, Shirley, ILLVI workshop, ACL 2014.
"""

import json
from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.run import Progress, no_progress, require
from radmine.show.topics_html import page_policy
from radmine.topics import MODEL, load_topics

REPORTS = 10_000  # of which the sizes of topics are made, spread evenly
_FEWEST = 2  # topics of which distances can be drawn
_JS = ("d3.v5.min.js", "ldavis.v3.0.0.js")
_CSS = "ldavis.v1.0.0.css"


def pyldavis_of(corpus: Corpus, *, progress: Progress = no_progress) -> str:
    """Return the page of the document topics of a corpus; the sizes are those in at most `REPORTS` reports.

    Raises
    ------
    NotAvailable
        pyLDAvis is not installed.
    CorpusError
        There is no topic model.
    """
    require_pyldavis()
    model = load_topics(corpus.folder / MODEL)
    every = max(1, -(-corpus.rows("reports") // REPORTS))
    index = {word: place for place, word in enumerate(model.words)}
    counts = np.zeros(len(index))
    mixtures, lengths = [], []
    found = corpus.read_reports(also=("topic_mixtures",), every=every)
    for number, (_, read, of) in enumerate(found):
        known = Counter(index[w] for sentence in model.words_of(read) for w in sentence if w in index)
        if of["topic_mixtures"] and known:
            mixtures.append(of["topic_mixtures"][0].weights)
            lengths.append(known.total())
            counts[list(known)] += list(known.values())
        if number % 500 == 0:
            progress(number * every, corpus.rows("reports"), "reports read")
    progress(corpus.rows("reports"), corpus.rows("reports"), "reports read")
    return pyldavis_page(
        model.topic_words, mixtures, lengths, model.words, counts, title=f"Topics of {corpus.name}"
    )


def pyldavis_page(
    topic_words: ArrayLike,
    mixtures: ArrayLike,
    lengths: ArrayLike,
    words: Sequence[str],
    counts: ArrayLike,
    *,
    title: str = "Topics",
) -> str:
    """Return topics as a page that pyLDAvis draws, with its scripts in it; it counts topics from 1, we from 0.

    Parameters
    ----------
    topic_words
        How likely each word is in each topic, shape (topics, words).
    mixtures
        How much of each topic each report holds, shape (reports, topics).
    lengths
        Words in each report.
    counts
        How often each word occurs in all.

    Raises
    ------
    NotAvailable
        pyLDAvis is not installed.
    InputError
        There are too few topics, words or reports to draw.
    """
    module = require_pyldavis()
    shares, weights = _rows(topic_words), _rows(mixtures)
    if len(shares) < _FEWEST or shares.shape[1] < _FEWEST or not len(weights):
        raise InputError(
            "There are too few topics, words or reports to draw.",
            where="pyLDAvis",
            do="Fit topics on more reports, or see `radmine topics NAME --list`.",
        )
    made = module.prepare(
        shares,
        weights,
        np.asarray(lengths, float),
        list(words),
        np.maximum(np.asarray(counts, float), 1e-9),  # it divides by them
        R=min(30, shares.shape[1]),
        sort_topics=False,
        start_index=1,  # its script takes 0 for none
        n_jobs=1,
    )
    data = json.dumps(made.to_dict(), cls=module.utils.NumPyEncoder)
    for mark in "<>&\u2028\u2029":  # none of them ends the script that it stands in
        data = data.replace(mark, f"\\u{ord(mark):04x}")
    folder = Path(module.__file__).parent / "js"
    # As a browser reads them, for their hashes: it takes a line's end as "\n".
    scripts = [(folder / name).read_text("utf-8") for name in _JS] + [f'new LDAvis("#ldavis", {data});']
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{escape(title)}</title>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{page_policy(*scripts)}">\n'
        f"<style>{(folder / _CSS).read_text('utf-8')}</style></head>\n<body>\n"
        f"<p>{escape(title)}. Here they are counted from 1: 1 is our topic 0.</p>\n"
        f'<div id="ldavis"></div>\n{"".join(f"<script>{one}</script>" for one in scripts)}\n</body>\n</html>\n'
    )


def require_pyldavis() -> Any:
    """Return the module pyLDAvis; raises NotAvailable where it is not installed."""
    return require("pyLDAvis", extra="topics", purpose="Drawing topics by pyLDAvis")


def _rows(values: ArrayLike) -> NDArray[np.float64]:
    """Return rows that sum to 1."""
    rows = np.atleast_2d(np.asarray(values, float))
    scaled: NDArray[np.float64] = rows / np.maximum(rows.sum(axis=1, keepdims=True), 1e-300)
    return scaled

"""How well each stage of a corpus works: every room's `score.py` in one report."""

import json
from collections.abc import Sequence
from pathlib import Path

from radmine.corpus import Corpus
from radmine.embed.score import score as score_embed
from radmine.errors import InputError
from radmine.ingest.score import score as score_ingest
from radmine.label.score import score as score_label
from radmine.link.score import score as score_link
from radmine.parse.score import score as score_parse
from radmine.pixels.score import score as score_pixels
from radmine.records import Score, Truth
from radmine.sample import read_truth
from radmine.search.score import score as score_search
from radmine.topics.score import score as score_topics
from radmine.train.score import score as score_train

SCORES = (
    score_ingest,
    score_parse,
    score_link,
    score_topics,
    score_label,
    score_pixels,
    score_train,
    score_embed,
    score_search,
)


def evaluate(corpus: Corpus, truth: Truth) -> list[Score]:
    """Return the scores of all stages, in the order of the flow; what the truth does not know is not scored."""
    return [row for score in SCORES for row in score(corpus, truth)]


def find_truth(corpus: Corpus, folder: Path | None = None) -> Truth:
    """Return the truth in a folder, or the one that a sample left beside the corpus's source, or an empty one.

    Raises
    ------
    InputError
        The folder that was asked for holds no truth.
    """
    if folder is not None:
        if not folder.is_dir():
            raise InputError("There is no such folder of truth.", where=str(folder), do="Check --truth.")
        return read_truth(folder)
    for path in _source_paths(corpus):
        beside = path.parent / "truth"
        if beside.is_dir():
            return read_truth(beside)
    return Truth()


def _source_paths(corpus: Corpus) -> Sequence[Path]:
    sources = corpus.folder / "sources.json"
    if not sources.exists():
        return []
    return [Path(p) for source in json.loads(sources.read_text("utf-8")) for p in source["paths"]]

"""How well each stage of a corpus works: every room's `score.py` in one report."""

from pathlib import Path

from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.ingest import sources_of
from radmine.pipeline import STAGES
from radmine.records import Score, Truth
from radmine.sample import read_truth


def evaluate(corpus: Corpus, truth: Truth) -> list[Score]:
    """Return the scores of all stages, in the order of the flow; what the truth does not know is not scored."""
    return [row for stage in STAGES for row in stage.score(corpus, truth)]


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
    for path in (Path(p) for source in sources_of(corpus) for p in source.paths):
        beside = path.parent / "truth"
        if beside.is_dir():
            return read_truth(beside)
    return Truth()

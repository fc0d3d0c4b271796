"""How likely a sentence speaks of something abnormal: `abnormal_probability`."""

from os import PathLike

from radmine.label.abnormal.cues import cue_probability
from radmine.label.abnormal.model import load_abnormal, train_abnormal

__all__ = ["abnormal_probability", "train_abnormal"]


def abnormal_probability(sentence: str, *, model: str | PathLike[str] | None = None) -> float:
    """Return how likely a sentence of a report speaks of something abnormal, in [0, 1].

    Parameters
    ----------
    model
        The folder of a model made by `train_abnormal`; None: the rules alone (the findings that the sentence names, what
        it says of them, and the cues of `data/abnormal.toml`).

    Raises
    ------
    CorpusError
        The folder holds no such model.

    Examples
    --------
    >>> abnormal_probability("The lungs are clear.") < 0.5 < abnormal_probability("Patchy opacity at the left base.")
    True
    """
    return cue_probability(sentence) if model is None else load_abnormal(model)(sentence)

"""The labels of one report: `label_report`."""

from os import PathLike

from radmine.errors import InputError
from radmine.label.panel import Panel, load_panel
from radmine.parse import parse_report
from radmine.records import Labels, ReadReport


def label_report(text: str, *, voters: str | PathLike[str] | None = None) -> Labels:
    """Return what a report says of each finding it names, absent and uncertain ones too, with the votes as evidence.

    It is a dict `{finding: Label}`, with `.to_pandas()`.

    Parameters
    ----------
    voters
        The folder of trained voters that vote besides the rules; None: the rules alone.

    Raises
    ------
    CorpusError
        The folder holds no trained voters.
    InputError
        The text is none: a table's empty cell.

    Examples
    --------
    >>> labels = label_report("Small left pleural effusion. No pneumothorax.")
    >>> [(finding, str(label.assertion)) for finding, label in labels.items()]
    [('pleural_effusion', 'present'), ('pneumothorax', 'absent')]
    """
    if not isinstance(text, str):
        raise InputError(
            "A report's text is a string.", where=type(text).__name__, do='Leave it out, or give "".'
        )
    return label_read(parse_report(text), voters=voters)


def label_read(read: ReadReport, *, voters: str | PathLike[str] | None = None) -> Labels:
    """Return the labels of a report that has been read; raises what `label_report` does."""
    return Labels((Panel() if voters is None else load_panel(voters)).labels(read))

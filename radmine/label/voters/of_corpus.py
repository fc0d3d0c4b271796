"""Voters trained on a corpus: on the rules' labels of its train part, and on the truth of a file where there is one."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.label.answers.truth import match_reports, read_truth
from radmine.label.voters.training import Training, train_on_reports, training_reports
from radmine.run import Progress, check_together, no_progress
from radmine.topics import MODEL

FOLDER = "models/voters"  # in a corpus


@dataclass(frozen=True, slots=True)
class VoterTraining(Training):
    """What came of a training on a corpus."""

    truth_reports: int = 0  # that the truth names
    truth_kept_back: int = 0  # of them in the other parts than train: never learnt from
    truth_unknown: int = 0  # of them that are not in the corpus
    ignored: tuple[str, ...] = ()  # columns of the truth that name no finding
    unclear: int = 0  # answers of the truth that are neither yes nor no
    # Whether they know findings that only the corpus' own lexicon has: then they vote in its stage alone.
    own_lexicon: bool = False


def train_voters(
    corpus: Corpus,
    *,
    truth: Path | None = None,
    scheme: str | None = None,
    kinds: Sequence[str] = ("words",),
    checkpoint: str = "",
    device: str = "auto",
    seed: int = 0,
    progress: Progress = no_progress,
) -> VoterTraining:
    """Return what came of training voters on the reports of the train part, into `models/voters` of the corpus.

    They learn from the rules' labels, and from truth where a file gives it. The old voters stay until the new are whole.

    Parameters
    ----------
    truth
        A CSV file of what is true of reports (see `radmine.label.answers.truth`).
    scheme
        The label scheme by whose names its findings go; None: the one that fits best.
    kinds
        Of voters: words, transformer, topics.
    checkpoint
        What the transformer starts from: a folder, or a name on the hub; empty: a small network from scratch.

    Raises
    ------
    InputError
        The reports are not parsed as they are now, the truth or the checkpoint cannot be read, or there is too little to learn from.
    CorpusError
        The topic voter is asked for and there is no topic model.
    """
    if corpus.manifest("parse") is None:
        raise InputError(
            "Voters learn from parsed reports.",
            where=corpus.name,
            do=f"Run `radmine run {corpus.name} --through parse`.",
        )
    check_together(corpus, "parse")
    table = read_truth(truth, scheme=scheme, lexicon=corpus.lexicon) if truth else None
    matched = match_reports(corpus, table.answers) if table else {}
    with corpus.writing():
        pairs = list(training_reports(corpus, also=matched))
        done = train_on_reports(
            [read for _, read in pairs],
            corpus.folder / FOLDER,
            truth=[matched.get(name) for name, _ in pairs] if table else None,
            groups=table.groups if table else None,
            kinds=kinds,
            checkpoint=checkpoint,
            lexicon=corpus.lexicon,
            topics=corpus.folder / MODEL,
            device=device,
            seed=seed,
            progress=progress,
        )
    own = corpus.lexicon_folder is not None
    if table is None:
        return VoterTraining(**asdict(done), own_lexicon=own)
    return VoterTraining(
        **asdict(done),
        own_lexicon=own,
        truth_reports=len(table.answers),
        truth_kept_back=len(matched) - done.truth_used,
        truth_unknown=len(table.answers) - len(matched),
        ignored=table.ignored,
        unclear=table.unclear,
    )

"""Trained voters: made from the reports of a corpus, kept in a folder, loaded as a panel.

FOLDER/model.json            which voters it holds
       label_model/          what is known of them and of the rules
       words/ transformer/ topics/ taught/

Each is a model folder (`radmine.models`), and so is FOLDER: the old voters stay until the new ones are whole.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from os import PathLike
from pathlib import Path

from radmine.corpus import Corpus
from radmine.errors import InputError
from radmine.findings import Lexicon, in_order, load_lexicon
from radmine.label.voters.folds import fold_of, out_of_fold
from radmine.label.voters.rules import rule_votes
from radmine.label.voters.taught import Groups, Lesson, teach
from radmine.label.voters.text_model import Terms
from radmine.label.voters.topics import train_topic_voter
from radmine.label.voters.transformer import Learning, soft_targets, train_transformer
from radmine.label.voters.words import found_text, often, too_few, train_words, word_terms
from radmine.label.weigh.combine import combine
from radmine.label.weigh.label_model import LabelModel, fit_label_model
from radmine.models import save_model
from radmine.parse import check_parser, without_names
from radmine.records import Assertion, Label, ReadReport, Vote
from radmine.run import Progress, no_progress

KINDS = ("words", "transformer", "topics")
KIND = "panel of trained voters"
LABEL_MODEL = "label_model"
MOST_REPORTS = 50_000  # to train on, spread evenly over the corpus; those with a known truth are always taken
MOST_VOTES = 10_000  # reports whose votes the label model learns from
FOLDS = 3
MAKE = "radmine voters train NAME"

Cast = list[tuple[str, Vote]]
Save = Callable[[Path], object]


@dataclass(frozen=True, slots=True)
class Training:
    """What came of a training."""

    folder: Path
    voters: tuple[str, ...]
    reports: int
    # Reports with at least one known answer.
    truth_used: int
    # Findings on which the voter that truth taught votes.
    taught: tuple[str, ...]
    # Findings of the truth on which the rules did better on reports not seen, or too few.
    left_out: tuple[str, ...]


def train_on_reports(
    reports: Iterable[ReadReport],
    folder: str | PathLike[str],
    *,
    truth: Sequence[Mapping[str, bool] | None] | None = None,
    groups: Groups | None = None,
    kinds: Sequence[str] = ("words",),
    checkpoint: str = "",
    topics: Path | None = None,
    lexicon: Lexicon | None = None,
    device: str = "auto",
    seed: int = 0,
    progress: Progress = no_progress,
) -> Training:
    """Train voters on the rules' own labels and on truth where there is any, and write them into a folder.

    Names of people and places are left out of the reports before (`radmine.parse.without_names`).
    When it is killed or raises, the voters that the folder holds stay.

    Parameters
    ----------
    truth
        For each report the findings known to be there (True) or not (False), None where nothing is known.
    groups
        For a finding of the truth the findings that speak for it; else itself and its kinds.
    kinds
        Of voters to train, of `KINDS`; a voter that truth teaches (`radmine.label.voters.taught`) comes with the truth.
    checkpoint
        What the transformer starts from: a folder, or a name on the hub; empty: a small network from scratch.
    topics
        The folder of the topic model that the topic voter reads with.
    lexicon
        That the reports were read by; None: ours.

    Raises
    ------
    InputError
        A kind is unknown, the checkpoint cannot be loaded, or there is too little to learn from.
    CorpusError
        There is no topic model.
    """
    check_parser()
    lexicon = lexicon or load_lexicon()
    _check(kinds, checkpoint, topics)
    reads = without_names(list(reports))
    known = _aligned(truth, len(reads))
    labels = [_by_rules(read, lexicon) for read in reads]
    present = [_present(of, answers, groups, lexicon) for of, answers in zip(labels, known, strict=True)]
    trained: dict[str, Save] = {}
    votes: dict[str, dict[int, Cast]] = {}  # of each voter on reports that it had not seen
    if "words" in kinds and (often(present) or not any(known)):
        progress(0, None, "training on words")
        terms = [word_terms(read) for read in reads]
        trained["words"] = train_words(terms, present).save
        votes["words"] = _unseen_words(reads, terms, present)
    if "topics" in kinds:
        assert topics is not None
        progress(0, None, "training on topics")
        lesson = train_topic_voter(reads, present, topics)
        trained["topics"] = partial(lesson.voter.save, topics=topics)
        votes["topics"] = dict(enumerate(lesson.votes))
    if "transformer" in kinds:
        trained["transformer"], votes["transformer"] = _train_transformer(
            reads, labels, present, known, checkpoint, device, seed, progress
        )
    taught = teach(reads, known, groups=groups, lexicon=lexicon) if any(known) else None
    if taught:
        trained["taught"] = taught.voter.save
        votes["taught"] = dict(enumerate(taught.votes))
    if not votes:
        raise too_few()
    model = _fit_model(reads, known, groups, votes, lexicon)
    if model:
        trained[LABEL_MODEL] = model.save
    facts = {"voters": list(votes), "lexicon": lexicon.digest, "reports": len(reads)}
    save_model(folder, kind=KIND, facts=facts, fill=partial(_save_all, trained))
    return _training(Path(folder), reads, known, votes, taught)


def _save_all(trained: Mapping[str, Save], folder: Path) -> None:
    for name, save in trained.items():
        save(folder / name)


def _check(kinds: Sequence[str], checkpoint: str, topics: Path | None) -> None:
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        raise InputError(
            f"There is no kind of voter {', '.join(map(repr, unknown))}.",
            where="voters",
            do=f"Choose of: {', '.join(KINDS)}.",
        )
    if checkpoint and "transformer" not in kinds:
        raise InputError(
            "A checkpoint is for the transformer.", where=checkpoint, do="Add the voter transformer."
        )
    if "topics" in kinds and topics is None:
        raise InputError("The topic voter needs a topic model.", where="topics", do="Give its folder.")


def _aligned(
    truth: Sequence[Mapping[str, bool] | None] | None, count: int
) -> Sequence[Mapping[str, bool] | None]:
    if truth is None:
        return [None] * count
    if len(truth) != count:
        raise InputError(
            "There are not as many truths as reports.", where="truth", do="Give one for each report."
        )
    return truth


def _by_rules(read: ReadReport, lexicon: Lexicon) -> dict[str, Label]:
    votes: dict[str, list[Vote]] = {}
    for finding, vote in rule_votes(read, lexicon):
        votes.setdefault(finding, []).append(vote)
    return {finding: combine(cast) for finding, cast in in_order(votes).items()}


def _present(
    labels: Mapping[str, Label],
    answers: Mapping[str, bool] | None,
    groups: Groups | None,
    lexicon: Lexicon,
) -> frozenset[str]:
    """Return the findings that are there: as the truth says where it is known, else as the rules do."""
    present = {f for f, label in labels.items() if label.assertion is Assertion.PRESENT}
    for finding, there in (answers or {}).items():
        if not there:
            present -= set((groups or {}).get(finding) or lexicon.kinds_of(finding)) | {finding}
    return frozenset(present | {finding for finding, there in (answers or {}).items() if there})


def _unseen_words(
    reads: Sequence[ReadReport], terms: Sequence[Terms], present: Sequence[frozenset[str]]
) -> dict[int, Cast]:
    """Return the votes of words voters on reports that they were not fitted on, of at most `MOST_VOTES` reports."""
    some = _evenly(len(reads), MOST_VOTES)

    def fit(places: list[int]) -> Callable[[int], Cast]:
        own = [present[some[i]] for i in places]
        if not often(own):
            return lambda _: []
        voter = train_words([terms[some[i]] for i in places], own)
        return lambda i: list(voter(reads[some[i]]))

    found = out_of_fold(fit, [fold_of(reads[place].text, FOLDS) for place in some])
    return {some[i]: cast for i, cast in found}


def _evenly(count: int, most: int) -> list[int]:
    return list(range(0, count, max(1, -(-count // most))))


def _train_transformer(
    reads: Sequence[ReadReport],
    labels: Sequence[Mapping[str, Label]],
    present: Sequence[frozenset[str]],
    known: Sequence[Mapping[str, bool] | None],
    checkpoint: str,
    device: str,
    seed: int,
    progress: Progress,
) -> tuple[Save, dict[int, Cast]]:
    """Return what saves a trained transformer, and its votes on the reports that it was not fitted on."""
    names = often(present)
    if not names:
        raise too_few()
    soft = [
        {f: label.probability for f, label in of.items()} | {f: float(t) for f, t in (answers or {}).items()}
        for of, answers in zip(labels, known, strict=True)
    ]
    voter, held = train_transformer(
        [found_text(read) for read in reads],
        soft_targets(soft, names),
        names,
        learning=Learning(checkpoint=checkpoint, seed=seed, device=device),
        progress=progress,
    )
    return voter.save, dict(zip(held, voter.many([reads[i] for i in held]), strict=True))


def _fit_model(
    reads: Sequence[ReadReport],
    known: Sequence[Mapping[str, bool] | None],
    groups: Groups | None,
    votes: Mapping[str, Mapping[int, Cast]],
    lexicon: Lexicon,
) -> LabelModel | None:
    """Return what the voters are worth, learnt from reports that none of them was fitted on; None without any vote."""
    places = sorted(set.intersection(*(set(of) for of in votes.values())))
    items, truths = [], []
    for place in places:
        item: dict[str, list[Vote]] = {}
        for cast in (rule_votes(reads[place], lexicon), *(of[place] for of in votes.values())):
            for finding, vote in cast:
                item.setdefault(finding, []).append(vote)
        items.append(item)
        truths.append(_every_finding(known[place] or {}, groups, lexicon))
    return fit_label_model(items, truth=truths if any(truths) else None) if any(items) else None


def _every_finding(answers: Mapping[str, bool], groups: Groups | None, lexicon: Lexicon) -> dict[str, bool]:
    """Return what answers say of every finding: what is not there is not there under any name."""
    known = dict(answers)
    for finding, there in answers.items():
        if not there:
            for kind in (groups or {}).get(finding) or lexicon.kinds_of(finding):
                known.setdefault(kind, False)
    return known


def _training(
    folder: Path,
    reads: Sequence[ReadReport],
    known: Sequence[Mapping[str, bool] | None],
    votes: Iterable[str],
    taught: Lesson | None,
) -> Training:
    learnt = tuple(taught.voter.groups) if taught else ()
    asked = sorted({finding for answers in known if answers for finding in answers})
    left_out = tuple(f for f in asked if f not in learnt)
    return Training(folder, tuple(votes), len(reads), sum(map(bool, known)), learnt, left_out)


# -- what a corpus gives to train on ----------------------------------------------------------------------


def training_reports(corpus: Corpus, *, also: Iterable[str] = ()) -> Iterator[tuple[str, ReadReport]]:
    """Yield the reports of the train part with their ids, read; of many those spread evenly, and `also` these."""
    train = {s.patient_id for s in corpus.records("splits") if s.split == "train"}
    wanted = frozenset(also)
    step = max(1, -(-corpus.rows("reports") // MOST_REPORTS))
    for place, (name, read, of) in enumerate(corpus.read_reports(also=("reports",)), start=1):
        (report,) = of["reports"]
        chosen = place % step == 0 or name in wanted
        if report.patient_id in train and chosen and read.sections:
            yield name, read

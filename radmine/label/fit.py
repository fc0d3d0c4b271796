"""What the votes on this corpus tell of the voters: `fit_model`, for reports and for images."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from radmine.corpus import Shard
from radmine.label.answers.decided import Decided
from radmine.label.panel import Votes
from radmine.label.rows import Key, votes_in
from radmine.label.weigh.combine import speaker_of
from radmine.label.weigh.label_model import fit_label_model
from radmine.records import Assertion, Vote
from radmine.run import Job

REPORT_MODEL, IMAGE_MODEL = (
    "models/label",
    "models/label-images",
)  # what this corpus' votes tell of the voters
LEAST_SHARED = 100  # findings on which two speakers vote; of fewer nothing is learnt about them


def fit_model(job: Job, votes: Sequence[Shard], folder: str, note: str, decided: Decided) -> str | None:
    """Fit a label model on the votes cast and return its folder; None where they are too few to tell voters apart.

    What people decided is no vote to be weighed: it is the truth by which the others are.
    """

    def keyed() -> Iterator[tuple[Key, Votes]]:
        for shard in votes:
            yield from votes_in(job.corpus.read_shard("votes", shard))

    def cast() -> Iterator[Votes]:
        return (on_item for _, on_item in keyed())

    def undecided(on: Iterable[Vote]) -> list[Vote]:
        return [vote for vote in on if not vote.is_decision]

    job.progress(0, None, "weighing voters")
    speakers = (len({speaker_of(v.voter) for v in undecided(on)}) for item in cast() for on in item.values())
    if sum(1 for _ in islice((n for n in speakers if n > 1), LEAST_SHARED)) < LEAST_SHARED:
        job.notes[note] = f"all count alike: fewer than {LEAST_SHARED} findings on which two voters vote"
        return None
    lexicon = job.corpus.lexicon
    truth = (
        {f: there for f, on in item.items() if (there := _decided(on)) is not None}
        | decided.truth(*key, item, lexicon)
        for key, item in keyed()
    )
    items = ({finding: undecided(on) for finding, on in item.items()} for item in cast())
    model = fit_label_model(items, truth=truth)
    job.folders[folder] = model.save(job.corpus.folder / folder)
    job.notes[note] = {
        a.voter: {
            "sensitivity": round(a.sensitivity, 3),
            "specificity": round(a.specificity, 3),
            "coverage": round(a.coverage, 3),
            "weight": round(a.weight, 3),
        }
        for a in model.accuracies()
        if a.finding is None
    }
    return str(job.corpus.folder / folder)


def _decided(on: Iterable[Vote]) -> bool | None:
    """Return what was decided of a finding, None where nothing was, or that it stays open."""
    said = {vote.assertion for vote in on if vote.is_decision} - {Assertion.UNCERTAIN}
    return Assertion.PRESENT in said if len(said) == 1 else None

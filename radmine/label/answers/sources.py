"""Labels that came with the images, as answers: `source_answers`."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from radmine.corpus import Corpus
from radmine.label.answers.answers import Answer, Refused
from radmine.label.weigh.combine import PROBABILITY
from radmine.records import Assertion, Vote


def voter_of(file: str) -> str:
    """Return the voter that a table is."""
    return f"source:{PurePosixPath(file.removesuffix('.gz')).stem}"


def source_answers(corpus: Corpus) -> Iterator[Answer | Refused]:
    """Yield what tables say of images and reports; each table is a voter, "source:" and its name without the suffix."""
    find = corpus.lexicon.find
    for shard in corpus.shards("source_labels"):
        for row in corpus.read_shard("source_labels", shard).to_pylist():
            if find(row["finding"]) is None:  # read by an older lexicon
                yield Refused(f"{row['file']}: {row['finding']}", "unknown_finding")
                continue
            assertion = Assertion(row["assertion"])
            vote = Vote(voter_of(row["file"]), assertion, PROBABILITY[assertion])
            yield Answer(row["report_id"] or "", row["image_id"] or "", row["finding"], vote)

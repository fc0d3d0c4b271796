"""What people decided of a corpus, as votes on its reports and images: `Decided`, `decided_in`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

import pyarrow.compute as pc

from radmine.files import digest
from radmine.findings import Lexicon
from radmine.label.answers.decisions import holding, read_decisions
from radmine.label.weigh.combine import PROBABILITY
from radmine.records import Assertion, Vote
from radmine.run import Job

Words: TypeAlias = Mapping[str, Vote]
"""What was decided of an item: finding -> the decision, as a vote."""

_PRESENT, _ABSENT = Assertion.PRESENT, Assertion.ABSENT


class Decided(NamedTuple):
    """What people decided of some reports and images."""

    reports: Mapping[str, Words]
    images: Mapping[str, Words]

    def __bool__(self) -> bool:
        """Return whether anything was decided."""
        return bool(self.reports or self.images)

    def among(self, reports: Iterable[str] = (), images: Iterable[str] = ()) -> "Decided":
        """Return what was decided of these."""
        return Decided(
            {i: self.reports[i] for i in reports if i in self.reports},
            {i: self.images[i] for i in images if i in self.images},
        )

    def mark(self, mark: str) -> str:
        """Return the mark of work whose result depends on these decisions as well; the same where there are none."""
        if not self:
            return mark
        said = [
            (kind, item, finding, vote.voter, vote.assertion)
            for kind, items in zip(self._fields, self, strict=True)
            for item, words in sorted(items.items())
            for finding, vote in words.items()
        ]
        return digest(mark, said)

    def truth(
        self,
        report_id: str | None,
        image_id: str | None,
        votes: Mapping[str, Iterable[Vote]],
        lexicon: Lexicon,
    ) -> dict[str, bool]:
        """Return whether findings of a report, or of an image, are there, as far as that was decided."""
        words = self.reports.get(report_id or "") if image_id is None else self.images.get(image_id)
        known = spread(words, votes, lexicon) if words else {}
        said = {finding: vote.assertion for finding, vote in known.items()}
        return {
            f: assertion is _PRESENT for f, assertion in said.items() if assertion is not Assertion.UNCERTAIN
        }


NOTHING = Decided({}, {})


def spread(words: Words, votes: Mapping[str, Iterable[Vote]], lexicon: Lexicon) -> dict[str, Vote]:
    """Return what decisions on an item say of its findings: of those decided, and of others on which that bears.

    Where one is present, so are its more general ones. Where one is absent, so are its kinds on which there are votes; where
    one is uncertain, those that a vote takes for possible. What is decided itself stays; else the nearest decided one counts.
    """
    by = dict(words)
    for finding, word in words.items():
        if word.assertion is _PRESENT:
            for general in lexicon.ancestors(finding):
                by.setdefault(general, replace(word, implied=True))
    for kind in votes.keys() - by.keys():
        above = next((words[general] for general in lexicon.ancestors(kind) if general in words), None)
        if above is None or above.assertion is _PRESENT:
            continue
        if above.assertion is _ABSENT or any(vote.assertion is not _ABSENT for vote in votes[kind]):
            by[kind] = replace(above, implied=True)
    return by


def decided_in(job: Job) -> Decided:
    """Return what people decided of a corpus; what is of no report, image or finding that it has is rejected."""
    held = holding(read_decisions(job.corpus.folder)).values()
    if not held:
        return NOTHING
    find = job.corpus.lexicon.find
    found: tuple[dict[str, dict[str, Vote]], dict[str, dict[str, Vote]]] = ({}, {})
    for kind, items in zip(("report", "image"), found, strict=True):
        of_kind = [d for d in held if (d.image_id is None) == (kind == "report")]
        wanted = {str(d.report_id if kind == "report" else d.image_id) for d in of_kind}
        known = wanted.intersection(_ids(job, kind)) if wanted else set()
        for item in sorted(wanted - known):
            job.reject(item, f"unknown_{kind}", "decided")
        for decision in sorted(of_kind, key=lambda d: d.finding):
            item = str(decision.report_id if kind == "report" else decision.image_id)
            if find(decision.finding) is None:
                job.reject(item, "unknown_finding", "decided")
            elif item in known:
                said = Assertion(decision.answer)
                vote = Vote(decision.voter, said, PROBABILITY[said])
                items.setdefault(item, {})[decision.finding] = vote
    return Decided(*found)


def _ids(job: Job, kind: str) -> Iterator[str]:
    for shard in job.corpus.shards(f"{kind}s"):
        table = job.corpus.read_shard(f"{kind}s", shard, columns=[f"{kind}_id"])
        yield from table.column(0).to_pylist()


def shares(job: Job, decided: Decided) -> Sequence[Decided]:
    """Return what was decided of the reports of each shard and of the images that these are linked to."""
    shards = job.corpus.shards("reports")
    if not decided:
        return [NOTHING] * len(shards)
    return [
        decided.among(*(pc.unique(column).to_pylist() for column in (reports.column(0), links.column(0))))
        for reports, links in (
            (
                job.corpus.read_shard("reports", of_reports, columns=["report_id"]),
                job.corpus.read_shard("links", of_links, columns=["image_id"]),
            )
            for of_reports, of_links in job.corpus.aligned_shards(("reports", "links"))
        )
    ]

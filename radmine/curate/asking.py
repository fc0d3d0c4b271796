"""What a language model is to be asked about the reports of a corpus, and where: `plan_asking`. Nothing is sent."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pyarrow.compute as pc

from radmine.corpus import ANSWERS, Corpus
from radmine.curate.draw import doubtful_first, some_of
from radmine.errors import InputError
from radmine.files import digest
from radmine.findings import NameReader, schemes
from radmine.label.answers.address import Address, read_address
from radmine.label.answers.prompt import load_prompt, windows_of
from radmine.label.answers.replies import REPLIES, Replies, open_replies, question_key

_USUAL = 20  # findings
_LONGEST_NAME = 200


class ToAsk(NamedTuple):
    """A text to ask about; the reports with the same text get the same answers."""

    report_id: str  # of the first
    text: str
    digest: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a language model is to be asked, and where."""

    corpus: Corpus
    address: Address
    model: str
    findings: dict[str, str]  # name -> title
    chosen: Literal["all", "doubtful", "random"]
    reports: int  # that are chosen, without those that have a text twice
    texts: tuple[ToAsk, ...]  # of them, which were not asked about yet, in this order

    @property
    def path(self) -> Path:
        """The file of the answers."""
        return answers_file(self.corpus, self.model)

    @property
    def replies(self) -> Path:
        """The file of the replies."""
        return self.path.with_suffix(REPLIES)

    @property
    def questions(self) -> int:
        """How many questions there are: one for each text, more for a long one."""
        size = load_prompt().window
        return sum(len(windows_of(one.text, size)) for one in self.texts)

    def key(self, one: ToAsk) -> str:
        """Return what the question about a text is known by."""
        return question_key(one.digest, load_prompt().version, tuple(self.findings))

    def facts(self) -> dict[str, Any]:
        """Return it in numbers and names, without the texts."""
        return {
            "url": str(self.address),
            "is_here": self.address.is_here,
            "model": self.model,
            "findings": list(self.findings),
            "chosen": self.chosen,
            "reports": self.reports,
            "before": self.reports - len(self.texts),
            "texts": len(self.texts),
            "characters": sum(len(one.text) for one in self.texts),
            "questions": self.questions,
            "path": self.path,
        }


def plan_asking(
    corpus: Corpus,
    *,
    url: str,
    model: str,
    findings: Sequence[str] = (),
    scheme: str | None = None,
    limit: int | None = None,
    send_away: bool = False,
    seed: int = 0,
) -> Plan:
    """Return what a language model is to be asked about the reports of a corpus; nothing is sent.

    Parameters
    ----------
    findings
        What is asked about, in our names or others that are known; none: what the scheme has; without it what was asked before, else
        what is labelled most often.
    limit
        Reports at most: the most doubtful where the corpus is labelled, else some at random. None: all.
    send_away
        Whether the texts may go to another machine.

    Raises
    ------
    InputError
        The address, the model or a finding is none, the texts would leave this machine, or there is nothing to ask about.
    """
    address = read_address(url)
    if not address.is_here and not send_away:
        raise InputError(
            "The texts of reports would leave this machine.",
            where=str(address),
            do="If they may go there, add --send-away; else give the address of a server on this machine, such as http://127.0.0.1:8000.",
        )
    path = answers_file(corpus, model)
    with open_replies(path.with_suffix(REPLIES), to_write=False) as replies:
        asked = _asked_about(corpus, findings, scheme, replies)
        marks = {one.report_id: one.digest for one in texts_of(corpus)}
        order, chosen = _in_order(corpus, marks, asked, limit, seed)
        first: dict[str, str] = {}  # digest of a text -> the first report that has it
        for report in order:
            first.setdefault(marks[report], report)
        wanted = dict(islice(first.items(), limit))
        if not wanted:
            raise InputError("There are no reports with a text.", where=corpus.name, do="Ingest some.")
        version = load_prompt().version
        new = {
            r: n for n, (d, r) in enumerate(wanted.items()) if question_key(d, version, asked) not in replies
        }
        texts = sorted(
            (one for one in texts_of(corpus) if one.report_id in new), key=lambda one: new[one.report_id]
        )
        titles = {name: corpus.lexicon.findings[name].title for name in asked}
        return Plan(corpus, address, model, titles, chosen, len(wanted), tuple(texts))


def answers_file(corpus: Corpus, model: str) -> Path:
    """Return the file of a model's answers on a corpus."""
    if not model.strip() or not model.isprintable() or len(model) > _LONGEST_NAME:
        raise InputError(
            "This is no name of a model.", where="--model", do="Give the name by which the server knows it."
        )
    name = re.sub(r"[^\w.-]+", "-", model, flags=re.ASCII).strip(".-")
    if name != model:
        name = f"{name or 'model'}-{digest(model)[:6]}"
    return corpus.folder / ANSWERS / f"{name}.jsonl"


def _asked_about(
    corpus: Corpus, findings: Sequence[str], scheme: str | None, replies: Replies
) -> tuple[str, ...]:
    """Return the names of the findings to ask about."""
    lexicon = corpus.lexicon
    if scheme is not None and findings:
        raise InputError(
            "Either findings or a scheme say what is asked about.", where=scheme, do="Leave one out."
        )
    names = NameReader(scheme=scheme, lexicon=lexicon)
    if scheme is not None:
        findings = [label for label in schemes()[scheme].labels if not names.is_normal(label)]
    found: dict[str, None] = {}
    for name in findings or replies.last_findings or _labelled_most(corpus):
        named = names.read(name)
        if named is None:
            raise InputError(
                "There is no such finding.",
                where=name,
                do="`radmine findings WORD` shows those that there are.",
            )
        found[named.finding] = None
    if not found:
        raise InputError(
            "About which findings is the model asked?",
            where=corpus.name,
            do="Give --scheme chexpert, or --findings pneumothorax,pleural_effusion.",
        )
    return tuple(found)


def _labelled_most(corpus: Corpus) -> list[str]:
    counts = Counter[str]()
    for shard in corpus.shards("labels"):
        rows = pc.field("image_id").is_null()
        labels = corpus.read_shard("labels", shard, columns=["finding", "image_id"], rows=rows)
        counts.update(labels.column("finding").to_pylist())
    return sorted(counts, key=lambda finding: (-counts[finding], finding))[:_USUAL]


def _in_order(
    corpus: Corpus, reports: Collection[str], findings: Collection[str], limit: int | None, seed: int
) -> tuple[Iterable[str], Literal["all", "doubtful", "random"]]:
    """Return the reports in the order in which they are asked about, and what that is."""
    if limit is None:
        return reports, "all"
    if corpus.manifest("label") is None:
        return some_of(reports, len(reports), seed=seed), "random"
    return [report for report in doubtful_first(corpus, findings) if report in reports], "doubtful"


def texts_of(corpus: Corpus) -> Iterator[ToAsk]:
    """Yield the texts of all reports, but those without a word."""
    for shard in corpus.shards("reports"):
        table = corpus.read_shard("reports", shard, columns=["report_id", "text"])
        for report, text in zip(*(column.to_pylist() for column in table.columns), strict=True):
            if text.strip():
                yield ToAsk(report, text, digest(text))

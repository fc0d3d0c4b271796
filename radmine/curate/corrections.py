"""Labels corrected by people: `correct` one, `correct_from` a file, `decisions` that hold."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from os import PathLike
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from radmine.corpus import Corpus
from radmine.curate.label_studio import read_label_studio
from radmine.curate.people import now, one_line, who
from radmine.curate.rows import Correction, Refused
from radmine.curate.table import read_table
from radmine.errors import InputError
from radmine.findings import AMBIGUOUS, ANSWERS, SILENT, NameReader, near_findings
from radmine.ids import Item, find_item, match_items
from radmine.label import DECIDED, WITHDRAWN, Decision, Key, add_decisions, holding, read_decisions

_ONE_BY_ONE = "correct"
_MOST_WHY = 2000  # characters
_NEAR = 50  # refused rows of which near names are told


@dataclass(frozen=True, slots=True)
class Corrected:
    """What became of corrections."""

    decided: tuple[Decision, ...]  # those that were added
    same: int = 0  # rows that say what stands already
    overruled: int = 0  # rows of which a later one in the same file says another thing
    silent: int = 0  # rows that say nothing
    refused: tuple[Refused, ...] = ()


def correct(
    corpus: Corpus,
    item: str,
    finding: str,
    answer: str,
    *,
    by: str | None = None,
    why: str = "",
    scheme: str | None = None,
) -> Corrected:
    """Return the decision that a finding of a report or an image is present, absent or uncertain, once it is on the disk.

    It wins over all votes, from the next run of `label` on. Another one on the same finding undoes it; `withdrawn` gives
    the finding back to the votes.

    Parameters
    ----------
    item
        The report or image (see `radmine.ids.find_item`).
    finding
        Its name: ours, that of a label scheme, or a title or synonym of the corpus' lexicon.
    answer
        present, absent, uncertain or withdrawn.
    by
        Who decides; None: the login name.
    why
        The reason, for those who read it later.
    scheme
        The label scheme by whose names the finding goes; None: any that knows it.

    Raises
    ------
    InputError
        There is no such report, image or finding, or the answer is none.
    CorpusError
        The corpus may not be written to, or the file of its decisions is damaged.
    """
    found = find_item(corpus, item)
    reader = NameReader(scheme=scheme, lexicon=corpus.lexicon)
    named = reader.read(finding)
    if named is None:
        raise _unknown(finding, reader, corpus)
    said = _answer(answer)
    if said is None:
        raise InputError(
            "This is no answer.", where=answer, do=f"Say {', '.join(DECIDED[:-1])} or {DECIDED[-1]}."
        )
    decision = _decision(found, named.finding, said, who(by), _why(why), now(), _ONE_BY_ONE)
    return _add(corpus, [decision])


def correct_from(
    corpus: Corpus, path: str | PathLike[str], *, by: str | None = None, scheme: str | None = None
) -> Corrected:
    """Return the decisions that a file makes, once they are on the disk, and what became of its other rows.

    A .json file is Label Studio's export (see `radmine docs labels`), any other a table with report_id or image_id, finding,
    answer and, if it likes, by (or voter) and why. Of rows on the same finding of the same item the last counts; one that
    says what stands already adds nothing.

    Parameters
    ----------
    by
        Who decides where a row does not say; None: the login name.
    scheme
        The label scheme by whose names the findings go; None: any that knows them.

    Raises
    ------
    InputError
        The file cannot be read, or is neither.
    CorpusError
        The corpus may not be written to, or the file of its decisions is damaged.
    """
    path = Path(path)
    reader = NameReader(scheme=scheme, lexicon=corpus.lexicon)
    read = read_label_studio(path, reader) if path.suffix.lower() == ".json" else read_table(path)
    usual = who(by)
    refused: list[Refused] = []
    asked: list[Correction] = []
    for row in read:
        refused.append(row) if isinstance(row, Refused) else asked.append(row)
    silent = sum(row.answer.lower() in SILENT for row in asked)
    asked = [row for row in asked if row.answer.lower() not in SILENT]
    near_names = cache(partial(near_findings, lexicon=corpus.lexicon))
    last: dict[Key, Decision] = {}
    overruled = same = 0
    for row, decision in zip(asked, _decisions(corpus, asked, reader, usual, path.name), strict=True):
        if isinstance(decision, str):
            near = near_names(row.finding) if decision == "unknown_finding" and len(refused) < _NEAR else ()
            refused.append(Refused(row.where, decision, near))
            continue
        before = last.get(decision.key)
        if before is not None:
            same += before.answer == decision.answer
            overruled += before.answer != decision.answer
        last[decision.key] = decision
    made = _add(corpus, list(last.values()))
    refused.sort(key=lambda one: (one.where.rpartition(":")[0], int(one.where.rpartition(":")[2] or 0)))
    return Corrected(made.decided, made.same + same, overruled, silent, tuple(refused))


def decisions(corpus: Corpus) -> list[Decision]:
    """Return the decisions that hold, in the order in which they were made.

    Raises
    ------
    CorpusError
        The file that they stand in is damaged.
    """
    return list(holding(read_decisions(corpus.folder)).values())


def _add(corpus: Corpus, wanted: Sequence[Decision]) -> Corrected:
    """Add decisions to those of a corpus, but those that say what stands."""

    def new(before: Sequence[Decision]) -> Iterator[Decision]:
        held = holding(before)
        for decision in wanted:
            stands = held.get(decision.key)
            if stands is None and decision.answer == WITHDRAWN:
                continue
            if stands is None or not _says(stands, decision):
                yield decision

    added = add_decisions(corpus.folder, new) if wanted else []
    return Corrected(tuple(added), len(wanted) - len(added))


def _says(stands: Decision, wanted: Decision) -> bool:
    """Return whether what stands is what is wanted, by the same person, and says why where that does."""
    same = (stands.answer, stands.by) == (wanted.answer, wanted.by)
    return same and wanted.why in {"", stands.why}


def _decisions(
    corpus: Corpus, rows: Sequence[Correction], reader: NameReader, usual: str, source: str
) -> Iterator[Decision | str]:
    """Yield for each row the decision that it makes, or why it makes none."""
    at = now()
    found = _Items(corpus, rows)
    for row in rows:
        answer, named = _answer(row.answer), reader.read(row.finding)
        item = found.of(row)
        if not row.finding or not (row.reports or row.images or row.either or row.text):
            yield "incomplete_row"
        elif named is None:
            yield "no_single_finding" if reader.is_normal(row.finding) else "unknown_finding"
        elif answer is None:
            yield "ambiguous_answer" if row.answer.lower() in AMBIGUOUS else "unknown_answer"
        elif item is None:
            yield "unknown_image" if row.images else "unknown_report"
        else:
            try:
                by, why = who(row.by or usual), _why(row.why)
            except InputError:
                yield "bad_text"
            else:
                yield _decision(item, named.finding, answer, by, why, at, source)


def _decision(item: Item, *said: str) -> Decision:
    is_report = item.kind == "report"
    return Decision(item.id if is_report else None, None if is_report else item.id, *said)


class _Items:
    """The reports and images that rows mean."""

    def __init__(self, corpus: Corpus, rows: Sequence[Correction]) -> None:
        reports = {name for row in rows for name in (*row.reports, *row.either)}
        images = {name for row in rows for name in (*row.images, *row.either)}
        self._reports = match_items(corpus, reports, kind="report") if reports else {}
        self._images = match_items(corpus, images, kind="image") if images else {}
        self._texts = _by_text(corpus, {row.text for row in rows if row.text})

    def of(self, row: Correction) -> Item | None:
        """Return what a row means, None where that is none or several."""
        for names, found in (
            ((*row.reports, *row.either), self._reports),
            ((*row.images, *row.either), self._images),
        ):
            for name in names:
                if name in found:
                    return Item("report" if found is self._reports else "image", found[name])
        return Item("report", self._texts[row.text]) if row.text in self._texts else None


def _by_text(corpus: Corpus, texts: set[str]) -> dict[str, str]:
    """Return for each text that one report has the id of that."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    wanted = pa.array(sorted(texts), pa.string())
    for shard in corpus.shards("reports") if texts else ():
        table = corpus.read_shard("reports", shard, columns=["report_id", "text"])
        rows = table.filter(pc.is_in(table.column("text"), value_set=wanted))
        for report_id, text in zip(*(column.to_pylist() for column in rows.columns), strict=True):
            if found.setdefault(text, report_id) != report_id:
                twice.add(text)
    return {text: report_id for text, report_id in found.items() if text not in twice}


def _answer(word: str) -> str | None:
    """Return what of `DECIDED` a word means, None where it means none."""
    plain = word.strip().lower()
    if plain == WITHDRAWN:
        return WITHDRAWN
    said = ANSWERS.get(plain)
    return None if said is None else str(said)


def _unknown(finding: str, reader: NameReader, corpus: Corpus) -> InputError:
    if reader.is_normal(finding):
        return InputError(
            f"{finding!r} says nothing of any one finding.",
            where=corpus.name,
            do="Correct the findings themselves.",
        )
    near = near_findings(finding, corpus.lexicon)
    return InputError(
        f"There is no finding {finding!r}.",
        where=corpus.name,
        do=f"Near: {', '.join(near)}. All: `radmine findings`."
        if near
        else "Give a name of ours, of a label scheme, or a synonym of the lexicon.",
    )


def _why(text: str) -> str:
    """Return a reason as one line, "" where none is given."""
    return one_line(text, "why", _MOST_WHY, where="--why") if text.strip() else ""

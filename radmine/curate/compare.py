"""Our labels against what a table says is true: `compare`."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from radmine.corpus import Corpus
from radmine.curate.agreement import Agreement, Judged, by_finding
from radmine.curate.labelled import Labelled, labels_of
from radmine.curate.taken_from import own_voters
from radmine.errors import InputError
from radmine.findings import Lexicon, NameReader, Scheme, schemes, to_scheme
from radmine.ids import Kind, match_items
from radmine.label.answers.truth import TableOfAnswers, check_answers, read_cells
from radmine.records import Assertion, Label
from radmine.run import check_together, require_run


@dataclass(frozen=True, slots=True)
class Known:
    """What a table says is true."""

    answers: dict[
        Kind, dict[str, dict[str, Assertion]]
    ]  # kind -> name of the item -> finding -> what is true
    findings: dict[str, frozenset[str]]  # finding, or label of the scheme -> our findings that speak for it
    scheme: str | None  # whose labels stand among the findings
    ignored: tuple[str, ...]  # columns, or names in `finding`, that name none
    uncertain: int  # answers that are neither yes nor no: nothing is measured by them
    nameless: int  # answers beside which no report or image stands


@dataclass(frozen=True, slots=True)
class Compared:
    """Our labels of reports, or of images, beside what is true of them."""

    kind: Kind
    judged: tuple[Judged, ...]
    labels: dict[str, dict[str, Label]]  # item -> finding, or label of the scheme -> our label
    labelled: Labelled
    clusters: dict[str, str]  # item -> patient
    unknown: int  # items of the truth that are not in the corpus
    silent: int  # images without any label, which are not judged: no report speaks of them

    def agreements(self) -> list[Agreement]:
        """Return how well they agree, over all findings and by finding; images and reports of a patient go together."""
        return by_finding(self.judged, clusters=self.clusters)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Our labels beside a table of truth."""

    known: Known
    table: TableOfAnswers
    parts: tuple[Compared, ...]  # of reports, of images
    own: frozenset[str] = frozenset()  # voters that say what the table says; their votes are not counted

    @property
    def has_denials(self) -> bool:
        """Whether the truth says of anything that it is not there: without that, precision means nothing."""
        return any(not one.true for part in self.parts for one in part.judged)


def compare(
    corpus: Corpus,
    truth: str | PathLike[str],
    *,
    scheme: str | None = None,
    blank_absent: bool = False,
) -> Comparison:
    """Return our labels beside what a CSV file says is true of reports, of images, or of both.

    Parameters
    ----------
    truth
        Wide or long (see `radmine.label.answers.truth`). Names of a label scheme are compared with our labels in that scheme
        (`to_scheme`), others with our findings.
    scheme
        The label scheme by whose names its findings go; None: the one that has most of them.
    blank_absent
        Whether an empty cell says that the finding is not there; else nothing is known of it.

    Raises
    ------
    InputError
        The corpus is not labelled, the file cannot be read or names no finding, or nothing in it is in the corpus.
    """
    require_run(corpus, "label")
    check_together(corpus, "parse")
    path = Path(truth)
    table = read_cells(path, lexicon=corpus.lexicon)
    known = _known(table, path, scheme, corpus.lexicon, blank_absent=blank_absent)
    own = own_voters(corpus, path)
    found = (_compared(corpus, known, kind, own) for kind in known.answers)
    parts = tuple(part for part in found if part is not None)
    if not parts:
        raise InputError(
            f"None of the {sum(map(len, known.answers.values())):,} reports or images of the truth is in the corpus.",
            where=str(path),
            do="Give the corpus' own ids, accession numbers or file names in `report_id` or `image_id`.",
        )
    return Comparison(known, table, parts, own)


def _known(
    table: TableOfAnswers, path: Path, scheme: str | None, lexicon: Lexicon, *, blank_absent: bool
) -> Known:
    reader = NameReader(table.names, scheme=scheme, lexicon=lexicon)
    fits = scheme or max(schemes(), key=lambda name: len(set(table.names) & set(_labels_of(name))))
    own = [name for name in _labels_of(fits) if name in table.names]
    speaks_for = schemes()[fits].speaks_for
    findings = {label: frozenset(f for f, of in speaks_for.items() if label in of) for label in own}
    meant: dict[str, str] = {label: label for label in own}
    for name in table.names:
        named = reader.read(name) if name not in meant else None
        if named is not None:
            meant[name] = named.finding
            findings[named.finding] = findings.get(named.finding, frozenset()) | named.group
    answers: dict[Kind, dict[str, dict[str, Assertion]]] = {}
    uncertain, nameless, ignored = (
        0,
        0,
        dict.fromkeys(name for name in table.names if name and name not in meant),
    )
    check_answers((cell for cell in table.cells if cell.name in meant), path)
    unclear: dict[tuple[Kind, str], set[str]] = {}
    for cell in table.cells:
        if cell.name not in meant:
            continue
        if not cell.item:
            nameless += bool(cell.word.strip())
            continue
        said = cell.assertion
        if said is None and blank_absent and not cell.word.strip():
            said = Assertion.ABSENT
        if said is Assertion.UNCERTAIN:
            uncertain += 1
            unclear.setdefault((cell.kind, cell.item), set()).add(meant[cell.name])
        elif said is not None:
            of = answers.setdefault(cell.kind, {}).setdefault(cell.item, {})
            before = of.get(meant[cell.name], said)  # two columns of one finding: either
            of[meant[cell.name]] = max(before, said, key=lambda word: word.strength)
    for kind, items in answers.items():
        for item, of in items.items():
            _complete(of, own, schemes()[fits], unclear.get((kind, item), set()))
    if not any(cell.word.strip() for cell in table.cells):
        raise InputError(
            "The table has no answer yet.",
            where=str(path),
            do="Write present, absent or uncertain, or 1 and 0, into it.",
        )
    if not answers:
        raise InputError(
            "The table has no answer on any finding that we know.",
            where=str(path),
            do="Name its columns as findings, or as the labels of a scheme (`radmine.findings.schemes`).",
        )
    return Known(answers, findings, fits if own else None, tuple(ignored), uncertain, nameless)


def _labels_of(scheme: str) -> tuple[str, ...]:
    """Return the labels of a scheme, and that of a normal image."""
    of = schemes()[scheme]
    return (*of.labels, *filter(None, [of.no_finding]))


def _complete(
    said: dict[str, Assertion], asked: Collection[str], scheme: Scheme, unclear: Collection[str]
) -> None:
    """Add what "No Finding" says of the other labels that are asked for, or they of it, where the truth leaves them empty."""
    normal = scheme.no_finding
    if normal is None or normal not in asked or normal in unclear:
        return
    others = [name for name in asked if name != normal and name not in scheme.no_finding_ignores]
    if said.get(normal) is Assertion.PRESENT:
        for name in others:
            if name not in unclear:
                said.setdefault(name, Assertion.ABSENT)
    elif any(said.get(name) is Assertion.PRESENT for name in others):
        said.setdefault(normal, Assertion.ABSENT)


def _compared(corpus: Corpus, known: Known, kind: Kind, own: frozenset[str]) -> Compared | None:
    answers = known.answers[kind]
    ids = match_items(corpus, answers, kind=kind)
    if not ids:
        return None
    true: dict[str, dict[str, Assertion]] = {}
    for name in sorted(ids, key=lambda name: name != ids[name]):  # an id before what else means it
        true.setdefault(ids[name], answers[name])
    labelled = labels_of(corpus, true, kind=kind, without=own)
    lexicon = corpus.lexicon
    labels = {
        item: asked_labels(of, known.findings, known.scheme, lexicon) for item, of in labelled.labels.items()
    }
    judged = tuple(
        Judged(item, finding, said is Assertion.PRESENT, _said(labels[item].get(finding)))
        for item, of in true.items()
        if kind == "report" or labelled.labels[item]
        for finding, said in of.items()
    )
    silent = sum(kind == "image" and not labelled.labels[item] for item in true)
    patients = patients_of(corpus, true, kind)
    return Compared(kind, judged, labels, labelled, patients, len(answers) - len(ids), silent)


def _said(label: Label | None) -> Assertion | None:
    return None if label is None else label.assertion


def asked_labels(
    labels: Mapping[str, Label],
    findings: Mapping[str, Collection[str]],
    scheme: str | None,
    lexicon: Lexicon,
) -> dict[str, Label]:
    """Return our label of each name that is asked for: a label of the scheme, or a finding and what speaks for it."""
    found = to_scheme(labels, scheme, findings=lexicon.findings) if scheme else {}
    asked: dict[str, Label] = {}
    for name, group in findings.items():
        if scheme and name in _labels_of(scheme):
            if name in found:
                asked[name] = found[name]
            continue
        own = labels.get(name)
        of = [own] if own is not None else []
        of += [labels[f] for f in group if f in labels and labels[f].assertion is not Assertion.ABSENT]
        if of:
            asked[name] = max(of, key=lambda label: (label.assertion.strength, label.probability))
    return asked


def patients_of(corpus: Corpus, items: Iterable[str], kind: Kind) -> dict[str, str]:
    """Return the patient of each report or image."""
    rows = pc.field(f"{kind}_id").isin(pa.array(list(items), pa.string()))
    table = corpus.read(f"{kind}s", columns=[f"{kind}_id", "patient_id"], rows=rows)
    return dict(zip(*(column.to_pylist() for column in table.columns), strict=True))

"""Measures parse on real reports: quality and speed, each split by text into a development and a test part.

    python scripts/bench_parse.py --data FOLDER [--peers] [--part development|test] [--json]
    python scripts/bench_parse.py --data FOLDER --errors openi|negex|all
    python scripts/bench_parse.py --data FOLDER --error-kinds

`FOLDER` holds `openi/` (reports and findings mapped from MeSH headings) and `negex/` (annotated clinical sentences), and for
the peers `lexicons/`. A text belongs to the part that the hash of its normalised words says, so equal texts never straddle.
Lexicon and rules are tuned on the development part only; `--errors` lists what is wrong there and nowhere else, `--error-kinds`
counts it by the kinds into which it was sorted by hand. What is uncertain counts as not present. Times are of the processor,
in one process, the best of three; peers (see `bench_peers.py`) are timed in the same run on the same texts.
"""

import argparse
import csv
import gc
import hashlib
import io
import json
import re
import tarfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TypeVar
from xml.etree import ElementTree

from bench_machine import heading
from bench_peers import PEERS, REPEAT, ask, chexpert_phrases, radtext_phrases

from radmine.findings import load_findings, to_scheme
from radmine.parse import COMPILED, assert_spans, parse_report
from radmine.parse.reader import read_sentence
from radmine.records import STRUCTURE, Assertion, Experiencer, Label, Temporality
from radmine.run import uncollected
from radmine.sample import generate_reports

PARTS = ("development", "test")
EIGHT = {"Atelectasis", "Cardiomegaly", "Effusion", "Pneumonia", "Pneumothorax", "Consolidation", "Edema"}
FOURTEEN = EIGHT | {"Nodule", "Mass", "Infiltration", "Emphysema", "Fibrosis", "Pleural_Thickening", "Hernia"}
MAIN = "Open-i findings and impression"
OURS = "radmine"
RESULTS = Path(__file__).parent / "results"
T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    task: str
    split: str
    n: int
    quality: str
    value: float | None  # None where a peer cannot be measured; the quality says why
    per_second: float | None = None
    who: str = OURS


@dataclass(frozen=True)
class Report:
    """A report of Open-i: its whole text, its findings and impression, and its true labels (None: not labelled)."""

    name: str
    whole: str
    text: str
    truth: frozenset[str] | None


def part_of(text: str) -> str:
    """Return the part that a text belongs to."""
    words = " ".join("".join(c if c.isalnum() else " " for c in text.lower()).split())
    return PARTS[hashlib.blake2b(words.encode(), digest_size=1).digest()[0] % 2]


def read_openi(folder: Path) -> list[Report]:
    """Return the reports of Open-i, with the 14 labels that their headings map to."""
    with (folder / "findings-from-mesh.csv").open(encoding="utf-8") as stream:
        truth = {
            row.pop("filename"): frozenset(k for k, v in row.items() if v == "1" and k != "normal")
            for row in csv.DictReader(stream)
        }
    reports = []
    with tarfile.open(folder / "openi-reports.tgz") as archive:
        for member in sorted(archive.getmembers(), key=lambda m: m.name):
            if not member.name.endswith(".xml"):
                continue
            stream = archive.extractfile(member)
            assert stream is not None
            root = ElementTree.parse(stream).getroot()
            parts = [(e.get("Label") or "", "".join(e.itertext()).strip()) for e in root.iter("AbstractText")]
            name = next(e.get("id") or "" for e in root.iter("uId"))
            whole = "\n".join(f"{label}: {text}" for label, text in parts if text)
            main = "\n".join(f"{k}: {t}" for k, t in parts if t and k in {"FINDINGS", "IMPRESSION"})
            reports.append(Report(name, whole, main, truth.get(name)))
    return reports


def labels_of(text: str) -> frozenset[str]:
    """Return the labels that a report's text says are present now in the patient."""
    present = {
        m.finding: Label(Assertion.PRESENT, 1.0)
        for m in parse_report(text).mentions
        if m.finding != STRUCTURE and m[3:6] == (Assertion.PRESENT, Temporality.CURRENT, Experiencer.PATIENT)
    }
    return frozenset(to_scheme(present, "chestxray14")) - {"No Finding"}


def f1(true: int, found: int, both: int) -> float:
    """Return the harmonic mean of precision and recall."""
    return 2 * both / (true + found) if true + found else 1.0


def merged(names: frozenset[str]) -> frozenset[str]:
    """Return the labels of the 8 findings common to all peers among these; Nodule and Mass are one."""
    return (names & EIGHT) | (
        {"Nodule or Mass"} if names & {"Nodule", "Mass", "Nodule or Mass"} else frozenset()
    )


@dataclass(frozen=True)
class Error:
    """One thing that a reader got wrong, by what it is called: `text` is for the eye, and never for a file."""

    item: tuple[str, ...]  # the report's name, or the hashes of sentence and condition
    what: str  # the label, or the task
    error: str  # missed | wrong
    text: str


Labels = Callable[[Report], frozenset[str]]


def openi_reports(reports: Iterable[Report], split: str) -> list[Report]:
    """Return the reports of one part that have truth and text."""
    return [r for r in reports if r.truth is not None and r.text and part_of(r.text) == split]


def openi_errors(reports: Iterable[Report], labels: Labels) -> Iterator[Error]:
    """Yield the labels that are missed or wrong."""
    for report in reports:
        truth = report.truth or frozenset()
        for label in sorted(labels(report) ^ truth):
            yield Error((report.name,), label, "missed" if label in truth else "wrong", repr(report.text))


def measure_openi(
    reports: list[Report],
    split: str,
    show: str | None,
    *,
    task: str = "Open-i labels",
    labels: Labels | None = None,
) -> list[Row]:
    """Return the agreement of the labels (those of the mentions alone, if None) with the truth, in one part."""
    chosen = openi_reports(reports, split)
    labels = labels or rule_labels
    counts = {8: [Counter[str]() for _ in range(3)], 14: [Counter[str]() for _ in range(3)]}
    for report in chosen:
        truth, found = report.truth or frozenset(), labels(report)
        for many, (t, f) in {8: (merged(truth), merged(found)), 14: (truth, found)}.items():
            for counter, names in zip(counts[many], (t, f, t & f), strict=True):
                counter.update(names)
    if show in {"openi", "all"}:
        print_errors(openi_errors(chosen, labels))
    n = len(chosen)
    rows = [
        Row(task, split, n, f"micro F1, {many} findings", f1(*(c.total() for c in counts[many])))
        for many in counts
    ]
    true, found_, both = counts[14]
    return rows + [
        Row(task, split, true[k], f"F1 {k}", f1(true[k], found_[k], both[k])) for k in sorted(true)
    ]


def rule_labels(report: Report) -> frozenset[str]:
    """Return the labels that the rules give to a report's findings and impression."""
    return labels_of(report.text)


def print_errors(errors: Iterable[Error]) -> None:
    for e in errors:
        print(e.error, e.what, *e.item, e.text, sep="\t")


def short_hash(text: str) -> str:
    """Return 16 hexadecimal digits that stand for a text in files that must not hold it."""
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class Condition:
    """A condition that is marked in a clinical sentence, and what is true of it."""

    sentence: str
    condition: str
    span: tuple[int, int]
    negated: bool
    historical: bool | None  # None: not said


def read_negex(folder: Path, split: str) -> list[Condition]:
    """Return the annotated sentences of one part."""
    with (folder / "annotations.tsv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(io.StringIO(stream.read()), delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    conditions = []
    for _, condition, sentence, negation, when, _ in (row[:6] for row in rows):
        sentence, condition = sentence.strip('"'), condition.strip('" ')
        if part_of(sentence) != split:
            continue
        start = max(sentence.find(condition.upper()), sentence.lower().find(condition.lower()))
        span = (start, start + len(condition)) if start >= 0 else (0, len(sentence))
        historical = when == "Historical" if when in {"Historical", "Recent"} else None
        conditions.append(Condition(sentence, condition, span, negation == "Negated", historical))
    return conditions


Said = tuple[bool, bool | None]  # negated, historical


def our_word(condition: Condition) -> Said:
    """Return whether our rules say that a condition is negated, and historical."""
    ((assertion, when, _),) = assert_spans(condition.sentence, [condition.span])
    return assertion is Assertion.ABSENT, when is Temporality.HISTORICAL


def negex_errors(conditions: Iterable[Condition], said: Iterable[Said]) -> Iterator[Error]:
    """Yield what is missed or wrong."""
    for c, (negated, historical) in zip(conditions, said, strict=True):
        pairs = {"negated": (c.negated, negated), "historical": (c.historical, historical)}
        for what, (true, found) in pairs.items():
            if true is not None and found is not None and true != found:
                item = short_hash(c.sentence), short_hash(c.condition)
                yield Error(item, what, "missed" if true else "wrong", f"{c.condition}\t{c.sentence}")


def negex_rows(
    conditions: Sequence[Condition], said: Sequence[Said], split: str, rate: float, who: str
) -> list[Row]:
    """Return the agreement of what is said with the truth."""
    pairs = {
        "negated": [(c.negated, negated) for c, (negated, _) in zip(conditions, said, strict=True)],
        "historical": [
            (c.historical, historical)
            for c, (_, historical) in zip(conditions, said, strict=True)
            if c.historical is not None and historical is not None
        ],
    }
    rows = []
    for what, known in pairs.items():
        if known:
            value = f1(
                sum(t for t, _ in known), sum(bool(f) for _, f in known), sum(t and bool(f) for t, f in known)
            )
            per_second = rate if what == "negated" else None
            rows.append(Row("NegEx sentences", split, len(known), f"F1 {what}", value, per_second, who))
    return rows


def best_of(work: Callable[[], T], *, before: Callable[[], object] = lambda: None) -> tuple[T, float]:
    """Return what some work returns, and the least of the seconds of processor time that it takes in three runs."""
    seconds = []
    for _ in range(REPEAT):
        before()
        started = time.process_time()
        result = work()
        seconds.append(time.process_time() - started)
    return result, min(seconds)


def measure_negex(folder: Path, split: str, show: str | None) -> list[Row]:
    """Return the agreement of our rules with the annotated sentences of one part."""
    conditions = read_negex(folder, split)
    said, seconds = best_of(lambda: [our_word(c) for c in conditions])
    if show in {"negex", "all"}:
        print_errors(negex_errors(conditions, said))
    return negex_rows(conditions, said, split, len(conditions) / seconds, OURS)


def measure_speed(texts: list[str], task: str) -> list[Row]:
    """Return our reports a second on one core: with every sentence new to the reader, and with all known."""
    parse_report("FINDINGS: The heart is enlarged.")  # the lexicon is loaded once

    def work() -> int:
        return sum(len(parse_report(text).mentions) for text in texts)

    size = len(texts)
    rows = []
    for known, before in (("new", read_sentence.cache_clear), ("known", lambda: None)):
        mentions, seconds = best_of(work, before=before)
        rows.append(
            Row(task, f"all, sentences {known}", size, "mentions a report", mentions / size, size / seconds)
        )
    return rows


def measure_ratio(texts: list[str], task: str) -> Row:
    """Return our reports a second over those of spaCy's tokenizer, in turns on the same texts; all sentences are new.

    A machine's speed and load are in both. The garbage collector waits meanwhile, as in a stage.
    """
    import spacy

    tokenizer = spacy.blank("en").tokenizer
    seconds: dict[str, float] = {}
    for _ in range(REPEAT):
        read_sentence.cache_clear()
        for who, work in {"tokenizer": tokenizer, OURS: parse_report}.items():
            with uncollected():
                started = time.process_time()
                for text in texts:
                    work(text)
                took = time.process_time() - started
            seconds[who] = min(took, seconds.get(who, took))
    gc.unfreeze()
    ratio, rate = seconds["tokenizer"] / seconds[OURS], len(texts) / seconds[OURS]
    who = f"{OURS}, {'compiled' if COMPILED else 'Python'}"
    return Row(task, "all, sentences new", len(texts), "times spaCy's tokenizer", ratio, rate, who)


def sample_texts() -> list[str]:
    """Return reports of the sample's generator, which have 490 characters each."""
    return [drawn.report.text for drawn in generate_reports(4000, seed=0)]


# -- peers ------------------------------------------------------------------------------------------------


def measure_peers(reports: list[Report], data: Path, parts: Sequence[str]) -> Iterator[Row]:
    """Yield how the peers do on the same texts; a peer that cannot answer is a row that says why.

    On sentences a peer gets the marked span. On reports it judges what a published phrase list finds; what it says is negated,
    uncertain, historical, hypothetical or of another person is not counted, and finding the phrases is part of its time.
    """
    lexicons = data / "lexicons"
    files = {"pycontext": str(lexicons / "pycontext_kb" / "lexical_kb_05042016.tsv")}
    lists = {"CheXpert": chexpert_phrases(lexicons, EIGHT), "RadText": radtext_phrases(lexicons, FOURTEEN)}
    for name, peer in PEERS.items():
        for split in parts:
            conditions = read_negex(data / "negex", split)
            answer = ask(name, [(c.sentence, [c.span]) for c in conditions], files=files)
            if isinstance(answer, str):
                yield Row("NegEx sentences", split, len(conditions), answer, None, None, name)
                continue
            said = [(flags.negated, flags.historical) for ((_, flags),) in answer.flags]
            yield from negex_rows(conditions, said, split, len(conditions) / answer.seconds, name)
        if peer.whole_reports:
            for listed, phrases in lists.items():
                who = f"{name}, {listed}'s phrases"
                yield from _peer_on_reports(name, who, reports, phrases, parts, files)


def _peer_on_reports(
    name: str,
    who: str,
    reports: list[Report],
    phrases: dict[str, list[str]],
    parts: Sequence[str],
    files: dict[str, str],
) -> Iterator[Row]:
    chosen = [r for split in parts for r in openi_reports(reports, split)]
    texts = [re.sub(r"^[A-Z]+: ", "", r.text, flags=re.MULTILINE) for r in chosen]  # headings mislead them
    answer = ask(name, [(text, []) for text in texts], phrases=phrases, files=files)
    if isinstance(answer, str):
        yield Row("Open-i labels", "all", len(chosen), answer, None, None, who)
        return
    found = {
        report.name: frozenset(label for label, flags in said if not any(flags))
        for report, said in zip(chosen, answer.flags, strict=True)
    }
    most = 2 if set(phrases) >= FOURTEEN else 1
    for split in parts:
        rows = measure_openi(reports, split, None, labels=lambda report: found[report.name])
        yield from (replace(row, who=who) for row in rows[:most])
    mentions = sum(map(len, answer.flags)) / len(chosen)
    yield Row(MAIN, "all", len(chosen), "mentions a report", mentions, len(chosen) / answer.seconds, who)


def measure_limits(texts: list[str]) -> Iterator[Row]:
    """Yield how fast text can be read at all: spaCy's tokenizer alone, and our phrases found without reading on."""
    import ahocorasick
    import spacy

    tokenizer = spacy.blank("en").tokenizer
    tokens, seconds = best_of(lambda: sum(len(tokenizer(text)) for text in texts))
    size = len(texts)
    yield Row(MAIN, "all", size, "tokens a report", tokens / size, size / seconds, "limit: spaCy's tokenizer")
    automaton = ahocorasick.Automaton()
    for finding in load_findings().values():
        for phrase in finding.synonyms:
            automaton.add_word(phrase.lower(), finding.name)
    automaton.make_automaton()
    hits, seconds = best_of(lambda: sum(sum(1 for _ in automaton.iter(text.lower())) for text in texts))
    yield Row(MAIN, "all", size, "hits a report", hits / size, size / seconds, "limit: Aho-Corasick")


# -- kinds of errors --------------------------------------------------------------------------------------


# The columns that say which error a row of scripts/results/NAME_errors.csv is about; then `kind` and `fault`.
ERROR_KEYS = {"negex": ("sentence_hash", "condition_hash", "task"), "openi": ("report", "label")}


def error_kinds(name: str, errors: Iterable[Error]) -> str:
    """Return a Markdown table of the kinds of the development part's errors, as they were sorted by hand.

    The fault is "truth" where the annotation errs, and those are counted apart. Errors that the file lacks are "not sorted
    yet"; its rows of errors that are no more are left out and counted.
    """
    path = RESULTS / f"{name}_errors.csv"
    sorted_: dict[tuple[str, ...], tuple[str, str]] = {}
    if path.exists():
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                sorted_[tuple(row[column] for column in ERROR_KEYS[name])] = row["kind"], row["fault"]
    made = [((*e.item, e.what), e.error) for e in errors]
    counts: dict[tuple[str, str], Counter[str]] = {}
    for key, error in made:
        counts.setdefault(sorted_.get(key, ("not sorted yet", "")), Counter())[error] += 1
    order = sorted(counts, key=lambda group: (group[1] == "truth", -counts[group].total(), group))
    lines = [f"| {name}: kind of error | whose fault | missed | wrong |", "|---|---|---:|---:|"]
    lines += [
        f"| {kind} | {fault} | {counts[kind, fault]['missed']} | {counts[kind, fault]['wrong']} |"
        for kind, fault in order
    ]
    truths = sum(count.total() for (_, fault), count in counts.items() if fault == "truth")
    stale = len(set(sorted_) - {key for key, _ in made})
    unsorted = counts.get(("not sorted yet", ""), Counter()).total()
    lines += [
        "",
        f"{len(made)} errors, {truths} of them the truth's; {unsorted} not sorted yet; {stale} sorted are no more.",
    ]
    return "\n".join(lines)


def table(rows: Iterable[Row]) -> str:
    """Return the rows as Markdown."""
    lines = ["| reader | task | split | n | quality | value | a second |", "|---|---|---|---:|---|---:|---:|"]
    for r in rows:
        value, rate = ("" if v is None else f"{v:{f}}" for v, f in ((r.value, ".3f"), (r.per_second, ",.0f")))
        lines.append(f"| {r.who} | {r.task} | {r.split} | {r.n:,} | {r.quality} | {value} | {rate} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.add_argument("--part", choices=PARTS, help="measure this part only")
    parser.add_argument("--peers", action="store_true", help="measure other readers beside ours")
    parser.add_argument(
        "--errors", choices=("openi", "negex", "all"), help="list the development part's errors"
    )
    parser.add_argument(
        "--error-kinds", action="store_true", help="count the development part's errors by kind"
    )
    options = parser.parse_args()
    options.data = options.data.resolve()  # peers read files of it by address
    reports = read_openi(options.data / "openi")
    development = PARTS[0]
    if options.errors:
        measure_openi(reports, development, options.errors)
        measure_negex(options.data / "negex", development, options.errors)
        return
    if options.error_kinds:
        conditions = read_negex(options.data / "negex", development)
        print(error_kinds("negex", negex_errors(conditions, map(our_word, conditions))), end="\n\n")
        print(error_kinds("openi", openi_errors(openi_reports(reports, development), rule_labels)))
        return
    parts = [options.part] if options.part else PARTS
    rows: list[Row] = []
    for split in parts:
        rows += measure_openi(reports, split, None)
        rows += measure_negex(options.data / "negex", split, None)
    texts = [r.text for r in reports if r.text]
    rows += measure_speed(texts, MAIN)
    rows += measure_speed([r.whole for r in reports if r.whole], "Open-i whole text")
    rows.append(measure_ratio(texts, MAIN))
    rows.append(measure_ratio(sample_texts(), "reports of the sample"))
    if options.peers:
        rows += measure_peers(reports, options.data, parts)
        rows += measure_limits(texts)
    if options.json:
        for row in rows:
            print(json.dumps(asdict(row)))
        return
    print(heading() + ", one core\n")
    print(table(rows))


if __name__ == "__main__":
    main()

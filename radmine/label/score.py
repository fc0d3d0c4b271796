"""How well labels of reports and of images agree with known truth, and what their voters are worth."""

from collections import Counter
from collections.abc import Iterator, Mapping, Set

from radmine.corpus import Corpus
from radmine.findings import Lexicon
from radmine.label.weigh.calibration import expected_calibration_error
from radmine.label.weigh.combine import speaker_of, speakers
from radmine.label.weigh.label_model import LabelModel, fit_label_model
from radmine.records import Assertion, Score, Truth, Vote

Key = tuple[str, str]  # report or image, finding
Items = dict[str, dict[str, list[Vote]]]  # the votes on each finding of a report


def score(corpus: Corpus, truth: Truth) -> list[Score]:
    """Return precision, recall and F1 of "present", over all findings and for each that somebody has, of reports and of images.

    Labels of findings that nobody has are counted in one row; in the precision over all findings they are wrong ones.

    A true finding makes its more general ones true as well, as labels do. Of images those count that the truth names and that
    carry a label; an image of which no report speaks is no error of the labels. The calibration error leaves out what
    truth itself calls uncertain. Where more than one kind of voter voted, the label model that their votes alone make is
    compared with their majority and with what truth says of their accuracies.
    """
    found: dict[str, dict[Key, tuple[Assertion, float]]] = {"reports": {}, "images": {}}
    for row in corpus.records("labels"):
        kind, item = ("reports", row.report_id) if row.image_id is None else ("images", row.image_id)
        known = found[kind].get((item, row.finding))
        if known is None or known[0] is not Assertion.PRESENT:
            found[kind][item, row.finding] = row.assertion, row.probability
    true: dict[str, dict[Key, Assertion]] = {"reports": {}, "images": {}}
    for label in truth.labels:
        kind, item = (
            ("images", label.image_id) if label.image_id is not None else ("reports", label.report_id)
        )
        true[kind][str(item), label.finding] = label.assertion
    result: list[Score] = []
    for kind in ("reports", "images"):
        if true[kind]:
            labelled = {item for item, _ in found[kind]}
            named = {item for item, _ in true[kind]}
            scored = named if kind == "reports" else named & labelled
            of = {key: value for key, value in found[kind].items() if key[0] in scored}
            truly = _with_general(true[kind], Assertion.PRESENT, scored, corpus.lexicon)
            result += _scores(kind, {k for k, (said, _) in of.items() if said is Assertion.PRESENT}, truly)
            unsure = _with_general(true[kind], Assertion.UNCERTAIN, scored, corpus.lexicon) - truly
            result.append(_calibration(kind, {k: p for k, (_, p) in of.items() if k not in unsure}, truly))
            if kind == "reports" and len(kinds := _kinds(corpus)) > 1:
                result += _voters(_items(corpus, scored), truly, kinds)
    return result


def _with_general(
    true: Mapping[Key, Assertion], assertion: Assertion, scored: Set[str], lexicon: Lexicon
) -> set[Key]:
    """Return what is true in one way of the items that are scored, more general findings as well."""
    keys = {key for key, said in true.items() if said is assertion and key[0] in scored}
    return keys | {(item, general) for item, finding in keys for general in lexicon.ancestors(finding)}


def _scores(kind: str, found: Set[Key], true: Set[Key]) -> Iterator[Score]:
    counts: dict[str, Counter[str]] = {}
    for name, keys in (("found", found), ("true", true), ("both", found & true)):
        counts[name] = Counter(finding for _, finding in keys)
    both, n_found, n_true = (counts[c].total() for c in ("both", "found", "true"))
    yield Score("label", f"{kind}: all findings", "precision", both / n_found if n_found else None, n_found)
    yield Score("label", f"{kind}: all findings", "recall", both / n_true if n_true else None, n_true)
    yield Score("label", f"{kind}: all findings", "micro F1", _f1(both, n_found, n_true), n_true)
    for finding in sorted(counts["true"]):
        of = [counts[c][finding] for c in ("both", "found", "true")]
        yield Score("label", f"{kind}: {finding}", "F1", _f1(*of), of[2])
    nowhere = {finding: n for finding, n in counts["found"].items() if finding not in counts["true"]}
    if nowhere:
        note = f"no F1 for {len(nowhere)} findings that nobody has"
        wrong = float(sum(nowhere.values()))
        yield Score("label", f"{kind}: findings left out", "labels", wrong, len(nowhere), note=note)


def _f1(both: int, found: int, true: int) -> float | None:
    return 2 * both / (found + true) if found + true else None


def _calibration(kind: str, found: Mapping[Key, float], true: Set[Key]) -> Score:
    error = expected_calibration_error(list(found.values()), [key in true for key in found])
    return Score("label", f"{kind}: all findings", "expected calibration error", error, len(found))


# -- voters ---------------------------------------------------------------------------------------------


def _kinds(corpus: Corpus) -> set[str]:
    names: set[str] = set()
    for shard in corpus.shards("votes"):
        votes = corpus.read_shard("votes", shard, columns=["voter", "image_id"])
        of_reports = votes.filter(votes.column("image_id").is_null())
        names |= set(of_reports.column("voter").unique().to_pylist())
    return {speaker_of(name) for name in names}


def _items(corpus: Corpus, scored: Set[str]) -> Items:
    items: Items = {}
    for row in corpus.records("votes"):
        if row.image_id is None and row.report_id in scored:
            votes = items.setdefault(row.report_id, {}).setdefault(row.finding, [])
            votes.append(Vote(row.voter, row.assertion, row.probability))
    return items


def _voters(items: Items, true: Set[Key], kinds: Set[str]) -> Iterator[Score]:
    """Yield F1 of the voters' majority and of their label model, and how far its accuracies are from the true ones."""
    if not items:
        return
    truth = [{finding: (report, finding) in true for finding in item} for report, item in items.items()]
    model = fit_label_model(items.values())
    pairs = [(report, finding, votes) for report, item in items.items() for finding, votes in item.items()]
    asked = {(report, finding) for report, finding, _ in pairs}
    subject = f"reports: votes of {', '.join(sorted(kinds))}"
    majority = {(report, finding) for report, finding, votes in pairs if _majority(votes)}
    likely = {(r, f) for r, f, votes in pairs if model.combine(f, votes).probability > 0.5}
    for name, found in (("majority", majority), ("label model", likely)):
        value = _f1(len(found & true), len(found), len(true & asked))
        yield Score("label", subject, f"{name} F1", value, len(asked))
    yield from _recovery(model, fit_label_model(items.values(), truth=truth), len(asked))


def _majority(votes: list[Vote]) -> bool:
    said = [vote.assertion for vote in speakers(votes).values()]
    return said.count(Assertion.PRESENT) > len(said) / 2


def _recovery(model: LabelModel, true: LabelModel, n: int) -> Iterator[Score]:
    for learnt, known in zip(model.accuracies(), true.accuracies(), strict=True):
        if learnt.finding is None:
            for metric in ("sensitivity", "specificity"):
                value, right = getattr(learnt, metric), getattr(known, metric)
                note = f"learnt {value:.3f}, by truth {right:.3f}"
                yield Score(
                    "label",
                    f"reports: voter {learnt.voter}",
                    f"{metric} error",
                    abs(value - right),
                    n,
                    note=note,
                )

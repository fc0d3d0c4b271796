"""The label model, against voters of known accuracy and against crowd-kit.

The bounds on what it learns of drawn votes are about twice what 20 seeds of the draw came to at worst.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radmine.errors import CorpusError, InputError
from radmine.label.weigh.calibration import expected_calibration_error
from radmine.label.weigh.label_model import KIND, LabelModel, fit_label_model, load_label_model
from radmine.label.weigh.patterns import EDGES
from radmine.models import save_model
from radmine.records import Assertion, Vote
from radmine.sample import generate_reports
from tests.growth import TIMES, assert_grows_with_length

PRESENT, ABSENT, UNCERTAIN = Assertion.PRESENT, Assertion.ABSENT, Assertion.UNCERTAIN

Votes = dict[str, list[Vote]]
Predict = Callable[[str, Sequence[Vote]], float]


class Labeler(NamedTuple):
    """A voter of known accuracy."""

    sensitivity: float
    specificity: float
    coverage: float = 1.0


EIGHT = [
    Labeler(0.65, 0.95),
    Labeler(0.55, 0.97),
    Labeler(0.70, 0.90),
    Labeler(0.60, 0.93),
    Labeler(0.50, 0.97),
    Labeler(0.70, 0.88),
    Labeler(0.60, 0.90),
    Labeler(0.45, 0.95),
]
SHY = [EIGHT[i]._replace(coverage=c) for i, c in enumerate((1, 0.9, 0.8, 0.7, 1, 0.6, 0.9, 0.5))]


def vote(voter: str, said: bool) -> Vote:
    return Vote(voter, PRESENT if said else ABSENT, 0.9 if said else 0.1)


def cast(
    truth: Sequence[Mapping[str, bool]], labelers: Sequence[Labeler], *, seed: int = 0, copies: int = 0
) -> list[Votes]:
    """Votes on what is true; so many voters copy the last labeler, each with 5 % errors of its own."""
    rng = np.random.default_rng(seed)
    items: list[Votes] = []
    for true in truth:
        votes: Votes = {}
        for finding, there in true.items():
            chance = rng.random((len(labelers), 2))
            said = {
                f"voter{v}": bool(c[0] < (labeler.sensitivity if there else 1 - labeler.specificity))
                for v, (labeler, c) in enumerate(zip(labelers, chance, strict=True))
                if c[1] < labeler.coverage
            }
            last = f"voter{len(labelers) - 1}"
            errors = rng.random(copies) < 0.05
            if last in said:
                said |= {f"copy{c}": said[last] != bool(wrong) for c, wrong in enumerate(errors)}
            if said:
                votes[finding] = [vote(name, word) for name, word in said.items()]
        items.append(votes)
    return items


def known(n: int, prevalence: Mapping[str, float], *, seed: int = 0) -> list[dict[str, bool]]:
    rng = np.random.default_rng(seed)
    return [{finding: bool(rng.random() < p) for finding, p in prevalence.items()} for _ in range(n)]


def judge(
    items: Sequence[Votes], truth: Sequence[Mapping[str, bool]], predict: Predict
) -> tuple[float, float]:
    """F1 of what is more likely than not, and the expected calibration error."""
    pairs = [
        (predict(f, votes), true[f])
        for item, true in zip(items, truth, strict=True)
        for f, votes in item.items()
    ]
    both = sum(p > 0.5 and t for p, t in pairs)
    error = expected_calibration_error([p for p, _ in pairs], [t for _, t in pairs])
    assert error is not None
    return 2 * both / (sum(p > 0.5 for p, _ in pairs) + sum(t for _, t in pairs)), error


def by(model: LabelModel) -> Predict:
    return lambda finding, votes: model.combine(finding, votes).probability


def majority(_finding: str, votes: Sequence[Vote]) -> float:
    return sum(v.probability for v in votes) / len(votes)


def worst(model: LabelModel, labelers: Sequence[Labeler]) -> float:
    """The largest error of an accuracy on all findings."""
    rows = {row.voter: row for row in model.accuracies() if row.finding is None}
    return max(
        abs(learnt - right)
        for v, labeler in enumerate(labelers)
        for learnt, right in zip(rows[f"voter{v}"][2:5], labeler, strict=True)
    )


# -- against what is known ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sample() -> list[dict[str, bool]]:
    """What is true of the findings that reports of the sample name."""
    return [{f: said is PRESENT for f, said in report.labels().items()} for report in generate_reports(1500)]


@pytest.mark.parametrize("labelers", [EIGHT, SHY])
def test_it_recovers_accuracies_and_beats_the_majority_on_the_sample(
    sample: list[dict[str, bool]], labelers: list[Labeler]
) -> None:
    items = cast(sample, labelers)
    model = fit_label_model(items)
    assert worst(model, labelers) < 0.1
    f1, error = judge(items, sample, by(model))
    assert f1 > judge(items, sample, majority)[0] + 0.05
    assert error < 0.02


def test_probabilities_hold_on_reports_it_has_not_seen() -> None:
    prevalence = {"ascites": 0.3, "fracture": 0.1, "pneumonia": 0.03}
    seen, unseen = known(2000, prevalence, seed=1), known(4000, prevalence, seed=2)
    model = fit_label_model(cast(seen, SHY, seed=1))
    assert judge(cast(unseen, SHY, seed=2), unseen, by(model))[1] < 0.03


def test_copies_of_a_voter_do_not_outvote_the_others() -> None:
    truth = known(2000, {"ascites": 0.2, "fracture": 0.1})
    alone, copied = cast(truth, EIGHT), cast(truth, EIGHT, copies=3)
    without, with_copies = fit_label_model(alone), fit_label_model(copied)
    f1, error = judge(copied, truth, by(with_copies))
    assert abs(f1 - judge(alone, truth, by(without))[0]) < 0.05
    assert f1 > judge(copied, truth, majority)[0] + 0.05
    assert error < 0.02
    assert worst(with_copies, EIGHT) < 0.12
    heard = {row.voter: row.weight for row in with_copies.accuracies()}
    group = sum(heard[name] for name in ("voter7", "copy0", "copy1", "copy2"))
    assert group < 1.5
    assert all(heard[f"voter{v}"] > 0.6 for v in range(7))


def test_independent_voters_are_heard_in_full() -> None:
    model = fit_label_model(cast(known(3000, {"ascites": 0.3}), EIGHT))
    assert all(row.weight > 0.7 for row in model.accuracies())


def test_what_is_rare_borrows_from_the_rest() -> None:
    common = {f"common{i}": 0.3 for i in range(4)}
    truth = known(1500, {**common, "rare": 0.01})
    items = cast(truth, EIGHT[:5])
    rare = [{"rare": votes["rare"]} for votes in items]
    together, alone = fit_label_model(items), fit_label_model(rare)

    def error(model: LabelModel) -> float:
        rows = [row for row in model.accuracies() if row.finding == "rare"]
        return sum(
            abs(row.sensitivity - labeler.sensitivity) for row, labeler in zip(rows, EIGHT[:5], strict=True)
        )

    assert error(together) < 0.8 * error(alone)
    assert judge(rare, truth, by(together))[0] > judge(rare, truth, by(alone))[0] - 0.1


def test_a_voter_that_differs_by_finding_is_known_by_finding() -> None:
    truth = known(3000, {"ascites": 0.3, "fracture": 0.3})
    good, bad = Labeler(0.95, 0.95), Labeler(0.5, 0.7)
    items = cast([{"ascites": t["ascites"]} for t in truth], [good, *EIGHT[1:]], seed=1)
    for item, other in zip(
        items, cast([{"fracture": t["fracture"]} for t in truth], [bad, *EIGHT[1:]], seed=2), strict=True
    ):
        item |= other
    rows = {(a.voter, a.finding): a for a in fit_label_model(items).accuracies()}
    assert rows["voter0", "ascites"].sensitivity > 0.8
    assert rows["voter0", "fracture"].sensitivity < 0.7


def test_silence_is_heard() -> None:
    """A voter that speaks of what is there alone says something by not speaking."""
    rng = np.random.default_rng(0)
    truth = known(3000, {"ascites": 0.3})
    items = cast(truth, EIGHT[:4])
    for item, true in zip(items, truth, strict=True):
        if rng.random() < (0.8 if true["ascites"] else 0.02):
            item["ascites"].append(vote("alarm", True))
    model = fit_label_model(items)
    votes = [vote("voter0", True), vote("voter1", False), vote("voter2", True), vote("voter3", False)]
    silent = model.combine("ascites", votes).probability
    loud = model.combine("ascites", [*votes, vote("alarm", True)]).probability
    assert silent < 0.35 < 0.9 < loud


def test_truth_where_it_is_known_teaches_two_voters_what_they_are_worth() -> None:
    truth = known(2000, {"ascites": 0.3})
    labelers = [Labeler(0.9, 0.95), Labeler(0.6, 0.6)]
    items = cast(truth, labelers)
    taught = fit_label_model(items, truth=[t if i % 2 else {} for i, t in enumerate(truth)])
    assert worst(taught, labelers) < 0.12
    untaught = fit_label_model(items)
    assert judge(items, truth, by(taught))[0] > judge(items, truth, by(untaught))[0] + 0.1


# -- against crowd-kit --------------------------------------------------------------------------------


def by_crowdkit(aggregation: str, items: Sequence[Votes]) -> list[float]:
    """The probabilities of one finding that everybody votes on."""
    crowdkit = pytest.importorskip("crowdkit.aggregation")
    pandas = pytest.importorskip("pandas")
    rows = [(i, v.voter, int(v.probability > 0.5)) for i, item in enumerate(items) for v in item["ascites"]]
    table = pandas.DataFrame(rows, columns=["task", "worker", "label"])
    fitted = getattr(crowdkit, aggregation)(n_iter=100, tol=1e-6)
    said: list[float] = fitted.fit_predict_proba(table).sort_index()[1].tolist()
    return said


def by_dawid_and_skene(said: np.ndarray) -> np.ndarray:
    """The probabilities of rows of 0 and 1, most likely by the paper's own model."""
    q = said.mean(1)
    for _ in range(500):
        here, gone = (q @ said) / q.sum(), ((1 - q) @ said) / (1 - q).sum()
        odds = said @ np.log(here / gone) + (1 - said) @ np.log((1 - here) / (1 - gone))
        q = 1 / (1 + np.exp(-odds - np.log(q.mean() / (1 - q.mean()))))
    return q


def test_it_agrees_with_dawid_and_skene_where_nothing_of_ours_applies() -> None:
    items = cast(known(1500, {"ascites": 0.3}), EIGHT)
    ours = by(fit_label_model(items))
    mine = np.array([ours("ascites", item["ascites"]) for item in items])
    exact = by_dawid_and_skene(
        np.array([[v.probability > 0.5 for v in item["ascites"]] for item in items], float)
    )
    assert np.abs(mine - exact).mean() < 0.02
    theirs = np.array(by_crowdkit("DawidSkene", items))
    assert np.abs(mine - theirs).mean() < 0.05
    assert ((mine > 0.5) == (theirs > 0.5)).mean() > 0.97


def test_it_is_no_worse_than_one_coin_where_all_errors_are_alike() -> None:
    truth = known(2000, {"ascites": 0.5})
    items = cast(truth, [Labeler(a, a) for a in (0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.6)])
    theirs = iter(by_crowdkit("OneCoinDawidSkene", items))
    ours = by(fit_label_model(items))
    assert judge(items, truth, ours)[0] > judge(items, truth, lambda _finding, _votes: next(theirs))[0] - 0.03


# -- what it says of votes ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def model() -> LabelModel:
    return fit_label_model(cast(known(2000, {"ascites": 0.3, "fracture": 0.05}), SHY))


@given(st.lists(st.tuples(st.integers(0, 7), st.booleans()), unique_by=lambda p: p[0]), st.booleans())
@settings(deadline=None)
def test_one_more_voter_never_takes_back_what_it_says(
    model: LabelModel, said: list[tuple[int, bool]], word: bool
) -> None:
    votes = [vote(f"voter{v}", w) for v, w in said if v != 2]
    if not votes:
        return
    before = model.combine("ascites", votes).probability
    after = model.combine("ascites", [*votes, vote("voter2", word)]).probability
    assert after >= before if word else after <= before


@given(st.permutations(range(8)), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=30)
def test_the_order_of_votes_does_not_matter_to_the_label(
    model: LabelModel, order: list[int], random: object
) -> None:
    votes = [vote(f"voter{v}", v % 3 == 0) for v in range(8)]
    turned = [votes[v] for v in order]
    label, other = model.combine("fracture", votes), model.combine("fracture", turned)
    assert other.assertion is label.assertion
    assert other.probability == label.probability
    assert other.evidence == tuple(turned)


def test_the_order_of_reports_and_votes_does_not_matter_to_the_model() -> None:
    items = cast(known(300, {"ascites": 0.3, "fracture": 0.1}), SHY)
    turned = [{f: votes[::-1] for f, votes in reversed(item.items())} for item in items[::-1]]
    first, second = fit_label_model(items), fit_label_model(turned)
    assert first.voters == second.voters
    for name in ("prior", "words", "coverage", "repeats", "weight"):
        np.testing.assert_allclose(getattr(first, name), getattr(second, name), atol=1e-9)


def test_a_report_that_hedges_stays_uncertain_until_another_voter_says_more() -> None:
    truth = known(2000, {"pneumonia": 0.3})
    items = cast(truth, EIGHT[:3])
    rng = np.random.default_rng(0)
    for item, true in zip(items, truth, strict=True):  # what the rules hedge on is mostly there
        u = rng.random()
        if u < 0.3 if true["pneumonia"] else u < 0.01:
            word, p = UNCERTAIN, 0.5
        else:
            word, p = (PRESENT, 0.95) if true["pneumonia"] else (ABSENT, 0.03)
        item["pneumonia"].append(Vote("rules:findings", word, p))
    model = fit_label_model(items)
    hedge = Vote("rules:findings", UNCERTAIN, 0.5)
    assert model.combine("pneumonia", [hedge]).assertion is UNCERTAIN
    assert model.combine("pneumonia", [hedge, vote("voter0", True)]).assertion is PRESENT


def test_voters_and_findings_that_it_does_not_know_are_taken_at_their_word(model: LabelModel) -> None:
    for p in (0.03, 0.5, 0.95):
        stranger = Vote("stranger", PRESENT if p > 0.5 else ABSENT, p)
        assert model.combine("ascites", [stranger]).probability == pytest.approx(p)
    pooled = model.combine("never seen", [vote("voter0", True), vote("voter2", True)])
    assert pooled.assertion is PRESENT


@pytest.mark.parametrize("p", [0.03, 0.5, 0.95])
def test_one_kind_of_voter_alone_is_taken_at_its_word(p: float) -> None:
    rng = np.random.default_rng(0)
    assertions = {0.95: PRESENT, 0.5: UNCERTAIN, 0.03: ABSENT}
    items: list[Votes] = []
    for chance in rng.choice([0.03, 0.5, 0.95], 500, p=[0.7, 0.1, 0.2]):
        items.append({"ascites": [Vote("rules:findings", assertions[float(chance)], float(chance))]})
    label = fit_label_model(items).combine("ascites", [Vote("rules:impression", assertions[p], p)])
    assert label.probability == pytest.approx(p, abs=0.05)
    assert label.assertion is assertions[p]


def test_votes_of_one_kind_count_once(model: LabelModel) -> None:
    one, other = vote("voter0:findings", True), vote("voter0:impression", True)
    alone, twice = model.combine("ascites", [one]), model.combine("ascites", [one, other])
    assert alone.probability == twice.probability
    assert twice.evidence == (one, other)


# -- on disk, and bad input -----------------------------------------------------------------------------


def test_a_saved_model_is_the_same_model(model: LabelModel, tmp_path: Path) -> None:
    model.save(tmp_path / "voters")
    again = load_label_model(tmp_path / "voters")
    assert again.accuracies() == model.accuracies()
    votes = [vote("voter0", True), vote("voter5", False)]
    assert again.combine("fracture", votes) == model.combine("fracture", votes)


def test_a_missing_or_broken_model_is_an_error(model: LabelModel, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no label model"):
        load_label_model(tmp_path)
    model.save(tmp_path)
    arrays = {name: getattr(model, name) for name in ("prior", "words", "coverage", "repeats", "weight")}
    facts = {"edges": EDGES, "voters": model.voters, "findings": model.findings}
    for broken_facts, broken_arrays in (
        ({**facts, "edges": [0.5]}, arrays),
        (facts, {**arrays, "weight": arrays["weight"][:0]}),
        (facts, {}),
        ({}, arrays),
    ):
        save_model(tmp_path, kind=KIND, facts=broken_facts, arrays=broken_arrays)
        with pytest.raises(CorpusError, match="label model here cannot be used"):
            load_label_model(tmp_path)


def test_bad_input_is_an_error() -> None:
    with pytest.raises(InputError, match="no votes"):
        fit_label_model([{}, {"ascites": []}])
    items = cast(known(3, {"ascites": 0.5}), EIGHT)
    with pytest.raises(InputError, match="as many truths"):
        fit_label_model(items, truth=[{}])


def test_time_grows_with_the_number_of_votes_only() -> None:
    few = cast(known(250, {f"finding{i}": 0.3 / (i + 1) for i in range(10)}), SHY)
    assert_grows_with_length(fit_label_model, few * 2, few * 2 * TIMES)
    assert worst(fit_label_model(few * 80), SHY) < 0.35  # what 250 reports tell, said with confidence

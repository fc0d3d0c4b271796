"""The transformer voter, on tiny networks that the tests make themselves."""

from pathlib import Path

import numpy as np
import pytest

from radmine.errors import CorpusError, InputError
from radmine.label import label_report
from radmine.label.voters.training import train_on_reports
from radmine.label.voters.transformer import (
    KIND,
    Learning,
    batches,
    load_transformer,
    soft_targets,
    train_transformer,
)
from radmine.models import save_model
from radmine.parse import parse_report

TINY = Learning(
    epochs=30, patience=30, hidden=32, layers=1, vocabulary=200, tokens=32, batch=4, rate=1e-3, device="cpu"
)
TEXTS = [
    f"{what} Case {n} of the {day}."
    for n in range(40)
    for what, day in (
        ("The bag rattles with gallstones.", "first"),
        ("The side is full, splenomegaly.", "second"),
        ("All quiet here.", "third"),
    )
]
TARGETS = np.array([[n % 3 == 0, n % 3 == 1] for n in range(len(TEXTS))], np.float32)
NAMES = ("gallstone", "splenomegaly")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny trained classifier: what a checkpoint from elsewhere looks like."""
    folder = tmp_path_factory.mktemp("checkpoint")
    voter, _ = train_transformer(TEXTS, TARGETS, NAMES, learning=TINY)
    voter.save(folder)
    return folder


def test_it_learns_and_votes_the_same_after_loading(checkpoint: Path) -> None:
    voter = load_transformer(checkpoint, device="cpu")
    rows = voter.probabilities(
        [
            "The bag rattles. Case 77 of the first.",
            "All quiet here. Case 77 of the third.",
            "The side is full.",
        ]
    )
    assert rows.shape == (3, 2)
    assert rows.argmax(1).tolist()[::2] == [0, 1]
    assert rows[0, 0] > 0.5  # 20 seeds: at least .92, and at most .40 where all is quiet
    assert rows[1].max() < rows[0, 0] - 0.2
    ((finding, vote),) = voter(parse_report("The bag rattles. Case 77 of the first."))
    assert (finding, vote.voter, str(vote.assertion)) == ("gallstone", "text:transformer", "present")
    assert not list(checkpoint.glob("*.bin"))


def test_many_reports_at_once_get_the_votes_of_one_by_one(checkpoint: Path) -> None:
    voter = load_transformer(checkpoint, device="cpu")
    reads = [parse_report(text) for text in ("The bag rattles, and rattles again.", "No gallstone.", "")]
    for together, alone in zip(voter.many(reads), map(voter, reads), strict=True):
        for (finding, vote), (finding_alone, vote_alone) in zip(together, alone, strict=True):
            assert (finding, vote.assertion) == (finding_alone, vote_alone.assertion)
            assert vote.probability == pytest.approx(vote_alone.probability, abs=0.02)


def test_the_same_seed_gives_the_same_network() -> None:
    learning = Learning(epochs=2, hidden=32, layers=1, vocabulary=200, tokens=32, device="cpu")
    one, two = (train_transformer(TEXTS, TARGETS, NAMES, learning=learning)[0] for _ in range(2))
    np.testing.assert_allclose(one.probabilities(TEXTS[:5]), two.probabilities(TEXTS[:5]), atol=1e-5)


def test_it_goes_on_from_a_checkpoint_with_other_labels(checkpoint: Path, tmp_path: Path) -> None:
    names = (*NAMES, "ascites")
    targets = np.concatenate([TARGETS, TARGETS[:, :1]], 1)
    learning = Learning(checkpoint=str(checkpoint), epochs=2, tokens=64, device="cpu")
    voter, held = train_transformer(TEXTS, targets, names, learning=learning)
    assert voter.probabilities(["The bag rattles."]).shape == (1, 3)
    assert voter.tokens == 32  # what the checkpoint can read
    assert 0 < len(held) < len(TEXTS) / 3


def test_a_folder_of_voters_with_a_transformer_labels_reports(tmp_path: Path, checkpoint: Path) -> None:
    reads = [parse_report(text) for text in TEXTS]
    told: list[str] = []
    done = train_on_reports(
        reads,
        tmp_path / "v",
        kinds=("transformer",),
        checkpoint=str(checkpoint),
        device="cpu",
        progress=lambda _done, _total, what: told.append(what),
    )
    assert done.voters == ("transformer",)
    assert told[-1] == "epochs of the transformer"
    label = label_report("FINDINGS: Gallstone, the bag rattles.", voters=tmp_path / "v")["gallstone"]
    assert {vote.voter for vote in label.evidence} == {"rules:findings", "text:transformer"}


def test_a_checkpoint_that_is_none_and_a_damaged_folder_are_clear_errors(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    learning = Learning(checkpoint=str(tmp_path / "empty"), device="cpu")
    with pytest.raises(InputError, match="checkpoint cannot be loaded"):
        train_transformer(TEXTS, TARGETS, NAMES, learning=learning)
    with pytest.raises(CorpusError, match="no transformer voter here"):
        load_transformer(tmp_path / "empty")
    save_model(tmp_path / "empty", kind=KIND, facts={"names": ["gallstone"], "tokens": 8})
    with pytest.raises(CorpusError, match=r"transformer voter here cannot be used.*--voter transformer"):
        load_transformer(tmp_path / "empty")


def test_a_name_of_the_hub_while_offline_is_a_clear_error_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "https://hub.invalid")
    learning = Learning(checkpoint="no-such-people/no-such-checkpoint", device="cpu")
    with pytest.raises(InputError, match="checkpoint cannot be loaded"):
        train_transformer(TEXTS, TARGETS, NAMES, learning=learning)


def test_batches_hold_every_place_once_and_texts_of_like_length() -> None:
    lengths = [n % 17 for n in range(200)]
    made = batches(range(200), lengths, 10, seed=1)
    assert sorted(i for batch in made for i in batch) == list(range(200))
    assert max(max(lengths[i] for i in b) - min(lengths[i] for i in b) for b in made) <= 2
    assert made == batches(range(200), lengths, 10, seed=1) != batches(range(200), lengths, 10, seed=2)


def test_targets_are_the_probabilities_of_the_rules_and_0_where_nothing_is_said() -> None:
    np.testing.assert_allclose(soft_targets([{"a": 0.95}, {"b": 0.5}], ["a", "b"]), [[0.95, 0], [0, 0.5]])
    assert soft_targets([], ["a"]).shape == (0, 1)

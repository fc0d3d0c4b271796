"""Near-duplicates of another patient's test images are not learned from."""

from pathlib import Path

import numpy as np

from radmine.corpus import Manifest
from radmine.records import NearDuplicate
from radmine.run import run_stage
from radmine.train import STAGE, TrainSettings
from radmine.train.near import near_the_others
from radmine.train.targets import read_cases
from tests.train.corpus import make_corpus


def test_what_is_tested_is_not_learned_from(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, 20)  # p3, p8, ... are validation, p4, p9, ... test
    groups = {
        "other's, in test": ("i0-0", "i4-1"),
        "other's, in validation": ("i1-0", "i1-1", "i3-0"),
        "both in training": ("i2-0", "i5-0"),
        "one patient's": ("i6-0", "i6-1"),
        "both held": ("i8-0", "i9-0"),
    }
    rows = [NearDuplicate(i, group) for group, ids in groups.items() for i in ids]
    shard = corpus.write_shard("near_duplicates", "part-00000-a.parquet", rows)
    corpus.write_manifest(Manifest("pixels", "x", {}, {"near_duplicates": [shard]}))
    ids = [f"i{number}-{ordinal}" for number in range(20) for ordinal in range(2)]
    cases = read_cases(corpus, ids)
    training = cases.rows("train")
    near = near_the_others(corpus, cases, training)
    assert [ids[row] for row in training[near]] == ["i0-0", "i1-0", "i1-1"]
    assert not near_the_others(corpus, cases, np.empty(0, np.int64)).any()
    outcome = run_stage(
        corpus, STAGE, TrainSettings(network="small", size=16, seconds=0.001, min_positives=2)
    )
    assert any(said.startswith("not learned from: 3 training images") for said in outcome.said)
    notes = corpus.manifest("train").notes  # type: ignore[union-attr]
    assert notes["images"]["train"] == len(training) - 3

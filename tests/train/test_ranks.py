"""What several processes learn together is what one learns; a killed training goes on with the same result to the last bit."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from radmine import pipeline
from radmine.corpus import Corpus
from radmine.train import MODEL
from radmine.train.predictions import read_predictions
from tests.train.corpus import make_corpus

WHOLE = """
[train]
targets = ["labels", "modality"]
network = "small"
start = "scratch"
epochs = 2
batch_size = 17
learning_rate = 1e-3
"""
TRAIN = """
import os, signal, sys
from pathlib import Path
from radmine.corpus import Corpus
from radmine.run import Execution, run_stage
from radmine import pipeline
from radmine.train import STAGE

corpus = Corpus(Path(sys.argv[1]))
killed_at = int(sys.argv[2])

def progress(done, total, what):
    if done == killed_at and "learned" in what:
        os.kill(os.getpid(), signal.SIGKILL)

run_stage(corpus, STAGE, pipeline.settings_of(corpus)["train"], execution=Execution(device="cpu"), progress=progress)
"""


def made(home: Path, settings: str = WHOLE) -> Corpus:
    """Return a corpus with these settings."""
    corpus = make_corpus(home)
    (home / "s.toml").write_text(settings)
    pipeline.use_settings(corpus, home / "s.toml")
    return corpus


def train(corpus: Corpus, killed_at: int = -1) -> int:
    return subprocess.run([sys.executable, "-c", TRAIN, str(corpus.folder), str(killed_at)]).returncode


@pytest.mark.slow
def test_a_whole_network_that_is_killed_goes_on_with_the_same_weights(tmp_path: Path) -> None:
    whole, cut = made(tmp_path / "a"), made(tmp_path / "b")
    assert train(whole) == 0
    assert train(cut, killed_at=72 + 34) == -signal.SIGKILL  # in the middle of the second epoch
    assert not (cut.folder / MODEL).exists()
    assert train(cut) == 0
    ours, theirs = (load_file(c.folder / MODEL / "model.safetensors") for c in (whole, cut))
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        np.testing.assert_array_equal(value, theirs[name])


STEPS = """
import sys
import numpy as np, torch
from contextlib import nullcontext
from radmine.train.networks import Head, build_network
from radmine.train.ranks import add_gradients, gathered, own_part, processes, rank, share, together

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)
images, truth = torch.rand(5, 17, 1, 32, 32), torch.rand(5, 17, 3).round()
trunk = build_network("small", {"labels": 3}, dropout=0.3).double()
trunk.head = Head(trunk.dimension, {"labels": 3}, hidden=(12,), dropout=0.3)
with together(on_gpu=False) if sys.argv[2] == "2" else nullcontext():
    share(trunk)
    optimizer = torch.optim.AdamW(trunk.parameters(), lr=1e-3)
    torch.manual_seed(1)
    for batch, known in zip(images, truth):
        outputs = gathered(trunk(own_part(batch)), len(batch))["labels"]
        loss = torch.nn.functional.binary_cross_entropy_with_logits(outputs, known)
        optimizer.zero_grad()
        loss.backward()
        add_gradients(trunk)
        torch.nn.utils.clip_grad_norm_(trunk.parameters(), 5.0)
        optimizer.step()
    if rank() == 0:
        np.savez(sys.argv[1], loss=loss.item(), **{k: v.numpy() for k, v in trunk.state_dict().items()})
"""
STAGE_OF_RANKS = """
import sys
from pathlib import Path
from radmine import pipeline
from radmine.corpus import Corpus
from radmine.run import Execution, run_stage
from radmine.train import STAGE, follow, is_follower, leading

corpus = Corpus(Path(sys.argv[1]))
if is_follower():
    follow("cpu")
else:
    with leading("cpu"):
        run_stage(corpus, STAGE, pipeline.settings_of(corpus)["train"], execution=Execution(device="cpu"))
"""


def torchrun(script: str, folder: Path, *words: str) -> None:
    """Run a script in two processes."""
    (path := folder / "script.py").write_text(script)
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    two = ["-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", str(port)]
    root = str(Path(__file__).parents[2])
    ended = subprocess.run(
        [sys.executable, *two, str(path), *words],
        env={**os.environ, "PYTHONPATH": root},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr


@pytest.mark.slow
def test_two_processes_learn_what_one_learns(tmp_path: Path) -> None:
    """In float64: rounding aside, which AdamW magnifies where gradients are near zero, they are the same."""
    subprocess.run([sys.executable, "-c", STEPS, str(tmp_path / "one.npz"), "1"], check=True)
    torchrun(STEPS, tmp_path, str(tmp_path / "two.npz"), "2")
    ours, theirs = np.load(tmp_path / "one.npz"), np.load(tmp_path / "two.npz")
    assert set(ours) == set(theirs)
    for name in ours:
        np.testing.assert_allclose(theirs[name], ours[name], atol=1e-5, err_msg=name)


@pytest.mark.slow
def test_a_corpus_is_trained_by_two_processes(tmp_path: Path) -> None:
    corpus = made(tmp_path)
    torchrun(STAGE_OF_RANKS, tmp_path, str(corpus.folder))
    assert set(read_predictions(corpus)) == {"labels", "modality"}
    manifest = corpus.manifest("train")
    assert manifest is not None
    assert len(manifest.notes["course"]) == 2
    assert not (corpus.folder / "work" / "train").exists()

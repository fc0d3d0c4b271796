"""A real server, `transformers serve`, with a tiny model of random weights: it answers nonsense, which is rejected and counted."""

import contextlib
import importlib.util
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from radmine import label, link
from radmine.corpus import Corpus
from radmine.curate import ask, plan_asking
from radmine.records import Report
from radmine.run import run_stage
from tests.label.answers.tiny_chat import make_tiny_chat
from tests.link.made import make_corpus

MISSING = [
    name for name in ("fastapi", "uvicorn", "openai", "accelerate") if not importlib.util.find_spec(name)
]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        bool(MISSING) and not os.environ.get("RADMINE_NEEDS_PROGRAMS"),
        reason=f"the extra llm is not installed: {', '.join(MISSING)}",
    ),
]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    make_tiny_chat(folder)
    return folder


@pytest.fixture(scope="module")
def url(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the server listens, on this machine alone."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (tmp_path_factory.mktemp("log") / "serve.txt").open("wb")
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", str(model)]
    server = subprocess.Popen(
        [*command, "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"],
        stdout=log,
        stderr=subprocess.STDOUT,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    address = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 120
        while not _is_up(address):
            assert server.poll() is None, Path(log.name).read_text(errors="replace")[-2000:]
            assert time.monotonic() < until, "the server does not come up"
            time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(30)
        log.close()


def _is_up(address: str) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/health", timeout=2) as reply:
        return bool(reply.status == 200)
    return False


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    texts = [f"FINDINGS: Small pleural effusion in case {n}. No pneumothorax." for n in range(4)]
    reports = [Report(f"r{n}", "p", text, "test") for n, text in enumerate(texts)]
    made = make_corpus(tmp_path_factory.mktemp("home"), reports)
    run_stage(made, link.STAGE, link.LinkSettings())
    run_stage(made, label.STAGE, label.LabelSettings())
    return made


def test_nonsense_is_rejected_and_counted_and_the_run_ends_well(
    corpus: Corpus, url: str, model: Path
) -> None:
    plan = plan_asking(corpus, url=url, model=str(model), findings=["pleural_effusion", "pneumothorax"])
    asked = ask(plan, workers=2, timeout=60)
    assert (asked.asked, asked.failed, asked.left, asked.answers) == (4, 0, 0, 0)
    assert asked.tokens is not None
    assert asked.tokens > 4 * 100  # the server counts them
    assert asked.void.keys() <= {"bad_reply", "cut_reply"}
    assert sum(asked.void.values()) == 4
    before = corpus.read("labels").to_pylist()
    run_stage(corpus, label.STAGE, label.LabelSettings(answers=(str(asked.path),)))
    assert Counter(row.reason for row in corpus.records("rejected") if row.stage == "label") == asked.void
    assert corpus.read("labels").to_pylist() == before
    again = ask(plan_asking(corpus, url=url, model=str(model)))
    assert (again.asked, again.before) == (0, 4)
    assert again.findings == asked.findings


def test_a_budget_holds_with_a_real_server(corpus: Corpus, url: str, model: Path) -> None:
    plan = plan_asking(corpus, url=url, model=str(model), findings=["pneumonia"])
    asked = ask(plan, budget=1, timeout=60)
    assert (asked.asked, asked.left) == (1, 3)

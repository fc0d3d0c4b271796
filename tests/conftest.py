"""What every test runs on, whatever the machine: one thread, float32, no GPU, the same drawn examples each time."""

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

# Before anything imports numpy or torch, and for the processes that tests start.
os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
os.environ["CUDA_VISIBLE_DEVICES"] = ""

# A shell that starts the tests in the background has them ignore it, and so would the processes that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# No clock, and no luck: `pytest --hypothesis-profile=search` looks for new examples instead.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile("same")


@pytest.fixture(scope="session", autouse=True)
def _in_float32() -> Iterator[None]:
    """No processor has bfloat16: what a network learns would hang on it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("radmine.run.device._cpu_flags", frozenset)
        yield

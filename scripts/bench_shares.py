"""Where the compiled reader's time goes: shares of samples that perf takes while it reads Open-i, sentences new.

    PYTHON scripts/bench_shares.py --data FOLDER

`PYTHON` has the compiled wheel (`scripts/build_wheel.sh`); run it outside of the checkout's folder. A sample counts for the
innermost function of ours on the stack. It needs Linux's `perf`.
"""

import argparse
import gc
import os
import signal
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path

from bench_machine import heading, markdown
from bench_parse import read_openi

from radmine.parse import COMPILED, parse_report
from radmine.parse.reader import read_sentence

STEPS = {
    "words and phrases looked up": "phrases vocabulary text unknown spelling",
    "breaks, headings and sentences": "plain characters markup breaks headings heading_words openings sections sentences "
    "numbered repeated doubts answers tables",
    "names by site, and attributes": "composition attributes heads shared sizes spared observed attribute_words nodes measures",
    "mentions and the loop of a report": "reader",
    "findings and patterns": "findings patterns eponyms normal",
    "assertion": "assertion reach clauses rules hedges verdicts times commas",
    "places and sides of a report": "context sides organs levels",
    "tags": "tags",
    "advice and scores": "notes advice advised advice_times categories noted_of advice_words",
    "language": "language",
}
STEP_OF = {module: step for step, modules in STEPS.items() for module in modules.split()}
ROUNDS = 8


def sample(texts: list[str], file: str) -> None:
    """Let perf watch this process while it reads the texts, each round with an empty cache of sentences."""
    for text in texts:
        parse_report(text)
    gc.collect()
    gc.disable()
    watch = [
        "perf",
        "record",
        "-q",
        "-F",
        "1500",
        "--call-graph",
        "dwarf,16384",
        "-p",
        str(os.getpid()),
        "-o",
        file,
    ]
    perf = subprocess.Popen(watch, stderr=subprocess.DEVNULL)
    time.sleep(1)
    for _ in range(ROUNDS):
        read_sentence.cache_clear()
        for text in texts:
            parse_report(text)
    perf.send_signal(signal.SIGINT)
    perf.wait()


def steps_of(file: str) -> Counter[str]:
    """Return how many samples each step has."""
    found: Counter[str] = Counter()
    command = ["perf", "script", "-i", file, "-F", "comm,ip,sym"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for stack in shown.split("\n\n"):
        names = [line.split(None, 1)[1] for line in stack.splitlines() if len(line.split(None, 1)) > 1]
        own = next((name for name in names if name.startswith(("CPyDef_", "CPyPy_"))), None)
        module = own.split("_", 1)[1].split("___")[0] if own else ""
        found[STEP_OF.get(module, "other")] += bool(names)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    if not COMPILED:
        parser.error("this Python's reader is not compiled: build the wheel (scripts/build_wheel.sh)")
    texts = [report.text for report in read_openi(options.data / "openi") if report.text]
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "perf.data")
        sample(texts, file)
        steps = steps_of(file)
    total = sum(steps.values())
    rows = [(step, f"{100 * many / total:.0f} %") for step, many in steps.most_common()]
    print(f"{heading()}\n\n{markdown(('step', f'share of {total:,} samples'), rows)}")


if __name__ == "__main__":
    main()

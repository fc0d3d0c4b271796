"""Measures how fast reports are read, by Python and compiled, and proves that both read the same.

    python scripts/bench_reading.py --data FOLDER [--compiled PYTHON] [--rounds 3] [--out FILE]

`PYTHON` is that of the environment into which `scripts/build_wheel.sh` installed the compiled wheel. Each reads in processes
of its own, in turns: reports a second over those of spaCy's tokenizer in the same process on the same texts (see
`bench_parse.measure_ratio`), all sentences new; the best of the rounds. A hash stands for all that is read of these texts:
sections, sentences, mentions, references to images.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench_machine import heading, markdown
from bench_parse import MAIN, measure_ratio, read_openi, sample_texts

from radmine.link import find_references
from radmine.parse import COMPILED, parse_report

COMPILED_PYTHON = Path(__file__).parent.parent / "build" / "wheel" / "env" / "bin" / "python"


def texts_of(data: Path) -> dict[str, list[str]]:
    """Return the texts, by what they are."""
    openi = [r.text for r in read_openi(data / "openi") if r.text]
    return {MAIN: openi, "reports of the sample, 490 characters": sample_texts()}


def digest(texts: list[str]) -> str:
    """Return the hash of all that is read of some texts."""
    found = hashlib.blake2b(digest_size=8)
    for text in texts:
        found.update(repr((tuple(map(tuple, parse_report(text)[1:])), find_references(text))).encode())
    return found.hexdigest()


def measure(data: Path) -> list[dict[str, Any]]:
    """Return a row for each kind of text."""
    rows = []
    for what, texts in texts_of(data).items():
        row = measure_ratio(texts, what)
        rows.append(
            {"what": what, "n": len(texts), "ratio": row.value, "rate": row.per_second, "hash": digest(texts)}
        )
    return rows


def ask(python: Path, data: Path) -> list[dict[str, Any]]:
    """Return what another Python measures, whose radmine is its own."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH" or python == Path(sys.executable)}
    done = subprocess.run(
        [python, __file__, "--data", data, "--one"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--compiled", type=Path, default=COMPILED_PYTHON)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path, help="the file to write; else standard output")
    parser.add_argument("--one", action="store_true", help="measure this Python alone, as JSON lines")
    options = parser.parse_args()
    if options.one:
        for row in measure(options.data):
            print(json.dumps({**row, "compiled": COMPILED}))
        return
    best: dict[tuple[str, bool], dict[str, Any]] = {}
    hashes: dict[str, set[str]] = {}
    for _ in range(options.rounds):
        for python in (Path(sys.executable), options.compiled):
            for row in ask(python, options.data):
                key = row["what"], row["compiled"]
                best[key] = max(row, best.get(key, row), key=lambda r: r["ratio"])
                hashes.setdefault(row["what"], set()).add(row["hash"])
    load = os.getloadavg()[0]
    columns = ("texts", "n", "reader", "reports/s", "times spaCy's tokenizer", "hash of all that is read")
    rows = [
        (
            what,
            f"{r['n']:,}",
            "compiled" if compiled else "Python",
            f"{r['rate']:,.0f}",
            f"{r['ratio']:.3f}",
            r["hash"],
        )
        for (what, compiled), r in sorted(best.items())
    ]
    same = all(len(found) == 1 for found in hashes.values())
    said = "Both read the same." if same else "**They do not read the same.**"
    page = f"{heading()}, load {load:.1f}\n\n{markdown(columns, rows)}\n\n{said}\n"
    if options.out:
        options.out.write_text(page, "utf-8")
    else:
        print(page)
    sys.exit(not same)


if __name__ == "__main__":
    main()

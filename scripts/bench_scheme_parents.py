"""Measures what parents of a label scheme do to how often its labels are present, on the reports of the synthetic sample.

    python scripts/bench_scheme_parents.py [--reports 2000] [--scheme chexpert]

With parents a label is present with what is more special in the scheme (an edema is a lung opacity); without, only where a
finding is named that has no more special label (`radmine.findings.to_scheme`).
"""

import argparse
from collections import Counter

from bench_machine import heading, markdown

from radmine.findings import find_scheme, to_scheme
from radmine.label import label_report
from radmine.records import Assertion
from radmine.sample import generate_reports


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--reports", type=int, default=2000)
    parser.add_argument("--scheme", default="chexpert")
    arguments = parser.parse_args()
    texts = [report.report.text for report in generate_reports(arguments.reports)]
    scheme = find_scheme(arguments.scheme)
    counts: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    chest = 0
    for labels in map(label_report, texts):
        chest += bool(to_scheme(labels, scheme))
        for parents, counted in counts.items():
            said = to_scheme(labels, scheme, parents=parents)
            counted.update(n for n, label in said.items() if label.assertion is Assertion.PRESENT)
    print(heading())
    print(f"\nReports of the sample on which the scheme {scheme.name} has a word: {chest:,}. Present in:\n")
    rows = []
    for name in (*scheme.labels, scheme.no_finding or ""):
        on, off = counts[True][name], counts[False][name]
        if on:
            change = f"{(off - on) / on:+.0%}" if off != on else ""
            rows.append((name, f"{on / chest:.1%}", f"{off / chest:.1%}", change))
    print(markdown(("label", "with parents", "without", "change"), rows))


if __name__ == "__main__":
    main()

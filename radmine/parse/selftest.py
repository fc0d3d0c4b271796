"""Whether the reader still does what its rules say: a check for the start of a labelling run."""

import functools
from collections import defaultdict

from radmine.errors import RadmineError
from radmine.parse.assertion import assert_spans
from radmine.parse.data_files import DATA, load_data
from radmine.parse.reader import parse_report
from radmine.records import Assertion, Experiencer, Span, Temporality

_KINDS = ("negation", "uncertainty", "hypothetical", "historical", "experiencer", "current", "pseudo")
_REPORT = "FINDINGS: Small pneumothorax. No pleural effusion. Possible pneumonia."
_SAID = {
    "pneumothorax": Assertion.PRESENT,
    "pleural_effusion": Assertion.ABSENT,
    "pneumonia": Assertion.UNCERTAIN,
}


@functools.cache
def check_parser() -> None:
    """Return if every rule of assertion reads its own example as it should; checked once a process, in some milliseconds.

    A labeler whose negation stops working, by an upgrade or a damaged file, goes on giving labels: wrong ones.

    Raises
    ------
    RadmineError
        A kind of rule is missing, or a rule or the lexicon no longer works; named by kind and rule.
    """
    try:
        failed = _failed()
    except (OSError, LookupError, ValueError, TypeError) as error:
        raise RadmineError(
            f"The reader's rules cannot be loaded: {type(error).__name__}.",
            where=str(DATA),
            do="Reinstall radmine, or mend its data files.",
        ) from error
    if failed:
        kinds = "; ".join(f"{kind} ({', '.join(names)})" for kind, names in failed.items())
        raise RadmineError(
            f"The reader no longer understands: {kinds}.",
            where=str(DATA / "assertion.toml"),
            do="Labels would be wrong: reinstall radmine, or mend the rules named.",
        )


def _failed() -> dict[str, list[str]]:
    """Return the rules that do not work, by kind."""
    failed: dict[str, list[str]] = defaultdict(list)
    rules = load_data("assertion")["rule"]
    for kind in _KINDS:
        if not any(rule["kind"] == kind for rule in rules):
            failed[kind].append("no rule")
    for rule in rules:
        text, span = _example(rule["example"])
        if assert_spans(text, [span]) != [_expected(*rule["expect"].split())]:
            failed[rule["kind"]].append(rule["name"])
    said = {mention.finding: mention.assertion for mention in parse_report(_REPORT).mentions}
    failed_findings = [name for name, assertion in _SAID.items() if said.get(name) is not assertion]
    if failed_findings:
        failed["findings"] = failed_findings
    return failed


def _example(sentence: str) -> tuple[str, Span]:
    """Return a sentence without its braces, and the span that stood in them."""
    start, end = sentence.index("{"), sentence.index("}") - 1
    return sentence.replace("{", "").replace("}", ""), (start, end)


def _expected(
    assertion: str, temporality: str = "current", experiencer: str = "patient"
) -> tuple[Assertion, Temporality, Experiencer]:
    return Assertion(assertion), Temporality(temporality), Experiencer(experiencer)

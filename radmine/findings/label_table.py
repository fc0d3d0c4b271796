"""Labels as one table, in our findings or in the words of a published scheme: `label_table`."""

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from radmine.findings.lexicon import Finding
from radmine.findings.schemes import to_scheme
from radmine.records import Assertion, Label, Vote

_SCHEMA = pa.schema(
    [
        ("report_id", pa.string()),
        ("image_id", pa.string()),
        ("label", pa.string()),
        ("assertion", pa.string()),
        ("probability", pa.float64()),
        ("voters", pa.list_(pa.string())),
    ]
)


def label_table(
    labels: pa.Table, scheme: str | None = None, *, findings: Mapping[str, Finding] | None = None
) -> pa.Table:
    """Return the table `labels` in a scheme's words (column `label`), or in our findings (`finding`), a row each of a report or image; what is not mentioned has no row.

    Parameters
    ----------
    labels
        As a corpus has it.
    scheme
        A published one ("chexpert", see `to_scheme`); None: our findings as they are.
    findings
        Those of the lexicon that the reports were read by; None: ours.

    Raises
    ------
    InputError
        There is no such scheme.
    """
    if scheme is None:
        return labels
    if not labels.num_rows:
        to_scheme({}, scheme)
        return _SCHEMA.empty_table()
    return pa.Table.from_pylist(list(_rows(labels, scheme, findings)), schema=_SCHEMA)


def _rows(
    labels: pa.Table, scheme: str, findings: Mapping[str, Finding] | None
) -> Iterator[Mapping[str, Any]]:
    items: dict[tuple[str | None, str | None], dict[str, Label]] = {}
    columns = (
        labels[c].to_pylist()
        for c in ("report_id", "image_id", "finding", "assertion", "probability", "voters", "implied")
    )
    for report, image, finding, said, probability, voters, follows in zip(*columns, strict=True):
        assertion = Assertion(said)
        votes = tuple(Vote(voter, assertion, probability, implied=follows) for voter in voters)
        items.setdefault((report, image), {})[finding] = Label(assertion, probability, votes)
    for (report, image), own in items.items():
        for name, label in to_scheme(own, scheme, findings=findings).items():
            voters = tuple(dict.fromkeys(vote.voter for vote in label.evidence))
            values = (report, image, name, str(label.assertion), label.probability, voters)
            yield dict(zip(_SCHEMA.names, values, strict=True))

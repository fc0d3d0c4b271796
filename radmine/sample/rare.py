"""Reports of rare kinds, written out in `data/rare.toml`: `write_rare`."""

import random
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from radmine.records import Report
from radmine.sample.grammar import Draft, compile_template
from radmine.sample.patient import Patient, StudyPlan
from radmine.sample.written import SampleReport

_SECTIONS = ("exam", "findings", "impression", "addendum")


@cache
def _entries() -> list[dict[str, Any]]:
    data = tomllib.loads((Path(__file__).parent / "data" / "rare.toml").read_text("utf-8"))
    return list(data["report"])


def write_rare(patient: Patient, study: StudyPlan, report_id: str, *, turn: int) -> SampleReport:
    """Return a report of a rare kind, which has no images; `turn` says which of them."""
    entries = _entries()
    entry = entries[turn % len(entries)]
    draft = Draft(random.Random(0))
    sections: list[tuple[int, int, str]] = []
    sentences: list[tuple[int, int]] = []
    for name in _SECTIONS:
        if name not in entry:
            continue
        draft.add(("\n\n" if draft.length else "") + name.upper() + ": ")
        start = draft.length
        for number, sentence in enumerate(entry[name]):
            draft.add(" " if number else "")
            begin = draft.length
            draft.render(compile_template(sentence))
            sentences.append((begin, draft.length))
        sections.append((start, draft.length, name))
    text = "".join(draft.parts)
    report = Report(
        report_id=report_id,
        patient_id=report_id.replace("R", "P", 1),
        text=text,
        source="sample",
        accession_number=report_id.replace("R", "A", 1),
        modality=entry["modality"],
        body_part=entry["body_part"],
        study_date=study.day.isoformat(),
    )
    scores = [(system, category, words) for system, category, words in entry.get("scores", ())]
    return SampleReport(report, patient, study, sections, sentences, draft.mentions, [], scores)

"""Writes the report of a planned study, and keeps where each finding, sentence and section of it stands."""

import random
from bisect import bisect
from datetime import date

from radmine.records import Report
from radmine.sample.grammar import (
    ABSENT,
    FAMILY,
    HISTORICAL,
    HYPOTHETICAL,
    PRESENT,
    UNCERTAIN,
    Draft,
    Status,
    Variants,
)
from radmine.sample.notation import Pointed, point, point_back
from radmine.sample.patient import Lesion, Patient, StudyPlan
from radmine.sample.repertoire import FindingWords, load_frames, related
from radmine.sample.style import Style, draw_style, finish
from radmine.sample.written import RawLink, SampleReport


class _Writer:
    """Writes one report; the order of the methods is the order of the report."""

    def __init__(self, patient: Patient, study: StudyPlan, style: Style, rng: random.Random) -> None:
        self.patient, self.study, self.style, self.rng = patient, study, style, rng
        self.region = patient.region
        self.frames = load_frames()
        self.draft = Draft(rng)
        self.prior = patient.studies[study.number - 1] if study.number else None
        self.sections: list[tuple[int, int, str]] = []
        self.sentences: list[tuple[int, int]] = []
        self.links: list[RawLink] = []
        self.pointed: list[tuple[StudyPlan, Pointed]] = []
        self.slots: dict[str, str | Variants] = self._common_slots()
        self.draft.slots = self.slots
        self._present = {name for lesion in study.lesions for name in related(lesion.finding)}
        self._denied: set[str] = set()  # since the section began
        self._item = 0
        self._begun = -1

    # -- the parts of a report ------------------------------------------------------------------------

    def write(self) -> None:
        rnd = self.rng.random
        if self.style.headings != "none":
            if rnd() < 0.7:
                self._one("exam", self.region.exam)
            if rnd() < 0.85:
                self._why()
            if rnd() < 0.55:
                self._one("technique", self.region.technique)
            if self.prior or rnd() < 0.4:
                self._one("comparison", self.frames.sentences["compared" if self.prior else "nothing"])
        self._found()
        if self.style.headings != "none" and rnd() < 0.03:
            self._one("addendum", self.frames.sentences["addendum"])
        self._end_section()

    def _why(self) -> None:
        """Why the study was asked for: what is asked, what was before."""
        draw = self.rng.random()
        self._section("history" if draw < 0.3 else "indication")
        if draw < 0.75:
            self._sentence(self.region.reason)
        if draw > 0.45:
            self._about(self._any_finding(), "hypothetical", HYPOTHETICAL)
        if 0.25 < draw < 0.37:
            self._about(self._any_finding(), "historical", HISTORICAL)
        elif draw < 0.05:
            names = self.region.familial
            self._about(names[int(self.rng.random() * len(names))], "family", FAMILY)

    def _found(self) -> None:
        rnd = self.rng.random
        merged = self.style.merged
        if self.style.headings == "none":
            self._section("body")
        elif not merged and rnd() < 0.95:
            self._section("findings")
            self._describe()
            self._section("impression")
        elif merged:
            self._section("findings_and_impression")
        else:
            self._section("impression")
        if self.style.headings == "none" or merged or self.sections[-1][2] != "impression":
            self._describe()
        self._item = 1 if self.style.items and not merged else 0
        self._conclude()
        self._item = 0

    def _describe(self) -> None:
        """What is there, what is not, and what was before, in the order of a busy day."""
        rnd = self.rng.random
        steps: list[tuple[str, Lesion | None]] = [("lesion", lesion) for lesion in self.study.lesions]
        steps += [("resolved", lesion) for lesion in self.study.resolved]
        steps += [("normal", None)] * (1 + int(rnd() * 2)) + [("denied", None)] * (1 + int(rnd() * 3))
        if not self.study.lesions:
            steps += [("clear", None)] * (1 + int(rnd() * 2))
        if rnd() < 0.16:
            steps.append(("before", None))
        if rnd() < 0.15:
            steps.append(("filler", None))
        self.rng.shuffle(steps)
        for kind, lesion in steps:
            if kind == "lesion" and lesion:
                self._lesion(lesion)
            elif kind == "resolved" and lesion:
                self._fill_lesion(lesion, None)
                self._about(lesion.finding, "resolved", ABSENT)
            elif kind == "normal":
                self._sentence(self.region.normal)
            elif kind == "clear":
                self._sentence(self.region.if_clear, ABSENT)
            elif kind == "denied":
                self._deny()
            elif kind == "before":
                self._about(self._any_finding(), "historical", HISTORICAL)
            else:
                self._sentence(self.frames.sentences["filler"])

    def _conclude(self) -> None:
        rnd = self.rng.random
        self._denied.clear()
        lesions = [lesion for lesion in self.study.lesions if rnd() < 0.9]
        for lesion in lesions:
            self._fill_lesion(lesion, None, brief=True)
            if lesion.uncertain:
                self._about(lesion.finding, "uncertain", UNCERTAIN)
            else:
                self._about(lesion.finding, "impression", PRESENT)
        if not self.study.lesions:
            self._sentence(self.region.clear)
        if not lesions or rnd() < 0.15:
            self._deny()
        if rnd() < 0.06:
            self._about(self._any_finding(), "warning", HYPOTHETICAL)

    # -- sentences ------------------------------------------------------------------------------------

    def _lesion(self, lesion: Lesion) -> None:
        rnd = self.rng.random
        words = self.region.words[lesion.finding]
        pointed = point(lesion, self.study, self.rng) if self.study.series[0].plane and rnd() < 0.85 else None
        self._fill_lesion(lesion, pointed)
        sentences = self.frames.sentences
        if lesion.uncertain:
            self._about(lesion.finding, "uncertain", UNCERTAIN)
        elif lesion.change in ("unchanged", "larger", "smaller") and rnd() < 0.8:
            self._about(lesion.finding, lesion.change, PRESENT)
        elif words.says and rnd() < 0.4:
            self.draft.finding = lesion.finding
            self._sentence(words.says, PRESENT)
        else:
            variants = sentences["present"]
            self.draft.finding = lesion.finding
            self._sentence(variants, PRESENT)

    def _about(self, finding: str, frame: str, status: Status) -> None:
        self.draft.finding = finding
        self.slots["h"] = self.region.words[finding].alone
        self._sentence(self.frames.sentences[frame], status)

    def _deny(self) -> None:
        """Write what is not there: one finding, or a list of them."""
        rnd = self.rng.random
        taken = self._present | self._denied
        deniable = self.region.deniable
        chosen: list[str] = []
        for _ in range((2, 2, 3, 3, 4, 6)[int(rnd() * 6)]):
            finding = deniable[int(rnd() * len(deniable))]
            if finding not in taken:
                chosen.append(finding)
                taken |= related(finding)
        if not chosen:
            self._sentence(self.region.normal)
            return
        self._denied.update(chosen)
        words = self.region.words[chosen[0]]
        self.draft.finding = chosen[0]
        if len(chosen) == 1:
            self.slots["n"] = words.none
            own = words.says_none
            self._sentence(own if own and rnd() < 0.6 else self.frames.sentences["absent"], ABSENT)
            return
        self._begin()
        self.draft.status = ABSENT
        opening, joint, last = _LISTS[int(rnd() * len(_LISTS))]
        self.draft.add(opening)
        for place, finding in enumerate(chosen):
            if place:
                self.draft.add(last if place == len(chosen) - 1 else joint)
            self.draft.finding = finding
            self.draft.render(self.region.words[finding].none)
        if opening == "":
            self.draft.add((" are absent", " are not seen", " are not identified")[int(rnd() * 3)])
        self._end()

    def _sentence(self, variants: Variants, status: Status = PRESENT) -> None:
        self._begin()
        self.draft.status = status
        self.draft.render(variants)
        self._end()

    def _begin(self) -> None:
        draft, style = self.draft, self.style
        if self._begun >= 0:
            draft.add(style.between_items if self._item else style.between)
        if self._item:
            draft.add(style.items.format(self._item))
            self._item += 1
        self._part, self._begun = len(draft.parts), draft.length

    def _end(self) -> None:
        draft = self.draft
        if not self.style.lower:
            draft.capitalise(self._part)
        draft.trim()
        if self.style.stops and not (self._item and self.style.bare_items):
            draft.add(".")
        self.sentences.append((self._begun, draft.length))
        # A slot that points to images was filled for this sentence; a template need not have used it.
        text = None
        for study, pointed in self.pointed:
            text = text if text is not None else "".join(draft.parts[self._part :])
            if pointed.bare in text:
                self.links += [(self._begun, draft.length, study, s, i) for s, i in pointed.images]
        self.pointed.clear()

    # -- sections -------------------------------------------------------------------------------------

    def _one(self, section: str, variants: Variants) -> None:
        self._section(section)
        self._sentence(variants)

    def _section(self, name: str) -> None:
        self._end_section()
        draft = self.draft
        if draft.length:
            draft.add(self.style.between_sections)
        if name == "findings_and_impression":
            draft.add(self.style.heading("FINDINGS AND IMPRESSION"))
        elif name != "body":
            draft.add(self.style.heading(draft.pick(self.frames.headings[name])))
        self._begun = -1
        self.sections.append((draft.length, -1, name))

    def _end_section(self) -> None:
        if self.sections and self.sections[-1][1] < 0:
            start, _, name = self.sections[-1]
            self.sections[-1] = (start, self.draft.length, name)

    # -- words ----------------------------------------------------------------------------------------

    def _any_finding(self) -> str:
        """Return a finding that may be asked for or remembered, there or not."""
        free = [f for f in self.region.deniable if not self.region.words[f].device]
        return free[int(self.rng.random() * len(free))]

    def _common_slots(self) -> dict[str, str | Variants]:
        rnd, words = self.rng.random, self.frames.words
        day = self.study.day
        return {
            "age": str(self.patient.age),
            "sex": "male" if self.patient.sex == "M" else "female",
            "surname": words["surname"][int(rnd() * len(words["surname"]))],
            "symptom": words["symptom"][int(rnd() * len(words["symptom"]))],
            "ago": words["ago"][int(rnd() * len(words["ago"]))],
            "clock": f"{7 + int(rnd() * 12)}:{int(rnd() * 50) + 10}",
            "date": _written(day, rnd()),
            "year": str(day.year - 1 - int(rnd() * 8)),
            "count": str(20 + int(rnd() * 400)),
            "modality": self.region.modality,
            "priordate": _written(
                self.prior.day if self.prior else day.replace(year=day.year - 1, day=1), rnd()
            ),
            "followup": self.frames.sentences["followup"],
        }

    def _fill_lesion(self, lesion: Lesion, pointed: Pointed | None, *, brief: bool = False) -> None:
        """Fill the slots of a sentence about a lesion."""
        rnd, slots = self.rng.random, self.slots
        words: FindingWords = self.region.words[lesion.finding]
        place, size = lesion.place, 2 * lesion.radius
        name = place.words[int(rnd() * len(place.words))] if place.words else ""
        side = place.side
        sideword = where = ""
        if not name and side and not words.device:
            sideword = side + " "
        elif name and not (words.nowhere and rnd() < 0.7):
            if words.at:
                where = f" at {name}"
            elif rnd() < 0.35 and not name.startswith(("the ", "both", "an ", "under")) and not brief:
                sideword = name + " "
            else:
                where = f" in {name}" if name.startswith(("the ", "both", "an ")) else f" in the {name}"
                where = f" {name}" if name.startswith("under") else where
        plural = words.plural is not None and side == "bilateral"
        slots["np"] = words.plural if plural and words.plural else words.with_article
        slots["n"] = words.plural if plural and words.plural else words.without_article
        slots["h"] = words.alone
        slots["is"], slots["has"] = ("are", "have") if plural else ("is", "has")
        slots["adjective"] = words.adjectives if rnd() < 0.65 and not brief else ""
        slots["sideword"], slots["where"] = sideword, where
        slots["side"] = slots["oneside"] = side or "left"
        slots["place"] = name.removeprefix("the ") if not words.at else name
        other = size * (0.7 + 0.25 * rnd())
        slots["size"] = f"{size:.0f} mm"
        slots["size_cm"] = f"{size / 10:.1f} cm"
        slots["size_by"] = f"{size / 10:.1f} x {other / 10:.1f} cm"
        slots["size_shift"] = f"{5 + 6 * lesion.severity:.0f} mm"
        slots["big_cm"] = f"{13 + 5 * lesion.severity:.1f} cm"
        slots["ref"], slots["refbare"] = "", "these images"
        slots["previously"] = ""
        if pointed:
            slots["ref"], slots["refbare"] = pointed.words, pointed.bare
            self.pointed.append((self.study, pointed))
        if self.prior and not brief and lesion.change in ("larger", "smaller") and rnd() < 0.5:
            self._fill_previously(lesion, words)

    def _fill_previously(self, lesion: Lesion, words: FindingWords) -> None:
        assert self.prior is not None
        before = next(old for old in self.prior.lesions if old.finding == lesion.finding)
        size = f"{2 * before.radius / 10:.1f} cm" if words.sized else ""
        back = point_back(before, self.prior, size, self.rng)
        if back and ("  " not in back.words and "previously on" not in back.words):
            self.slots["previously"] = back.words
            self.pointed.append((self.prior, back))


_LISTS = (
    ("no ", ", ", " or "),
    ("no ", ", ", ", or "),
    ("there is no ", ", ", " or "),
    ("no evidence of ", ", ", " or "),
    ("no ", ", ", " and no "),
    ("negative for ", ", ", " or "),
    ("without ", ", ", " or "),
    ("no ", "/", "/"),
    ("no definite ", ", ", " nor "),
    ("", ", ", " and "),
)


def _written(day: date, draw: float) -> str:
    style = bisect((0.4, 0.6, 0.8), draw)
    if style == 0:
        return f"{day.month}/{day.day}/{day.year}"
    if style == 1:
        return f"{day.month:02d}/{day.day:02d}/{day.year % 100:02d}"
    return day.isoformat() if style == 2 else f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"


_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def write_report(patient: Patient, study: StudyPlan, report_id: str) -> SampleReport:
    """Return the report of a planned study, the same for the same plan and seed."""
    rng = random.Random((patient.seed * 1_000_003 + patient.number) * 8 + study.number + 1)
    style = draw_style(rng)
    writer = _Writer(patient, study, style, rng)
    writer.write()
    text = finish("".join(writer.draft.parts), style, rng)
    report = Report(
        report_id=report_id,
        patient_id=patient.patient_id,
        text=text,
        source="sample",
        accession_number=patient.accession(study),
        modality=patient.region.modality,
        body_part=patient.region.body_part,
        study_date=study.day.isoformat(),
    )
    return SampleReport(
        report, patient, study, writer.sections, writer.sentences, writer.draft.mentions, writer.links
    )

"""Which images a report's references and ties mean: `Images` knows the images, `resolve` and `ties` find them."""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from radmine.records import Image, KeyObject, Link, Reference, Report, Sentence

# How sure each way of knowing is.
TIE_CONFIDENCE = {
    "caption": 1.0,
    "figure": 0.9,
    "report": 1.0,
    "key_object": 0.9,
    "study": 0.9,
    "accession": 0.85,
    "filename": 0.85,
}
NAMED_PATIENT = 0.6  # file or folder are named by the patient alone, who has one study and one report
EXACT = 0.95  # series and image named, both found
KEY_IMAGE = 0.9  # "key image 3"
MARK = 0.85  # "BOOKMARK", where a key object document lists as many images as the report has marks
ONLY_OWN = 0.8  # "(key image)", the one mark of a report to which its source ties one image
PRIOR = 0.8  # in the nearest earlier study that has such a series and image
STACK = 0.75  # "image 30 of 116" in a series of 116 images without an image number 30
ONLY_SERIES = 0.85  # no series named, but the study has only one
BY_TOTAL = 0.75  # no series named, but only one has as many images as the text says
BY_PLANE = 0.7  # no series named, but only one of the plane named has the image
ONLY_MATCH = 0.55  # no series named, but only one has the image
OCR = 0.6  # factor where dictation split the digits

_KEY = re.compile(
    r"\b(?:key|clave|chiave|chave|clé)\W+[^\W\d]+\W{0,4}(?:[0-9]+\W+(?:(?:and|y|e|et|und)\W+)?){0,8}[0-9]+$",
    re.IGNORECASE,
)


class Stack:
    """The images of one series, by the numbers that reports use."""

    def __init__(self, images: Sequence[Image]) -> None:
        # Frames of one object are numbered by frame, single images by instance.
        framed = (
            len(images) > 1 and len({i.instance_number for i in images}) == 1 and images[0].frame is not None
        )
        self.plane = next((i.plane for i in images if i.plane), None)
        self.by_number: dict[int, list[str]] = defaultdict(list)
        for image in images:
            number = image.frame if framed else image.instance_number
            if number is not None:
                self.by_number[number].append(image.image_id)
        self.size = len(images)
        self.numbers = sorted(self.by_number)

    def find(self, reference: Reference) -> list[str]:
        """Return the images that a reference names by number."""
        low, high = reference.first, reference.last
        if low == high:
            return self.by_number.get(low, [])
        wanted = self.numbers[bisect_right(self.numbers, low - 1) : bisect_right(self.numbers, high)]
        return [image for number in wanted for image in self.by_number[number]]


class StudyImages:
    """The images of one study, and its key objects."""

    def __init__(self, study_id: str, images: Sequence[Image], keys: Sequence[KeyObject]) -> None:
        self.study_id = study_id
        self.image_ids = [i.image_id for i in images]
        self.modalities = {i.modality for i in images}
        self.date = max((i.study_date for i in images if i.study_date), default=None)
        self.keys = keys
        series: dict[tuple[int, str], list[Image]] = defaultdict(list)
        for image in images:
            if image.series_number is not None:
                series[image.series_number, image.series_id or ""].append(image)
        self.stacks: dict[int, list[Stack]] = defaultdict(list)
        for (number, _), members in sorted(series.items()):
            self.stacks[number].append(Stack(members))

    def marked(self, reference: Reference, marks: int) -> tuple[list[str], float]:
        """Return the image that a mark stands for: that of its number in the one key object document, which lists as many."""
        documents = {k.document_id for k in self.keys}
        named = [k.image_id for k in self.keys if k.ordinal == reference.first]
        if len(documents) != 1 or len(self.keys) != marks or len(named) != 1:
            return [], 0.0
        return named, MARK

    def find(self, reference: Reference, *, key: bool) -> tuple[list[str], float]:
        """Return the images that a reference means in this study, none where that is not certain, and how sure it is."""
        if key:
            named = [k.image_id for k in self.keys if reference.first <= k.ordinal <= reference.last]
            documents = {k.document_id for k in self.keys}
            return (named, KEY_IMAGE) if len(documents) == 1 else ([], 0.0)
        if reference.series is None:
            return self._without_series(reference)
        stacks = self.stacks.get(reference.series, [])
        found = [images for stack in stacks if (images := stack.find(reference))]
        if found:
            return [image for images in found for image in images], EXACT / len(found)
        if (
            reference.total is not None
            and len(stacks) == 1
            and reference.first <= stacks[0].size == reference.total
        ):
            stack = stacks[0]
            if len(stack.numbers) == stack.size:
                return stack.by_number[stack.numbers[reference.first - 1]], STACK
        return [], 0.0

    def _without_series(self, reference: Reference) -> tuple[list[str], float]:
        stacks = [stack for group in self.stacks.values() for stack in group]
        having = [(stack, images) for stack in stacks if (images := stack.find(reference))]
        confidence = ONLY_SERIES if len(stacks) == 1 else ONLY_MATCH
        if reference.plane is not None:
            having = [h for h in having if h[0].plane == reference.plane]
            confidence = max(confidence, BY_PLANE)
        if len(having) > 1 and reference.total is not None:
            having = [h for h in having if h[0].size == reference.total]
            confidence = max(confidence, BY_TOTAL)
        return (having[0][1], confidence) if len(having) == 1 else ([], 0.0)


@dataclass(frozen=True, slots=True)
class Ties:
    """What is known of a report's images without reading it."""

    study: StudyImages | None  # the study it reports
    how: str  # study | accession | report | patient: how the study was found
    own: tuple[Image, ...]  # images that its source ties to it
    earlier: tuple[StudyImages, ...]  # studies of the patient before this one, latest first


class Images:
    """The images of a corpus, found by report, study, accession number and patient."""

    def __init__(self, images: Iterable[Image], key_objects: Iterable[KeyObject] = ()) -> None:
        self._studies: dict[str, list[Image]] = defaultdict(list)
        self._by_report: dict[str, list[Image]] = defaultdict(list)
        self._by_accession: dict[str, set[str]] = defaultdict(set)
        self._by_patient: dict[str, set[str]] = defaultdict(set)
        study_of: dict[str, str] = {}
        for image in images:
            if image.report_id is not None:
                self._by_report[image.report_id].append(image)
            if image.study_id is None:
                continue
            study_of[image.image_id] = image.study_id
            self._studies[image.study_id].append(image)
            self._by_patient[image.patient_id].add(image.study_id)
            if image.accession_number:
                self._by_accession[image.accession_number].add(image.study_id)
        self._keys: dict[str, list[KeyObject]] = defaultdict(list)
        for key in key_objects:
            study = study_of.get(key.image_id)
            if study is not None:
                self._keys[study].append(key)
        self._made: dict[str, StudyImages] = {}

    def __bool__(self) -> bool:
        return bool(self._studies or self._by_report)

    def study(self, study_id: str) -> StudyImages | None:
        """Return the images of a study, None where there are none."""
        if study_id not in self._studies:
            return None
        if study_id not in self._made:
            self._made[study_id] = StudyImages(study_id, self._studies[study_id], self._keys[study_id])
        return self._made[study_id]

    def ties(self, report: Report) -> Ties:
        """Return the study that a report reports, found in this order: by its study id, its accession number, the images
        that its source ties to it, its patient where he has only one study; and the patient's earlier studies.
        """
        own = tuple(self._by_report.get(report.report_id, ()))
        of_patient = self._by_patient.get(report.patient_id, set())
        ways = {
            "study": {report.study_id} if report.study_id in self._studies else set(),
            "accession": self._by_accession.get(report.accession_number or "", set()),
            "report": {i.study_id for i in own if i.study_id is not None},
            "patient": of_patient if report.study_id is None and report.accession_number is None else set(),
        }
        how = next((way for way, found in ways.items() if len(found) == 1), "")
        study = self.study(str(*ways[how])) if how else None
        date = report.study_date or (study.date if study else None)
        others = [
            s for i in sorted(of_patient) if study is None or i != study.study_id if (s := self.study(i))
        ]
        earlier = [s for s in others if date and s.date and s.date < date]
        earlier.sort(key=lambda s: s.date or "", reverse=True)
        return Ties(study, how, own, tuple(earlier))


def tie_links(report: Report, ties: Ties, *, most_images: int, slices: Collection[str]) -> Iterator[Link]:
    """Yield the links that need no reading: captions and figures, the source's own ties, key objects, the study.

    Parameters
    ----------
    most_images
        A study with more images than this is not linked as a whole,
    slices
        nor is one with an image of such a modality: few of the slices of a CT show what the report says.
    """

    def link(image_id: str, method: str, start: int | None = None, end: int | None = None) -> Link:
        by_patient = method == "filename" and report.named_by == "patient_id"
        confidence = NAMED_PATIENT if by_patient else TIE_CONFIDENCE[method]
        return Link(report.report_id, image_id, method, confidence, start, end)

    for image in ties.own:
        if image.caption_start is not None:
            yield link(image.image_id, "caption", image.caption_start, image.caption_end)
        elif image.figure_id is not None:
            yield link(image.image_id, "figure")
        yield link(image.image_id, "filename" if image.named_by else "report")
    if ties.study is None:
        return
    for image_id in dict.fromkeys(k.image_id for k in ties.study.keys):
        yield link(image_id, "key_object")
    whole = len(ties.study.image_ids) <= most_images and ties.study.modalities.isdisjoint(slices)
    if whole and ties.how in ("study", "accession"):
        for image_id in ties.study.image_ids:
            yield link(image_id, "filename" if report.named_by else ties.how)


def reference_links(
    report: Report,
    references: Sequence[Reference],
    sentences: Sequence[int],
    ties: Ties,
    spans: Sequence[Sentence],
    *,
    most_images: int,
) -> Iterator[Link]:
    """Yield the links of a report's references to images that exist; the span of each is the reference's sentence.

    Parameters
    ----------
    sentences
        For each reference, the index of its sentence.
    spans
        The report's sentences.
    most_images
        A reference to more images than this is left unresolved.
    """
    marks = len({r.first for r in references if r.mark and not r.prior})
    for index, reference in enumerate(references):
        if reference.mark:
            images, confidence = _marked(reference, ties, marks)
            if images:
                start, end, _ = spans[sentences[index]]
                yield Link(report.report_id, images[0], "reference", confidence, start, end, index)
            continue
        key = reference.series is None and _is_key(report.text, reference)
        images, confidence = _resolve(reference, ties, key=key)
        if not images or len(images) > most_images:
            continue
        if reference.ocr:
            confidence *= OCR
        start, end, _ = spans[sentences[index]]
        for image_id in images:
            yield Link(report.report_id, image_id, "reference", round(confidence, 3), start, end, index)


def _marked(reference: Reference, ties: Ties, marks: int) -> tuple[list[str], float]:
    """Return the image that a mark stands for; no mark of an earlier study has one."""
    if reference.prior:
        return [], 0.0
    images, confidence = ties.study.marked(reference, marks) if ties.study else ([], 0.0)
    if not images and marks == 1 and len(ties.own) == 1:
        return [ties.own[0].image_id], ONLY_OWN
    return images, confidence


def _resolve(reference: Reference, ties: Ties, *, key: bool) -> tuple[list[str], float]:
    if not reference.prior:
        return ties.study.find(reference, key=key) if ties.study else ([], 0.0)
    for study in ties.earlier:
        images, confidence = study.find(reference, key=key)
        if images:
            return images, round(min(confidence, PRIOR), 3)
    return [], 0.0


def _is_key(text: str, reference: Reference) -> bool:
    """Whether a reference is to the n-th key image rather than to image number n."""
    before = text[max(0, reference.start - 60) : reference.end]
    return _KEY.search(before) is not None

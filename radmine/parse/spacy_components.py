"""spaCy components around the reader: `radmine_sections` and `radmine_findings`.

They are found through spaCy's entry points, so `spacy.blank("en").add_pipe("radmine_findings")` works where radmine is
installed. Both read `doc.text` with the same core as everywhere else; they need no other component of the pipeline.

`radmine_sections` sets `doc.spans["radmine_sections"]`, each span's label the section's name.

`radmine_findings` sets `doc.spans["radmine_findings"]`, each span's label the finding, and on each span
the rest of a mention - `_.radmine_assertion`, `_.radmine_temporality`, `_.radmine_experiencer`, `_.radmine_rule`, `_.radmine_trigger`,
`_.radmine_scope` (offsets), `_.radmine_anatomy`, `_.radmine_laterality`, `_.radmine_size_mm`, `_.radmine_severity`, `_.radmine_change`,
`_.radmine_certainty` (in [0, 1]) - and `_.radmine_section`. With `{"set_ents": True}` it sets `doc.ents` too, without overlaps, longest first.
"""

from enum import StrEnum

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from radmine.parse.reader import parse_report
from radmine.records import Mention

_FIELDS = tuple(field for field in Mention._fields if field not in ("start", "end", "finding", "sentence"))
_EXTENSIONS = tuple(f"radmine_{field}" for field in (*_FIELDS, "section"))


@Language.factory("radmine_sections", default_config={"spans_key": "radmine_sections"})
class RadmineSections:
    """Sets the sections of a report as a span group."""

    def __init__(self, nlp: Language, name: str, spans_key: str) -> None:
        self.spans_key = spans_key

    def __call__(self, doc: Doc) -> Doc:
        """Return the document with its sections; one without a body has no span."""
        spans = [
            doc.char_span(s.start, s.end, label=s.name, alignment_mode="expand")
            for s in parse_report(doc.text).sections
            if s.start < s.end
        ]
        doc.spans[self.spans_key] = [span for span in spans if span is not None]
        return doc


@Language.factory("radmine_findings", default_config={"spans_key": "radmine_findings", "set_ents": False})
class RadmineFindings:
    """Sets the findings of a report as a span group, with what the report says of each."""

    def __init__(self, nlp: Language, name: str, spans_key: str, set_ents: bool) -> None:
        self.spans_key = spans_key
        self.set_ents = set_ents
        for extension in _EXTENSIONS:
            if not Span.has_extension(extension):
                Span.set_extension(extension, default=None)

    def __call__(self, doc: Doc) -> Doc:
        """Return the document with its findings."""
        parsed = parse_report(doc.text)
        spans: list[Span] = []
        for mention in parsed.mentions:
            span = doc.char_span(mention.start, mention.end, label=mention.finding, alignment_mode="expand")
            if span is None:
                continue
            section = parsed.sections[parsed.sentences[mention.sentence].section].name
            values = (*(getattr(mention, field) for field in _FIELDS), section)
            for extension, value in zip(_EXTENSIONS, values, strict=True):
                span._.set(extension, str(value) if isinstance(value, StrEnum) else value)
            spans.append(span)
        doc.spans[self.spans_key] = spans
        if self.set_ents:
            doc.set_ents(filter_spans(spans))
        return doc

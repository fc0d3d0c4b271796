"""What the fields of a table are called: our names, those that others use, those of a report's sections."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

SYNONYMS: dict[str, tuple[str, ...]] = {
    "report_id": (
        "note_id", "document_id", "doc_id", "report_number", "rid", "befund_id", "befund_nr", "befundnummer",
        "berichtsnummer", "id_informe", "numero_informe", "numero_compte_rendu", "verslagnummer",
    ),
    "patient_id": (
        "patient", "subject_id", "subject", "mrn", "person_id", "pid", "pat_id", "pat_nr", "patienten_id",
        "patienten_nr", "patientennummer", "patient_nr", "patientnummer", "id_patient", "numero_patient", "id_paciente",
        "paciente",
    ),
    "text": (
        "report_text", "radiology_report", "radiology_report_text", "full_text", "narrative", "note_text", "content", "report", "befundtext",
        "befundbericht", "bericht", "berichtstext", "compte_rendu", "texte", "informe", "texto", "texto_informe",
        "verslag", "verslagtekst",
    ),
    "study_id": ("study", "study_instance_uid", "exam_id"),
    "accession_number": (
        "accession", "accession_no", "acc", "zugangsnummer", "zugangs_nr", "auftragsnummer", "auftrags_nr",
        "anforderungsnummer", "numero_acces", "numero_acceso", "accessienummer", "onderzoeksnummer",
    ),
    "series_id": ("series_instance_uid",),
    "image_id": ("dicom_id", "sop_instance_uid"),
    "path": (
        "image_path", "file_path", "image", "file", "filename", "image_index", "image_file", "dicom_path", "dicom",
        "bilddatei", "bild", "dateiname", "dateipfad", "fichier", "archivo", "imagen", "bestandsnaam",
    ),
    "modality": ("modalität", "modalitaet", "modalité", "modalidad", "modaliteit"),
    "body_part": (
        "body_part_examined", "anatomy", "körperregion", "koerperregion", "körperteil", "koerperteil",
        "région_anatomique", "región_anatómica", "lichaamsdeel",
    ),
    "study_date": (
        "date", "exam_date", "report_date", "untersuchungsdatum", "aufnahmedatum", "studiendatum", "befunddatum", "datum",
        "date_examen", "date_de_l_examen", "fecha_estudio", "fecha_examen", "fecha", "onderzoeksdatum",
    ),
    "split": ("source_split", "subset", "fold", "partition"),
    "view": ("view_position", "projection", "projektion", "strahlengang", "AP/PA", "Frontal/Lateral"),
    "plane": (),
    "location": (),
    "series_number": (),
    "instance_number": (),
    "figure_id": ("figure",),
    "study_description": (),
    "series_description": (),
}  # fmt: skip
VIEWS = ("appa", "frontallateral")  # CheXpert says a view in two columns: the second where the first is empty
IDS = ("id", "uid")  # the report's where there is a text, else the image's
_SECTIONS = (
    "examination", "exam", "technique", "comparison", "indication", "clinical_indication", "clinical_information",
    "history", "clinical_history", "findings", "impression", "conclusion", "recommendation", "addendum",
    "befund", "beurteilung", "zusammenfassung", "klinische_angaben", "fragestellung", "indikation", "anamnese",
    "technik", "résultats", "hallazgos", "impresión", "conclusión", "indicación", "técnica", "bevindingen", "conclusie",
    "indicatie", "techniek",
)  # fmt: skip


def plain(name: str) -> str:
    """Return a column name as it is compared: `ViewPosition`, `View Position` and `view_position` are one."""
    if not name.isascii():  # accents do not matter either, whichever way they are written
        name = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return re.sub(r"[\W_]+", "", name).lower()


KNOWN = {plain(name) for field, names in SYNONYMS.items() for name in (field, *names, *_SECTIONS, *IDS)}
TEXTS = {plain(name) for name in ("text", *SYNONYMS["text"])}
PLAIN_SECTIONS = {plain(s) for s in _SECTIONS}
_OF_REPORTS = {
    plain(name) for field in ("report_id", "patient_id", "accession_number", "study_id") for name in (field, *SYNONYMS[field], *IDS)
} - {"patient", "study"}  # fmt: skip
CALLED = {name: [plain(s) for s in synonyms] for name, synonyms in SYNONYMS.items()}


def known_in(names: Iterable[str]) -> int:
    """Return how many different names of columns that we know are among some."""
    return len({plain(name) for name in names} & KNOWN)


def names_reports(names: Iterable[str]) -> bool:
    """Return whether names are those of the columns of a table of reports: of an id, and of a text or a section."""
    found = {plain(name) for name in names}
    return not found.isdisjoint(_OF_REPORTS) and not found.isdisjoint(TEXTS | PLAIN_SECTIONS)


@lru_cache(maxsize=1000)
def report_keys(keys: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return which of the keys of a JSON object may hold a report's id, and which its text, the best first."""
    called = {plain(key): key for key in reversed(keys)}
    ids = ("id", "reportid", *CALLED["report_id"], "accessionnumber", *CALLED["accession_number"])
    texts = ("text", *CALLED["text"])
    return tuple(called[n] for n in ids if n in called), tuple(called[n] for n in texts if n in called)

"""What ontologies are made of: `Term`, and the names of the systems of their codes."""

from collections.abc import Mapping
from typing import NamedTuple


class Term(NamedTuple):
    """A class of an ontology."""

    id: str
    title: str
    synonyms: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()  # ids
    codes: tuple[str, ...] = ()


# Vocabularies of others whose codes have a name in our lexicon.
SYSTEMS: Mapping[str, str] = {
    "SNOMEDCT_US": "SNOMED",
    "SNOMEDCT": "SNOMED",
    "ICD10CM": "ICD10",
    "ICD10": "ICD10",
    "RADLEX": "RadLex",
}

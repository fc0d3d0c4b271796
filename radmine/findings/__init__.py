"""The finding names of the house: titles, parents, synonyms, codes, sites of the body, and published label schemes.

**Reads** the lexicon `data/*.toml` (one file a group), the sites `data/anatomy.toml`, the words of observations
`data/observations.toml`, what they are called at a site `data/composed.toml`, the critical ones `data/critical.tsv`, the schemes `data/schemes/*.toml`, and
ontologies that a user has (RadLex, OBO, UMLS); **writes** nothing.
**Guarantees** that names are unique, that every parent and every finding of a scheme exists, and that parents form no
circle: a wrong data file is an error when it is loaded, never a silent gap.
"""

from radmine.findings.anatomy import Site, load_anatomy, load_site_phrases, sites_above
from radmine.findings.ancestry import ancestors
from radmine.findings.composed import composable, composed, finding_of, load_composed
from radmine.findings.critical import critical_findings, is_critical
from radmine.findings.extension import Lexicon, lexicon_in, load_lexicon
from radmine.findings.label_table import label_table
from radmine.findings.lexicon import Finding, in_order, lexicon_digest, load_findings
from radmine.findings.listing import is_listing, listed, scheme_of
from radmine.findings.names import (
    AMBIGUOUS,
    ANSWERS,
    SILENT,
    Named,
    NameReader,
    findings_called,
    near_findings,
)
from radmine.findings.observations import (
    ADJECTIVE,
    BEFORE,
    DESCRIBING,
    PLACED,
    PREDICATE,
    load_observations,
    observation_phrases,
    phrases_beside,
)
from radmine.findings.ontologies import read_ontology
from radmine.findings.pairs import Pairs, is_pair, pair_named, read_pairs
from radmine.findings.phrases import BRITISH, load_phrases, phrases_of, plural, word_pairs
from radmine.findings.schemes import Scheme, find_scheme, read_scheme, schemes, to_scheme

__all__ = [
    "ADJECTIVE",
    "AMBIGUOUS",
    "ANSWERS",
    "BEFORE",
    "BRITISH",
    "DESCRIBING",
    "PLACED",
    "PREDICATE",
    "SILENT",
    "Finding",
    "Lexicon",
    "NameReader",
    "Named",
    "Pairs",
    "Scheme",
    "Site",
    "ancestors",
    "composable",
    "composed",
    "critical_findings",
    "find_scheme",
    "finding_of",
    "findings_called",
    "in_order",
    "is_critical",
    "is_listing",
    "is_pair",
    "label_table",
    "lexicon_digest",
    "lexicon_in",
    "listed",
    "load_anatomy",
    "load_composed",
    "load_findings",
    "load_observations",
    "load_lexicon",
    "load_phrases",
    "load_site_phrases",
    "near_findings",
    "observation_phrases",
    "pair_named",
    "phrases_beside",
    "phrases_of",
    "plural",
    "read_ontology",
    "read_pairs",
    "read_scheme",
    "scheme_of",
    "schemes",
    "sites_above",
    "to_scheme",
    "word_pairs",
]

"""The finding names of the house: titles, parents, synonyms, codes, and published label schemes.

**Reads** the lexicon `data/*.toml` (one file a group) and the schemes `data/schemes/*.toml`; **writes** nothing.
**Guarantees** that names are unique, that every parent and every finding of a scheme exists, and that parents form no
circle: a wrong data file is an error when it is loaded, never a silent gap.
"""

from radmine.findings.lexicon import Finding, ancestors, lexicon_digest, load_findings
from radmine.findings.phrases import load_phrases, word_pairs
from radmine.findings.schemes import Scheme, schemes, to_scheme

__all__ = [
    "Finding",
    "Scheme",
    "ancestors",
    "lexicon_digest",
    "load_findings",
    "load_phrases",
    "schemes",
    "to_scheme",
    "word_pairs",
]

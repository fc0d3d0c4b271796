"""Findings of published ontologies: RadLex, OBO, the UMLS Metathesaurus, Open Imaging Finding Models, and our own format."""

import csv
import gzip
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any
from xml.parsers import expat

from radmine.errors import InputError
from radmine.findings.finding_models import finding_models
from radmine.findings.lexicon import Finding, read_entries
from radmine.findings.terms import SYSTEMS, Term

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns# "
_OWL = "http://www.w3.org/2002/07/owl# "
_RDFS = "http://www.w3.org/2000/01/rdf-schema# "
_LANG = "http://www.w3.org/XML/1998/namespace lang"
# The last part of an annotation's name -> what it is, and how much it counts where several give a title.
_TITLES = {"Preferred_name": 0, "prefLabel": 1, "label": 2}
_SYNONYMS = frozenset(("Synonym", "hasExactSynonym", "altLabel", "Acronym", "synonym"))
_ENTITY = 1000  # characters: the longest entity that an OWL file may declare

_MRCONSO = 18  # fields: CUI LAT TS LUI STT SUI ISPREF AUI SAUI SCUI SDUI SAB TTY CODE STR SRL SUPPRESS CVF


def read_ontology(
    path: str | Path,
    *,
    kind: str | None = None,
    under: Collection[str] = (),
    sources: Collection[str] = (),
    language: str = "ENG",
) -> Mapping[str, Finding]:
    """Return the findings of an ontology by name, in the order of the file.

    Parameters
    ----------
    kind
        One of `KINDS`; None: by the file's suffix (".csv", ".owl", ".rdf", ".obo", ".rrf", ".toml",
        ".json", ".jsonl", each also with ".gz"; a folder is one of finding models).
    under
        Only what stands below these classes, by id ("RID5"); none: everything. RadLex has imaging observations and
        clinical findings below RID5 and RID34785, anatomy below RID3.
    sources
        Of MRCONSO only: the vocabularies (SAB) to read; none: all of them.
    language
        Of MRCONSO only.

    Raises
    ------
    InputError
        The file cannot be read, is not of its kind, or has no such class.
    """
    path = Path(path)
    name = path.name.removesuffix(".gz").lower()
    kind = kind or next((k for suffix, k in _SUFFIXES.items() if name.endswith(suffix)), None)
    if kind is None and path.is_dir():
        kind = "oifm"
    if kind not in KINDS:
        raise InputError(
            "The kind of this ontology is not known.", where=str(path), do=f"Name one of {', '.join(KINDS)}."
        )
    if kind == "toml":
        return read_entries(path)
    if kind == "umls":
        if under:
            raise InputError("MRCONSO has no parents.", where=str(path), do="Choose by sources instead.")
        terms: dict[str, Term] = _read(path, lambda p: _mrconso(p, frozenset(sources), language))
    else:
        if sources:
            raise InputError(
                "Only MRCONSO has sources.", where=str(path), do="Choose by classes (under) instead."
            )
        terms = _under(_read(path, _READERS[kind]), under, path)
    return _findings(terms, name.split(".")[0])


def _read(path: Path, reader: Callable[[Path], dict[str, Term]]) -> dict[str, Term]:
    try:
        terms = reader(path)
    except (OSError, UnicodeDecodeError, csv.Error, expat.ExpatError) as error:
        raise InputError(
            f"The ontology cannot be read: {error}", where=str(path), do="Correct or download it again."
        ) from error
    if not terms:
        raise InputError(
            "The ontology has no term to read.", where=str(path), do="Check the file and what is chosen."
        )
    return terms


def _open(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _under(terms: dict[str, Term], under: Collection[str], path: Path) -> dict[str, Term]:
    """Return the terms below some classes."""
    if not under:
        return terms
    wanted = {u.rsplit(":", 1)[-1] if u not in terms else u for u in under}
    unknown = sorted(wanted - set(terms))
    if unknown:
        raise InputError(
            f"The ontology has no class {', '.join(unknown)}.",
            where=str(path),
            do="Use ids as they stand in it.",
        )
    below: dict[str, bool] = {}

    def is_below(name: str) -> bool:
        stack = [name]
        seen: set[str] = set()
        while stack:
            here = stack.pop()
            if here in seen or here not in terms:
                continue
            seen.add(here)
            if any(parent in wanted or below.get(parent) for parent in terms[here].parents):
                return True
            stack.extend(p for p in terms[here].parents if below.get(p) is not False)
        return False

    for name in terms:
        below[name] = is_below(name)
    return {name: term for name, term in terms.items() if below[name]}


# --- RadLex as BioPortal exports it ----------------------------------------------------------------------------------


def _radlex_csv(path: Path) -> dict[str, Term]:
    terms: dict[str, Term] = {}
    with _open(path) as stream:
        rows = csv.DictReader(stream)
        missing = {"Class ID", "Preferred Label", "Synonyms", "Parents"} - set(rows.fieldnames or ())
        if missing:
            raise InputError(
                f"The columns {', '.join(sorted(missing))} are missing.",
                where=str(path),
                do="Use the CSV export of BioPortal.",
            )
        for row in rows:
            if (row.get("Obsolete") or "").lower() == "true" or not row["Preferred Label"]:
                continue
            name = _local(row["Class ID"])
            synonyms = tuple(s.strip() for s in (row["Synonyms"] or "").split("|") if s.strip())
            parents = tuple(_local(p) for p in re.split(r"[|;]", row["Parents"] or "") if p.strip())
            terms[name] = Term(name, row["Preferred Label"].strip(), synonyms, parents, (_code(name),))
    return terms


def _local(uri: str) -> str:
    """Return the last part of a class's address: "http://radlex.org/RID/RID5350" is RID5350."""
    return re.split(r"[/#]", uri.strip())[-1]


def _code(name: str) -> str:
    """Return "SYSTEM:code" for the id of a class."""
    if name.startswith("RID"):
        return f"RadLex:{name}"
    return name if ":" in name else name.replace("_", ":", 1)


# --- OWL as RDF/XML --------------------------------------------------------------------------------------------------


class _Owl:
    """Gathers the classes of an RDF/XML file while it is read; a class may be described in several places."""

    def __init__(self) -> None:
        self.classes: set[str] = set()
        self.titles: dict[str, tuple[int, str]] = {}
        self.synonyms: dict[str, list[str]] = {}
        self.parents: dict[str, list[str]] = {}
        self.obsolete: set[str] = set()
        self._path: list[str] = []
        self._name: str | None = None
        self._text: list[str] | None = None

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._path.append(tag)
        depth = len(self._path)
        if depth == 2:
            uri = attributes.get(_RDF + "about") or attributes.get(_RDF + "ID") or ""
            self._name = _local(uri) if uri else None
            if self._name and tag == _OWL + "Class":
                self.classes.add(self._name)
        elif depth == 3 and self._name:
            resource = attributes.get(_RDF + "resource", "")
            if tag == _RDF + "type" and resource.endswith("#Class"):
                self.classes.add(self._name)
            elif tag == _RDFS + "subClassOf" and resource:
                self.parents.setdefault(self._name, []).append(_local(resource))
            elif attributes.get(_LANG, "en").startswith("en"):
                self._text = []

    def characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def end(self, tag: str) -> None:
        self._path.pop()
        if self._text is None or len(self._path) != 2 or self._name is None:
            return
        text, local = "".join(self._text).strip(), tag.rsplit(" ", 1)[-1]
        self._text = None
        if not text:
            return
        if local in _TITLES and text != self._name:
            known = self.titles.get(self._name)
            if known is None or _TITLES[local] < known[0]:
                self.titles[self._name] = (_TITLES[local], text)
        elif local in _SYNONYMS:
            self.synonyms.setdefault(self._name, []).append(text)
        elif local == "deprecated" and text.lower() == "true":
            self.obsolete.add(self._name)

    def terms(self) -> dict[str, Term]:
        return {
            name: Term(
                name,
                title,
                tuple(self.synonyms.get(name, ())),
                tuple(self.parents.get(name, ())),
                (_code(name),),
            )
            for name, (_, title) in self.titles.items()
            if name in self.classes and name not in self.obsolete
        }


def _owl(path: Path) -> dict[str, Term]:
    """Return the classes of an RDF/XML file. Entities other than short plain texts are refused, none is fetched."""
    reader = _Owl()

    def declare(name: str, _is_parameter: int, value: str | None, *_external: Any) -> None:
        if value is None or "&" in value or len(value) > _ENTITY:
            raise InputError(
                f"The file declares the entity {name!r}, which is not a short text.",
                where=str(path),
                do="Remove its DOCTYPE: a lexicon needs no such entities.",
            )

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.EntityDeclHandler = declare
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
        parser.ParseFile(stream)
    return reader.terms()


# --- OBO -------------------------------------------------------------------------------------------------------------

_OBO_SYNONYM = re.compile(r'"((?:[^"\\]|\\.)*)"\s+EXACT\b')


def _obo(path: Path) -> dict[str, Term]:
    terms: dict[str, Term] = {}
    for stanza in _obo_stanzas(path):
        if "id" not in stanza or "name" not in stanza or stanza.get("is_obsolete") == ["true"]:
            continue
        name = stanza["id"][0]
        synonyms = (
            m[1].replace('\\"', '"') for s in stanza.get("synonym", ()) if (m := _OBO_SYNONYM.match(s))
        )
        parents = (re.split(r"\s*[!{]", p)[0].strip() for p in stanza.get("is_a", ()))
        terms[name] = Term(name, stanza["name"][0], tuple(synonyms), tuple(parents), (_code(name),))
    return terms


def _obo_stanzas(path: Path) -> Iterator[dict[str, list[str]]]:
    """Yield the tags and values of each term."""
    stanza: dict[str, list[str]] | None = None
    with _open(path) as stream:
        for line in stream:
            line = line.strip()
            if line.startswith("["):
                if stanza:
                    yield stanza
                stanza = {} if line == "[Term]" else None
            elif stanza is not None and ": " in line:
                tag, value = line.split(": ", 1)
                stanza.setdefault(tag, []).append(value)
    if stanza:
        yield stanza


# --- UMLS ------------------------------------------------------------------------------------------------------------


def _mrconso(path: Path, sources: frozenset[str], language: str) -> dict[str, Term]:
    """Return the concepts of MRCONSO.RRF; only the rows of the chosen vocabularies and language are kept in memory."""
    titles: dict[str, tuple[bool, str]] = {}
    synonyms: dict[str, dict[str, None]] = {}
    codes: dict[str, dict[str, None]] = {}
    with _open(path) as stream:
        for number, line in enumerate(stream, 1):
            row = line.rstrip("\r\n").split("|")
            if len(row) < _MRCONSO:
                raise InputError(
                    f"Row {number} has {len(row)} fields, not {_MRCONSO}.",
                    where=str(path),
                    do="Use MRCONSO.RRF as the UMLS publishes it.",
                )
            concept, source, text = row[0], row[11], row[14]
            if row[1] != language or row[16] in ("O", "E", "Y") or (sources and source not in sources):
                continue
            preferred = row[2] == "P" and row[4] == "PF" and row[6] == "Y"
            known = titles.get(concept)
            if known is None or (preferred and not known[0]):
                titles[concept] = (preferred, text)
            synonyms.setdefault(concept, {})[text] = None
            if source in SYSTEMS and row[13]:
                codes.setdefault(concept, {})[f"{SYSTEMS[source]}:{row[13]}"] = None
    return {
        c: Term(c, title, tuple(synonyms[c]), (), (f"UMLS:{c}", *codes.get(c, ())))
        for c, (_, title) in titles.items()
    }


# --- From terms to findings ------------------------------------------------------------------------------------------

_READERS: Mapping[str, Callable[[Path], dict[str, Term]]] = {
    "radlex": _radlex_csv,
    "owl": _owl,
    "obo": _obo,
    "oifm": finding_models,
}
KINDS = ("radlex", "owl", "obo", "umls", "oifm", "toml")
_SUFFIXES = {
    ".csv": "radlex",
    ".owl": "owl",
    ".rdf": "owl",
    ".xml": "owl",
    ".obo": "obo",
    ".rrf": "umls",
    ".jsonl": "oifm",
    ".json": "oifm",
    ".toml": "toml",
}
_TAG = re.compile(r"\s*(?:\([^()]*\)|\[[^\[\]]*\]|,? NOS)$")  # "Pneumonia (disorder)", "Fracture, NOS"


def spoken(text: str) -> str:
    """Return a term as a report would write it: "Neoplasm, Brain (disorder)" is "brain neoplasm"."""
    text = _TAG.sub("", text.strip())
    parts = text.split(", ")
    if len(parts) == 2 and all(parts):
        text = f"{parts[1]} {parts[0]}"
    return " ".join(text.replace("_", " ").lower().split())


def _slug(text: str) -> str:
    name = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    return name if name[:1].isalpha() else f"term_{name}"


def _findings(terms: Mapping[str, Term], group: str) -> Mapping[str, Finding]:
    names: dict[str, str] = {}
    taken: set[str] = set()
    for key, term in terms.items():
        name = _slug(spoken(term.title))
        if name in taken:
            name = f"{name}_{_slug(key)}"
        names[key] = name
        taken.add(name)
    return MappingProxyType({names[k]: _finding(names[k], t, names, group) for k, t in terms.items()})


def _finding(name: str, term: Term, names: Mapping[str, str], group: str) -> Finding:
    synonyms = _unique(spoken(s) for s in (term.title, *term.synonyms))
    parents = _unique(names[p] for p in term.parents if p in names and names[p] != name)
    return Finding(name, term.title, group, parents, synonyms, term.codes)


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))

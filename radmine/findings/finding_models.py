"""The Open Imaging Finding Models: a model a file (`*.fm.json`), a folder of these, or a model a line (`.jsonl`)."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from radmine.errors import InputError
from radmine.findings.terms import SYSTEMS, Term


def finding_models(path: Path) -> dict[str, Term]:
    """Return the models of a file, or of all JSON files below a folder, by id; their attributes are not read.

    Raises
    ------
    InputError
        A file is not JSON, or a model has no id or no name.
    """
    terms: dict[str, Term] = {}
    for file in sorted(path.rglob("*.json")) if path.is_dir() else [path]:
        for number, model in _models(file):
            term = _term(model)
            if term is None:
                raise InputError(
                    f"The finding model {number} has no id or no name, or a list that is none.",
                    where=str(file),
                    do="Use the finding models as they are published: oifm_id, name, synonyms, index_codes.",
                )
            terms.setdefault(term.id, term)
    return terms


def _models(file: Path) -> Iterator[tuple[int, Any]]:
    """Yield the models of a file, each with its number."""
    data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    text = data.decode("utf-8-sig")
    try:
        if file.name.removesuffix(".gz").lower().endswith(".jsonl"):
            models = [json.loads(line) for line in text.splitlines() if line.strip()]
        else:
            content = json.loads(text)
            models = content if isinstance(content, list) else [content]
    except json.JSONDecodeError as error:
        raise InputError(
            f"The finding models are not JSON: {error.msg}, line {error.lineno}.",
            where=str(file),
            do="Correct or download it again.",
        ) from error
    yield from enumerate(models, 1)


def _term(model: Any) -> Term | None:
    """Return what a model is called and by which codes, None where it is no model."""
    if not isinstance(model, dict):
        return None
    key, name = model.get("oifm_id") or model.get("id"), model.get("name")
    synonyms = model.get("synonyms") or []
    codes = model.get("index_codes") or model.get("codes") or []
    if not (isinstance(key, str) and isinstance(name, str) and key and name.strip()):
        return None
    if not (isinstance(synonyms, list) and isinstance(codes, list)):
        return None
    names = tuple(s.strip() for s in synonyms if isinstance(s, str) and s.strip())
    others = (
        f"{SYSTEMS.get(str(code['system']).upper(), code['system'])}:{code['code']}"
        for code in codes
        if isinstance(code, dict) and code.get("system") and code.get("code")
    )
    return Term(key, name.strip(), names, (), (f"OIFM:{key}", *others))

"""What the words of a DICOM header say of a picture: contrast agent, body part, plane, view; English, German, some French and Spanish.

Words are taken where they say one thing; two body parts, or "with and without contrast", say none.
"""

import re
from collections.abc import Mapping, Sequence

_PARTS: Mapping[str, str] = {  # as PS3.16 Annex L has them for Body Part Examined
    "CHEST": r"chest|thorax|thoracic|thorakal|lungs?|lunge|pulmonary|cxr|t[oó]rax|poumons?",
    "ABDOMEN": r"abdomen|abdominal|abd|oberbauch|bauch|liver|leber|pancreas|pankreas",
    "PELVIS": r"pelvis|pelvic|becken|prostate?|prostata|bassin",
    "HEAD": r"head|skull|cranial|cranium|kopf|sch[aä]del|schaedel|crâne|cr[aá]neo|neurocranium|neurokranium",
    "BRAIN": r"brain|gehirn|hirn|cerebral|cerveau|cerebro",
    "NECK": r"neck|hals|cou|cuello",
    "CSPINE": r"c[- ]?spine|cervical spine|hws|cspine",
    "TSPINE": r"t[- ]?spine|thoracic spine|dorsal spine|bws|tspine",
    "LSPINE": r"l[- ]?spine|lumbar spine|lumbar|lws|lspine|lumbosacral spine",
    "SPINE": r"spine|wirbels[aä]ule|rachis|columna",
    "BREAST": r"breasts?|mamma|mammo\w*|mamografia",
    "HEART": r"heart|cardiac|herz|coronary|coronaries|kardial",
    "SHOULDER": r"shoulder|schulter|[eé]paule|hombro",
    "ELBOW": r"elbow|ellenbogen|ellbogen",
    "WRIST": r"wrist|handgelenk|poignet",
    "HAND": r"hand|mano",
    "HIP": r"hip|h[uü]fte|huefte|hanche|cadera",
    "KNEE": r"knee|knie|genou|rodilla",
    "ANKLE": r"ankle|sprunggelenk|osg|cheville|tobillo",
    "FOOT": r"foot|fu(?:ss|ß)|pied",
}
# Terms of the same list for less than a part above: they stay as they are.
PARTS = frozenset(_PARTS) | {
    "LUNG",
    "LIVER",
    "PANCREAS",
    "PROSTATE",
    "SKULL",
    "BLADDER",
    "KIDNEY",
    "UTERUS",
    "CORONARYARTERY",
}
_PLANES: Mapping[str, str] = {
    "axial": r"ax|axial|tra|transversal|transverse|transaxial",
    "coronal": r"cor|coronal|koronar|kor",
    "sagittal": r"sag|sagittal|sagital",
}
_VIEWS: Mapping[str, str] = {  # as PS3.3 C.8.1.1 has them for View Position
    "PA": r"pa|p\.a\.|p/a|posteroanterior|postero[- _]anterior",
    "AP": r"ap|a\.p\.|a/p|anteroposterior|antero[- _]posterior",
    "LATERAL": r"lat|lateral|seitlich|profil|profile",
}
_AGENT = r"(?:contrast|kontrast(?:mittel)?|km|gad\w*|gd|contraste|injection)"
_BOTH = re.compile(
    r"with\s*(?:and|&|/|\+)\s*(?:without|w/?o)|\bw[\s/&+]*(?:and)?[\s/&+]*w/?o\b|\bw/?o\s*(?:/|&|and|\+)+\s*w\b"
    r"|without\s*(?:and|&)\s*with|mit\s*(?:und|u\.|/|\+)\s*ohne|ohne\s*(?:und|u\.|/|\+)\s*mit|avec et sans|sans et avec"
    r"|pre\s*(?:and|&|/|\+)\s*post|vor\s*(?:und|u\.)\s*nach"
)
_WITHOUT = re.compile(
    rf"\b(?:without|w/?o|no|non|ohne|vor|sans|sin|pre|prior to)[\s/-]*(?:i\.?v\.?[\s-]*)?{_AGENT}\b"
    r"|\bnon[\s-]*con\b|\bw/o\s+c\b|\bunenhanced\b|\bnon[\s-]?enhanced\b|\bncct\b|\bnativ(?:e|phase|serie)?\b|\bkm\s?-(?=\s|$|[),;])"
    r"|(?<![a-z0-9])c-(?=$|[\s),;])(?!\s*sp)|\bprecontrast\b|\bnoncontrast\b"
)
_WITH = re.compile(
    rf"\b(?:with|w|w/|mit|m\.|nach|post|after|plus|avec|con|apr[eè]s)[\s/-]*(?:i\.?v\.?[\s-]*)?{_AGENT}(?!\w)"
    rf"|[+]\s*{_AGENT}(?!\w)|\b{_AGENT}\s?[+]|(?<![a-z0-9])c\+(?![a-z])|(?<![a-z0-9])\+\s?c(?![a-z0-9])"
    r"|\bpostcontrast\b|\bcontrast[\s-]*enhanced\b|\bcect\b|\bce[\s-]?(?:ct|mr[ai]?|t1)\b|\bt1\w*[\s_+-]ce\b"
    r"|\b(?:arterial|arteriell|(?:portal|pv|porto)[\s-]*ven(?:ous|[oö]s)|venous|ven[oö]s)(?:e|er)?[\s-]*phase\b|\bportalven(?:ous|[oö]s)\b"
)
_NO_AGENT = re.compile(
    r"\s*(?:none|no|nein|kein\w*|without|ohne|0|n/?a|not? (?:given|applied|used)|-+)\s*", re.IGNORECASE
)


def contrast_in(text: str) -> str | None:
    """Return yes or no where words say of a picture whether a contrast agent was given, else None."""
    text = _plain(text)
    if _BOTH.search(text):
        return None
    without = _WITHOUT.search(text)
    given = _WITH.search(_WITHOUT.sub(" ", text))
    if bool(without) == bool(given):
        return None
    return "yes" if given else "no"


def contrast_by_agent(agent: str) -> str:
    """Return whether the name of a contrast agent is one: yes, or no where it says that none was given."""
    return "no" if _NO_AGENT.fullmatch(agent) else "yes"


def body_part_in(text: str) -> str | None:
    """Return the one body part that words name, None where they name none or several."""
    found = _found(_PARTS, text)
    if len(found) > 1:  # the spine of a part is no second part, nor is the brain in a head
        found = [part for part in found if part.endswith("SPINE")] or found
        found = [part for part in found if part not in ("SPINE", "HEAD")] or found
    return found[0] if len(found) == 1 else None


def plane_in(text: str) -> str | None:
    """Return the one plane that words name, None where they name none or several."""
    found = _found(_PLANES, text)
    return found[0] if len(found) == 1 else None


def view_in(text: str) -> str | None:
    """Return the one view of a radiograph that words name, None where they name none or several."""
    found = _found(_VIEWS, text)
    return found[0] if len(found) == 1 else None


def _found(words: Mapping[str, str], text: str) -> Sequence[str]:
    text = _plain(text)
    return [
        name for name, pattern in words.items() if re.search(rf"(?<![^\W\d_])(?:{pattern})(?![^\W\d_])", text)
    ]


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("_", " ").replace("^", " ").split())

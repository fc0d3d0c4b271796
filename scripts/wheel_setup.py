"""The `setup.py` of the wheel whose readers of text are compiled by mypyc: `build_wheel.sh` puts it beside a copy of the tree.

An install from the checkout has none: it is plain Python and needs no compiler. Of the rooms below every module is compiled
but those named, so a new one is taken by itself.
"""

from pathlib import Path
from typing import Any

from setuptools import setup

MYPY = "mypy==2.4.1"
# What stays as it is: faces, stages and scores, what subclasses or is handed to other packages, what reading does not call.
PLAIN = {
    "parse": {"__init__", "names", "score", "selftest", "spacy_components", "stage"},
    "link": {"__init__", "alone", "resolve", "score", "stage", "words"},
}


def modules() -> list[str]:
    """Return the paths of the modules that are compiled."""
    rooms = Path("radmine")
    return [
        str(p) for room in PLAIN for p in sorted((rooms / room).glob("*.py")) if p.stem not in PLAIN[room]
    ]


def extensions() -> list[Any]:
    """Return the extension modules; none where mypy is missing: pip asks what is required before it builds."""
    try:
        from mypyc.build import mypycify
    except ImportError:
        return []
    # `mypy` itself checks them strictly, with the packages that they import; here those are not looked at.
    options = ["--config-file=", "--no-site-packages", "--ignore-missing-imports", "--follow-imports=silent"]
    return mypycify([*options, *modules()], opt_level="2", debug_level="0", group_name="radmine")


setup(setup_requires=[MYPY], ext_modules=extensions())

"""Every region of every file of an index changed once, and manifests mutated: an error, or the hits of the whole index."""

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from radmine.files import sealed, unsealed
from radmine.search import index_folder
from tests.search.damage import answers, assert_errors_or_right, copied, files_of, flip, small_index
from tests.search.whole import SEARCHES, phantom, whole_corpus

REGIONS = 64  # of a file, at most
MANIFESTS = 500
ALL = (*SEARCHES, {"image": phantom(3)[4:]})


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0])
def test_no_changed_byte_gives_other_hits(tmp_path: Path, seed: int) -> None:
    folder = copied(index_folder(whole_corpus(tmp_path / "made")), tmp_path)
    rng = random.Random(seed)
    right = answers(folder, ALL)
    assert all(isinstance(answer, list) and answer for answer in right)
    errors: dict[Path, int] = {}
    paths = files_of(folder)
    assert len(paths) > 20
    for path in paths:
        size = path.stat().st_size
        starts = sorted({size * region // REGIONS for region in range(REGIONS)})
        for start, end in zip(starts, [*starts[1:], size], strict=True):
            offset = rng.randrange(start, end)
            flip(path, offset)
            found = answers(folder, ALL)
            flip(path, offset)
            assert_errors_or_right(found, right)
            errors[path] = errors.get(path, 0) + (found != right)
        # What a flip leaves of JSON may say the same; in all other files every flip is seen.
        assert path.name == "manifest.json" or errors[path] == len(starts), path
    assert answers(folder, ALL) == right


def mutated(content: bytes, rng: random.Random) -> bytes:
    """Return a manifest with a value, a key or bytes changed; of changed values half have the digest that fits."""
    if rng.random() < 0.3:
        start = rng.randrange(len(content))
        junk = rng.choice(
            [b"", b"[" * 100_000, b"\0", b"\xff", b"9" * 5000, b'"', b"}", b"1e999", b"NaN", b"-"]
        )
        return content[:start] + junk + content[start + rng.choice([0, 1, 1, 40]) :]
    data: dict[str, Any] = unsealed(content)
    values = [None, True, -1, 10**30, 1.5, "", "..", "x" * 10_000, "\0", [], {}, [[]], {"a": {}}, "\ud800"]
    place: Any = data
    while True:
        key = rng.choice(list(place))
        if isinstance(place[key], dict) and place[key] and rng.random() < 0.8:
            place = place[key]
            continue
        break
    change = rng.randrange(3)
    old = place.pop(key)
    if change == 0:
        place[key] = rng.choice(values)
    elif change == 1:
        place[rng.choice(["", "..", "more", "/", "\0", key.upper()])] = old
    if rng.random() < 0.5:
        return sealed(data)
    return json.dumps({"checksum": json.loads(content)["checksum"], **data}).encode()


# What is no damage but a manifest that says another thing, with the digest that fits: a file's time of change, what the
# index was made from, counts. The hits are the same, or an error says what the index does not have.
_SAYS = re.compile("Run `radmine check case`|Search by image|on a corpus with pixels|Make the index again")


@pytest.mark.parametrize("count", [40, pytest.param(MANIFESTS, marks=pytest.mark.slow)], ids=["some", "many"])
@pytest.mark.parametrize("seed", [0])
def test_no_manifest_is_an_internal_error(tmp_path: Path, count: int, seed: int) -> None:
    folder = copied(small_index(tmp_path / "made"), tmp_path)
    rng = random.Random(seed)
    path = folder / "manifest.json"
    content = path.read_bytes()
    right = answers(folder)
    for _ in range(count):
        path.write_bytes(mutated(content, rng))
        for answer, expected in zip(answers(folder), right, strict=True):
            assert answer == expected or (isinstance(answer, str) and _SAYS.search(answer))
        path.write_bytes(content)
    assert answers(folder) == right

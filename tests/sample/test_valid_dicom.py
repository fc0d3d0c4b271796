"""The sample's DICOM files are valid for a validator that is not ours (dciodvfy of dicom3tools)."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from radmine.sample import read_truth, write_sample


def validator() -> str:
    """The path of dciodvfy; without it the test skips, in CI it fails."""
    found = shutil.which("dciodvfy")
    if found is None:
        if os.environ.get("RADMINE_NEEDS_PROGRAMS"):
            pytest.fail("dciodvfy is missing: install the Debian package dicom3tools")
        pytest.skip("dciodvfy is not installed (Debian package dicom3tools)")
    return found


@pytest.mark.slow
def test_every_file_that_is_no_trap_is_valid(tmp_path: Path) -> None:
    program = validator()
    write_sample(tmp_path, reports=12)
    traps = {t.item for t in read_truth(tmp_path / "truth").traps if t.rejected}
    source = tmp_path / "source"
    files = [p for p in sorted((source / "dicom").rglob("*")) if p.is_file()]
    wrong: dict[str, int] = {}
    checked = 0
    for path in files:
        if str(path.relative_to(source)) in traps:
            continue
        result = subprocess.run([program, str(path)], capture_output=True, text=True, errors="replace")
        checked += 1
        for line in (result.stdout + result.stderr).splitlines():
            if line.startswith("Error"):
                wrong[line] = wrong.get(line, 0) + 1
    assert checked > 50
    assert not wrong, "\n".join(f"{n} x {line}" for line, n in wrong.items())

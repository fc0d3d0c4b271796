"""The wheel holds all that the package is made of, and works where there is no checkout."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# `radmine` of a wheel, as its entry point calls it, with the libraries of this environment but not its own radmine.
CLI = "import sys; from radmine.cli import main; main(sys.argv[1:])"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, built of a copy of the tree, so that nothing left from an earlier build comes in."""
    tree, out = tmp_path_factory.mktemp("tree"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    shutil.copytree(ROOT / "radmine", tree / "radmine", ignore=shutil.ignore_patterns("__pycache__"))
    # The back end itself, as a front end calls it: no network, no environment of its own.
    build = f"from setuptools.build_meta import build_wheel; build_wheel({str(out)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=tree, check=True, capture_output=True)
    (made,) = out.glob("*.whl")
    return made


def test_every_file_of_the_package_is_in_it(wheel: Path) -> None:
    tree = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "radmine").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("radmine/")}
    assert packed == tree
    assert len([name for name in packed if "/data/" in name]) > 20
    assert "radmine/sample/data/settings.toml" in packed


@pytest.mark.slow
def test_it_works_where_there_is_no_checkout(wheel: Path, tmp_path: Path) -> None:
    venv, here = tmp_path / "venv", tmp_path / "here"
    here.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    (packages,) = venv.glob("lib/python*/site-packages")
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        packages,
    ]
    subprocess.run([*install, wheel], check=True)
    # Its libraries are those of this environment, whose .pth files, which lead to the checkout, are not read so.
    libraries = [p for p in sys.path if Path(p).name == "site-packages"]
    (packages / "libraries.pth").write_text("".join(f"{path}\n" for path in libraries))
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "RADMINE_HOME")}

    def radmine(*arguments: str, stdin: str = "") -> str:
        command = [venv / "bin" / "python", "-I", "-c", CLI, *arguments]
        done = subprocess.run(command, cwd=here, env=environment, input=stdin, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    from_wheel = [venv / "bin" / "python", "-I", "-c", "import radmine; print(radmine.__file__)"]
    found = subprocess.run(from_wheel, cwd=here, capture_output=True, text=True, check=True).stdout
    assert Path(found.strip()).is_relative_to(venv)

    next_line = radmine("sample", "made", "--reports", "12").splitlines()[-1]
    assert (
        next_line == "Next: radmine ingest NAME made/source && radmine run NAME --settings made/settings.toml"
    )
    radmine("ingest", "small", "made/source")
    outcome = radmine("run", "small", "--settings", "made/settings.toml", "--through", "label", "--json")
    assert {json.loads(line)["status"] for line in outcome.splitlines()} <= {"done", "up to date"}
    assert "min_positives = 12  # own; default: 10" in radmine("settings", "small")
    assert "# Pixels a side of the stored square.\nsize = 224" in radmine("settings", "--defaults")
    for scheme, name in (("chexpert", "Pleural Effusion"), ("chestxray14", "Effusion")):
        (line,) = radmine("label", "-", "--scheme", scheme, stdin="Small left effusion.").splitlines()
        assert json.loads(line)["labels"][name]["assertion"] == "present"
    assert "settings" in radmine("docs")
    assert "min_positives" in radmine("docs", "settings")
    assert radmine("--version").split()[1] in wheel.name

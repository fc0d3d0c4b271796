#!/usr/bin/env bash
# Builds the wheel whose readers of text are compiled (see wheel_setup.py), installs it into a fresh environment and runs there the
# tests of the rooms that are compiled or rest on them. The wheel is left in dist/. Needs a C compiler and Python's headers.
#   bash scripts/build_wheel.sh
#   PYTHON=python3.12 RADMINE_VENV=build/venv-3.12 bash scripts/build_wheel.sh    a wheel for another Python: one for each
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
make_environment dev elasticsearch pacs topics vision

cd "$root"
made=$root/build/wheel
rm -rf "$made"
mkdir -p "$made/tree" "$made/out" "$made/here" dist
cp pyproject.toml README.md LICENSE "$made/tree"
cp scripts/wheel_setup.py "$made/tree/setup.py"
cp -r radmine "$made/tree" # a copy: nothing left from an earlier build comes in
find "$made/tree" \( -name __pycache__ -o -name '*.so' \) -prune -exec rm -rf {} +

say "wheel: compiling (some minutes)"
python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$made/out" "$made/tree"

say "wheel: installing into $made/env"
python -m venv --without-pip "$made/env"
packages=$("$made/env/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
python -m pip install --quiet --disable-pip-version-check --no-deps --no-index --target "$packages" "$made/out/"*.whl
# Its libraries are those of the environment that tests, but not the checkout to which that one's .pth files lead.
python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' >"$packages/libraries.pth"

say "wheel: tests on the compiled package"
cp -r tests scripts pyproject.toml "$made/here" # some tests run the benchmarks of their own sentences
cd "$made/here"
unset PYTHONPATH
"$made/env/bin/python" -c 'from radmine.parse import COMPILED; assert COMPILED, "the wheel is not compiled"'
"$made/env/bin/python" -m pytest tests/parse tests/findings tests/link tests/label "$@"

cp "$made/out/"*.whl "$root/dist"
say "wheel: $(cd "$root/dist" && ls -t -- *.whl | head -n 1)"

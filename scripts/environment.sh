# Sourced by run.sh and test.sh: a virtual environment with radmine in it, made once and made again when
# pyproject.toml changes. Leaves the environment's programs first on the PATH.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=${RADMINE_VENV:-$root/.venv}

say() { printf '== %s\n' "$*" >&2; }

make_environment() { # make_environment EXTRA...
    local python extras stamp wanted
    python=${PYTHON:-python3}
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
        echo "radmine needs Python 3.11 or newer; $("$python" --version) is here. Set PYTHON=/path/to/python3.11." >&2
        exit 2
    }
    # faiss-cpu and faiss-gpu ship the same module, so only one may be installed.
    if command -v nvidia-smi >/dev/null 2>&1 && nvidia-smi -L >/dev/null 2>&1; then extras=gpu; else extras=cpu; fi
    for extra in "$@"; do extras=$extras,$extra; done
    wanted="$extras $("$python" --version) $(cksum <"$root/pyproject.toml")"
    stamp=$venv/radmine-installed
    # What an earlier call installed stays: "cpu" is satisfied by "cpu,dev".
    if [ -f "$stamp" ] && grep -qxF -- "$wanted" "$stamp"; then
        say "environment: $venv is ready"
    else
        say "environment: installing radmine[$extras] into $venv (the first time takes minutes and about 6 GB)"
        [ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -e "$root[$extras]"
        printf '%s\n' "$wanted" >>"$stamp"
    fi
    export PATH=$venv/bin:$PATH
}

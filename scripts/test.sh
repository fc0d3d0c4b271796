#!/usr/bin/env bash
# Runs the tests.
#   bash scripts/test.sh          the fast ones, under 3 minutes: what pytest runs by itself
#   bash scripts/test.sh --slow   the rest: SIGKILL over heavy stages, servers
set -euo pipefail
. "$(dirname "$0")/environment.sh"
make_environment dev elasticsearch llm ocr pacs topics vision weights

cd "$root"
if [ "${1:-}" = --slow ]; then
    shift
    exec python -m pytest -m slow -n 0 "$@"
fi
exec python -m pytest "$@"

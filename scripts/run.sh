#!/usr/bin/env bash
# Takes a corpus through every stage and searches it.
#   bash scripts/run.sh          makes the sample corpus first
#   bash scripts/run.sh PATH     a folder of your own: reports (CSV, JSONL, Parquet, text, SR) and DICOM or PNG
set -euo pipefail
. "$(dirname "$0")/environment.sh"
make_environment weights

export RADMINE_HOME=${RADMINE_HOME:-$root}
if [ $# -gt 0 ]; then
    source=$(cd "$1" && pwd)
    name=$(basename "$source" | tr -c 'A-Za-z0-9_\n-' '_')
    settings=()
else
    name=sample
    source=$root/build/sample/source
    settings=(--settings "$root/build/sample/settings.toml")
    if [ ! -f "$root/build/sample/settings.toml" ]; then # moved into place once it is whole
        say "sample"
        rm -rf "$root/build/sample.partial" "$root/build/sample"
        radmine sample "$root/build/sample.partial" >&2
        mv "$root/build/sample.partial" "$root/build/sample"
    fi
fi

say "ingest"
radmine ingest "$name" "$source" "${settings[@]}"
say "run"
radmine run "$name"
say "search"
radmine search "$name" --example

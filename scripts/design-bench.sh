#!/bin/sh
# Designed calls against random calls on a live small model, in about six minutes: a pilot of every cell for the pace, a pool of every cell, ten seeds drawn from it.
# Usage: scripts/design-bench.sh [SCENARIO [PAGE]]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
scenario=${1:-Scenarios/design-nano.yaml}
page=${2:-docs/benchmarks/design.md}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

play() { # NAME -> the run folder of the only run under it
    timeout 400 "$root/loadlab" run "$work/$1.yaml" --out "$work/$1" --lateness-gate 1s >&2
    ls -d "$work/$1"/*/
}

cd "$root"
./loadlab calibrate --design "$scenario" --repeats 3 -o "$work/pilot.yaml" >&2
pilot=$(play pilot)
./loadlab calibrate "$pilot" -o "$work/pilot-profile.yaml" >&2
./loadlab calibrate --design "$scenario" --profile "$work/pilot-profile.yaml" --repeats 20 -o "$work/pool.yaml" >&2
pool=$(play pool)
./loadlab calibrate "$pool" --design "$scenario" --budget 12gpu-s --trials 10 --page "$page"

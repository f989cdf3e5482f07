#!/bin/sh
# Designed calls against random calls on a live small model, in about eight minutes: a pilot of every cell for the pace, a pool of every cell, ten seeds drawn from it, then 400 for how often it holds.
# Usage: scripts/design-bench.sh [SCENARIO [PAGE]]
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
scenario=${1:-Scenarios/design-nano.yaml}
page=${2:-docs/benchmarks/design.md}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

play() { # NAME -> the run folder of the only run under it
    timeout 580 "$root/loadlab" run "$work/$1.yaml" --out "$work/$1" --lateness-gate 1s >&2
    ls -d "$work/$1"/*/
}

cd "$root"
./loadlab calibrate --design "$scenario" --repeats 2 -o "$work/pilot.yaml" >&2
pilot=$(play pilot)
./loadlab calibrate "$pilot" -o "$work/pilot-profile.yaml" >&2
./loadlab calibrate --design "$scenario" --profile "$work/pilot-profile.yaml" --repeats 14 -o "$work/pool.yaml" >&2
pool=$(play pool)
# About two calls a cell: what an hour of GPU-time is to calls of some minutes.
judge() { ./loadlab calibrate "$pool" --design "$scenario" --budget 6gpu-s --trials "$@"; }
verdict=0
judge 10 --page "$page" || verdict=$?
many=$(judge 400 | grep -a 'designed calls were closer in' || true)
printf '\nTen draws are few. Of many from the same pool: %s.\n' "$many" >> "$page"
echo "$many"
exit $verdict

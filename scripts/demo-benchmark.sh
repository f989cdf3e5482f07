#!/usr/bin/env bash
# Runs the demo as a user would and records what it printed, with machine and duration, in docs/benchmarks/demo.md.
set -euo pipefail
cd "$(dirname "$0")/.."
out=docs/benchmarks/demo.md
runs=$(mktemp -d)
trap 'rm -rf "$runs"' EXIT
./loadlab doctor >"$runs/doctor.txt"
load=$(cut -d' ' -f1-3 /proc/loadavg)
began=$SECONDS
./loadlab demo --out "$runs/out" >"$runs/demo.txt" 2>"$runs/progress.txt"
took=$((SECONDS - began))
{
    echo "# The demo"
    echo
    echo "Written by \`scripts/demo-benchmark.sh\`. Command: \`./loadlab demo\` after the first build, $took s (limit 180 s). Machine: $(lscpu | sed -n 's/^Model name: *//p'), $(nproc) cores. Load averages before: $load."
    echo
    echo '```'
    sed "s#$runs#RUNS#g" "$runs/progress.txt" | grep -vE '^run folder'
    sed "s#$runs#RUNS#g; s/ *$//" "$runs/demo.txt" | grep -vE '^page:'
    echo '```'
} >"$out"
cat "$out"
[ "$took" -lt 180 ]

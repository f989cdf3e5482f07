#!/usr/bin/env bash
# What the serving core costs for each event; writes docs/benchmarks/serving.md. Takes about a minute after the build; run it on an idle machine.
set -euo pipefail
cd "$(dirname "$0")/.."
out=docs/benchmarks/serving.md
program=artifacts/bin/LoadLab.Benchmarks/release/LoadLab.Benchmarks
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
dotnet build -v quiet -nologo -m:1 tests/LoadLab.Benchmarks >&2
load=$(cut -d' ' -f1-3 /proc/loadavg)
"$program" --filter '*ServingBenchmark*' --artifacts "$results" >"$results/log" 2>&1 || { tail -40 "$results/log" >&2; exit 1; }
{
    echo "# The serving core: cost of an event"
    echo
    echo "Written by \`scripts/serving-bench.sh\` on $(date -u +%Y-%m-%d). Command: \`LoadLab.Benchmarks --filter '*ServingBenchmark*'\`, each figure the mean over 10,000 events a time."
    echo "Machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) processors, .NET $(dotnet --version). Load before (1, 5, 15 min): $load."
    echo
    echo "Steady state under virtual time: for every job that ends another one arrives, so that the queue keeps its length; batches of up to 4 in windows of 200 ms, three tiers with ageing, three retries, every 97th batch fails."
    echo "Small: 900 waiting, 8 replicas, 8 shapes, a longest wait in the last tier; bound 1 µs. Large: 10,000 waiting, 64 replicas, 64 shapes, fair share among 1,000 tenants; bound 20 µs."
    echo "Time and bytes hold the host that feeds the core: the job's view and the events are among the bytes. With the journal: every row is written, to a stream that keeps nothing."
    echo "That nothing grows with time is a test: \`GrowthTests\` compares the live bytes after 100,000 and after 400,000 events."
    echo
    sed -n '/^|/p' "$results"/results/*-report-github.md | sed 's/\*\*//g'
    echo
    echo "Load after: $(cut -d' ' -f1-3 /proc/loadavg)."
} >"$results/page"
cat "$results/page" >"$out"
cat "$out"

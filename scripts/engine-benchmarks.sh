#!/bin/sh
# Runs the stall test and the lateness benchmark and writes docs/benchmarks/engine.md with the machine and the commands. Takes about fifteen minutes.
set -eu
cd "$(dirname "$0")/.."
out=docs/benchmarks/engine.md
page=$(mktemp)
trap 'rm -f "$page"' EXIT
{
    echo "# Load engine: benchmarks"
    echo
    echo "Written by \`scripts/engine-benchmarks.sh\` on $(date -u +%Y-%m-%d)."
    echo "Machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) processors, Linux $(uname -r | cut -d- -f1), .NET $(dotnet --version)."
    echo "Load of the machine before (1, 5, 15 min): $(cut -d' ' -f1-3 /proc/loadavg)."
    echo
    echo "## Stall test"
    echo
    echo "\`scripts/stall-test.sh\`: 100 calls a second for 15 s, 20 ms of service, every request that arrives in t = 5..8 s is held until t = 8 s."
    echo "Service and load generator are two processes. Rows marked published were measured on another day with the same service rule."
    echo
    scripts/stall-test.sh 2> /dev/null
    echo
    echo "## Lateness at steady rates"
    echo
    echo "\`scripts/lateness-bench.sh\`: plain calls at ${RATES:-1, 100, 1000 and 5000} a second for ${SECONDS_LONG:-15} s (twice as long at 1 a second) against a service that answers at once, in its own process."
    echo "The table is taken at the service, the same way for each tool: gap CV is 0 for even spacing, the error is the distance of an arrival from the even grid."
    echo "It holds the service's own delays too. Below it, what LoadLab recorded of itself: lateness is the time of the send call less the intended time."
    echo
    scripts/lateness-bench.sh 2> "$page.notes"
    echo
    echo '```'
    grep -A2 -e 'calls/s for' -e '^LoadLab' -e skipped -e failed "$page.notes" | grep -v '^--' | uniq
    echo '```'
    echo
    echo "## A million calls"
    echo
    echo "\`scripts/million-run.sh\`: \`loadlab run\` of 1,000,000 plain calls at 5,000 a second; resident memory of the engine's process as the run itself sampled it."
    echo
    scripts/million-run.sh 2> /dev/null
    echo
    echo "Load of the machine after: $(cut -d' ' -f1-3 /proc/loadavg)."
} > "$page"
rm -f "$page.notes"
mkdir -p docs/benchmarks
cat "$page" > "$out"
cat "$out"

#!/usr/bin/env bash
# How fast and how small the simulator is, beside SimPy on the same M/M/8; writes docs/benchmarks/simulator.md. Takes about three minutes after the build; run it on an idle machine.
# SimPy is Debian's python3-simpy; where it is not installed its rows say so. PYTHONPATH may name a folder that holds it.
set -euo pipefail
cd "$(dirname "$0")/.."
out=docs/benchmarks/simulator.md
program=artifacts/bin/LoadLab.Benchmarks/release/LoadLab.Benchmarks
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
dotnet build -v quiet -nologo -m:1 tests/LoadLab.Benchmarks >&2
one=()
command -v taskset >/dev/null && one=(taskset -c 0)

run() { timeout 300 "${one[@]}" "$program" simulator "$1" "$2" "$3" >"$results/$1-$2" 2>"$results/error" || { cat "$results/error" >&2; exit 1; }; }
field() { sed "s/.*$1=\([^ ]*\).*/\1/"; }
best() { awk 'NR == 1 || $2 < least { least = $2; line = $0 } END { print line }' FS='run_s=' "$1"; }
thousands() { printf '%.0f' "$1" | sed ':a;s/\B[0-9]\{3\}\>/,&/;ta'; }
row() { echo "| $1 | $(thousands "$(field calls <<<"$2")") | $(thousands "$(field events <<<"$2")") | $(field run_s <<<"$2") | $(thousands "$(field events_per_s <<<"$2")") | $(thousands "$(field calls_per_s <<<"$2")") | $(field bytes_per_event <<<"$2") | $(field peak_rss_mb <<<"$2") |"; }

load=$(cut -d' ' -f1-3 /proc/loadavg)
# As ./loadlab sets them for simulations.
export DOTNET_TieredPGO=1 DOTNET_TC_CallCountingDelayMs=0 DOTNET_TC_CallCountThreshold=3E8 DOTNET_GCgen0size=4000000
run rules 1000000 8
run day 1000000 4
run markov 1000000 4
for i in 1 2 3 4 5; do
    run day 100000 1
    cat "$results/day-100000" >>"$results/cold"
done
run rules 10000000 1
simpy=$(timeout 300 "${one[@]}" python3 scripts/simpy-mm8.py 200000 2>&1) || simpy="absent: ${simpy##*$'\n'}"
cold=$(best "$results/cold")
slowest=$(field run_s <"$results/cold" | sort -n | tail -n 1)
markov=$(best "$results/markov-1000000")
{
    echo "# The simulator: speed and memory"
    echo
    echo "Written by \`scripts/simulator-bench.sh\` on $(date -u +%Y-%m-%d). Command: \`LoadLab.Benchmarks simulator SCENE CALLS TIMES\`, on one core${one:+ (\`${one[*]}\`)}: the fastest of the times, each a whole simulation without rows or journal."
    echo "Machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) processors, .NET $(dotnet --version). Load before (1, 5, 15 min): $load."
    echo
    echo "Rules: three tiers with ageing and a longest wait, windows of 200 ms for batches of up to 4, the article's scaling rule from 32 to 64 replicas, stages told apart; calls of 1 s at 80 a second. Long: the same with calls of 45 s in a day."
    echo "An event is one that the serving core handled: arrivals, ends of stages and batches, timers. Bounds: 2,000,000 events/s, 500,000 calls/s, 10,000,000 calls in 500 MB, a day of 100,000 calls in 1 s."
    echo
    echo "| scene | calls | events | seconds | events/s | calls/s | bytes/event | peak MB |"
    echo "|---|---|---|---|---|---|---|---|"
    row "rules, 64 replicas" "$(best "$results/rules-1000000")"
    row "long, 64 replicas" "$(best "$results/day-1000000")"
    row "M/M/8" "$markov"
    row "rules, 10 million calls, schedule held, from a cold start" "$(cat "$results/rules-10000000")"
    row "a day of 64 GPUs and 100,000 calls, from a cold start" "$cold"
    echo
    echo "All run as \`./loadlab simulate\` does: what was called 1,000 times is compiled well at once, by what was seen of it (\`DOTNET_TC_CallCountingDelayMs=0 DOTNET_TC_CallCountThreshold=3E8\`), and garbage is collected after 64 MB (\`DOTNET_GCgen0size=4000000\`). A cold start is a process's first run, its compilation included: of the day's the fastest of five processes, the slowest took $slowest s. The other rows are from a warm process. Planning those calls took another $(field schedule_s <"$results/rules-10000000") s (10 million) and $(field schedule_s <<<"$cold") s (the day); the hash of a schedule is computed only when a run folder is written."
    echo
    echo "## Beside SimPy"
    echo
    echo "M/M/8, 6.4 calls a second of 1 s; the mean wait by theory is 0.286028 s."
    echo
    echo "| simulator | calls | seconds | calls/s | mean wait, s |"
    echo "|---|---|---|---|---|"
    echo "| LoadLab, the serving core with its account and laws | $(thousands "$(field calls <<<"$markov")") | $(field run_s <<<"$markov") | $(thousands "$(field calls_per_s <<<"$markov")") | $(field wait_s <<<"$markov") |"
    if [[ $simpy == simpy=* ]]; then
        rate=$(awk -v c="$(field calls <<<"$simpy")" -v s="$(field run_s <<<"$simpy")" 'BEGIN { print c / s }')
        echo "| SimPy $(field simpy <<<"$simpy"), the queue alone | $(thousands "$(field calls <<<"$simpy")") | $(field run_s <<<"$simpy") | $(thousands "$rate") | $(field wait_s <<<"$simpy") |"
        echo
        echo "LoadLab plays $(awk -v a="$(field calls_per_s <<<"$markov")" -v b="$rate" 'BEGIN { printf "%.1f", a / b }') times as many calls a second."
    else
        echo "| SimPy | skipped: ${simpy#absent: } | | | |"
    fi
    echo
    echo "Load after: $(cut -d' ' -f1-3 /proc/loadavg)."
} >"$results/page"
cat "$results/page" >"$out"
cat "$out"

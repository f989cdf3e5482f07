#!/bin/sh
# One million plain calls at 5,000 a second through `loadlab run` against a service that answers at once, in a process of its own: does the engine's memory stay flat?
# Prints what the run said, and the engine's resident memory when call 100,000 was sent, at its highest after that, and less the schedule's bytes.
# Environment: RATE (5000), CALLS (1000000).
set -eu
cd "$(dirname "$0")/.."
rate=${RATE:-5000}
calls=${CALLS:-1000000}
dotnet build -c Release -v quiet -clp:ErrorsOnly tests/LoadLab.LoadProbe >&2
scratch=$(mktemp -d)
mkfifo "$scratch/in"
dotnet artifacts/bin/LoadLab.LoadProbe/release/LoadLab.LoadProbe.dll serve < "$scratch/in" > "$scratch/ready" &
server=$!
exec 3> "$scratch/in"
trap 'exec 3>&-; wait "$server" || true; rm -rf "$scratch"' EXIT
tries=0
until [ -s "$scratch/ready" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || { echo "the service did not start" >&2; exit 1; }
    sleep 0.2
done
port=$(sed 's/.*"port":\([0-9]*\).*/\1/' "$scratch/ready")
cat > "$scratch/million.yaml" <<SCENARIO
name: million
workload:
  duration: $((calls / rate))s
  arrivals: [ { constant: { rate: $rate/s } } ]
  process: even
target: { kind: http, url: "http://127.0.0.1:$port/fast", protocol: plain }
SCENARIO
failed=0
./loadlab run "$scratch/million.yaml" --out "$scratch/runs" > "$scratch/out" 2> "$scratch/log" || failed=$?
run=$(ls -d "$scratch"/runs/million-*)
sed -n 's/^ *"verdict": "\(.*\)",$/\1/p' "$run/run.json"
echo
awk -F, -v mark=$((100000 / rate)) -v calls="$calls" '
    $2 == "engine" && $3 == "memory.resident" && $1 >= 0 { last = $5; if ($1 <= mark) at = $5; else if ($5 > most) most = $5; if (!first) first = $5 }
    END {
        printf "| engine resident memory | MiB |\n|---|---|\n| at the start | %.1f |\n| at call 100,000 | %.1f |\n| highest after it | %.1f (%+.1f %%) |\n| at the end | %.1f |\n| highest, less 48 bytes a planned call | %.1f |\n",
            first / 1048576, at / 1048576, most / 1048576, 100 * (most - at) / at, last / 1048576, (most - 48 * calls) / 1048576
    }' "$run/samples.csv"
exit "$failed"

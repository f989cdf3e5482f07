#!/bin/sh
# Many jobs in flight at a service that must be asked about each, played by the engine over HTTP against a stub in a process of its own:
# polls a second as the service counts them in windows of ten seconds, the client's knowledge of the ends, its processor time and its memory.
# All jobs are sent in the first seconds (500 a second), then one whenever one would end that takes as long as the service's do; at the end those in flight are left.
# Environment: MINUTES (5), JOBS (10000), MEDIAN (600, seconds), SIGMA (0.3), RATE (200 polls a second), PROTOCOL (fal-queue: it tells no times and no progress),
# STUBS (the stub's assembly; built when not given).
set -eu
cd "$(dirname "$0")/.."
minutes=${MINUTES:-5}
jobs=${JOBS:-10000}
median=${MEDIAN:-600}
sigma=${SIGMA:-0.3}
rate=${RATE:-200}
protocol=${PROTOCOL:-fal-queue}
dotnet build -c Release -v quiet -clp:ErrorsOnly tests/LoadLab.LoadProbe >&2
stubs=${STUBS:-}
if [ -z "$stubs" ]; then
    dotnet build -c Release -v quiet -clp:ErrorsOnly tests/LoadLab.Stubs >&2
    stubs=artifacts/bin/LoadLab.Stubs/release/LoadLab.Stubs.dll
fi

ulimit -n "$(ulimit -H -n)" 2> /dev/null || true
scratch=$(mktemp -d)
mkfifo "$scratch/in"
dotnet "$stubs" "$protocol" --port 0 --jobs-median "${median}s" --sigma "$sigma" < "$scratch/in" > "$scratch/out" &
server=$!
exec 3> "$scratch/in"
trap 'exec 3>&-; wait "$server" || true; rm -rf "$scratch"' EXIT
tries=0
until [ -s "$scratch/out" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 150 ] || { echo "the service did not start" >&2; exit 1; }
    sleep 0.2
done
port=$(sed 's/.*"port":\([0-9]*\).*/\1/' "$scratch/out")
TieredPGO=0 dotnet artifacts/bin/LoadLab.LoadProbe/release/LoadLab.LoadProbe.dll polls --url "http://127.0.0.1:$port/" \
    --protocol "$protocol" --jobs "$jobs" --minutes "$minutes" --median "$median" --sigma "$sigma" --rate "$rate"
exec 3>&-
wait "$server" || true
tail -1 "$scratch/out"

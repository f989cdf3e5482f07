#!/bin/sh
# 1,000 plain calls a second for 30 s against a service that answers at once, in a process of its own; then httperf, hey and loadtest at the same rate.
# The table is taken at the service, the same way for each tool: count of arrivals, variation of the gaps, distance from the even grid.
# A tool that is missing is skipped (apt-get install httperf hey; loadtest is fetched with npm into a temporary folder).
# Environment: RATE (1000), SECONDS_LONG (30).
set -eu
cd "$(dirname "$0")/.."
rate=${RATE:-1000}
long=${SECONDS_LONG:-30}
dotnet build -c Release -v quiet -clp:ErrorsOnly tests/LoadLab.LoadProbe >&2
probe="dotnet artifacts/bin/LoadLab.LoadProbe/release/LoadLab.LoadProbe.dll"
scratch=$(mktemp -d)
mkfifo "$scratch/in"
$probe serve < "$scratch/in" > "$scratch/ready" &
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
url="http://127.0.0.1:$port/"

# The service compiles itself while it is first loaded: no tool's row should hold that.
$probe lateness --url "$url" --rate "$rate" --seconds 3 > /dev/null 2>&1 || true

echo "| tool | arrivals | gap CV | error p50 ms | error p99 ms |"
echo "|---|---|---|---|---|"
failed=0
$probe lateness --url "$url" --rate "$rate" --seconds "$long" || failed=1
$probe lateness --url "$url" --rate "$rate" --seconds "$long" --send pool --name "LoadLab, sent on the thread pool" || true

peer() { # name, command...
    name=$1
    shift
    if ! command -v "$1" > /dev/null 2>&1; then
        echo "$name is not installed: skipped" >&2
        return
    fi

    $probe reset --url "$url"
    "$@" > "$scratch/peer.log" 2>&1 || { echo "$name failed:" >&2; tail -3 "$scratch/peer.log" >&2; return; }
    $probe arrivals --url "$url" --rate "$rate" --name "$name"
}

peer httperf httperf --hog --server 127.0.0.1 --port "$port" --uri /fast --rate "$rate" --num-conns $((rate * long)) --num-calls 1
peer hey hey -z "${long}s" -c 10 -q $((rate / 10)) "${url}fast"
if command -v npm > /dev/null 2>&1 && npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$scratch/npm" loadtest@8.2.1 > "$scratch/npm.log" 2>&1; then
    peer loadtest "$scratch/npm/node_modules/.bin/loadtest" -t "$long" -c 10 --rps "$rate" "${url}fast"
else
    echo "loadtest could not be fetched: skipped" >&2
fi

exit "$failed"

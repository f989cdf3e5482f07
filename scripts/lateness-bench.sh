#!/bin/sh
# Plain calls at 1, 100, 1,000 and 5,000 a second against a service that answers at once, in a process of its own; then httperf, loadtest, hey, h2load and autocannon at the same rates.
# The table is taken at the service, the same way for each tool: count of arrivals, variation of the gaps, distance from the even grid.
# A tool that is missing is skipped (apt-get install httperf hey nghttp2-client; loadtest and autocannon are fetched with npm into a temporary folder).
# Environment: RATES ("1 100 1000 5000"), SECONDS_LONG (15; at 1 call a second twice as long).
set -eu
cd "$(dirname "$0")/.."
rates=${RATES:-1 100 1000 5000}
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
npm=$scratch/npm
if ! command -v npm > /dev/null 2>&1 || ! npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$npm" loadtest@8.2.1 autocannon@9.0.0 > "$scratch/npm.log" 2>&1; then
    echo "loadtest and autocannon could not be fetched: skipped" >&2
fi

# The service compiles itself while it is first loaded: no tool's row should hold that.
$probe lateness --url "$url" --rate 1000 --seconds 3 > /dev/null 2>&1 || true

peer() { # name, command...
    name=$1
    shift
    if ! command -v "$1" > /dev/null 2>&1; then
        echo "$name is not installed: skipped" >&2
        return
    fi

    $probe reset --url "$url"
    timeout $((3 * long + 30)) "$@" > "$scratch/peer.log" 2>&1 || { echo "$name failed or did not end in time at $rate calls/s:" >&2; tail -3 "$scratch/peer.log" >&2; return; }
    $probe arrivals --url "$url" --rate "$rate" --name "$name" | row
}

row() { sed "s/^| /| $rate | /"; }

echo "| calls/s | tool | arrivals | gap CV | error p50 ms | error p99 ms |"
echo "|---|---|---|---|---|---|"
failed=0
for rate in $rates; do
    long=${SECONDS_LONG:-15}
    [ "$rate" -gt 1 ] || long=$((2 * long))
    echo "$rate calls/s for $long s" >&2
    $probe lateness --url "$url" --rate "$rate" --seconds "$long" > "$scratch/own" || failed=1
    row < "$scratch/own"

    # Each connection of hey, h2load and autocannon gets its share of the rate.
    clients=$((rate < 10 ? rate : rate < 1000 ? 10 : rate / 100))
    peer httperf httperf --hog --server 127.0.0.1 --port "$port" --uri /fast --rate "$rate" --num-conns $((rate * long)) --num-calls 1
    peer loadtest "$npm/node_modules/.bin/loadtest" -t "$long" -c "$clients" --rps "$rate" "${url}fast"
    peer hey hey -z "${long}s" -c "$clients" -q $((rate / clients)) "${url}fast"
    peer h2load h2load --h1 -c "$clients" -D "$long" --rps $((rate / clients)) "${url}fast"
    peer autocannon "$npm/node_modules/.bin/autocannon" -d "$long" -c "$clients" -R "$rate" "${url}fast"
done

exit "$failed"

#!/usr/bin/env bash
# Plants faults in a copy of the tree, one at a time, and shows that tests fail each time; writes docs/benchmarks/mutations.md. Exit code 1 when a fault passes.
# Takes some minutes. Nothing outside the copy is changed but the page.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
page=docs/benchmarks/mutations.md
tests=LoadLab.Fleet.Tests
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z --cached --others --exclude-standard | xargs -0 -I{} sh -c '[ ! -f "$1" ] || cp --parents "$1" "$2"' _ {} "$copy"
cd "$copy"

# Builds the copy and runs the simulator's tests; prints the names of those that fail, or "does not compile".
failing() {
    if ! dotnet build -v quiet -nologo -m:1 "tests/$tests" >build.log 2>&1; then
        echo "does not compile: $(grep -m1 -o 'error.*' build.log || tail -1 build.log)"
        return
    fi
    timeout 300 "artifacts/bin/$tests/release/$tests" -class LoadLab.Fleet.Tests.VirtualTimelineTests -class LoadLab.Fleet.Tests.RuleLawTests -class LoadLab.Fleet.Tests.FleetSimulationTests -class LoadLab.Fleet.Tests.TallyTests >run.log 2>&1 || true
    sed -E 's/\x1b\[[0-9;]*m//g' run.log | sed -nE 's/^ *LoadLab\.Fleet\.Tests\.([A-Za-z0-9_.]+).*\[FAIL\]$/\1/p' | sort -u
}

# Puts the text after the first match of a pattern in its place (perl, whole file); stops when the pattern is not there any more.
plant() {
    perl -0pi -e 'BEGIN { $from = shift @ARGV; $to = shift @ARGV } $done = s/$from/$to/ee; END { exit($done ? 0 : 3) }' "$2" "$3" "$1" || { echo "$1: the fault does not fit the code any more: $2" >&2; exit 2; }
}

rows=""
passed=0
check() {
    local found
    found=$(failing)
    if [ -z "$found" ] || [[ $found == "does not compile"* ]]; then
        echo "$1: ${found:-no test fails}" >&2
        rows+="| $1 | **${found:-none}** |"$'\n'
        passed=1
    else
        echo "$1: $(wc -l <<<"$found") test(s) fail" >&2
        rows+="| $1 | $(paste -sd, <<<"$found" | sed 's/,/, /g; s/_/\\_/g') |"$'\n'
    fi
    # Back to what is right.
    for file in "${@:2}"; do
        cp "$root/$file" "$file"
    done
}

start=$SECONDS
echo "without a fault ..." >&2
sound=$(failing)
[ -z "$sound" ] || { echo "tests fail without a fault: $sound" >&2; exit 2; }

timeline=Harness/LoadLab.Fleet/VirtualTimeline.cs
plant $timeline '(_sequence)\+\+, place|Instant\.Max\(at, Now\), id\)' '$1 ? "_sequence--, place" : "Instant.Max(at, Now), -id)"'
check "Events of one instant come in the wrong order (\`VirtualTimeline\`)" $timeline

account=Harness/LoadLab.Serving/ReplicaUsageAccount.cs
plant $account '_busy \+= passed;' '"_busy += passed.Seconds > 1 ? passed - Duration.FromSeconds(1) : passed;"'
check "A second of each stretch of work is booked as idle (\`ReplicaUsageAccount\`)" $account

policy=Harness/LoadLab.Serving/Batching/WindowBatching.cs
clients=Harness/LoadLab.Fleet/SimulatedClients.cs
plant $policy 'var end = oldest \+ options\.Window;' '"if (!(NextArrival <= oldest + options.Window))\n        {\n            return BatchDecision.Run(line.Length, \"window\");\n        }\n\n        var end = oldest + options.Window;"'
plant $policy 'public bool LinesByModel => false;' '"[System.ThreadStatic]\n    public static Instant? NextArrival;\n\n    public bool LinesByModel => false;"'
cat >>$policy <<'CS'

public static class Future
{
    public static void Tell(Instant? next) => WindowBatching.NextArrival = next;
}
CS
plant $clients 'return new ServingEvent\.Arrived' '"LoadLab.Serving.Batching.Future.Tell(NextArrival);\n        return new ServingEvent.Arrived"'
check "A batching policy is told when the next call will come (\`WindowBatching\`)" $policy $clients

clientsEnd=Harness/LoadLab.Fleet/SimulatedClients.cs
plant $clientsEnd 'now - state\.(Call\.)?Intended' '"$& + new Duration(1)"'
check "The tally counts a nanosecond too much for each call (\`SimulatedClients\`)" $clientsEnd

cd "$root"
{
    echo "# Faults planted in the simulator"
    echo
    echo "Written by \`scripts/mutation-check.sh\` on $(date -u +%Y-%m-%d), in $((SECONDS - start)) s: each fault is planted alone in a copy of the tree; the tests beside it fail. Only the timeline's, the laws' and the simulation's own tests were run (\`$tests\`)."
    echo
    echo "| fault | tests that fail |"
    echo "|---|---|"
    printf '%s' "$rows"
} >"$page"
cat "$page"
exit $passed

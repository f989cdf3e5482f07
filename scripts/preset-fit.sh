#!/usr/bin/env bash
# Compares the presets with the public traces they are fitted to and writes docs/benchmarks/presets.md. Needs the traces in ../shared/traces; exit 1 when a bound is not kept.
set -euo pipefail
cd "$(dirname "$0")/.."
tests=tests/LoadLab.Workload.Tests/LoadLab.Workload.Tests.csproj
sections=$(mktemp -d)
trap 'rm -rf "$sections"' EXIT
kept=0
dotnet build -v quiet -nologo "$tests" >&2
LOADLAB_PRESET_FIT="$sections" dotnet test "$tests" --no-build --filter "FullyQualifiedName~PresetFitTests" >&2 || kept=1
ls "$sections"/*.md >/dev/null
{
    cat <<'EOF'
# Presets beside their traces

Written by `scripts/preset-fit.sh`; the same comparison is a test (`PresetFitTests`), which fails when a bound is not kept.

A preset is played at its trace's own rate, over the same days, with 20 seeds. The bound is on the mean over the seeds: one seed is one possible fortnight, the trace is another.
Fano factor: variance of the counts in windows of one length over their mean. Gaps and counts of the preset are those of its whole load: drawn rate and arrival process.
The presets' numbers stand in `Scenarios/presets`; the traces are not part of this repository.

EOF
    awk 'FNR == 1 && NR > 1 { print "" } { print }' "$sections"/*.md
} >docs/benchmarks/presets.md
cat docs/benchmarks/presets.md
exit $kept

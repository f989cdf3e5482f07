#!/bin/sh
# Rates of the tensor kernels on 1 and 2 threads; replaces the figures in docs/benchmarks/tensors.md, between its two marks. Takes about two minutes; run it on an idle machine.
set -eu
cd "$(dirname "$0")/.."
program=artifacts/bin/LoadLab.Benchmarks/release/LoadLab.Benchmarks
page=docs/benchmarks/tensors.md
dotnet build -v quiet -nologo tests/LoadLab.Benchmarks >&2
figures=$(mktemp)
trap 'rm -f "$figures" "$figures.page"' EXIT

suite() {
    echo
    echo "\$ LoadLab.Benchmarks $1 --quick $2"
    "$program" "$1" --quick "$2"
}

{
    echo "Written by \`scripts/tensor-benchmarks.sh\` on $(date -u +%Y-%m-%d). Machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) processors, .NET $(dotnet --version)."
    echo "Load before (1, 5, 15 min): $(cut -d' ' -f1-3 /proc/loadavg). Each line is the best and the median of 15 runs after 0.3 s of warm-up."
    echo
    echo '```'
    for name in gemm attention convolution; do
        suite "$name" 1
        suite "$name" 2
    done
    suite passes 1
    echo '```'
} > "$figures"
awk -v figures="$figures" '
    /^<!-- figures -->$/ { print; while ((getline line < figures) > 0) print line; skipping = 1; next }
    /^<!-- end of figures -->$/ { skipping = 0 }
    !skipping' "$page" > "$figures.page"
cat "$figures.page" > "$page"

#!/bin/sh
# LoadLab and PyTorch on one processor: one forward of the mid Wan transformer in turns, on 1 and on 2 threads, and where LoadLab's time goes.
# Writes docs/benchmarks/transformer.md. Takes about three minutes; run it on an idle machine. Needs Debian's python3-torch with libopenblas0-pthread, or PYTHON.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-/usr/bin/python3}
rounds=${ROUNDS:-25}
program=artifacts/bin/LoadLab.Benchmarks/release/LoadLab.Benchmarks
out=docs/benchmarks/transformer.md
if ! "$python" -c 'import torch, numpy' 2> /dev/null; then
    echo "$python has no torch; apt-get install python3-torch libopenblas0-pthread, or set PYTHON" >&2
    exit 2
fi

dotnet build -v quiet -nologo tests/LoadLab.Benchmarks >&2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export OMP_DYNAMIC=false OMP_WAIT_POLICY=passive

compare() {
    OMP_NUM_THREADS=$1 OPENBLAS_NUM_THREADS=$1 "$python" scripts/torch-compare.py --program "$program" --weights "$work/mid.safetensors" --threads "$1" --rounds "$rounds"
}

{
    cat << TEXT
# A transformer forward on a processor, beside PyTorch

Written by \`scripts/torch-compare.sh\` on $(date -u +%Y-%m-%d).
Machine: $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) processors, Linux $(uname -r | cut -d- -f1), .NET $(dotnet --version). Load before (1, 5, 15 min): $(cut -d' ' -f1-3 /proc/loadavg).

One forward of the mid configuration: width 512, 8 layers of 8 heads of 64, feed-forward 2048, text 512 x 512, a latent of 16 x 4 x 32 x 32 (1024 tokens), float32, batch 1, no guidance. Weights and inputs are
drawn from their names into one safetensors file which both sides read; the run stops unless the velocities agree within a relative L2 of 2e-5. The sides take turns, $rounds rounds in one run, each with the same number of threads;
\`OMP_NUM_THREADS\` and \`OPENBLAS_NUM_THREADS\` set, \`OMP_DYNAMIC=false\`, \`OMP_WAIT_POLICY=passive\`. The PyTorch side (\`scripts/torch-compare.py\`) is our own, plain float32 operations after the published description of the
network (Wan2.2 \`wan/modules/model.py\`), in three forms:
- *reference*: what the published code computes: time path for every token, rotation in float64, the text embedded at every forward;
- *lean*: time path once, rotation in float32;
- *cached*: lean, and the text's keys and values computed once for all steps, as LoadLab does.

The last columns are PyTorch's time over LoadLab's, best over best, median over median, and least processor time (all threads) over least processor time, which is disturbed least on a machine that does other things as well:
above 1, LoadLab is faster.

\`\`\`
TEXT
    compare 1
    echo
    compare 2
    cat << TEXT
\`\`\`

## Where the time goes

\`LoadLab.Benchmarks transformer --parts THREADS\`, the fastest of 15 forwards. A forward is 86 GFLOP; \`LoadLab.Benchmarks transformer --quick\` gives its rate, \`--filter '*Transformer*'\` the same through BenchmarkDotNet.

\`\`\`
TEXT
    "$program" transformer --parts 1
    echo
    "$program" transformer --parts 2
    cat << TEXT
\`\`\`

- Attention never holds more logits than 48 queries by 256 keys a thread (online softmax); the modulation is part of the norm's pass, the GELU part of the product's last pass over its tile.
- The text's keys and values are no part of a forward: a job computes them once. The time path is evaluated for the distinct timesteps only.
- Norms, rotation and residual sums are about 1.5 % together, so further fusion of them (rotation into the norm, gates into the product) would gain less than 1 %: not done.
- The rest is what PyTorch spends on materialised logits, separate elementwise passes and, in its reference form, float64 rotation.

Through BenchmarkDotNet, \`LoadLab.Benchmarks --filter '*Transformer*'\`, at $(date -u +%H:%M): three iterations, so an interval as wide as the machine's moods; what is allocated is managed memory.

TEXT
    (cd "$work" && "$OLDPWD/$program" --filter '*Transformer*') | grep '^|'
    cat << TEXT

Load after: $(cut -d' ' -f1-3 /proc/loadavg).
TEXT
} > "$work/page.md"
cat "$work/page.md" > "$out"
cat "$out"

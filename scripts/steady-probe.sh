#!/bin/sh
# Probes how steady the model is and writes docs/benchmarks/probe.md with machine and command. One argument: minutes of steady state (default 30).
# Ends as the probe does: 1 when a gate did not pass; the page is written all the same.
set -eu
cd "$(dirname "$0")/.."
minutes=${1:-30}
out=docs/benchmarks/probe.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
./loadlab doctor > /dev/null
before=$(cut -d' ' -f1-3 /proc/loadavg)
code=0
./loadlab probe --minutes "$minutes" --out "$work" > "$work/probe.txt" || code=$?
case $code in 0 | 1) ;; *) exit "$code" ;; esac
{
    cat << 'PAGE'
# The steady probe

Whether the model behaves as a measuring instrument: repeated steps take the same time, no more varied than the machine itself, and memory depends on shapes alone.
The time of a machine varies (clock, neighbours, interrupts) by some per cent, so every denoising step is measured beside a reference kernel: products and attention of the
transformer's widths on the same backend, over the same values every time, as long as a step. What slows both is the machine; what slows the step alone is the model.

PAGE
    echo "Written by \`scripts/steady-probe.sh $minutes\` on $(date -u +%Y-%m-%d). Command: \`./loadlab probe --minutes $minutes\`, exit code $code."
    echo "Load of the machine before and after (1, 5, 15 min): $before; $(cut -d' ' -f1-3 /proc/loadavg). .NET $(dotnet --version)."
    # The probe itself is one of the load: what is beyond it, in the minutes before a short run or in the last five of a long one, is others.
    others=$([ "$minutes" -ge 5 ] && cut -d' ' -f2 /proc/loadavg || echo "$before" | awk '{ print $1 + 1 }')
    if [ "$(echo "$others" | awk -v cores="$(nproc)" '{ print ($1 - 1 > cores / 2) }')" = 1 ]; then
        echo
        echo "**Other programs were using the machine: the times below say nothing about the model, the memory gates do. Run it again on a quiet one.**"
    fi
    echo
    echo '```'
    sed 's/ *$//' "$work/probe.txt"
    echo '```'
    echo
    echo "Medians by minute:"
    echo
    echo "| minute | pairs | step/kernel | step, s | kernel, s |"
    echo "|---|---|---|---|---|"
    tail -n +2 "$work/minutes.csv" | sed 's/,/ | /g; s/^/| /; s/$/ |/'
    cat << 'PAGE'

## How to read it

- The order within a pair turns every time (step kernel, kernel step, …), so step and kernel follow each other and themselves equally often. Values are never trimmed; one column shows
  what the CV would be from p1 to p99.
- The first step of a clip, and of its second expert, computes the text keys that later steps share. It is another piece of work: recorded in `pairs.csv` (`--out`), not judged.
- Drift is the Theil-Sen slope over 20 equal slices of time: neither a disturbed moment nor a disturbed slice decides. A run of a few minutes on a busy machine cannot tell 1 %: its interval says so.
- A gate on a prompt takes the far end of its 95 % interval: a run too short or too disturbed to tell does not pass.
- More text is more work here: a prompt's own rows are attended to, all padding is one weighted row. d rows more of one prompt add d / (2 (3 D + L + F)) of a guided step's arithmetic
  (D width, F feed-forward width, L tokens of the latent): 110 rows are 3.0 % at the small model's 45 tokens and 0.11 % at the 27,280 tokens of the 5B at 1280x704, 121 frames.
  So the long prompt's time is shown and not judged.

## A batch of different prompts

A batch of b different prompts gives what b single runs give: to the bit on the processor, for 2, 3 and 4 prompts of different lengths, seeds and scales, and also when one of them is cancelled
midway (`tests/LoadLab.Model.Tests/Probe/MixedBatchTests.cs`). It holds because no operation mixes items: equal prompts share text keys, different ones have their own, and padding stands for
the text length of the model, never for the batch's longest prompt. It would fail

- where padding leaks: text padded to the longest neighbour, or the neighbour's rows left in the padding. Both are built as mutants in the same tests and miss the tolerance;
- to the bit, not within the tolerance, where a product's tiling or its split over the depth depends on the number of rows: usual for half precision on a GPU, where a batch may choose another kernel than a single run;
- where items meet by design: norms over the batch, quantisation scaled over the whole batch, one noise generator for all items, a cache of intermediate results shared between them.
PAGE
} > "$work/page.md"
mv "$work/page.md" "$out"
cat "$out"
exit "$code"

#!/usr/bin/env bash
# Simulated runs are the same bytes on one thread and on two, in Debug and in Release: every build's tests compare with tests/golden/simulation/same-bytes.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
project=LoadLab.Theory.Tests
for configuration in Release Debug; do
    dotnet build -v quiet -nologo -m:1 -c "$configuration" "tests/$project" >&2
    for processors in 1 2; do
        if DOTNET_PROCESSOR_COUNT=$processors timeout 300 "artifacts/bin/$project/${configuration,,}/$project" -class "LoadLab.Theory.Tests.SameBytesTests" >/dev/null; then
            echo "$configuration, $processors processor(s): the golden bytes"
        else
            echo "$configuration, $processors processor(s): other bytes" >&2
            exit 1
        fi
    done
done

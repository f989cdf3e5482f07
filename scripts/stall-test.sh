#!/bin/sh
# The stall test, live: 100 calls a second for 15 s against a service that stalls from 5 s to 8 s, service and load generator in two processes.
# Prints a table beside the published figures of other tools; exit 1 when p50, p90 or p99 is out of bounds. Takes about 20 s.
set -eu
cd "$(dirname "$0")/.."
dotnet build -c Release -v quiet -clp:ErrorsOnly tests/LoadLab.LoadProbe >&2
exec dotnet artifacts/bin/LoadLab.LoadProbe/release/LoadLab.LoadProbe.dll stall

#!/bin/sh
# cab submit notes.txt --runner 'exec:./examples/runners/line-stats.sh {features}'
#
# What it prints becomes the artifact; what it says on standard error is the log. A second file, left beside the
# artifact, is published with it.
set -eu

lines=$(wc -l < "$1" | tr -d ' ')
longest=$(awk '{ if (length > most) most = length } END { print most + 0 }' "$1")

echo "counted $1" >&2
sort "$1" | uniq -c | sort -rn | head -n 5 > "$(dirname "$CAB_ARTIFACT_PATH")/most-frequent.txt"
printf '{"lines":%d,"longest":%d}\n' "$lines" "$longest"

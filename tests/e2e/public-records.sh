#!/usr/bin/env bash
# The command itself over the real public records, in every format: exit code 0, and the sum of the records printed.
set -euo pipefail
cd "$(dirname "$0")/../.."
records=${CLOUDTRAIL_RECORDS:-}
if [ ! -d "$records" ]; then
  echo "left out: there are no public records (set CLOUDTRAIL_RECORDS to a folder of them)"
  exit 77
fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
ids=$(grep -rl '"eventName": *"StartQueryExecution"' "$records" --include='*.json' | xargs grep -h '"eventID"' | sort -u | wc -l)
for format in csv json parquet; do
  npm run -s tracker -- run --from "$records" --to "$out" --format "$format"
done
rows=$(cat "$out"/json/year=*/month=*/day=*/hour=*/report_*.json | wc -l)
echo "$rows rows of $ids distinct event ids"
[ "$rows" -eq "$ids" ]

#!/usr/bin/env bash
# `npm start` on the example day, twice, into two folders: every file is the same, byte for byte, in all three formats.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
npm start
for format in csv json parquet; do
  for copy in first second; do
    npm run -s tracker -- run --from examples --date 2026-11-20 --as-of 2026-11-21T06:00:00Z --format "$format" --to "$out/$copy" >/dev/null 2>&1
  done
done
diff -r "$out/first" "$out/second"
diff -r reports/example "$out/first" --exclude=json --exclude=parquet
echo "the same bytes twice: $(find "$out/first" -type f | wc -l) files"

#!/usr/bin/env bash
# `npm start` on the example day, twice, into two folders: every file is the same, byte for byte, in all three formats, and so is the answer
# to every saved query, asked by the built command.
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

ask() { node dist/cli/index.mjs query "$@" 2> /dev/null; }
for name in $(ask --list | grep -o '^[a-z-]*'); do
  for root in first first/json first/parquet; do
    ask "$name" --from "$out/$root" --date 2026-11-20 --format json $([ "$name" != one-person ] || echo --actor noor.haddad@quillfeather.example) > "$out/answer.${root##*/}"
  done
  cmp "$out/answer.first" "$out/answer.json"
  cmp "$out/answer.first" "$out/answer.parquet"
  [ -s "$out/answer.first" ] || { echo "$name has no rows" >&2; exit 1; }
  echo "$name: $(wc -l < "$out/answer.first") rows, the same from csv, json and parquet"
done
npm run -s tracker -- query who-scanned-most --from reports/example --date 2026-11-20 --format csv | sed -n 2p | grep -x $'tomas.ibarra@quillfeather.example,person,6,43183435022,77.2,0\r'

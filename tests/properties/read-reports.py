"""Reads reports by Python and compares every value with the truth.

    python tests/properties/read-reports.py FOLDER [--require pandas,pyarrow]

FOLDER holds what write-fuzzed.test.ts wrote: columns.json, and NAME.truth beside NAME.csv, NAME.json and NAME.parquet. A truth is
ASCII JSON lines, timestamps in epoch milliseconds. Readers: the csv and json modules always, pandas and pyarrow if they are
installed; --require makes a missing one an error. The exit code is 1 for a difference and 2 for nothing to read.
"""

import argparse
import csv
import io
import json
import math
import re
import sys
from datetime import datetime, timezone
from pathlib import Path

try:
    import pandas
except ImportError:
    pandas = None
try:
    import pyarrow.parquet
except ImportError:
    pyarrow = None

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}", re.ASCII)
DECIMAL = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
SIGN = dict(zip("␊␍␀␡＼", "\n\r\0\x7f\\"))


def decode(cell):
    """The text of a CSV cell, None for NULL: the decoder that the documentation gives to users."""
    if cell in ("", "␛"):
        return "" if cell else None
    return re.sub("␛(.)|[␊␍␀␡＼]", lambda m: m[1] or SIGN[m[0]], cell)


def milliseconds(instant):
    """Epoch milliseconds of a datetime; one without zone is UTC."""
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=timezone.utc)
    since = instant - EPOCH
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def from_timestamp_text(text):
    if not TIMESTAMP.fullmatch(text):
        raise ValueError(f"timestamp {text!r}")
    return milliseconds(datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f"))


def from_text(cell, kind):
    text = decode(cell)
    if text is None or kind == "string":
        return text
    if kind == "timestamp":
        return from_timestamp_text(text)
    if kind == "boolean":
        return {"true": True, "false": False}[text]
    if not DECIMAL.fullmatch(text):
        raise ValueError(f"number {text!r}")
    return float(text) if kind == "double" else int(text)


def read_csv_module(path, columns):
    with open(path, encoding="utf-8-sig", newline="") as file:
        header, *records = csv.reader(file, strict=True)
    if header != [name for name, _ in columns]:
        raise ValueError(f"header {header}")
    return [[from_text(cell, kind) for cell, (_, kind) in zip(record, columns, strict=True)] for record in records]


def read_csv_pandas(path, columns):
    frame = pandas.read_csv(path, dtype=str, keep_default_na=False)
    if list(frame.columns) != [name for name, _ in columns]:
        raise ValueError(f"header {list(frame.columns)}")
    return transpose([[from_text(cell, kind) for cell in frame[name]] for name, kind in columns], len(frame))


def read_json_module(path, columns):
    *lines, rest = Path(path).read_bytes().split(b"\n")
    if rest:
        raise ValueError("no line break at the end")
    rows = []
    for line in lines:
        row = json.loads(line)
        if list(row) != [name for name, _ in columns]:
            raise ValueError(f"keys {list(row)}")
        rows.append([from_timestamp_text(row[name]) if kind == "timestamp" and row[name] is not None else row[name] for name, kind in columns])
    return rows


def read_parquet_pyarrow(path, columns):
    return from_arrow(pyarrow.parquet.read_table(path), columns)


def read_parquet_pandas(path, columns):
    # pandas' own types would turn integers beside NULLs into floats.
    frame = pandas.read_parquet(path, dtype_backend="pyarrow")
    return from_arrow(pyarrow.Table.from_pandas(frame, preserve_index=False), columns)


ARROW_TYPE = {"string": ("string", "large_string"), "timestamp": ("timestamp[ms, tz=UTC]",), "bigint": ("int64",), "int": ("int32",), "double": ("double",), "boolean": ("bool",)}


def from_arrow(table, columns):
    lists = []
    for name, kind in columns:
        column = table.column(name)
        if str(column.type) not in ARROW_TYPE[kind]:
            raise ValueError(f"{name} is {column.type}, expected {kind}")
        values = column.cast("int64").to_pylist() if kind == "timestamp" else column.to_pylist()
        lists.append(values)
    return transpose(lists, table.num_rows)


def transpose(lists, rows):
    return [[values[i] for values in lists] for i in range(rows)]


def same(value, truth):
    # 1 == True and 1 == 1.0 in Python: types must agree, but JSON has one type of number.
    if isinstance(truth, float) or isinstance(value, float):
        return not isinstance(truth, (bool, str)) and truth is not None and value is not None and math.isclose(value, truth, rel_tol=0, abs_tol=0)
    return type(value) is type(truth) and value == truth


def differences(rows, truth, columns):
    if len(rows) != len(truth):
        yield f"{len(rows)} rows, expected {len(truth)}"
    for i, (row, expected) in enumerate(zip(rows, truth)):
        for value, (name, _) in zip(row, columns, strict=True):
            if not same(value, expected[name]):
                yield f"row {i}, {name}: {ascii(value)[:200]}, expected {ascii(expected[name])[:200]}"


def main():
    parser = argparse.ArgumentParser(description="Reads reports by Python and compares every value with the truth.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--require", default="", help="readers that must be installed: pandas,pyarrow")
    arguments = parser.parse_args()
    sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", line_buffering=True)
    csv.field_size_limit(2**31 - 1)

    installed = {"pandas": pandas is not None, "pyarrow": pyarrow is not None}
    missing = [name for name in arguments.require.split(",") if name and not installed.get(name, False)]
    if missing:
        print(f"not installed: {', '.join(missing)}")
        return 2
    readers = [("csv", "csv module", read_csv_module, True), ("csv", "pandas", read_csv_pandas, installed["pandas"])]
    readers += [("json", "json module", read_json_module, True)]
    readers += [("parquet", "pyarrow", read_parquet_pyarrow, installed["pyarrow"]), ("parquet", "pandas", read_parquet_pandas, all(installed.values()))]

    truths = sorted(arguments.folder.glob("*.truth"))
    if not truths:
        print(f"nothing to read: no *.truth in {arguments.folder}")
        return 2
    columns = [(column["name"], column["type"]) for column in json.loads((arguments.folder / "columns.json").read_text())]

    wrong = 0
    for kind, reader_name, read, usable in readers:
        if not usable:
            print(f"{kind} by {reader_name}: skipped, not installed")
            continue
        rows = 0
        found = 0
        for path in truths:
            truth = [json.loads(line) for line in path.read_text(encoding="ascii").splitlines()]
            try:
                complaints = list(differences(read(path.with_suffix(f".{kind}"), columns), truth, columns))
            except (OSError, ValueError, KeyError, csv.Error) as error:
                complaints = [f"{type(error).__name__}: {ascii(str(error))[:300]}"]
            for complaint in complaints[:5]:
                print(f"{kind} by {reader_name}: {path.stem}: {complaint}")
            found += len(complaints)
            rows += len(truth)
        print(f"{kind} by {reader_name}: {len(truths)} reports, {rows} rows, {found} differences")
        wrong += found
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

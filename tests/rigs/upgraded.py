"""A stack of the last release, and this one over it: `upgraded.py <stack> before|after <folder>`.

Before: an hour is reported. After: bucket, database and every object are what they were, and a further hour is reported beside it.
Ends with an AssertionError at the first thing amiss.
"""

import json
import pathlib
import sys

import boto3
from by_hand import AS_OF, HOUR, OFFSETS, ask
from read_back import stack_of
from two_nights import Reports

NEXT = {**HOUR, "hour": "17", "start": "2026-11-19T22:00:00Z", "end": "2026-11-19T23:00:00Z"}


def main() -> None:
    stack, when, folder = sys.argv[1:]
    ids, outputs = stack_of(stack)
    reports, kept = Reports(outputs["Bucket"]), pathlib.Path(folder)
    table = boto3.client("glue").get_table(DatabaseName=outputs["Database"], Name=outputs["Table"])["Table"]
    says = {
        "bucket": ids["ReportBucket"],
        "answers": ids["ResultBucket"],
        "location": table["StorageDescriptor"]["Location"],
        "columns": table["StorageDescriptor"]["Columns"],
        "partitions": table["PartitionKeys"],
    }
    if when == "after":
        assert json.loads((kept / "says").read_text()) == json.loads(json.dumps(says, default=str)), says
        for file in (kept / "objects").rglob("*"):
            if file.is_file():
                key = file.relative_to(kept / "objects").as_posix()
                assert reports.s3.get_object(Bucket=reports.bucket, Key=key)["Body"].read() == file.read_bytes(), key
    counts = ask(ids["Worker"], {**(HOUR if when == "before" else NEXT), "offsets": OFFSETS, "asOf": AS_OF})["counts"]
    assert counts["rows"] == 1, counts
    if when == "before":
        (kept / "says").write_text(json.dumps(says, default=str))
        for key in reports.keys():
            file = kept / "objects" / key
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(reports.s3.get_object(Bucket=reports.bucket, Key=key)["Body"].read())
    written = [key.rpartition("/")[2] for key in reports.keys() if "/report_" in key]
    assert len(written) == (1 if when == "before" else 2), written
    print(f"upgrade   {when}: {', '.join(written)} in {reports.bucket}")


if __name__ == "__main__":
    main()

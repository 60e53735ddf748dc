"""What a stack tells of two nights: `told.py <stack> <logs>`, the folder of its functions' logs.

Each entry is one line of JSON under its run's name, which the objects of the run bear as well; the figures add up to what lies there.
Ends with an AssertionError at the first thing that is not so.
"""

import collections
import json
import pathlib
import sys
from typing import Any, Iterator

from read_back import stack_of
from two_nights import Reports

RUNS = ["2026-11-18_2026-11-20_20261121T060000Z", "2026-11-19_2026-11-21_20261122T060000Z"]
FUNCTIONS = ("Dispatcher", "Reader", "Worker", "Closer")


def entries(logs: pathlib.Path, function: str) -> Iterator[dict[str, Any]]:
    for file in sorted(logs.glob(f"*{function}*.log")):
        yield from (json.loads(line) for line in file.read_text().splitlines() if line.startswith("{"))


def main() -> None:
    stack, logs = sys.argv[1], pathlib.Path(sys.argv[2])
    ids, outputs = stack_of(stack)
    reports = Reports(outputs["Bucket"])
    figures: collections.Counter[str] = collections.Counter()
    said: dict[str, set[str]] = {}
    for name in FUNCTIONS:
        found = list(entries(logs, ids[name]))
        assert found, f"{name} has said nothing"
        for figure in (entry for entry in found if "_aws" in entry):
            (directive,) = figure["_aws"]["CloudWatchMetrics"]
            assert directive["Namespace"] == "AthenaQueryTracker" and figure["service"] == stack, figure
            figures.update({metric["Name"]: figure[metric["Name"]] for metric in directive["Metrics"]})
        said[name] = {entry["correlation_id"] for entry in found if "_aws" not in entry and entry["level"] == "INFO"}
        assert said[name] == set(RUNS), (name, said[name])

    manifests = [key for key in reports.keys() if key.endswith("_manifest.json")]
    runs = {key: reports.s3.head_object(Bucket=reports.bucket, Key=key)["Metadata"].get("run") for key in manifests}
    assert {run for key, run in runs.items() if "day=18" in key} == {RUNS[0]}, runs
    assert {run for key, run in runs.items() if "day=18" not in key} == {RUNS[1]}, runs

    # Each night has three days, of which it writes every hour; the second takes two of the first again.
    assert figures["ScheduledRuns"] == 3, figures  # one of them asked twice
    assert figures["HoursWritten"] == 2 * 72, figures
    assert (figures["DaysComplete"], figures["DaysPending"], figures["DaysIncomplete"]) == (5, 1, 0), figures
    assert figures["Rows"] == (3 + 3 + 3) + (3 + 4 + 3), figures
    assert figures["LookUps"] > 0 and figures["Gaps"] >= 1 and figures["WorkerSeconds"] > 0, figures
    print(f"told      {', '.join(f'{name} {round(value, 1)}' for name, value in sorted(figures.items()))}; every entry under its run")


if __name__ == "__main__":
    main()

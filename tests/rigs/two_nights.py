"""Two nights of a deployed stack: `two_nights.py <stack> <late> <calls>`: what two-nights.ts reads from, and what it has printed.

Fires the schedule as EventBridge Scheduler would, twice, waits for the executions, and reads back what they left: the second night
takes the days of the first one again, settles them, and finds what came late. Ends with an AssertionError at the first thing amiss.
"""

import json
import subprocess
import sys
import time
from typing import Any

import boto3
from read_back import stack_of

DAYS_OF_FIRST = ["2026-11-20", "2026-11-19", "2026-11-18"]
DAYS_OF_SECOND = ["2026-11-21", "2026-11-20", "2026-11-19"]


def fire(ids: dict[str, str], due: str) -> dict[str, Any]:
    """What the schedule's target answers, invoked with the schedule's own input, under its role's name."""
    target = boto3.client("scheduler").get_schedule(Name=ids["DailySchedule"])["Target"]
    event = target["Input"].replace("<aws.scheduler.scheduled-time>", due)
    api = boto3.client("lambda", aws_access_key_id=target["RoleArn"].rpartition("/")[2], aws_secret_access_key="moto")
    answer = api.invoke(FunctionName=target["Arn"], Payload=event)
    body = json.load(answer["Payload"])
    assert "FunctionError" not in answer, body
    return body


def wait(execution: str) -> dict[str, Any]:
    api = boto3.client("stepfunctions")
    while (ended := api.describe_execution(executionArn=execution))["status"] == "RUNNING":
        time.sleep(0.5)
    return ended


class Reports:
    def __init__(self, bucket: str) -> None:
        self.bucket, self.s3 = bucket, boto3.client("s3")

    def keys(self) -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def read(self, key: str) -> Any:
        return json.load(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"])

    def certificates(self, days: list[str]) -> list[tuple[str, bool, int, dict[str, str]]]:
        found = []
        for day in days:
            year, month, date = day.split("-")
            one = self.read(f"year={year}/month={month}/day={date}/_certificate.json")
            causes = {difference["cause"]: difference["id"][-3:] for difference in one["differences"]}
            found.append((one["verdict"], one["settled"], one["rows"], causes))
        return found


def main() -> None:
    stack, late, calls = sys.argv[1:]
    ids, outputs = stack_of(stack)
    reports = Reports(outputs["Bucket"])

    first = fire(ids, "2026-11-21T06:00:00Z")
    assert first["days"] == DAYS_OF_FIRST, first
    ended = wait(first["executionArn"])
    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(ended["output"])["verdict"] == "pending", ended["output"]
    certificates = reports.certificates(DAYS_OF_FIRST)
    assert certificates == [("pending", False, 3, {"athena_only": "203"}), ("complete", True, 3, {}), ("complete", True, 3, {})], certificates
    print(f"night 1   {first['name']}: {[verdict for verdict, *_ in certificates]}")
    again = fire(ids, "2026-11-21T06:00:00Z")
    assert again == {**first, "already": True}, again

    with open(late, "w") as line:
        line.write("\n")
    second = fire(ids, "2026-11-22T06:00:00Z")
    assert second["days"] == DAYS_OF_SECOND, second
    ended = wait(second["executionArn"])
    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(ended["output"])["verdict"] == "complete", ended["output"]
    certificates = reports.certificates(DAYS_OF_SECOND)
    assert certificates == [("complete", False, 3, {}), ("complete", True, 4, {}), ("complete", True, 3, {})], certificates
    changes = [reports.read(f"year=2026/month=11/day=20/hour={hour}/_manifest.json")["changes"] for hour in ("09", "17", "00")]
    assert [change and (change["added"], change["learned"]) for change in changes] == [(0, 1), (1, 0), None], changes
    print(f"night 2   {second['name']}: {[verdict for verdict, *_ in certificates]}; what came late is a row, what ran has its end")

    # Three days, two workgroups: a list of workgroups and one of each, once a night; and nothing is left lying about.
    with open(calls) as lines:
        of_first = json.loads(lines.read().splitlines()[1])
    assert (of_first["ListWorkGroups"], of_first["ListQueryExecutions"]) == (1, 2), of_first
    assert [key for key in reports.keys() if key.endswith(("_history.json", "_closing.json"))] == []
    print(f"calls     {of_first} in the first night, of 72 hours")


if __name__ == "__main__":
    main()

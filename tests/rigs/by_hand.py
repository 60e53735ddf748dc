"""What a person asks of a deployed stack: `by_hand.py <stack> [night]`: a day and an hour by themselves, over what two-nights.ts tells,
and then, if it has had none, a night as the schedule asks for it.

The day's certificate is spoilt before, and the first hour of the next day is gone, so that the Closer has to keep the one and to look
up what it finds in neither day. Ends with an AssertionError at the first thing amiss.
"""

import json
import sys
import time
from typing import Any

import boto3
from read_back import parameters_of, stack_of
from two_nights import Reports, fire, wait

HOUR = {"day": "2026-11-19", "hour": "09", "start": "2026-11-19T14:00:00Z", "end": "2026-11-19T15:00:00Z"}
OFFSETS = [{"from": "2026-11-17T00:00:00Z", "minutes": -300}]
AS_OF = "2026-11-22T06:00:00Z"


def ask(function: str, event: dict[str, Any]) -> dict[str, Any]:
    answer = boto3.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
    body = json.load(answer["Payload"])
    assert "FunctionError" not in answer, body
    return body


def dead_letter(function: str, queue: str) -> None:
    """Days that the Dispatcher cannot plan, asked for as the schedule asks, end in the queue and are not lost."""
    event = {"startDate": "2026-11-20", "endDate": "2026-11-18"}
    boto3.client("lambda").invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(event))
    api, letters = boto3.client("sqs"), []
    for _ in range(60):
        letters = api.receive_message(QueueUrl=queue, MessageAttributeNames=["All"]).get("Messages", [])
        if letters:
            break
        time.sleep(0.5)
    (letter,) = letters
    assert json.loads(letter["Body"]) == event, letter
    print(f"letter    {letter['Body']}: {letter['MessageAttributes']['ErrorMessage']['StringValue']}")


def main() -> None:
    stack, *night = sys.argv[1:]
    ids, outputs = stack_of(stack)
    reports, prefix = Reports(outputs["Bucket"]), parameters_of(stack)["ReportPrefix"]
    day = f"{prefix}year=2026/month=11/day=19"
    for key in reports.keys():
        if key.startswith(f"{prefix}year=2026/month=11/day=20/hour=00/"):
            reports.s3.delete_object(Bucket=reports.bucket, Key=key)
    reports.s3.put_object(Bucket=reports.bucket, Key=f"{day}/_certificate.json", Body="{")

    begun = ask(ids["Dispatcher"], {"startDate": "2026-11-19", "asOf": AS_OF, "runId": "by-hand"})
    ended = wait(begun["executionArn"])
    assert ended["status"] == "SUCCEEDED", ended
    certificate = reports.read(f"{day}/_certificate.json")
    assert (certificate["verdict"], certificate["rows"]) == ("complete", 3), certificate
    aside = [key for key in reports.keys() if "_certificate_" in key and key.endswith("_set_aside.json")]
    assert len(aside) == 1, aside

    counts = ask(ids["Worker"], {**HOUR, "offsets": OFFSETS, "asOf": AS_OF})
    assert counts["counts"]["rows"] == 1, counts
    print(f"by hand   {begun['name']}: {certificate['verdict']}, the spoilt certificate is kept as {aside[0].rpartition('/')[2]}")

    dead_letter(ids["Dispatcher"], ids["DeadLetterQueue"])

    if night:
        begun = fire(ids, AS_OF)
        ended = wait(begun["executionArn"])
        assert (len(begun["days"]), ended["status"]) == (2, "SUCCEEDED"), (begun, ended)
        print(f"night     {begun['name']}: {json.loads(ended['output'])['verdict']}")


if __name__ == "__main__":
    main()

"""Reads a deployed stack back from the services themselves: `read_back.py <stack> <format>`, `read_back.py --deleted <stack>`.

Ends with an AssertionError at the first thing that is not as the template says.
"""

import json
import sys
from typing import Any

import boto3


def stack_of(name: str) -> tuple[dict[str, str], dict[str, str]]:
    """Physical ids by logical id, and outputs."""
    api = boto3.client("cloudformation")
    pages = api.get_paginator("list_stack_resources").paginate(StackName=name)
    ids = {r["LogicalResourceId"]: r["PhysicalResourceId"] for page in pages for r in page["StackResourceSummaries"]}
    outputs = api.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
    return ids, {output["OutputKey"]: output["OutputValue"] for output in outputs}


def check_table(outputs: dict[str, str], format_: str) -> None:
    table = boto3.client("glue").get_table(DatabaseName=outputs["Database"], Name=outputs["Table"])["Table"]
    storage, parameters = table["StorageDescriptor"], table["Parameters"]
    types = {column["Type"] for column in storage["Columns"]}
    assert table["Name"] == f"athena_query_reports_{format_}", table["Name"]
    assert storage["Location"].startswith(f"s3://{outputs['Bucket']}/") and storage["Location"].endswith("/"), storage["Location"]
    assert [key["Name"] for key in table["PartitionKeys"]] == ["year", "month", "day", "hour"]
    assert parameters["projection.enabled"] == "true" and parameters["projection.year.range"] == "2026,2035", parameters
    assert ("skip.header.line.count" in parameters) == (format_ == "csv"), parameters
    assert (types == {"string"}) == (format_ == "csv"), types
    assert all(column["Comment"] for column in storage["Columns"])
    print(f"table     {outputs['Database']}.{table['Name']}: {len(storage['Columns'])} columns, {storage['Location']}")


def check_machines(ids: dict[str, str], outputs: dict[str, str]) -> None:
    api = boto3.client("stepfunctions")
    functions = boto3.client("lambda")
    arns = {name: functions.get_function(FunctionName=ids[name])["Configuration"]["FunctionArn"] for name in ("Reader", "Worker", "Closer")}
    day, backfill = (api.describe_state_machine(stateMachineArn=outputs[f"{name}StateMachineArn"]) for name in ("Day", "Backfill"))
    for machine, needed in ((day, list(arns.values())), (backfill, [arns["Closer"], outputs["DayStateMachineArn"]])):
        assert "${" not in machine["definition"]
        assert all(arn in machine["definition"] for arn in needed), needed
        assert machine["loggingConfiguration"]["level"] == "ERROR", machine["loggingConfiguration"]
        assert machine["loggingConfiguration"]["includeExecutionData"] is False
        print(f"machine   {machine['name']}, as {machine['roleArn'].split('/')[-1]}")


def check_functions(ids: dict[str, str], outputs: dict[str, str]) -> None:
    api = boto3.client("lambda")
    for name in ("Dispatcher", "Reader", "Worker", "Closer"):
        function = api.get_function(FunctionName=ids[name])["Configuration"]
        environment = function["Environment"]["Variables"]
        assert environment["S3_BUCKET"] == outputs["Bucket"], environment
        assert function["Runtime"].startswith("nodejs") and function["Handler"] == "index.handler", function
        if name == "Dispatcher":
            assert environment["STATE_MACHINE_ARN"] == outputs["DayStateMachineArn"], environment
            assert environment["BACKFILL_STATE_MACHINE_ARN"] == outputs["BackfillStateMachineArn"], environment
        print(f"function  {function['FunctionName']}: {function['Runtime']}, {function['MemorySize']} MB, {function['Timeout']} s")


def statements(role: str) -> list[dict[str, Any]]:
    api = boto3.client("iam")
    names = api.list_role_policies(RoleName=role)["PolicyNames"]
    documents = [api.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]
    return [statement for document in documents for statement in document["Statement"]]


def check_roles(ids: dict[str, str]) -> None:
    roles = {name: statements(ids[name]) for name in ids if name.endswith("Role")}
    assert len(roles) == 7, sorted(roles)
    # The Closer reads what the hours have left; it writes its certificate and its own notes, never a report.
    for statement in roles["CloserRole"]:
        actions, resources = (value if isinstance(value, list) else [value] for value in (statement["Action"], statement["Resource"]))
        if {"s3:PutObject", "s3:DeleteObject"} & set(actions):
            assert all(name.endswith(("_certificate.json", "_certificate_*_set_aside.json", "_closing.json", "_history.json")) for name in resources), statement
    assert any("athena:ListQueryExecutions" in statement["Action"] for statement in roles["CloserRole"]), roles["CloserRole"]
    for name, grants in sorted(roles.items()):
        text = json.dumps(grants)
        assert "Fn::" not in text and "${" not in text and '"Ref"' not in text, text
        actions = [action for grant in grants for action in ([grant["Action"]] if isinstance(grant["Action"], str) else grant["Action"])]
        print(f"role      {name}: {', '.join(actions) or 'no grant of its own'}")


def check_schedule(ids: dict[str, str]) -> None:
    schedule = boto3.client("scheduler").get_schedule(Name=ids["DailySchedule"])
    function = boto3.client("lambda").get_function(FunctionName=ids["Dispatcher"])["Configuration"]["FunctionArn"]
    assert schedule["ScheduleExpression"] == "cron(0 1 * * ? *)", schedule
    assert schedule["ScheduleExpressionTimezone"] == "America/New_York", schedule
    assert schedule["Target"]["Arn"] == function, schedule
    assert json.loads(schedule["Target"]["Input"]) == {"scheduledTime": "<aws.scheduler.scheduled-time>"}
    print(f"schedule  {schedule['ScheduleExpression']} in {schedule['ScheduleExpressionTimezone']}, {schedule['State']}")


def check_deleted(stack: str) -> None:
    names = [bucket["Name"] for bucket in boto3.client("s3").list_buckets()["Buckets"]]
    assert any(name.startswith(f"{stack}-reportbucket") for name in names), names
    databases = boto3.client("glue").get_databases()["DatabaseList"]
    assert databases == [], databases
    print(f"deleted   but for the bucket, of {names}")


def main() -> None:
    if sys.argv[1] == "--deleted":
        return check_deleted(sys.argv[2])
    ids, outputs = stack_of(sys.argv[1])
    check_table(outputs, sys.argv[2])
    check_functions(ids, outputs)
    check_machines(ids, outputs)
    check_roles(ids)
    check_schedule(ids)
    print(f"outputs   {json.dumps(outputs, indent=1)}")


if __name__ == "__main__":
    main()

"""Two interpreters of one state machine: `compare.py <statemachine folder> <command that runs local.ts's bundle …>`.

moto's, in the rig, and the command's own, of aws-local-stepfunctions: the same states entered in the same order with the same input,
the same number of attempts, the same end. Ends with an AssertionError at the first thing that differs.
"""

import io
import json
import pathlib
import re
import subprocess
import sys
import time
import zipfile
from typing import Any

import boto3

HERE = pathlib.Path(__file__).parent
SCRIPTS = {
    "normal-day": {},
    "hour-fails": {"01": "fail"},
    "hour-throttled": {"02": "throttle"},
    "hour-continues": {"00": "continue"},
    "hour-empty": {"01": "empty"},
    "closing-continues": {"closer": "continue"},
    "all-of-it": {"00": "throttle", "01": "fail", "02": "continue", "03": "empty", "closer": "continue"},
}


def case_of(name: str, script: dict[str, str]) -> dict[str, Any]:
    hours = [f"{hour:02}" for hour in range(4)]
    windows = [{"hour": hour, "start": f"2026-11-20T{hour}:00:00Z", "end": f"2026-11-20T{hour}:59:59Z"} for hour in hours]
    # One hour at a time, so that there is one order.
    config = {"mapConcurrency": 1, "script": script}
    offsets = [{"from": "2026-11-18T00:00:00Z", "minutes": 0}]
    return {"name": name, "input": {"day": "2026-11-20", "asOf": "2026-11-21T06:00:00Z", "offsets": offsets, "windows": windows, "config": config}}


def deploy(definition: str) -> str:
    """The machine with its three functions; its ARN."""
    iam, functions = boto3.client("iam"), boto3.client("lambda")
    role = iam.create_role(RoleName="interpreters", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}))["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as bundle:
        bundle.write(HERE / "functions.mjs", "index.mjs")
    for name in ("Reader", "Worker", "Closer"):
        settings = {"Runtime": "nodejs24.x", "Role": role, "Handler": f"index.{name.lower()}", "Timeout": 60}
        arn = functions.create_function(FunctionName=f"scripted-{name}", Code={"ZipFile": code.getvalue()}, **settings)["FunctionArn"]
        definition = definition.replace("${%sArn}" % name, arn)
    return boto3.client("stepfunctions").create_state_machine(name="Day", definition=definition, roleArn=role)["stateMachineArn"]


def run_in_moto(machine: str, case: dict[str, Any]) -> dict[str, Any]:
    api = boto3.client("stepfunctions")
    execution = api.start_execution(stateMachineArn=machine, name=case["name"], input=json.dumps(case["input"]))["executionArn"]
    while (ended := api.describe_execution(executionArn=execution))["status"] == "RUNNING":
        time.sleep(0.2)
    pages = api.get_paginator("get_execution_history").paginate(executionArn=execution)
    events = [event for page in pages for event in page["events"]]
    details = [event["stateEnteredEventDetails"] for event in events if event["type"].endswith("StateEntered")]
    if ended["status"] == "SUCCEEDED":
        outcome = {"status": "SUCCEEDED", "output": json.loads(ended["output"])}
    else:
        outcome = {name: ended[name] for name in ("status", "error", "cause")}
    entered = [[one["name"], json.loads(one["input"])] for one in details]
    return {"name": case["name"], "entered": entered, "attempts": sum(event["type"] == "TaskScheduled" for event in events), "outcome": outcome}


def alike(value: Any) -> Any:
    """
    Takes out what differs by nature, all of it: in an execution's ARN the account, and what kind of ARN it is, which the command
    writes as stateMachine; and the stack trace that Lambda adds to a failure.
    """
    if isinstance(value, dict):
        return {key: alike(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [alike(inner) for inner in value]
    if isinstance(value, str) and value.startswith('{"errorType"'):
        return {key: inner for key, inner in json.loads(value).items() if key != "trace"}
    return re.sub(r":\d{12}:(execution|stateMachine):Day:", ":000000000000:execution:Day:", value) if isinstance(value, str) else value


def main() -> None:
    folder, *command = sys.argv[1:]
    cases = [case_of(name, script) for name, script in SCRIPTS.items()]
    local = json.loads(subprocess.run([*command, f"{folder}/"], input=json.dumps(cases), capture_output=True, check=True, text=True).stdout)
    machine = deploy(pathlib.Path(folder, "day.asl.json").read_text())
    for case, here in zip(cases, local, strict=True):
        there = alike(run_in_moto(machine, case))
        here = alike(here)
        for one, other in zip(here["entered"], there["entered"]):
            assert one == other, f"{case['name']}: here {one}, in moto {other}"
        assert here == there, f"{case['name']}: here {here}, in moto {there}"
        print(f"machines  {case['name']:18} {len(there['entered'])} states, {there['attempts']} attempts, {there['outcome']['status']} {there['outcome'].get('cause', '')}")


if __name__ == "__main__":
    main()

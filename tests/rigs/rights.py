"""What the roles of deployed stacks allow, held against what was called: `rights.py <stack …> --calls FILE`.

Policies are read back through IAM and evaluated by moto's IAM engine. Ends with status 1 when a role's caller made a call that no
statement allows, and when a statement has an action or a resource that no call needed and UNSEEN does not explain.
"""

import argparse
import collections
import json
import pathlib
import re
import sys
from typing import Any, Iterator

import boto3
from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from read_back import stack_of, statements

# Needed on AWS although nothing here shows it: the end of the role's name in the template, the action, and why.
UNSEEN = [
    ("Role", "logs:(CreateLogStream|PutLogEvents)", "made by the platform of Lambda"),
    ("Role", "xray:Put(TraceSegments|TelemetryRecords)", "made by the platforms of Lambda and Step Functions"),
    ("StateMachineRole", "xray:GetSampling(Rules|Targets)", "made by Step Functions"),
    (
        "StateMachineRole",
        "logs:((Create|Get|Update|Delete)LogDelivery|ListLogDeliveries|PutResourcePolicy|DescribeResourcePolicies|DescribeLogGroups)",
        "made by Step Functions to set up the delivery of its log",
    ),
    ("BackfillStateMachineRole", "events:(PutTargets|PutRule|DescribeRule)", "made by Step Functions for .sync"),
    ("BackfillStateMachineRole", "states:StopExecution", "only when a backfill is stopped"),
    ("Role", "s3:AbortMultipartUpload", "only when an upload fails"),
    ("Role", "kms:(Decrypt|GenerateDataKey)", "made by S3 and SQS in the caller's name"),
    ("Role", "sqs:SendMessage", "only when an invocation or a schedule fails for good"),
]  # fmt: skip

Grant = tuple[str, str, str]  # role, action, resource as the statement has them
Call = tuple[str, str, str]  # role, action, resource as the call had them


def match(pattern: str, text: str) -> re.Match[str] | None:
    """IAM's * and ?; moto's own takes the other characters of a pattern for a regular expression."""
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text)


IAMPolicyStatement._match = staticmethod(match)


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def permits(statement: dict[str, Any], action: str, resource: str) -> bool:
    """Whether this statement alone allows the call."""
    return IAMPolicyStatement(statement).is_action_permitted(action, resource) is PermissionResult.PERMITTED


def roles_of(stack: str) -> tuple[dict[str, str], dict[str, str]]:
    """Logical ids of the stack's roles by their names, and the role's name of each caller: functions call as themselves, the rest as roles."""
    ids, _ = stack_of(stack)
    roles = {ids[name]: name for name in ids if name.endswith("Role")}
    api = boto3.client("lambda")
    callers = {role: role for role in roles}
    for name in ids.values():
        if f"{stack}-" in name and not name.startswith("arn:") and name in {one["FunctionName"] for one in api.list_functions()["Functions"]}:
            callers[name] = api.get_function(FunctionName=name)["Configuration"]["Role"].rpartition("/")[2]
    return roles, callers


def calls_of(file: pathlib.Path, callers: dict[str, str]) -> Iterator[Call]:
    for line in file.read_text().splitlines():
        call = json.loads(line)
        if call["key"] in callers:
            yield from ((callers[call["key"]], action, resource) for action, resource in call["needs"])


def check(stack: str, file: pathlib.Path) -> list[str]:
    """Prints what was needed and returns what is wrong."""
    roles, callers = roles_of(stack)
    policies = {role: statements(role) for role in roles}
    needed = collections.Counter(calls_of(file, callers))
    wrong = [
        f"{roles[role]}: {action} on {resource} was called {times} times, and no statement allows it"
        for (role, action, resource), times in sorted(needed.items())
        if not any(permits(statement, action, resource) for statement in policies[role])
    ]
    for role, logical in sorted(roles.items(), key=lambda pair: pair[1]):
        for statement in policies[role]:
            # Every action must be of use, and every resource pattern, each with some call that it alone allows.
            for element, others in (("Action", "Resource"), ("Resource", "Action")):
                for one in listed(statement[element]):
                    narrowed = {**statement, element: one}
                    times = sum(times for (caller, action, resource), times in needed.items() if caller == role and permits(narrowed, action, resource))
                    unseen = [reason for end, action, reason in UNSEEN if logical.endswith(end) and is_all(action, narrowed["Action"])]
                    if element == "Action":
                        shown = ", ".join(listed(statement["Resource"]))
                        print(f"{logical:26} {one:34} {times or unseen[0] if unseen or times else 'NEVER':>6}  {shown}")
                    if not times and not unseen:
                        wrong.append(f"{logical}: {element} {one} of the statement for {listed(statement[others])} was never needed")
    return wrong


def is_all(pattern: str, actions: str | list[str]) -> bool:
    return all(re.fullmatch(pattern, action) for action in listed(actions))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("stacks", nargs="+")
    parser.add_argument("--calls", type=pathlib.Path, required=True, help="what moto_for_sam.py --calls has written")
    options = parser.parse_args()
    wrong = [f"{stack}: {one}" for stack in options.stacks for one in check(stack, options.calls)]
    if wrong:
        sys.exit("\n".join(["rights that are missing, or of no use:", *wrong]))


if __name__ == "__main__":
    main()

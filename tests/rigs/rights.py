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

# Needed on AWS although nothing here shows it: how the role's name in the template ends, action, resource, and why.
DELIVERY = "(Create|Get|Update|Delete)LogDelivery|ListLogDeliveries|PutResourcePolicy|DescribeResourcePolicies|DescribeLogGroups"
UNSEEN = [
    ("Role", "logs:(CreateLogStream|PutLogEvents)", r".*:log-group:[^*]+:(\*|log-stream:\*)", "made by Lambda's platform"),
    # https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
    ("Role", "xray:(PutTraceSegments|PutTelemetryRecords|GetSamplingRules|GetSamplingTargets)", r"\*", "of AWSXRayDaemonWriteAccess, which tracing asks for"),
    ("StateMachineRole", f"logs:({DELIVERY})", r"\*", "made by Step Functions to have its log delivered"),
    ("BackfillStateMachineRole", "events:(PutTargets|PutRule|DescribeRule)", r".*:rule/[^*]+", "made by Step Functions for .sync"),
    ("BackfillStateMachineRole", "states:StopExecution", ".*", "only when a backfill is stopped"),
    ("Role", "s3:AbortMultipartUpload", ".*", "only when an upload fails"),
    ("CloserRole", "s3:(PutObject|AbortMultipartUpload)", r".*/_closing\.json", "only when a listing takes longer than an invocation"),
    ("Role", "kms:(Decrypt|GenerateDataKey)", r"arn:[^*]+", "made by S3 and SQS in the caller's name"),
    ("Role", "sqs:SendMessage", r"arn:[^*]+", "only when an invocation or a schedule fails for good"),
]  # fmt: skip

Call = tuple[str, str, str]  # role, action, resource


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
            # Each action is of use, and each resource: there is a call that the statement allows with that one alone.
            for element in ("Action", "Resource"):
                for one in listed(statement[element]):
                    narrowed = {**statement, element: one}
                    times = sum(times for (caller, *call), times in needed.items() if caller == role and permits(narrowed, *call))
                    reason = unseen(logical, narrowed)
                    if element == "Action":
                        print(f"{logical:25} {one:32} {times:5}  {', '.join(listed(statement['Resource']))}{'' if times else f'  ({reason})'}")
                    if not times and not reason:
                        wrong.append(f"{logical}: nothing needed {element} {one} of {json.dumps(statement)}")
    return wrong


def unseen(logical: str, statement: dict[str, Any]) -> str | None:
    """Why nothing here needs this statement, every action of it on every resource; None where one has no known reason."""
    pairs = [(action, resource) for action in listed(statement["Action"]) for resource in listed(statement["Resource"])]
    reasons = [
        next((why for end, *patterns, why in UNSEEN if logical.endswith(end) and all(map(re.fullmatch, patterns, pair))), None) for pair in pairs
    ]
    return None if None in reasons else reasons[0]


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

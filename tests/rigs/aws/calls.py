"""The record of `--calls`: who called what with which answer, and what IAM would have asked for it. Identifiers only, never a text."""

import datetime
import io
import json
import pathlib
import re
import threading
import urllib.parse
from typing import Any, Iterator

from werkzeug.wrappers import Request

# In the header of a signed request, or in the query of a presigned one.
SIGNATURE = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
Need = tuple[str, str]  # an action, and the ARN or * that it is asked for


class Calls:
    """Writes a line of JSON for each signed call, once it is answered."""

    def __init__(self, file: pathlib.Path, account: str) -> None:
        self.lines, self.lock, self.account = open(file, "a", buffering=1), threading.Lock(), account

    def begin(self, request: Request, path: str) -> dict[str, Any] | None:
        """The call as far as its request tells; None for one that is not signed."""
        signed = SIGNATURE.search(request.headers.get("Authorization") or urllib.parse.unquote(path))
        if not signed:
            return None
        operation = operation_of(request)
        call = {
            "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
            "service": signed["service"],
            "operation": operation,
            "key": signed["key"],
            "path": path,
        }
        call["needs"] = list(needs_of(request, signed["service"], operation, signed["region"], self.account))
        return call

    def end(self, call: dict[str, Any], status: int) -> None:
        """Writes the call with its answer's status."""
        call["status"] = status
        if status == 404:
            # S3 answers 403 for an object that is not there, unless the caller may list the bucket.
            buckets = {re.sub(r"/.*", "", arn) for action, arn in call["needs"] if action == "s3:GetObject"}
            call["needs"] += [("s3:ListBucket", bucket) for bucket in buckets]
        with self.lock:
            self.lines.write(json.dumps(call) + "\n")


def body_of(request: Request) -> bytes:
    body = request.get_data()
    request.environ["wsgi.input"] = io.BytesIO(body)  # for the next who reads it
    return body


def operation_of(request: Request) -> str:
    """Its name where the protocol tells, else method and path."""
    target = request.headers.get("x-amz-target")
    if target:
        return target.rpartition(".")[2]
    if request.mimetype == "application/x-www-form-urlencoded":  # CloudFormation, IAM, STS, SNS
        if action := urllib.parse.parse_qs(body_of(request)).get(b"Action"):
            return action[0].decode()
    return f"{request.method} {request.path}"


def needs_of(request: Request, service: str, operation: str, region: str, account: str) -> Iterator[Need]:
    """What the caller's policies have to allow, by the service authorization reference of AWS."""
    if service == "s3":
        yield from needs_of_s3(request)
    elif service == "lambda" and (invoked := re.match(r"/2015-03-31/functions/(.+)/invocations$", request.path)):
        name = urllib.parse.unquote(invoked[1]).rpartition("function:")[2]
        yield "lambda:InvokeFunction", f"arn:aws:lambda:{region}:{account}:function:{name}"
    elif request.headers.get("x-amz-target"):
        body = json.loads(body_of(request) or b"{}")
        prefix = f"arn:aws:{service}:{region}:{account}"
        match service:
            case "athena" if operation.startswith("List") and "WorkGroup" not in body:
                resource = "*"
            case "athena":  # an id does not tell its workgroup
                resource = f"{prefix}:workgroup/{body.get('WorkGroup', '*')}"
            case "states":
                resource = body.get("stateMachineArn") or body.get("executionArn") or "*"
            case "sqs":
                resource = f"{prefix}:{(body.get('QueueUrl') or body.get('QueueName', '*')).rpartition('/')[2]}"
            case _:  # CloudTrail knows no resources
                resource = "*"
        yield f"{service}:{operation}", resource
    else:
        yield f"{service}:{operation}", "*"


def needs_of_s3(request: Request) -> Iterator[Need]:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html"""
    bucket, _, key = request.path.lstrip("/").partition("/")
    arn, asked = f"arn:aws:s3:::{bucket}", request.args
    if not key:
        if request.method == "POST" and "delete" in asked:
            for one in re.findall(rb"<Key>(.*?)</Key>", body_of(request)):
                yield "s3:DeleteObject", f"{arn}/{one.decode()}"
        elif request.method in ("GET", "HEAD") and set(asked) <= LISTING:
            yield "s3:ListBucket", arn
        else:
            yield f"s3:{request.method} ?{'&'.join(asked)}", arn
        return
    object_ = f"{arn}/{key}"
    version = "Version" if "versionId" in asked else ""
    match request.method:
        case "GET" | "HEAD":
            yield f"s3:GetObject{version}", object_
        case "DELETE" if "uploadId" in asked:
            yield "s3:AbortMultipartUpload", object_
        case "DELETE":
            yield f"s3:DeleteObject{version}", object_
        case _:
            yield "s3:PutObject", object_
    # What a write adds to an object needs a grant of its own.
    for header, action in WITH_A_WRITE.items():
        if header in request.headers and request.method == "PUT":
            yield action, object_
    # Whoever compares reads: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-delete-enforce.html
    if request.method in ("PUT", "POST", "DELETE") and request.headers.get("If-Match", "*") != "*":
        yield "s3:GetObject", object_


LISTING = {"list-type", "prefix", "delimiter", "continuation-token", "start-after", "max-keys", "encoding-type", "fetch-owner", "marker", "x-id"}
WITH_A_WRITE = {
    "x-amz-acl": "s3:PutObjectAcl",
    "x-amz-tagging": "s3:PutObjectTagging",
    "x-amz-object-lock-mode": "s3:PutObjectRetention",
    "x-amz-object-lock-legal-hold": "s3:PutObjectLegalHold",
}

"""A moto server that the unmodified SAM CLI can deploy to, and whose state machines run.

    python3 moto_for_sam.py [--port 5000] [--route SERVICE=URL ...] [--runtime 'node .../aws-lambda-ric/bin/index.mjs']

--runtime runs the deployed functions (lambda_runtime.py); without it an invocation fails, as moto needs Docker.
--route sends a service's requests to URL instead of moto: cloudtrail, athena, or lambda (Invoke only). Both hold for
every caller: the SDKs, the CLIs, moto's own Step Functions interpreter and the functions themselves.
Needs moto[server], aws-sam-translator and boto3. Written for moto 5.2; each section says what it works around.
Nothing here is AWS: see README.md for what stays unverified.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import shlex
import signal
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid
from typing import Any, Callable

import boto3
from moto.athena.responses import AthenaResponse
from moto.cloudformation import models as cfn
from moto.cloudformation import parsing as cfn_parsing
from moto.cloudformation import responses as cfn_responses
from moto.cloudformation.exceptions import ValidationError
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.core.common_models import CloudFormationModel
from moto.core.config import default_user_config
from moto.iam.access_control import PermissionResult
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import Role, iam_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.models import FakeBucket, s3_backends
from moto.stepfunctions import models as sfn
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import StateTaskServiceSfn
from moto.stepfunctions.parser.models import StepFunctionsParserBackend, stepfunctions_parser_backends
from samtranslator.parser.parser import Parser
from samtranslator.public.exceptions import InvalidDocumentException
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse
from werkzeug.serving import run_simple
from werkzeug.wrappers import Request, Response

from lambda_runtime import LambdaRuntime

default_user_config["stepfunctions"]["execute_state_machine"] = True
default_user_config["iam"]["load_aws_managed_policies"] = True
endpoint = ""  # this server's own URL, set in main()


def client(service: str, region: str) -> Any:
    """A client of this very server: resources are made through the public API, so botocore checks every parameter."""
    keys = {"aws_access_key_id": "moto", "aws_secret_access_key": "moto"}
    return boto3.client(service, region_name=region, endpoint_url=endpoint, **keys)


# --- 1. TemplateURL: moto takes the bucket from the host name unless the URL says "localhost" ------------------------


def template_from_url(template_url: str, account_id: str, partition: str) -> str:
    """Reads a template by a path-style or a virtual-hosted S3 URL, whatever the host is called."""
    url, store = urllib.parse.urlparse(template_url), s3_backends[account_id][partition]
    bucket, _, key = url.path.lstrip("/").partition("/")
    if bucket not in store.buckets:
        bucket, key = url.netloc.split(".")[0], url.path.lstrip("/")
    return store.get_object(bucket, urllib.parse.unquote(key)).value.decode()


cfn_responses.get_stack_from_s3_url = template_from_url


# --- 2. Transform: moto ignores it. The real service runs this same translator --------------------------------------

MANAGED_POLICIES = {
    name: f"arn:aws:iam::aws:policy{policy['Path']}{name}" for name, policy in json.loads(aws_managed_policies_data).items()
}


def expand(template: str, parameters: dict[str, str], region: str) -> str:
    """SAM template to plain CloudFormation; refuses resource types that moto would silently leave out."""
    document = yaml_parse(template)
    transforms = document.get("Transform") or []
    unknown = set([transforms] if isinstance(transforms, str) else transforms) - {"AWS::Serverless-2016-10-31"}
    if unknown:
        raise ValidationError(message=f"No transform named {sorted(unknown)} here")
    if transforms:
        try:
            session = boto3.Session(region_name=region)
            document = Translator(MANAGED_POLICIES, Parser(), boto_session=session).translate(document, dict(parameters))
        except InvalidDocumentException as error:
            raise ValidationError(message=f"Transform failed with: {[cause.message for cause in error.causes]}") from error
        document.pop("Transform", None)
    types = {resource["Type"] for resource in document["Resources"].values()}
    unmodelled = {t for t in types if t not in cfn_parsing.get_model_map() and t not in cfn_parsing.NULL_MODELS}
    if unmodelled:
        raise ValidationError(message=f"Unrecognized resource types here (add them to ADAPTERS): {sorted(unmodelled)}")
    return json.dumps(document, default=str)


# --- 3. Change sets: executing one left the stack without outputs and without a template ----------------------------


def defaults(template: str) -> dict[str, str]:
    """A second deploy sends each parameter's previous value: to moto a change, unless the first kept the defaults, as text."""
    parameters = yaml_parse(template).get("Parameters") or {}
    return {name: str(parameter["Default"]) for name, parameter in parameters.items() if "Default" in parameter}


def expanding(call: Callable[..., Any]) -> Callable[..., Any]:
    def expanded(self: Any, *args: Any, **kw: Any) -> Any:
        given = {name: str(value) for name, value in (kw.get("parameters") or {}).items()}
        kw["parameters"] = {**defaults(kw["template"]), **given}
        kw["template"] = expand(kw["template"], kw["parameters"], self.region_name)
        return call(self, *args, **kw)

    return expanded


def execute_change_set(self: Any, change_set_name: str, stack_name: str | None = None) -> None:
    change = self.describe_change_set(change_set_name)
    stack, kind = self.stacks[change.stack_id], change.change_set_type
    change.execution_status = "EXECUTE_COMPLETE"
    try:
        if kind == "UPDATE":
            stack.update(change.template, change.role_arn, change.parameters, change.tags)
            return
        stack._add_stack_event("CREATE_IN_PROGRESS", resource_status_reason="User Initiated")
        stack.template, stack.parameters = change.template, change.parameters
        stack._parse_template()
        stack.resource_map, stack.output_map = stack._create_resource_map(), None
        stack.output_map = stack._create_output_map()
        stack.create_resources()
    except Exception as error:  # AWS reports this as a failed stack, not as a failed request
        stack.status = "UPDATE_ROLLBACK_COMPLETE" if kind == "UPDATE" else "ROLLBACK_COMPLETE"
        stack._add_stack_event(stack.status, resource_status_reason=f"{type(error).__name__}: {error}")
        if kind == "CREATE":  # of an UPDATE nothing is undone
            for name in list(stack.resource_map._parsed_resources):
                resource = stack.resource_map._resource_json_map.get(name, {})
                if resource and resource.get("DeletionPolicy") != "Retain":
                    with contextlib.suppress(Exception):
                        stack.resource_map._delete_resource(stack.resource_map._parsed_resources[name], resource)
            forget_outputs(stack)


def forget_outputs(stack: Any) -> None:
    """moto computes outputs when it is asked, which would create the deleted resources again."""
    stack.output_map = cfn.OutputMap(stack.resource_map, {}, stack.stack_id)


def delete_stack(self: Any, name_or_stack_id: str) -> None:
    stack = next((s for s in self.stacks.values() if name_or_stack_id in (s.name, s.stack_id)), None)
    stack_delete(self, name_or_stack_id)
    if stack:
        forget_outputs(stack)


for method in ("create_change_set", "create_stack", "update_stack"):
    setattr(cfn.CloudFormationBackend, method, expanding(getattr(cfn.CloudFormationBackend, method)))
cfn.CloudFormationBackend.execute_change_set = execute_change_set
stack_delete, cfn.CloudFormationBackend.delete_stack = cfn.CloudFormationBackend.delete_stack, delete_stack


def clean_json(value: Any, resources: Any) -> Any:
    """AWS::NoValue takes an element out of a list; moto left None in its place, so a conditional grant broke its role."""
    cleaned = cfn_clean_json(value, resources)
    return [element for element in cleaned if element is not None] if isinstance(value, list) else cleaned


cfn_clean_json, cfn_parsing.clean_json = cfn_parsing.clean_json, clean_json


# --- 4. Resource types that moto's CloudFormation lacks although moto has the service -------------------------------


class ThroughApi:
    """A CloudFormation resource made, changed and deleted by calls to the service's own API."""

    service: str
    name_property = ""
    change: Callable[..., None] | None = None  # of a type that keeps data of its own

    def __init__(self, physical_id: str, attributes: dict[str, str] | None = None) -> None:
        self.physical_resource_id, self.attributes = physical_id, attributes or {}

    def get_cfn_attribute(self, name: str) -> str:
        return self.attributes[name]

    @classmethod
    def has_cfn_attr(cls, name: str) -> bool:
        return name in ("Arn", "NamedQueryId")

    @classmethod
    def cloudformation_name_type(cls) -> str:
        return cls.name_property

    @classmethod
    def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **_):  # type: ignore[no-untyped-def]
        properties = cloudformation_json.get("Properties", {})
        resource = cls(*cls.create(client(cls.service, region_name), properties, resource_name))
        resource.properties = properties  # resolved; on deletion moto would hand over the unresolved ones
        return resource

    @classmethod
    def update_from_cloudformation_json(cls, original_resource, new_resource_name, cloudformation_json, account_id, region_name):  # type: ignore[no-untyped-def]
        name, properties = original_resource.physical_resource_id, cloudformation_json.get("Properties", {})
        if cls.change and properties.get(cls.name_property, name) == name:
            cls.change(client(cls.service, region_name), properties, name)
            original_resource.properties = properties
            return original_resource
        # Replaces instead of changing: simple, and the other types keep no data of their own.
        original_resource.delete(account_id, region_name)
        return cls.create_from_cloudformation_json(name, cloudformation_json, account_id, region_name)

    def delete(self, account_id: str, region_name: str) -> None:
        self.remove(client(self.service, region_name), self.properties, self.physical_resource_id)


def text(policy: Any) -> str:
    return policy if isinstance(policy, str) else json.dumps(policy, default=str)


class GlueDatabase(ThroughApi):
    service = "glue"

    @staticmethod
    def create(api, p, name):  # type: ignore[no-untyped-def]
        database = {"Name": name.lower(), **p["DatabaseInput"]}
        api.create_database(DatabaseInput=database)
        return (database["Name"],)

    @staticmethod
    def remove(api, p, name):  # type: ignore[no-untyped-def]
        api.delete_database(Name=name)


class GlueTable(ThroughApi):
    service = "glue"

    @staticmethod
    def create(api, p, name):  # type: ignore[no-untyped-def]
        table = {"Name": name.lower(), **p["TableInput"]}
        api.create_table(DatabaseName=p["DatabaseName"], TableInput=table)
        return (table["Name"],)

    @staticmethod
    def remove(api, p, name):  # type: ignore[no-untyped-def]
        with contextlib.suppress(api.exceptions.EntityNotFoundException):  # its database went first, and took it along
            api.delete_table(DatabaseName=p["DatabaseName"], Name=name)


class Schedule(ThroughApi):
    service, name_property = "scheduler", "Name"

    @staticmethod
    def create(api, p, name):  # type: ignore[no-untyped-def]
        answer = api.create_schedule(**{"Name": name, **p})
        return name, {"Arn": answer["ScheduleArn"]}

    @staticmethod
    def remove(api, p, name):  # type: ignore[no-untyped-def]
        api.delete_schedule(Name=name, **({"GroupName": p["GroupName"]} if "GroupName" in p else {}))


class WorkGroup(ThroughApi):
    service, name_property = "athena", "Name"

    @staticmethod
    def create(api, p, name):  # type: ignore[no-untyped-def]
        settings = {"Name": name, "Configuration": p.get("WorkGroupConfiguration", {}), **p}
        for not_of_the_call in ("WorkGroupConfiguration", "RecursiveDeleteOption"):
            settings.pop(not_of_the_call, None)
        api.create_work_group(**settings)
        return (settings["Name"],)

    @staticmethod
    def change(api, p, name):  # type: ignore[no-untyped-def]
        updates = {**p.get("WorkGroupConfiguration", {})}
        updates["ResultConfigurationUpdates"] = updates.pop("ResultConfiguration", {})
        api.update_work_group(WorkGroup=name, Description=p.get("Description", ""), ConfigurationUpdates=updates)

    @staticmethod
    def remove(api, p, name):  # type: ignore[no-untyped-def]
        api.delete_work_group(WorkGroup=name, RecursiveDeleteOption=p.get("RecursiveDeleteOption", False))


class NamedQuery(ThroughApi):
    service = "athena"

    @staticmethod
    def create(api, p, name):  # type: ignore[no-untyped-def]
        made = api.create_named_query(**{"Name": name, "WorkGroup": "primary", **p})["NamedQueryId"]
        return made, {"NamedQueryId": made}

    @staticmethod
    def remove(api, p, name):  # type: ignore[no-untyped-def]
        with contextlib.suppress(api.exceptions.InvalidRequestException):  # its workgroup went first, and took it along
            api.delete_named_query(NamedQueryId=name)


class BucketPolicy(ThroughApi):
    service = "s3"

    @staticmethod
    def create(api, p, name):  # type: ignore[no-untyped-def]
        api.put_bucket_policy(Bucket=p["Bucket"], Policy=text(p["PolicyDocument"]))
        return (p["Bucket"],)

    @staticmethod
    def remove(api, p, name):  # type: ignore[no-untyped-def]
        api.delete_bucket_policy(Bucket=p["Bucket"])


# moto enforces a bucket policy without its conditions: "deny what is not TLS" would deny everything
FakeBucket.get_permission = lambda self, action, resource: PermissionResult.NEUTRAL


class QueuePolicy(ThroughApi):
    service = "sqs"

    @staticmethod
    def create(api, p, name):  # type: ignore[no-untyped-def]
        for queue in p["Queues"]:
            api.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": text(p["PolicyDocument"])})
        return (name,)

    @staticmethod
    def remove(api, p, name):  # type: ignore[no-untyped-def]
        for queue in p["Queues"]:
            api.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": ""})


class Alarm(ThroughApi):
    service, name_property = "cloudwatch", "AlarmName"

    @staticmethod
    def create(api, p, name):  # type: ignore[no-untyped-def]
        api.put_metric_alarm(**{"AlarmName": name, **p})
        return name, {"Arn": api.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["AlarmArn"]}

    @staticmethod
    def remove(api, p, name):  # type: ignore[no-untyped-def]
        api.delete_alarms(AlarmNames=[name])


ADAPTERS: dict[str, type[ThroughApi]] = {
    "AWS::Athena::NamedQuery": NamedQuery,
    "AWS::Athena::WorkGroup": WorkGroup,
    "AWS::CloudWatch::Alarm": Alarm,
    "AWS::Glue::Database": GlueDatabase,
    "AWS::Glue::Table": GlueTable,
    "AWS::S3::BucketPolicy": BucketPolicy,
    "AWS::SQS::QueuePolicy": QueuePolicy,
    "AWS::Scheduler::Schedule": Schedule,
}
for kind, adapter in ADAPTERS.items():
    # moto finds its models as direct subclasses of CloudFormationModel, and wants a dotted module name
    body = {"__module__": "moto_for_sam.models", "cloudformation_type": staticmethod(lambda kind=kind: kind)}
    body |= {k: v for base in (ThroughApi, adapter) for k, v in vars(base).items() if not k.startswith("__") or k == "__init__"}
    type(adapter.__name__, (CloudFormationModel,), body)


# --- 5. Workgroups: could not be changed, went without their saved queries, and were null when there was none -----------


def of_workgroup(answer: Callable[[Any, Any], str]) -> Callable[[Any], Any]:
    def answered(self: Any) -> Any:
        name = self._get_param("WorkGroup")
        group = self.athena_backend.work_groups.get(name)
        return answer(self, group) if group else self.error(f"WorkGroup {name} is not found.", 400)

    return answered


def update_work_group(self: Any, group: Any) -> str:
    updates = dict(self._get_param("ConfigurationUpdates", {}))
    results = {**group.configuration.get("ResultConfiguration", {}), **updates.pop("ResultConfigurationUpdates", {})}
    group.configuration |= {**updates, "ResultConfiguration": results}
    group.description = self._get_param("Description", group.description)
    return "{}"


def delete_work_group(self: Any, group: Any) -> Any:
    saved = self.athena_backend.named_queries
    inside = [query.id for query in saved.values() if query.workgroup is group]
    if inside and not self._get_param("RecursiveDeleteOption"):
        return self.error(f"WorkGroup {group.name} is not empty", 400)
    for query in inside:
        del saved[query]
    return workgroup_delete(self)


def delete_named_query(self: Any) -> Any:
    name = self._get_param("NamedQueryId")
    gone = self.athena_backend.named_queries.pop(name, None)
    return "{}" if gone else self.error(f"NamedQuery {name} was not found", 400)


workgroup_get, workgroup_delete = AthenaResponse.get_work_group, AthenaResponse.delete_work_group
AthenaResponse.get_work_group = of_workgroup(lambda self, _: workgroup_get(self))
AthenaResponse.update_work_group = of_workgroup(update_work_group)
AthenaResponse.delete_work_group = of_workgroup(delete_work_group)
AthenaResponse.delete_named_query = delete_named_query


# --- 6. State machines: definition from S3, substitutions, the executing backend, more than one execution ------------

sfn.stepfunctions_backends = stepfunctions_parser_backends


# StartExecution copies the machine with all its past executions, whose threads cannot be copied (getmoto/moto#10077)
def copy_of_machine(self: Any, memo: Any) -> Any:
    copy = object.__new__(type(self))
    copy.__dict__.update({**self.__dict__, "executions": []})
    return copy


sfn.StateMachine.__deepcopy__ = copy_of_machine
sfn.StateMachine.has_cfn_attr = classmethod(lambda cls, name: name in ("Arn", "Name"))
sfn.StateMachine.get_cfn_attribute = lambda self, name: {"Arn": self.arn, "Name": self.name}[name]


def start_execution(self, state_machine_arn, name=None, *args, **kw):  # type: ignore[no-untyped-def]
    """Without a name the executing backend called every execution "None", so there could be only one."""
    return execution_start(self, state_machine_arn, name or str(uuid.uuid4()), *args, **kw)


execution_start = StepFunctionsParserBackend.start_execution
StepFunctionsParserBackend.start_execution = start_execution


def renaming(call: Callable[..., None], first: Callable[[str], str]) -> Callable[..., None]:
    """Nested executions: the API's stateMachineArn is StateMachineArn in a state machine, and moto converts neither way."""

    def renamed(self: Any, *args: Any, **kw: Any) -> None:
        call(self, *args, **kw)
        document = args[0] if args else kw.get("parameters", kw.get("response"))
        if isinstance(document, dict):
            for key in list(document):
                document[first(key[0]) + key[1:]] = document.pop(key)

    return renamed


StateTaskServiceSfn._normalise_parameters = renaming(StateTaskServiceSfn._normalise_parameters, str.lower)
StateTaskServiceSfn._normalise_response = renaming(StateTaskServiceSfn._normalise_response, str.upper)


def resolve_definition(properties: dict[str, Any], account_id: str) -> None:
    """Fills DefinitionString as the service does; refuses a ${name} without a value and a value without a ${name}."""
    where = properties.get("DefinitionS3Location")
    if where:
        definition = s3_backends[account_id]["aws"].get_object(where["Bucket"], where["Key"]).value.decode()
    else:
        definition = properties.get("DefinitionString") or json.dumps(properties["Definition"])
    values = properties.get("DefinitionSubstitutions") or {}
    unused = [name for name in values if "${%s}" % name not in definition]
    for name, value in values.items():
        definition = definition.replace("${%s}" % name, str(value))
    left = re.findall(r"\$\{[^}]+\}", definition)
    if left or unused:
        raise ValueError(f"DefinitionSubstitutions: no value for {left}, no use for {unused}")
    properties["DefinitionString"] = definition


def api_names(value: Any) -> Any:
    """CloudFormation's LogGroupArn is the API's logGroupArn, at every depth."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: api_names(inner) for key, inner in value.items()}
    return [api_names(inner) for inner in value] if isinstance(value, list) else value


def with_definition(method: str) -> None:
    original = getattr(sfn.StateMachine, method).__func__

    def call(cls, *args, **kw):  # type: ignore[no-untyped-def]
        document = kw.get("cloudformation_json") or args[1]
        resolve_definition(document["Properties"], kw.get("account_id") or args[2])
        machine = original(cls, *args, **kw)
        wanted = {"loggingConfiguration": "LoggingConfiguration", "tracingConfiguration": "TracingConfiguration"}
        machine.update(**{name: api_names(document["Properties"].get(key)) for name, key in wanted.items()})
        return machine

    setattr(sfn.StateMachine, method, classmethod(call))


with_definition("create_from_cloudformation_json")
with_definition("update_from_cloudformation_json")


# --- 7. Roles: inline policies came back as Python text, managed ones not at all, and updates changed neither --------


def with_policies(method: str) -> None:
    original = getattr(Role, method).__func__

    def call(cls, *args, **kw):  # type: ignore[no-untyped-def]
        document = kw.get("cloudformation_json") or args[1]
        account = kw.get("account_id") or args[2]
        role, p = original(cls, *args, **kw), document["Properties"]
        role.policies = {policy["PolicyName"]: text(policy["PolicyDocument"]) for policy in p.get("Policies", [])}
        for arn in p.get("ManagedPolicyArns", []):
            if arn not in role.managed_policies:
                iam_backends[account]["aws"].attach_role_policy(arn, role.name)
        return role

    setattr(Role, method, classmethod(call))


def delete_role(cls, resource_name, cloudformation_json, account_id, region_name):  # type: ignore[no-untyped-def]
    store = iam_backends[account_id]["aws"]
    for arn in list(store.get_role(resource_name).managed_policies):
        store.detach_role_policy(arn, resource_name)
    role_delete(cls, resource_name, cloudformation_json, account_id, region_name)


with_policies("create_from_cloudformation_json")
with_policies("update_from_cloudformation_json")
role_delete = Role.delete_from_cloudformation_json.__func__
Role.delete_from_cloudformation_json = classmethod(delete_role)


# --- 8. Buckets: lifecycle, public access block and ownership were dropped -------------------------------------------


def lifecycle_rule(rule: dict[str, Any]) -> dict[str, Any]:
    """CloudFormation says flat what the API nests; botocore refuses whatever else differs."""
    rule = {"Filter": {"Prefix": ""}, **rule}
    if "Id" in rule:
        rule["ID"] = rule.pop("Id")
    if "ExpirationInDays" in rule:
        rule["Expiration"] = {"Days": rule.pop("ExpirationInDays")}
    return rule


def with_settings(method: str) -> None:
    original = getattr(FakeBucket, method).__func__

    def call(cls, *args, **kw):  # type: ignore[no-untyped-def]
        document = kw.get("cloudformation_json") or args[1]
        bucket, p = original(cls, *args, **kw), document.get("Properties", {})
        api = client("s3", bucket.region_name)
        if block := p.get("PublicAccessBlockConfiguration"):  # SAM's own bucket says 'true', as text
            block = {name: str(value).lower() == "true" for name, value in block.items()}
            api.put_public_access_block(Bucket=bucket.name, PublicAccessBlockConfiguration=block)
        if ownership := p.get("OwnershipControls"):
            api.put_bucket_ownership_controls(Bucket=bucket.name, OwnershipControls=ownership)
        if lifecycle := p.get("LifecycleConfiguration"):
            rules = {"Rules": [lifecycle_rule(rule) for rule in lifecycle["Rules"]]}
            api.put_bucket_lifecycle_configuration(Bucket=bucket.name, LifecycleConfiguration=rules)
        return bucket

    setattr(FakeBucket, method, classmethod(call))


with_settings("create_from_cloudformation_json")
with_settings("update_from_cloudformation_json")


# --- 9. The server, with some services elsewhere --------------------------------------------------------------------

TARGETS = {"CloudTrail_20131101": "cloudtrail", "AmazonAthena": "athena"}
# What ran and who runs where are the stand-in's. Workgroups and saved queries are the stack's, and moto keeps them.
ATHENA_ELSEWHERE = {
    "StartQueryExecution", "GetQueryExecution", "GetQueryResults", "StopQueryExecution",
    "ListWorkGroups", "ListQueryExecutions", "BatchGetQueryExecution",
}  # fmt: skip


class Router:
    """WSGI: sends the routed services' requests on, byte for byte, and the rest to moto."""

    def __init__(self, moto: Any, routes: dict[str, str], runtime: LambdaRuntime | None) -> None:
        self.moto, self.routes, self.runtime = moto, routes, runtime

    def service(self, request: Request) -> str | None:
        if re.match(r"/2015-03-31/functions/.+/invocations$", request.path):
            return "lambda"
        target, _, operation = request.headers.get("x-amz-target", "").partition(".")
        service = TARGETS.get(target)
        return None if service == "athena" and operation not in ATHENA_ELSEWHERE else service

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        service = self.service(request) or ""
        base = self.routes.get(service)
        if service == "lambda" and self.runtime and not base:
            scope = re.search(r"Credential=[^/]+/\d+/([a-z0-9-]+)/", request.headers.get("Authorization", ""))
            region = scope[1] if scope else "us-east-1"
            path = environ.get("RAW_URI") or request.path
            status, extra, body = self.runtime.invoke(path, request.headers, request.get_data(), ACCOUNT, region)
            return Response(body, status, {"Content-Type": "application/json", **extra})(environ, start_response)
        if not base:
            return self.moto(environ, start_response)
        headers = {k: v for k, v in request.headers if k.lower() not in ("host", "content-length", "connection")}
        path = environ.get("RAW_URI") or request.full_path
        onward = urllib.request.Request(base + path, request.get_data(), headers, method=request.method)
        try:
            answer = urllib.request.urlopen(onward, timeout=960)
        except urllib.error.HTTPError as error:
            answer = error
        kept = [(k, v) for k, v in answer.headers.items() if k.lower() not in ("connection", "transfer-encoding")]
        return Response(answer.read(), answer.status, kept)(environ, start_response)


def main() -> None:
    global endpoint
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--route", action="append", default=[], metavar="SERVICE=URL")
    parser.add_argument("--runtime", metavar="COMMAND", help="runtime interface client; the handler's name is appended")
    parser.add_argument("--logs", type=pathlib.Path, help="folder for the functions' output")
    options = parser.parse_args()
    os.environ["MOTO_PORT"] = str(options.port)  # where the Step Functions interpreter sends its calls
    endpoint = f"http://127.0.0.1:{options.port}"
    runtime = LambdaRuntime(shlex.split(options.runtime), endpoint, options.logs) if options.runtime else None
    routes = dict(route.split("=", 1) for route in options.route)
    app = Router(DomainDispatcherApplication(create_backend_app), routes, runtime)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        run_simple("127.0.0.1", options.port, app, threaded=True)
    finally:
        if runtime:
            runtime.close()


if __name__ == "__main__":
    main()

"""A moto server that the unmodified SAM CLI can deploy to, and whose state machines run.

    python3 moto_for_sam.py [--port 5000] [--route SERVICE=URL ...] [--runtime 'node .../aws-lambda-ric/bin/index.mjs']
                            [--calls FILE]

--runtime runs the deployed functions (lambda_runtime.py); without it an invocation fails, as moto needs Docker.
--route sends a service's requests to URL instead of moto: cloudtrail, athena, or lambda (Invoke only). Both hold for
every caller: the SDKs, the CLIs, moto's own Step Functions interpreter and the functions themselves.
--calls writes a line of JSON for each signed call to FILE: who called what.
Needs moto[server], aws-sam-translator and boto3. Written for moto 5.2; each section says what it works around.
Nothing here is AWS: see README.md for what stays unverified.
"""

import argparse
import contextlib
import functools
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
from botocore.config import Config
from moto.athena.responses import AthenaResponse
from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.cloudformation import models as cfn
from moto.cloudformation import parsing as cfn_parsing
from moto.cloudformation import responses as cfn_responses
from moto.cloudformation.exceptions import ValidationError
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT
from moto.core.config import default_user_config
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import Role, iam_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.logs.models import LogGroup
from moto.s3.models import s3_backends
from moto.stepfunctions import models as sfn
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_sfn import StateTaskServiceSfn
from moto.stepfunctions.parser.models import StepFunctionsParserBackend, stepfunctions_parser_backends
from samtranslator.parser.parser import Parser
from samtranslator.public.exceptions import InvalidDocumentException
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse
from werkzeug.serving import run_simple
from werkzeug.wrappers import Request, Response

import parameters
import resource_types
from calls import SIGNATURE, Calls
from lambda_runtime import LambdaRuntime
from resource_types import client, text

default_user_config["stepfunctions"]["execute_state_machine"] = True
default_user_config["iam"]["load_aws_managed_policies"] = True

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


def expand(template: str, values: dict[str, str], region: str) -> str:
    """SAM template to plain CloudFormation; refuses resource types that moto would silently leave out."""
    document = yaml_parse(template)
    transforms = document.get("Transform") or []
    unknown = set([transforms] if isinstance(transforms, str) else transforms) - {"AWS::Serverless-2016-10-31"}
    if unknown:
        raise ValidationError(message=f"No transform named {sorted(unknown)} here")
    if transforms:
        try:
            session = boto3.Session(region_name=region)
            document = Translator(MANAGED_POLICIES, Parser(), boto_session=session).translate(document, dict(values))
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
    declared = yaml_parse(template).get("Parameters") or {}
    return {name: str(parameter["Default"]) for name, parameter in declared.items() if "Default" in parameter}


def expanding(call: Callable[..., Any]) -> Callable[..., Any]:
    def expanded(self: Any, *args: Any, **kw: Any) -> Any:
        given = {name: str(value) for name, value in (kw.get("parameters") or {}).items()}
        kw["parameters"] = {**defaults(kw["template"]), **given}
        try:
            parameters.check(yaml_parse(kw["template"]), kw["parameters"])
        except parameters.Refused as refused:
            raise ValidationError(message=str(refused)) from refused
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


def update_resources(self: Any, template: dict[str, Any], parameters: dict[str, str] | None = None) -> None:
    """
    As CloudFormation does it: what is new is made, what is different once resolved is changed, and what is no longer there goes
    last. moto looked at direct Refs only, so that a value within Fn::Sub or behind a condition changed nothing.
    """
    before = {name: cfn_parsing.clean_json(json_, self) for name, json_ in self._resource_json_map.items() if name in self._parsed_resources}
    old = self._resource_json_map
    self._template, self._resource_json_map = template, template["Resources"]
    self.input_parameters = parameters or self.input_parameters
    self.load_mapping()
    self.load_parameters()
    self.load_conditions()
    conditions = self.lazy_condition_map
    wanted = [name for name, json_ in self._resource_json_map.items() if "Condition" not in json_ or conditions[json_["Condition"]]]
    # Again, because what is replaced has another name, and changes what refers to it.
    for _ in range(cfn_parsing.MAX_UPDATE_ATTEMPTS):
        changed = False
        for name in wanted:
            if name not in before:
                before[name] = self[name] and cfn_parsing.clean_json(self._resource_json_map[name], self)
                changed = True
            elif (now := cfn_parsing.clean_json(self._resource_json_map[name], self)).get("Properties") != before[name].get("Properties"):
                resource = self._resource_json_map[name]
                self._parsed_resources[name] = cfn_parsing.parse_and_update_resource(name, resource, self, self._account_id, self._region_name)
                before[name] = now
                changed = True
        if not changed:
            break
    for name in reversed([name for name in before if name not in wanted]):
        resource = self._parsed_resources.pop(name)
        if old[name].get("DeletionPolicy") != "Retain":
            self._delete_resource(resource, old[name])


cfn_parsing.ResourceMap.update = update_resources


def clean_json(value: Any, resources: Any) -> Any:
    """AWS::NoValue takes an element out of a list; moto left None in its place, so a conditional grant broke its role.

    An attribute's name may hold dots: GetAtt Nested.Outputs.Name.
    """
    if isinstance(value, dict) and len(path := value.get("Fn::GetAtt", ())) > 2 and isinstance(path, list):
        value = {"Fn::GetAtt": [path[0], ".".join(path[1:])]}
    cleaned = cfn_clean_json(value, resources)
    return [element for element in cleaned if element is not None] if isinstance(value, list) else cleaned


cfn_clean_json, cfn_parsing.clean_json = cfn_parsing.clean_json, clean_json


# --- 4. Workgroups: could not be changed, went without their saved queries, and were null when there was none -----------


def of_workgroup(answer: Callable[[Any, Any], str]) -> Callable[[Any], Any]:
    def answered(self: Any) -> Any:
        name = self._get_param("WorkGroup")
        group = self.athena_backend.work_groups.get(name)
        return answer(self, group) if group else self.error(f"WorkGroup {name} is not found.", 400)

    return answered


def taken_away(settings: dict[str, Any]) -> dict[str, Any]:
    """An update says RemoveX of what is no longer set."""
    gone = {name for name, value in settings.items() if name.startswith("Remove") and value}
    return {name: value for name, value in settings.items() if not name.startswith("Remove") and f"Remove{name}" not in gone}


def update_work_group(self: Any, group: Any) -> str:
    updates = dict(self._get_param("ConfigurationUpdates", {}))
    results = {**group.configuration.get("ResultConfiguration", {}), **updates.pop("ResultConfigurationUpdates", {})}
    group.configuration = taken_away({**group.configuration, **updates, "ResultConfiguration": taken_away(results)})
    group.state = self._get_param("State", group.state)
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


# --- 5. State machines: definition from S3, substitutions, the executing backend, more than one execution ------------

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


@functools.lru_cache(maxsize=None)
def client_of_role(region: str, service: str, role: str) -> Any:
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1}, read_timeout=3600, max_pool_connections=50)
    keys = {"aws_access_key_id": role, "aws_secret_access_key": "moto"}
    return boto3.client(service, region_name=region, endpoint_url=resource_types.endpoint, config=config, **keys)


def client_for(region: str, service: str, state_credentials: Any = None) -> Any:
    """A machine calls as its role; moto had one name for all, and made a client for each call."""
    return client_of_role(region, service, state_credentials.role_arn.rpartition("/")[2])


for module in list(sys.modules.values()):
    if module.__name__.startswith("moto.stepfunctions") and hasattr(module, "boto_client_for"):
        module.boto_client_for = client_for  # type: ignore[attr-defined]


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


# --- 6. Roles: inline policies came back as Python text, managed ones not at all, and updates changed nothing --------


def with_policies(method: str) -> None:
    original = getattr(Role, method).__func__

    def call(cls, *args, **kw):  # type: ignore[no-untyped-def]
        document = kw.get("cloudformation_json") or args[1]
        account = kw.get("account_id") or args[2]
        role, p = original(cls, *args, **kw), document["Properties"]
        api = client("iam", "us-east-1")
        said = {policy["PolicyName"] for policy in p.get("Policies", [])}
        for name in getattr(role, "said", set()) - said:  # those of AWS::IAM::Policy stay
            api.delete_role_policy(RoleName=role.name, PolicyName=name)
        role.said = said
        for policy in p.get("Policies", []):
            api.put_role_policy(RoleName=role.name, PolicyName=policy["PolicyName"], PolicyDocument=text(policy["PolicyDocument"]))
        api.update_assume_role_policy(RoleName=role.name, PolicyDocument=text(p["AssumeRolePolicyDocument"]))
        api.update_role(RoleName=role.name, Description=p.get("Description", ""), MaxSessionDuration=p.get("MaxSessionDuration", 3600))
        if "PermissionsBoundary" in p:
            api.put_role_permissions_boundary(RoleName=role.name, PermissionsBoundary=p["PermissionsBoundary"])
        elif role.permissions_boundary:
            api.delete_role_permissions_boundary(RoleName=role.name)
        for arn in set(role.managed_policies) - set(p.get("ManagedPolicyArns", [])):
            iam_backends[account]["aws"].detach_role_policy(arn, role.name)
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


# --- 7. Functions: architecture, tracing, log settings were dropped; a second EventInvokeConfig had no effect -------------

FUNCTION_SETTINGS = ("LoggingConfig", "TracingConfig", "DeadLetterConfig")


def with_function_settings(method: str) -> None:
    original = getattr(LambdaFunction, method).__func__

    def call(cls, *args, **kw):  # type: ignore[no-untyped-def]
        document = kw.get("cloudformation_json") or args[1]
        function, p = original(cls, *args, **kw), document["Properties"]
        function.settings = {name: p[name] for name in FUNCTION_SETTINGS if name in p}
        function.tracing_config = p.get("TracingConfig", {"Mode": "PassThrough"})
        function.architectures = p.get("Architectures", ["x86_64"])
        # moto keeps none of these when it is asked to, but botocore has looked at their names
        client("lambda", function.region).update_function_configuration(FunctionName=function.function_name, **function.settings)
        return function

    setattr(LambdaFunction, method, classmethod(call))


def get_configuration(self: Any, *args: Any, **kw: Any) -> dict[str, Any]:
    return {**function_configuration(self, *args, **kw), **getattr(self, "settings", {})}


with_function_settings("create_from_cloudformation_json")
with_function_settings("update_from_cloudformation_json")
function_configuration, LambdaFunction.get_configuration = LambdaFunction.get_configuration, get_configuration


def put_event_invoke_config(self: Any, function_name: str, config: dict[str, Any]) -> dict[str, Any]:
    self.get_function(function_name).event_invoke_config.clear()
    return event_invoke_put(self, function_name, config)


event_invoke_put = LambdaBackend.put_function_event_invoke_config
LambdaBackend.put_function_event_invoke_config = put_event_invoke_config
log_group_attribute = LogGroup.get_cfn_attribute

# A log group's Arn ends with :* in CloudFormation, and policies are written against that.
LogGroup.get_cfn_attribute = lambda self, name: f"{self.arn.removesuffix(':*')}:*" if name == "Arn" else log_group_attribute(self, name)


# --- 8. The server, with some services elsewhere --------------------------------------------------------------------

TARGETS = {"CloudTrail_20131101": "cloudtrail", "AmazonAthena": "athena"}
# What ran and who runs where are the stand-in's. Workgroups and saved queries are the stack's, and moto keeps them.
ATHENA_ELSEWHERE = {
    "StartQueryExecution", "GetQueryExecution", "GetQueryResults", "StopQueryExecution",
    "ListWorkGroups", "ListQueryExecutions", "BatchGetQueryExecution",
}  # fmt: skip


class Router:
    """WSGI: sends the routed services' requests on, byte for byte, and the rest to moto."""

    def __init__(self, moto: Any, routes: dict[str, str], runtime: LambdaRuntime | None, calls: Calls | None) -> None:
        self.moto, self.routes, self.runtime, self.calls = moto, routes, runtime, calls

    def service(self, request: Request) -> str | None:
        if re.match(r"/2015-03-31/functions/.+/invocations$", request.path):
            return "lambda"
        target, _, operation = request.headers.get("x-amz-target", "").partition(".")
        service = TARGETS.get(target)
        return None if service == "athena" and operation not in ATHENA_ELSEWHERE else service

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        call = self.calls.begin(request, environ["RAW_URI"]) if self.calls else None
        if not (self.calls and call):
            return self.answer(request, environ, start_response)

        def answered(status: str, *rest: Any) -> Any:
            self.calls.end(call, int(status.split()[0]))
            return start_response(status, *rest)

        return self.answer(request, environ, answered)

    def answer(self, request: Request, environ: dict[str, Any], start_response: Any) -> Any:
        path = environ["RAW_URI"]
        service = self.service(request) or ""
        base = self.routes.get(service)
        if service == "lambda" and self.runtime and not base:
            scope = SIGNATURE.search(request.headers.get("Authorization", ""))
            region = scope["region"] if scope else "us-east-1"
            status, extra, body = self.runtime.invoke(path, request.headers, request.get_data(), ACCOUNT, region)
            return Response(body, status, {"Content-Type": "application/json", **extra})(environ, start_response)
        if not base:
            return self.moto(environ, start_response)
        headers = {k: v for k, v in request.headers if k.lower() not in ("host", "content-length", "connection")}
        onward = urllib.request.Request(base + path, request.get_data(), headers, method=request.method)
        try:
            answer = urllib.request.urlopen(onward, timeout=960)
        except urllib.error.HTTPError as error:
            answer = error
        kept = [(k, v) for k, v in answer.headers.items() if k.lower() not in ("connection", "transfer-encoding")]
        return Response(answer.read(), answer.status, kept)(environ, start_response)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--route", action="append", default=[], metavar="SERVICE=URL")
    parser.add_argument("--runtime", metavar="COMMAND", help="runtime interface client; the handler's name is appended")
    parser.add_argument("--calls", type=pathlib.Path, metavar="FILE", help="takes a line of JSON for each signed call")
    parser.add_argument("--logs", type=pathlib.Path, help="folder for the functions' output")
    options = parser.parse_args()
    os.environ["MOTO_PORT"] = str(options.port)  # where the Step Functions interpreter sends its calls
    endpoint = resource_types.endpoint = f"http://127.0.0.1:{options.port}"
    runtime = LambdaRuntime(shlex.split(options.runtime), endpoint, options.logs) if options.runtime else None
    routes = dict(route.split("=", 1) for route in options.route)
    calls = Calls(options.calls, ACCOUNT) if options.calls else None
    app = Router(DomainDispatcherApplication(create_backend_app), routes, runtime, calls)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        run_simple("127.0.0.1", options.port, app, threaded=True)
    finally:
        if runtime:
            runtime.close()


if __name__ == "__main__":
    main()

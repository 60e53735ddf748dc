"""Resource types that moto's CloudFormation lacks or fills in only half, although moto has the service.

Each is made, changed, read back and deleted through the service's own API, so that botocore refuses what the service does not know.
"""

import contextlib
import json
import urllib.parse
from typing import Any, Callable

import boto3
from moto.core.common_models import CloudFormationModel
from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket, S3Backend

endpoint = ""  # the server's own URL, set by moto_for_sam.py


def client(service: str, region: str) -> Any:
    """A client of this very server: resources are made through the public API, so botocore checks every parameter."""
    keys = {"aws_access_key_id": "moto", "aws_secret_access_key": "moto"}
    return boto3.client(service, region_name=region, endpoint_url=endpoint, **keys)


class ThroughApi:
    """A CloudFormation resource made, changed and deleted by calls to the service's own API."""

    service: str
    name_property = ""
    attribute_names: tuple[str, ...] = ("Arn",)
    change: Callable[..., None] | None = None  # of a type that keeps data of its own

    def __init__(self, physical_id: str, attributes: dict[str, str] | None = None) -> None:
        self.physical_resource_id, self.attributes = physical_id, attributes or {}

    def get_cfn_attribute(self, name: str) -> str:
        return self.attributes[name]

    @classmethod
    def has_cfn_attr(cls, name: str) -> bool:
        return name in cls.attribute_names

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
        results = {**updates.pop("ResultConfiguration", {})}
        for absent in {"OutputLocation", "EncryptionConfiguration", "ExpectedBucketOwner", "AclConfiguration"} - set(results):
            results[f"Remove{absent}"] = True
        updates |= {"ResultConfigurationUpdates": results, "RemoveBytesScannedCutoffPerQuery": "BytesScannedCutoffPerQuery" not in updates}
        state = {"State": p["State"]} if "State" in p else {}
        api.update_work_group(WorkGroup=name, Description=p.get("Description", ""), ConfigurationUpdates=updates, **state)

    @staticmethod
    def remove(api, p, name):  # type: ignore[no-untyped-def]
        api.delete_work_group(WorkGroup=name, RecursiveDeleteOption=p.get("RecursiveDeleteOption", False))


class NamedQuery(ThroughApi):
    service, attribute_names = "athena", ("NamedQueryId",)

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


class RolePolicy(ThroughApi):
    service, attribute_names = "iam", ()

    @staticmethod
    def create(api, p, name):  # type: ignore[no-untyped-def]
        if unknown := set(p) - {"PolicyName", "PolicyDocument", "Roles"}:
            raise ValueError(f"Policies are of roles here, without {sorted(unknown)}")
        for role in p["Roles"]:
            api.put_role_policy(RoleName=role, PolicyName=p["PolicyName"], PolicyDocument=text(p["PolicyDocument"]))
        return (name,)

    @staticmethod
    def remove(api, p, name):  # type: ignore[no-untyped-def]
        for role in p["Roles"]:
            with contextlib.suppress(api.exceptions.NoSuchEntityException):  # it went first
                api.delete_role_policy(RoleName=role, PolicyName=p["PolicyName"])


# moto enforces a bucket policy without its conditions: "deny what is not TLS" would deny everything
FakeBucket.get_permission = lambda self, action, resource: PermissionResult.NEUTRAL


# What an attribute is when the template does not name it.
QUEUE_DEFAULTS = {
    "DelaySeconds": "0", "MaximumMessageSize": "262144", "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0", "VisibilityTimeout": "30",
}  # fmt: skip


def as_attributes(api: Any, shape: str, p: dict[str, Any], but: tuple[str, ...]) -> dict[str, str]:
    """A queue's or topic's properties as the API has them, all text; the API's own model tells which exist."""
    attributes = {name: value for name, value in p.items() if name not in but}
    known = api.meta.service_model.shape_for(shape).enum if shape else TOPIC_ATTRIBUTES
    if unknown := set(attributes) - set(known):
        raise ValueError(f"Encountered unsupported property {sorted(unknown)}")
    return {name: str(value).lower() if isinstance(value, bool) else text(value) for name, value in attributes.items()}


class Queue(ThroughApi):
    service, name_property, attribute_names = "sqs", "QueueName", ("Arn", "QueueName", "QueueUrl")

    @staticmethod
    def create(api, p, name):  # type: ignore[no-untyped-def]
        attributes = as_attributes(api, "QueueAttributeName", p, ("QueueName", "Tags"))
        url = api.create_queue(QueueName=name, Attributes=attributes, tags={tag["Key"]: tag["Value"] for tag in p.get("Tags", [])})["QueueUrl"]
        arn = api.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        return url, {"Arn": arn, "QueueName": name, "QueueUrl": url}

    @staticmethod
    def change(api, p, name):  # type: ignore[no-untyped-def]
        attributes = as_attributes(api, "QueueAttributeName", p, ("QueueName", "Tags"))
        api.set_queue_attributes(QueueUrl=name, Attributes={**QUEUE_DEFAULTS, **attributes})

    @staticmethod
    def remove(api, p, name):  # type: ignore[no-untyped-def]
        api.delete_queue(QueueUrl=name)


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
            with contextlib.suppress(api.exceptions.QueueDoesNotExist):  # it went first
                api.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": ""})


# CreateTopic takes any name as an attribute.
TOPIC_ATTRIBUTES = {"DisplayName", "KmsMasterKeyId", "SignatureVersion", "TracingConfig", "FifoTopic", "ContentBasedDeduplication"}
SUBSCRIPTION_ATTRIBUTES = {"FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy", "DeliveryPolicy", "SubscriptionRoleArn"}


class Topic(ThroughApi):
    service, name_property, attribute_names = "sns", "TopicName", ("TopicArn", "TopicName")

    @staticmethod
    def create(api, p, name):  # type: ignore[no-untyped-def]
        attributes = as_attributes(api, "", p, ("TopicName", "Tags", "Subscription"))
        arn = api.create_topic(Name=name, Attributes=attributes, Tags=p.get("Tags", []))["TopicArn"]
        for subscription in p.get("Subscription", []):
            api.subscribe(TopicArn=arn, **subscription)
        return arn, {"TopicArn": arn, "TopicName": name}

    @staticmethod
    def change(api, p, name):  # type: ignore[no-untyped-def]
        if "TopicName" not in p:  # with another name it is replaced
            defaults = {"DisplayName": "", "KmsMasterKeyId": ""}
            for key, value in {**defaults, **as_attributes(api, "", p, ("Tags", "Subscription"))}.items():
                api.set_topic_attributes(TopicArn=name, AttributeName=key, AttributeValue=value)

    @staticmethod
    def remove(api, p, name):  # type: ignore[no-untyped-def]
        for subscription in api.list_subscriptions_by_topic(TopicArn=name)["Subscriptions"]:
            api.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
        api.delete_topic(TopicArn=name)


class TopicPolicy(ThroughApi):
    service = "sns"

    @staticmethod
    def create(api, p, name):  # type: ignore[no-untyped-def]
        for topic in p["Topics"]:
            api.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=text(p["PolicyDocument"]))
        return (name,)

    @staticmethod
    def remove(api, p, name):  # type: ignore[no-untyped-def]
        for topic in p["Topics"]:
            with contextlib.suppress(api.exceptions.NotFoundException):  # it went first
                nobody = {"Version": "2012-10-17", "Statement": []}
                api.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=text(nobody))


class Subscription(ThroughApi):
    service = "sns"

    @staticmethod
    def create(api, p, name):  # type: ignore[no-untyped-def]
        attributes = {key: text(p[key]) for key in SUBSCRIPTION_ATTRIBUTES & set(p)}
        rest = {key: value for key, value in p.items() if key not in attributes}
        made = api.subscribe(**rest, Attributes=attributes, ReturnSubscriptionArn=True)["SubscriptionArn"]
        return made, {"Arn": made}

    @staticmethod
    def remove(api, p, name):  # type: ignore[no-untyped-def]
        with contextlib.suppress(api.exceptions.NotFoundException):  # its topic went first, and took it along
            api.unsubscribe(SubscriptionArn=name)


class EventInvokeConfig(ThroughApi):
    service = "lambda"

    @staticmethod
    def create(api, p, name):  # type: ignore[no-untyped-def]
        api.put_function_event_invoke_config(**p)
        return (f"{p['FunctionName']}|{p['Qualifier']}",)

    @staticmethod
    def remove(api, p, name):  # type: ignore[no-untyped-def]
        with contextlib.suppress(api.exceptions.ResourceNotFoundException):  # its function went first
            api.delete_function_event_invoke_config(FunctionName=p["FunctionName"], Qualifier=p["Qualifier"])


class Alarm(ThroughApi):
    service, name_property = "cloudwatch", "AlarmName"

    @staticmethod
    def create(api, p, name):  # type: ignore[no-untyped-def]
        api.put_metric_alarm(**{"AlarmName": name, **p})
        return name, {"Arn": api.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["AlarmArn"]}

    @staticmethod
    def change(api, p, name):  # type: ignore[no-untyped-def]
        Alarm.create(api, p, name)

    @staticmethod
    def remove(api, p, name):  # type: ignore[no-untyped-def]
        api.delete_alarms(AlarmNames=[name])


WIDGETS = {"metric", "text", "log", "alarm", "explorer", "custom"}


class Dashboard(ThroughApi):
    service, name_property, attribute_names = "cloudwatch", "DashboardName", ()

    @staticmethod
    def create(api, p, name):  # type: ignore[no-untyped-def]
        for widget in json.loads(p["DashboardBody"])["widgets"]:  # moto takes any text
            unknown = set(widget) - {"type", "x", "y", "width", "height", "properties"}
            if unknown or widget["type"] not in WIDGETS or not 1 <= widget.get("width", 6) <= 24:
                raise ValueError(f"The dashboard body is invalid: {json.dumps(widget)[:200]}")
        api.put_dashboard(**{"DashboardName": name, **p})
        return (p.get("DashboardName", name),)

    @staticmethod
    def change(api, p, name):  # type: ignore[no-untyped-def]
        Dashboard.create(api, p, name)

    @staticmethod
    def remove(api, p, name):  # type: ignore[no-untyped-def]
        api.delete_dashboards(DashboardNames=[name])


def lifecycle_rule(rule: dict[str, Any]) -> dict[str, Any]:
    """CloudFormation says flat what the API nests; botocore refuses whatever else differs."""
    rule = {**rule}
    rule["Filter"] = {"Prefix": rule.pop("Prefix", "")}
    if "Id" in rule:
        rule["ID"] = rule.pop("Id")
    expiration = {"ExpirationInDays": "Days", "ExpirationDate": "Date", "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker"}
    if said := {of_api: rule.pop(name) for name, of_api in expiration.items() if name in rule}:
        rule["Expiration"] = said
    return rule


def encryption_rule(rule: dict[str, Any]) -> dict[str, Any]:
    return {{"ServerSideEncryptionByDefault": "ApplyServerSideEncryptionByDefault"}.get(key, key): value for key, value in rule.items()}


def object_lock(p: dict[str, Any]) -> dict[str, Any]:
    return {"ObjectLockConfiguration": p}


BUCKET_SETTINGS: dict[str, tuple[str, Callable[[Any], dict[str, Any]], str]] = {
    # property: the call that sets it, its arguments, and the call that takes it away
    "BucketEncryption": (
        "put_bucket_encryption",
        lambda p: {"ServerSideEncryptionConfiguration": {"Rules": [encryption_rule(rule) for rule in p["ServerSideEncryptionConfiguration"]]}},
        "delete_bucket_encryption",
    ),
    "LifecycleConfiguration": (
        "put_bucket_lifecycle_configuration",
        lambda p: {"LifecycleConfiguration": {"Rules": [lifecycle_rule(rule) for rule in p["Rules"]]}},
        "delete_bucket_lifecycle",
    ),
    "ObjectLockConfiguration": ("put_object_lock_configuration", object_lock, ""),
    "OwnershipControls": ("put_bucket_ownership_controls", lambda p: {"OwnershipControls": p}, "delete_bucket_ownership_controls"),
    "PublicAccessBlockConfiguration": (
        "put_public_access_block",
        # SAM's own bucket says 'true', as text
        lambda p: {"PublicAccessBlockConfiguration": {name: str(value).lower() == "true" for name, value in p.items()}},
        "delete_public_access_block",
    ),
    "Tags": ("put_bucket_tagging", lambda p: {"Tagging": {"TagSet": p}}, "delete_bucket_tagging"),
    "VersioningConfiguration": ("put_bucket_versioning", lambda p: {"VersioningConfiguration": p}, ""),
}


def one_unit(self: Any, bucket: str) -> tuple[Any, Any, int | None, int | None]:
    """A lock is in days or in years; moto said 0 of the other."""
    enabled, mode, days, years = object_lock_of(self, bucket)
    return enabled, mode, days or None, years or None


object_lock_of, S3Backend.get_object_lock_configuration = S3Backend.get_object_lock_configuration, one_unit


class Bucket(ThroughApi):
    service, name_property = "s3", "BucketName"
    attribute_names = ("Arn", "DomainName", "RegionalDomainName")

    @staticmethod
    def create(api, p, name):  # type: ignore[no-untyped-def]
        region = api.meta.region_name
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        api.create_bucket(Bucket=name, ObjectLockEnabledForBucket=p.get("ObjectLockEnabled", False), **where)
        Bucket.change(api, p, name)
        domains = {"DomainName": f"{name}.s3.amazonaws.com", "RegionalDomainName": f"{name}.s3.{region}.amazonaws.com"}
        return name, {"Arn": f"arn:aws:s3:::{name}", **domains}

    @staticmethod
    def change(api, p, name):  # type: ignore[no-untyped-def]
        if unknown := set(p) - set(BUCKET_SETTINGS) - {"BucketName", "ObjectLockEnabled"}:
            raise ValueError(f"Bucket properties that are not kept here (add them to BUCKET_SETTINGS): {sorted(unknown)}")
        for setting, (put, arguments, take_away) in BUCKET_SETTINGS.items():
            if setting in p:
                getattr(api, put)(Bucket=name, **arguments(p[setting]))
            elif take_away:
                getattr(api, take_away)(Bucket=name)

    @staticmethod
    def remove(api, p, name):  # type: ignore[no-untyped-def]
        api.delete_bucket(Bucket=name)


class NestedStack(ThroughApi):
    service, name_property = "cloudformation", "StackName"

    @classmethod
    def has_cfn_attr(cls, name: str) -> bool:
        return name.startswith("Outputs.")

    @staticmethod
    def arguments(api, p):  # type: ignore[no-untyped-def]
        bucket, key = urllib.parse.urlparse(p["TemplateURL"]).path[1:].split("/", 1)
        template = client("s3", api.meta.region_name).get_object(Bucket=bucket, Key=key)["Body"].read().decode()
        said = [{"ParameterKey": name, "ParameterValue": str(value)} for name, value in p.get("Parameters", {}).items()]
        return {"TemplateBody": template, "Parameters": said}

    @staticmethod
    def outputs(api, name):  # type: ignore[no-untyped-def]
        (stack,) = api.describe_stacks(StackName=name)["Stacks"]
        if not stack["StackStatus"].endswith("_COMPLETE") or "ROLLBACK" in stack["StackStatus"]:
            raise ValueError(f"Embedded stack {name} was not successfully made: {stack.get('StackStatusReason', stack['StackStatus'])}")
        return {f"Outputs.{output['OutputKey']}": output["OutputValue"] for output in stack.get("Outputs", [])}

    @staticmethod
    def create(api, p, name):  # type: ignore[no-untyped-def]
        api.create_stack(StackName=name, **NestedStack.arguments(api, p))
        return name, NestedStack.outputs(api, name)

    @staticmethod
    def change(api, p, name):  # type: ignore[no-untyped-def]
        api.update_stack(StackName=name, **NestedStack.arguments(api, p))

    @staticmethod
    def remove(api, p, name):  # type: ignore[no-untyped-def]
        api.delete_stack(StackName=name)


ADAPTERS: dict[str, type[ThroughApi]] = {
    "AWS::Athena::NamedQuery": NamedQuery,
    "AWS::Athena::WorkGroup": WorkGroup,
    "AWS::CloudFormation::Stack": NestedStack,
    "AWS::CloudWatch::Alarm": Alarm,
    "AWS::CloudWatch::Dashboard": Dashboard,
    "AWS::Glue::Database": GlueDatabase,
    "AWS::Glue::Table": GlueTable,
    "AWS::IAM::Policy": RolePolicy,
    "AWS::Lambda::EventInvokeConfig": EventInvokeConfig,
    "AWS::S3::Bucket": Bucket,
    "AWS::S3::BucketPolicy": BucketPolicy,
    "AWS::SNS::Subscription": Subscription,
    "AWS::SNS::Topic": Topic,
    "AWS::SNS::TopicPolicy": TopicPolicy,
    "AWS::SQS::Queue": Queue,
    "AWS::SQS::QueuePolicy": QueuePolicy,
    "AWS::Scheduler::Schedule": Schedule,
}
MODELS = []  # holds them, since Python keeps no subclass that nobody refers to
for kind, adapter in ADAPTERS.items():
    # moto finds its models as direct subclasses of CloudFormationModel, and wants a dotted module name; the last of a type counts
    body = {"__module__": "moto_for_sam.models", "cloudformation_type": staticmethod(lambda kind=kind: kind)}
    body |= {k: v for base in (ThroughApi, adapter) for k, v in vars(base).items() if not k.startswith("__") or k == "__init__"}
    MODELS.append(type(adapter.__name__, (CloudFormationModel,), body))

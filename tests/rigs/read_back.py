"""Reads a deployed stack back from the services themselves: `read_back.py <stack> <format>`, and once it is deleted
`read_back.py --deleted <stack> [<bucket that was there before>]`.

Ends with an AssertionError at the first thing that is not as the template says.
"""

import base64
import itertools
import json
import pathlib
import re
import sys
import urllib.parse
from typing import Any

import boto3

QUERIES = pathlib.Path(__file__).parents[2] / "glue" / "queries"
# What the engine calls the catalog's types.
SQL_TYPES = {"string": "varchar", "timestamp": "timestamp(3)", "int": "integer"}


def parameters_of(name: str) -> dict[str, str]:
    stack = boto3.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
    return {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in stack["Parameters"]}


def stack_of(name: str) -> tuple[dict[str, str], dict[str, str]]:
    """Physical ids by logical id, and outputs."""
    api = boto3.client("cloudformation")
    pages = api.get_paginator("list_stack_resources").paginate(StackName=name)
    ids = {r["LogicalResourceId"]: r["PhysicalResourceId"] for page in pages for r in page["StackResourceSummaries"]}
    outputs = api.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
    return ids, {output["OutputKey"]: output["OutputValue"] for output in outputs}


def table_of(outputs: dict[str, str]) -> dict[str, Any]:
    return boto3.client("glue").get_table(DatabaseName=outputs["Database"], Name=outputs["Table"])["Table"]


def check_table(outputs: dict[str, str], format_: str) -> None:
    table = table_of(outputs)
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


def check_view(stack: str, outputs: dict[str, str], format_: str) -> None:
    glue, database = boto3.client("glue"), outputs["Database"]
    view, table = (glue.get_table(DatabaseName=database, Name=name)["Table"] for name in ("athena_queries", outputs["Table"]))
    assert (outputs["View"], view["TableType"], view.get("Owner")) == ("athena_queries", "VIRTUAL_VIEW", "hadoop"), view
    assert view["Parameters"] == {"presto_view": "true", "comment": "Presto View"}, view["Parameters"]
    text = re.fullmatch(r"/\* Presto View: ([A-Za-z0-9+/=]+) \*/", view["ViewOriginalText"])
    assert text, view["ViewOriginalText"]
    definition = json.loads(base64.b64decode(text[1]))
    assert (definition["catalog"], definition["schema"]) == ("awsdatacatalog", database), definition

    columns = [(column["Name"], column["Type"]) for column in view["StorageDescriptor"]["Columns"]]
    said = [(column["name"], column["type"]) for column in definition["columns"]]
    assert said == [(name, SQL_TYPES.get(type_, type_)) for name, type_ in columns], (said, columns)
    of_table = [(column["Name"], column["Type"]) for column in table["StorageDescriptor"]["Columns"]]
    keys = [(key["Name"], key["Type"]) for key in table["PartitionKeys"]]
    wanted = [*of_table, ("dt", "string"), *keys]
    assert [name for name, _ in columns] == [name for name, _ in wanted], (columns, wanted)
    assert format_ == "csv" or columns == wanted, (columns, wanted)

    sql = definition["originalSql"]
    made_by = f"/* athena_query_tracker.made_by: stack {stack} */ SELECT "
    assert sql.startswith(made_by) and "${" not in sql, sql
    select = re.fullmatch(rf"(.+) FROM athena_query_reports_{format_} WHERE .+\[\.]{format_}\$'\)", sql.removeprefix(made_by))
    assert select, sql
    # Each column's name is the last word of its expression, once texts and brackets are taken out.
    flat = re.sub(r"'[^']*'", "", select[1])
    while "(" in flat:
        flat = re.sub(r"\([^()]*\)", "", flat)
    assert [column.split()[-1] for column in flat.split(",")] == [name for name, _ in columns], sql
    assert ("regexp_replace(" in sql) == (format_ == "csv"), sql
    assert f" FROM {database}.athena_queries WHERE " in outputs["FirstQuery"], outputs
    print(f"view      {database}.{view['Name']}: {len(columns)} columns over {outputs['Table']}")


def check_workgroup(stack: str, ids: dict[str, str], outputs: dict[str, str]) -> None:
    assert outputs["Workgroup"] == ids["QueryWorkgroup"] == stack, outputs
    group = boto3.client("athena").get_work_group(WorkGroup=stack)["WorkGroup"]
    configuration = group["Configuration"]
    assert group["State"] == "ENABLED" and group["Description"], group
    assert configuration["EnforceWorkGroupConfiguration"] is True, configuration
    assert configuration["PublishCloudWatchMetricsEnabled"] is True, configuration
    assert configuration.get("BytesScannedCutoffPerQuery") == int(parameters_of(stack)["QueryScanLimit"]), configuration
    assert configuration["EngineVersion"]["SelectedEngineVersion"] == "Athena engine version 3", configuration
    results = configuration["ResultConfiguration"]
    key = parameters_of(stack)["KmsKeyArn"]
    encryption = {"EncryptionOption": "SSE_KMS", "KmsKey": key} if key else {"EncryptionOption": "SSE_S3"}
    assert results == {"OutputLocation": f"s3://{ids['ResultBucket']}/", "EncryptionConfiguration": encryption}, results
    database = boto3.client("glue").get_database(Name=outputs["Database"])["Database"]
    assert database["Parameters"] == {"athena_query_tracker.workgroup": stack}, database
    print(f"workgroup {stack}: at most {configuration['BytesScannedCutoffPerQuery']} bytes a query, {results['OutputLocation']}")


def parts(text: str) -> tuple[list[str], list[str]]:
    """The header lines of a saved query, without their dashes, and the SQL below them."""
    lines = text.splitlines()
    header = [line.removeprefix("-- ") for line in itertools.takewhile(lambda line: line.startswith("-- "), lines)]
    return header, lines[len(header) :]


def check_queries(stack: str, outputs: dict[str, str]) -> None:
    api = boto3.client("athena")
    pages = api.get_paginator("list_named_queries").paginate(WorkGroup=stack)
    saved = [api.get_named_query(NamedQueryId=name)["NamedQuery"] for page in pages for name in page["NamedQueryIds"]]
    files = {path.stem: path.read_text() for path in QUERIES.glob("*.sql")}
    assert len(files) == 10 and sorted(query["Name"] for query in saved) == sorted(files), [query["Name"] for query in saved]
    for query in saved:
        (*description, parameters), sql = parts(files[query["Name"]])
        assert (query["WorkGroup"], query["Database"]) == (stack, outputs["Database"]), query
        assert query["Description"] == " ".join(description), query
        assert parts(query["QueryString"])[1] == sql, query
        assert "\n".join(sql).count("?") == len(parameters.removeprefix("Parameters: ").split(", ")), query
    print(f"queries   {', '.join(sorted(files))}")


def check_buckets(stack: str, ids: dict[str, str], outputs: dict[str, str]) -> None:
    """Answers are forgotten after a week, reports when the stack was told to; an existing bucket is as it was."""
    said, s3 = parameters_of(stack), boto3.client("s3")
    assert ("ReportBucket" in ids) == (said["BucketName"] == ""), ids
    if "ReportBucket" in ids:
        rules = check_bucket(ids["ReportBucket"], said["KmsKeyArn"])
        assert rules["abort-incomplete-uploads"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}, rules
        assert rules["forget-old-versions"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": int(said["OldVersionDays"])}, rules
        assert rules["forget-old-versions"]["Expiration"] == {"ExpiredObjectDeleteMarker": True}, rules
        root = urllib.parse.urlparse(table_of(outputs)["StorageDescriptor"]["Location"]).path[1:]
        kept = {"Filter": {"Prefix": f"{root}year="}, "Expiration": {"Days": int(said["ReportRetentionDays"])}}
        assert ("delete-reports" in rules) == (said["ReportRetentionDays"] != "0"), rules
        assert "delete-reports" not in rules or kept.items() <= rules["delete-reports"].items(), (rules, kept)
        assert s3.get_bucket_versioning(Bucket=ids["ReportBucket"])["Status"] == "Enabled"
        check_lock(ids["ReportBucket"], said)
    else:
        for read in (s3.get_bucket_lifecycle_configuration, s3.get_bucket_policy, s3.get_public_access_block):
            try:
                raise AssertionError(read(Bucket=said["BucketName"]))
            except s3.exceptions.ClientError:
                pass
        assert "Status" not in s3.get_bucket_versioning(Bucket=said["BucketName"])
        print(f"bucket    {said['BucketName']}: as it was")
    rules = check_bucket(ids["ResultBucket"], said["KmsKeyArn"])
    assert [rule["Expiration"] for rule in rules.values()] == [{"Days": 7}], rules
    assert outputs["Bucket"] != ids["ResultBucket"], outputs


def check_lock(bucket: str, said: dict[str, str]) -> None:
    s3 = boto3.client("s3")
    try:
        lock = s3.get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
    except s3.exceptions.ClientError:
        lock = None
    wanted = {"Mode": said["ObjectLockMode"], "Days": int(said["ObjectLockDays"])}
    assert lock == (None if said["ObjectLockDays"] == "0" else {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": wanted}}), lock
    print(f"versions  {bucket}: kept {said['OldVersionDays']} days, {f'locked {wanted}' if lock else 'no lock'}")


def check_bucket(bucket: str, key: str) -> dict[str, dict[str, Any]]:
    """The bucket's lifecycle rules by name."""
    s3 = boto3.client("s3")
    (encryption,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    by_key = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    assert encryption["ApplyServerSideEncryptionByDefault"] == (by_key if key else {"SSEAlgorithm": "AES256"}), encryption
    assert encryption.get("BucketKeyEnabled", False) == bool(key), encryption
    rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert all(rule["Status"] == "Enabled" for rule in rules), rules
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    assert s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    check_tls(bucket)
    print(f"bucket    {bucket}: TLS only, private, {key or 'SSE-S3'}, {', '.join(rule['ID'] for rule in rules)}")
    return {rule["ID"]: rule for rule in rules}


def check_tls(bucket: str) -> None:
    (statement,) = json.loads(boto3.client("s3").get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*"), statement
    assert statement["Resource"] == [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"], statement
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}, statement


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


FUNCTION_ROLES = ("DispatcherRole", "ReaderRole", "WorkerRole", "CloserRole")


def statements(role: str) -> list[dict[str, Any]]:
    api = boto3.client("iam")
    names = api.list_role_policies(RoleName=role)["PolicyNames"]
    documents = [api.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names]
    return [statement for document in documents for statement in document["Statement"]]


def check_roles(stack: str, ids: dict[str, str]) -> None:
    api, said = boto3.client("iam"), parameters_of(stack)
    roles = {name: statements(ids[name]) for name in ids if name.endswith("Role")}
    assert len(roles) == 7, sorted(roles)
    for name in roles:
        role = api.get_role(RoleName=ids[name])["Role"]
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Condition"]["StringEquals"]["aws:SourceAccount"] == role["Arn"].split(":")[4], trust
        assert role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "") == said["PermissionsBoundary"], role
        assert api.list_attached_role_policies(RoleName=ids[name])["AttachedPolicies"] == [], name
        actions = json.dumps(roles[name])
        assert ("kms:Decrypt" in actions) == (said["KmsKeyArn"] != "" and name in FUNCTION_ROLES), actions
        assert ("xray:PutTraceSegments" in actions) == (said["Tracing"] == "true" and name != "DailyScheduleRole"), actions
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


def check_operation(stack: str, ids: dict[str, str], outputs: dict[str, str]) -> None:
    """Alarms that reach a topic, the mail of it, the queue of what came to nothing, and the dashboard."""
    said = parameters_of(stack)
    cloudwatch, topic = boto3.client("cloudwatch"), ids["AlarmTopic"]
    wanted = {name: ids[name] for name in ids if name.endswith("Alarm")}
    alarms = {alarm["AlarmName"]: alarm for alarm in cloudwatch.describe_alarms()["MetricAlarms"]}
    assert len(wanted) == (5 if said["ScheduleState"] == "ENABLED" else 4), wanted
    for name, physical in wanted.items():
        alarm = alarms[physical]
        assert alarm["AlarmActions"] == [topic] and alarm["AlarmDescription"], alarm
        assert alarm["TreatMissingData"] == ("breaching" if name == "RunMissingAlarm" else "notBreaching"), alarm
    assert outputs["AlarmTopic"] == topic, outputs

    mails = [one["Endpoint"] for one in boto3.client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]]
    assert mails == ([said["AlarmEmail"]] if said["AlarmEmail"] else []), mails

    sqs = boto3.client("sqs")
    queue = sqs.get_queue_attributes(QueueUrl=ids["DeadLetterQueue"], AttributeNames=["All"])["Attributes"]
    assert queue["MessageRetentionPeriod"] == "1209600", queue
    dispatcher = boto3.client("lambda").get_function_configuration(FunctionName=ids["Dispatcher"])
    assert dispatcher["DeadLetterConfig"] == {"TargetArn": queue["QueueArn"]}, dispatcher
    target = boto3.client("scheduler").get_schedule(Name=ids["DailySchedule"])["Target"]
    assert target["DeadLetterConfig"] == {"Arn": queue["QueueArn"]}, target

    body = json.loads(cloudwatch.get_dashboard(DashboardName=f"{stack}-us-east-1")["DashboardBody"])
    (shown,) = [widget["properties"]["alarms"] for widget in body["widgets"] if widget["type"] == "alarm"]
    assert sorted(shown) == sorted(alarms[name]["AlarmArn"] for name in wanted.values()), shown
    print(f"operation {', '.join(sorted(wanted))}; {mails or 'no mail'}; {len(body['widgets'])} widgets")


def check_schedule(stack: str, ids: dict[str, str]) -> None:
    schedule = boto3.client("scheduler").get_schedule(Name=ids["DailySchedule"])
    function = boto3.client("lambda").get_function(FunctionName=ids["Dispatcher"])["Configuration"]["FunctionArn"]
    assert schedule["ScheduleExpression"] == "cron(0 1 * * ? *)", schedule
    assert schedule["ScheduleExpressionTimezone"] == parameters_of(stack)["TimeZone"], schedule
    assert schedule["State"] == parameters_of(stack)["ScheduleState"], schedule
    assert schedule["Target"]["Arn"] == function, schedule
    assert json.loads(schedule["Target"]["Input"]) == {"scheduledTime": "<aws.scheduler.scheduled-time>"}
    print(f"schedule  {schedule['ScheduleExpression']} in {schedule['ScheduleExpressionTimezone']}, {schedule['State']}")


def check_deleted(stack: str, existing: str | None) -> None:
    """Reports and answers outlive the stack, and so does what protects them; what only asks them goes with it."""
    s3, athena = boto3.client("s3"), boto3.client("athena")
    names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    kept = [name for name in names if name.startswith((f"{stack}-reportbucket".lower(), f"{stack}-resultbucket".lower()))]
    assert len(kept) == (1 if existing else 2), names
    for name in kept:
        check_tls(name)
    if existing:
        assert existing in names, names
    else:
        (reports,) = (name for name in kept if "-reportbucket" in name)
        assert s3.list_objects_v2(Bucket=reports)["KeyCount"] > 0, reports
    databases = boto3.client("glue").get_databases()["DatabaseList"]
    assert databases == [], databases
    try:
        group = athena.get_work_group(WorkGroup=stack)["WorkGroup"]
    except athena.exceptions.InvalidRequestException:
        group = None
    assert group is None, group
    saved = athena.list_named_queries(WorkGroup=stack)["NamedQueryIds"]
    assert saved == [], saved
    print(f"deleted   {stack}, but for {', '.join([*kept, existing] if existing else kept)}")


def main() -> None:
    if sys.argv[1] == "--deleted":
        return check_deleted(sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None)
    stack, format_ = sys.argv[1:3]
    ids, outputs = stack_of(stack)
    check_table(outputs, format_)
    check_view(stack, outputs, format_)
    check_workgroup(stack, ids, outputs)
    check_queries(stack, outputs)
    check_buckets(stack, ids, outputs)
    check_functions(ids, outputs)
    check_machines(ids, outputs)
    check_roles(stack, ids)
    check_schedule(stack, ids)
    check_operation(stack, ids, outputs)
    print(f"outputs   {json.dumps(outputs, indent=1)}")


if __name__ == "__main__":
    main()

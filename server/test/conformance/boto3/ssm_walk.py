"""Walks through Parameter Store with boto3 as a user would: every parameter operation, and the refusals people meet."""

import datetime
import json
import os
import sys

import boto3
from botocore.exceptions import ClientError


def refusal(call, **arguments):
    """Code and text of the refusal that a call must end in."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    raise AssertionError("the call was not refused")


def names(found):
    return [one["Name"] for one in found]


def values(ssm):
    put = ssm.put_parameter(Name="/py/db/password", Value="hunter2", Type="SecureString", Description="of the db")
    assert (put["Version"], put["Tier"]) == (1, "Standard"), put
    one = ssm.get_parameter(Name="/py/db/password", WithDecryption=True)["Parameter"]
    assert (one["Value"], one["Type"], one["Version"], one["DataType"]) == ("hunter2", "SecureString", 1, "text"), one
    assert one["ARN"].endswith(":parameter/py/db/password"), one
    assert isinstance(one["LastModifiedDate"], datetime.datetime), one
    assert "Selector" not in one and "KeyId" not in one, one
    assert ssm.get_parameter(Name="/py/db/password")["Parameter"]["Value"].startswith("AQICA")
    by_arn = ssm.get_parameter(Name=one["ARN"] + ":1", WithDecryption=True)["Parameter"]
    assert (by_arn["Name"], by_arn["Selector"], by_arn["ARN"]) == ("/py/db/password", ":1", one["ARN"]), by_arn
    ssm.put_parameter(Name="/py/hosts", Value="a, b,,c", Type="StringList")
    assert ssm.get_parameter(Name="/py/hosts")["Parameter"]["Value"] == "a, b,,c"
    ssm.put_parameter(Name="root", Value="äöü €", Type="String")
    assert ssm.get_parameter(Name="/root")["Parameter"]["Name"] == "/root"
    again = refusal(ssm.put_parameter, Name="/root", Value="x", Type="String")
    assert again == (
        "ParameterAlreadyExists",
        "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
    ), again
    assert ssm.put_parameter(Name="/py/db/password", Value="second", Overwrite=True)["Version"] == 2
    batch = ssm.get_parameters(Names=["/py/hosts", "/py/none", "/py/db/password:1", "/py/hosts"], WithDecryption=True)
    assert [(p["Name"], p["Value"]) for p in batch["Parameters"]] == [
        ("/py/db/password", "hunter2"),
        ("/py/hosts", "a, b,,c"),
    ], batch
    assert batch["InvalidParameters"] == ["/py/none"], batch
    missing = refusal(ssm.get_parameter, Name="/py/none")
    assert missing[0] == "ParameterNotFound", missing
    try:
        ssm.get_parameter(Name="/py/none")
    except ssm.exceptions.ParameterNotFound:
        pass
    assert refusal(ssm.get_parameter, Name="py/none")[0] == "ValidationException"
    version = refusal(ssm.get_parameter, Name="/py/hosts:99")
    assert version == (
        "ParameterVersionNotFound",
        "Systems Manager could not find version 99 of /py/hosts. Verify the version and try again.",
    ), version


def lists(ssm):
    for n in range(12):
        ssm.put_parameter(Name=f"/py/many/{n:02}", Value=f"v{n}", Type="String")
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path="/py", Recursive=True, WithDecryption=True)
    sizes = [len(page["Parameters"]) for page in pages]
    assert sizes == [10, 4], sizes
    level = ssm.get_parameters_by_path(Path="/py/")
    assert names(level["Parameters"]) == ["/py/hosts"] and "NextToken" not in level, level
    assert ssm.get_parameters_by_path(Path="/py/none")["Parameters"] == []
    one = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": ["root"]}])
    assert names(one["Parameters"]) == ["root"] and "NextToken" not in one, one
    assert one["Parameters"][0]["Policies"] == [] and "LastModifiedUser" in one["Parameters"][0], one
    found = ssm.get_paginator("describe_parameters").paginate(
        ParameterFilters=[{"Key": "Path", "Option": "Recursive", "Values": ["/py"]}]
    )
    assert sum(len(page["Parameters"]) for page in found) == 14
    old = ssm.describe_parameters(Filters=[{"Key": "Name", "Values": ["/py/db/"]}])
    assert names(old["Parameters"]) == ["/py/db/password"], old
    key = refusal(
        ssm.get_parameters_by_path, Path="/py", ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": ["x"]}]
    )
    assert key == (
        "InvalidFilterKey",
        "The following filter key is not valid: Name. Valid filter keys include: [Type, KeyId, Label].",
    ), key
    token = refusal(ssm.describe_parameters, NextToken="garbage")
    assert token == ("InvalidNextToken", "The following token is invalid: garbage."), token


def labels(ssm):
    labelled = ssm.label_parameter_version(Name="/py/db/password", ParameterVersion=1, Labels=["stable", "1st"])
    assert (labelled["ParameterVersion"], labelled["InvalidLabels"]) == (1, ["1st"]), labelled
    stable = ssm.get_parameter(Name="/py/db/password:stable", WithDecryption=True)["Parameter"]
    assert (stable["Value"], stable["Selector"]) == ("hunter2", ":stable"), stable
    ssm.label_parameter_version(Name="/py/db/password", Labels=["stable"])
    history = ssm.get_parameter_history(Name="/py/db/password", WithDecryption=True)["Parameters"]
    assert [(one["Version"], one["Value"], one["Labels"]) for one in history] == [
        (1, "hunter2", []),
        (2, "second", ["stable"]),
    ], history
    assert all(one["Policies"] == [] and one["KeyId"] == "alias/aws/ssm" for one in history), history
    by_label = ssm.get_parameters_by_path(
        Path="/py/db", ParameterFilters=[{"Key": "Label", "Values": ["stable"]}], WithDecryption=True
    )["Parameters"]
    assert [(one["Name"], one["Version"]) for one in by_label] == [("/py/db/password", 2)], by_label
    gone = ssm.unlabel_parameter_version(Name="/py/db/password", ParameterVersion=2, Labels=["stable", "none"])
    assert (gone["RemovedLabels"], gone["InvalidLabels"]) == (["stable"], ["none"]), gone


def around(ssm):
    on = {"ResourceType": "Parameter", "ResourceId": "/py/hosts"}
    ssm.add_tags_to_resource(**on, Tags=[{"Key": "team", "Value": "blue"}, {"Key": "empty", "Value": ""}])
    ssm.remove_tags_from_resource(**on, TagKeys=["empty", "unknown"])
    assert ssm.list_tags_for_resource(**on)["TagList"] == [{"Key": "team", "Value": "blue"}]
    tagged = ssm.describe_parameters(ParameterFilters=[{"Key": "tag:team"}])["Parameters"]
    assert names(tagged) == ["/py/hosts"], tagged
    assert refusal(ssm.list_tags_for_resource, ResourceType="Parameter", ResourceId="/py/none")[0] == "InvalidResourceId"

    setting = "/ssm/parameter-store/default-parameter-tier"
    default = ssm.get_service_setting(SettingId=setting)["ServiceSetting"]
    assert (default["SettingValue"], default["Status"]) == ("Standard", "Default"), default
    ssm.update_service_setting(SettingId=setting, SettingValue="Intelligent-Tiering")
    assert ssm.put_parameter(Name="/py/large", Value="x" * 5000, Type="String")["Tier"] == "Advanced"
    assert ssm.reset_service_setting(SettingId=setting)["ServiceSetting"]["SettingValue"] == "Standard"
    too_long = refusal(ssm.put_parameter, Name="/py/long", Value="x" * 5000, Type="String")
    assert too_long[0] == "ValidationException" and too_long[1].startswith("Standard tier parameters support"), too_long

    expiration = {"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": "2099-01-01T00:00:00.000Z"}}
    ssm.put_parameter(Name="/py/large", Value="y", Overwrite=True, Policies=json.dumps([expiration]))
    described = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": ["/py/large"]}])["Parameters"][0]
    assert [one["PolicyType"] for one in described["Policies"]] == ["Expiration"], described

    arn = ssm.get_parameter(Name="/py/large")["Parameter"]["ARN"]
    account = arn.split(":")[4]
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": account},
                "Action": ["ssm:GetParameter", "ssm:GetParameters", "ssm:DescribeParameters"],
                "Resource": arn,
            }
        ],
    }
    made = ssm.put_resource_policy(ResourceArn=arn, Policy=json.dumps(policy))
    kept = ssm.get_resource_policies(ResourceArn=arn)["Policies"]
    assert [(one["PolicyId"], one["PolicyHash"]) for one in kept] == [(made["PolicyId"], made["PolicyHash"])], kept
    ssm.delete_resource_policy(ResourceArn=arn, PolicyId=made["PolicyId"], PolicyHash=made["PolicyHash"])
    assert ssm.get_resource_policies(ResourceArn=arn)["Policies"] == []


def references(ssm, secrets):
    secrets.create_secret(Name="py/token", SecretString="abc")
    name = "/aws/reference/secretsmanager/py/token"
    one = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]
    assert (one["Value"], one["Version"], one["Name"]) == ("abc", 0, name), one
    without = refusal(ssm.get_parameter, Name=name)
    assert without == (
        "ValidationException",
        "WithDecryption flag must be True for retrieving a Secret Manager secret.",
    ), without


def removals(ssm):
    ssm.delete_parameter(Name="root")
    assert refusal(ssm.delete_parameter, Name="root")[0] == "ParameterNotFound"
    gone = ssm.delete_parameters(Names=["/py/hosts", "/py/none", "/py/many/00"])
    assert (gone["DeletedParameters"], gone["InvalidParameters"]) == (["/py/hosts", "/py/many/00"], ["/py/none"]), gone


def main():
    ssm = boto3.client("ssm", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
    values(ssm)
    lists(ssm)
    labels(ssm)
    around(ssm)
    references(ssm, boto3.client("secretsmanager", endpoint_url=os.environ["AWS_ENDPOINT_URL"]))
    removals(ssm)


if __name__ == "__main__":
    sys.exit(main())

"""Walks through Secrets Manager with boto3, operation by operation: what each answers, and what it refuses.

One function for each operation of the client, in its spelling (`walk_create_secret`); none of the 23 may be missing. Endpoint, region and
credentials come from the environment. Source: secretsmanager.md 8.
"""

import json
import re
import sys
import time
import uuid
from datetime import datetime, timedelta, timezone

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError

NOT_FOUND = ("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
MARKED = (
    "InvalidRequestException",
    "You can't perform this operation on the secret because it was marked for deletion.",
)
INVALID_NAME = (
    "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
)


def refusal(call, **request):
    """Code and text of the refusal that a call must end in."""
    try:
        call(**request)
    except ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400, error.response
        assert error.response["ResponseMetadata"]["RequestId"], error.response
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError(f"{call.__name__} was not refused: {request}")


def members(answer):
    """An answer without what botocore adds to it."""
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def version(n):
    return f"version-0000-0000-0000-{n:012}"


def made(client, name, **more):
    """A secret with one version."""
    return client.create_secret(Name=name, SecretString="1", ClientRequestToken=version(1), **more)["ARN"]


def by_tokens(call, items, **request):
    """What pages of one entry hold together; not every operation has a paginator in every botocore."""
    found = []
    while True:
        page = call(MaxResults=1, **request)
        assert len(page[items]) <= 1, page
        found.extend(page[items])
        if "NextToken" not in page:
            return found
        request["NextToken"] = page["NextToken"]


def labels(client, name):
    stages = client.describe_secret(SecretId=name).get("VersionIdsToStages", {})
    return {id: sorted(names) for id, names in stages.items()}


def walk_create_secret(client):
    answer = members(client.create_secret(Name="create/one", SecretString="x", ClientRequestToken=version(1)))
    arn = answer["ARN"]
    assert re.fullmatch(r"arn:aws:secretsmanager:us-east-1:\d{12}:secret:create/one-[A-Za-z0-9]{6}", arn), arn
    assert answer == {"ARN": arn, "Name": "create/one", "VersionId": version(1)}, answer
    again = client.create_secret(Name="create/one", SecretString="x", ClientRequestToken=version(1))
    assert members(again) == answer, again
    assert sorted(members(client.create_secret(Name="create/empty"))) == ["ARN", "Name"]
    # The token is botocore's where none is given: a UUID.
    uuid.UUID(client.create_secret(Name="create/token", SecretBinary=b"\x00\xff")["VersionId"])
    assert refusal(client.create_secret, Name="create/one", SecretString="y") == (
        "ResourceExistsException",
        "The operation failed because the secret create/one already exists.",
    )
    assert refusal(client.create_secret, Name="create/one", SecretString="y", ClientRequestToken=version(1)) == (
        "ResourceExistsException",
        f"You can't use ClientRequestToken {version(1)} because that value is already in use for a version of secret {arn}.",
    )
    assert refusal(client.create_secret, Name="no name", SecretString="x") == ("ValidationException", INVALID_NAME)
    code, _ = refusal(client.create_secret, Name="create/both", SecretString="x", SecretBinary=b"x")
    assert code == "InvalidParameterException", code
    region = {"Name": "create/replica", "AddReplicaRegions": [{"Region": "us-east-1"}]}
    assert refusal(client.create_secret, **region) == ("InvalidParameterException", "Invalid replica region.")


def walk_describe_secret(client):
    arn = made(client, "describe/one", Description="of it", Tags=[{"Key": "a", "Value": "1"}])
    answer = members(client.describe_secret(SecretId="describe/one"))
    created, changed = answer.pop("CreatedDate"), answer.pop("LastChangedDate")
    assert abs(created - datetime.now(timezone.utc)) < timedelta(minutes=5) and changed >= created
    assert answer == {
        "ARN": arn,
        "Name": "describe/one",
        "Description": "of it",
        "Tags": [{"Key": "a", "Value": "1"}],
        "VersionIdsToStages": {version(1): ["AWSCURRENT"]},
    }, answer
    client.get_secret_value(SecretId=arn)
    accessed = client.describe_secret(SecretId=arn)["LastAccessedDate"].astimezone(timezone.utc)
    assert (accessed.hour, accessed.minute, accessed.second, accessed.microsecond) == (0, 0, 0, 0), accessed
    assert refusal(client.describe_secret, SecretId="none") == NOT_FOUND


def walk_get_secret_value(client):
    arn = made(client, "get/one")
    client.put_secret_value(SecretId=arn, SecretBinary=b"\x00two", ClientRequestToken=version(2))
    answer = members(client.get_secret_value(SecretId="get/one"))
    assert isinstance(answer.pop("CreatedDate"), datetime)
    assert answer == {
        "ARN": arn,
        "Name": "get/one",
        "VersionId": version(2),
        "SecretBinary": b"\x00two",
        "VersionStages": ["AWSCURRENT"],
    }, answer
    for request in ({"VersionId": version(1)}, {"VersionStage": "AWSPREVIOUS"}):
        assert client.get_secret_value(SecretId=arn[:-7], **request)["SecretString"] == "1", request
    assert refusal(client.get_secret_value, SecretId="get/one", VersionStage="none") == (
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label: none",
    )
    assert refusal(client.get_secret_value, SecretId="get/one", VersionId=version(1), VersionStage="AWSCURRENT") == (
        "InvalidRequestException",
        "You provided a VersionStage that is not associated to the provided VersionId.",
    )
    code, _ = refusal(client.get_secret_value, SecretId="get/one", VersionId=version(9))
    assert code == "ResourceNotFoundException", code
    try:
        client.get_secret_value(SecretId="get/none")
    except client.exceptions.ResourceNotFoundException as error:
        # A modelled error is a class of the client, with the text in `Message` too.
        assert error.response["Message"] == NOT_FOUND[1], error.response


def walk_batch_get_secret_value(client):
    arns = {name: made(client, name) for name in ("batch/a", "batch/b")}
    answer = client.batch_get_secret_value(SecretIdList=["batch/a", arns["batch/b"], "batch/none"])
    assert {value["Name"]: value["ARN"] for value in answer["SecretValues"]} == arns, answer
    assert answer["Errors"] == [{"SecretId": "batch/none", "ErrorCode": NOT_FOUND[0], "Message": NOT_FOUND[1]}], answer
    filters = [{"Key": "name", "Values": ["batch/"]}]
    found = [value["Name"] for value in by_tokens(client.batch_get_secret_value, "SecretValues", Filters=filters)]
    assert found == ["batch/a", "batch/b"], found
    both = {"SecretIdList": ["batch/a"], "Filters": [{"Key": "name", "Values": ["batch/"]}]}
    text = "Either 'SecretIdList' or 'Filters' must be provided, but not both."
    assert refusal(client.batch_get_secret_value, **both) == ("InvalidParameterException", text)


def walk_put_secret_value(client):
    arn = made(client, "put/one")
    answer = members(client.put_secret_value(SecretId="put/one", SecretString="2", ClientRequestToken=version(2)))
    assert answer == {"ARN": arn, "Name": "put/one", "VersionId": version(2), "VersionStages": ["AWSCURRENT"]}, answer
    client.put_secret_value(SecretId=arn, SecretString="3", ClientRequestToken=version(3), VersionStages=["mine"])
    assert labels(client, "put/one") == {
        version(1): ["AWSPREVIOUS"],
        version(2): ["AWSCURRENT"],
        version(3): ["mine"],
    }
    code, text = refusal(client.put_secret_value, SecretId="put/one", SecretString="x", ClientRequestToken=version(2))
    assert code == "ResourceExistsException" and version(2) in text, text
    assert refusal(client.put_secret_value, SecretId="put/one") == (
        "InvalidRequestException",
        "You must provide either SecretString or SecretBinary.",
    )
    assert refusal(client.put_secret_value, SecretId="none", SecretString="x") == NOT_FOUND


def walk_update_secret(client):
    arn = made(client, "update/one")
    assert members(client.update_secret(SecretId="update/one", Description="d")) == {"ARN": arn, "Name": "update/one"}
    assert labels(client, "update/one") == {version(1): ["AWSCURRENT"]}
    answer = members(client.update_secret(SecretId=arn, SecretString="2", ClientRequestToken=version(2)))
    assert answer == {"ARN": arn, "Name": "update/one", "VersionId": version(2)}, answer
    assert labels(client, "update/one") == {version(1): ["AWSPREVIOUS"], version(2): ["AWSCURRENT"]}
    client.update_secret(SecretId="update/one", Description="")
    assert "Description" not in client.describe_secret(SecretId="update/one")
    assert refusal(client.update_secret, SecretId="none", Description="d") == NOT_FOUND


def walk_update_secret_version_stage(client):
    arn = made(client, "stage/one")
    client.put_secret_value(SecretId=arn, SecretString="2", ClientRequestToken=version(2))
    move = {"SecretId": "stage/one", "VersionStage": "AWSCURRENT", "MoveToVersionId": version(1)}
    code, text = refusal(client.update_secret_version_stage, **move)
    assert (code, text) == (
        "InvalidParameterException",
        f"The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version {version(2)}, so you must explicitly reference that version in RemoveFromVersionId.",
    )
    answer = client.update_secret_version_stage(**move, RemoveFromVersionId=version(2))
    assert members(answer) == {"ARN": arn, "Name": "stage/one"}, answer
    assert labels(client, "stage/one") == {version(1): ["AWSCURRENT"], version(2): ["AWSPREVIOUS"]}
    code, text = refusal(
        client.update_secret_version_stage,
        SecretId="stage/one",
        VersionStage="AWSCURRENT",
        RemoveFromVersionId=version(1),
    )
    assert code == "InvalidParameterException" and text.endswith("It can’t be completely removed."), text


def walk_list_secrets(client):
    for n in range(5):
        client.create_secret(Name=f"list/{n}", SecretString="x")
    filters = [{"Key": "name", "Values": ["list/"]}]
    entry = client.list_secrets(Filters=filters)["SecretList"][0]
    assert sorted(entry) == ["ARN", "CreatedDate", "LastChangedDate", "Name", "SecretVersionsToStages"], entry
    pages = client.get_paginator("list_secrets").paginate(Filters=filters, PaginationConfig={"PageSize": 2})
    names = [entry["Name"] for page in pages for entry in page["SecretList"]]
    assert names == [f"list/{n}" for n in range(5)], names
    ordered = client.list_secrets(Filters=filters, SortBy="name", SortOrder="desc")["SecretList"]
    assert [entry["Name"] for entry in ordered] == names[::-1]
    client.delete_secret(SecretId="list/4")
    assert len(client.list_secrets(Filters=filters)["SecretList"]) == 4
    assert len(client.list_secrets(Filters=filters, IncludePlannedDeletion=True)["SecretList"]) == 5
    code, text = refusal(client.list_secrets, Filters=[{"Key": "wrong", "Values": ["x"]}])
    assert code == "ValidationException", code
    assert text.startswith("1 validation error detected: Value 'wrong' at 'filters.1.member.key' failed"), text
    assert refusal(client.list_secrets, NextToken="garbage")[0] == "InvalidNextTokenException"


def walk_list_secret_version_ids(client):
    arn = made(client, "versions/one")
    for n in (2, 3):
        client.put_secret_value(SecretId=arn, SecretString=f"{n}", ClientRequestToken=version(n))
    answer = members(client.list_secret_version_ids(SecretId="versions/one"))
    assert (answer["ARN"], answer["Name"]) == (arn, "versions/one")
    assert {entry["VersionId"] for entry in answer["Versions"]} == {version(2), version(3)}, answer
    assert all(entry["KmsKeyIds"] == ["DefaultEncryptionKey"] for entry in answer["Versions"]), answer
    every = client.list_secret_version_ids(SecretId=arn, IncludeDeprecated=True)["Versions"]
    old = next(entry for entry in every if entry["VersionId"] == version(1))
    assert len(every) == 3 and "VersionStages" not in old and "LastAccessedDate" not in old, every
    paged = by_tokens(client.list_secret_version_ids, "Versions", SecretId=arn, IncludeDeprecated=True)
    assert sorted(entry["VersionId"] for entry in paged) == [version(n) for n in (1, 2, 3)], paged


def walk_delete_secret(client):
    arn = made(client, "delete/one")
    answer = members(client.delete_secret(SecretId="delete/one", RecoveryWindowInDays=7))
    left = answer.pop("DeletionDate") - datetime.now(timezone.utc)
    assert timedelta(days=6, hours=23) < left < timedelta(days=7, hours=1), left
    assert answer == {"ARN": arn, "Name": "delete/one"}, answer
    assert "DeletedDate" in client.describe_secret(SecretId="delete/one")
    assert refusal(client.get_secret_value, SecretId="delete/one") == MARKED
    assert refusal(client.create_secret, Name="delete/one", SecretString="x") == (
        "InvalidRequestException",
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
    )
    client.delete_secret(SecretId="delete/one", ForceDeleteWithoutRecovery=True)
    assert refusal(client.describe_secret, SecretId="delete/one") == NOT_FOUND
    assert client.delete_secret(SecretId="delete/none", ForceDeleteWithoutRecovery=True)["Name"] == "delete/none"
    assert refusal(client.delete_secret, SecretId="delete/none") == NOT_FOUND
    assert refusal(client.delete_secret, SecretId="delete/none", RecoveryWindowInDays=3) == (
        "InvalidParameterException",
        "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
    )


def walk_restore_secret(client):
    arn = made(client, "restore/one")
    client.delete_secret(SecretId=arn)
    for _ in range(2):
        assert members(client.restore_secret(SecretId="restore/one")) == {"ARN": arn, "Name": "restore/one"}
    assert "DeletedDate" not in client.describe_secret(SecretId=arn)
    assert client.get_secret_value(SecretId=arn)["SecretString"] == "1"
    assert refusal(client.restore_secret, SecretId="none") == NOT_FOUND


def walk_tag_resource(client):
    made(client, "tag/one")
    # An empty body: botocore answers nothing but its own members.
    assert members(client.tag_resource(SecretId="tag/one", Tags=[{"Key": "b", "Value": ""}])) == {}
    client.tag_resource(SecretId="tag/one", Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    tags = client.describe_secret(SecretId="tag/one")["Tags"]
    assert tags == [{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "1"}], tags
    code, _ = refusal(client.tag_resource, SecretId="tag/one", Tags=[{"Key": "aws:x", "Value": ""}])
    assert code == "InvalidParameterException", code


def walk_untag_resource(client):
    made(client, "untag/one", Tags=[{"Key": "a", "Value": "1"}])
    before = client.describe_secret(SecretId="untag/one")["LastChangedDate"]
    assert members(client.untag_resource(SecretId="untag/one", TagKeys=["a", "never"])) == {}
    described = client.describe_secret(SecretId="untag/one")
    assert described["Tags"] == [] and described["LastChangedDate"] == before, described


POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"}],
}


def walk_put_resource_policy(client):
    arn = made(client, "policy/put")
    answer = client.put_resource_policy(SecretId="policy/put", ResourcePolicy=json.dumps(POLICY))
    assert members(answer) == {"ARN": arn, "Name": "policy/put"}, answer
    asked = {"SecretId": "policy/put", "ResourcePolicy": json.dumps(POLICY), "BlockPublicPolicy": True}
    assert refusal(client.put_resource_policy, **asked) == (
        "PublicPolicyException",
        "You can not attach a resource policy that grants Public access to your secret.",
    )
    assert refusal(client.put_resource_policy, SecretId="policy/put", ResourcePolicy="{") == (
        "MalformedPolicyDocumentException",
        "This resource policy contains a syntax error.",
    )


def walk_get_resource_policy(client):
    arn = made(client, "policy/get")
    assert members(client.get_resource_policy(SecretId="policy/get")) == {"ARN": arn, "Name": "policy/get"}
    client.put_resource_policy(SecretId=arn, ResourcePolicy=json.dumps(POLICY))
    assert json.loads(client.get_resource_policy(SecretId="policy/get")["ResourcePolicy"]) == POLICY


def walk_delete_resource_policy(client):
    arn = made(client, "policy/delete")
    client.put_resource_policy(SecretId=arn, ResourcePolicy=json.dumps(POLICY))
    for _ in range(2):
        assert members(client.delete_resource_policy(SecretId=arn)) == {"ARN": arn, "Name": "policy/delete"}
    assert "ResourcePolicy" not in client.get_resource_policy(SecretId=arn)


def walk_validate_resource_policy(client):
    broad = members(client.validate_resource_policy(ResourcePolicy=json.dumps(POLICY)))
    assert broad["PolicyValidationPassed"] is False, broad
    assert [error["CheckName"] for error in broad["ValidationErrors"]] == ["BlockPublicPolicyCheck"], broad
    arn = made(client, "policy/validate")
    account = {**POLICY["Statement"][0], "Principal": {"AWS": arn.split(":")[4]}}
    document = json.dumps({**POLICY, "Statement": [account]})
    answer = members(client.validate_resource_policy(SecretId=arn, ResourcePolicy=document))
    assert answer == {"PolicyValidationPassed": True, "ValidationErrors": []}, answer
    assert "ResourcePolicy" not in client.get_resource_policy(SecretId=arn)


def rotation(client, name):
    """A secret that a function of the server's own rotates, and what RotateSecret answered."""
    arn = made(client, name)
    function = f"arn:aws:lambda:us-east-1:{arn.split(':')[4]}:function:StrongroomRandomRotation"
    rules = {"AutomaticallyAfterDays": 30}
    request = {"SecretId": name, "RotationLambdaARN": function, "RotationRules": rules}
    return arn, client.rotate_secret(**request, ClientRequestToken=version(2))


def walk_rotate_secret(client):
    arn, answer = rotation(client, "rotate/one")
    assert members(answer) == {"ARN": arn, "Name": "rotate/one", "VersionId": version(2)}, answer
    for _ in range(600):
        described = client.describe_secret(SecretId=arn)
        if "LastRotatedDate" in described:
            break
        time.sleep(0.05)
    assert described["RotationEnabled"] is True and described["RotationRules"] == {"AutomaticallyAfterDays": 30}
    assert "AWSCURRENT" in described["VersionIdsToStages"][version(2)], described
    assert client.get_secret_value(SecretId=arn)["SecretString"] != "1"
    made(client, "rotate/none")
    assert refusal(client.rotate_secret, SecretId="rotate/none") == (
        "InvalidRequestException",
        "No Lambda rotation function ARN is associated with this secret.",
    )


def walk_cancel_rotate_secret(client):
    arn, _ = rotation(client, "cancel/one")
    answer = client.cancel_rotate_secret(SecretId="cancel/one")
    assert (answer["ARN"], answer["Name"]) == (arn, "cancel/one"), answer
    described = client.describe_secret(SecretId=arn)
    assert described["RotationEnabled"] is False and "NextRotationDate" not in described, described
    assert "RotationLambdaARN" in described, described


def walk_get_random_password(client):
    answer = members(client.get_random_password())
    assert list(answer) == ["RandomPassword"] and len(answer["RandomPassword"]) == 32
    loose = client.get_random_password(PasswordLength=120, ExcludeCharacters="xyzDje@?!.", ExcludePunctuation=True)
    assert re.fullmatch(r"[A-Za-z0-9]{120}", loose["RandomPassword"]) and not set("xyzDje") & set(loose["RandomPassword"])
    assert refusal(client.get_random_password, PasswordLength=3) == (
        "InvalidParameterException",
        "Password length is too short based on the required types.",
    )


def not_offered(call, **request):
    """Replication is not there yet."""
    code, text = refusal(call, **request)
    assert code == "UnknownOperationException" and text.endswith("is not offered by this server yet."), text


def walk_replicate_secret_to_regions(client):
    arn = made(client, "replicate/one")
    not_offered(client.replicate_secret_to_regions, SecretId=arn, AddReplicaRegions=[{"Region": "eu-west-1"}])
    assert "ReplicationStatus" not in client.describe_secret(SecretId=arn)


def walk_remove_regions_from_replication(client):
    arn = made(client, "replicate/remove")
    not_offered(client.remove_regions_from_replication, SecretId=arn, RemoveReplicaRegions=["eu-west-1"])


def walk_stop_replication_to_replica(client):
    not_offered(client.stop_replication_to_replica, SecretId=made(client, "replicate/stop"))


if __name__ == "__main__":
    secrets = boto3.client("secretsmanager")
    walks = {name.removeprefix("walk_"): walk for name, walk in globals().items() if name.startswith("walk_")}
    operations = set(secrets.meta.method_to_api_mapping)
    assert len(walks) == 23 and walks.keys() <= operations, f"not of the API: {walks.keys() - operations}"
    # What AWS has added since: a botocore that is newer than this walk knows it, the server does not and says so.
    unchecked = boto3.client("secretsmanager", config=Config(parameter_validation=False))
    for name in sorted(operations - walks.keys()):
        code, _ = refusal(getattr(unchecked, name))
        assert code == "UnknownOperationException", f"{name}: {code}"
    for name, walk in walks.items():
        try:
            walk(secrets)
        except (AssertionError, ClientError, ParamValidationError, KeyError) as error:
            raise AssertionError(f"{name}: {error}") from error
    print(f"{len(walks)} operations", file=sys.stdout)

"""What a program with boto3 does with a secrets service, in two parts: the server is killed and started between them.

    python3 walk.py before      makes, changes and reads secrets
    python3 walk.py after       finds all of it again, deletes and restores

Endpoint, region and credentials come from the environment, as the server printed them. Nothing here is Strongroom's.
"""

import re
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

CURRENT = '{"api_key":"secret_v2"}'
PREVIOUS = '{"api_key":"super-secret"}'
MANY = 25


def refusal(call, **request):
    """The code and text of AWS's refusal."""
    try:
        call(**request)
    except ClientError as error:
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400, error.response
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError(f"{call.__name__} was not refused: {request}")


def pages(client, operation, items, **request):
    """All items of a listing; by boto3's paginator where it has one, else by its tokens."""
    if client.can_paginate(operation):
        answers = client.get_paginator(operation).paginate(PaginationConfig={"PageSize": 4}, **request)
    else:
        answers = []
        token = {}
        while True:
            answer = getattr(client, operation)(MaxResults=4, **request, **token)
            answers.append(answer)
            if "NextToken" not in answer:
                break
            token = {"NextToken": answer["NextToken"]}
    found = []
    for answer in answers:
        assert len(answer[items]) <= 4, answer
        found.extend(answer[items])
    return found


def before(client):
    created = client.create_secret(Name="avApiKey", SecretString=PREVIOUS)
    assert re.fullmatch(r"arn:aws:secretsmanager:[a-z0-9-]+:\d{12}:secret:avApiKey-[A-Za-z0-9]{6}", created["ARN"])
    assert created["Name"] == "avApiKey"
    assert len(created["VersionId"]) == 36

    names = [entry["Name"] for entry in client.list_secrets()["SecretList"]]
    assert names == ["avApiKey"], names

    updated = client.update_secret(SecretId="avApiKey", SecretString=CURRENT)
    assert updated["ARN"] == created["ARN"] and updated["VersionId"] != created["VersionId"], updated
    values(client)

    code, text = refusal(client.create_secret, Name="avApiKey", SecretString="other")
    assert code == "ResourceExistsException", code
    assert text == "The operation failed because the secret avApiKey already exists.", text
    code, text = refusal(client.get_secret_value, SecretId="nothing")
    assert (code, text) == ("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    code, text = refusal(client.get_secret_value, SecretId="avApiKey", VersionId="0" * 32)
    assert code == "ResourceNotFoundException", code
    assert text == f"Secrets Manager can't find the specified secret value for VersionId: {'0' * 32}", text
    code, text = refusal(client.get_secret_value, SecretId="no name")
    assert code == "ValidationException" and text.startswith("Invalid name."), text

    client.tag_resource(SecretId="avApiKey", Tags=[{"Key": "team", "Value": "red"}])
    client.create_secret(Name="binary", SecretBinary=bytes(range(256)))
    for n in range(MANY):
        client.create_secret(Name=f"many/{n:02}", SecretString=f"value {n}")


def after(client):
    values(client)
    described = client.describe_secret(SecretId="avApiKey")
    assert described["Tags"] == [{"Key": "team", "Value": "red"}], described
    stages = sorted(labels for labels in described["VersionIdsToStages"].values())
    assert stages == [["AWSCURRENT"], ["AWSPREVIOUS"]], stages
    assert client.get_secret_value(SecretId="binary")["SecretBinary"] == bytes(range(256))

    listed = [entry["Name"] for entry in pages(client, "list_secrets", "SecretList")]
    assert listed == ["avApiKey", "binary", *(f"many/{n:02}" for n in range(MANY))], listed
    filters = [{"Key": "name", "Values": ["many/"]}]
    assert len(pages(client, "list_secrets", "SecretList", Filters=filters)) == MANY
    values_of_many = pages(client, "batch_get_secret_value", "SecretValues", Filters=filters)
    assert sorted(entry["SecretString"] for entry in values_of_many) == sorted(f"value {n}" for n in range(MANY))
    versions = pages(client, "list_secret_version_ids", "Versions", SecretId="avApiKey", IncludeDeprecated=True)
    assert len(versions) == 2, versions

    batch = client.batch_get_secret_value(SecretIdList=["many/00", "nothing"])
    assert [value["SecretString"] for value in batch["SecretValues"]] == ["value 0"], batch
    assert [error["ErrorCode"] for error in batch["Errors"]] == ["ResourceNotFoundException"], batch
    password = client.get_random_password(PasswordLength=20, ExcludePunctuation=True)["RandomPassword"]
    assert re.fullmatch(r"[A-Za-z0-9]{20}", password)

    client.delete_secret(SecretId="avApiKey", RecoveryWindowInDays=7)
    code, text = refusal(client.get_secret_value, SecretId="avApiKey")
    marked = "You can't perform this operation on the secret because it was marked for deletion."
    assert (code, text) == ("InvalidRequestException", marked)
    client.restore_secret(SecretId="avApiKey")
    values(client)
    client.delete_secret(SecretId="avApiKey", ForceDeleteWithoutRecovery=True)
    assert refusal(client.describe_secret, SecretId="avApiKey")[0] == "ResourceNotFoundException"


def values(client):
    """The current and the previous value of the first secret."""
    assert client.get_secret_value(SecretId="avApiKey")["SecretString"] == CURRENT
    assert client.get_secret_value(SecretId="avApiKey", VersionStage="AWSPREVIOUS")["SecretString"] == PREVIOUS


if __name__ == "__main__":
    part = {"before": before, "after": after}[sys.argv[1]]
    part(boto3.client("secretsmanager"))
    # The other retry modes speak the same wire; a listing in each is enough.
    for mode in ("standard", "adaptive"):
        boto3.client("secretsmanager", config=Config(retries={"mode": mode})).list_secrets(MaxResults=1)

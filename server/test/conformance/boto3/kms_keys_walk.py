"""Walks through the life of KMS keys with boto3: aliases, tags, policies, grants, rotation, re-encryption, deletion."""

import datetime
import json
import os

import boto3
from botocore.exceptions import ClientError


def refusal(call, **arguments):
    """Code and text of the refusal that a call must end in."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["Error"].get("Message", "")
    raise AssertionError("the call was not refused")


def nothing(answer):
    """An answer that says nothing but how it went."""
    assert set(answer) == {"ResponseMetadata"}, answer


def names(kms):
    key = kms.create_key()["KeyMetadata"]
    other = kms.create_key(Description="other")["KeyMetadata"]
    nothing(kms.create_alias(AliasName="alias/shop", TargetKeyId=key["Arn"]))
    nothing(kms.update_alias(AliasName="alias/shop", TargetKeyId=other["KeyId"]))
    assert kms.describe_key(KeyId="alias/shop")["KeyMetadata"]["Description"] == "other"
    pages = kms.get_paginator("list_aliases").paginate(KeyId=other["KeyId"], PaginationConfig={"PageSize": 1})
    found = [alias for page in pages for alias in page["Aliases"]]
    assert [(alias["AliasName"], alias["TargetKeyId"]) for alias in found] == [("alias/shop", other["KeyId"])], found
    assert isinstance(found[0]["CreationDate"], datetime.datetime)
    nothing(kms.delete_alias(AliasName="alias/shop"))
    code, text = refusal(kms.encrypt, KeyId="alias/shop", Plaintext=b"x")
    assert code == "NotFoundException" and text.endswith(":alias/shop is not found."), text
    nothing(kms.tag_resource(KeyId=key["KeyId"], Tags=[{"TagKey": "a", "TagValue": "1"}, {"TagKey": "b", "TagValue": ""}]))
    nothing(kms.untag_resource(KeyId=key["KeyId"], TagKeys=["a", "absent"]))
    assert kms.list_resource_tags(KeyId=key["KeyId"])["Tags"] == [{"TagKey": "b", "TagValue": ""}]
    nothing(kms.update_key_description(KeyId=key["KeyId"], Description="described"))
    policy = json.loads(kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"])
    assert policy["Id"] == "key-default-1", policy
    nothing(kms.put_key_policy(KeyId=key["KeyId"], PolicyName="default", Policy=json.dumps(policy)))
    role = policy["Statement"][0]["Principal"]["AWS"].replace(":root", ":role/absent")
    policy["Statement"].append({"Effect": "Allow", "Principal": {"AWS": role}, "Action": "kms:Decrypt", "Resource": "*"})
    # The text that Terraform waits for.
    assert refusal(kms.put_key_policy, KeyId=key["KeyId"], PolicyName="default", Policy=json.dumps(policy)) == (
        "MalformedPolicyDocumentException",
        "Policy contains a statement with one or more invalid principals.",
    )


def rotation(kms):
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    status = kms.get_key_rotation_status(KeyId=key)
    days = (status["NextRotationDate"] - datetime.datetime.now(datetime.timezone.utc)).days
    assert status["RotationPeriodInDays"] == 90 and days in (89, 90), status
    before = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.rotate_key_on_demand(KeyId=key)
    opened = kms.decrypt(CiphertextBlob=before)
    current = kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    assert opened["Plaintext"] == b"x" and opened["KeyMaterialId"] != current
    moved = kms.re_encrypt(CiphertextBlob=before, DestinationKeyId=key)
    assert (moved["SourceKeyMaterialId"], moved["DestinationKeyMaterialId"]) == (opened["KeyMaterialId"], current)
    assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"])["Plaintext"] == b"x"
    pages = kms.get_paginator("list_key_rotations").paginate(KeyId=key, PaginationConfig={"PageSize": 1})
    kinds = [rotation["RotationType"] for page in pages for rotation in page["Rotations"]]
    assert kinds == ["ON_DEMAND"], kinds


def grants(kms):
    key = kms.create_key()["KeyMetadata"]
    grantee = f"arn:aws:iam::{key['AWSAccountId']}:root"
    asked = {"KeyId": key["KeyId"], "GranteePrincipal": grantee, "Operations": ["Decrypt"], "Name": "named"}
    made = kms.create_grant(**asked, Constraints={"EncryptionContextEquals": {"a": "1"}})
    again = kms.create_grant(**asked, Constraints={"EncryptionContextEquals": {"a": "1"}})
    assert made["GrantId"] == again["GrantId"] and made["GrantToken"] != again["GrantToken"]
    [listed] = kms.list_grants(KeyId=key["KeyId"])["Grants"]
    assert listed["Constraints"] == {"EncryptionContextEquals": {"a": "1"}} and listed["IssuingAccount"] == grantee
    assert refusal(kms.revoke_grant, KeyId=key["KeyId"], GrantId=made["GrantId"], DryRun=True) == (
        "DryRunOperationException",
        "The request would have succeeded, but the DryRun option is set.",
    )
    nothing(kms.retire_grant(KeyId=key["Arn"], GrantId=made["GrantId"]))
    assert kms.list_grants(KeyId=key["KeyId"])["Grants"] == []


def end(kms):
    key = kms.create_key()["KeyMetadata"]
    scheduled = kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    assert scheduled["KeyState"] == "PendingDeletion" and isinstance(scheduled["DeletionDate"], datetime.datetime)
    assert refusal(kms.schedule_key_deletion, KeyId=key["KeyId"]) == (
        "KMSInvalidStateException",
        f"{key['Arn']} is pending deletion.",
    )
    assert kms.cancel_key_deletion(KeyId=key["KeyId"])["KeyId"] == key["Arn"]
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] == "Disabled"
    assert len(kms.generate_random(NumberOfBytes=32)["Plaintext"]) == 32
    assert refusal(kms.describe_custom_key_stores)[0] == "UnsupportedOperationException"


def main():
    kms = boto3.client("kms", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
    for walk in (names, rotation, grants, end):
        walk(kms)
    print(f"boto3 {boto3.__version__}: aliases, tags, policies, rotation, grants, deletion")


main()

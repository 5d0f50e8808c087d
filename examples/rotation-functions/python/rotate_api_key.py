"""Rotates a secret that holds an API key: {"service": "...", "apiKey": "..."}.

Secrets Manager calls the handler four times for one rotation, always with the same token: createSecret, setSecret, testSecret,
finishSecret. Every step may be repeated, since a rotation that fails or is interrupted begins again. Needs boto3 only.
"""

import json
import logging
import os
import re

import boto3

logger = logging.getLogger()
logger.setLevel(logging.INFO)

KEY_PREFIX = os.environ.get("KEY_PREFIX", "key_")
KEY_LENGTH = int(os.environ.get("KEY_LENGTH", "40"))


def lambda_handler(event, context):
    arn, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    client = boto3.client("secretsmanager", endpoint_url=os.environ["SECRETS_MANAGER_ENDPOINT"])

    metadata = client.describe_secret(SecretId=arn)
    if metadata.get("RotationEnabled") is False:
        raise ValueError("Secret %s is not enabled for rotation" % arn)
    stages = metadata["VersionIdsToStages"].get(token)
    if stages is None:
        raise ValueError("Secret version %s has no stage for rotation of secret %s." % (token, arn))
    if "AWSCURRENT" in stages:
        logger.info("Secret version %s already set as AWSCURRENT for secret %s.", token, arn)
        return
    if "AWSPENDING" not in stages:
        raise ValueError("Secret version %s not set as AWSPENDING for rotation of secret %s." % (token, arn))

    steps = {
        "createSecret": create_secret,
        "setSecret": set_secret,
        "testSecret": test_secret,
        "finishSecret": finish_secret,
    }
    if step not in steps:
        raise ValueError("Invalid step parameter %s for secret %s" % (step, arn))
    steps[step](client, arn, token, event.get("RotationToken"))


def create_secret(client, arn, token, rotation_token):
    """Makes the new key, once: a second attempt finds the one of the first."""
    current = read(client, arn, "AWSCURRENT")
    try:
        read(client, arn, "AWSPENDING", token)
        logger.info("createSecret: there is a pending version of %s already.", arn)
        return
    except client.exceptions.ResourceNotFoundException:
        pass
    made = client.get_random_password(PasswordLength=KEY_LENGTH, ExcludePunctuation=True)
    current["apiKey"] = KEY_PREFIX + made["RandomPassword"]
    put = {"SecretId": arn, "ClientRequestToken": token, "VersionStages": ["AWSPENDING"]}
    if rotation_token is not None:
        put["RotationToken"] = rotation_token
    client.put_secret_value(SecretString=json.dumps(current), **put)
    logger.info("createSecret: made a pending version %s of %s.", token, arn)


def set_secret(client, arn, token, rotation_token):
    """Tells the service about the new key. Here nobody has to be told: call the service's API in this place."""
    pending = read(client, arn, "AWSPENDING", token)
    logger.info("setSecret: %s knows the new key.", pending["service"])


def test_secret(client, arn, token, rotation_token):
    """Checks the new key as the service would. Call the service with it in this place."""
    pending = read(client, arn, "AWSPENDING", token)
    if re.fullmatch(re.escape(KEY_PREFIX) + r"[A-Za-z0-9]{%d}" % KEY_LENGTH, pending["apiKey"]) is None:
        raise ValueError("Unable to use the pending key of secret %s" % arn)
    logger.info("testSecret: the new key of %s works.", arn)


def finish_secret(client, arn, token, rotation_token):
    """Makes the pending version the current one."""
    stages = client.describe_secret(SecretId=arn)["VersionIdsToStages"]
    current = next((version for version, names in stages.items() if "AWSCURRENT" in names), None)
    if current == token:
        return
    client.update_secret_version_stage(
        SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current
    )
    logger.info("finishSecret: version %s of %s is current.", token, arn)


def read(client, arn, stage, token=None):
    version = {} if token is None else {"VersionId": token}
    value = json.loads(client.get_secret_value(SecretId=arn, VersionStage=stage, **version)["SecretString"])
    for field in ("service", "apiKey"):
        if field not in value:
            raise KeyError("%s key is missing from secret JSON" % field)
    return value

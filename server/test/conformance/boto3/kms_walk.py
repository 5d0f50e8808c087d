"""Walks through KMS with boto3 as a user would: envelope encryption, signatures, MACs, imported material."""

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


def symmetric(kms):
    key = kms.create_key(Description="of boto3", Tags=[{"TagKey": "team", "TagValue": "blue"}])["KeyMetadata"]
    arn = key["Arn"]
    assert key["KeyState"] == "Enabled" and key["EncryptionAlgorithms"] == ["SYMMETRIC_DEFAULT"], key
    context = {"tenant": "blue"}
    sealed = kms.encrypt(KeyId=arn, Plaintext=b"text", EncryptionContext=context)["CiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=sealed, EncryptionContext=context)
    assert (opened["Plaintext"], opened["KeyId"]) == (b"text", arn), opened
    assert refusal(kms.decrypt, CiphertextBlob=sealed)[0] == "InvalidCiphertextException"
    data = kms.generate_data_key(KeyId=arn, KeySpec="AES_256", EncryptionContext=context)
    again = kms.decrypt(CiphertextBlob=data["CiphertextBlob"], EncryptionContext=context, KeyId=arn)
    assert again["Plaintext"] == data["Plaintext"] and len(data["Plaintext"]) == 32
    pair = kms.generate_data_key_pair(KeyId=arn, KeyPairSpec="ECC_NIST_P256")
    private = kms.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"])["Plaintext"]
    assert private == pair["PrivateKeyPlaintext"]
    kms.disable_key(KeyId=arn)
    assert refusal(kms.decrypt, CiphertextBlob=sealed, EncryptionContext=context) == (
        "DisabledException",
        f"{arn} is disabled.",
    )


def signatures(kms):
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    kms.create_alias(AliasName="alias/signer", TargetKeyId=key["KeyId"])
    asked = {"KeyId": "alias/signer", "Message": b"message", "SigningAlgorithm": "ECDSA_SHA_256"}
    signed = kms.sign(**asked)
    assert signed["KeyId"] == key["Arn"], signed
    assert kms.verify(**asked, Signature=signed["Signature"])["SignatureValid"] is True
    wrong = {**asked, "Message": b"another"}
    assert refusal(kms.verify, **wrong, Signature=signed["Signature"])[0] == "KMSInvalidSignatureException"
    public = kms.get_public_key(KeyId="alias/signer")
    assert public["SigningAlgorithms"] == ["ECDSA_SHA_256"] and len(public["PublicKey"]) == 91, public
    rsa = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["KeyId"]
    algorithm = {"KeyId": rsa, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    sealed = kms.encrypt(Plaintext=b"text", **algorithm)["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed, **algorithm)["Plaintext"] == b"text"


def macs(kms):
    key = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    asked = {"KeyId": key, "Message": b"message", "MacAlgorithm": "HMAC_SHA_256"}
    mac = kms.generate_mac(**asked)["Mac"]
    assert kms.verify_mac(**asked, Mac=mac)["MacValid"] is True
    assert refusal(kms.verify_mac, **asked, Mac=bytes(32))[0] == "KMSInvalidMacException"


def imports(kms):
    """Wraps as a customer does; skipped where Python has no library that can."""
    try:
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import padding
    except ImportError:
        print("no import: this Python has no cryptography package")
        return
    key = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["KeyId"]
    parameters = kms.get_parameters_for_import(
        KeyId=key, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048"
    )
    public = serialization.load_der_public_key(parameters["PublicKey"])
    oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
    kms.import_key_material(
        KeyId=key,
        ImportToken=parameters["ImportToken"],
        EncryptedKeyMaterial=public.encrypt(os.urandom(32), oaep),
        ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
    )
    described = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (described["KeyState"], described["Origin"]) == ("Enabled", "EXTERNAL"), described
    sealed = kms.encrypt(KeyId=key, Plaintext=b"text")["CiphertextBlob"]
    kms.delete_imported_key_material(KeyId=key)
    assert refusal(kms.decrypt, CiphertextBlob=sealed)[0] == "KMSInvalidStateException"


if __name__ == "__main__":
    client = boto3.client("kms")
    for part in (symmetric, signatures, macs, imports):
        part(client)
    sys.exit(0)

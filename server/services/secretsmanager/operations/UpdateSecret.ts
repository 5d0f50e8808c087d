import type { UpdateSecretRequest, UpdateSecretResponse } from '@aws-sdk/client-secrets-manager'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import * as members from '../model/members.ts'
import { tokenMissing } from '../model/refusals.ts'
import { live, ownable, type Secret } from '../model/secret.ts'
import { CURRENT, PENDING, PREVIOUS } from '../model/stages.ts'
import { checkType } from '../model/types.ts'
import { payloadOf, wipe } from '../model/value.ts'
import { type Env, operation } from '../operation.ts'
import { onSecret } from '../recorded.ts'
import { ownerOf, targetOf } from '../target.ts'
import { write } from '../writing.ts'

type Updated = Answer<UpdateSecretResponse, 'ARN' | 'Name'>

/**
 * Changes what the request names: description, key, type, and the value as a new current version. Without a value there
 * is no version. Another key takes the labelled versions along. Source: API_UpdateSecret; secretsmanager.md 8.21, 5.
 */
export const UpdateSecret = operation<UpdateSecretRequest, Updated>()({
  name: 'UpdateSecret',
  effect: 'write',
  input: {
    SecretId: required(members.SecretId),
    ClientRequestToken: members.ClientRequestToken,
    Description: members.Description,
    KmsKeyId: members.KmsKeyId,
    SecretBinary: members.SecretBinary,
    SecretString: members.SecretString,
    Type: members.SecretType,
  },
  errors: [
    'InvalidParameterException',
    'InvalidRequestException',
    'LimitExceededException',
    'EncryptionFailure',
    'ResourceExistsException',
    'ResourceNotFoundException',
    'MalformedPolicyDocumentException',
    'InternalServiceError',
    'PreconditionNotMetException',
    'DecryptionFailure',
  ],
  audit: {
    additional: onSecret,
    response: ({ ARN, Name, VersionId }) => ({ arn: ARN, name: Name, ...(VersionId && { versionId: VersionId }) }),
  },
  target: async (input, { secrets, cipher, random }, call) => {
    const { SecretId, KmsKeyId } = input
    return targetOf(SecretId, await secrets.find(SecretId), call, random, {
      context: {
        'secretsmanager:Description': input.Description,
        'secretsmanager:KmsKeyId': KmsKeyId,
        'secretsmanager:KmsKeyArn': KmsKeyId ? await cipher.resolve(KmsKeyId, ownerOf(SecretId, call)) : undefined,
        'secretsmanager:Type': input.Type,
      },
    })
  },
  async run(input, env, call) {
    const payload = payloadOf(input)
    try {
      const VersionId = input.ClientRequestToken
      if (payload && VersionId === undefined) throw tokenMissing()
      checkType(input.Type)
      const secret = ownable(live(await env.secrets.find(input.SecretId)))
      const changed = { ...secret, ...changesOf(input), changedAt: call.now }
      const answer = { ARN: secret.arn, Name: secret.name }
      if (payload && VersionId !== undefined) {
        const { repeated } = await write(env, call, changed, { token: VersionId, payload, fills: false })
        // The token's first use has done it all: nothing changes (recorded).
        if (repeated) return { ...answer, VersionId }
      }
      if (input.KmsKeyId !== undefined) await changeKey(env, changed)
      await env.secrets.save(changed)
      if (payload && VersionId !== undefined) await env.rotating.written(changed, secret.rotation, VersionId, call.now)
      return payload ? { ...answer, VersionId } : answer
    } finally {
      wipe(payload)
    }
  },
})

/** The members that the request has; an empty text takes the old one away. */
function changesOf(input: {
  readonly Description?: string | undefined
  readonly KmsKeyId?: string | undefined
  readonly Type?: string | undefined
}): Partial<Pick<Secret, 'description' | 'kmsKeyId' | 'type'>> {
  return {
    ...(input.Description !== undefined && { description: input.Description || undefined }),
    ...(input.KmsKeyId !== undefined && { kmsKeyId: input.KmsKeyId || undefined }),
    ...(input.Type !== undefined && { type: input.Type || undefined }),
  }
}

/**
 * Looks whether the caller may use the secret's new key, then takes the current, pending and previous version over to
 * it, as far as the caller may: the others stay under their old key. Source: secretsmanager.md 5.
 */
export async function changeKey({ cipher, secrets }: Env, secret: Secret): Promise<void> {
  const keyArn = await cipher.probe(secret, secret.kmsKeyId)
  const stages = await secrets.stages(secret)
  const labelled = new Set([CURRENT, PENDING, PREVIOUS].map((stage) => stages.get(stage)))
  for (const id of labelled) {
    const version = id === undefined ? undefined : await secrets.version(secret, id)
    if (version === undefined || version.kind === 'empty' || version.keyArn === keyArn) continue
    const content = await cipher.rewrap(secret, version, secret.kmsKeyId)
    if (content !== undefined) await secrets.replaceContent(secret, { ...version, ...content })
  }
}

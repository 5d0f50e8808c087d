import type { CreateSecretRequest, CreateSecretResponse } from '@aws-sdk/client-secrets-manager'
import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import { type Random, text } from '#kernel/random'
import { required } from '#kernel/shape'
import type { Tag } from '#kernel/values/tags'
import type { Answer } from '#kernel/wire'
import { checkName } from '../model/identity.ts'
import * as members from '../model/members.ts'
import {
  invalidReplicaRegion,
  nameScheduledForDeletion,
  nameTaken,
  replicationNotYet,
  tokenMissing,
} from '../model/refusals.ts'
import type { Secret } from '../model/secret.ts'
import { checkedTags, checkTagCount, tagsIn } from '../model/tags.ts'
import { checkType } from '../model/types.ts'
import { type Payload, payloadOf, wipe } from '../model/value.ts'
import { type Env, type Limits, operation } from '../operation.ts'
import { checkNamedBy } from '../rotation-check.ts'
import { inventedArn } from '../target.ts'
import { write } from '../writing.ts'

type Made = Answer<CreateSecretResponse, 'ARN' | 'Name'>

/**
 * Makes a secret, with its first version when a value is given. A second call with the same token and value answers as
 * the first did. Assumed: without a value no token is asked for, and what a retry says of description, key and tags is not
 * compared. Source: API_CreateSecret; secretsmanager.md 8.3, 1.8.
 */
export const CreateSecret = operation<CreateSecretRequest, Made>()({
  name: 'CreateSecret',
  effect: 'write',
  input: {
    Name: required(members.Name),
    ClientRequestToken: members.ClientRequestToken,
    Description: members.Description,
    KmsKeyId: members.KmsKeyId,
    SecretBinary: members.SecretBinary,
    SecretString: members.SecretString,
    Tags: members.TagList,
    AddReplicaRegions: members.AddReplicaRegions,
    ForceOverwriteReplicaSecret: members.Flag,
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
    additional: (_input, out) => out && { SecretId: out.ARN },
    response: ({ ARN, Name, VersionId }) => ({ arn: ARN, name: Name, ...(VersionId && { versionId: VersionId }) }),
  },
  target: async (input, env, call) => {
    checkName(input.Name)
    return targetsOf(input, env, call)
  },
  async run(input, env, call) {
    const { secrets, quota, limits } = env
    const payload = payloadOf(input)
    try {
      if (payload && input.ClientRequestToken === undefined) throw tokenMissing()
      checkParameters(input, call)
      const tags = input.Tags && checkedTags(input.Tags)
      const known = await secrets.findByName(input.Name)
      if (known !== undefined && !usedAgain(known, limits)) return await again(env, call, input, payload, known)
      const secret = newSecret(input, tags, call, env.random)
      if (secret.kmsKeyId !== undefined) await env.cipher.probe(secret, secret.kmsKeyId)
      if (tags) checkTagCount(tags, 'LimitExceededException')
      await checkNamedBy(tags, env, call)
      await quota.check(call, () => secrets.lists.count())
      for (let tries = 1, over = known; !(await secrets.insert(secret, over)); tries++) {
        // On PostgreSQL somebody has made it since it was looked for; and it may be gone again by now.
        over = await secrets.findByName(input.Name)
        if (over !== undefined && !usedAgain(over, limits)) return await again(env, call, input, payload, over)
        if (tries === MOST_TRIES) throw nameTaken(input.Name)
      }
      if (!payload) return { ARN: secret.arn, Name: secret.name }
      const VersionId = input.ClientRequestToken as string
      await write(env, call, secret, { token: VersionId, payload, fills: false })
      return { ARN: secret.arn, Name: secret.name, VersionId }
    } finally {
      wipe(payload)
    }
  },
})

/** Whether a new secret may have the name of this one. Beyond AWS, and off unless it is asked for. */
const usedAgain = ({ deletedAt }: Secret, { nameReuse }: Limits): boolean => nameReuse && deletedAt !== undefined

/** So often others may make and delete a secret of the same name while one is made: each time there was one. */
const MOST_TRIES = 20

/** The answer when there is such a secret: that of the call that made it, when this is the same call once more. */
async function again(
  env: Env,
  call: Call,
  { Name, ClientRequestToken: token }: Pick<Asked, 'Name' | 'ClientRequestToken'>,
  payload: Payload | undefined,
  known: Secret,
): Promise<Made> {
  if (known.deletedAt !== undefined) throw nameScheduledForDeletion()
  if (!payload || token === undefined || !(await env.secrets.hasVersion(known, token))) throw nameTaken(Name)
  await write(env, call, known, { token, payload, fills: false })
  return { ARN: known.arn, Name: known.name, VersionId: token }
}

interface Asked {
  readonly Name: string
  readonly ClientRequestToken?: string | undefined
  readonly Description?: string | undefined
  readonly KmsKeyId?: string | undefined
  readonly Tags?: readonly Tag[] | undefined
  readonly AddReplicaRegions?: readonly { readonly Region?: string | undefined }[] | undefined
  readonly ForceOverwriteReplicaSecret?: boolean | undefined
  readonly Type?: string | undefined
}

/**
 * A secret that is to be made has an ARN with a made-up suffix, and the tags it will have. Tags need TagResource,
 * replicas need ReplicateSecretToRegions besides. Source: secretsmanager.md 7.1, 7.2.
 */
async function targetsOf(input: Asked, { cipher, random }: Env, call: Call): Promise<readonly Target[]> {
  const { KmsKeyId, ForceOverwriteReplicaSecret: force } = input
  const tags = tagsIn(input.Tags)
  const replicas = input.AddReplicaRegions?.map(({ Region }) => Region ?? '')
  const target: Target = {
    resource: inventedArn(input.Name, call, random),
    shown: input.Name,
    ...(tags && { tags, requestTags: tags }),
    context: {
      'secretsmanager:Name': input.Name,
      'secretsmanager:Description': input.Description,
      'secretsmanager:KmsKeyId': KmsKeyId,
      'secretsmanager:KmsKeyArn': KmsKeyId ? await cipher.resolve(KmsKeyId, call.account) : undefined,
      'secretsmanager:Type': input.Type,
      'secretsmanager:AddReplicaRegions': replicas,
      'secretsmanager:ForceOverwriteReplicaSecret': force === undefined ? undefined : String(force),
    },
  }
  const targets = [target]
  if (tags && tags.size > 0) targets.push({ ...target, action: 'secretsmanager:TagResource' })
  if (replicas) targets.push({ ...target, action: 'secretsmanager:ReplicateSecretToRegions' })
  return targets
}

/** Rules that look at the request alone. */
function checkParameters(input: Asked, call: Call): void {
  checkType(input.Type)
  if (input.AddReplicaRegions?.some(({ Region }) => Region === call.region)) throw invalidReplicaRegion()
  if (input.AddReplicaRegions) throw replicationNotYet()
}

function newSecret(input: Asked, tags: Secret['tags'], call: Call, random: Random): Secret {
  return {
    account: call.account,
    region: call.region,
    id: text(random, 16),
    arn: inventedArn(input.Name, call, random),
    name: input.Name,
    type: input.Type || undefined,
    description: input.Description || undefined,
    kmsKeyId: input.KmsKeyId || undefined,
    owningService: undefined,
    tags,
    createdAt: call.now,
    changedAt: call.now,
    accessedDay: 0,
    deletedAt: undefined,
    purgeAt: undefined,
  }
}

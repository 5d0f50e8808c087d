import type { RetireGrantRequest } from '@aws-sdk/client-kms'
import type { Call } from '#kernel/call'
import { ApiError } from '#kernel/error'
import type { Target } from '#kernel/operation'
import { invalidToken, readToken } from '../grant-tokens.ts'
import { namedBy } from '../grants.ts'
import { locate, type Located } from '../locate.ts'
import { conditionsOfKey } from '../model/conditions.ts'
import { dryRun, keyResource } from '../model/cryptography.ts'
import { checkGrantId, type Grant, grantNotFound } from '../model/grants.ts'
import { keyArn } from '../model/key.ts'
import { DryRun, GrantId, GrantToken, KeyId } from '../model/members.ts'
import { type Env, operation } from '../operation.ts'

/**
 * Gives a grant up: its retiring principal may, its grantee when the grant says so, and whom the account that made it allows.
 * What key policies say of kms:RetireGrant has no effect. Source: API_RetireGrant, kms.md 9.2.
 */
export const RetireGrant = operation<RetireGrantRequest, undefined>()({
  name: 'RetireGrant',
  effect: 'write',
  input: { GrantToken, KeyId, GrantId, DryRun },
  errors: [
    'DryRunOperationException',
    'InvalidArnException',
    'InvalidGrantIdException',
    'InvalidGrantTokenException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'NotFoundException',
  ],
  audit: {
    // A token alone would tell nobody which grant it was.
    request: (input) => ({
      keyId: input.KeyId ?? named.get(input)?.arn,
      grantId: input.GrantId ?? named.get(input)?.grantId,
      dryRun: input.DryRun,
    }),
    resources: (input) => keyResource(named.get(input)?.arn),
  },
  async target(input, env, call) {
    const located = await locateGrant(input, env, call)
    named.set(input, located)
    env.found.located = located
    const grant = located.key && (await env.keys.grants.find(located.key, located.grantId))
    env.found.grant = grant
    return retirement(located, grant, call)
  },
  async run({ GrantToken, GrantId, DryRun }, { keys, found }) {
    if (found.grant === undefined) throw GrantToken === undefined ? grantNotFound(GrantId ?? '') : invalidToken()
    dryRun(DryRun)
    await keys.grants.remove(found.grant)
    return undefined
  },
})

/** Which grant a request names, for its record, by the input of the call. */
const named = new WeakMap<object, Pick<Located, 'arn'> & { readonly grantId: string }>()

/** The key of the grant that a request names, by a token or by ARN and id. Assumed: the text. */
async function locateGrant(
  { GrantToken, KeyId, GrantId }: Partial<Readonly<Record<'GrantToken' | 'KeyId' | 'GrantId', string | undefined>>>,
  { keys, vault }: Pick<Env, 'keys' | 'vault'>,
  call: Call,
): Promise<Located & { readonly grantId: string }> {
  const byId = KeyId !== undefined && GrantId !== undefined
  if ((GrantToken === undefined) !== byId || (GrantToken !== undefined && (KeyId ?? GrantId) !== undefined))
    throw new ApiError('ValidationException', 'You must specify either GrantToken, or both KeyId and GrantId.')
  if (byId) {
    checkGrantId(GrantId)
    if (!KeyId.startsWith('arn:')) throw new ApiError('InvalidArnException', `Invalid arn ${KeyId}`)
    return { ...(await locate(KeyId, keys, call, { aliases: false, foreign: true })), grantId: GrantId }
  }
  const { key, grantId } = readToken(GrantToken ?? '', vault)
  if (key.region !== call.region) throw invalidToken()
  const arn = keyArn(key.account, key.region, key.id)
  const there = await keys.key(key, key.id)
  return { key: there, arn, owner: key.account, named: arn, alias: undefined, grantId }
}

/** A grant that is to be retired, as authorization sees it: of a stranger's one nothing is stored in it. */
function retirement({ key, arn, owner }: Located, grant: Grant | undefined, call: Call): Target {
  const held = grant && heldBy(grant, call)
  const ours = (grant?.issuer ?? owner) === call.account
  if (key === undefined || (held === undefined && !ours)) return { resource: arn, shown: arn, owner, rule: 'plain' }
  return {
    resource: arn,
    shown: arn,
    owner: grant?.issuer ?? owner,
    rule: 'plain',
    tags: key.tags,
    context: conditionsOfKey(key),
    grant: () => held,
  }
}

/** How the grant itself lets the caller retire it. */
function heldBy({ retiringId, granteeId, operations }: Grant, { caller }: Call) {
  const retiring = namedBy(retiringId, caller)
  const grantee = operations.includes('RetireGrant') ? namedBy(granteeId, caller) : undefined
  return [retiring, grantee].find((as) => as === 'direct') ?? retiring ?? grantee
}

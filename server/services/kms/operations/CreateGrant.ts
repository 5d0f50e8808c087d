import type { CreateGrantRequest, CreateGrantResponse } from '@aws-sdk/client-kms'
import type { Call } from '#kernel/call'
import { ApiError } from '#kernel/error'
import { required } from '#kernel/shape'
import type { Answer } from '#kernel/wire'
import { checkTokens, tokenOf } from '../grant-tokens.ts'
import { boundId, forAwsResource } from '../grantees.ts'
import { sameAs } from '../grants.ts'
import { keyTarget, locate, present } from '../locate.ts'
import { dryRun } from '../model/cryptography.ts'
import { checkTerms, type Constraints, type Grant } from '../model/grants.ts'
import {
  DryRun,
  GranteePrincipal,
  GrantConstraints,
  GrantName,
  GrantOperations,
  GrantTokens,
  KeyId,
  RetiringPrincipal,
  ServicePrincipal,
} from '../model/members.ts'
import { requireState } from '../model/states.ts'
import { kept, operation } from '../operation.ts'

type Created = Answer<CreateGrantResponse, 'GrantId' | 'GrantToken'>

/** Grants on one key. Source: kms.md 15. */
const MOST_GRANTS = 50_000
/**
 * Those of one grantee among them: all of them are looked at whenever he uses the key, and nobody is to keep the server busy
 * with that. Assumed: the number, AWS has none.
 */
const MOST_TO_ONE = 2_500

/**
 * Lets a principal use a key, for these operations and under these constraints, until the grant is retired or revoked. The
 * same request of the same caller with the same name answers the grant that is there. Source: API_CreateGrant, kms.md 9.
 */
export const CreateGrant = operation<CreateGrantRequest, Created>()({
  name: 'CreateGrant',
  effect: 'write',
  input: {
    KeyId: required(KeyId),
    GranteePrincipal,
    GranteeServicePrincipal: ServicePrincipal,
    RetiringPrincipal,
    RetiringServicePrincipal: ServicePrincipal,
    Operations: required(GrantOperations),
    Constraints: GrantConstraints,
    GrantTokens,
    Name: GrantName,
    DryRun,
  },
  errors: [
    'DisabledException',
    'DryRunOperationException',
    'InvalidArnException',
    'InvalidGrantTokenException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'LimitExceededException',
    'NotFoundException',
  ],
  audit: {
    request: (input) => ({
      keyId: input.KeyId,
      granteePrincipal: input.GranteePrincipal,
      granteeServicePrincipal: input.GranteeServicePrincipal,
      retiringPrincipal: input.RetiringPrincipal,
      retiringServicePrincipal: input.RetiringServicePrincipal,
      operations: input.Operations,
      constraints: input.Constraints && {
        encryptionContextSubset: input.Constraints.EncryptionContextSubset,
        encryptionContextEquals: input.Constraints.EncryptionContextEquals,
      },
      name: input.Name,
      dryRun: input.DryRun,
    }),
    response: ({ GrantId }) => ({ grantId: GrantId }),
  },
  async target(input, { keys, found }, call) {
    requirePrincipals(input)
    found.located = await locate(input.KeyId, keys, call, { aliases: false, foreign: true })
    const { Operations: operations, Constraints: constraints } = input
    const context = constraints?.EncryptionContextEquals ?? constraints?.EncryptionContextSubset
    return keyTarget(found.located, { context, child: { operations, constraints }, more: conditions(input, call) })
  },
  async run(input, env, call) {
    const key = await env.keys.lock(present(kept(env.found.located)))
    const { keys, vault, random, principals } = env
    requireState(key, 'grant', call.now)
    const { Operations: operations, Constraints: constraints, Name: name = '' } = input
    checkTerms(key, { operations, constraints })
    const grantee = kept(input.GranteePrincipal ?? input.GranteeServicePrincipal)
    const retiring = input.RetiringPrincipal ?? input.RetiringServicePrincipal
    const idOf = (principal: string) =>
      principal === input.GranteePrincipal || principal === input.RetiringPrincipal
        ? boundId(principal, principals())
        : principal
    const terms = {
      account: key.account,
      region: key.region,
      keyId: key.id,
      name,
      grantee,
      granteeId: await idOf(grantee),
      retiring,
      retiringId: retiring === undefined ? undefined : await idOf(retiring),
      operations: [...new Set(operations)],
      constraints: isEmpty(constraints) ? undefined : constraints,
      issuer: call.account,
    }
    await checkTokens(input.GrantTokens, env)
    const same = name === '' ? undefined : sameAs(call.caller, terms)
    const there = same === undefined ? undefined : await keys.grants.findSame(key, same)
    if (there === undefined && (await keys.grants.count(key)) >= MOST_GRANTS)
      throw new ApiError('LimitExceededException', `${key.arn} has ${MOST_GRANTS} grants, and no more are allowed.`)
    // Assumed: the text.
    if (there === undefined && (await keys.grants.countTo(key, terms.granteeId)) >= MOST_TO_ONE)
      throw new ApiError(
        'LimitExceededException',
        `${grantee} has ${MOST_TO_ONE} grants on ${key.arn}, and no more are allowed.`,
      )
    dryRun(input.DryRun)
    if (there !== undefined) return { GrantId: there.id, GrantToken: tokenOf(there, vault, random) }
    const grant: Grant = { ...terms, id: random.bytes(32).toString('hex'), createdAt: call.now }
    await keys.grants.add(grant, same)
    return { GrantId: grant.id, GrantToken: tokenOf(grant, vault, random) }
  },
})

type Principals = Readonly<
  Partial<
    Record<
      'GranteePrincipal' | 'GranteeServicePrincipal' | 'RetiringPrincipal' | 'RetiringServicePrincipal',
      string | undefined
    >
  >
>

/** One grantee, and at most one who may retire it; a grant to a service needs one. Assumed: the texts. */
function requirePrincipals(input: Principals): void {
  const { GranteePrincipal: grantee, GranteeServicePrincipal: service } = input
  const { RetiringPrincipal: retiring, RetiringServicePrincipal: retiringService } = input
  const refused = (text: string) => new ApiError('ValidationException', text)
  if ((grantee === undefined) === (service === undefined))
    throw refused('You must specify either GranteePrincipal or GranteeServicePrincipal, and not both.')
  if (retiring !== undefined && retiringService !== undefined)
    throw refused('You cannot specify both RetiringPrincipal and RetiringServicePrincipal.')
  if (service !== undefined && retiring === undefined && retiringService === undefined)
    throw refused('A grant to a service principal must have a retiring principal.')
}

function isEmpty(constraints: Constraints | undefined): boolean {
  return constraints === undefined || Object.values(constraints).every((constraint) => constraint === undefined)
}

/** Source: kms.md 12. */
function conditions(
  input: Principals & { readonly Operations: readonly string[]; readonly Constraints?: Constraints | undefined },
  call: Call,
) {
  const { Constraints: constraints } = input
  const type =
    constraints?.EncryptionContextEquals !== undefined
      ? 'EncryptionContextEquals'
      : constraints?.EncryptionContextSubset !== undefined
        ? 'EncryptionContextSubset'
        : undefined
  return {
    ...forAwsResource(call),
    'kms:GrantConstraintType': type,
    'kms:GrantConstraintSourceArn': constraints?.SourceArn,
    'kms:GrantOperations': input.Operations,
    'kms:GranteePrincipal': input.GranteePrincipal,
    'kms:GranteeServicePrincipal': input.GranteeServicePrincipal,
    'kms:RetiringPrincipal': input.RetiringPrincipal,
    'kms:RetiringServicePrincipal': input.RetiringServicePrincipal,
  }
}

import type { RevokeGrantRequest } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import { forAwsResource } from '../grantees.ts'
import { keyTarget, locate, present } from '../locate.ts'
import { dryRun } from '../model/cryptography.ts'
import { checkGrantId, grantNotFound } from '../model/grants.ts'
import { DryRun, GrantId, KeyId } from '../model/members.ts'
import { kept, operation } from '../operation.ts'

/** Takes a grant back, by who may manage the key; counts at once. Source: API_RevokeGrant, kms.md 9. */
export const RevokeGrant = operation<RevokeGrantRequest, undefined>()({
  name: 'RevokeGrant',
  effect: 'write',
  input: { KeyId: required(KeyId), GrantId: required(GrantId), DryRun },
  errors: [
    'DryRunOperationException',
    'InvalidArnException',
    'InvalidGrantIdException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'NotFoundException',
  ],
  async target({ KeyId }, { keys, found }, call) {
    found.located = await locate(KeyId, keys, call, { aliases: false, foreign: true })
    return keyTarget(found.located, { more: forAwsResource(call) })
  },
  async run({ GrantId, DryRun }, { keys, found }) {
    const key = present(kept(found.located))
    checkGrantId(GrantId)
    const grant = await keys.grants.find(key, GrantId)
    if (grant === undefined) throw grantNotFound(GrantId)
    dryRun(DryRun)
    await keys.grants.remove(grant)
    return undefined
  },
})

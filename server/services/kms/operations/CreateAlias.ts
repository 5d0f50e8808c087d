import type { CreateAliasRequest } from '@aws-sdk/client-kms'
import { ApiError } from '#kernel/error'
import { required } from '#kernel/shape'
import { aliasTarget, keyTarget, locate, OWN_KEY, present } from '../locate.ts'
import { checkAliasName, refuseAliasAsTarget } from '../model/identifiers.ts'
import { aliasArn, type Key } from '../model/key.ts'
import { AliasName, KeyId } from '../model/members.ts'
import { requireState } from '../model/states.ts'
import { kept, operation } from '../operation.ts'

/** Aliases of one key. Source: kms.md 15. */
const MOST_ALIASES = 50

/**
 * Names a key. Needs the permission on the alias (identity policies only) and on the key. Source: API_CreateAlias, kms.md 5.
 */
export const CreateAlias = operation<CreateAliasRequest, undefined>()({
  name: 'CreateAlias',
  effect: 'write',
  input: { AliasName: required(AliasName), TargetKeyId: required(KeyId) },
  errors: [
    'AlreadyExistsException',
    'InvalidAliasNameException',
    'InvalidArnException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'LimitExceededException',
    'NotFoundException',
  ],
  async target({ AliasName, TargetKeyId }, { keys, found }, call) {
    checkAliasName(AliasName)
    refuseAliasAsTarget(TargetKeyId)
    found.located = await locate(TargetKeyId, keys, call, OWN_KEY)
    const arn = aliasArn(call.account, call.region, AliasName)
    return [aliasTarget(arn), keyTarget(found.located)]
  },
  async run({ AliasName }, { keys, found }, call) {
    const key = present(kept(found.located))
    requireState(key, 'alias', call.now)
    if ((await keys.target(call, AliasName)) !== undefined)
      throw new ApiError(
        'AlreadyExistsException',
        `An alias with the name ${aliasArn(call.account, call.region, AliasName)} already exists`,
      )
    requireRoom(key)
    await keys.addAlias(call, AliasName, key.id, call.now)
    return undefined
  },
})

/** Throws LimitExceededException when a key has all the aliases that it may have. */
export function requireRoom(key: Key): void {
  if (key.aliases.length >= MOST_ALIASES)
    throw new ApiError('LimitExceededException', `${key.arn} has ${MOST_ALIASES} aliases, and no more are allowed.`)
}

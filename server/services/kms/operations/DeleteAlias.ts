import type { DeleteAliasRequest } from '@aws-sdk/client-kms'
import { required } from '#kernel/shape'
import { aliasTarget, keyTarget, locate, OWN_KEY } from '../locate.ts'
import { aliasNotFound, checkAliasName } from '../model/identifiers.ts'
import { aliasArn } from '../model/key.ts'
import { AliasName } from '../model/members.ts'
import { operation } from '../operation.ts'

/**
 * Takes an alias away, whatever the state of its key. Needs the permission on the alias (identity policies only) and on the
 * key. Source: API_DeleteAlias, kms.md 5.
 */
export const DeleteAlias = operation<DeleteAliasRequest, undefined>()({
  name: 'DeleteAlias',
  effect: 'write',
  input: { AliasName: required(AliasName) },
  errors: ['KMSInternalException', 'KMSInvalidStateException', 'NotFoundException'],
  async target({ AliasName }, { keys, found }, call) {
    checkAliasName(AliasName)
    const alias = aliasTarget(aliasArn(call.account, call.region, AliasName))
    const keyId = await keys.target(call, AliasName)
    // Only who may delete it learns that it is not there.
    if (keyId === undefined) return alias
    found.located = await locate(keyId, keys, call, OWN_KEY)
    return [alias, keyTarget(found.located)]
  },
  async run({ AliasName }, { keys, found }, call) {
    if (found.located === undefined) throw aliasNotFound(aliasArn(call.account, call.region, AliasName))
    await keys.removeAlias(call, AliasName)
    return undefined
  },
})

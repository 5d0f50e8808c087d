import type { UpdatePrimaryRegionRequest } from '@aws-sdk/client-kms'
import { ApiError } from '#kernel/error'
import { required } from '#kernel/shape'
import { keyTarget, locate, OWN_KEY, present } from '../locate.ts'
import { keyArn } from '../model/key.ts'
import { KeyId, Region } from '../model/members.ts'
import { notPrimary } from '../model/rotation.ts'
import { requireState } from '../model/states.ts'
import { kept, operation } from '../operation.ts'
import { cancelRotation, scheduleRotation } from '../rotation.ts'

/**
 * Makes a replica the primary, and the primary a replica. Needs the permission on both. The keys may be used all the while;
 * it is done when the answer comes, so nobody sees them `Updating`. Source: API_UpdatePrimaryRegion, kms.md 7.
 */
export const UpdatePrimaryRegion = operation<UpdatePrimaryRegionRequest, undefined>()({
  name: 'UpdatePrimaryRegion',
  effect: 'write',
  input: { KeyId: required(KeyId), PrimaryRegion: required(Region) },
  errors: [
    'DisabledException',
    'InvalidArnException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'NotFoundException',
    'UnsupportedOperationException',
  ],
  async target({ KeyId, PrimaryRegion }, { keys, found }, call) {
    found.located = await locate(KeyId, keys, call, OWN_KEY)
    const said = { more: { 'kms:PrimaryRegion': PrimaryRegion } }
    const { key } = found.located
    const next = key && (await keys.related(key)).find(({ region }) => region === PrimaryRegion)
    if (next === undefined || next.arn === key?.arn) return keyTarget(found.located, said)
    found.other = { key: next, arn: next.arn, owner: next.account, named: next.arn, alias: undefined }
    return [keyTarget(found.located, said), keyTarget(found.other, said)]
  },
  async run({ PrimaryRegion }, env, call) {
    const key = await env.keys.lock(present(kept(env.found.located)))
    const { keys, found } = env
    requireState(key, 'update primary', call.now)
    if (key.multiRegion?.type !== 'PRIMARY') throw notPrimary(key)
    // Assumed: both texts.
    if (PrimaryRegion === key.region)
      throw new ApiError('ValidationException', `${PrimaryRegion} already contains the primary.`)
    // As it is now, too: it may have been scheduled for deletion since permission was found.
    const next = found.other && (await keys.key({ ...key, region: PrimaryRegion }, key.id))
    if (next === undefined)
      throw new ApiError('NotFoundException', `Key '${keyArn(key.account, PrimaryRegion, key.id)}' does not exist`)
    requireState(next, 'update primary', call.now)
    for (const each of await keys.related(key)) {
      const type = each.region === PrimaryRegion ? 'PRIMARY' : 'REPLICA'
      await keys.change(each, { multiRegion: { type, primary: PrimaryRegion } })
    }
    // Whoever is primary rotates.
    await cancelRotation(key, env)
    if (next.rotation !== undefined) await scheduleRotation(next, next.rotation.nextAt, env)
    return undefined
  },
})

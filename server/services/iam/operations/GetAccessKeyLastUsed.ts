import type { GetAccessKeyLastUsedRequest, GetAccessKeyLastUsedResponse } from '@aws-sdk/client-iam'
import { required } from '#kernel/shape'
import { AccessKeyId } from '../model/members.ts'
import { noSuchAccessKey } from '../model/refusals.ts'
import { type Env, operation } from '../operation.ts'
import { everything, userTarget } from '../target.ts'

/** When, where and for which service a key was last used; `N/A` when never. Source: API_GetAccessKeyLastUsed, access.md 3.4. */
export const GetAccessKeyLastUsed = operation<GetAccessKeyLastUsedRequest, GetAccessKeyLastUsedResponse>()({
  name: 'GetAccessKeyLastUsed',
  effect: 'read',
  input: { AccessKeyId: required(AccessKeyId) },
  errors: ['NoSuchEntityException'],
  async target({ AccessKeyId }, env, call) {
    const { user } = await find(AccessKeyId, env)
    // Named alike whether the key is there or not: a caller without permission must not learn whose it is.
    const shown = `access key ${AccessKeyId}`
    return { ...(user === undefined ? everything(call, 'user') : userTarget(call, user.name, user)), shown }
  },
  async run({ AccessKeyId }, env) {
    const { key, user } = await find(AccessKeyId, env)
    if (key === undefined) throw noSuchAccessKey(AccessKeyId)
    const noted = env.lastUsed.of(AccessKeyId)
    const use = noted ?? { at: key.usedAt, service: key.usedService ?? 'N/A', region: key.usedRegion ?? 'N/A' }
    return {
      ...(user !== undefined && { UserName: user.name }),
      AccessKeyLastUsed: {
        ...(use.at > 0 && { LastUsedDate: new Date(use.at) }),
        ServiceName: use.service,
        Region: use.region,
      },
    }
  },
})

async function find(id: string, { keys, users }: Env) {
  const key = await keys.find(id)
  return { key, user: key === undefined ? undefined : await users.findById(key.owner) }
}

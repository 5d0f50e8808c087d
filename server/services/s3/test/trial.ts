import type { Call, Caller } from '#kernel/call'
import { SettableClock } from '#kernel/clock'
import { memoryObjects } from '#kernel/objects/memory'
import type { AnyOperation } from '#kernel/operation'
import type { TrailBucket } from '../../cloudtrail/port.ts'
import type { Env } from '../operation.ts'

export const ACCOUNT = '111122223333'
export const OTHER = '444455556666'
export const MADE = Date.UTC(2026, 0, 2, 3, 4, 5)

const BUCKETS: readonly TrailBucket[] = [
  { bucket: 'mine', account: ACCOUNT, region: 'us-east-1', createdAt: MADE },
  { bucket: 'mine-in-europe', account: ACCOUNT, region: 'eu-west-1', createdAt: MADE + 1000 },
  { bucket: 'theirs', account: OTHER, region: 'us-east-1', createdAt: MADE },
]

/** Buckets of two accounts, and a caller of the first; `lists`: whether he may list. */
export async function trial({ lists = true }: { readonly lists?: boolean } = {}) {
  const objects = memoryObjects(new SettableClock(MADE))
  const about = { contentType: 'application/json', contentEncoding: 'gzip', metadata: { signature: 'abc' } }
  const keys = ['a/1', 'a/2', 'a-b', 'b/c/3', 'b/d 4', 'z']
  for (const bucket of ['mine', 'theirs'])
    for (const key of keys) await objects.put(bucket, key, Buffer.from(`body of ${key}`), about)
  const env: Env = {
    buckets: {
      find: async (bucket) => BUCKETS.find((each) => each.bucket === bucket),
      of: async (account) => BUCKETS.filter((each) => each.account === account),
    },
    objects,
    mayList: () => lists,
    clear: async (_bucket, _key, _metadata, body) => body,
  }
  const call = { account: ACCOUNT, caller: { account: ACCOUNT } as Caller } as Call
  // biome-ignore lint/suspicious/noExplicitAny: answers of every operation; the assertions look at their members
  const run = async (operation: AnyOperation, input: object): Promise<any> => operation.run(input, env, call)
  return { objects, run, target: (operation: AnyOperation, input: object) => operation.target(input, env, call) }
}

/** What an operation that is refused answers. */
export const code = (expected: string, status: number) => (error: Error) =>
  'code' in error && error.code === expected && 'status' in error && error.status === status

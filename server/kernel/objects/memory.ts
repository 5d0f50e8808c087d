import { createHash } from 'node:crypto'
import type { Clock } from '#kernel/clock'
import { byBytes, type Found, isBucket, isPath, ObjectRefused, type Objects } from '#kernel/objects/objects'

/** Objects of dev mode, which forgets everything, and of tests. */
export function memoryObjects(clock: Clock): Objects {
  const buckets = new Map<string, Map<string, { readonly found: Found; readonly body: Buffer }>>()
  const owners = new Map<string, string>()
  const read = async (bucket: string, key: string) => buckets.get(bucket)?.get(key)
  return {
    name: 'folder',
    async put(bucket, key, body, about) {
      if (!isBucket(bucket) || !isPath(key)) throw new ObjectRefused('InvalidKey', 'no key of an object')
      const objects = buckets.get(bucket) ?? new Map()
      buckets.set(bucket, objects)
      const etag = createHash('md5').update(body).digest('hex')
      const found = { key, sizeBytes: body.length, modifiedAt: clock.now(), etag, ...about }
      objects.set(key, { found, body: Buffer.from(body) })
    },
    read,
    head: async (bucket, key) => (await read(bucket, key))?.found,
    async *walk(bucket, prefix, after) {
      const all = [...(buckets.get(bucket) ?? [])].sort(([a], [b]) => byBytes(a, b))
      for (const [key, { found }] of all) if (key.startsWith(prefix) && byBytes(key, after) > 0) yield found
    },
    async remove(bucket, key) {
      buckets.get(bucket)?.delete(key)
    },
    claimable: async (bucket, account) => (owners.get(bucket) ?? account) === account,
    async claim(bucket, account) {
      owners.set(bucket, account)
    },
  }
}

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Client, Refused } from '../../wire/client.ts'
import { pairsUnder, type Seen, seen, seenUnder } from './seen.ts'

/* Lists as a server gives them, from memory: pages of two, in the order of names. */

interface Entry {
  readonly Name: string
  readonly DeletedDate?: number
  readonly Description?: string
}

/** A client of a server that has these; `meant`: whom a name means that several have. */
function clientWith(
  entries: readonly Entry[],
  meant: Readonly<Record<string, Entry>> = {},
): Client & { readonly asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    where: 'here',
    region: 'us-east-1',
    isAws: false,
    async call(_service, operation, input) {
      const { SecretId } = input as { SecretId: string }
      asked.push(`${operation} ${SecretId}`)
      const found = meant[SecretId]
      if (found !== undefined) return found as never
      const body = JSON.stringify({ __type: 'ResourceNotFoundException', Message: 'none' })
      const place = { url: new URL('http://x'), region: 'us-east-1', ca: undefined, isAws: false }
      throw new Refused({ status: 400, headers: {}, body }, operation, place)
    },
    async *pages(_service, _operation, input) {
      const { IncludePlannedDeletion = false } = input as { IncludePlannedDeletion?: boolean }
      const shown = entries.filter(({ DeletedDate }) => IncludePlannedDeletion || DeletedDate === undefined)
      for (let at = 0; at < shown.length; at += 2) yield { SecretList: shown.slice(at, at + 2) } as never
    },
    [Symbol.dispose]: () => undefined,
  }
}

const named = (...names: string[]): Entry[] => names.map((Name) => ({ Name }))
async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const got: T[] = []
  for await (const item of items) got.push(item)
  return got
}

test('two lists beside each other: what has a partner, what has none, and what is over there only', async () => {
  const extra: string[] = []
  const from = clientWith(named('dev/a', 'dev/b', 'dev/b/c', 'dev/d'))
  const to = clientWith([...named('p/0', 'p/b'), { Name: 'p/d', DeletedDate: 1 }, ...named('p/e')])
  const pairs = await all(pairsUnder([from, 'dev/'], [to, 'p/'], ({ name }: Seen) => void extra.push(name)))
  assert.deepEqual(
    pairs.map(({ source, name, target }) => [source.name, name, target?.name, target?.deleted]),
    [
      ['dev/a', 'p/a', undefined, undefined],
      ['dev/b', 'p/b', 'p/b', false],
      ['dev/b/c', 'p/b/c', undefined, undefined],
      ['dev/d', 'p/d', 'p/d', true],
    ],
  )
  assert.deepEqual(extra, ['p/0', 'p/e'])
  assert.deepEqual([...from.asked, ...to.asked], [])
})

test('namesakes count as one: the server is asked whom the name means', async () => {
  const twice = [{ Name: 'a', DeletedDate: 1 }, { Name: 'a' }, ...named('b')]
  const client = clientWith(twice, { a: { Name: 'a', Description: 'the holder' } })
  const found = await all(seenUnder(client, '', true))
  assert.deepEqual(
    found.map(({ name, description, deleted }) => [name, description, deleted]),
    [
      ['a', 'the holder', false],
      ['b', '', false],
    ],
  )
  assert.deepEqual(client.asked, ['DescribeSecret a'])
  // Both of them live, and the name means one that waits for its deletion: there is nothing to bring along.
  const gone = clientWith([...named('a', 'a')], { a: { Name: 'a', DeletedDate: 1 } })
  assert.deepEqual(await all(seenUnder(gone, '', false)), [])
})

test('a secret that is not there is none; tags of AWS are not ours to bring', async () => {
  const client = clientWith([], {
    a: {
      Name: 'a',
      Tags: [
        { Key: 'aws:x', Value: '1' },
        { Key: 'k', Value: '2' },
      ],
    } as Entry,
  })
  assert.equal(await seen(client, 'b'), undefined)
  assert.deepEqual([...((await seen(client, 'a'))?.tags ?? [])], [['k', '2']])
})

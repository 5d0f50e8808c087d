import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { Shape } from '#kernel/shape'
import { refusalOf } from './client.ts'
import { inputFor, prepare } from './inputs.ts'
import { bytesCanary, type Canary, canaryText, found, textCanary } from './needles.ts'
import { type Entry, inOrder, isGood, makerOf, open, signable, type World } from './world.ts'

/**
 * Issue 7: canary values appear in no record of any operation. Every operation whose input has a member that is a secret, or bytes, is
 * called with canaries there: by who may, by who may not, with a value that is too long, with one of the wrong type.
 */

/** Fills the sensitive members of an input, and its bytes, with canaries; everything else stays. Undefined: there are none. */
function filled(
  members: Readonly<Record<string, Shape>>,
  input: Readonly<Record<string, unknown>>,
  canary: (shape: Shape, path: string) => unknown,
  path: string,
): Record<string, unknown> | undefined {
  let changed: Record<string, unknown> | undefined
  for (const [name, shape] of Object.entries(members)) {
    const at = `${path} ${name}`
    let value: unknown
    if (shape.kind === 'structure' && shape.sensitive !== true)
      value = filled(shape.members, (input[name] ?? {}) as Record<string, unknown>, canary, at)
    else if (shape.sensitive === true || shape.kind === 'blob') value = canary(shape, at)
    if (value !== undefined) changed = { ...(changed ?? input), [name]: value }
  }
  return changed
}

/** Canaries of the right kind. */
function canaries(kept: Canary[], more: '' | 'long' | 'wrong') {
  return (shape: Shape, path: string): unknown => {
    const name = `${path} ${more}`
    if (shape.kind === 'blob') {
      const bytes = randomBytes(48)
      kept.push(bytesCanary(name, bytes))
      if (more === 'wrong') return [bytes.toString('base64')]
      return more === 'long' ? Buffer.concat([bytes, randomBytes(300_000)]) : bytes
    }
    const text = canaryText()
    kept.push(textCanary(name, text))
    if (shape.kind === 'map') return more === 'wrong' ? text : { [text]: text }
    if (shape.kind === 'structure') return more === 'wrong' ? text : { Variables: { A: text } }
    if (shape.kind !== 'string') return undefined
    if (more === 'wrong') return { [text]: [text] }
    return more === 'long' ? text.repeat(3000) : text
  }
}

async function called(world: World, entry: Entry, index: number, kept: Canary[], t: TestContext): Promise<number> {
  const members = entry.operation?.input ?? {}
  if (filled(members, {}, () => '', '') === undefined) return 0
  let calls = 0
  let good = 0
  for (const [at, more] of (['', 'long', 'wrong'] as const).entries()) {
    for (const who of at === 0 ? [makerOf(entry, world), world.nobody, world.denied] : [makerOf(entry, world)]) {
      const names = await prepare(world, entry, `${'efg'[at]}${String(index * 3 + calls).padStart(4, '0')}`)
      const input = filled(members, inputFor(entry, names), canaries(kept, more), entry.action) ?? {}
      const answer = await world.call(entry, input, who)
      calls++
      if (isGood(entry, answer)) good++
      else assert.notEqual(refusalOf(answer).code, undefined)
    }
  }
  if (good === 0) t.diagnostic(`${entry.action}: a canary was refused every time`)
  return calls
}

test('no record, log line, metric, index or delivered file holds what any operation was given in secret', async (t) => {
  await using world = await open()
  await world.done('cloudtrail:CreateTrail', { Name: 'files', S3BucketName: 'canary-trail', IsMultiRegionTrail: true })
  await world.done('cloudtrail:StartLogging', { Name: 'files' })
  const kept: Canary[] = []
  let calls = 0
  for (const [index, entry] of inOrder(signable(world)).entries())
    calls += await called(world, entry, index * 4, kept, t)
  assert.ok(calls > 100, `${calls} calls`)
  assert.ok(kept.length > 100, `${kept.length} canaries`)
  await world.server.inside.following.settle()
  await world.server.clock.advance({ minutes: 30 })
  const trail = await world.records()
  assert.ok(trail.length > calls, `${trail.length} records`)
  const account = world.server.account
  for (let NextToken: string | undefined, pages = 0; pages === 0 || (NextToken !== undefined && pages < 5); pages++) {
    const asked = NextToken === undefined ? {} : { NextToken }
    const text = await world.done('cloudtrail:LookupEvents', asked)
    assert.deepEqual(found(kept, `LookupEvents of ${account}`, text), [])
    ;({ NextToken } = JSON.parse(text) as { NextToken?: string })
  }
  const { directory = '', url } = world.server
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((file) => file.isFile())
  const delivered = files.filter(({ name }) => name.endsWith('.json.gz'))
  assert.ok(delivered.length > 0, `delivered: ${files.map(({ name }) => name).join(' ')}`)
  const contents = files.map(({ parentPath, name }): [string, Buffer] => {
    const bytes = readFileSync(join(parentPath, name))
    return [name, name.endsWith('.gz') ? gunzipSync(bytes) : bytes]
  })
  const metrics = await (await fetch(`${url}/metrics`)).text()
  assert.deepEqual(
    [
      ...contents.flatMap(([name, content]) => found(kept, name, content)),
      ...found(kept, 'the log', world.server.log()),
      ...found(kept, 'the records', JSON.stringify(trail)),
      ...found(kept, 'the metrics', metrics),
    ],
    [],
  )
})

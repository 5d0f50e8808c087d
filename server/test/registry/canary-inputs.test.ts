import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { Shape } from '#kernel/shape'
import { inputFor, prepare } from './inputs.ts'
import { bytesCanary, type Canary, canaryText, found, textCanary } from './needles.ts'
import { type Entry, inOrder, isGood, makerOf, open, signable, type World } from './world.ts'

/**
 * Issue 7: canary values appear in no record of any operation. Every operation whose input has a member that is a secret, or bytes, is
 * called with canaries there: by who may, by who may not, with a value that is too long, with one of the wrong type.
 */

/** A member that is a secret, or bytes: the way to it. */
interface Leaf {
  readonly way: readonly string[]
  readonly shape: Shape
}

function leavesOf(members: Readonly<Record<string, Shape>>, above: readonly string[] = []): Leaf[] {
  return Object.entries(members).flatMap(([name, shape]): Leaf[] => {
    const way = [...above, name]
    if (shape.sensitive === true || shape.kind === 'blob') return [{ way, shape }]
    return shape.kind === 'structure' ? leavesOf(shape.members, way) : []
  })
}

/** An input with another value at the end of a way. */
function withValue(input: Readonly<Record<string, unknown>>, [name = '', ...rest]: readonly string[], value: unknown) {
  const inner: unknown =
    rest.length === 0 ? value : withValue((input[name] ?? {}) as Record<string, unknown>, rest, value)
  return { ...input, [name]: inner }
}

type Form = 'good' | 'long' | 'wrong'

const text = canaryText()
const bytes = randomBytes(48)
/** A few for all members: each is searched for in dozens of forms, in every file. */
const kept: readonly Canary[] = [textCanary('text', text), bytesCanary('bytes', bytes)]

/** A canary for a member. Passwords want letters of both kinds and a sign. */
function canaryFor({ shape }: Leaf, form: Form): unknown {
  if (shape.kind === 'blob') {
    if (form === 'wrong') return [bytes.toString('base64')]
    return form === 'long' ? Buffer.concat([bytes, randomBytes(300_000)]) : bytes
  }
  if (shape.kind === 'map') return form === 'wrong' ? text : { [text]: text }
  if (shape.kind === 'structure') return form === 'wrong' ? text : { Variables: { A: text } }
  if (form === 'wrong') return { [text]: [text] }
  return form === 'long' ? text.repeat(3000) : `A-${text}`
}

/** Of versions that no set has. */
const TOKEN = { ClientRequestToken: 'version-0000-0000-0000-000000000077' }

/** Whose fixtures the registry does not have yet. */
const NO_FIXTURE = /needs a fixture/

/** Calls an operation with a canary in each of its members that want one; answers how many calls that were. */
async function called(
  world: World,
  entry: Entry,
  label: () => string,
  refusals: string[],
  t: TestContext,
): Promise<number> {
  let calls = 0
  for (const leaf of leavesOf(entry.operation?.input ?? {})) {
    let good = 0
    for (const form of ['good', 'long', 'wrong'] as const) {
      const callers = [makerOf(entry, world), ...(form === 'good' ? [world.nobody, world.denied] : [])]
      for (const who of callers) {
        const names = await prepare(world, entry, label())
        let input: Record<string, unknown>
        try {
          const { SecretString: _, ...rest } = inputFor(entry, names)
          const asked = 'ClientRequestToken' in (entry.operation?.input ?? {}) ? { ...rest, ...TOKEN } : rest
          input = withValue(asked, leaf.way, canaryFor(leaf, form))
        } catch (error) {
          assert.match(String(error), NO_FIXTURE)
          t.diagnostic(String(error))
          return calls
        }
        const answer = await world.call(entry, input, who)
        calls++
        if (isGood(entry, answer)) good++
        else refusals.push(answer.text)
      }
    }
    if (good === 0) t.diagnostic(`${entry.action} ${leaf.way.join('.')}: refused every time`)
  }
  return calls
}

test('no record, log line, metric, index or delivered file holds what any operation was given in secret', async (t) => {
  await using world = await open()
  await world.done('cloudtrail:CreateTrail', { Name: 'files', S3BucketName: 'canary-trail', IsMultiRegionTrail: true })
  await world.done('cloudtrail:StartLogging', { Name: 'files' })
  const refusals: string[] = []
  let calls = 0
  let sets = 0
  const label = () => `e${String(sets++).padStart(4, '0')}`
  for (const entry of inOrder(signable(world))) calls += await called(world, entry, label, refusals, t)
  assert.ok(calls > 100, `${calls} calls`)
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
      ...found(kept, 'refusals', refusals.join('\n')),
      ...found(kept, 'the log', world.server.log()),
      ...found(kept, 'the records', JSON.stringify(trail)),
      ...found(kept, 'the metrics', metrics),
    ],
    [],
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { endLine, headLine, linesOf, secretsInExport } from './export-lines.ts'
import type { IncomingSecret, IncomingVersion } from './incoming.ts'
import { TextProblem } from './json-text.ts'

const HEAD = headLine({ exported: '2026-11-23T00:00:00.000Z', region: 'us-east-1', prefix: '' })

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const read = (text: string | Uint8Array, size = 7) =>
  Array.fromAsync(secretsInExport(inPieces(typeof text === 'string' ? Buffer.from(text) : text, size)))

const text = fc.string({ unit: 'binary' })
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined })
const version: fc.Arbitrary<IncomingVersion> = fc.record({
  id: fc.string({ minLength: 32, maxLength: 64 }),
  createdAt: maybe(fc.nat()),
  value: fc.oneof(
    text.map((value) => ({ text: value })),
    fc.uint8Array().map((bytes) => ({ bytes })),
  ),
  labels: fc.array(text),
})
const rules = fc.oneof(
  fc.record({ AutomaticallyAfterDays: fc.nat() }),
  fc.record({ ScheduleExpression: text, Duration: text }),
)
const secret: fc.Arbitrary<IncomingSecret> = fc.record({
  name: text,
  versions: fc.array(version, { maxLength: 4 }),
  description: maybe(text),
  kmsKeyId: maybe(text),
  type: maybe(text),
  policy: maybe(text),
  tags: maybe(fc.array(fc.record({ Key: text, Value: text }))),
  rotation: maybe(
    fc.record({ enabled: fc.boolean(), functionArn: maybe(text), rules: maybe(rules), lastAt: maybe(fc.nat()) }),
  ),
  whole: fc.constant(true),
  notes: fc.constant([]),
})

/** As plain objects: a Buffer is a Uint8Array with another prototype. */
const plainly = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, each) => (each instanceof Uint8Array ? [...each] : each)),
    undefined,
  )

test('an export reads back what was written, whatever it was and however it comes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(secret, { maxLength: 4 }), fc.integer({ min: 1, max: 500 }), async (secrets, size) => {
      const lines = [HEAD, ...secrets.flatMap(linesOf), endLine(secrets.length)]
      const found = await read(`${lines.join('\n')}\n`, size)
      assert.deepEqual(
        plainly(found.map((each) => ('secret' in each ? { ...each.secret, versions: bytesOf(each.secret) } : each))),
        plainly(secrets.map((each) => ({ ...each, versions: bytesOf(each) }))),
      )
    }),
    { numRuns: 100 },
  )
})

const bytesOf = ({ versions }: IncomingSecret) =>
  versions.map(({ value, ...rest }) => ({ ...rest, value: 'text' in value ? value : { bytes: [...value.bytes] } }))

test('what is no export, or not the whole of one, is refused by its line', async () => {
  const one = '{"secret":"a","versions":1}'
  const version = '{"version":"v","labels":[],"text":"TOPSECRET"}'
  const table: [string, RegExp][] = [
    ['', /no export/],
    ['{"a":"TOPSECRET"}', /^1: this is no export/],
    ['TOPSECRET', /^1: this is no line/],
    ['[]', /^1: this is no line/],
    ['{"strongroom":"export","format":2}', /newer version/],
    [HEAD, /cut off/],
    [`${HEAD}\n${one}\n`, /cut off/],
    [`${HEAD}\n${one}\n${version}\n`, /cut off/],
    [`${HEAD}\n${one}\n${version}\n${endLine(2)}\n`, /^4: secrets are missing/],
    [`${HEAD}\n${endLine(0)}\n${one}\n`, /^3: there is something behind/],
    [`${HEAD}\n{"secret":"a"}\n`, /^2: a secret says no number/],
    [`${HEAD}\n{"secret":"a","versions":99999}\n`, /^2: a secret says no number/],
    [`${HEAD}\n{"secret":1,"versions":0}\n`, /^2: the member secret/],
    [`${HEAD}\n{"secret":"a","versions":0,"tags":[["k"]]}\n`, /^2: the member tags/],
    [`${HEAD}\n{"secret":"a","versions":0,"rotation":{"enabled":"yes"}}\n`, /^2: the member rotation/],
    [`${HEAD}\n${one}\n{"version":"v","labels":[]}\n`, /^3: the member version/],
    [`${HEAD}\n${one}\n{"version":"v","labels":[],"text":"a","base64":"YQ=="}\n`, /^3: the member version/],
    [`${HEAD}\n${one}\n{"version":"v","labels":[],"base64":"TOPSECRET"}\n`, /^3: the member base64/],
    [`${HEAD}\n${one}\n{"version":"v","labels":[1],"text":"a"}\n`, /^3: the member labels/],
    [`${HEAD}\n${one}\n{"version":"v","labels":[],"created":-1,"text":"a"}\n`, /^3: the member created/],
    [`${HEAD}\n"${'x'.repeat(2_000_000)}`, /^2: a line has more/],
  ]
  for (const [lines, expected] of table)
    await assert.rejects(read(lines, 10_000), (error) => {
      assert.ok(error instanceof TextProblem, String(error))
      assert.doesNotMatch(error.message, /TOPSECRET/)
      assert.match(`${error.line}: ${error.message}`, expected, lines.slice(0, 80))
      return true
    })
  await assert.rejects(read(Buffer.from([0xff, 0x0a])), /no UTF-8/)
})

test('whatever lines come, they are read or refused', async () => {
  const line = fc.oneof(
    fc.json(),
    fc.constant(HEAD),
    fc.constant(endLine(0)),
    fc.constant('{"secret":"a","versions":1}'),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 6 }), async (lines) => {
      await read(lines.join('\n'), 50).catch((error: unknown) => assert.ok(error instanceof TextProblem, String(error)))
    }),
    { numRuns: 300 },
  )
})

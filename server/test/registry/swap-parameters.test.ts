import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { type Answer, type Credentials, refusalOf } from './client.ts'
import { canaryText, found, textCanary } from './needles.ts'
import { directory, exchange, exchanged, HERE, log, ONE, Run, rows, THERE, TWO } from './stopped.ts'

/**
 * As `swap.test.ts`, of parameters: parts of two rows are exchanged in the database file while no server runs; then every read of
 * either fails, and nothing of the other's value is in an answer or in the log. Exchanged back, everything reads again.
 */

interface Place {
  readonly credentials: Credentials
  readonly region: string
  readonly name: string
  readonly version: number
  readonly value: string
  readonly account: string
}

const places: Place[] = []
const roots = new Map<string, Credentials>()

before(async () => {
  await using run = await Run.begin()
  for (const account of [ONE, TWO]) roots.set(account, await run.account(account))
  const put = async (account: string, region: string, name: string, version: number, more: object) => {
    const credentials = roots.get(account) as Credentials
    const value = canaryText()
    await run.done(credentials, 'ssm:PutParameter', { Name: name, Value: value, Overwrite: true, ...more }, region)
    places.push({ credentials, region, name, version, value, account })
  }
  const secure = { Type: 'SecureString' }
  await put(ONE, HERE, '/app/db', 1, secure)
  await put(ONE, HERE, '/app/db', 2, {})
  await put(ONE, HERE, '/app/other', 1, secure)
  await put(TWO, HERE, '/app/db', 1, secure)
  await put(ONE, THERE, '/app/db', 1, secure)
  await put(ONE, HERE, '/app/plain', 1, { Type: 'String' })
  await put(ONE, HERE, '/app/plain2', 1, { Type: 'String' })
  await put(ONE, HERE, '/app/big', 1, { ...secure, Tier: 'Advanced' })
  await put(ONE, HERE, '/app/big2', 1, { ...secure, Tier: 'Advanced' })
})
after(() => rmSync(directory, { recursive: true, force: true }))

const read = (run: Run, { credentials, region, name, version }: Place) =>
  run.call(credentials, 'ssm:GetParameter', { Name: `${name}:${version}`, WithDecryption: true }, region)

function rowOf({ account, region, name, version }: Place): Record<string, string> {
  const where = `account = '${account}' and region = '${region}'`
  const [parameter] = rows(`select id from parameter where ${where} and name = '${name}'`)
  return { account, region, parameter: parameter?.id ?? '', version: String(version) }
}

function nothingShown(answers: readonly Answer[]): void {
  const canaries = places.map(({ name, value }) => textCanary(name, value))
  for (const { text } of answers) assert.deepEqual(found(canaries, text, text), [])
  assert.deepEqual(found(canaries, 'the log', log()), [])
}

async function readsWell(): Promise<void> {
  await using run = await Run.begin()
  for (const place of places) {
    const answer = await read(run, place)
    const { Parameter } = JSON.parse(answer.text) as { Parameter?: { Value: string } }
    assert.equal(Parameter?.Value, place.value, answer.text)
  }
}

test('before anything is exchanged every parameter reads', readsWell)

const pairs: readonly (readonly [string, number, number])[] = [
  ['two versions of one parameter', 0, 1],
  ['two parameters', 0, 2],
  ['two accounts', 0, 3],
  ['two regions', 0, 4],
  ['two Strings', 5, 6],
  ['two advanced parameters', 7, 8],
  ['a String and a SecureString', 2, 5],
]
const moved: readonly (readonly [string, string[]])[] = [
  ['the values', ['content']],
  ['values and their MACs', ['content', 'mac']],
  [
    'everything',
    [
      'content',
      'mac',
      'type',
      'tier',
      'data_type',
      'key_id',
      'description',
      'allowed_pattern',
      'policies',
      'modified_at',
      'modified_by',
    ],
  ],
]
for (const [between, first, second] of pairs) {
  for (const [what, columns] of moved) {
    test(`${what} of ${between} exchanged: neither is read`, async () => {
      const [one, two] = [places[first] as Place, places[second] as Place]
      await exchanged(
        () => exchange('parameter_version', rowOf(one), rowOf(two), columns),
        async (run) => {
          const answers: Answer[] = []
          for (const place of [one, two]) {
            const { credentials, region, name } = place
            answers.push(await read(run, place))
            const Names = [`${name}:${place.version}`]
            answers.push(await run.call(credentials, 'ssm:GetParameters', { Names, WithDecryption: true }, region))
            const byPath = { Path: '/app', Recursive: true, WithDecryption: true }
            const all = await run.call(credentials, 'ssm:GetParametersByPath', byPath, region)
            // Of a version that is not the newest nothing is in it.
            if (place !== places[0] || all.status >= 400) answers.push(all)
            answers.push(
              await run.call(credentials, 'ssm:GetParameterHistory', { Name: name, WithDecryption: true }, region),
            )
          }
          for (const answer of answers) {
            assert.ok(answer.status >= 500, answer.text)
            assert.equal(refusalOf(answer).code, 'InternalServerError')
          }
          nothingShown(answers)
        },
      )
    })
  }
}

test('two parameters given each other’s versions by their ids: neither is read', async () => {
  const [one, two] = [places[5] as Place, places[6] as Place]
  const key = ({ account, region, name }: Place) => ({ account, region, key: name.slice(1) })
  await exchanged(
    () => exchange('parameter', key(one), key(two), ['id']),
    async (run) => {
      const answers = [await read(run, one), await read(run, two)]
      for (const answer of answers) assert.ok(answer.status >= 500, answer.text)
      nothingShown(answers)
    },
  )
})

test('after everything was exchanged back every parameter reads again', readsWell)

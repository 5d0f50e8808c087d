import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { systemClock } from '../server/kernel/clock.ts'
import { systemRandom } from '../server/kernel/random.ts'
import type { Assembled } from '../server/server.ts'
import { bootstrap } from '../server/services/iam/accounts.ts'
import { rootCaller } from '../server/services/iam/callers.ts'
import { InlinePolicies } from '../server/services/iam/inline.ts'
import { Users } from '../server/services/iam/users.ts'
import { run as runCommand, running } from './test/rig.ts'

/* `strongroom usage`, `cost`, `idle` and `hygiene` beside a server that runs. */

const ACCOUNT = '111122223333'
const ROOT = `arn:aws:iam::${ACCOUNT}:root`
const OTHER = '444455556666'
/** What a terminal would obey, and what a program for tables would run. */
const HOSTILE = '=cmd|\' /C calc\'!A0 "x", y'
let data: Awaited<ReturnType<typeof running>>
let server: Assembled
let red = ''

const call = async (target: string, input: object): Promise<Record<string, unknown>> =>
  (await server.local(target, input, rootCaller(ACCOUNT, 'AKIATESTTESTTESTTEST'))) as Record<string, unknown>
const secret = (name: string, input: object) => call(`secretsmanager.${name}`, input)
const run = (command: string, ...args: string[]) => runCommand(command, ...args, '--data', data.directory)
/** The rows of a CSV, cells as a reader of RFC 4180 has them. */
const cellsIn = (out: string): string[][] =>
  out
    .split('\r\n')
    .filter((line) => line !== '')
    .map((line) =>
      [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)]
        .slice(0, -1)
        .map(([, cell = '']) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell)),
    )

before(async () => {
  data = await running()
  server = data.server
  const { storage, vault } = server
  await bootstrap({ storage, vault, random: systemRandom, now: systemClock.now(), account: ACCOUNT })
  const made = await secret('CreateSecret', {
    ...{ Name: 'app/red', SecretString: 'canary-red', ClientRequestToken: systemRandom.uuid() },
    Tags: [{ Key: 'team', Value: HOSTILE }],
  })
  red = String(made.ARN)
  await secret('CreateSecret', {
    Name: 'app/plain',
    SecretString: 'canary-plain',
    ClientRequestToken: systemRandom.uuid(),
  })
  for (let at = 0; at < 3; at++) await secret('GetSecretValue', { SecretId: 'app/red' })
  await assert.rejects(secret('GetSecretValue', { SecretId: 'app/none' }))
  await secret('BatchGetSecretValue', { SecretIdList: ['app/red', 'app/plain'] })
  await call('AmazonSSM.PutParameter', { Name: '/a', Value: 'canary', Type: 'String', Tier: 'Advanced' })
  await call('TrentService.CreateKey', {})
  await storage.unit('write', async (unit) => {
    for (const name of ['ann', 'bob']) {
      const id = `AIDA${name.toUpperCase().padEnd(17, 'X')}`
      const user = { name, path: '/', arn: `arn:aws:iam::${ACCOUNT}:user/${name}`, id, tags: new Map() }
      await new Users(unit, ACCOUNT, vault).add({ ...user, boundary: undefined, createdAt: 0 })
      const Statement = [{ Effect: 'Allow', Action: 'secretsmanager:*', Resource: '*' }]
      const document = JSON.stringify({ Version: '2012-10-17', Statement })
      await new InlinePolicies(unit, ACCOUNT, vault).put(id, 'all', document)
    }
  })
})
after(() => data[Symbol.asyncDispose]())

test('usage counts what was called, by what is asked for; a batch is one call that reads two', async () => {
  const { code, out, err } = await run('usage')
  assert.deepEqual([code, err], [0, ''])
  assert.match(out, /^secretsmanager:GetSecretValue +4 +5$/m)
  assert.match(out, /^secretsmanager:BatchGetSecretValue +1 +0$/m)
  assert.match(out, /^9 calls, /m)
  const rows = async (...args: string[]) =>
    (await run('usage', '--json', ...args)).out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  assert.deepEqual(await rows('--by', 'principal,result', '--operation', 'GetSecretValue'), [
    { principal: ROOT, result: 'ok', calls: 3, read: 5 },
    { principal: ROOT, result: 'ResourceNotFoundException', calls: 1, read: 0 },
  ])
  assert.deepEqual(await rows('--by', 'secret', '--secret', red), [{ secret: red, calls: 4, read: 4 }])
  assert.deepEqual(await rows('--by', 'month', '--account', OTHER), [])
  const day = new Date(systemClock.now()).toISOString().slice(0, 10)
  assert.deepEqual(
    (await rows('--by', 'day', '--from', '24h')).map((row) => row.day).filter((one) => one !== day).length,
    0,
  )
  assert.equal((await run('usage', '--from', '1h', '--to', '2h')).code, 2)
  assert.match((await run('usage', '--to', '2026-01-01', '--from', '2025-01-01')).out, /^nobody called anything/)
})

test('what services called in a caller’s name is told apart', async () => {
  const { out } = await run('usage', '--services', '--by', 'operation', '--csv')
  const rows = cellsIn(out)
  assert.deepEqual(rows[0], ['operation', 'calls', 'read'])
  assert.equal(rows.find(([name]) => name === 'kms:Decrypt')?.[1], '5')
  assert.ok(!(await run('usage')).out.includes('kms:Decrypt'))
})

test('cost: what is there by the hour, what was called; by tag, with a value that is no formula in a CSV', async () => {
  const { code, out } = await run('cost')
  assert.equal(code, 0)
  assert.match(out, /^AWSSecretsManager-Secrets +0\.00\d\d +0\.\d{4}$/m)
  assert.match(out, /an estimate by list prices/)
  assert.match(out, /^prices of .*us-east-1/m)
  const { out: csv } = await run('cost', '--by', 'tag:team', '--csv')
  const [head = [], ...rows] = cellsIn(csv)
  const column = (name: string) => head.indexOf(name)
  const tagged = rows.find((row) => row[column('resourceTags/user:team')] === `'${HOSTILE}`)
  assert.equal(tagged?.[column('lineItem/UsageType')], 'USE1-AWSSecretsManager-Secrets')
  assert.equal(tagged?.[column('lineItem/UsageAccountId')], ACCOUNT)
  const bill = JSON.parse((await run('cost', '--by', 'secret', '--json')).out)
  const hours =
    (Date.UTC(2000 + Number(bill.month.slice(2, 4)), Number(bill.month.slice(5))) - Date.parse(`${bill.month}-01`)) /
    3_600_000
  const line = bill.lines.find(
    (one: { resource: string; unit: string }) => one.resource === red && one.unit === 'month',
  )
  assert.equal(line.quantity, Number((1 / hours).toFixed(10)), 'an hour that began')
  assert.equal(
    bill.lines.find((one: { resource: string; unit: string }) => one.resource === red && one.unit === 'call').quantity,
    4,
  )
  assert.ok(Math.abs(bill.sums.reduce((sum: number, one: { cost: number }) => sum + one.cost, 0) - bill.cost) < 1e-9)
})

test('cost by prices of one’s own, and what is wrong with them', async () => {
  const file = join(data.directory, 'prices.json')
  writeFileSync(file, '{"secretMonth": 400, "currency": "CHF"}')
  const { out } = await run('cost', '--prices', file)
  assert.match(out, /CHF/)
  assert.ok(out.includes(file))
  writeFileSync(file, '{"secretMonht": 400}')
  const refused = await run('cost', '--prices', file)
  assert.equal(refused.code, 1)
  assert.match(refused.err, /has secretMonht, which is no price/)
  assert.equal((await run('cost', '--month', '2999-01')).code, 2)
  assert.equal((await run('cost', '--by', 'colour')).code, 2)
})

test('idle: nothing is idle on its first day; hygiene: each finding with why and a hint, and a code for CI', async () => {
  assert.match((await run('idle', '--days', '1')).out, /^every secret was read in the last 1 days, or is younger$/m)
  const found = (await run('hygiene', '--json')).out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { name: string; check: string; severity: string; why: string; hint: string })
  assert.deepEqual(found.map(({ name, check }) => `${name} ${check}`).toSorted(), [
    'app/plain default-key',
    'app/plain no-tags',
    'app/red default-key',
  ])
  for (const { why, hint } of found) assert.ok(why.length > 10 && hint.length > 10)
  assert.equal((await run('hygiene', '--fail-on', 'medium')).code, 0)
  assert.equal((await run('hygiene', '--fail-on', 'low')).code, 1)
  const many = await run('hygiene', '--readers', '1', '--fail-on', 'medium', '--checks', 'readable-by-many')
  assert.equal(many.code, 1)
  assert.match(many.out, /more than 1 principals may read it/)
  assert.equal((await run('hygiene', '--checks', 'colour')).code, 2)
})

test('a policy that lets in others, and one that lets in everybody', async () => {
  const put = (Principal: unknown) =>
    secret('PutResourcePolicy', {
      SecretId: 'app/plain',
      ResourcePolicy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal, Action: 'secretsmanager:GetSecretValue', Resource: '*' }],
      }),
    })
  await bootstrap({ ...server, random: systemRandom, now: systemClock.now(), account: OTHER })
  const found = async () => (await run('hygiene', '--checks', 'public,other-accounts')).out
  await put({ AWS: OTHER })
  assert.match(await found(), new RegExp(`medium +other-accounts +its resource policy lets in account ${OTHER}`))
  await put('*')
  assert.match(await found(), /high +public/)
  await secret('DeleteResourcePolicy', { SecretId: 'app/plain' })
})

test('no value of a secret is in anything that is shown', async () => {
  for (const command of ['usage', 'cost', 'idle', 'hygiene'])
    for (const form of [[], ['--json'], ['--csv']]) {
      const { out, err } = await run(command, ...form)
      assert.ok(!`${out}${err}`.includes('canary'), command)
    }
})

test('mistakes are told in words', async () => {
  for (const args of [
    ['usage', '--by', 'colour'],
    ['usage', '--from', 'yesterday'],
    ['usage', 'what'],
    ['usage', '--json', '--csv'],
    ['usage', '--principal', 'alice'],
    ['usage', '--secret', 'prod/db'],
    ['idle', '--days', '0'],
    ['hygiene', '--fail-on', 'deadly'],
  ] as const) {
    const { code, err } = await runCommand(...args)
    assert.equal(code, 2, args.join(' '))
    assert.match(err, new RegExp(`^error: strongroom ${args[0]}: .*\nhint: see strongroom ${args[0]} --help\n$`))
  }
})

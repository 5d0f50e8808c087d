import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from '#kernel/random'
import { openPostgres } from '#kernel/storage/postgres/postgres'
import { postgresMissing, startPostgres } from '../../../test/postgres.ts'
import { beside, START, token, type Trial, trial } from '../test/trial.ts'
import type { AskedImport } from './asked.ts'
import { importSecret } from './import.ts'

const run = (t: Trial, asked: AskedImport) => {
  const call = t.request()
  return t.storage.unit('write', (unit) => importSecret(t.service.env(unit, call), call, asked))
}

const asked: AskedImport = {
  Name: 'app/db',
  Whole: true,
  Tags: [{ Key: 'a', Value: 'b' }],
  Versions: [
    { VersionId: token('v1'), CreatedDate: new Date(START - 5000), SecretString: 'one' },
    { VersionId: token('v2'), SecretBinary: Uint8Array.of(1, 0), VersionStages: ['AWSCURRENT'] },
  ],
}

const missing = postgresMissing()

test('several imports of one secret at a time: one makes it, the others find it equal', {
  skip: missing ?? false,
}, async () => {
  await using postgres = await startPostgres()
  const url = await postgres.database()
  await using one = await trial(undefined, (opening) => openPostgres({ url, random: systemRandom, ...opening }))
  const other = beside(one)
  for (let round = 0; round < 5; round++) {
    const Name = `app/${round}`
    const done = await Promise.all([one, other, one, other].map((each) => run(each, { ...asked, Name })))
    const outcomes = done.map(({ Outcome }) => Outcome).sort()
    assert.deepEqual(outcomes, ['Created', 'Unchanged', 'Unchanged', 'Unchanged'])
    assert.equal(new Set(done.map(({ ARN }) => ARN)).size, 1)
    assert.deepEqual(await one.labels(Name), { v2: 'AWSCURRENT' })
    const read = await other.call('GetSecretValue', { SecretId: Name, VersionId: token('v1') })
    assert.deepEqual([read.SecretString, read.CreatedDate], ['one', new Date(START - 5000)])
  }
  const over = { ...asked, Name: 'app/0', Versions: [], OnConflict: 'Overwrite' }
  const [first, second] = await Promise.all([
    run(one, { ...over, Description: 'd' }),
    run(other, { ...over, Description: 'd' }),
  ])
  assert.deepEqual([first.Outcome, second.Outcome].sort(), ['Overwritten', 'Unchanged'])
})

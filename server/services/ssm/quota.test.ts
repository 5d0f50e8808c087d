import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '#kernel/error'
import { faulty } from '#kernel/storage/faulty'
import { postgresMissing } from '../../test/postgres.ts'
import { ParameterQuota } from './quota.ts'
import { Emptied } from './test/emptied.ts'
import { beside, MIGRATIONS, trial } from './test/trial.ts'

const HERE = { account: '111122223333', region: 'us-east-1' }
const NOBODY = async () => undefined

test('making ten thousand parameters counts them a few dozen times, the last ones each time, and a refusal is for a count that is true', async () => {
  const quota = new ParameterQuota({ Standard: 10_000, Advanced: 100_000 })
  let stored = 0
  let counted = 0
  const count = async (most: number) => {
    counted++
    return Math.min(stored, most)
  }
  while (await quota.fits(HERE, 'Standard', count, NOBODY)) {
    stored++
    quota.made(HERE, 'Standard')
    assert.ok(stored <= 10_000)
  }
  assert.equal(stored, 10_000)
  assert.ok(counted < 60 + 256, `${counted} counts`)
  stored--
  assert.equal(await quota.fits(HERE, 'Standard', count, NOBODY), true)
  assert.equal(await quota.fits({ ...HERE, region: 'eu-west-1' }, 'Standard', async () => 10_000, NOBODY), false)
  assert.equal(await quota.fits(HERE, 'Advanced', async () => 0, NOBODY), true)
})

test('what other processes make counts before anything is refused or goes far beyond', async () => {
  const quota = new ParameterQuota({ Standard: 100, Advanced: 100 })
  let stored = 0
  const count = async () => stored
  let made = 0
  while (await quota.fits(HERE, 'Standard', count, NOBODY)) {
    quota.made(HERE, 'Standard')
    made++
    // one here, one elsewhere
    stored += 2
  }
  assert.ok(stored <= 125, `${stored} of 100`)
  assert.ok(made >= 50)
})

test('PostgreSQL: no limit is passed by parameters that are made at once on two nodes', {
  skip: postgresMissing() ?? false,
}, async () => {
  await using postgres = await Emptied.start()
  const more = { limits: { standard: 20 } }
  await using one = await trial(more, postgres.open)
  await using two = beside(one, faulty(await postgres.beside({ migrations: MIGRATIONS, clock: one.clock })), more)
  const nodes = [one, two]
  const made = await Promise.allSettled(
    Array.from({ length: 60 }, (_, n) =>
      nodes[n % 2]?.put(`p${n}`, 'v', n % 3 === 0 ? { Tier: 'Intelligent-Tiering' } : {}),
    ),
  )
  for (const each of made) {
    if (each.status === 'fulfilled') continue
    assert.ok(each.reason instanceof ApiError, String(each.reason))
    assert.equal(each.reason.code, 'ParameterLimitExceeded')
  }
  const ParameterFilters = [{ Key: 'Tier', Values: ['Standard'] }]
  const pages = await one.pages('DescribeParameters', { MaxResults: 50, ParameterFilters })
  assert.equal(pages.flatMap(({ Parameters }) => Parameters).length, 20)
  // What is deleted makes room for one.
  const first = pages[0].Parameters[0].Name
  await one.call('DeleteParameter', { Name: first })
  assert.equal(await two.put('again'), 1)
  await one.refused('PutParameter', { Name: 'more', Value: 'v', Type: 'String' }, 'ParameterLimitExceeded')
})

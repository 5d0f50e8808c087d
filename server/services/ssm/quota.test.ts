import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ParameterQuota } from './quota.ts'

const HERE = { account: '111122223333', region: 'us-east-1' }

test('making ten thousand parameters counts them a few dozen times, and a refusal is for a count that is true', async () => {
  const quota = new ParameterQuota({ Standard: 10_000, Advanced: 100_000 })
  let stored = 0
  let counted = 0
  const count = async (most: number) => {
    counted++
    return Math.min(stored, most)
  }
  while (await quota.fits(HERE, 'Standard', count)) {
    stored++
    quota.made(HERE, 'Standard')
    assert.ok(stored <= 10_000)
  }
  assert.equal(stored, 10_000)
  assert.ok(counted < 60, `${counted} counts`)
  stored--
  assert.equal(await quota.fits(HERE, 'Standard', count), true)
  assert.equal(await quota.fits({ ...HERE, region: 'eu-west-1' }, 'Standard', async () => 10_000), false)
  assert.equal(await quota.fits(HERE, 'Advanced', async () => 0), true)
})

test('what other processes make counts before anything is refused or goes far beyond', async () => {
  const quota = new ParameterQuota({ Standard: 100, Advanced: 100 })
  let stored = 0
  const count = async () => stored
  let made = 0
  while (await quota.fits(HERE, 'Standard', count)) {
    quota.made(HERE, 'Standard')
    made++
    // one here, one elsewhere
    stored += 2
  }
  assert.ok(stored <= 125, `${stored} of 100`)
  assert.ok(made >= 50)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SecretQuota } from './quota.ts'

const cell = { account: '111122223333', region: 'us-east-1' }

/** How often the store is asked while `made` secrets are made, with `before` there already. */
async function asked(quota: SecretQuota, before: number, made: number): Promise<number> {
  let asked = 0
  for (let n = 0; n < made; n++) {
    await quota.check(cell, async () => {
      asked++
      return before + n
    })
  }
  return asked
}

test('while there is much room the store is seldom asked how many there are, near the limit more often', async () => {
  assert.equal(await asked(new SecretQuota(2_000_000), 1_000_000, 15_625), 1)
  assert.equal(await asked(new SecretQuota(2_000_000), 1_000_000, 15_626), 2)
  assert.equal(await asked(new SecretQuota(1_010_000), 1_000_000, 5000), 5)
})

test('a refusal is for a count that was asked for just now', async () => {
  const quota = new SecretQuota(10)
  assert.equal(await asked(quota, 0, 10), 1)
  await assert.rejects(
    quota.check(cell, async () => 10),
    { code: 'LimitExceededException' },
  )
  await quota.check(cell, async () => 9)
})

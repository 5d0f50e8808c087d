import assert from 'node:assert/strict'
import { test } from 'node:test'
import { code, trial } from '../test/trial.ts'

test('what the account may have and what it has (Lambda quotas)', async () => {
  await using t = await trial()
  await t.made()
  assert.deepEqual(await t.call('GetAccountSettings', {}), {
    AccountLimit: {
      TotalCodeSize: 80_530_636_800,
      CodeSizeUnzipped: 262_144_000,
      CodeSizeZipped: 52_428_800,
      ConcurrentExecutions: 1000,
      UnreservedConcurrentExecutions: 1000,
    },
    AccountUsage: { TotalCodeSize: code().length, FunctionCount: 1 },
  })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StorageError } from '#kernel/storage/error'
import type { Unit } from '#kernel/storage/storage'
import { Parameters } from './store.ts'
import { ACCOUNT, REGION, START, trial } from './test/trial.ts'

const HERE = { account: ACCOUNT, region: REGION, now: START }

test('who waits too long for other writers of a parameter is told TooManyUpdates; other failures stay what they are (7.1)', async () => {
  await using one = await trial()
  const failing = (code: string): Unit => ({
    effect: 'write',
    get: () => Promise.reject(new StorageError('statement parameter/lock', { code })),
    all: () => Promise.resolve([]),
    run: () => Promise.resolve(0),
    touch: () => undefined,
    generation: () => 1,
    afterCommit: () => undefined,
  })
  const { rows } = one.service.env(failing('x'), one.request()).parameters
  // lock_not_available and query_canceled. Source: PostgreSQL appendix A.
  for (const code of ['55P03', '57014']) {
    await assert.rejects(async () => new Parameters(failing(code), HERE, rows).find('x'), { code: 'TooManyUpdates' })
  }
  await assert.rejects(async () => new Parameters(failing('08006'), HERE, rows).find('x'), StorageError)
})

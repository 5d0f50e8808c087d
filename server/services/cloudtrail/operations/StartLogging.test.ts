import assert from 'node:assert/strict'
import { test } from 'node:test'
import { START, trial } from '../test/trial.ts'

test('StartLogging begins once; a trail that logs goes on as it was', async () => {
  await using t = await trial()
  await t.make('main')
  await t.call('StartLogging', { Name: 'main' })
  await t.call('StartLogging', { Name: 'main' }, { now: START + 5000 })
  assert.deepEqual(
    t.told.map(([what, { logging, startedAt }]) => [what, logging, startedAt]),
    [['started', true, START]],
  )
  const status = await t.call('GetTrailStatus', { Name: 'main' })
  assert.deepEqual([status.IsLogging, status.StartLoggingTime], [true, new Date(START)])
})

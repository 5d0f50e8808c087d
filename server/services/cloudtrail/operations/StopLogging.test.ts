import assert from 'node:assert/strict'
import { test } from 'node:test'
import { START, trial } from '../test/trial.ts'

test('StopLogging ends it, tells delivery, and is no error a second time', async () => {
  await using t = await trial()
  await t.make('main')
  await t.call('StopLogging', { Name: 'main' })
  await t.call('StartLogging', { Name: 'main' })
  await t.call('StopLogging', { Name: 'main' }, { now: START + 5000 })
  await t.call('StopLogging', { Name: 'main' }, { now: START + 9000 })
  assert.deepEqual(
    t.told.map(([what, { stoppedAt }]) => [what, stoppedAt]),
    [
      ['started', undefined],
      ['stopped', START + 5000],
    ],
  )
})

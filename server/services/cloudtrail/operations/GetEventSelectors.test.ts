import assert from 'node:assert/strict'
import { test } from 'node:test'
import { arnOf, trial } from '../test/trial.ts'

test('GetEventSelectors of a new trail: all management events', async () => {
  await using t = await trial()
  await t.make('main')
  assert.deepEqual(await t.call('GetEventSelectors', { TrailName: 'main' }), {
    TrailARN: arnOf('main'),
    EventSelectors: [
      { ReadWriteType: 'All', IncludeManagementEvents: true, DataResources: [], ExcludeManagementEventSources: [] },
    ],
  })
})

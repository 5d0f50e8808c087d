import assert from 'node:assert/strict'
import { test } from 'node:test'
import { START, trial } from '../test/trial.ts'

test('GetTrailStatus says what those who deliver have noted, times as moments and as texts', async () => {
  await using t = await trial()
  await t.make('main')
  await t.call('StartLogging', { Name: 'main' })
  await t.status('main', { deliveryAt: START + 1000, deliveryAttemptAt: START + 2000, deliveryError: 'disk full' })
  await t.status('main', { digestAt: START + 3000 })
  const status = await t.call('GetTrailStatus', { Name: 'main' })
  assert.deepEqual(JSON.parse(JSON.stringify(status)), {
    IsLogging: true,
    LatestDeliveryTime: '2026-03-15T10:30:01.000Z',
    LatestDeliveryError: 'disk full',
    StartLoggingTime: '2026-03-15T10:30:00.000Z',
    LatestDigestDeliveryTime: '2026-03-15T10:30:03.000Z',
    LatestDeliveryAttemptTime: '2026-03-15T10:30:02Z',
    LatestDeliveryAttemptSucceeded: '2026-03-15T10:30:01Z',
    LatestNotificationAttemptTime: '',
    LatestNotificationAttemptSucceeded: '',
    TimeLoggingStarted: '2026-03-15T10:30:00Z',
    TimeLoggingStopped: '',
  })
})

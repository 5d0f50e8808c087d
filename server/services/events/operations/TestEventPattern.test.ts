import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventPattern, trial } from '../test/trial.ts'

const event = { id: '1', source: 'my.app', 'detail-type': 'D', account: '1', region: 'r', time: 't' }

test('an event is like a pattern, or not; what is no event is refused (recorded)', async () => {
  await using one = await trial()
  const asked = (Event: string) => one.call('TestEventPattern', { EventPattern, Event })
  assert.deepEqual(await asked(JSON.stringify(event)), { Result: true })
  assert.deepEqual(await asked(JSON.stringify({ ...event, source: 'x' })), { Result: false })
  const wrong = ['', 'x', '[]', 'null', '{}', `{"a":${'['.repeat(2000)}${']'.repeat(2000)}}`]
  for (const Event of [
    ...wrong,
    JSON.stringify({ ...event, resources: 'x' }),
    JSON.stringify({ ...event, time: null }),
  ])
    await one.refused(
      'TestEventPattern',
      { EventPattern, Event },
      'ValidationException',
      'Parameter Event is not valid.',
    )
  await one.refused(
    'TestEventPattern',
    { EventPattern: '[]', Event: JSON.stringify(event) },
    'InvalidEventPatternException',
    /Filter is not an object/,
  )
})

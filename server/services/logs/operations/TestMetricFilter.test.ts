import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trial } from '../test/operation.ts'
import { TestMetricFilter } from './TestMetricFilter.ts'

test('TestMetricFilter says which messages match and what is found in them (API_TestMetricFilter, examples)', async () => {
  await using one = await trial()
  const logEventMessages = ['127.0.0.1 - frank 200', '127.0.0.1 - frank 404']
  const filterPattern = '[ip, id, user, status = 4*]'
  assert.deepEqual(await one.run(TestMetricFilter, { filterPattern, logEventMessages }), {
    matches: [
      {
        eventNumber: 2,
        eventMessage: '127.0.0.1 - frank 404',
        extractedValues: { $ip: '127.0.0.1', $id: '-', $user: 'frank', $status: '404' },
      },
    ],
  })
  assert.deepEqual(TestMetricFilter.audit?.request?.({ filterPattern, logEventMessages }), { filterPattern })
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rotationTold } from './rotation-log.ts'

test('what failed is in the log at warn, with step, attempt, error and the next try; all else at info; all is counted', () => {
  const lines: unknown[] = []
  const counted: string[] = []
  const expected: string[] = []
  const told = rotationTold(
    { info: (...line) => lines.push(['info', ...line]), warn: (...line) => lines.push(['warn', ...line]) },
    { happened: (event) => counted.push(event), mayHappen: (events) => expected.push(...events) },
  )
  const failure = { step: 'setSecret', attempt: 2, error: 'setSecret: E: no', next: '2026-03-15T10:35:00.000Z' }
  told('RotationStarted', 'arn:s')
  told('RotationFailed', 'arn:s', failure)
  told('lost', 'arn:s')
  assert.deepEqual(lines, [
    ['info', { event: 'RotationStarted', secret: 'arn:s' }, 'rotation'],
    ['warn', { event: 'RotationFailed', secret: 'arn:s', ...failure }, 'a rotation is not as it should be'],
    ['info', { event: 'RotationAttemptLost', secret: 'arn:s' }, 'rotation'],
  ])
  assert.deepEqual(expected, ['RotationSucceeded', 'RotationFailed', 'RotationWindowMissed', 'RotationAttemptLost'])
  assert.deepEqual(counted, ['RotationStarted', 'RotationFailed', 'RotationAttemptLost'])
})

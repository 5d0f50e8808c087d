import assert from 'node:assert/strict'
import { test } from 'node:test'
import { node, python, rig } from './test/rig.ts'

test('a Node function answers an event, and sees what Lambda shows it', async () => {
  await using world = rig()
  const { answer, functionError } = await world.invoke(
    node(`export const handler = async (event, context) => ({ event, name: context.functionName, arn: context.invokedFunctionArn,
      memory: context.memoryLimitInMB, left: context.getRemainingTimeInMillis() > 1000 })`),
    { a: [1, 'ü'] },
  )
  assert.equal(functionError, undefined)
  assert.deepEqual(answer, {
    event: { a: [1, 'ü'] },
    name: 'fn',
    arn: 'arn:aws:lambda:us-east-1:111122223333:function:fn',
    memory: '256',
    left: true,
  })
})

test('a Python function answers an event', async () => {
  await using world = rig()
  const { answer, functionError } = await world.invoke(
    python(
      'def handler(event, context):\n  return {"event": event, "name": context.function_name, "left": context.get_remaining_time_in_millis() > 1000}\n',
    ),
    { a: [1, 'ü'] },
  )
  assert.deepEqual([functionError, answer], [undefined, { event: { a: [1, 'ü'] }, name: 'fn', left: true }])
})

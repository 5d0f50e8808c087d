import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventPattern, FUNCTION, trial } from '../test/trial.ts'

test('targets go, and those that are not there are told among the failed (API_RemoveTargets)', async () => {
  await using one = await trial()
  await one.call('PutRule', { Name: 'r', EventPattern })
  await one.call('PutTargets', { Rule: 'r', Targets: [{ Id: 't', Arn: FUNCTION }] })
  assert.deepEqual(await one.call('RemoveTargets', { Rule: 'r', Ids: ['t', 'u'] }), {
    FailedEntryCount: 1,
    FailedEntries: [
      {
        TargetId: 'u',
        ErrorCode: 'ResourceNotFoundException',
        ErrorMessage: 'Rule r does not have a target with the Id u.',
      },
    ],
  })
  assert.deepEqual((await one.call('ListTargetsByRule', { Rule: 'r' })).Targets, [])
  await one.refused('RemoveTargets', { Rule: 's', Ids: ['t'] }, 'ResourceNotFoundException')
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { document, trial } from '../test/trial.ts'

const task = 'task/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS/00000000-0000-4000-8000-000000000001'

test('GetServiceLinkedRoleDeletionStatus knows done tasks, and none that cannot have been', async () => {
  await using iam = await trial()
  const found = await iam.call('GetServiceLinkedRoleDeletionStatus', { DeletionTaskId: task })
  assert.deepEqual(found, { Status: 'SUCCEEDED' })
  for (const DeletionTaskId of ['task', `${task}0`, task.replace('rds', '*')]) {
    await iam.refused('GetServiceLinkedRoleDeletionStatus', { DeletionTaskId }, 'NoSuchEntity')
  }
})

test('GetServiceLinkedRoleDeletionStatus is decided on the role that was deleted', async () => {
  await using iam = await trial()
  const own = 'arn:aws:iam::111122223333:role/aws-service-role/rds.amazonaws.com/*'
  const lead = await iam.user('lead', document('iam:GetServiceLinkedRoleDeletionStatus', own))
  await iam.call('GetServiceLinkedRoleDeletionStatus', { DeletionTaskId: task }, lead)
  for (const DeletionTaskId of [task.replace('rds', 'ssm'), 'nonsense']) {
    await iam.refused('GetServiceLinkedRoleDeletionStatus', { DeletionTaskId }, 'AccessDenied', undefined, lead)
  }
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deletionTask, linkedName, roleOfTask } from './linked.ts'

test('service-linked roles are named after their service (User Guide, Service-linked roles)', () => {
  const cases: readonly [string, string | undefined, string | undefined][] = [
    ['elasticache.amazonaws.com', undefined, 'AWSServiceRoleForElastiCache'],
    ['autoscaling.amazonaws.com', 'team', 'AWSServiceRoleForAutoScaling_team'],
    ['ecs.application-autoscaling.amazonaws.com', undefined, 'AWSServiceRoleForApplicationAutoScaling_ECSService'],
    ['some-thing.new.amazonaws.com', undefined, 'AWSServiceRoleForSomeThingNew'],
    ['amazonaws.com', undefined, undefined],
    ['.amazonaws.com', undefined, undefined],
    ['elasticache', undefined, undefined],
    ['elasticache.amazonaws.com.example.com', undefined, undefined],
    ['ElastiCache.amazonaws.com', undefined, undefined],
  ]
  for (const [service, suffix, name] of cases) assert.equal(linkedName(service, suffix), name, service)
})

test('the id of a deletion says service and role', () => {
  const task = deletionTask('rds.amazonaws.com', 'AWSServiceRoleForRDS', '00000000-0000-4000-8000-000000000001')
  assert.equal(
    task,
    'task/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS/00000000-0000-4000-8000-000000000001',
  )
  assert.deepEqual(roleOfTask(task), { service: 'rds.amazonaws.com', name: 'AWSServiceRoleForRDS' })
  for (const other of ['', 'task/', `${task}0`, `x${task}`, task.replace('rds.', '../'), task.replace('RDS', '*')]) {
    assert.equal(roleOfTask(other), undefined, other)
  }
})

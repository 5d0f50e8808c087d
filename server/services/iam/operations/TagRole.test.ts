import assert from 'node:assert/strict'
import { test } from 'node:test'
import { role } from '../test/roles.ts'
import { document, trial } from '../test/trial.ts'

const tag = (Key: string, Value = 'v') => ({ Key, Value })
const tags = async (iam: Awaited<ReturnType<typeof trial>>) =>
  (await iam.call('ListRoleTags', { RoleName: 'app' })).Tags

test('TagRole adds and replaces tags; keys are one in any spelling (access.md 3.4)', async () => {
  await using iam = await trial()
  await role(iam, 'app', undefined, { Tags: [tag('Team', 'red')] })
  await iam.call('TagRole', { RoleName: 'app', Tags: [tag('team', 'blue'), tag('env', '')] })
  assert.deepEqual(await tags(iam), [tag('env', ''), tag('team', 'blue')])
})

test('TagRole refuses empty lists, double keys, other characters and more than 50 (access.md 3.2, 3.4)', async () => {
  await using iam = await trial()
  await role(iam, 'app')
  const refused = (Tags: unknown, code: string, text?: RegExp) =>
    iam.refused('TagRole', { RoleName: 'app', Tags }, code, text)
  await refused([], 'InvalidInput')
  await refused([tag('k'), tag('K')], 'InvalidInput', /^Duplicate tag keys found/)
  await refused([tag('k', 'a\u0301')], 'ValidationError', /tags\.1\.member\.value/)
  await iam.call('TagRole', { RoleName: 'app', Tags: Array.from({ length: 50 }, (_, i) => tag(`k${i}`)) })
  await refused([tag('one more')], 'LimitExceeded', /^Cannot exceed quota for TagsPerRole: 50/)
  await iam.refused('TagRole', { RoleName: 'x', Tags: [tag('k')] }, 'NoSuchEntity')
})

test('TagRole is decided on the tags of the request and of the role', async () => {
  await using iam = await trial()
  await role(iam, 'app', undefined, { Tags: [tag('team', 'red')] })
  const Condition = { StringEquals: { 'aws:ResourceTag/team': 'red', 'aws:RequestTag/env': 'dev' } }
  const lead = await iam.user('lead', document('iam:TagRole', '*', { Condition }))
  await iam.call('TagRole', { RoleName: 'app', Tags: [tag('env', 'dev')] }, lead)
  const denied = { RoleName: 'app', Tags: [tag('env', 'prod')] }
  await iam.refused('TagRole', denied, 'AccessDenied', /iam:TagRole on resource: role app because/, lead)
})

test('tags are those of the principal that sessions of the role are', async () => {
  await using iam = await trial()
  const { RoleId } = await role(iam, 'app')
  await iam.call('TagRole', { RoleName: 'app', Tags: [tag('team', 'red')] })
  const principal = await iam.iam.callers.principal('111122223333', RoleId)
  assert.deepEqual(principal && [...principal.tags], [['team', 'red']])
})

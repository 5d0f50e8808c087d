import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forged, unusable, write } from './test/outside.ts'
import { ACCOUNT, document, trial } from './test/trial.ts'

// As rows.test.ts: somebody who can write the database and has no seal, and managed policies with versions or of AWS.

const READING = 'arn:aws:iam::aws:policy/IAMReadOnlyAccess'
const READER = `arn:aws:iam::${ACCOUNT}:policy/reader`

/** alice has a policy of two versions, one of AWS, and is bounded by one of AWS. */
async function world() {
  const iam = await trial()
  await iam.call('CreatePolicy', { PolicyName: 'reader', PolicyDocument: document('secretsmanager:Describe*') })
  const second = { PolicyArn: READER, PolicyDocument: document('secretsmanager:*') }
  await iam.call('CreatePolicyVersion', second)
  await iam.call('CreateUser', { UserName: 'alice', PermissionsBoundary: 'arn:aws:iam::aws:policy/PowerUserAccess' })
  for (const PolicyArn of [READER, READING]) await iam.call('AttachUserPolicy', { UserName: 'alice', PolicyArn })
  const { AccessKey } = await iam.call('CreateAccessKey', { UserName: 'alice' })
  const alice = await iam.callerOf(AccessKey.AccessKeyId)
  return { iam, alice, [Symbol.asyncDispose]: () => iam[Symbol.asyncDispose]() }
}

const FORGED: Readonly<Record<string, string>> = {
  'another version made the default': 'update iam_policy set default_version = 2',
  'the number of the last version lowered': 'update iam_policy set last_version = 1',
  'the number of the last version taken away': 'update iam_policy set last_version = null',
  'the default version taken away': 'delete from iam_policy_version where version = 1',
  'another version put in the place of the default': 'update iam_policy_version set version = 1 where version = 2',
  'a policy of AWS attached': `insert into iam_attachment (account, region, owner, policy_key, mac)
    select account, region, owner, 'aws:administratoraccess', mac from iam_attachment where policy_key like 'aws:%'`,
  'an attachment led to a policy of AWS': `update iam_attachment set policy_key = 'aws:administratoraccess'
    where policy_key = 'reader'`,
  'an attachment led to another policy of AWS': `update iam_attachment set policy_key = 'aws:administratoraccess'
    where policy_key like 'aws:%'`,
  'an attachment led to a policy that AWS does not have': `update iam_attachment set policy_key = 'aws:none'
    where policy_key like 'aws:%'`,
  'a boundary led to another policy of AWS': `update iam_user set boundary = 'arn:aws:iam::aws:policy/AdministratorAccess'`,
}
/** The place is taken until its row is gone. */
const PLACE = 'another version put in the place of the default'

for (const [said, sql] of Object.entries(FORGED)) {
  test(`${said}: the access key fails, and so does simulating its user`, async () => {
    await using it = await world()
    if (said === PLACE) await write(it.iam, 'delete from iam_policy_version where version = 1')
    assert.ok((await write(it.iam, sql)) > 0)
    await unusable(it.iam, it.alice, said)
    const simulation = { PolicySourceArn: `arn:aws:iam::${ACCOUNT}:user/alice`, ActionNames: ['iam:GetUser'] }
    await assert.rejects(it.iam.call('SimulatePrincipalPolicy', simulation), forged)
  })
}

test('a version that was changed from outside is not made the default, nor shown, nor is its number given again', async () => {
  await using it = await world()
  const { iam, alice } = it
  await write(
    iam,
    `update iam_policy_version set document = replace(document, 'secretsmanager:', '') where version = 2`,
  )
  await assert.rejects(iam.call('SetDefaultPolicyVersion', { PolicyArn: READER, VersionId: 'v2' }), forged)
  await assert.rejects(iam.call('GetPolicyVersion', { PolicyArn: READER, VersionId: 'v2' }), forged)
  await assert.rejects(iam.call('ListPolicyVersions', { PolicyArn: READER }), forged)
  assert.equal((await iam.callerOf(alice.accessKeyId)).policies.length, 2)
  await write(iam, 'update iam_policy set last_version = 1')
  const next = { PolicyArn: READER, PolicyDocument: document() }
  await assert.rejects(iam.call('CreatePolicyVersion', next), forged)
})

test('an entity that was changed from outside is not listed as a user of a policy', async () => {
  await using it = await world()
  await write(it.iam, `update iam_user set tags = '[["team","blue"]]'`)
  await assert.rejects(it.iam.call('ListEntitiesForPolicy', { PolicyArn: READING }), forged)
})

test('everything that the server itself changes of a policy stays right', async () => {
  await using it = await world()
  const { iam, alice } = it
  await iam.call('CreatePolicyVersion', { PolicyArn: READER, PolicyDocument: document(), SetAsDefault: true })
  await iam.call('SetDefaultPolicyVersion', { PolicyArn: READER, VersionId: 'v1' })
  await iam.call('DeletePolicyVersion', { PolicyArn: READER, VersionId: 'v3' })
  await iam.call('TagPolicy', { PolicyArn: READER, Tags: [{ Key: 'k', Value: 'v' }] })
  await iam.call('UntagPolicy', { PolicyArn: READER, TagKeys: ['k'] })
  assert.equal((await iam.callerOf(alice.accessKeyId)).policies.length, 2)
  assert.equal((await iam.call('ListPolicyVersions', { PolicyArn: READER })).Versions.length, 2)
})

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  InvalidRequestException,
  MalformedPolicyDocumentException,
  paginateListSecrets,
  ResourceNotFoundException,
} from '@aws-sdk/client-secrets-manager'
import { clientsOf, labelsOf, refused } from '../session.ts'
import { allow, documentOf, personOf, rotorOf, until } from './rig.ts'

/**
 * The call sequences of the clients that live on Secrets Manager, step by step as they make them, and what each looks at.
 * Source: secretsmanager.md 15, 16.1; Terraform's are recorded from its provider.
 */

const rotor = await rotorOf()
const { server, secrets, functionArn } = rotor
const clients = clientsOf(server)
after(() => clients.destroy())
const { iam, kms } = clients

/** How Terraform tells that a secret is gone. */
async function goneForTerraform(SecretId: string): Promise<boolean> {
  try {
    return (await secrets.describeSecret({ SecretId })).DeletedDate !== undefined
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return true
    if (error instanceof InvalidRequestException)
      return /because it was (deleted|marked for deletion)/.test(error.message)
    throw error
  }
}

test('Terraform: a secret is created, read until it is there, changed, given versions and a policy, and destroyed', async () => {
  const token = (n: number) => `terraform-2026112301425355190000000${n}`
  const { KeyMetadata } = await kms.createKey({ Description: 'Secrets of the app' })
  const KmsKeyId = KeyMetadata?.Arn ?? ''
  // aws_secretsmanager_secret: an empty description is sent, and is none.
  const Tags = [{ Key: 'managed-by', Value: 'terraform' }]
  const { ARN = '' } = await secrets.createSecret({
    Name: 'tf/db',
    ClientRequestToken: token(1),
    Description: '',
    KmsKeyId,
    Tags,
  })
  const read = await secrets.describeSecret({ SecretId: ARN })
  const { Description, KmsKeyId: shown, Tags: tagged, RotationEnabled, ReplicationStatus, VersionIdsToStages } = read
  assert.deepEqual(
    { Description, shown, tagged, RotationEnabled, ReplicationStatus, VersionIdsToStages },
    {
      ...{ Description: undefined, shown: KmsKeyId, tagged: Tags },
      ...{ RotationEnabled: undefined, ReplicationStatus: undefined, VersionIdsToStages: undefined },
    },
  )
  assert.equal((await secrets.getResourcePolicy({ SecretId: ARN })).ResourcePolicy, undefined)

  // aws_secretsmanager_secret_version, with stages and without; read back by version id.
  const first = { SecretId: ARN, ClientRequestToken: token(2), SecretString: '{"password":"1"}' }
  const put = await secrets.putSecretValue({ ...first, VersionStages: ['blue', 'AWSCURRENT'] })
  assert.deepEqual(new Set(put.VersionStages), new Set(['blue', 'AWSCURRENT']))
  const value = await until(() => secrets.getSecretValue({ SecretId: ARN, VersionId: token(2) }))
  assert.equal(value.SecretString, '{"password":"1"}')
  assert.deepEqual(new Set(value.VersionStages), new Set(['blue', 'AWSCURRENT']))
  assert.equal(value.ARN, ARN)

  // aws_secretsmanager_secret_policy: a principal that is not there yet is tried again with this very text.
  const role = `arn:aws:iam::${server.account}:role/tf-app`
  const policy = documentOf(
    allow(['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'], '*', { Principal: { AWS: role } }),
  )
  const attach = () => secrets.putResourcePolicy({ SecretId: ARN, ResourcePolicy: policy })
  await assert.rejects(attach(), (error) => {
    assert.ok(error instanceof MalformedPolicyDocumentException)
    return error.message.includes('unsupported principal')
  })
  const trust = { ...allow('sts:AssumeRole'), Principal: { AWS: server.account }, Resource: undefined }
  await iam.createRole({ RoleName: 'tf-app', AssumeRolePolicyDocument: documentOf(trust) })
  assert.equal((await attach()).ARN, ARN)
  const { ResourcePolicy = '' } = await secrets.getResourcePolicy({ SecretId: ARN })
  assert.deepEqual(JSON.parse(ResourcePolicy), JSON.parse(policy))

  // A change: description and key in one call, tags by calls of their own; no version comes of it.
  await secrets.updateSecret({ SecretId: ARN, ClientRequestToken: token(3), Description: 'of the app', KmsKeyId })
  await secrets.tagResource({ SecretId: ARN, Tags: [{ Key: 'stage', Value: 'test' }] })
  await secrets.untagResource({ SecretId: ARN, TagKeys: ['managed-by'] })
  const changed = await secrets.describeSecret({ SecretId: ARN })
  assert.equal(changed.Description, 'of the app')
  assert.deepEqual(changed.Tags, [{ Key: 'stage', Value: 'test' }])
  assert.deepEqual(Object.keys(changed.VersionIdsToStages ?? {}), [token(2)])

  // A version destroyed: its labels one by one but AWSCURRENT, which stays.
  await secrets.updateSecretVersionStage({ SecretId: ARN, VersionStage: 'blue', RemoveFromVersionId: token(2) })
  assert.deepEqual((await secrets.getSecretValue({ SecretId: ARN, VersionId: token(2) })).VersionStages, ['AWSCURRENT'])
  // A new one in its place takes the labels it asks for.
  await secrets.putSecretValue({
    ...first,
    ClientRequestToken: token(4),
    SecretString: '2',
    VersionStages: ['AWSCURRENT', 'green'],
  })
  assert.deepEqual(await labelsOf(secrets, ARN), { [token(2)]: ['AWSPREVIOUS'], [token(4)]: ['AWSCURRENT', 'green'] })

  // Destroy: the policy, then the secret; gone is what Describe says.
  await secrets.deleteResourcePolicy({ SecretId: ARN })
  assert.equal((await secrets.getResourcePolicy({ SecretId: ARN })).ResourcePolicy, undefined)
  assert.equal(await goneForTerraform(ARN), false)
  const { DeletionDate } = await secrets.deleteSecret({ SecretId: ARN, RecoveryWindowInDays: 7 })
  assert.ok(DeletionDate)
  assert.equal(await goneForTerraform(ARN), true)
  for (const call of [
    () => secrets.getResourcePolicy({ SecretId: ARN }),
    () => secrets.getSecretValue({ SecretId: ARN, VersionId: token(4) }),
  ])
    await refused(call(), 'InvalidRequestException', /because it was marked for deletion/)
  // Applied again at once: the text that it waits for, until the name is free.
  const again = () => secrets.createSecret({ Name: 'tf/db', ClientRequestToken: token(5), Description: '' })
  await refused(again(), 'InvalidRequestException', /scheduled for deletion/)
  await secrets.deleteSecret({ SecretId: ARN, ForceDeleteWithoutRecovery: true })
  assert.equal(await goneForTerraform(ARN), true)
  assert.notEqual((await again()).ARN, ARN)
})

test('Terraform: rotation is set with a schedule, retried while the function lets nobody in, and read back', async () => {
  const SecretId = 'tf/rotated'
  await secrets.createSecret({ Name: SecretId, SecretString: '{}' })
  const RotationRules = { ScheduleExpression: 'rate(10 days)', Duration: '3h' }
  const closed = await rotor.shut('tf-closed')
  const rotate = (RotationLambdaARN: string, ClientRequestToken: string) =>
    secrets.rotateSecret({ SecretId, ClientRequestToken, RotationLambdaARN, RotationRules, RotateImmediately: true })
  await refused(rotate(closed, 'terraform-20261123014253551900000006'), 'AccessDeniedException')
  await rotate(functionArn, 'terraform-20261123014253551900000007')
  const { RotationRules: shown, ...read } = await until(async () => {
    const described = await secrets.describeSecret({ SecretId })
    return described.LastRotatedDate !== undefined && described
  })
  assert.equal(read.RotationEnabled, true)
  assert.equal(read.RotationLambdaARN, functionArn)
  assert.equal(shown?.ScheduleExpression, 'rate(10 days)')
  assert.equal(shown?.Duration, '3h')
  await secrets.cancelRotateSecret({ SecretId })
  assert.equal((await secrets.describeSecret({ SecretId })).RotationEnabled, false)
})

test('CloudFormation and CDK: a generated password goes into a template; references read the current or a named version', async () => {
  const { RandomPassword = '' } = await secrets.getRandomPassword({
    PasswordLength: 30,
    ExcludeCharacters: '"@/\\',
    ExcludePunctuation: false,
    IncludeSpace: false,
    RequireEachIncludedType: true,
  })
  const SecretString = JSON.stringify({ username: 'admin', password: RandomPassword })
  const { VersionId } = await secrets.createSecret({ Name: 'MyStackSecret-AbCdEf123456', SecretString })
  const SecretId = 'MyStackSecret-AbCdEf123456'
  const current = await secrets.getSecretValue({ SecretId, VersionStage: 'AWSCURRENT' })
  assert.equal(JSON.parse(current.SecretString ?? '').password, RandomPassword)
  assert.equal((await secrets.getSecretValue({ SecretId, VersionId })).SecretString, SecretString)
})

test('External Secrets Operator: reads by stage and by id, lists by name and tags, pushes with numbered tokens', async () => {
  const tokenOf = (n: number) => `00000000-0000-0000-0000-${String(n).padStart(12, '0')}`
  const SecretId = 'eso/pushed'
  // PushSecret: what is not there is made, marked as its own.
  await assert.rejects(secrets.describeSecret({ SecretId }), ResourceNotFoundException)
  const Tags = [{ Key: 'managed-by', Value: 'external-secrets' }]
  const SecretBinary = Buffer.from('one')
  await secrets.createSecret({ Name: SecretId, SecretBinary, Tags, ClientRequestToken: tokenOf(1) })
  // Once more: what is there already is its own, and the next number follows the current version's.
  const described = await secrets.describeSecret({ SecretId })
  assert.deepEqual(described.Tags, Tags)
  const { VersionId, SecretBinary: bytes } = await secrets.getSecretValue({ SecretId, VersionStage: 'AWSCURRENT' })
  assert.equal(Buffer.from(bytes ?? []).toString(), 'one')
  assert.equal(VersionId, tokenOf(1))
  await secrets.putSecretValue({ SecretId, SecretBinary: Buffer.from('two'), ClientRequestToken: tokenOf(2) })
  await secrets.tagResource({ SecretId, Tags: [...Tags, { Key: 'team', Value: 'red' }] })
  // An honest retry of the same push changes nothing.
  await secrets.putSecretValue({ SecretId, SecretBinary: Buffer.from('two'), ClientRequestToken: tokenOf(2) })
  assert.deepEqual(await labelsOf(secrets, SecretId), { [tokenOf(1)]: ['AWSPREVIOUS'], [tokenOf(2)]: ['AWSCURRENT'] })
  // ExternalSecret: version `uuid/…` by id, else by stage.
  assert.equal(
    Buffer.from((await secrets.getSecretValue({ SecretId, VersionId: tokenOf(1) })).SecretBinary ?? []).toString(),
    'one',
  )
  // find: by name, by tags.
  await secrets.createSecret({ Name: 'eso/other', SecretString: 'x' })
  const found = async (Filters: { Key: 'name' | 'tag-key' | 'tag-value'; Values: string[] }[]) => {
    const names: (string | undefined)[] = []
    for await (const page of paginateListSecrets({ client: secrets, pageSize: 1 }, { Filters }))
      names.push(...(page.SecretList ?? []).map(({ Name }) => Name))
    return names
  }
  assert.deepEqual(await found([{ Key: 'name', Values: ['eso/'] }]), ['eso/pushed', 'eso/other'])
  assert.deepEqual(
    await found([
      { Key: 'tag-key', Values: ['team'] },
      { Key: 'tag-value', Values: ['red'] },
    ]),
    ['eso/pushed'],
  )
  // Deleted: it looks for this text, and for DeletedDate.
  await secrets.deleteSecret({ SecretId, RecoveryWindowInDays: 7 })
  assert.ok((await secrets.describeSecret({ SecretId })).DeletedDate)
  await refused(secrets.getSecretValue({ SecretId }), 'InvalidRequestException', /was marked for deletion/)
})

test('the CSI driver: DescribeSecret tells whether the mounted version is still the one; then GetSecretValue', async () => {
  const person = await personOf(server, clients, 'csi')
  const { ARN = '' } = await secrets.createSecret({ Name: 'csi/app', SecretString: '1' })
  await person.may(allow(['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'], ARN))
  const stageOf = async () => {
    const { VersionIdsToStages = {} } = await person.secrets.describeSecret({ SecretId: 'csi/app' })
    return Object.keys(VersionIdsToStages).find((id) => VersionIdsToStages[id]?.includes('AWSCURRENT'))
  }
  const mounted = await person.secrets.getSecretValue({ SecretId: 'csi/app' })
  assert.equal(await stageOf(), mounted.VersionId)
  await secrets.putSecretValue({ SecretId: ARN, SecretString: '2' })
  assert.notEqual(await stageOf(), mounted.VersionId)
  const next = await person.secrets.getSecretValue({ SecretId: 'csi/app', VersionStage: 'AWSCURRENT' })
  assert.equal(next.SecretString, '2')
  assert.equal(await stageOf(), next.VersionId)
})

test('the caching libraries: the map of DescribeSecret and what is read agree after every change (16.1)', async () => {
  const SecretId = 'cached'
  const { ARN = '' } = await secrets.createSecret({ Name: SecretId, SecretString: '1' })
  /** Python, Java, Go, .NET: describe, choose by stage, read by id. */
  const cached = async (stage: string) => {
    const { VersionIdsToStages = {} } = await secrets.describeSecret({ SecretId })
    const VersionId = Object.keys(VersionIdsToStages).find((id) => VersionIdsToStages[id]?.includes(stage))
    return VersionId === undefined ? undefined : secrets.getSecretValue({ SecretId, VersionId })
  }
  /** Rust: read once; after the TTL describe by the ARN that was answered, and read anew when the labels have changed. */
  let held = await secrets.getSecretValue({ SecretId })
  const refreshed = async () => {
    const { VersionIdsToStages = {} } = await secrets.describeSecret({ SecretId: held.ARN })
    const labels = VersionIdsToStages[held.VersionId ?? '']
    const same = JSON.stringify(labels?.toSorted()) === JSON.stringify(held.VersionStages?.toSorted())
    if (!same) held = await secrets.getSecretValue({ SecretId })
    return { same, value: held.SecretString }
  }
  assert.equal(held.ARN, ARN)
  assert.deepEqual(await refreshed(), { same: true, value: '1' })
  assert.equal((await cached('AWSCURRENT'))?.SecretString, '1')
  assert.equal(await cached('AWSPREVIOUS'), undefined)
  for (const [SecretString, change] of [
    ['2', () => secrets.putSecretValue({ SecretId, SecretString: '2' })],
    ['3', () => secrets.updateSecret({ SecretId, SecretString: '3' })],
    ['4', () => secrets.putSecretValue({ SecretId, SecretString: '4', VersionStages: ['AWSCURRENT', 'mine'] })],
  ] as const) {
    await change()
    assert.equal((await cached('AWSCURRENT'))?.SecretString, SecretString)
    assert.equal((await cached('AWSPREVIOUS'))?.SecretString, String(Number(SecretString) - 1))
    assert.deepEqual(await refreshed(), { same: false, value: SecretString })
    assert.deepEqual(await refreshed(), { same: true, value: SecretString })
  }
  assert.equal((await cached('mine'))?.SecretString, '4')
  // Metadata leaves what is cached alone.
  await secrets.updateSecret({ SecretId, Description: 'no value' })
  await secrets.tagResource({ SecretId, Tags: [{ Key: 'a', Value: 'b' }] })
  assert.deepEqual(await refreshed(), { same: true, value: '4' })
  // Pre-fetch in one batch, by ids and by filters.
  const batch = await secrets.batchGetSecretValue({ SecretIdList: [ARN] })
  assert.equal(batch.SecretValues?.[0]?.SecretString, '4')
  const tagged = await secrets.batchGetSecretValue({ Filters: [{ Key: 'tag-key', Values: ['a'] }] })
  assert.deepEqual(
    tagged.SecretValues?.map(({ Name }) => Name),
    ['cached'],
  )
  // Both permissions are needed: one alone is refused, by the name it was asked by.
  const person = await personOf(server, clients, 'cacher')
  await person.may(allow('secretsmanager:GetSecretValue', ARN))
  await refused(
    person.secrets.describeSecret({ SecretId }),
    'AccessDeniedException',
    person.denied('DescribeSecret', SecretId),
  )
})

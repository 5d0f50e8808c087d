import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Answer, draftOf, type Refusal, refusalOf } from './client.ts'
import { CLOUDWATCH_GONE_ALREADY, cloudwatchMissing } from './cloudwatch.ts'
import { EVENTS_GONE_ALREADY, eventsMissing } from './events.ts'
import { absent, inputFor, type Names, namesAResource, prepare } from './inputs.ts'
import { LOGS_MISSING } from './logs.ts'
import { missingBatch, parameterMissing } from './parameters.ts'
import {
  checkFrame,
  checkRecords,
  checkRefusal,
  type Entry,
  type Expected,
  isGood,
  open,
  signable,
  type Who,
  type World,
} from './world.ts'

/**
 * Every operation on something that is not there: who may know it is told so; who may not gets the answer that he would get
 * for something that is there, to the letter. Sources: secretsmanager.md 1.7 and 7.1, kms.md 1.1 and 2, access.md 5.6.
 */

let world: World
const there = new Map<string, Names>()
const gone = new Map<string, Names>()
before(async () => {
  world = await open()
  for (const [index, entry] of onResources().entries()) {
    const label = `b${String(index).padStart(4, '0')}`
    there.set(entry.action, await prepare(world, entry, label))
    gone.set(entry.action, absent(world, label))
  }
  await world.records()
})
after(() => world[Symbol.asyncDispose]())

/** Operations that make the resource they name. */
const MAKES = [
  'secretsmanager:CreateSecret',
  'strongroom:ImportSecret',
  'cloudtrail:CreateTrail',
  'cloudwatch:PutCompositeAlarm',
  'cloudwatch:PutMetricAlarm',
  'events:CreateApiDestination',
  'events:CreateConnection',
  'events:CreateEventBus',
  'events:PutRule',
  'iam:CreateAccountAlias',
  'iam:CreateGroup',
  'iam:CreateInstanceProfile',
  'iam:CreateOpenIDConnectProvider',
  'iam:CreatePolicy',
  'iam:CreateRole',
  'iam:CreateServiceLinkedRole',
  'iam:CreateUser',
  'lambda:CreateFunction',
  'logs:CreateLogGroup',
  'rds:CreateDBInstance',
  'ssm:PutParameter',
]

/** Operations whose answer about what is not there has a test of its own. */
const APART = [
  'sts:AssumeRole',
  'sts:DecodeAuthorizationMessage',
  'iam:GetServiceLinkedRoleDeletionStatus',
  'strongroom:RestoreSecrets',
]

const onResources = () =>
  signable(world).filter(
    (entry) => !MAKES.includes(entry.action) && !APART.includes(entry.action) && namesAResource(entry, world),
  )

/**
 * Operations of KMS look for the key before they ask for permission, so that a missing key id is told to everybody of the
 * account that would own it. Key ids are random. Source: kms.md 1.1, order of checks.
 */
const KEY_FIRST = [
  'kms:CancelKeyDeletion',
  'kms:CreateAlias',
  'kms:CreateGrant',
  'kms:DeleteImportedKeyMaterial',
  'kms:DeriveSharedSecret',
  'kms:DescribeKey',
  'kms:DisableKey',
  'kms:DisableKeyRotation',
  'kms:EnableKey',
  'kms:EnableKeyRotation',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyPair',
  'kms:GenerateDataKeyPairWithoutPlaintext',
  'kms:GenerateMac',
  'kms:GetKeyPolicy',
  'kms:GetParametersForImport',
  'kms:GetPublicKey',
  'kms:ImportKeyMaterial',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:GetKeyLastUsage',
  'kms:GetKeyRotationStatus',
  'kms:ReEncrypt',
  'kms:ListAliases',
  'kms:ListGrants',
  'kms:ListKeyPolicies',
  'kms:ListKeyRotations',
  'kms:ListResourceTags',
  'kms:PutKeyPolicy',
  'kms:ReplicateKey',
  'kms:RetireGrant',
  'kms:RevokeGrant',
  'kms:RotateKeyOnDemand',
  'kms:ScheduleKeyDeletion',
  'kms:Sign',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:UpdateAlias',
  'kms:UpdateKeyDescription',
  'kms:Verify',
  'kms:VerifyMac',
  'kms:UpdatePrimaryRegion',
]

/** What somebody who may know is told. */
function notFound({ service, action }: Entry, names: Names): Expected {
  if (action === 'sts:GetAccessKeyInfo') return { code: 'ValidationError', status: 400, text: 'Invalid Access Key ID' }
  // A ciphertext names no account: of one that no key here made nobody learns more. Source: kms.md 4.3.
  if (action === 'kms:Decrypt') return { code: 'InvalidCiphertextException', status: 400, text: '' }
  switch (service.name) {
    case 'strongroom':
    case 'secretsmanager':
      return {
        code: 'ResourceNotFoundException',
        status: 400,
        text: "Secrets Manager can't find the specified secret.",
      }
    case 'kms': {
      const arn = `arn:aws:kms:us-east-1:${world.server.account}:key/${names.keyId}`
      const alias = arn.replace(':key/', ':alias/for-')
      const text = action === 'kms:DeleteAlias' ? `Alias ${alias} is not found.` : `Key '${arn}' does not exist`
      return { code: 'NotFoundException', status: 400, text }
    }
    case 'cloudtrail': {
      const arn = `arn:aws:cloudtrail:us-east-1:${world.server.account}:trail/${names.userName}`
      return /Tags$/.test(action)
        ? { code: 'ResourceNotFoundException', status: 400, text: `The resource ${arn} does not exist.` }
        : {
            code: 'TrailNotFoundException',
            status: 400,
            text: `Unknown trail: ${arn} for the user: ${world.server.account}`,
          }
    }
    case 'lambda':
      return { code: 'ResourceNotFoundException', status: 404, text: `Function not found: ${names.functionArn}` }
    case 'cloudwatch':
      return cloudwatchMissing(action.slice(11), names)
    case 'events':
      return eventsMissing(action.slice(7), names)
    case 'logs':
      return LOGS_MISSING
    case 'ssm':
      return parameterMissing({ service, action, name: action.slice(4), operation: undefined })
    case 'rds':
      return action.endsWith('Cluster') || action === 'rds:DescribeDBClusters'
        ? { code: 'DBClusterNotFoundFault', status: 404, text: `DBCluster ${names.databaseId} not found.` }
        : { code: 'DBInstanceNotFound', status: 404, text: /^DBInstance \S+ not found\.$/ }
    case 'redshift':
      return { code: 'ClusterNotFound', status: 404, text: `Cluster ${names.databaseId} not found.` }
    default:
      return {
        code: 'NoSuchEntity',
        status: 404,
        text: /cannot be found|was not found|does not exist|not found for arn/,
      }
  }
}

async function call(entry: Entry, names: Names, who: Who): Promise<Answer> {
  const answer = await world.ask(entry.service, draftOf(entry.service, entry.name, inputFor(entry, names)), who)
  checkFrame(answer, entry, world.server.clock.now())
  checkRecords(await world.records(), entry, answer, who)
  return answer
}

test('there are operations on resources', () => {
  assert.ok(onResources().length >= 40, `${onResources().length}`)
})

test('who may know is told that the resource is not there', async () => {
  for (const entry of onResources()) {
    const names = gone.get(entry.action) as Names
    const answer = await call(entry, names, world.root)
    if (entry.action === 'secretsmanager:BatchGetSecretValue') {
      assert.equal(answer.status, 200)
      const { code, text } = notFound(entry, names)
      assert.deepEqual(JSON.parse(answer.text), {
        SecretValues: [],
        Errors: [{ SecretId: names.secretId, ErrorCode: code, Message: text }],
      })
      continue
    }
    const batch = missingBatch(entry, names)
    if (batch !== undefined) {
      assert.deepEqual(JSON.parse(answer.text), batch)
      continue
    }
    // Deleting a provider that is not there is no error. Source: API_DeleteOpenIDConnectProvider.
    if (
      entry.action === 'iam:DeleteOpenIDConnectProvider' ||
      [...EVENTS_GONE_ALREADY, ...CLOUDWATCH_GONE_ALREADY].includes(entry.action)
    ) {
      assert.equal(answer.status, 200, answer.text)
      continue
    }
    assert.ok(!isGood(entry, answer), `${entry.action} ${answer.text}`)
    checkRefusal(answer, entry, notFound(entry, names), { modelled: true })
  }
})

/** A refusal without what tells two requests apart. */
function told(answer: Answer): Omit<Refusal, 'requestId' | 'xml'> & { status: number } {
  const { requestId: _, xml: __, ...rest } = refusalOf(answer)
  return { status: answer.status, ...rest }
}

/** The same with the names of what is there replaced by those of what is not. */
function renamed<T>(answer: T, from: Names, to: Names): T {
  let text = JSON.stringify(answer)
  const plain = ({ userName }: Names) => userName.replaceAll('-', '')
  const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)
  text = text.replaceAll(plain(from), plain(to)).replaceAll(capital(plain(from)), capital(plain(to)))
  for (const member of [
    'secretId',
    'userName',
    'policyArn',
    'keyId',
    'accessKeyId',
    'providerArn',
    'databaseId',
  ] as const) {
    text = text.replaceAll(from[member], to[member])
  }
  return JSON.parse(text) as T
}

for (const title of ['nobody', 'denied'] as const) {
  test(`who may not know can't tell what is there from what is not: ${title}`, async () => {
    const different: string[] = []
    for (const entry of onResources()) {
      const [real, twin] = [there.get(entry.action) as Names, gone.get(entry.action) as Names]
      const found = await call(entry, real, world[title])
      const missed = await call(entry, twin, world[title])
      assert.match(told(found).code, /^AccessDenied/, entry.action)
      if (JSON.stringify(renamed(told(found), real, twin)) !== JSON.stringify(told(missed))) {
        different.push(`${entry.action}: ${JSON.stringify(told(found))} ${JSON.stringify(told(missed))}`)
      }
    }
    const others = different.filter((each) => !KEY_FIRST.some((action) => each.startsWith(`${action}:`)))
    assert.deepEqual(others, [])
    assert.equal(different.length, KEY_FIRST.length)
  })
}

test('a secret may be named by its ARN, with or without the suffix: what is there reads like what is not', async () => {
  const { secretId } = there.get('secretsmanager:GetSecretValue') as Names
  const { ARN: arn } = JSON.parse(await world.done('secretsmanager:DescribeSecret', { SecretId: secretId })) as {
    ARN: string
  }
  const entry = world.entry('secretsmanager:GetSecretValue')
  for (const [real, twin] of [
    [arn, arn.replace(/here/, 'gone')],
    [arn, `${arn.slice(0, -6)}AAAAAA`],
    [arn.slice(0, -7), arn.slice(0, -7).replace(/here/, 'gone')],
    [arn, arn.replace(world.server.account, '999999999999')],
  ] as const) {
    for (const who of [world.nobody, world.denied]) {
      const found = told(await world.call(entry, { SecretId: real }, who))
      const missed = told(await world.call(entry, { SecretId: twin }, who))
      assert.equal(found.code, 'AccessDeniedException')
      if (twin.includes(':999999999999:') && who === world.nobody) {
        // Another account's secrets need its own consent, so the refusal names the policy that is missing there.
        assert.equal(missed.code, 'AccessDeniedException')
        assert.match(missed.text ?? '', /because no (resource|identity)-based policy allows/)
        continue
      }
      assert.deepEqual(missed, { ...found, text: found.text?.replace(real, twin) })
    }
  }
})

test('a batch read tells nobody which of the secrets that he may not read are there', async () => {
  const reader = world.nobody
  await world.done('iam:PutUserPolicy', {
    UserName: 'nobody',
    PolicyName: 'Batch',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'secretsmanager:BatchGetSecretValue', Resource: '*' }],
    }),
  })
  const { secretId } = there.get('secretsmanager:GetSecretValue') as Names
  const twin = secretId.replace('here', 'gone')
  const entry = world.entry('secretsmanager:BatchGetSecretValue')
  const answer = await world.call(entry, { SecretIdList: [secretId, twin] }, reader)
  assert.equal(answer.status, 200, answer.text)
  const { SecretValues, Errors } = JSON.parse(answer.text) as {
    SecretValues: unknown[]
    Errors: { SecretId: string; ErrorCode: string; Message: string }[]
  }
  assert.deepEqual(SecretValues, [])
  const [found, missed] = Errors
  assert.equal(found?.ErrorCode, 'AccessDeniedException')
  assert.deepEqual(missed, { ...found, SecretId: twin, Message: found?.Message.replace(secretId, twin) })
  await world.done('iam:DeleteUserPolicy', { UserName: 'nobody', PolicyName: 'Batch' })
})

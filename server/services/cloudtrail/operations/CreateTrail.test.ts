import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, arnOf, ROLE, trial } from '../test/trial.ts'

test('CreateTrail answers the settings with AWS’s defaults; the trail does not log yet', async () => {
  await using t = await trial()
  assert.deepEqual(JSON.parse(JSON.stringify(await t.make('main'))), {
    Name: 'main',
    S3BucketName: 'the-bucket',
    IncludeGlobalServiceEvents: true,
    IsMultiRegionTrail: false,
    TrailARN: arnOf('main'),
    LogFileValidationEnabled: false,
    IsOrganizationTrail: false,
    RecursiveLogging: true,
  })
  const { IsLogging } = await t.call('GetTrailStatus', { Name: 'main' })
  assert.equal(IsLogging, false)
})

test('CreateTrail refuses names, buckets and prefixes that cannot be', async () => {
  await using t = await trial()
  const name = async (Name: string, text: RegExp) =>
    t.refused('CreateTrail', { Name, S3BucketName: 'the-bucket' }, 'InvalidTrailNameException', text)
  await name('ab', /^Trail name too short. Minimum allowed length: 3 characters. Specified name length: 2 characters.$/)
  await name('a'.repeat(129), /^Trail name too long. Maximum allowed length: 128 characters/)
  await name('a b c', /can only contain/)
  await name('-abc', /starts with/)
  await name('abc.', /ends with/)
  await name('a--b', /adjacent/)
  await name('192.168.5.4', /IP address/)
  for (const bucket of ['AB', 'Upper', 'a..b', '1.2.3.4', '../etc', 'a/b'])
    await t.refused('CreateTrail', { Name: 'main', S3BucketName: bucket }, 'InvalidS3BucketNameException', /not valid/)
  for (const S3KeyPrefix of ['../x', 'a/../b', '/abs', 'x'.repeat(201), 'a//b', 'a/', '.hidden', 'a\n', 'a\0b'])
    await t.refused(
      'CreateTrail',
      { Name: 'main', S3BucketName: 'abc', S3KeyPrefix },
      'InvalidS3PrefixException',
      /not valid/,
    )
})

test('CreateTrail refuses a bucket that is not there or is another’s, a topic, an organization, halves of what belongs together', async () => {
  await using t = await trial()
  t.buckets.set('nowhere', 'missing').set('theirs', 'refused')
  const refused = (more: object, code: string, text: string | RegExp) =>
    t.refused('CreateTrail', { Name: 'main', S3BucketName: 'abc', ...more }, code, text)
  await refused({ S3BucketName: 'nowhere' }, 'S3BucketDoesNotExistException', 'S3 bucket nowhere does not exist!')
  await refused({ S3BucketName: 'theirs' }, 'InsufficientS3BucketPolicyException', /Incorrect S3 bucket policy/)
  await refused(
    { SnsTopicName: 'topic' },
    'InsufficientSnsTopicPolicyException',
    'SNS Topic does not exist or the topic policy is incorrect!',
  )
  await refused({ IsOrganizationTrail: true }, 'OrganizationsNotInUseException', /organization/)
  await refused(
    { IsMultiRegionTrail: true, IncludeGlobalServiceEvents: false },
    'InvalidParameterCombinationException',
    'Multi-Region trail must include global service events.',
  )
  const group = `arn:aws:logs:us-east-1:${ACCOUNT}:log-group:trail`
  await refused({ CloudWatchLogsLogGroupArn: group }, 'InvalidCloudWatchLogsRoleArnException', /role/)
  await refused({ CloudWatchLogsRoleArn: ROLE }, 'InvalidCloudWatchLogsLogGroupArnException', /log group/)
  await refused(
    { CloudWatchLogsLogGroupArn: group.replace(ACCOUNT, '999999999999'), CloudWatchLogsRoleArn: ROLE },
    'InvalidCloudWatchLogsLogGroupArnException',
    'CloudTrail cannot validate the specified log group ARN.',
  )
  await refused(
    { CloudWatchLogsLogGroupArn: group, CloudWatchLogsRoleArn: `${ROLE}2` },
    'InvalidCloudWatchLogsRoleArnException',
    /Access denied/,
  )
  const made = await t.make('main', { CloudWatchLogsLogGroupArn: group, CloudWatchLogsRoleArn: ROLE })
  assert.equal(made.CloudWatchLogsLogGroupArn, `${group}:*`)
})

test('CreateTrail resolves the key and tries it: one that is gone, disabled or closed to CloudTrail is refused', async () => {
  await using t = await trial()
  const refused = (KmsKeyId: string, code: string, text: RegExp) =>
    t.refused('CreateTrail', { Name: 'main', S3BucketName: 'the-bucket', KmsKeyId }, code, text)
  await refused('gone', 'KmsKeyNotFoundException', /gone/)
  await refused('disabled', 'KmsKeyDisabledException', /disabled/)
  await refused(
    'closed',
    'InsufficientEncryptionPolicyException',
    /^Insufficient permissions to access S3 bucket the-bucket or KMS key closed.$/,
  )
  await refused('a b', 'InvalidKmsKeyIdException', /not a valid/)
  const { KmsKeyId } = await t.make('main', { KmsKeyId: 'good' })
  assert.equal(KmsKeyId, `arn:aws:kms:us-east-1:${ACCOUNT}:key/good`)
})

test('CreateTrail refuses a sixth trail of a Region and a name that is seen there already, shadows counted', async () => {
  await using t = await trial()
  await t.make('everywhere', { IsMultiRegionTrail: true }, { region: 'eu-west-1' })
  await t.refused(
    'CreateTrail',
    { Name: 'everywhere', S3BucketName: 'abc' },
    'TrailAlreadyExistsException',
    `Trail everywhere already exists for customer: ${ACCOUNT}`,
  )
  for (const name of ['one', 'two', 'three', 'four']) await t.make(name)
  await t.refused(
    'CreateTrail',
    { Name: 'five', S3BucketName: 'abc' },
    'MaximumNumberOfTrailsExceededException',
    `User: ${ACCOUNT} already has 5 trails in us-east-1.`,
  )
  await t.make('five', {}, { region: 'eu-west-1' })
})

test('CreateTrail asks for the permission to tag and to pass the role', async () => {
  await using t = await trial()
  const input = { Name: 'main', S3BucketName: 'abc', TagsList: [{ Key: 'a' }], CloudWatchLogsRoleArn: ROLE }
  assert.deepEqual(await t.targets('CreateTrail', input), [
    `cloudtrail:CreateTrail ${arnOf('main')}`,
    `cloudtrail:AddTags ${arnOf('main')}`,
    `iam:PassRole ${ROLE}`,
  ])
})

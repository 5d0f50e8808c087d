import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { labelsOf, refused, region, session, texts, version } from '../session.ts'

/** Versions and labels: secretsmanager.md 4, row by row; the sequences of 4.3 are recorded. */
const { server, secrets } = await session()
/** SDKs take LimitExceededException for throttling and try again for long. */
const impatient = { endpoint: server.url, region, credentials: server.credentials, maxAttempts: 1 }
let once = new SecretsManager(impatient)
after(() => once.destroy())

/** Lets time pass; a client without retries cannot correct its clock by itself. */
async function pass(span: Parameters<typeof server.clock.advance>[0]): Promise<void> {
  await server.clock.advance(span)
  once.destroy()
  once = new SecretsManager({ ...impatient, systemClockOffset: server.clock.now() - Date.now() })
}

type Step = readonly ['put', number, (readonly string[])?] | readonly ['move', string, number | undefined, number?]

async function take(SecretId: string, [kind, ...how]: Step): Promise<void> {
  if (kind === 'put') {
    const [n, stages] = how as [number, string[]?]
    const value = { SecretId, SecretString: `${n}`, ClientRequestToken: version(n) }
    await once.putSecretValue(stages === undefined ? value : { ...value, VersionStages: stages })
    return
  }
  const [VersionStage, to, from] = how as [string, number | undefined, number?]
  await once.updateSecretVersionStage({
    ...{ SecretId, VersionStage },
    ...(to !== undefined && { MoveToVersionId: version(to) }),
    ...(from !== undefined && { RemoveFromVersionId: version(from) }),
  })
}

/** Takes each step and looks at the labels after it: `v1: AWSPREVIOUS · v2: AWSCURRENT AWSPENDING`. */
async function walk(SecretId: string, ...rows: readonly (readonly [Step, string])[]): Promise<void> {
  await secrets.createSecret({ Name: SecretId, SecretString: '1', ClientRequestToken: version(1) })
  for (const [step, expected] of rows) {
    await take(SecretId, step)
    const labels = await labelsOf(secrets, SecretId)
    const shown = Object.entries(labels)
      .map(([id, stages]) => `v${Number(id.slice(-12))}: ${stages.join(' ')}`)
      .sort()
      .join(' · ')
    assert.equal(shown, expected, JSON.stringify(step))
  }
}

test('a rotation by hand moves AWSPENDING, AWSCURRENT and AWSPREVIOUS as recorded (4.3)', () =>
  walk(
    'labels/rotation',
    [['put', 2, ['AWSPENDING']], 'v1: AWSCURRENT · v2: AWSPENDING'],
    [['move', 'AWSCURRENT', 2, 1], 'v1: AWSPREVIOUS · v2: AWSCURRENT AWSPENDING'],
    [['put', 3, ['AWSPENDING']], 'v1: AWSPREVIOUS · v2: AWSCURRENT · v3: AWSPENDING'],
    [['move', 'AWSCURRENT', 3, 2], 'v2: AWSPREVIOUS · v3: AWSCURRENT AWSPENDING'],
  ))

test('custom labels move alone (4.3, recorded)', () =>
  walk(
    'labels/custom',
    [['put', 2, ['one', 'two', 'three']], 'v1: AWSCURRENT · v2: one three two'],
    [['put', 3, ['one', 'two', 'four']], 'v1: AWSCURRENT · v2: three · v3: four one two'],
  ))

test('a new current version takes AWSPENDING from the old one, and from a separate one (4.3 step 3)', async () => {
  await walk(
    'labels/pending',
    [['put', 2, ['AWSPENDING']], 'v1: AWSCURRENT · v2: AWSPENDING'],
    [['move', 'AWSCURRENT', 2, 1], 'v1: AWSPREVIOUS · v2: AWSCURRENT AWSPENDING'],
    [['put', 3], 'v2: AWSPREVIOUS · v3: AWSCURRENT'],
  )
  await walk(
    'labels/abandoned',
    [['put', 2, ['AWSPENDING']], 'v1: AWSCURRENT · v2: AWSPENDING'],
    [['put', 3], 'v1: AWSPREVIOUS · v3: AWSCURRENT'],
    // Named together both are attached.
    [['put', 4, ['AWSCURRENT', 'AWSPENDING']], 'v3: AWSPREVIOUS · v4: AWSCURRENT AWSPENDING'],
  )
})

test('a label of AWS’s form that it does not know is a custom one, and labels keep their case (4.2, recorded)', () =>
  walk(
    'labels/names',
    [
      ['put', 2, ['AWSSOMETHING', 'awscurrent', 'AWSCURRENT ']],
      'v1: AWSCURRENT · v2: AWSCURRENT  AWSSOMETHING awscurrent',
    ],
    [['put', 3], 'v1: AWSPREVIOUS · v2: AWSCURRENT  AWSSOMETHING awscurrent · v3: AWSCURRENT'],
    [['put', 4, ['AWSPREVIOUS']], 'v2: AWSCURRENT  AWSSOMETHING awscurrent · v3: AWSCURRENT · v4: AWSPREVIOUS'],
  ))

test('UpdateSecret moves labels as a put without labels does', async () => {
  const SecretId = 'labels/update'
  await secrets.createSecret({ Name: SecretId, SecretString: '1', ClientRequestToken: version(1) })
  await take(SecretId, ['put', 2, ['AWSPENDING', 'mine']])
  await secrets.updateSecret({ SecretId, SecretString: '3', ClientRequestToken: version(3) })
  assert.deepEqual(await labelsOf(secrets, SecretId), {
    [version(1)]: ['AWSPREVIOUS'],
    [version(2)]: ['mine'],
    [version(3)]: ['AWSCURRENT'],
  })
})

test('a secret without a version gets AWSCURRENT with its first one, whatever was asked for (4.3)', async () => {
  const SecretId = 'labels/first'
  await secrets.createSecret({ Name: SecretId })
  const put = { SecretId, SecretString: 'x', ClientRequestToken: version(1), VersionStages: ['AWSPENDING'] }
  const { VersionStages } = await secrets.putSecretValue(put)
  assert.deepEqual(VersionStages?.toSorted(), ['AWSCURRENT', 'AWSPENDING'])
  await take(SecretId, ['put', 2, ['mine']])
  assert.deepEqual(await labelsOf(secrets, SecretId), {
    [version(1)]: ['AWSCURRENT', 'AWSPENDING'],
    [version(2)]: ['mine'],
  })
})

test('a deprecated version is hidden from the default listing, shown with IncludeDeprecated, and read by id (4.4)', async () => {
  const SecretId = 'labels/deprecated'
  await walk(
    SecretId,
    [['put', 2], 'v1: AWSPREVIOUS · v2: AWSCURRENT'],
    [['put', 3], 'v2: AWSPREVIOUS · v3: AWSCURRENT'],
  )
  const ids = async (IncludeDeprecated?: boolean) =>
    (await secrets.listSecretVersionIds({ SecretId, ...(IncludeDeprecated && { IncludeDeprecated }) })).Versions?.map(
      ({ VersionId }) => VersionId,
    )
  assert.deepEqual((await ids())?.toSorted(), [version(2), version(3)])
  assert.deepEqual((await ids(true))?.toSorted(), [version(1), version(2), version(3)])
  assert.equal((await secrets.getSecretValue({ SecretId, VersionId: version(1) })).SecretString, '1')
  // It comes back by a label.
  await take(SecretId, ['move', 'mine', 1])
  assert.deepEqual((await labelsOf(secrets, SecretId))[version(1)], ['mine'])
})

test('VersionStages has 1 to 20 entries of 1 to 256 characters (4.5)', async () => {
  const SecretId = 'labels/lengths'
  await secrets.createSecret({ Name: SecretId, SecretString: '1', ClientRequestToken: version(1) })
  const label = 'é'.repeat(256)
  await take(SecretId, ['put', 2, [label, 'any characters: ✓ 語 "', 'a']])
  assert.equal((await secrets.getSecretValue({ SecretId, VersionStage: label })).VersionId, version(2))
  const put = (VersionStages: string[]) =>
    secrets.putSecretValue({ SecretId, SecretString: 'x', ClientRequestToken: version(3), VersionStages })
  const at = "1 validation error detected: Value '"
  await refused(
    put([]),
    'ValidationException',
    `${at}[]' at 'versionStages' failed to satisfy constraint: Member must have length greater than or equal to 1`,
  )
  const many = Array.from({ length: 21 }, (_, n) => `${n}`)
  await refused(
    put(many),
    'ValidationException',
    `${at}[${many.join(', ')}]' at 'versionStages' failed to satisfy constraint: Member must have length less than or equal to 20`,
  )
  for (const wrong of ['', 'x'.repeat(257)]) {
    await refused(
      put([wrong]),
      'ValidationException',
      /at 'versionStages' failed to satisfy constraint: Member must satisfy constraint: \[Member must have length less than or equal to 256, Member must have length greater than or equal to 1\]$/,
    )
  }
})

test('20 labels are attached across all versions of a secret, and the 21st is refused by every write (4.5)', async () => {
  const SecretId = 'labels/limit'
  await secrets.createSecret({ Name: SecretId, SecretString: '1', ClientRequestToken: version(1) })
  const labels = (count: number, from = 0) => Array.from({ length: count }, (_, n) => `l${from + n}`)
  await take(SecretId, ['put', 2, labels(10)])
  await take(SecretId, ['put', 3, labels(8, 10)])
  // 19 with AWSCURRENT; AWSPREVIOUS is the 20th.
  await take(SecretId, ['put', 4])
  const before = await labelsOf(secrets, SecretId)
  assert.equal(Object.values(before).flat().length, 20)
  const put = (VersionStages: string[]) =>
    once.putSecretValue({ SecretId, SecretString: '5', ClientRequestToken: version(5), VersionStages })
  await refused(put(['one-more']), 'LimitExceededException')
  await refused(put(['AWSPENDING']), 'LimitExceededException')
  await refused(
    once.updateSecretVersionStage({ SecretId, VersionStage: 'one-more', MoveToVersionId: version(1) }),
    'LimitExceededException',
  )
  assert.deepEqual(await labelsOf(secrets, SecretId), before)
  await refused(
    secrets.getSecretValue({ SecretId, VersionId: version(5) }),
    'ResourceNotFoundException',
    texts.noVersion(version(5)),
  )
  // Labels that move add none, and one that goes makes room.
  await take(SecretId, ['put', 5, ['l0', 'l10']])
  await take(SecretId, ['put', 6])
  await take(SecretId, ['move', 'l0', undefined, 5])
  await take(SecretId, ['move', 'one-more', 6])
})

test('100 versions that are all younger than a day are the most; then the oldest without a label go, and none before (4.4)', async () => {
  const SecretId = 'labels/versions'
  await secrets.createSecret({ Name: SecretId, SecretString: '1', ClientRequestToken: version(1) })
  await take(SecretId, ['put', 2, ['kept']])
  for (let n = 3; n <= 100; n++) await take(SecretId, ['put', n])
  const ids = async () => {
    const { Versions = [], NextToken } = await secrets.listSecretVersionIds({ SecretId, IncludeDeprecated: true })
    assert.equal(NextToken, undefined)
    return Versions.map(({ VersionId }) => VersionId ?? '')
  }
  assert.equal((await ids()).length, 100)
  const put = { SecretId, SecretString: '101', ClientRequestToken: version(101) }
  const refusedAll = async () => {
    await refused(once.putSecretValue(put), 'LimitExceededException')
    await refused(once.updateSecret(put), 'LimitExceededException')
  }
  await refusedAll()
  await pass({ hours: 23, minutes: 59 })
  await refusedAll()
  // Nothing is lost by a refusal, nor by time alone; an honest retry of what is there needs no room.
  assert.equal((await ids()).length, 100)
  await secrets.putSecretValue({ SecretId, SecretString: '100', ClientRequestToken: version(100) })
  await pass({ minutes: 2 })
  assert.equal((await ids()).length, 100)
  await once.putSecretValue(put)
  await pass({ seconds: 1 })
  const left = await ids()
  assert.equal(left.length, 100)
  assert.ok(!left.includes(version(1)) && left.includes(version(2)) && left.includes(version(3)))
  await refused(
    secrets.getSecretValue({ SecretId, VersionId: version(1) }),
    'ResourceNotFoundException',
    texts.noVersion(version(1)),
  )
  await once.putSecretValue({ ...put, ClientRequestToken: version(102) })
  await pass({ seconds: 1 })
  const after = await ids()
  assert.ok(!after.includes(version(3)) && after.includes(version(2)), 'a labelled version is never removed')
})

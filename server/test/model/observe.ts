import assert from 'node:assert/strict'
import {
  type DescribeSecretCommandOutput,
  ResourceNotFoundException,
  type SecretListEntry,
  type SecretsManager,
} from '@aws-sdk/client-secrets-manager'
import { contentOf, type Value } from './call.ts'
import { CURRENT, DAY, MOST_LABELS, NOTHING, PENDING, PREVIOUS } from './secret.ts'

/** All that the wire shows of a secret, when nobody else is calling. */
export interface Seen {
  readonly arn: string
  readonly createdAt: number
  readonly changedAt: number
  readonly description: string | undefined
  readonly kmsKeyId: string | undefined
  readonly tags: Readonly<Record<string, string>> | undefined
  readonly deletedAt: number | undefined
  readonly stages: Readonly<Record<string, string>>
  /** The content is undefined while the secret is scheduled for deletion: nobody may read it. */
  readonly versions: Readonly<
    Record<string, { readonly createdAt: number; readonly content: string | undefined; readonly key: string }>
  >
  /** Absent as long as it can't be read. */
  readonly policy?: string | undefined
  readonly rotation: {
    readonly enabled: boolean | undefined
    readonly functionArn: string | undefined
    readonly days: number | undefined
    readonly lastAt: number | undefined
    readonly hasNext: boolean
  }
}

/** What is seen of a name: which ARN it means, and every secret that has it. */
export interface SeenName {
  readonly holder: string | undefined
  readonly secrets: readonly Seen[]
}

/** Answers a client of any node, another one each time. */
export type AnyClient = () => SecretsManager

const ms = (date: Date | undefined) => date?.getTime()

/** Undefined when there is no such thing. */
async function ifThere<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined
    throw error
  }
}

async function refusedAs(asked: Promise<unknown>, code: string, what: string): Promise<void> {
  await assert.rejects(asked, (error: Error) => error.name === code, `${what} is not refused as ${code}`)
}

/** The entries of ListSecrets for the names with this prefix, by ARN. */
export async function listed(
  client: AnyClient,
  prefix: string,
  IncludePlannedDeletion: boolean,
): Promise<ReadonlyMap<string, SecretListEntry>> {
  const found = new Map<string, SecretListEntry>()
  let NextToken: string | undefined
  do {
    const page = await client().listSecrets({
      Filters: [{ Key: 'name', Values: [prefix] }],
      IncludePlannedDeletion,
      MaxResults: 2,
      ...(NextToken === undefined ? {} : { NextToken }),
    })
    for (const entry of page.SecretList ?? []) {
      assert.ok(!found.has(entry.ARN ?? ''), `ListSecrets shows ${entry.ARN} twice`)
      found.set(entry.ARN ?? '', entry)
    }
    NextToken = page.NextToken
  } while (NextToken !== undefined)
  return found
}

/**
 * Looks at the secrets of that name in every way there is; what they show must agree. `bare`: something was done that can leave a secret
 * with versions without AWSCURRENT.
 */
export async function observe(client: AnyClient, name: string, prefix: string, bare: boolean): Promise<SeenName> {
  const found = await ifThere(client().describeSecret({ SecretId: name }))
  const all = [...(await listed(client, prefix, true)).values()].filter((entry) => entry.Name === name)
  const visible = await listed(client, prefix, false)
  if (found === undefined) {
    assert.deepEqual(all, [], `${name}: ListSecrets and DescribeSecret`)
    await refusedAs(client().getSecretValue({ SecretId: name }), 'ResourceNotFoundException', name)
    await refusedAs(client().listSecretVersionIds({ SecretId: name }), 'ResourceNotFoundException', name)
    return { holder: undefined, secrets: [] }
  }
  const secrets: Seen[] = []
  for (const entry of all) secrets.push(await observeOne(client, entry, visible.has(entry.ARN ?? ''), bare))
  return { holder: found.ARN, secrets }
}

/** The same of one secret, by its ARN. */
async function observeOne(client: AnyClient, entry: SecretListEntry, visible: boolean, bare: boolean): Promise<Seen> {
  const name = entry.ARN ?? ''
  const found = await client().describeSecret({ SecretId: name })
  const deleted = found.DeletedDate !== undefined
  assert.equal(visible, !deleted, `${name}: hidden while it is scheduled for deletion, and only then`)
  agree(found, entry)
  const { ARN = '', VersionIdsToStages = {} } = found
  const stages = stagesOf(name, VersionIdsToStages)
  const versions = await versionsOf(client, ARN, VersionIdsToStages, deleted)
  for (const label of [CURRENT, PREVIOUS, PENDING, ...Object.keys(stages).slice(0, 2)])
    await checkRead(client, ARN, label, stages[label], versions, deleted)
  invariants(name, stages, versions, bare || found.RotationEnabled !== undefined)
  const { Description, KmsKeyId, Tags, RotationEnabled, RotationLambdaARN, RotationRules, LastRotatedDate } = found
  const shown: Seen = {
    arn: ARN,
    createdAt: ms(found.CreatedDate) ?? 0,
    changedAt: ms(found.LastChangedDate) ?? 0,
    description: Description,
    kmsKeyId: KmsKeyId,
    tags: Tags && Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value])),
    deletedAt: ms(found.DeletedDate),
    stages,
    versions,
    rotation: {
      enabled: RotationEnabled,
      functionArn: RotationLambdaARN,
      days: RotationRules?.AutomaticallyAfterDays,
      lastAt: ms(LastRotatedDate),
      hasNext: found.NextRotationDate !== undefined,
    },
  }
  if (!deleted) return { ...shown, policy: (await client().getResourcePolicy({ SecretId: ARN })).ResourcePolicy }
  await refusedAs(client().getResourcePolicy({ SecretId: ARN }), 'InvalidRequestException', name)
  return shown
}

/** DescribeSecret and ListSecrets show the same of a secret, but for two names. Source: secretsmanager.md 3, trap 37. */
function agree(found: DescribeSecretCommandOutput, entry: SecretListEntry): void {
  const { $metadata: _, VersionIdsToStages, LastAccessedDate, ...described } = found
  const { SecretVersionsToStages, LastAccessedDate: accessed, ...listed } = entry
  // another node may not have told yet of what it was read
  for (const day of [LastAccessedDate, accessed]) assert.equal((day?.getTime() ?? 0) % DAY, 0, 'midnight')
  const sorted = (stages: Record<string, string[]> | undefined) =>
    stages && Object.fromEntries(Object.entries(stages).map(([id, labels]) => [id, labels.toSorted()]))
  assert.deepEqual(
    { ...described, stages: sorted(VersionIdsToStages) },
    { ...listed, stages: sorted(SecretVersionsToStages) },
  )
}

/** Labels and their versions. Source: 4.1: a label is on one version at the most. */
function stagesOf(name: string, byVersion: Record<string, string[]>): Record<string, string> {
  const stages: Record<string, string> = {}
  for (const [version, labels] of Object.entries(byVersion)) {
    assert.ok(labels.length > 0, `${name}: ${version} is shown without a label`)
    for (const label of labels) {
      assert.equal(stages[label], undefined, `${name}: ${label} is on two versions`)
      stages[label] = version
    }
  }
  return stages
}

async function versionsOf(
  client: AnyClient,
  SecretId: string,
  byVersion: Record<string, string[]>,
  deleted: boolean,
): Promise<Seen['versions']> {
  const versions: Record<string, Seen['versions'][string]> = {}
  let NextToken: string | undefined
  do {
    const page = await client().listSecretVersionIds({
      SecretId,
      IncludeDeprecated: true,
      MaxResults: 5,
      ...(NextToken === undefined ? {} : { NextToken }),
    })
    for (const { VersionId = '', VersionStages, CreatedDate, KmsKeyIds } of page.Versions ?? []) {
      assert.deepEqual(VersionStages?.toSorted(), byVersion[VersionId]?.toSorted(), `${SecretId} ${VersionId}: labels`)
      const content = deleted ? undefined : await contentOfVersion(client, SecretId, VersionId)
      if (deleted)
        await refusedAs(client().getSecretValue({ SecretId, VersionId }), 'InvalidRequestException', SecretId)
      versions[VersionId] = { createdAt: ms(CreatedDate) ?? 0, content, key: KmsKeyIds?.join() ?? '' }
    }
    NextToken = page.NextToken
  } while (NextToken !== undefined)
  for (const id of Object.keys(byVersion)) assert.ok(versions[id], `${SecretId}: labels on ${id}, which is not listed`)
  return versions
}

/** The content of a version by its id. */
async function contentOfVersion(client: AnyClient, SecretId: string, VersionId: string): Promise<string> {
  const found = await ifThere(client().getSecretValue({ SecretId, VersionId }))
  if (found === undefined) return NOTHING
  assert.equal(found.VersionId, VersionId)
  return contentOf(answeredValue(found))
}

/** The value in an answer. */
export function answeredValue({
  SecretString,
  SecretBinary,
}: {
  readonly SecretString?: string | undefined
  readonly SecretBinary?: Uint8Array | undefined
}): Value {
  assert.notEqual(SecretString === undefined, SecretBinary === undefined)
  return SecretString === undefined
    ? { kind: 'binary', text: Buffer.from(SecretBinary ?? []).toString('base64') }
    : { kind: 'string', text: SecretString }
}

/** GetSecretValue by a label finds the version that carries it, with the same bytes as by its id. */
async function checkRead(
  client: AnyClient,
  SecretId: string,
  VersionStage: string,
  holder: string | undefined,
  versions: Seen['versions'],
  deleted: boolean,
): Promise<void> {
  if (deleted) return
  const asked = VersionStage === CURRENT ? { SecretId } : { SecretId, VersionStage }
  const found = await ifThere(client().getSecretValue(asked))
  const content = holder === undefined ? NOTHING : versions[holder]?.content
  if (content === NOTHING) return assert.equal(found, undefined, `${SecretId}: ${VersionStage} has no value`)
  assert.equal(found?.VersionId, holder, `${SecretId}: ${VersionStage}`)
  assert.equal(found === undefined ? undefined : contentOf(answeredValue(found)), content)
}

/** What holds of every secret at every time. Source: secretsmanager.md 4.2, 4.5. */
function invariants(name: string, stages: Seen['stages'], versions: Seen['versions'], bare: boolean): void {
  const labels = Object.keys(stages).length
  assert.ok(labels <= MOST_LABELS, `${name} has ${labels} labels`)
  for (const [label, id] of Object.entries(stages)) assert.ok(versions[id], `${name}: ${label} is on no version`)
  // A rotation may have registered the first version of a secret; whatever else AWS has makes it current.
  if (!bare && Object.keys(versions).length > 0) assert.ok(stages[CURRENT], `${name} has no AWSCURRENT`)
}

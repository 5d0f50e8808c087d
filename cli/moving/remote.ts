import type {
  DescribeSecretResponse,
  GetResourcePolicyResponse,
  GetSecretValueResponse,
  ListSecretsResponse,
  ListSecretVersionIdsResponse,
} from '@aws-sdk/client-secrets-manager'
import { type Client, Refused, type Wire } from '../wire/client.ts'
import { inOrder } from './in-order.ts'
import type { Incoming, IncomingRotation, IncomingRules, IncomingTag, IncomingVersion } from './incoming.ts'

type Described = Wire<DescribeSecretResponse>
type Listed = NonNullable<Wire<ListSecretVersionIdsResponse>['Versions']>[number]

/** Which versions come along. */
export type Versions = 'all' | 'labelled' | 'current'

/** Secrets that are read at once. */
const AT_ONCE = 8
/** So often a secret is read again that changes while it is read. */
const MOST_READS = 5

/** The secrets of an endpoint whose names begin with `prefix`, oldest first, a few at a time. Throws Refused and Failure. */
export function secretsAt(client: Client, prefix: string, versions: Versions): AsyncGenerator<Incoming> {
  return inOrder(listed(client, prefix), AT_ONCE, (entry) => secretAt(client, entry, versions))
}

async function* listed(client: Client, prefix: string): AsyncGenerator<Described> {
  const input = {
    MaxResults: 100,
    SortBy: 'created-date',
    SortOrder: 'asc',
    IncludePlannedDeletion: true,
    // what begins with ! would mean all others
    ...(prefix !== '' && !prefix.startsWith('!') && { Filters: [{ Key: 'name', Values: [prefix] }] }),
  }
  for await (const page of client.pages<object, Wire<ListSecretsResponse>>('secretsmanager', 'ListSecrets', input))
    for (const entry of page.SecretList ?? []) if (entry.Name?.startsWith(prefix)) yield entry as Described
}

/** Reads a secret until it did not change while it was read. */
async function secretAt(client: Client, entry: Described, versions: Versions): Promise<Incoming> {
  const name = entry.Name ?? ''
  const SecretId = entry.ARN ?? name
  if (entry.DeletedDate !== undefined)
    return { left: { name, why: 'it waits for its deletion: restore it, and it comes along', deleted: true } }
  if (entry.OwningService !== undefined)
    return { left: { name, why: `${entry.OwningService} keeps it for you: it is made there` } }
  const call = <Out extends object>(operation: string, input: object): Promise<Out> =>
    client.call('secretsmanager', operation, { SecretId, ...input })
  try {
    let before = entry
    for (let reads = 1; ; reads++) {
      const found = await readOnce(client, SecretId, before, versions)
      // by its name: with name reuse this one may be reached by its ARN alone
      const after = await call<Described>('DescribeSecret', { SecretId: name })
      if (after.ARN !== entry.ARN) return { left: { name, why: `another secret has this name: ${SecretId} stays` } }
      if (after.DeletedDate !== undefined) return { left: { name, why: 'it was deleted meanwhile' } }
      if (after.LastChangedDate === before.LastChangedDate) return { secret: found }
      if (reads === MOST_READS) return { left: { name, why: 'it changes all the time while it is read' } }
      before = after
    }
  } catch (error) {
    if (error instanceof Refused && PASSED_OVER.has(error.aws))
      return { left: { name, why: `${error.aws}: ${error.text}` } }
    throw error
  }
}

/** Refusals that are about one secret: the others come along. */
const PASSED_OVER = new Set([
  'AccessDeniedException',
  'DecryptionFailure',
  'InvalidRequestException',
  'ResourceNotFoundException',
])

async function readOnce(client: Client, SecretId: string, described: Described, which: Versions) {
  const notes: string[] = []
  const policy = await client.call<object, Wire<GetResourcePolicyResponse>>('secretsmanager', 'GetResourcePolicy', {
    SecretId,
  })
  const versions: IncomingVersion[] = []
  const input = { SecretId, IncludeDeprecated: which === 'all', MaxResults: 100 }
  type Page = Wire<ListSecretVersionIdsResponse>
  for await (const page of client.pages<object, Page>('secretsmanager', 'ListSecretVersionIds', input))
    for (const version of page.Versions ?? []) {
      if (which === 'current' && !version.VersionStages?.includes('AWSCURRENT')) continue
      const read = await versionAt(client, SecretId, version)
      if (read !== undefined) versions.push(which === 'current' ? { ...read, labels: ['AWSCURRENT'] } : read)
      else notes.push(`version ${version.VersionId} has no value yet, a rotation makes it: it stays behind`)
    }
  versions.sort((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0))
  if ((described.ReplicationStatus?.length ?? 0) > 0) notes.push('its replicas in other Regions are not made')
  return {
    name: described.Name ?? '',
    versions,
    description: described.Description,
    kmsKeyId: described.KmsKeyId,
    type: described.Type,
    tags: tagsOf(described, notes),
    policy: policy.ResourcePolicy,
    rotation: rotationOf(described, notes),
    whole: true,
    notes,
  }
}

/** Undefined: it has no value, or is gone by now. */
async function versionAt(client: Client, SecretId: string, listed: Listed): Promise<IncomingVersion | undefined> {
  const { VersionId, VersionStages = [], CreatedDate } = listed
  try {
    const found = await client.call<object, Wire<GetSecretValueResponse>>('secretsmanager', 'GetSecretValue', {
      SecretId,
      VersionId,
    })
    const { SecretString: text, SecretBinary: base64 = '' } = found
    const value = text === undefined ? { bytes: Buffer.from(base64, 'base64') } : { text }
    return { id: VersionId, createdAt: millisecondsOf(CreatedDate), value, labels: VersionStages }
  } catch (error) {
    if (error instanceof Refused && error.aws === 'ResourceNotFoundException') return undefined
    throw error
  }
}

const millisecondsOf = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : Math.round(seconds * 1000)

/** Its own tags; those of AWS nobody else can set. */
function tagsOf({ Tags }: Described, notes: string[]): IncomingTag[] | undefined {
  const tags = Tags?.map(({ Key = '', Value = '' }) => ({ Key, Value }))
  const own = tags?.filter(({ Key }) => !/^aws:/i.test(Key))
  if (own?.length !== tags?.length) notes.push('its tags that begin with aws: stay behind')
  return own
}

function rotationOf(described: Described, notes: string[]): IncomingRotation | undefined {
  const { RotationEnabled, RotationLambdaARN, RotationRules: rules, LastRotatedDate } = described
  if (RotationEnabled === undefined && RotationLambdaARN === undefined && rules === undefined) return undefined
  if (described.ExternalSecretRotationRoleArn !== undefined) {
    notes.push('its rotation by a partner stays behind')
    return undefined
  }
  return {
    enabled: RotationEnabled === true,
    functionArn: RotationLambdaARN || undefined,
    rules: rules && rulesOf(rules),
    lastAt: millisecondsOf(LastRotatedDate),
  }
}

/** Beside an expression AWS shows days that it computed: nobody set them. Source: secretsmanager.md 10.3. */
function rulesOf({ AutomaticallyAfterDays, ScheduleExpression, Duration }: IncomingRules): IncomingRules | undefined {
  if (AutomaticallyAfterDays === undefined && ScheduleExpression === undefined) return undefined
  return {
    ...(AutomaticallyAfterDays !== undefined && ScheduleExpression === undefined && { AutomaticallyAfterDays }),
    ...(ScheduleExpression !== undefined && { ScheduleExpression }),
    ...(Duration !== undefined && { Duration }),
  }
}

import { type Client, Refused } from '../wire/client.ts'
import { inOrder } from './in-order.ts'
import type { Incoming, IncomingSecret, IncomingVersion } from './incoming.ts'

/** What becomes of a secret that is here already and is another one. */
export type OnConflict = 'Fail' | 'Skip' | 'Overwrite'

/** What became of one secret, or with a dry run would have. */
export interface Done {
  readonly name: string
  /**
   * `Conflict`: another one is here, and nothing was said for that. `Refused`: the server does not take it. `Left`: it cannot come.
   * `Deleted`: where it comes from it waits for its deletion.
   */
  readonly outcome: 'Created' | 'Unchanged' | 'Overwritten' | 'Skipped' | 'Conflict' | 'Refused' | 'Left' | 'Deleted'
  readonly versions: number
  /** Parts that were overwritten. */
  readonly changes: readonly string[]
  /** What of it stays behind. */
  readonly notes: readonly string[]
  readonly why: string | undefined
}

/** How an import is made. */
export interface Way {
  readonly onConflict: OnConflict
  readonly dryRun: boolean
  /** Names may meet on the way: each is kept in memory. Else the source has each once. */
  readonly mayMeet: boolean
}

/** Secrets that are sent at once. */
const AT_ONCE = 4
/** Characters of values in one request: the server takes 8 MiB. */
const MOST_IN_REQUEST = 4 * 1024 * 1024

/** Brings secrets in, a few at a time, and tells of each in turn. Throws Refused and Failure for what is no one secret's fault. */
export function imported(secrets: AsyncIterable<Incoming>, client: Client, way: Way): AsyncGenerator<Done> {
  return inOrder(way.mayMeet ? unique(secrets) : secrets, AT_ONCE, (incoming) => importOne(incoming, client, way))
}

/** Two that got the same name on the way are not put one over the other. */
async function* unique(secrets: AsyncIterable<Incoming>): AsyncGenerator<Incoming> {
  const names = new Set<string>()
  for await (const incoming of secrets) {
    const name = 'secret' in incoming ? incoming.secret.name : undefined
    if (name !== undefined && names.has(name)) yield { left: { name, why: 'another one of this import has this name' } }
    else yield incoming
    if (name !== undefined) names.add(name)
  }
}

async function importOne(incoming: Incoming, client: Client, way: Way): Promise<Done> {
  if ('left' in incoming) {
    const { name, why, deleted } = incoming.left
    return { name, outcome: deleted ? 'Deleted' : 'Left', versions: 0, changes: [], notes: [], why }
  }
  const { secret } = incoming
  const base = { name: secret.name, versions: secret.versions.length, notes: secret.notes }
  try {
    const { outcome, changes } = await send(secret, client, way)
    return { ...base, outcome, changes, why: undefined }
  } catch (error) {
    if (!(error instanceof Refused) || !OF_ONE.has(error.aws)) throw error
    const conflict = error.aws === 'ResourceExistsException' && way.onConflict !== 'Overwrite'
    const why = `${error.aws}: ${error.text}`
    return { ...base, outcome: conflict ? 'Conflict' : 'Refused', changes: [], why }
  }
}

/** Refusals that are about one secret: the others go on. */
const OF_ONE = new Set([
  'AccessDeniedException',
  'DecryptionFailure',
  'EncryptionFailure',
  'InvalidParameterException',
  'InvalidRequestException',
  'LimitExceededException',
  'MalformedPolicyDocumentException',
  'ResourceExistsException',
  'ValidationException',
])

/** What ImportSecret answers. */
interface Answer {
  readonly Outcome: 'Created' | 'Unchanged' | 'Overwritten' | 'Skipped'
  readonly Changes?: readonly string[]
}

/**
 * A secret goes in by one request, all or nothing. When its versions are too many for one, those without a label follow in requests of
 * their own: nothing refers to them, and an import that is made again adds what is missing.
 */
async function send(
  secret: IncomingSecret,
  client: Client,
  { onConflict, dryRun }: Way,
): Promise<{ readonly outcome: Answer['Outcome']; readonly changes: readonly string[] }> {
  const [first = [], ...rest] = packed(secret.versions)
  const request = requestOf(secret, first)
  const answer = await importSecret(client, { ...request, OnConflict: onConflict, DryRun: dryRun })
  let { Outcome: outcome, Changes: changes = [] } = answer
  if (dryRun || outcome === 'Skipped') return { outcome, changes }
  for (const versions of rest) {
    const more = { Name: secret.name, OnConflict: 'Overwrite', Versions: versions.map(versionOf) } as const
    const added = await importSecret(client, more)
    if (outcome !== 'Unchanged' || added.Outcome === 'Unchanged') continue
    outcome = 'Overwritten'
    changes = ['Versions']
  }
  return { outcome, changes }
}

const importSecret = (client: Client, request: object): Promise<Answer> =>
  client.call<object, Answer>('strongroom', 'ImportSecret', request)

/** The versions in parts that fit into a request; all that have labels are in the first. */
export function packed(versions: readonly IncomingVersion[], most = MOST_IN_REQUEST): IncomingVersion[][] {
  const parts: IncomingVersion[][] = [versions.filter(({ labels, id }) => labels.length > 0 || id === undefined)]
  let size = parts[0]?.reduce((sum, version) => sum + sizeOf(version), 0) ?? 0
  for (const version of versions) {
    if (parts[0]?.includes(version)) continue
    size += sizeOf(version)
    if (size > most) {
      parts.push([])
      size = sizeOf(version)
    }
    parts.at(-1)?.push(version)
  }
  return parts
}

/** Characters in JSON, about. */
function sizeOf({ value }: IncomingVersion): number {
  return 300 + ('text' in value ? JSON.stringify(value.text).length * 3 : value.bytes.length * 1.4)
}

function requestOf(secret: IncomingSecret, versions: readonly IncomingVersion[]): object {
  const { name, description, kmsKeyId, tags, type, policy, rotation, whole } = secret
  return {
    Name: name,
    Versions: versions.map(versionOf),
    Whole: whole,
    ...(description !== undefined && { Description: description }),
    ...(kmsKeyId !== undefined && { KmsKeyId: kmsKeyId }),
    ...(tags !== undefined && { Tags: tags.map(({ Key, Value }) => ({ Key, Value })) }),
    ...(type !== undefined && { Type: type }),
    ...(policy !== undefined && { ResourcePolicy: policy }),
    ...(rotation !== undefined && {
      RotationEnabled: rotation.enabled,
      ...(rotation.functionArn !== undefined && { RotationLambdaARN: rotation.functionArn }),
      ...(rotation.rules !== undefined && { RotationRules: rotation.rules }),
      ...(rotation.lastAt !== undefined && { LastRotatedDate: rotation.lastAt / 1000 }),
    }),
  }
}

function versionOf({ id, createdAt, value, labels }: IncomingVersion): object {
  return {
    ...(id !== undefined && { VersionId: id }),
    ...(createdAt !== undefined && { CreatedDate: createdAt / 1000 }),
    ...('text' in value ? { SecretString: value.text } : { SecretBinary: Buffer.from(value.bytes).toString('base64') }),
    VersionStages: [...labels],
  }
}

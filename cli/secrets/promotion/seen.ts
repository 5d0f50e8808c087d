import type { DescribeSecretResponse, SecretListEntry } from '@aws-sdk/client-secrets-manager'
import { type Client, Refused, type Wire } from '../../wire/client.ts'
import { listed } from '../listing.ts'

/** A secret as its list or its description shows it: everything but its value and its policy. */
export interface Seen {
  readonly name: string
  readonly description: string
  /** As it was supplied; undefined: the default key. */
  readonly kmsKeyId: string | undefined
  readonly tags: ReadonlyMap<string, string>
  /** It waits for its deletion. */
  readonly deleted: boolean
  readonly rotates: boolean
  /** The AWS service that keeps it, such as `rds`. */
  readonly owner: string | undefined
  /** Which version carries a label. */
  readonly labels: ReadonlyMap<string, string>
}

type Shown = Wire<SecretListEntry> & Pick<Wire<DescribeSecretResponse>, 'VersionIdsToStages'>

function seenOf(shown: Shown): Seen {
  const { Name = '', Description = '', KmsKeyId, Tags = [], DeletedDate, RotationEnabled, OwningService } = shown
  const stages = shown.VersionIdsToStages ?? shown.SecretVersionsToStages ?? {}
  return {
    name: Name,
    description: Description,
    kmsKeyId: KmsKeyId,
    // AWS's own tags belong to who put them there
    tags: new Map(Tags.flatMap(({ Key = '', Value = '' }) => (Key.startsWith('aws:') ? [] : [[Key, Value] as const]))),
    deleted: DeletedDate !== undefined,
    rotates: RotationEnabled === true,
    owner: OwningService,
    labels: new Map(
      Object.entries(stages).flatMap(([version, labels]) => (labels ?? []).map((label) => [label, version] as const)),
    ),
  }
}

/** The secret that a name means; undefined when there is none. Throws Refused. */
export async function seen(client: Client, name: string): Promise<Seen | undefined> {
  try {
    return seenOf(await client.call<object, Shown>('secretsmanager', 'DescribeSecret', { SecretId: name }))
  } catch (error) {
    if (error instanceof Refused && error.aws === 'ResourceNotFoundException') return undefined
    throw error
  }
}

/** The secrets whose names begin so, in the order of their names, one for each name: those that the names mean. */
export async function* seenUnder(client: Client, prefix: string, deleted: boolean): AsyncGenerator<Seen> {
  let last: Seen | undefined
  let several = false
  const settled = async (one: Seen): Promise<Seen | undefined> => {
    // Namesakes of a secret that waits for its deletion: only the server knows whom the name means.
    const meant = several ? await seen(client, one.name) : one
    return meant?.deleted === true && !deleted ? undefined : meant
  }
  for await (const page of listed(client, { prefix, deleted })) {
    for (const entry of page) {
      const next = seenOf(entry)
      if (last?.name === next.name) {
        several = true
        continue
      }
      const one = last && (await settled(last))
      if (one !== undefined) yield one
      last = next
      several = false
    }
  }
  const one = last && (await settled(last))
  if (one !== undefined) yield one
}

/** A secret and what has the name that it would have at the other end. */
export interface Pair {
  readonly source: Seen
  readonly name: string
  readonly target: Seen | undefined
}

/**
 * The secrets of one prefix beside those of another, both read once and in order, so that it does not matter how many there are.
 * `extra` is told of what is at the other end only.
 */
export async function* pairsUnder(
  [from, source]: readonly [Client, string],
  [to, target]: readonly [Client, string],
  extra: (there: Seen) => void,
): AsyncGenerator<Pair> {
  const there = seenUnder(to, target, true)
  let next = await there.next()
  for await (const one of seenUnder(from, source, false)) {
    const name = target + one.name.slice(source.length)
    while (!next.done && before(next.value.name, name)) {
      extra(next.value)
      next = await there.next()
    }
    const same = !next.done && next.value.name === name
    yield { source: one, name, target: same ? (next.value as Seen) : undefined }
    if (same) next = await there.next()
  }
  for (; !next.done; next = await there.next()) extra(next.value)
}

/** Names are of ASCII, and lists are in the order of its codes. */
const before = (a: string, b: string) => a < b

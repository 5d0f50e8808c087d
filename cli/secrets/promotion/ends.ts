import { type Client, Refused } from '../../wire/client.ts'
import { CURRENT, type Sources, type Value, type Wish } from './plan.ts'
import type { Pair } from './seen.ts'

/** Where secrets come from, and where they go to; the same client twice within one server. */
export interface Ends {
  readonly from: Client
  readonly to: Client
}

/** What is read of a pair while it is planned, each once and only when it counts. */
export function sourcesOf({ from, to }: Ends, { source, name }: Pair, { stage, as }: Wish): Sources {
  return {
    value: (end) => (end === 'source' ? readValue(from, source.name, { stage }) : readValue(to, name, { stage: as })),
    policy: (end) => (end === 'source' ? readPolicy(from, source.name) : readPolicy(to, name)),
  }
}

/** The value of a version; undefined when there is none under that label. Throws Refused. */
export async function readValue(
  client: Client,
  SecretId: string,
  { stage, version }: { readonly stage?: string; readonly version?: string },
): Promise<Value | undefined> {
  try {
    return await client.call<object, Value>('secretsmanager', 'GetSecretValue', {
      SecretId,
      ...(version === undefined ? { VersionStage: stage ?? CURRENT } : { VersionId: version }),
    })
  } catch (error) {
    if (error instanceof Refused && error.aws === 'ResourceNotFoundException') return undefined
    throw error
  }
}

/** The resource policy of a secret as JSON; undefined when it has none. Throws Refused. */
export async function readPolicy(client: Client, SecretId: string): Promise<string | undefined> {
  const { ResourcePolicy } = await client.call<object, { readonly ResourcePolicy?: string }>(
    'secretsmanager',
    'GetResourcePolicy',
    { SecretId },
  )
  return ResourcePolicy
}

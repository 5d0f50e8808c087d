import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import type { Databases } from './databases.ts'
import type { Cell, Database, Key } from './model/database.ts'
import { arnOf, keyIn } from './model/identity.ts'
import { clusterNotFound, instanceNotFound } from './model/refusals.ts'

type Kind = 'instance' | 'cluster'

/** The database that a request names, or all of them; an ARN belongs to the account that stands in it. */
export async function targetOf(
  id: string | undefined,
  kind: Kind,
  { databases }: { readonly databases: Databases },
  call: Call,
  said: Pick<Target, 'requestTags' | 'tagKeys'> = {},
): Promise<Target> {
  if (id === undefined || id === '') return of({ ...cellOf(call), kind, id: '*' }, undefined, said)
  const key = keyIn(id, kind, call)
  // an ARN of something else: refused by its own name
  if (key === undefined) return { resource: id, shown: id, ...said }
  return of(key, await visible(key, databases, call), said)
}

function of(key: Key, database: Database | undefined, said: Pick<Target, 'requestTags' | 'tagKeys'>): Target {
  const resource = arnOf(key)
  return {
    resource,
    shown: resource,
    owner: key.account,
    ...(database === undefined ? {} : { tags: database.tags }),
    ...said,
  }
}

/** The database that a request names. Throws DBInstanceNotFound or DBClusterNotFoundFault. */
export async function existing(id: string, kind: Kind, databases: Databases, call: Call): Promise<Database> {
  const key = keyIn(id, kind, call)
  const found = key === undefined ? undefined : await visible(key, databases, call)
  if (found === undefined) throw kind === 'instance' ? instanceNotFound(id) : clusterNotFound(id)
  return found
}

/** Databases are seen in their own account and region only. */
async function visible(key: Key, databases: Databases, call: Cell): Promise<Database | undefined> {
  return key.account === call.account && key.region === call.region ? databases.find(key) : undefined
}

const cellOf = ({ account, region }: Cell): Cell => ({ account, region })

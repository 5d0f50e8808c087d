import { arn, parseArn } from '#kernel/values/arn'
import type { Cell, Database, Key, Kind } from './database.ts'

const ID = /^[a-z](?:-?[a-z0-9])*$/

/** Whether an identifier may be given to a database. Source: API_CreateDBInstance: 1 to 63 letters, digits or hyphens. */
export const isIdentifier = (id: string): boolean => id.length <= 63 && ID.test(id)

const RESOURCES: Readonly<Record<Kind, { readonly service: string; readonly prefix: string }>> = {
  instance: { service: 'rds', prefix: 'db:' },
  cluster: { service: 'rds', prefix: 'cluster:' },
  redshift: { service: 'redshift', prefix: 'cluster:' },
  serverless: { service: 'redshift-serverless', prefix: 'namespace/' },
}

/** `arn:aws:rds:us-east-1:111122223333:db:mydb`; of a serverless namespace by its unique id. */
export function databaseArn(database: Pick<Database, keyof Key | 'resourceId'>): string {
  const { account, region, kind, id, resourceId } = database
  return kind === 'serverless' ? namespaceArn({ account, region }, resourceId) : arnOf({ account, region, kind, id })
}

/** The same of all kinds that are named by their identifier; `*` for all of them. */
export function arnOf({ account, region, kind, id }: Key): string {
  const { service, prefix } = RESOURCES[kind]
  return arn(service, region, account, `${prefix}${id}`)
}

/** A namespace's id is a UUID, a resource id is not: made from it. */
export function namespaceArn({ account, region }: Cell, resourceId: string): string {
  return arn('redshift-serverless', region, account, `namespace/${uuidOf(resourceId)}`)
}

export function workgroupArn({ account, region }: Cell, resourceId: string): string {
  return arn('redshift-serverless', region, account, `workgroup/${uuidOf(resourceId)}`)
}

/** `db-ABCDEFGHIJ` of 32 hexadecimal digits as a UUID. */
export function uuidOf(resourceId: string): string {
  const hex = resourceId.slice(resourceId.indexOf('-') + 1).toLowerCase()
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}

/**
 * Which database of RDS a request means: an identifier, in any case, or an ARN. Undefined: an ARN that names none of this kind.
 * Source: surroundings.md 7.
 */
export function keyIn(text: string, kind: 'instance' | 'cluster', { account, region }: Cell): Key | undefined {
  if (!text.startsWith('arn:')) return { account, region, kind, id: text.toLowerCase() }
  const key = keyOfArn(text)
  return key?.kind === kind ? key : undefined
}

/** The database of RDS or Redshift that an ARN names by its identifier. */
export function keyOfArn(text: string): Key | undefined {
  const parsed = parseArn(text)
  if (parsed?.partition !== 'aws') return undefined
  const { service, account, region, resource } = parsed
  for (const kind of ['instance', 'cluster', 'redshift'] as const) {
    const { prefix } = RESOURCES[kind]
    if (RESOURCES[kind].service !== service || !resource.startsWith(prefix)) continue
    const id = resource.slice(prefix.length).toLowerCase()
    return id === '' ? undefined : { account, region, kind, id }
  }
  return undefined
}

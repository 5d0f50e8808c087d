import type { Call } from '#kernel/call'
import { ApiError } from '#kernel/error'
import type { Target } from '#kernel/operation'
import { arn } from '#kernel/values/arn'
import type { Database, DatabasesRead } from '../rds/port.ts'

/** Source: API_ListNamespaces, API_ListWorkgroups. */
export const MaxResults = { kind: 'integer', range: [1, 100] } as const
export const Token = { kind: 'string', length: [8, 1024] } as const

const DEFAULT_RESULTS = 100

interface Asked {
  readonly nextToken?: string | undefined
  readonly maxResults?: number | undefined
}

/** A page of the registered namespaces; each has one workgroup of its own name. Throws ValidationException for a foreign token. */
export async function listed(
  { nextToken, maxResults = DEFAULT_RESULTS }: Asked,
  databases: DatabasesRead,
  { account, region }: Call,
): Promise<{ readonly found: readonly Database[]; readonly tail: { nextToken?: string } }> {
  const after = nextToken === undefined ? '' : idIn(nextToken)
  const rows = await databases.page({ account, region }, 'serverless', after, maxResults + 1)
  const found = rows.slice(0, maxResults)
  const last = found.at(-1)
  const more = rows.length > maxResults && last !== undefined
  return { found, tail: more ? { nextToken: tokenOf(last.id) } : {} }
}

const MARK = 'after:'

const tokenOf = (id: string) => Buffer.from(`${MARK}${id}`, 'latin1').toString('base64url')

function idIn(token: string): string {
  const text = Buffer.from(token, 'base64url').toString('latin1')
  if (!text.startsWith(MARK) || tokenOf(text.slice(MARK.length)) !== token)
    throw new ApiError('ValidationException', 'The nextToken is not valid.')
  return text.slice(MARK.length)
}

/** All namespaces or workgroups of the account. */
export function everything(kind: 'namespace' | 'workgroup', { account, region }: Call): Target {
  const resource = arn('redshift-serverless', region, account, `${kind}/*`)
  return { resource, shown: resource }
}

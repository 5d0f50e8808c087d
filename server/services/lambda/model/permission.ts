import { invalidPrincipal, policyTooLarge, statementExists } from './refusals.ts'

/** Resource policies of functions: documents that are made statement by statement. Source: rotation.md 14.3. */

/** What AddPermission says. */
export interface Permission {
  readonly StatementId: string
  readonly Action: string
  readonly Principal: string
  readonly SourceArn?: string | undefined
  readonly SourceAccount?: string | undefined
  readonly PrincipalOrgID?: string | undefined
  readonly EventSourceToken?: string | undefined
  readonly FunctionUrlAuthType?: string | undefined
}

/** Bytes of one policy. Source: Lambda quotas. */
const MOST_BYTES = 20_480

type Statement = Readonly<Record<string, unknown>> & { readonly Sid: string }

function principalOf(principal: string): unknown {
  if (principal === '*') return '*'
  if (/^\d{12}$/.test(principal)) return { AWS: `arn:aws:iam::${principal}:root` }
  if (principal.startsWith('arn:')) return { AWS: principal }
  if (/^[a-z0-9.-]+\.amazonaws\.com$/.test(principal)) return { Service: principal }
  throw invalidPrincipal()
}

/** The statement that a permission becomes; `resource`: the function's ARN, with its qualifier. */
export function statementOf(given: Permission, resource: string): Statement {
  const equals: Record<string, string> = {}
  if (given.SourceAccount) equals['AWS:SourceAccount'] = given.SourceAccount
  if (given.PrincipalOrgID) equals['aws:PrincipalOrgID'] = given.PrincipalOrgID
  if (given.EventSourceToken) equals['lambda:EventSourceToken'] = given.EventSourceToken
  if (given.FunctionUrlAuthType) equals['lambda:FunctionUrlAuthType'] = given.FunctionUrlAuthType
  const condition = {
    ...(Object.keys(equals).length === 0 ? {} : { StringEquals: equals }),
    ...(given.SourceArn ? { ArnLike: { 'AWS:SourceArn': given.SourceArn } } : {}),
  }
  return {
    Sid: given.StatementId,
    Effect: 'Allow',
    Principal: principalOf(given.Principal),
    Action: given.Action,
    Resource: resource,
    ...(Object.keys(condition).length === 0 ? {} : { Condition: condition }),
  }
}

const statementsIn = (document: string): readonly Statement[] =>
  (JSON.parse(document) as { readonly Statement: readonly Statement[] }).Statement

const documentOf = (statements: readonly Statement[]): string =>
  JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: statements })

/** The document with one statement more; none: undefined. */
export function withStatement(document: string | undefined, statement: Statement): string {
  const before = document === undefined ? [] : statementsIn(document)
  if (before.some(({ Sid }) => Sid === statement.Sid)) throw statementExists(statement.Sid)
  const after = documentOf([...before, statement])
  const size = Buffer.byteLength(after)
  if (size > MOST_BYTES) throw policyTooLarge(size, MOST_BYTES)
  return after
}

/** The document without a statement; undefined when it was the last one, `missing` when it is not there. */
export function withoutStatement(document: string, id: string): string | undefined | 'missing' {
  const before = statementsIn(document)
  const after = before.filter(({ Sid }) => Sid !== id)
  if (after.length === before.length) return 'missing'
  return after.length === 0 ? undefined : documentOf(after)
}

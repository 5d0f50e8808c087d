import { ApiError } from '#kernel/error'
import { parsePolicy, policySize } from '#kernel/authorization/policy'
import { UnknownPrincipal } from '../iam/port.ts'
import { busArn } from './model/names.ts'
import { invalid } from './model/refusals.ts'
import type { Bus } from './model/rule.ts'
import type { Env } from './operation.ts'

/** Characters of a bus's policy. Source: EventBridge quotas, 10,240. */
const MOST = 10_240

/** The policy of a bus as it is shown; undefined when it has none. */
export async function shownPolicy({ identities }: Pick<Env, 'identities'>, bus: Bus): Promise<string | undefined> {
  return bus.policy && identities().principals.show(bus.policy.document, bus.policy.principals)
}

/** A policy that a bus can have, with its principals bound to who they are now. Assumed: the texts but those of sizes. */
export async function boundPolicy(
  document: string,
  bus: Bus,
  { identities }: Pick<Env, 'identities'>,
): Promise<NonNullable<Bus['policy']>> {
  if (policySize(document) > MOST)
    throw new ApiError('PolicyLengthExceededException', 'The policy size exceeds the maximum allowed.')
  const parsed = parsePolicy(document, 'resource')
  if (!parsed.ok) throw invalid('Provided policy is not valid.')
  try {
    return { document, principals: await identities().principals.bind(withoutIds(document)) }
  } catch (error) {
    if (error instanceof UnknownPrincipal)
      throw invalid(`Provided policy is not valid: ${error.principal} on ${busArn(bus)}.`)
    throw error
  }
}

const UNIQUE_ID = /^A(ID|RO)A\w+(:.*)?$/

/** The document without principals that are unique ids already (of somebody who is gone): nobody else gets such an id. */
function withoutIds(document: string): string {
  return JSON.stringify(JSON.parse(document), (name, value: unknown) => {
    if (name !== 'AWS') return value
    const named = (Array.isArray(value) ? value : [value]).filter((one) => !UNIQUE_ID.test(String(one)))
    return named
  })
}

/** One statement, as PutPermission makes it. */
export interface Statement {
  readonly Sid?: string
  readonly [element: string]: unknown
}

interface Document {
  readonly Version: string
  readonly Statement: readonly Statement[]
}

/** The statements of a policy. */
export function statementsIn(document: string | undefined): readonly Statement[] {
  if (document === undefined) return []
  const { Statement: written } = JSON.parse(document) as { readonly Statement: Statement | readonly Statement[] }
  return Array.isArray(written) ? (written as readonly Statement[]) : [written as Statement]
}

/** A policy of these statements. */
export const documentOf = (statements: readonly Statement[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements } satisfies Document)

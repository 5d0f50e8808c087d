import type { Caller } from '#kernel/call'
import type { ApiError } from '#kernel/error'
import { notWithSession } from './model/refusals.ts'

/** What temporary credentials may call in STS, by how they were got; undefined: everything. */
const ALLOWED = {
  federated: new Set(['GetCallerIdentity']),
  session: new Set(['GetCallerIdentity', 'AssumeRole']),
}
/** What a role's session may not. */
const FOR_LONG_TERM_KEYS = new Set(['GetSessionToken', 'GetFederationToken'])

/** The refusal of an operation of STS that temporary credentials may not call, whatever policies say. Source: access.md 4.3. */
export function excluded({ kind, session }: Caller, operation: string): ApiError | undefined {
  if (session === undefined || kind === 'web') return undefined
  const refused =
    kind === 'role'
      ? FOR_LONG_TERM_KEYS.has(operation)
      : !ALLOWED[kind === 'federated' ? 'federated' : 'session'].has(operation)
  return refused ? notWithSession(operation) : undefined
}

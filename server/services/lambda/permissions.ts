import { type PolicyPrincipals, UnknownPrincipal } from '../iam/port.ts'
import type { FunctionPolicy, LambdaFunction } from './model/function.ts'
import { functionArn, LATEST } from './model/names.ts'
import { functionNotFound, invalidPrincipal, latestHasNoPolicy, revisionDiffers } from './model/refusals.ts'
import type { Env } from './operation.ts'
import { versionAt } from './target.ts'

/** Permissions stand at the function, a version or an alias, which must be there; `$LATEST` has none of its own. */
export async function placeOfPolicy(
  env: Pick<Env, 'functions' | 'aliases'>,
  found: LambdaFunction,
  qualifier: string | undefined,
): Promise<string | undefined> {
  if (qualifier === LATEST) throw latestHasNoPolicy()
  if (qualifier !== undefined && (await versionAt(env, found, qualifier)) === undefined)
    throw functionNotFound(functionArn(found, found.name, qualifier))
  return qualifier
}

/** Refuses a change that was meant for another revision of the policy. */
export function checkPolicyRevision(given: string | undefined, policy: FunctionPolicy | undefined): void {
  if (given !== undefined && given !== policy?.revision) throw revisionDiffers('GetPolicy')
}

/**
 * The unique ids of a document's principals. Statements that name an id already (of somebody who is gone) need none: nobody else
 * gets that id.
 */
export async function boundTo(document: string, principals: PolicyPrincipals): Promise<string> {
  const { Statement, ...head } = JSON.parse(document) as { readonly Statement: readonly Named[] }
  const named = Statement.filter(({ Principal }) => !UNIQUE_ID.test(nameIn(Principal)))
  if (named.length === 0) return '[]'
  try {
    return await principals.bind(JSON.stringify({ ...head, Statement: named }))
  } catch (error) {
    throw error instanceof UnknownPrincipal ? invalidPrincipal() : error
  }
}

interface Named {
  readonly Principal: unknown
}

const UNIQUE_ID = /^A(ID|RO)A\w+(:.*)?$/

const nameIn = (principal: unknown): string => String((principal as { readonly AWS?: unknown } | undefined)?.AWS ?? '')

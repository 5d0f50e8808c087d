import { compile, standing } from '#kernel/authorization/policy'
import type { Call } from '#kernel/call'
import type { Target } from '#kernel/operation'
import { boundPrincipals } from '../iam/port.ts'
import type { FunctionPolicy, LambdaFunction, Version } from './model/function.ts'
import { type FunctionId, functionArn, functionIn, isNumber, LATEST, scopeOf } from './model/names.ts'
import { builtInFunction, functionNotFound } from './model/refusals.ts'
import type { Env } from './operation.ts'

/** Where functions are found, and who may do something with them. */

type Found = Pick<Env, 'functions' | 'policies'>

/** A policy as it decides. */
export function decisive(policy: FunctionPolicy, arn: string) {
  return standing(compile(policy.document, boundPrincipals(policy.principals)), {
    kind: 'resource',
    id: arn,
    holder: '',
  })
}

/**
 * What an operation on a function acts on, there or not: its ARN, with the qualifier where permissions are asked for at one, its
 * policy at that place, its tags. `$LATEST` is the function itself.
 */
export async function functionTarget(
  { functions, policies }: Found,
  call: Call,
  name: string,
  qualifier?: string,
  scoped = true,
): Promise<Target> {
  return targetFor({ functions, policies }, functionIn(name, qualifier, call), scoped)
}

export async function targetFor({ functions, policies }: Found, id: FunctionId, scoped = true): Promise<Target> {
  const scope = scoped ? scopeOf(id.qualifier) : undefined
  const resource = functionArn(id, id.name, scope)
  const found = await functions.find(id, id.name)
  const policy = found && (await policies.find(found, scope))
  return {
    resource,
    shown: resource,
    owner: id.account,
    ...(found === undefined ? {} : { tags: found.tags }),
    ...(policy === undefined ? {} : { policy: decisive(policy, resource) }),
  }
}

/** What an operation on all functions of an account acts on. */
export const everything: Target = { resource: '*', shown: '*' }

/** A function that must be there, and be somebody's own. `lock`: it is going to be changed. */
export async function existing(
  { functions, builtIn }: Pick<Env, 'functions' | 'builtIn'>,
  call: Call,
  name: string,
  qualifier?: string,
  lock = false,
): Promise<{ readonly id: FunctionId; readonly found: LambdaFunction }> {
  const id = functionIn(name, qualifier, call)
  if (builtIn.has(id.name)) throw builtInFunction(id.name)
  const found = lock ? await functions.lock(id, id.name) : await functions.find(id, id.name)
  if (found === undefined) throw functionNotFound(functionArn(id, id.name, id.qualifier))
  return { id, found }
}

/** The version that a qualifier means now; of an alias its first one. Undefined when there is none. */
export async function versionAt(
  { functions, aliases }: Pick<Env, 'functions' | 'aliases'>,
  found: LambdaFunction,
  qualifier: string | undefined,
): Promise<Version | undefined> {
  if (qualifier === undefined || qualifier === LATEST || isNumber(qualifier))
    return functions.version(found, qualifier ?? LATEST)
  const alias = await aliases.find(found, qualifier)
  return alias && functions.version(found, alias.version)
}

import { compileTrust, type Compiled, type Context, type ContextValue, parsePolicy } from '#kernel/authorization/policy'
import { parseArn } from '#kernel/values/arn'
import { invalidInput } from './refusals.ts'

/** What a simulation is given, read and checked. Refusals are InvalidInput; texts that no client reports are assumed. */

/** The documents of a list of identity policies (boundaries, service control policies). Source: access.md 3.4. */
export function documentsOf(list: readonly string[] | undefined): Compiled[] {
  return (list ?? []).map((text) => {
    const parsed = parsePolicy(text, 'identity')
    if (!parsed.ok) throw invalidInput(parsed.message)
    return parsed.policy
  })
}

/** The one boundary. Source: API_SimulateCustomPolicy. */
export function boundaryIn(list: readonly string[] | undefined): Compiled | undefined {
  if ((list?.length ?? 0) > 1) throw invalidInput('The list of Permissions Boundary policies cannot exceed 1 items.')
  return documentsOf(list)[0]
}

/** A resource's policy: as it stands on most resources, and as it is read on a role. */
export interface ResourcePolicy {
  readonly plain: Compiled
  readonly trust: Compiled
}

export function resourcePolicyIn(text: string | undefined): ResourcePolicy | undefined {
  if (text === undefined) return undefined
  const parsed = parsePolicy(text, 'resource')
  if (!parsed.ok) throw invalidInput(parsed.message)
  return { plain: parsed.policy, trust: compileTrust(text) }
}

/** Actions with their service; wildcards are no actions. */
export function actionsIn(names: readonly string[]): readonly string[] {
  for (const name of names) {
    if (!/^[A-Za-z0-9.-]+:[A-Za-z0-9_-]+$/.test(name)) throw invalidInput(`Invalid action name: ${name}.`)
  }
  return names
}

/** ARNs; nothing for all resources (`*`). The text is reported by clients of IAM. */
export function resourcesIn(arns: readonly string[] | undefined): readonly string[] {
  const list = arns ?? []
  if (list.length === 1 && list[0] === '*') return []
  for (const arn of list) {
    const parsed = parseArn(arn)
    if (parsed === undefined || parsed.partition === '' || parsed.service === '' || parsed.resource === '') {
      throw invalidInput(`ResourceNames are not in a valid ARN format: ${arn}.`)
    }
  }
  return list
}

/** The account of `arn:aws:iam::A:root`. The text is reported by clients of IAM; a bare account id gets it too. */
export function resourceOwnerIn(owner: string | undefined): string | undefined {
  if (owner === undefined) return undefined
  const account = /^arn:aws:iam::([0-9]{12}):root$/.exec(owner)?.[1]
  if (account === undefined) throw invalidInput(`'${owner}' is not a valid as a Resource Owner.`)
  return account
}

interface Entry {
  readonly ContextKeyName?: string | undefined
  readonly ContextKeyValues?: readonly string[] | undefined
  readonly ContextKeyType?: string | undefined
}

/**
 * The condition keys of a simulated request: the entries, and what is known of the caller where they say nothing. Lists are
 * lists even with one value; a key without values is absent. Source: access.md 3.4, 5.4.
 */
export function contextIn(entries: readonly Entry[] | undefined, known: ReadonlyMap<string, ContextValue>): Context {
  const keys = new Map(known)
  for (const { ContextKeyName: name, ContextKeyValues: values = [], ContextKeyType: type } of entries ?? []) {
    if (name === undefined) throw invalidInput('A context entry must have a context key name.')
    const isList = type === undefined ? values.length > 1 : type.endsWith('List')
    if (!isList && values.length > 1) {
      throw invalidInput(`Context key ${name} of type ${type} must not have more than one value.`)
    }
    const key = name.toLowerCase()
    if (values.length === 0) keys.delete(key)
    else keys.set(key, isList ? values : (values[0] as string))
  }
  return (key) => keys.get(key)
}

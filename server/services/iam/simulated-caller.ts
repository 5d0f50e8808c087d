import type { Compiled, ContextValue } from '#kernel/authorization/policy'
import type { Caller } from '#kernel/call'
import type { NamedEntity } from './model/entity-arn.ts'
import { assumedRoleArn } from './model/identity.ts'
import type { PolicySource } from './policy-sources.ts'

/** What names the session of a simulated role: a resource's policy that names the role names its session. */
const SESSION = 'simulation'

/**
 * Who makes the simulated calls: `named` by its ARN, with what is `known` of it if this account has it, and with the policies
 * of the simulation.
 */
export function simulatedCaller(
  arn: string,
  { kind, account, name }: NamedEntity,
  known: Pick<PolicySource, 'id' | 'tags'> | undefined,
  policies: readonly Compiled[],
  boundary: Compiled | undefined,
): Caller {
  const id = known?.id ?? ''
  const common = {
    account,
    principalArn: arn,
    accessKeyId: '',
    tags: known?.tags ?? new Map<string, string>(),
    policies,
    ...(boundary !== undefined && { boundary }),
  }
  if (kind === 'role') {
    const session = assumedRoleArn(account, name, SESSION)
    return { ...common, kind: 'role', arn: session, userId: id === '' ? '' : `${id}:${SESSION}` }
  }
  return { ...common, kind: 'user', arn, userId: id, ...(kind === 'user' && { userName: name }) }
}

/** Nobody: documents are simulated for whoever has them. */
export function anyCaller(account: string, policies: readonly Compiled[], boundary: Compiled | undefined): Caller {
  return {
    ...{ kind: 'user', account, arn: '', principalArn: '', userId: '', accessKeyId: '', tags: new Map(), policies },
    ...(boundary !== undefined && { boundary }),
  }
}

/**
 * The condition keys that are known of the caller, in lower case; a simulation may say otherwise. Assumed: AWS's simulator
 * fills in who calls, and nothing about the request.
 */
export function keysOfCaller({
  kind,
  account,
  principalArn,
  userId,
  userName,
  tags,
}: Caller): Map<string, ContextValue> {
  const keys = new Map<string, ContextValue>()
  if (principalArn === '') return keys
  keys.set('aws:principalarn', principalArn)
  keys.set('aws:principalaccount', account)
  if (userId !== '') keys.set('aws:userid', userId)
  if (kind === 'role') keys.set('aws:principaltype', 'AssumedRole')
  if (userName !== undefined) {
    keys.set('aws:principaltype', 'User')
    keys.set('aws:username', userName)
  }
  for (const [key, value] of tags) keys.set(`aws:principaltag/${key.toLowerCase()}`, value)
  return keys
}

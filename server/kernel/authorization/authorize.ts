import { spend } from '#kernel/authorization/budget'
import { AMBIGUOUS } from '#kernel/authorization/condition'
import { type Decision, evaluate, type Rule } from '#kernel/authorization/evaluate'
import type { Context, ContextValue } from '#kernel/authorization/policy'
import type { Call, Caller } from '#kernel/call'
import type { Target } from '#kernel/operation'

const ROOT_ALLOWED: Decision = Object.freeze({ allowed: true, by: 'root' })

/**
 * Whether the caller may do `action` (`secretsmanager:GetSecretValue`; a target's own action goes before it) to the
 * target. `serviceName` is the prefix of the service's condition keys. `rule`: see `Question`.
 */
export function decide(
  call: Call,
  serviceName: string,
  action: string,
  target: Target,
  rule: Rule = 'plain',
): Decision {
  const { caller } = call
  const owner = target.owner ?? caller.account
  // The root user in its own account, and no resource policy that could deny: nothing to look at.
  if (caller.kind === 'root' && rule === 'plain' && owner === caller.account && target.policy === undefined) {
    return ROOT_ALLOWED
  }
  return evaluate({
    caller,
    action: actionOf(serviceName, action, target),
    resource: target.resource,
    owner,
    context: contextOf(call, serviceName, target),
    resourcePolicy: target.policy,
    rule,
  })
}

function actionOf(serviceName: string, action: string, target: Target): string {
  const meant = target.action ?? action
  return meant.includes(':') ? meant : `${serviceName}:${meant}`
}

/**
 * The sentence of a refusal, as the service's error carries it: `User: <caller> is not authorized to perform: <action>
 * on resource: <as shown> because no identity-based policy allows the <action> action`. Source: access.md 5.6.
 */
export function refusal(decision: Decision, call: Call, action: string, target: Target): string {
  const meant = target.action ?? action
  const on = target.shown === undefined ? '' : ` on resource: ${target.shown}`
  return `User: ${call.caller.arn} is not authorized to perform: ${meant}${on}${decision.allowed ? '' : tail(decision, meant, target.rule)}`
}

const KINDS = {
  identity: ['an', 'identity-based policy'],
  resource: ['a', 'resource-based policy'],
  boundary: ['a', 'permissions boundary'],
  session: ['a', 'session policy'],
  endpoint: ['a', 'VPC endpoint policy'],
  trust: ['the', 'role trust policy'],
} as const

function tail(decision: Extract<Decision, { allowed: false }>, action: string, rule: Rule | undefined): string {
  const [article, kind] = KINDS[decision.by === 'resource' && rule === 'trust' ? 'trust' : decision.by]
  return decision.explicit
    ? ` with an explicit deny in ${article} ${kind}`
    : ` because no ${kind} allows the ${action} action`
}

/**
 * The condition keys of a call on a target, looked up when a policy asks (access.md 5.7). What a client sends in a header
 * or parameter can't become a key that says who asks, through whom, or when.
 */
export function contextOf(call: Call, serviceName: string, target: Target): Context {
  let own: ReadonlyMap<string, ContextValue> | undefined
  const ownKey = (key: string) => {
    own ??= lowered(target.context)
    return own.get(key)
  }
  return (key) => {
    if (key.startsWith('aws:')) return globalKey(key.slice(4), call, target, ownKey)
    if (key.startsWith(`${serviceName}:`)) {
      const name = key.slice(serviceName.length + 1)
      if (name.startsWith('resourcetag/')) return tagIn(target.tags, name.slice(12))
      // Who the service is asked by and through is the kernel's to say.
      if (name === 'viaservice') return viaService(call)
      if (name === 'calleraccount') return call.caller.account
    }
    return ownKey(key)
  }
}

const TYPES = {
  root: 'Account',
  user: 'User',
  role: 'AssumedRole',
  federated: 'FederatedUser',
  service: 'Service',
  // Nobody in IAM yet.
  web: undefined,
} as const

function globalKey(key: string, call: Call, target: Target, ownKey: Context): ContextValue | undefined {
  const { caller } = call
  switch (key) {
    case 'principalarn':
      return caller.principalArn
    case 'principalaccount':
      return caller.account
    case 'principaltype':
      return TYPES[caller.kind]
    case 'principalisawsservice':
      return String(caller.kind === 'service')
    case 'principalservicename':
      return caller.kind === 'service' ? caller.arn : undefined
    case 'userid':
      return caller.userId
    case 'username':
      return caller.kind === 'user' ? caller.userName : undefined
    case 'currenttime':
      return new Date(call.now).toISOString()
    case 'epochtime':
      return String(Math.floor(call.now / 1000))
    case 'sourceip':
      return call.via === undefined && call.sourceIp !== '' ? call.sourceIp : undefined
    case 'securetransport':
      return String(call.secure)
    case 'useragent':
      return call.userAgent === '' ? undefined : call.userAgent
    case 'requestedregion':
      // IAM is one for all regions and says so in its targets.
      return ownKey('aws:requestedregion') ?? call.region
    case 'viaawsservice':
      return String(call.via !== undefined)
    case 'calledvia':
      return call.via === undefined ? undefined : [call.via]
    case 'calledviafirst':
    case 'calledvialast':
      return call.via
    case 'multifactorauthpresent':
      // Known of temporary credentials only; a long-term key has no such key, so `Bool: false` does not catch it.
      return temporary(caller) ? 'false' : undefined
    case 'resourceaccount':
      return target.resource === '*' ? undefined : (target.owner ?? caller.account)
    case 'tagkeys':
      return target.tagKeys ?? (target.requestTags === undefined ? undefined : [...target.requestTags.keys()])
  }
  if (key.startsWith('principaltag/')) return tagIn(caller.tags, key.slice(13))
  if (key.startsWith('resourcetag/')) return tagIn(target.tags, key.slice(12))
  if (key.startsWith('requesttag/')) return tagIn(target.requestTags, key.slice(11))
  return undefined
}

function temporary(caller: Caller): boolean {
  return caller.kind === 'role' || caller.kind === 'federated' || caller.accessKeyId.startsWith('ASIA')
}

/** `secretsmanager.us-east-1.amazonaws.com`, absent for direct calls. */
function viaService(call: Call): string | undefined {
  if (call.via === undefined) return undefined
  const dot = call.via.indexOf('.')
  return `${call.via.slice(0, dot)}.${call.region}${call.via.slice(dot)}`
}

/** What lower-casing one tag key takes. */
const STEPS_PER_TAG = 8

/** The value of the tag whose key is `lowerKey` but for its case; two such tags are ambiguous. */
function tagIn(tags: ReadonlyMap<string, string> | undefined, lowerKey: string): ContextValue | undefined {
  // A request may carry thousands before its own limit refuses them.
  if (tags === undefined || !spend(tags.size * STEPS_PER_TAG)) return undefined
  let found: ContextValue | undefined
  for (const [key, value] of tags) {
    if (key.toLowerCase() === lowerKey) found = found === undefined ? value : AMBIGUOUS
  }
  return found
}

/** The target's own keys in lower case. Made once for a decision: a policy may ask for thousands, of thousands. */
function lowered(context: Target['context']): ReadonlyMap<string, ContextValue> {
  const own = new Map<string, ContextValue>()
  if (context === undefined) return own
  for (const key of Object.keys(context)) {
    const value = context[key]
    if (value === undefined) continue
    const lower = key.toLowerCase()
    own.set(lower, own.has(lower) ? AMBIGUOUS : value)
  }
  return own
}

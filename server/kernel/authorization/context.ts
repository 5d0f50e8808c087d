import { spend } from '#kernel/authorization/budget'
import { AMBIGUOUS } from '#kernel/authorization/condition'
import type { Context, ContextValue } from '#kernel/authorization/policy'
import type { Call, Caller } from '#kernel/call'
import type { Target } from '#kernel/operation'

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
  const find = (key: string) => {
    if (key.startsWith('aws:')) return globalKey(key.slice(4), call, target, ownKey)
    if (key.startsWith(`${serviceName}:`)) {
      const name = key.slice(serviceName.length + 1)
      if (name.startsWith('resourcetag/')) return tagIn(target.tags, name.slice(12))
      // Who the service is asked by and through is the kernel's to say.
      if (name === 'viaservice') return viaService(call)
      if (name === 'calleraccount') return call.caller.account
    }
    return ownKey(key) ?? call.caller.claims?.get(key)
  }
  // Many statements ask for the same key.
  let asked: Map<string, ContextValue | undefined> | undefined
  return (key) => {
    asked ??= new Map()
    let value = asked.get(key)
    if (value === undefined && !asked.has(key)) {
      value = find(key)
      asked.set(key, value)
    }
    return value
  }
}

const TYPES = {
  root: 'Account',
  user: 'User',
  role: 'AssumedRole',
  federated: 'FederatedUser',
  service: 'Service',
  web: undefined,
} as const

function globalKey(key: string, call: Call, target: Target, ownKey: Context): ContextValue | undefined {
  const slash = key.indexOf('/')
  if (slash > 0) {
    const name = key.slice(slash + 1)
    if (key.startsWith('principaltag/')) return tagIn(call.caller.tags, name)
    if (key.startsWith('resourcetag/')) return tagIn(target.tags, name)
    return key.startsWith('requesttag/') ? tagIn(target.requestTags, name) : undefined
  }
  switch (key) {
    case 'currenttime':
      return new Date(call.now).toISOString()
    case 'epochtime':
      return String(Math.floor(call.now / 1000))
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
    case 'resourceaccount':
      return target.resource === '*' ? undefined : (target.owner ?? call.caller.account)
    case 'tagkeys':
      return target.tagKeys ?? (target.requestTags === undefined ? undefined : [...target.requestTags.keys()])
  }
  return callerKey(key, call.caller, ownKey) ?? networkKey(key, call)
}

function callerKey(key: string, caller: Caller, ownKey: Context): ContextValue | undefined {
  const { kind, session } = caller
  if (key === 'principalisawsservice') return String(kind === 'service')
  if (key === 'federatedprovider') return session?.provider
  // The holder of a foreign token is nobody in IAM yet.
  if (kind === 'web') return undefined
  switch (key) {
    case 'principalarn':
      return caller.principalArn
    case 'principalaccount':
      return caller.account
    case 'principaltype':
      return TYPES[kind]
    case 'userid':
      return caller.userId
    case 'username':
      return kind === 'user' ? caller.userName : undefined
    case 'multifactorauthpresent':
      // Known of temporary credentials only; a long-term key has no such key, so `Bool: false` does not catch it.
      return session === undefined ? undefined : 'false'
    case 'tokenissuetime':
      return session === undefined ? undefined : new Date(session.issuedAt).toISOString()
    case 'sourceidentity':
      return session?.sourceIdentity
  }
  if (kind !== 'service') return undefined
  switch (key) {
    case 'principalservicename':
      return caller.arn
    case 'principalservicenameslist':
      return [caller.arn]
    // For whom the service asks: only the service itself can say.
    case 'sourcearn':
    case 'sourceaccount':
    case 'sourceorgid':
      return ownKey(`aws:${key}`)
  }
  return undefined
}

/** Where the request came from. A private listener says so instead of the address; a forwarded call has neither. */
function networkKey(key: string, { via, endpoint, sourceIp }: Call): string | undefined {
  if (via !== undefined) return undefined
  const address = sourceIp === '' ? undefined : sourceIp
  if (endpoint === undefined) return key === 'sourceip' ? address : undefined
  switch (key) {
    case 'vpcsourceip':
      return address
    case 'sourcevpce':
      return endpoint.id
    case 'sourcevpc':
      return endpoint.vpc
  }
  return undefined
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

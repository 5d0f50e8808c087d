import type { Call } from '#kernel/call'
import type { Granted } from '#kernel/authorization/evaluate'
import { ApiError } from '#kernel/error'
import type { Target } from '#kernel/operation'
import { type Soon, when } from '#kernel/values/soon'
import { grantedBy, type Held } from './grants.ts'
import { conditionsOfContext, conditionsOfKey, type Conditions } from './model/conditions.ts'
import { orderedKeys, type Pairs } from './model/context.ts'
import type { Terms } from './model/grants.ts'
import { aliasNotFound, readKeyId } from './model/identifiers.ts'
import { aliasArn, keyArn } from './model/key.ts'
import type { Managing } from './model/policies.ts'
import type { KeyStore, StoredKey } from './store.ts'

/** What a KeyId member leads to. `key` is undefined only for another account's, of which nothing may be told. */
export interface Located {
  readonly key: StoredKey | undefined
  /** The key's ARN; for another account's key that isn't there, what the caller named. */
  readonly arn: string
  readonly owner: string
  /** The ARN that the caller named, an alias's if he named one; of a ciphertext's key none. */
  readonly named: string | undefined
  /** The alias by which the key was named: kms:RequestAlias. */
  readonly alias: string | undefined
  /** What the caller holds of the key. */
  readonly grants?: readonly Held[] | undefined
  /** `key` is not there yet: the AWS managed key of this service as its first use makes it. See `settled`. */
  readonly unmade?: Managing
}

/** What an operation takes as KeyId: cryptography and DescribeKey take aliases, others don't; some stay in the account. */
export interface Accepts {
  readonly aliases: boolean
  readonly foreign: boolean
}
/** Cryptographic operations and DescribeKey. */
export const ANY_KEY: Accepts = { aliases: true, foreign: true }
/** Operations that change or list what belongs to a key. */
export const OWN_KEY: Accepts = { aliases: false, foreign: false }

/**
 * Finds the key that `keyId` names. Throws NotFoundException or InvalidArnException with the texts of kms.md 2; another
 * account's missing key is no error here but a key nobody has a right to, so that its absence can't be told from a refusal.
 * `home`: the account that short forms mean. At once when the key is in memory and nobody holds a grant on it.
 */
export function locate(
  keyId: string,
  keys: KeyStore,
  call: Call,
  accepts: Accepts,
  home = call.account,
): Soon<Located> {
  const named = readKeyId(keyId, home, call.region, accepts.aliases ? 'aliases' : 'keys only')
  const { account: owner, region } = named
  const own = owner === call.account
  const seen = own || accepts.foreign
  if (named.kind === 'alias') {
    const arn = aliasArn(owner, region, named.name)
    const id = seen ? keys.target(named, named.name) : undefined
    const found = when(id, (id) => (id === undefined ? undefined : keys.key(named, id)))
    return when(found, (key) => {
      if (key === undefined && own) throw aliasNotFound(arn)
      return granted({ key, arn: key?.arn ?? arn, named: arn, owner, alias: named.name }, keys, call)
    })
  }
  const arn = keyArn(owner, region, named.id)
  return when(seen ? keys.key(named, named.id) : undefined, (key) => {
    if (key === undefined && own) throw new ApiError('NotFoundException', `Key '${arn}' does not exist`)
    return granted({ key, arn, named: arn, owner, alias: undefined }, keys, call)
  })
}

/**
 * The key that a ciphertext names; at once when nobody holds a grant on it. `by`: what the request named too, if it did. An
 * alias counts for the key that it leads to: beside another key's ciphertext it must not meet a condition on it.
 */
export function locateOpened(
  key: StoredKey,
  keys: KeyStore,
  call: Call,
  by: Pick<Located, 'arn' | 'alias' | 'named'> | undefined,
): Soon<Located> {
  const alias = by?.arn === key.arn ? by.alias : undefined
  return granted({ key, arn: key.arn, owner: key.account, alias, named: by?.named }, keys, call)
}

/** With the grants that the caller holds on the key; most keys have none. */
function granted(located: Located, keys: KeyStore, { caller }: Call): Soon<Located> {
  const { key } = located
  return key?.granted === true ? keys.grants.heldBy(caller, key).then((grants) => ({ ...located, grants })) : located
}

/** What a request says to the policies beyond the key itself. */
export interface Said {
  readonly context?: Pairs | undefined
  readonly algorithm?: string
  readonly more?: Conditions
  /** Another action than the operation's. */
  readonly action?: string
  /** Of CreateGrant: what the new grant would allow. */
  readonly child?: Terms
  readonly requestTags?: ReadonlyMap<string, string>
  readonly tagKeys?: readonly string[]
}

/** A key as authorization sees it. Its condition keys are put together when a policy asks for one. */
export class KeyTarget implements Target {
  readonly resource: string
  readonly shown: string
  readonly owner: string
  readonly policy: StoredKey['policy'] | undefined
  readonly tags: ReadonlyMap<string, string> | undefined
  readonly requestTags?: ReadonlyMap<string, string>
  readonly tagKeys?: readonly string[]
  readonly action?: string
  readonly rule = 'kms'
  readonly #located: Located
  readonly #said: Said
  #context: Conditions | undefined

  constructor(located: Located, said: Said) {
    this.resource = located.arn
    this.shown = located.arn
    this.owner = located.owner
    this.policy = located.key?.policy
    this.tags = located.key?.tags
    if (said.requestTags !== undefined) this.requestTags = said.requestTags
    if (said.tagKeys !== undefined) this.tagKeys = said.tagKeys
    if (said.action !== undefined) this.action = said.action
    this.#located = located
    this.#said = said
  }

  get context(): Conditions {
    this.#context ??= conditionsOf(this.#located, this.#said)
    return this.#context
  }

  grant(action: string): Granted | undefined {
    const { grants } = this.#located
    if (grants === undefined || grants.length === 0) return undefined
    const { context, child, more } = this.#said
    const sourceArn = more?.['aws:SourceArn']
    return grantedBy(grants, {
      operation: action.slice('kms:'.length),
      context,
      child,
      sourceArn: typeof sourceArn === 'string' ? sourceArn : undefined,
    })
  }

  /** What the caller named, if he named anything. */
  get named(): string | undefined {
    return this.#located.named
  }

  /** What the target would be if there were no such key, also when there is none: nothing of the stored in it. */
  hidden(): KeyTarget {
    const { named = '*', owner, alias } = this.#located
    return new KeyTarget({ key: undefined, arn: named, named, owner, alias }, this.#said)
  }
}

export function keyTarget(located: Located, said: Said = {}): Target {
  return new KeyTarget(located, said)
}

/** An alias as authorization sees it: identity policies decide alone. Source: kms.md 5. */
export const aliasTarget = (arn: string): Target => ({ resource: arn, shown: arn, rule: 'plain' })

function conditionsOf({ key, alias }: Located, { context, algorithm, more }: Said): Conditions {
  return {
    ...(key === undefined ? {} : conditionsOfKey(key)),
    ...(alias === undefined ? {} : { 'kms:RequestAlias': alias }),
    ...(algorithm === undefined ? {} : { 'kms:EncryptionAlgorithm': algorithm }),
    ...(context === undefined ? {} : conditionsOfContext(context, orderedKeys(context))),
    ...more,
  }
}

/** The key of a call that was allowed. Without a key there is no policy, so nobody is: this can't be. */
export function present({ key, arn }: Located): StoredKey {
  if (key === undefined) throw new Error(`allowed on ${arn}, which is not there`)
  return key
}

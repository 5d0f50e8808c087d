import type { Call } from '#kernel/call'
import type { Granted } from '#kernel/authorization/evaluate'
import { ApiError } from '#kernel/error'
import type { Target } from '#kernel/operation'
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
 * `home`: the account that short forms mean.
 */
export async function locate(
  keyId: string,
  keys: KeyStore,
  call: Call,
  accepts: Accepts,
  home = call.account,
): Promise<Located> {
  const named = readKeyId(keyId, home, call.region, accepts.aliases ? 'aliases' : 'keys only')
  const own = named.account === call.account
  const seen = own || accepts.foreign
  if (named.kind === 'alias') {
    const id = seen ? await keys.target(named, named.name) : undefined
    const key = id === undefined ? undefined : await keys.key(named, id)
    const arn = aliasArn(named.account, named.region, named.name)
    if (key === undefined && own) throw aliasNotFound(arn)
    const grants = await heldBy(call, key, keys)
    return { key, arn: key?.arn ?? arn, named: arn, owner: named.account, alias: named.name, grants }
  }
  const key = seen ? await keys.key(named, named.id) : undefined
  const arn = keyArn(named.account, named.region, named.id)
  if (key === undefined && own) throw new ApiError('NotFoundException', `Key '${arn}' does not exist`)
  return { key, arn, named: arn, owner: named.account, alias: undefined, grants: await heldBy(call, key, keys) }
}

/**
 * The key that a ciphertext names; at once when nobody holds a grant on it. `by`: how the request named one too, if it did.
 */
export function locateOpened(
  key: StoredKey,
  keys: KeyStore,
  call: Call,
  { alias, named }: Pick<Located, 'alias' | 'named'> = UNNAMED,
): Located | Promise<Located> {
  const located = { key, arn: key.arn, owner: key.account, alias, named }
  return key.granted ? heldBy(call, key, keys).then((grants) => ({ ...located, grants })) : located
}

const UNNAMED = { alias: undefined, named: undefined }

function heldBy(
  { caller }: Call,
  key: StoredKey | undefined,
  keys: KeyStore,
): ReturnType<KeyStore['grants']['heldBy']> {
  return key?.granted === true ? keys.grants.heldBy(caller, key) : NOTHING
}

const NOTHING = Promise.resolve(undefined)

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

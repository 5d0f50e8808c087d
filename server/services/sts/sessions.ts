import { hash, timingSafeEqual } from 'node:crypto'
import { type Compiled, compile, standing } from '#kernel/authorization/policy'
import type { Caller, Session } from '#kernel/call'
import type { Vault } from '#kernel/sealing/vault'
import type { Credential, FindCredential } from '#kernel/signature/credential'
import type { Unit } from '#kernel/storage/storage'
import { Secret } from '#kernel/values/bytes'
import type { Principal, PrincipalsNow } from '../iam/port.ts'
import { isSessionKeyId } from './model/access-key.ts'
import { assumedRoleArn, federatedUserArn } from './model/role.ts'
import { withSessionTags } from './model/tags.ts'
import { isOurs, openToken, type SessionContent } from './session-token.ts'

/** Most characters of the sessions that are kept at once, policies and tags; compiled, a policy takes ten times its text. */
const MOST_CHARACTERS = 8 * 1024 * 1024
/** What a session takes besides: ten thousand of the plain ones are kept. */
const PLAIN_CHARACTERS = 800

/** What temporary credentials are: usable; nobody's here; or ours once, and no longer good, or altered. */
export type Looked = Credential | 'foreign' | 'over'

/** A token that was opened: stays what it is, until it is pushed out. */
interface Opened {
  readonly digest: Buffer
  readonly secret: Secret<string>
  readonly content: Omit<SessionContent, 'secret'>
  readonly inline: Compiled | undefined
  readonly characters: number
  /** What it is worth in `generation` of IAM. */
  generation: number
  looked: Credential | 'over' | undefined
}

/** A session policy that is gone narrows to nothing. */
const NOTHING = compile('{"Version":"2012-10-17","Statement":[]}')
/** What stands behind a federated user of root, whom no policies bound. */
const EVERYTHING = compile('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}')

/**
 * Temporary credentials by their token. Nothing of them is stored: the token says who they were made for, and IAM says what
 * that principal is now. So a deleted role or user ends its sessions at the next request, and a changed one changes them.
 * What was opened is kept in memory, and what it is worth for one generation of IAM.
 *
 * The access key that got a session by GetSessionToken or GetFederationToken is not asked about: when it is deactivated or
 * deleted the session goes on to its end, as in AWS. Who wants to end it deletes the user or denies by
 * aws:TokenIssueTime.
 */
export class Sessions {
  readonly #vault: Vault
  readonly #principals: PrincipalsNow
  readonly #most: number
  #opened = new Map<string, Opened>()
  #characters = 0

  /** @param most characters of the sessions that are kept at once */
  constructor(vault: Vault, principals: PrincipalsNow, most = MOST_CHARACTERS) {
    this.#vault = vault
    this.#principals = principals
    this.#most = most
  }

  /** How many sessions are kept. */
  get size(): number {
    return this.#opened.size
  }

  /** See `FindCredential`; for long-term keys it answers undefined. At once when everything is in memory. */
  readonly find: FindCredential = (accessKeyId, token, unit) => {
    const looked = this.look(accessKeyId, token, unit)
    return looked instanceof Promise ? looked.then(credentialIn) : credentialIn(looked)
  }

  /** Looks here first, and for what this deployment never made elsewhere: long-term keys, dev mode's strangers. */
  before(elsewhere: FindCredential): FindCredential {
    return (accessKeyId, token, unit) => {
      const looked = this.look(accessKeyId, token, unit)
      if (looked === 'foreign') return elsewhere(accessKeyId, token, unit)
      return looked instanceof Promise ? looked.then(credentialIn) : credentialIn(looked)
    }
  }

  /**
   * The same, and why not: `foreign` is what this deployment never made. `over`: made here, and its principal is gone, or it
   * was altered since; it is nobody's and must not be taken for a stranger's.
   */
  look(accessKeyId: string, token: string | undefined, unit?: Unit): Promise<Looked> | Looked {
    if (token === undefined || !isSessionKeyId(accessKeyId)) return 'foreign'
    const digest = hash('sha256', token, 'buffer')
    let opened = this.#opened.get(accessKeyId)
    if (opened === undefined || !timingSafeEqual(opened.digest, digest)) {
      const content = openToken(this.#vault, accessKeyId, token)
      if (content === undefined) return isOurs(token) ? 'over' : 'foreign'
      opened = this.#keep(accessKeyId, digest, content)
    }
    if (unit !== undefined) return this.#judgeIn(unit, accessKeyId, opened)
    const generation = this.#principals.generation()
    if (opened.generation === generation && opened.looked !== undefined) return opened.looked
    return this.#judge(accessKeyId, opened, generation)
  }

  /** Forgets everything: the store was emptied. */
  clear(): void {
    this.#opened = new Map()
    this.#characters = 0
  }

  #keep(accessKeyId: string, digest: Buffer, { secret, ...content }: SessionContent): Opened {
    const { policy } = content
    const opened: Opened = {
      digest,
      secret: new Secret(secret),
      content,
      inline: policy === undefined ? undefined : compile(policy),
      characters: charactersOf(content),
      generation: -1,
      looked: undefined,
    }
    this.#drop(accessKeyId)
    this.#characters += opened.characters
    this.#opened.set(accessKeyId, opened)
    // The oldest ones make place.
    for (const old of this.#opened.keys()) {
      if (this.#characters <= this.#most) break
      this.#drop(old)
    }
    return opened
  }

  #drop(accessKeyId: string): void {
    const dropped = this.#opened.get(accessKeyId)
    if (dropped === undefined) return
    this.#opened.delete(accessKeyId)
    this.#characters -= dropped.characters
  }

  /** What it is worth in the state that a unit sees. */
  async #judgeIn(unit: Unit, accessKeyId: string, opened: Opened): Promise<Looked> {
    const { account, principal, policyArns } = opened.content
    const now = await this.#principals.principal(account, principal, unit)
    const managed: (Compiled | undefined)[] = []
    for (const arn of policyArns) managed.push(await this.#principals.managed(account, arn, unit))
    return now === undefined ? 'over' : credentialOf(accessKeyId, opened, now, managed)
  }

  /** What the session is worth now: its principal and the policies that bound it are looked up. */
  #judge(accessKeyId: string, opened: Opened, generation: number): Promise<Looked> | Looked {
    const { account, principal, policyArns } = opened.content
    const found = this.#principals.principal(account, principal)
    const managed: (Promise<Compiled | undefined> | Compiled | undefined)[] = []
    for (const arn of policyArns) managed.push(this.#principals.managed(account, arn))
    const conclude = (now: Principal | undefined, policies: readonly (Compiled | undefined)[]): Looked => {
      const looked = now === undefined ? 'over' : credentialOf(accessKeyId, opened, now, policies, generation)
      // What was read while IAM changed is good for this request only.
      if (this.#principals.generation() === generation) {
        opened.generation = generation
        opened.looked = looked
      }
      return looked
    }
    if (found instanceof Promise || managed.some((one) => one instanceof Promise)) {
      return Promise.all([found, Promise.all(managed)]).then(([now, policies]) => conclude(now, policies))
    }
    return conclude(found, managed as (Compiled | undefined)[])
  }
}

function charactersOf({ policy, policyArns, tags }: Omit<SessionContent, 'secret'>): number {
  let characters = PLAIN_CHARACTERS + (policy?.length ?? 0)
  for (const arn of policyArns) characters += arn.length
  for (const [key, value] of tags) characters += key.length + value.length
  return characters
}

function credentialIn(looked: Looked): Credential | undefined {
  return typeof looked === 'string' ? undefined : looked
}

function credentialOf(
  accessKeyId: string,
  opened: Opened,
  principal: Principal,
  managed: readonly (Compiled | undefined)[],
  judgedAt?: number,
): Credential {
  const { digest, secret, content } = opened
  return {
    accessKeyId,
    secret,
    active: true,
    ...(judgedAt === undefined ? {} : { judgedAt }),
    sessionToken: { digest, expiresAt: content.expiresAt },
    caller: callerOf(accessKeyId, opened, principal, managed),
  }
}

function callerOf(
  accessKeyId: string,
  opened: Opened,
  principal: Principal,
  managed: readonly (Compiled | undefined)[],
): Caller {
  const { content } = opened
  const { account, kind, name } = content
  const { id, arn, boundary } = principal
  const session = sessionOf(content, principal)
  const bound = boundary === undefined ? {} : { boundary }
  switch (kind) {
    case 'role': {
      const sessionPolicies = policiesOf(opened, managed, `role/${principal.name}`)
      return {
        kind: 'role',
        account,
        arn: assumedRoleArn(account, principal.name, name),
        principalArn: arn,
        userId: `${id}:${name}`,
        accessKeyId,
        tags: withSessionTags(principal.tags, content.tags),
        session,
        policies: principal.policies,
        ...bound,
        ...(sessionPolicies.length > 0 && { sessionPolicies }),
      }
    }
    case 'federated': {
      const federated = federatedUserArn(account, name)
      return {
        kind: 'federated',
        account,
        arn: federated,
        principalArn: federated,
        parentArn: arn,
        parentId: id,
        userId: `${account}:${name}`,
        accessKeyId,
        tags: withSessionTags(principal.tags, content.tags),
        session,
        policies: principal.kind === 'root' ? [EVERYTHING] : principal.policies,
        ...bound,
        // Even none at all bound a federated user: to nothing.
        sessionPolicies: policiesOf(opened, managed, `federated-user/${name}`),
      }
    }
    case 'user':
      return {
        kind: principal.kind === 'root' ? 'root' : 'user',
        account,
        arn,
        principalArn: arn,
        userId: id,
        ...(principal.kind === 'user' && { userName: principal.name }),
        accessKeyId,
        tags: principal.tags,
        session,
        policies: principal.policies,
        ...bound,
      }
  }
}

function policiesOf({ content, inline }: Opened, managed: readonly (Compiled | undefined)[], holder: string) {
  const policies: Compiled[] = []
  if (inline !== undefined) policies.push(standing(inline, { kind: 'session', id: '', holder }))
  for (const [index, id] of content.policyArns.entries()) {
    policies.push(standing(managed[index] ?? NOTHING, { kind: 'session', id, holder }))
  }
  return policies
}

const ISSUERS = { role: 'Role', user: 'IAMUser', root: 'Root' } as const

function sessionOf(content: Opened['content'], { kind, id, arn, account, name }: Principal): Session {
  const { issuedAt, expiresAt, sourceIdentity, provider, transitive } = content
  const issuer = { type: ISSUERS[kind], principalId: id, arn, accountId: account }
  return {
    issuedAt,
    expiresAt,
    issuer: kind === 'root' ? issuer : { ...issuer, userName: name },
    ...(sourceIdentity !== undefined && { sourceIdentity }),
    ...(provider !== undefined && { provider }),
    ...(transitive.size > 0 && { transitive }),
  }
}

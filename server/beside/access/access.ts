import { questionOf } from '#kernel/authorization/authorize'
import { explain, type Matched } from '#kernel/authorization/explain'
import { type Json, readJson } from '#kernel/authorization/json'
import type { Decision, Question } from '#kernel/authorization/evaluate'
import type { Caller } from '#kernel/call'
import { systemClock } from '#kernel/clock'
import { systemRandom } from '#kernel/random'
import type { Service } from '#kernel/service'
import { openBeside, openVaultBeside, type Place } from '#kernel/storage/beside'
import { servicesOver } from '../../assembly/services.ts'
import { type Permission, Permissions } from './permissions.ts'
import { Principals } from './principals.ts'
import { relaxed } from './relaxed.ts'

/**
 * Who may do what, and why: the server's own decision on its own store, asked beside the running server or without one.
 * Nothing is changed, and nothing secret is looked at.
 */

/** A statement that applies. */
export interface Reason {
  readonly effect: 'Allow' | 'Deny'
  /** Which kind of policy: `identity`, `resource`, `boundary`, `session`. */
  readonly kind: string
  /** ARN of a managed policy, name of an inline one, ARN of the resource. */
  readonly policy: string
  /** `user/alice`, `group/developers`, `role/app`; empty where nobody holds it. */
  readonly holder: string
  /** Counted from 1. */
  readonly statement: number
  readonly sid: string | undefined
}

/** One permission, decided. */
export interface Verdict {
  readonly action: string
  readonly resource: string
  readonly allowed: boolean
  readonly explicit: boolean
  /** Which kind of policy decided: it allowed, denied or kept silent. `root`: the root user's own right; `grant`: one on
   * the key. */
  readonly by: string
  readonly reasons: readonly Reason[]
  /** Condition keys that statements ask for and the request does not have. */
  readonly missing: readonly string[]
  /** There is no such resource; it is decided for one of that name. */
  readonly absent: boolean
}

/** Whether a principal may do something: every permission must be allowed. */
export interface Answer {
  readonly principal: string
  readonly allowed: boolean
  readonly permissions: readonly Verdict[]
}

/** Who may: at once, or only if conditions that the request decides turn out well. */
export interface WhoCan {
  readonly allowed: readonly Answer[]
  readonly conditional: readonly Answer[]
}

/** What is asked, as a person says it. */
export interface Wanted {
  readonly action: string
  /** ARN, `*`, or the name of a secret, key or parameter. */
  readonly resource: string
  readonly region: string
  /** Condition keys of the supposed request, over those that the server knows itself. */
  readonly context: ReadonlyMap<string, readonly string[]>
}

/** Explains one decision. Throws errors with a `hint` for people. */
export function explainAccess(place: Place, principal: string, wanted: Wanted): Promise<Answer> {
  return asking(place, async ({ permissions, principals }) =>
    answerOf(await principals.named(principal), wanted, permissions, false),
  )
}

/** Everybody who may, with the statements that let them. A bare name is looked for in the given or only account. */
export function whoCan(place: Place, account: string, wanted: Wanted): Promise<WhoCan> {
  return asking(place, async ({ permissions, principals }) => {
    const allowed: Answer[] = []
    const conditional: Answer[] = []
    const asked = { ...wanted, resource: inAccount(wanted, account) }
    for await (const caller of principals.all()) {
      const answer = await answerOf(caller, asked, permissions, false)
      if (answer.allowed) allowed.push(answer)
      else {
        const perhaps = await answerOf(caller, asked, permissions, true)
        if (perhaps.allowed) conditional.push({ ...perhaps, allowed: false })
      }
    }
    return { allowed, conditional }
  })
}

/** A name would mean another resource for principals of another account. */
function inAccount({ action, resource, region }: Wanted, account: string): string {
  if (resource === '*' || resource.startsWith('arn:')) return resource
  const service = action.slice(0, action.indexOf(':')).toLowerCase()
  if (service === 'secretsmanager' || service === 'strongroom')
    return `arn:aws:secretsmanager:${region}:${account}:secret:${resource}`
  if (service === 'ssm') return `arn:aws:ssm:${region}:${account}:parameter/${resource.replace(/^\//, '')}`
  if (service === 'kms') {
    const kind = resource.startsWith('alias/') ? resource : `key/${resource}`
    return `arn:aws:kms:${region}:${account}:${kind}`
  }
  return resource
}

interface Asking {
  readonly permissions: Permissions
  readonly principals: Principals
}

async function asking<T>(place: Place, work: (asking: Asking) => Promise<T>): Promise<T> {
  const store = await openBeside(place)
  try {
    const vault = await openVaultBeside(store, place)
    try {
      const { identity, secrets, keys, parameters } = servicesOver(store, vault, systemRandom)
      return await store.unit('read', (unit) =>
        work({
          permissions: new Permissions(
            unit,
            { secrets: secrets as Service, keys: keys.service as Service, parameters: parameters as Service },
            identity.identities,
          ),
          principals: new Principals(unit, vault),
        }),
      )
    } finally {
      vault.close()
    }
  } finally {
    await store.close()
  }
}

async function answerOf(caller: Caller, wanted: Wanted, permissions: Permissions, relax: boolean): Promise<Answer> {
  const supposed = { ...wanted, now: systemClock.now() }
  const needed = await permissions.needed(caller, supposed)
  const verdicts = needed.map((permission) => verdictOf(permission, wanted, relax))
  return { principal: caller.principalArn, allowed: verdicts.every(({ allowed }) => allowed), permissions: verdicts }
}

function verdictOf(permission: Permission, { context }: Wanted, relax: boolean): Verdict {
  const { call, service, action, target, rule } = permission
  const asked = questionOf(call, service, action, target, rule)
  const supposed: Question = {
    ...asked,
    context: (key) => {
      const given = context.get(key)
      return given === undefined ? asked.context(key) : given.length === 1 ? given[0] : given
    },
  }
  const question = relax ? relaxed(supposed) : supposed
  const { decision, matched, missing } = explain(question)
  if (permission.never === true) {
    return {
      action,
      resource: target.resource,
      allowed: false,
      explicit: true,
      by: 'root',
      reasons: [],
      missing: [],
      absent: false,
    }
  }
  return {
    action,
    resource: target.resource,
    allowed: decision.allowed,
    explicit: !decision.allowed && decision.explicit,
    by: isGranted(decision) ? 'grant' : decision.by,
    reasons: matched.map((one) => reasonOf(one, target.resource)),
    missing,
    absent: permission.missing === true,
  }
}

/** A grant of KMS allows by no statement. */
function isGranted(decision: Decision): boolean {
  return decision.allowed && decision.by === 'resource' && decision.deciding === undefined
}

function reasonOf({ kind, policy, index, effect }: Matched, resource: string): Reason {
  const document = readJson(policy.source) as ReadonlyMap<string, Json>
  const written = document.get('Statement')
  const statement = (Array.isArray(written) ? written[index] : written) as ReadonlyMap<string, Json> | undefined
  const sid = statement?.get('Sid')
  return {
    effect,
    kind,
    policy: policy.origin?.id ?? resource,
    holder: policy.origin?.holder ?? '',
    statement: index + 1,
    sid: typeof sid === 'string' && sid !== '' ? sid : undefined,
  }
}

import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { contextOf } from '#kernel/authorization/context'
import type { Deciding } from '#kernel/authorization/evaluate'
import { type Json, readJson } from '#kernel/authorization/json'
import type { Caller } from '#kernel/call'
import type { Denial } from '#kernel/error'
import { SealBroken } from '#kernel/sealing/broken'
import type { Vault } from '#kernel/sealing/vault'

const LABEL = 'authorization/message'
/**
 * Bytes of every message before it is sealed. All are of one size, or their length would tell a caller who may not know it
 * what is there. What does not fit is told with less detail. Encoded: 2,8 KB, of the 8 KB of headers that clients read.
 */
const SIZE = 2048
/** The length of what is packed stands before it. */
const HEAD = 2
/** Condition keys that every message tells, as far as the request has them. Those of the target come besides. */
const GLOBAL = [
  'aws:CurrentTime',
  'aws:SourceIp',
  'aws:SourceVpce',
  'aws:SecureTransport',
  'aws:RequestedRegion',
  'aws:ViaAWSService',
  'aws:MultiFactorAuthPresent',
  'aws:PrincipalArn',
  'aws:PrincipalType',
]

/** Why calls were refused, for those who may look at it. */
export interface Denials {
  /** The message, sealed: it names policies and values that the refused caller need not know. */
  encode(denial: Denial): string
  /** The message as JSON; undefined for what is none of this deployment, or of another account. */
  decode(message: string, account: string): string | undefined
}

/** From everything to the bare names. */
const DETAILS = ['all', 'statement', 'reference', 'nothing'] as const
/** Most characters of a message when it is opened again; we made it, so this is for accidents only. */
const MOST_TEXT = 1024 * 1024

/** Messages are sealed by the vault, so that they open on every node and after every start. */
export function denialsWith(vault: Vault): Denials {
  return {
    encode(denial) {
      const padded = Buffer.alloc(SIZE)
      for (const detail of DETAILS) {
        const text = JSON.stringify([accountOf(denial), messageOf(denial, detail)])
        const packed = deflateRawSync(text)
        if (packed.length > SIZE - HEAD) continue
        padded.writeUInt16BE(packed.length)
        packed.copy(padded, HEAD)
        break
      }
      return vault.wrap(LABEL, padded, []).toString('base64url')
    },
    decode(message, account) {
      try {
        const padded = vault.unwrap(LABEL, Buffer.from(message, 'base64url'), [])
        const packed = padded.subarray(HEAD, HEAD + padded.readUInt16BE())
        const text = inflateRawSync(packed, { maxOutputLength: MOST_TEXT }).toString('utf8')
        const [owner, decoded] = JSON.parse(text) as [string, unknown]
        return owner === account ? JSON.stringify(decoded) : undefined
      } catch (error) {
        if (error instanceof SealBroken) return undefined
        throw error
      }
    },
  }
}

/** Who may look: the account of the refused caller, as AWS has it. */
function accountOf({ call }: Denial): string {
  return call.caller.account
}

/** The shape of the decoded message. Source: access.md 4; members of items as EC2's decoded messages have them. */
function messageOf({ decision, call, service, action, target }: Denial, detail: (typeof DETAILS)[number]): unknown {
  const { caller } = call
  const explicit = !decision.allowed && decision.explicit
  const context = contextOf(call, service, target)
  const keys = detail === 'all' ? [...GLOBAL, ...Object.keys(target.context ?? {})] : []
  const deciding = detail === 'nothing' ? undefined : decision.deciding
  return {
    allowed: false,
    explicitDeny: explicit,
    matchedStatements: { items: deciding === undefined ? [] : [statementOf(deciding, detail === 'reference')] },
    failures: { items: decision.allowed ? [] : [{ policyType: decision.by, reason: explicit ? 'denied' : 'silent' }] },
    context: {
      principal: { id: caller.userId, name: nameOf(caller), arn: caller.arn },
      action,
      resource: detail === 'nothing' ? '' : target.resource,
      conditions: {
        items: keys.flatMap((key) => {
          const value = context(key.toLowerCase())
          if (value === undefined) return []
          const values = typeof value === 'string' ? [value] : value
          return [{ key, values: { items: values.map((one) => ({ value: one })) } }]
        }),
      },
    },
  }
}

function nameOf({ kind, userName, arn }: Caller): string {
  return kind === 'root' ? 'root' : (userName ?? arn.slice(arn.lastIndexOf('/') + 1))
}

/** The statement as it is written, and the policy that it stands in; `brief`: without what it says. */
function statementOf({ policy, index }: Deciding, brief: boolean): unknown {
  const document = readJson(policy.source)
  const written = document instanceof Map ? (document as ReadonlyMap<string, Json>).get('Statement') : undefined
  const statement = Array.isArray(written) ? (written as readonly Json[])[index] : written
  const elements = statement instanceof Map ? (statement as ReadonlyMap<string, Json>) : new Map<string, Json>()
  const items = (name: string) => {
    const value = elements.get(name)
    const list = Array.isArray(value) ? (value as readonly Json[]) : value === undefined ? [] : [value]
    return { items: list.map((one) => ({ value: plain(one) })) }
  }
  const { origin } = policy
  const says = {
    principals: items(elements.has('NotPrincipal') ? 'NotPrincipal' : 'Principal'),
    actions: items(elements.has('NotAction') ? 'NotAction' : 'Action'),
    resources: items(elements.has('NotResource') ? 'NotResource' : 'Resource'),
    conditions: items('Condition'),
  }
  return {
    statementId: plain(elements.get('Sid') ?? ''),
    effect: elements.get('Effect') === 'Deny' ? 'DENY' : 'ALLOW',
    ...(origin === undefined
      ? {}
      : { policy: { type: origin.kind, id: origin.id, ...(origin.holder === '' ? {} : { holder: origin.holder }) } }),
    statementIndex: index,
    ...(brief ? {} : says),
  }
}

/** Maps as objects without a prototype. */
function plain(value: Json): unknown {
  if (Array.isArray(value)) return (value as readonly Json[]).map(plain)
  if (!(value instanceof Map)) return value
  const object: Record<string, unknown> = Object.create(null)
  for (const [key, inner] of value as ReadonlyMap<string, Json>) object[key] = plain(inner)
  return object
}

import { now } from '@strongroom/server/wire'
import type { Failure } from '../command.ts'
import { spanOf } from '../line.ts'
import { plain } from '../style.ts'
import { Refused } from '../wire/client.ts'

/** Our own operations on what was, as they are on the wire: moments are seconds since the epoch. */

/** A member that became, or becomes, another one. */
export interface Change {
  readonly Member: string
  readonly From?: string
  readonly To?: string
}

/** An entry of ListSecretHistory. */
export interface Entry {
  readonly EntryId: string
  readonly Time: number
  readonly PrincipalArn?: string
  readonly PrincipalId?: string
  /** Of a session: the role or user behind it. */
  readonly SessionIssuerArn?: string
  readonly SourceIPAddress?: string
  readonly RequestId?: string
  readonly EventName?: string
  readonly InvokedBy?: string
  readonly Kind: string
  readonly VersionId?: string
  readonly Changes?: readonly Change[]
  readonly ValueKept?: boolean
}

export interface HistoryPage {
  readonly ARN: string
  readonly Name: string
  /** Of a secret that is gone for good. */
  readonly GoneDate?: number
  readonly Entries: readonly Entry[]
  readonly NextToken?: string
}

/** An answer of CompareSecretVersions. */
export interface Comparison {
  readonly ARN: string
  readonly Name: string
  readonly From: { readonly VersionId: string; readonly CreatedDate?: number }
  readonly To: { readonly VersionId: string; readonly CreatedDate?: number }
  readonly Format: 'JSON' | 'Text' | 'Binary'
  readonly Identical: boolean
  readonly Differences: readonly Difference[]
  /** There are more. */
  readonly Truncated?: boolean
}

export interface Difference {
  /** A JSON pointer; empty for the whole value. */
  readonly Path: string
  readonly Change: 'Added' | 'Removed' | 'Changed'
  readonly From?: string
  readonly To?: string
}

/** A secret in an answer of RestoreSecrets. */
export interface RestoredSecret {
  readonly ARN: string
  readonly Name: string
  readonly Status: string
  readonly Changes: readonly Change[]
  readonly NotKept?: readonly { readonly VersionStage: string; readonly VersionId: string }[]
  readonly FromHistory?: readonly string[]
  readonly KnownSince?: number
  readonly GoneDate?: number
  readonly PlanToken?: string
  readonly ErrorCode?: string
  readonly ErrorMessage?: string
}

export interface RestorePage {
  readonly Secrets: readonly RestoredSecret[]
  readonly Unchanged: number
  readonly NotPermitted: number
  readonly NextToken?: string
}

/** `2026-11-23 01:55:10 UTC` */
export const shownTime = (seconds: number): string =>
  `${new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')} UTC`

/** The same, to the millisecond where there are any. */
export const exactTime = (seconds: number): string => {
  const ms = Math.round(seconds * 1000) % 1000
  return ms === 0 ? shownTime(seconds) : shownTime(seconds).replace(' UTC', `.${String(ms).padStart(3, '0')} UTC`)
}

/** For a program: ISO 8601 with milliseconds, as `--as-of` takes it. */
export const isoTime = (seconds: number | undefined): string | undefined =>
  seconds === undefined ? undefined : new Date(Math.round(seconds * 1000)).toISOString()

/** A change as a person reads it: `Description: old → new`; what was not there is `(none)`. */
export function shownChange({ Member, From, To }: Change, most = 200): string {
  const name = plain(Member)
  if (From === undefined && To === undefined) return name
  return `${name}: ${side(From, most)} → ${side(To, most)}`
}

function side(text: string | undefined, most: number): string {
  if (text === undefined) return '(none)'
  const shown = plain(text)
  return shown.length <= most ? shown : `${shown.slice(0, most)}…`
}

const TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d(?:\.\d{1,3})?)?)?(?: ?Z| ?UTC|([+-]\d\d:\d\d))?$/

/**
 * A time in milliseconds: `2026-11-01`, `2026-11-01T10:30`, `2026-11-01T10:30:00.123Z` (UTC unless an offset says otherwise), or so
 * long ago: `90m`, `24h`, `7d`. Throws what `wrong` makes.
 */
export function timeOf(text: string, flag: string, now: number, wrong: (what: string) => Failure): number {
  const ago = spanOf(text)
  if (ago !== undefined) return Math.max(0, now - ago)
  const [, day, clock = '00:00', seconds = '', offset = 'Z'] = TIME.exec(text) ?? []
  const at = day === undefined ? Number.NaN : Date.parse(`${day}T${clock}${seconds}${offset}`)
  // Date.parse makes 2 March of 30 February
  if (Number.isNaN(at) || !new Date(`${day}T00:00:00Z`).toISOString().startsWith(day ?? ''))
    throw wrong(`${flag} takes a time (2026-11-01, 2026-11-01T10:30, 2026-11-01T10:30:00Z) or a span (24h, 7d)`)
  return at
}

/**
 * Asks for versions that are named by `names` of the input. What is no label of the secret and reads as a time is asked for again as the
 * time that it is: `2026-11-01`, `2h` and what history prints name versions too, and a label that is called so is still a label.
 */
export async function namingVersions<Name extends string, In extends Partial<Readonly<Record<Name, string>>>, Out>(
  names: readonly Name[],
  input: In,
  ask: (input: In) => Promise<Out>,
): Promise<Out> {
  const startedAt = now()
  let asked = input
  for (;;) {
    try {
      return await ask(asked)
    } catch (error) {
      if (!(error instanceof Refused) || error.aws !== 'ResourceNotFoundException') throw error
      const name = names.find(
        (each) => asked[each] !== undefined && error.text.endsWith(`staging label: ${asked[each]}`),
      )
      if (name === undefined) throw error
      const at = timeOf(asked[name] ?? '', name, startedAt, () => error)
      asked = { ...asked, [name]: new Date(at).toISOString() }
    }
  }
}

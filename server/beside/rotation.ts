import type { AuditEvent } from '#kernel/audit/event'
import { openAuditReader } from '#kernel/audit/offline'
import { systemClock } from '#kernel/clock'
import { systemRandom } from '#kernel/random'
import { openBeside, openVaultBeside, type Place } from '#kernel/storage/beside'
import { StorageError } from '#kernel/storage/error'
import type { Unit } from '#kernel/storage/storage'
import { withStore } from './accounts.ts'
import { servicesOver } from '../assembly/services.ts'
import type { PrincipalsNow } from '../services/iam/port.ts'
import * as administration from '../services/secretsmanager/administration.ts'
import type { Within } from '../services/secretsmanager/attempts.ts'
import { callBeside, record } from './recording.ts'

export type { Listed, Shown, ShownReader } from '../services/secretsmanager/administration.ts'

/**
 * Rotations, for whoever can reach the store of a deployment and its seal: where and why one stopped, and what can be done about
 * it. All of it works beside a running server, which goes on with what was changed at once.
 */

/** One secret, as a person names it. */
export interface Wanted {
  /** Name or ARN. */
  readonly secret: string
  readonly account: string
  readonly region: string
}

/** One thing that the trail knows of a rotation. */
export interface Told {
  readonly time: string
  readonly event: string
  /** The version that was to be filled. */
  readonly version: string
  readonly error: string | undefined
}

/** Records that are looked through for the history of one secret. */
const MOST_RECORDS = 5000
const MOST_TOLD = 20

/** All rotations, or those of one account or region. */
export function listRotations(
  place: Place,
  only: { readonly account?: string; readonly region?: string },
): Promise<administration.Listed[]> {
  return reading(place, (unit, { policies }) =>
    administration.listRotations(unit, policies, { ...only, now: systemClock.now() }),
  )
}

/** Where the rotation of one secret stands, and what the trail still knows of earlier ones, the latest first. */
export async function showRotation(
  place: Place,
  wanted: Wanted,
): Promise<{ readonly shown: administration.Shown; readonly history: readonly Told[] }> {
  const shown = await reading(place, async (unit, { within, principals }) => {
    const found = await administration.showRotation(within(unit, wanted, []), wanted.secret, systemClock.now())
    const { account, configuredBy = '' } = found
    // of another account it is `account/id`
    const [owner = '', id = ''] = configuredBy.includes('/') ? configuredBy.split('/') : [account, configuredBy]
    const who = id === '' ? undefined : await principals.principal(owner, id, unit)
    return { ...found, configuredBy: who?.arn ?? found.configuredBy }
  })
  return { shown, history: await historyOf(place, shown.arn) }
}

/** Who read which version last. */
export function readersOf(place: Place, wanted: Wanted): Promise<administration.ShownReader[]> {
  return reading(place, (unit, { within }) => administration.showReaders(within(unit, wanted, []), wanted.secret))
}

/** Has a rotation that waits tried again now. Answers the secret's ARN. */
export function retryRotation(place: Place, wanted: Wanted): Promise<string> {
  return changing(place, wanted, 'RetryRotation', async (within, now) => {
    const { arn } = await administration.retryRotation(within, wanted.secret, now)
    return { arn, answer: arn, parameters: {} }
  })
}

/** Turns rotation off; `drop`: takes AWSPENDING away too. Answers the version that lost it. */
export function cancelRotation(
  place: Place,
  wanted: Wanted,
  drop: boolean,
): Promise<{ readonly arn: string; readonly dropped: string | undefined }> {
  return changing(place, wanted, 'CancelRotateSecret', async (within, now) => {
    const { secret, dropped } = await administration.cancelRotation(within, wanted.secret, drop, now)
    const { arn } = secret
    return {
      arn,
      answer: { arn, dropped },
      parameters: dropped === undefined ? {} : { pendingVersionDropped: dropped },
    }
  })
}

/** Has rotations wait for readers of the old version, so long at the most (`7d`); undefined: no more. Answers the ARN. */
export function holdRotation(place: Place, wanted: Wanted, deadline: string | undefined): Promise<string> {
  return changing(place, wanted, deadline === undefined ? 'UntagResource' : 'TagResource', async (within, now) => {
    const { arn } = await administration.holdRotation(within, wanted.secret, deadline, now)
    return { arn, answer: arn, parameters: { hold: deadline ?? 'off' } }
  })
}

interface Reading {
  readonly policies: Parameters<typeof administration.listRotations>[1]
  readonly within: ReturnType<typeof servicesOver>['secrets']['administer']
  readonly principals: PrincipalsNow
}

async function reading<T>(place: Place, work: (unit: Unit, parts: Reading) => Promise<T>): Promise<T> {
  const store = await openBeside(place)
  try {
    const vault = await openVaultBeside(store, place)
    try {
      const { secrets, identity } = servicesOver(store, vault, systemRandom)
      const parts = { policies: secrets.policies, within: secrets.administer, principals: identity.callers }
      return await store.unit('read', (unit) => work(unit, parts))
    } finally {
      vault.close()
    }
  } catch (error) {
    throw forPeople(error)
  } finally {
    await store.close()
  }
}

interface Changed<T> {
  readonly arn: string
  readonly answer: T
  readonly parameters: Readonly<Record<string, unknown>>
}

/** Changes something in one unit, which also leaves the record of it. */
async function changing<T>(
  place: Place,
  wanted: Wanted,
  eventName: string,
  work: (within: Within, now: number) => Promise<Changed<T>>,
): Promise<T> {
  try {
    return await withStore(place, async (storage, vault) => {
      const { secrets } = servicesOver(storage, vault, systemRandom)
      return storage.unit('write', async (unit) => {
        const now = systemClock.now()
        const events: AuditEvent[] = []
        const { arn, answer, parameters } = await work(secrets.administer(unit, wanted, events), now)
        const requestParameters = { secretId: arn, ...parameters }
        await record(storage, unit, [
          { ...eventOf(wanted, now), eventName, requestParameters, responseElements: { arn } },
          ...events,
        ])
        return answer
      })
    })
  } catch (error) {
    throw forPeople(error)
  }
}

/** A change that came by no request: by whoever runs the server. */
export function eventOf(wanted: Wanted, now: number): Pick<AuditEvent, 'call' | 'eventSource' | 'readOnly'> {
  return { call: callBeside(wanted, now), eventSource: 'secretsmanager.amazonaws.com', readOnly: false }
}

async function historyOf(place: Place, arn: string): Promise<Told[]> {
  const reader = await openAuditReader(place)
  try {
    const { records } = await reader.last(MOST_RECORDS)
    const told: Told[] = []
    for (const { record: text } of records.toReversed()) {
      // Most are of something else: only what names the secret is read.
      if (!text.includes(arn) || !text.includes('Rotat')) continue
      const one = JSON.parse(text) as Recorded
      const name = one.eventName ?? ''
      if (one.additionalEventData?.SecretId !== arn || !/^(Test)?Rotation/.test(name)) continue
      const version = (one.requestID ?? '').slice(`Rotation-${arn}-`.length)
      told.push({ time: one.eventTime ?? '', event: name, version, error: one.errorMessage })
      if (told.length === MOST_TOLD) break
    }
    return told
  } finally {
    await reader.close()
  }
}

interface Recorded {
  readonly eventName?: string
  readonly eventTime?: string
  readonly requestID?: string
  readonly errorMessage?: string
  readonly additionalEventData?: { readonly SecretId?: string }
}

/** A refusal as the command tells it. */
export function forPeople(error: unknown): unknown {
  if (!(error instanceof administration.NotDone)) return error
  return new StorageError(error.message, error.hint === undefined ? {} : { hint: error.hint })
}

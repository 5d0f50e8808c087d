import { type Rotation, type Run, STEPS, type Step } from './rotation.ts'
import { CURRENT, PENDING, type Stages } from './stages.ts'

/** The rules of a rotation that runs. Source: rotation.md 3. */

const MINUTE_MS = 60_000
/** Waits after the first four attempts; after the fifth the next window is waited for. Source: rotation.md 3.4. */
const RETRY_MINUTES = [1, 5, 15, 60] as const
/** A function that can't be reached for the moment is asked again after so long: no attempt is used up. */
export const THROTTLED_MS = 30_000
/**
 * So long a process counts as alive after it last said so: what it had claimed is free then. It says so again every third of it,
 * and takes itself for dead earlier than others do, so that clocks may differ by the rest.
 */
export const LEASE_MS = 40_000
export const RENEW_MS = 10_000
export const FENCE_MS = 30_000
/** RotateSecret promises no window: so long its retries take. */
export const PROMPT_MS = 120 * MINUTE_MS
/** Later than this a planned rotation comes only when nothing ran: the list of jobs is looked at all the time. */
export const LATE_MS = 5 * MINUTE_MS
const MOST_FAILURE = 1000

/** A whole number from 0 to before `below`. */
type Chance = (below: number) => number

/** The step that a rotation begins with, each time it is tried. */
export const firstStep = (phase: Run['phase']): Step => (phase === 'test' ? 'testSecret' : 'createSecret')

/** The step after this one; undefined after the last. `checked`: a function is asked whether the new value is any good. */
export function stepAfter({ phase, step }: Pick<Run, 'phase' | 'step'>, checked: boolean): Step | undefined {
  if (phase === 'test' || step === 'returnSecret') return undefined
  if (step === 'checkSecret') return 'finishSecret'
  if (step === 'testSecret' && checked) return 'checkSecret'
  return STEPS[STEPS.indexOf(step) + 1]
}

/** Whether a failure here leaves a password in place that may be of no use: the old one can be set again. */
export const mayReturn = ({ phase, step }: Pick<Run, 'phase' | 'step'>): boolean =>
  phase === 'real' && (step === 'testSecret' || step === 'checkSecret')

/** Milliseconds until the next attempt, ±20 %; undefined: it waits for the next window. `attempt`: that failed, from 1. */
export function retryAfter(attempt: number, chance: Chance): number | undefined {
  const minutes = RETRY_MINUTES[attempt - 1]
  if (minutes === undefined) return undefined
  const ms = minutes * MINUTE_MS
  return Math.round(ms * 0.8) + chance(Math.round(ms * 0.4) + 1)
}

/** Whether a run has used its retries up and is tried once in each following window. */
export function waitsForWindow({ attempt, failure, node }: Pick<Run, 'attempt' | 'failure' | 'node'>): boolean {
  return node === undefined && failure !== undefined && attempt > RETRY_MINUTES.length + 1
}

/** Whether the run's version still is what the rotation works towards: pending, or current already. */
export function holdsOn(stages: Stages, token: string): boolean {
  return stages.get(PENDING) === token || stages.get(CURRENT) === token
}

/** Whether AWSPENDING is on another version than the current one: a rotation has begun and not ended. Source: rotation.md 3.3. */
export function pendingVersion(stages: Stages): string | undefined {
  const pending = stages.get(PENDING)
  return pending === stages.get(CURRENT) ? undefined : pending
}

/** AWS's text of a failed step. Recorded: rotation.md 3.2. */
export const stepFailed = (functionArn: string, step: Step): string =>
  // Assumed: of a secret that a service rotates without a function.
  `Error when executing ${functionArn.endsWith('.amazonaws.com') ? `the rotation of ${functionArn}` : `lambda ${functionArn}`} during ${step} step`

/** What is kept of a failure for those who look after it. */
export function failureOf(step: Step, errorType: string, errorMessage: string): string {
  return cutFailure(`${step}: ${errorType}: ${errorMessage}`)
}

export const cutFailure = (text: string): string => text.slice(0, MOST_FAILURE)

/** The same text for whoever finds AWSPENDING on a version that no rotation made. Source: rotation.md 3.2. */
export const foreignPending = (version: string, arn: string, functionArn: string): string =>
  `Pending secret version ${version} for Secret ${arn} was not created by Lambda ${functionArn}. Remove the AWSPENDING staging label and restart rotation`

/** Whether the next rotation is counted from the last one, or from a value put by hand; a cron expression looks at the calendar. */
export function countsFromBase({ rules }: Pick<Rotation, 'rules'>): boolean {
  return rules.automaticallyAfterDays !== undefined || rules.scheduleExpression?.trim().startsWith('rate') === true
}

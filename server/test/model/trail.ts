import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { isOwn, type Made, OPERATIONS } from './call.ts'
import { reads } from './making-own.ts'
import type { Certainty } from './trial.ts'

const program = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url))

interface AuditRecord {
  readonly requestID: string
  readonly eventSource: string
  readonly eventName: string
  readonly userAgent: string
  readonly errorCode?: string
  readonly requestParameters?: { readonly secretId?: string; readonly prefix?: string } | null
}

const SOURCES = ['secretsmanager.amazonaws.com', 'strongroom.local']
/** What became of a secret under RestoreSecrets that has a record of its own. */
const RESTORED: readonly string[] = ['Restored', 'RestoredInPart', 'Deleted', 'Refused']

/**
 * Verifies the chain with the program's own command, and that the trail tells of each call what came of it: one record of each that was
 * answered, with the code of its refusal, and of those that were not what the secrets themselves show; of RestoreSecrets one besides for
 * each secret that it has restored or may not. Answers the number of records.
 */
export async function checkTrail(
  place: { readonly directory: string; readonly database?: string | undefined },
  made: readonly Made[],
  lost: ReadonlyMap<Made, Certainty>,
): Promise<number> {
  const flags = ['--data', place.directory, ...(place.database === undefined ? [] : ['--database', place.database])]
  const run = async (...args: string[]) =>
    (
      await promisify(execFile)(process.execPath, [program, 'audit', ...args, ...flags], {
        maxBuffer: 2 ** 30,
        env: { PATH: process.env.PATH },
      })
    ).stdout
  const verdict = JSON.parse(await run('verify', '--json')) as { ok: boolean; records: number; problems: unknown[] }
  assert.deepEqual([verdict.ok, verdict.problems], [true, []])
  const records = (await run('tail', '-n', String(verdict.records), '--json'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as AuditRecord)
    .filter(({ eventSource, userAgent }) => SOURCES.includes(eventSource) && /^model\/\d+$/.test(userAgent))
  const byRequest = Map.groupBy(records, ({ requestID }) => requestID)
  const byAgent = Map.groupBy(records, ({ userAgent }) => userAgent)
  for (const { call, outcome, requestId, agent } of made) {
    const what = `${OPERATIONS[call.op]} by ${agent}`
    if (outcome.kind === 'lost') continue
    const source = SOURCES[isOwn(call.op) ? 1 : 0]
    const its = (byRequest.get(requestId ?? '') ?? []).filter(
      ({ eventName, eventSource }) => eventName === OPERATIONS[call.op] && eventSource === source,
    )
    const found = call.op === 'goback' ? its.filter(isOfCall) : its
    if (call.op === 'goback') checkRestored(what, outcome, its)
    const code = outcome.kind === 'refused' ? outcome.code : undefined
    assert.deepEqual(
      found?.map(({ errorCode, userAgent }) => [errorCode, userAgent]),
      [[code, agent]],
      `the records of ${what}`,
    )
  }
  for (const [{ call, agent }, certainty] of lost) {
    if (certainty === 'either' || reads(call)) continue
    const done = (byAgent.get(agent) ?? []).filter(
      (record) => record.errorCode === undefined && record.eventName === OPERATIONS[call.op] && isOfCall(record),
    )
    assert.equal(
      done.length,
      certainty === 'made' ? 1 : 0,
      `the records of ${OPERATIONS[call.op]} by ${agent}, ${certainty}`,
    )
  }
  return verdict.records
}

/** Not of one secret that RestoreSecrets has gone about. */
const isOfCall = ({ eventName, requestParameters }: AuditRecord): boolean =>
  eventName !== 'RestoreSecrets' || requestParameters?.secretId === undefined

/** The records of single secrets are of those that the answer says were restored, or may not be. */
function checkRestored(what: string, outcome: Made['outcome'], records: readonly AuditRecord[]): void {
  const items = outcome.kind === 'answered' ? (outcome.answer.Secrets ?? []) : []
  const expected = items.flatMap(({ ARN, Status, ErrorCode }) => (RESTORED.includes(Status) ? [[ARN, ErrorCode]] : []))
  const found = records
    .filter((record) => !isOfCall(record))
    .map(({ requestParameters, errorCode }) => [requestParameters?.secretId, errorCode])
  assert.deepEqual(found.sort(), expected.sort(), `the records of secrets under ${what}`)
}

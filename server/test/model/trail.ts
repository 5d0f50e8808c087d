import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Made, OPERATIONS } from './call.ts'
import type { Certainty } from './trial.ts'

const program = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url))

/** Calls that read: what they leave when they are not answered says nothing. */
const READS: readonly string[] = ['get', 'describe']

interface AuditRecord {
  readonly requestID: string
  readonly eventSource: string
  readonly eventName: string
  readonly userAgent: string
  readonly errorCode?: string
}

/**
 * Verifies the chain with the program's own command, and that the trail tells of each call what came of it: one record of each that was
 * answered, with the code of its refusal, and of those that were not what the secrets themselves show. Answers the number of records.
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
    .filter(
      ({ eventSource, userAgent }) => eventSource === 'secretsmanager.amazonaws.com' && /^model\/\d+$/.test(userAgent),
    )
  const byRequest = Map.groupBy(records, ({ requestID }) => requestID)
  const byAgent = Map.groupBy(records, ({ userAgent }) => userAgent)
  for (const { call, outcome, requestId, agent } of made) {
    const what = `${OPERATIONS[call.op]} by ${agent}`
    if (outcome.kind === 'lost') continue
    const found = byRequest.get(requestId ?? '')?.filter(({ eventName }) => eventName === OPERATIONS[call.op])
    const code = outcome.kind === 'refused' ? outcome.code : undefined
    assert.deepEqual(
      found?.map(({ errorCode, userAgent }) => [errorCode, userAgent]),
      [[code, agent]],
      `the records of ${what}`,
    )
  }
  for (const [{ call, agent }, certainty] of lost) {
    if (certainty === 'either' || READS.includes(call.op)) continue
    const done = (byAgent.get(agent) ?? []).filter(
      ({ errorCode, eventName }) => errorCode === undefined && eventName === OPERATIONS[call.op],
    )
    assert.equal(
      done.length,
      certainty === 'made' ? 1 : 0,
      `the records of ${OPERATIONS[call.op]} by ${agent}, ${certainty}`,
    )
  }
  return verdict.records
}

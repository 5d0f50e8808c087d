import assert from 'node:assert/strict'
import type { Caller } from '#kernel/call'
import { RowForged } from '#kernel/sealing/row-mac'
import type { Value } from '#kernel/storage/storage'
import type { Trial } from './trial.ts'

// Somebody who can write the database and has no seal.

/** Writes past the server; answers how many rows. */
export function write(iam: Trial, sql: string, parameters: Record<string, Value> = {}): Promise<number> {
  return iam.storage.unit('write', async (unit) => {
    unit.touch('iam')
    return unit.run({ name: `test/${sql}`, sql }, parameters)
  })
}

export const forged = (error: unknown) => error instanceof RowForged

/** The access key is an error, in `serve` and in `dev`. */
export async function unusable(iam: Trial, { accessKeyId }: Caller, said: string): Promise<void> {
  await assert.rejects(async () => iam.iam.callers.find(accessKeyId), forged, said)
  await assert.rejects(async () => iam.iam.callers.retired(accessKeyId), forged, said)
}

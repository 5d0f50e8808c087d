import { statement } from '#kernel/storage/storage'

/** A policy that has had its effect: which one, by the SHA-256 of its text, and when it was due. */
export interface DoneRow {
  readonly policy: string
  readonly due_at: number
}

const OF = 'account = :account and region = :region and parameter = :parameter'

export const listDone = statement('parameter-policy/list', `select policy, due_at from parameter_policy where ${OF}`)
export const insertDone = statement(
  'parameter-policy/insert',
  `insert into parameter_policy (account, region, parameter, policy, due_at)
   values (:account, :region, :parameter, :policy, :due_at)
   on conflict (account, region, parameter, policy, due_at) do nothing`,
)
export const deleteDone = statement(
  'parameter-policy/delete',
  `delete from parameter_policy where ${OF} and policy = :policy and due_at = :due_at`,
)
export const deleteAllDone = statement('parameter-policy/delete-all', `delete from parameter_policy where ${OF}`)

/** A version that is looked at before it is seen. `write`: JSON; `content`: as a version keeps it. */
export interface PendingRow {
  readonly write: string
  readonly content: Uint8Array
  readonly mac: Uint8Array
}

const BY_KEY = 'account = :account and region = :region and key = :key'

export const findPending = statement(
  'parameter-pending/find',
  `select write, content, mac from parameter_pending where ${BY_KEY}`,
)
export const insertPending = statement(
  'parameter-pending/insert',
  `insert into parameter_pending (account, region, key, write, content, mac)
   values (:account, :region, :key, :write, :content, :mac)`,
)
export const deletePending = statement('parameter-pending/delete', `delete from parameter_pending where ${BY_KEY}`)

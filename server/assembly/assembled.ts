import type { Following } from '#kernel/audit/follower'
import type { JournalTrail } from '#kernel/audit/journal-trail'
import type { Reading } from '#kernel/audit/reading'
import type { Caller } from '#kernel/call'
import type { JobRunner } from '#kernel/jobs/runner'
import type { Reply } from '#kernel/protocol/reply'
import type { Routes } from '#kernel/routes'
import type { Held } from '#kernel/sealing/held'
import type { Vault } from '#kernel/sealing/vault'
import type { Service } from '#kernel/service'
import type { RawRequest } from '#kernel/signature/request'
import type { Storage } from '#kernel/storage/storage'
import type { Iam } from '../services/iam/service.ts'
import type { Lambda } from '../services/lambda/service.ts'
import type { Logs } from '../services/logs/service.ts'
import type { Health } from './health.ts'

/** A server put together: everything but the socket. */
export interface Assembled {
  readonly storage: Storage
  readonly vault: Vault
  /** The keys that the vault works with. */
  readonly held: Held
  readonly trail: JournalTrail
  /** Log groups, for who runs the server. */
  readonly logs: Pick<Logs, 'reader' | 'writer'>
  /** The trail, read: lookups, and the counters of usage. */
  readonly reading: Reading
  /** Who follows the trail, and how far they are. */
  readonly following: Following
  readonly iam: Iam
  readonly services: readonly Service[]
  readonly routes: Routes
  readonly runner: JobRunner
  handle(raw: RawRequest): Promise<Reply>
  /** What the operation that a request names takes beyond the usual. */
  allowance: Routes['allowance']
  /** The access key that an Authorization header names, when somebody has it and it is active: nothing is verified by it. */
  uploader(authorization: string, sessionToken: string | undefined): Promise<string | undefined>
  /** Answers of links to the code of functions. */
  readonly downloads: Lambda['downloads']
  /** Says where functions that run on this machine reach the server. */
  reachedAt(endpoint: { readonly url: string; readonly ca?: string | undefined }): void
  /** Does an operation in the name of a caller, as if it had come over the wire with a good signature. */
  local(target: string, input: unknown, caller: Caller): Promise<unknown>
  health(): Promise<Health>
  /** Writes down what reads left in memory. */
  flush(): Promise<void>
  close(): Promise<void>
}

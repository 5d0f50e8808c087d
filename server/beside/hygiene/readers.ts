import { decide } from '#kernel/authorization/authorize'
import type { Call, Caller } from '#kernel/call'
import type { Target } from '#kernel/operation'

const READ = 'secretsmanager:GetSecretValue'

/** Counts who may read secrets: the principals of a store, asked once for each. */
export class ReaderCount {
  readonly #calls: ReadonlyMap<string, readonly Call[]>
  readonly #most: number

  /** `callers`: users and roles; root users may read all that is their account's, and do not count. `most`: how far it counts. */
  constructor(callers: readonly Caller[], region: string, now: number, most: number) {
    const calls = new Map<string, Call[]>()
    for (const caller of callers) {
      if (caller.kind === 'root') continue
      const of = calls.get(caller.account)
      const call = callOf(caller, region, now)
      if (of === undefined) calls.set(caller.account, [call])
      else of.push(call)
    }
    this.#calls = calls
    this.#most = most
  }

  /** How many may, by what policies say without conditions that a request decides; at most one more than `most`. */
  of(account: string, target: Target): number {
    let found = 0
    // without a policy of its own nobody of another account gets in
    const lists = target.policy === undefined ? [this.#calls.get(account) ?? []] : this.#calls.values()
    for (const calls of lists) {
      for (const call of calls) {
        if (decide(call, 'secretsmanager', READ, target).allowed && ++found > this.#most) return found
      }
    }
    return found
  }
}

function callOf(caller: Caller, region: string, now: number): Call {
  const { account } = caller
  return { requestId: '', caller, account, region, now, sourceIp: '', userAgent: '', secure: true, events: [] }
}

import type { KeyObject } from 'node:crypto'
import { One } from '#kernel/audit/one-follower'
import type { Follower, Following, Wanted } from '#kernel/audit/follower'
import type { Heads, Place } from '#kernel/audit/place'
import { Positions } from '#kernel/audit/positions'
import type { Taken } from '#kernel/audit/taking'
import type { Clock } from '#kernel/clock'
import type { Storage } from '#kernel/storage/storage'

/** Where records come from: the journal, read in this thread or in another one. */
export interface Source {
  heads(known: number, open: readonly number[]): Promise<Heads>
  take(from: Place, heads: Heads, wanted: Wanted): Promise<Taken>
}

/** What followers work with. */
export interface FollowingParts {
  readonly storage: Storage
  readonly source: Source
  readonly clock: Clock
  /** Of the vault, `macKey('audit/follower')`: authenticates positions. */
  readonly key: KeyObject
  /** The name of this process: no other one has it. */
  readonly node: string
  /** No other process follows this store: it is held for as long as this one runs. */
  readonly alone: boolean
  readonly followers: readonly Follower[]
  /** Settles when what was recorded by now is in the journal. */
  readonly flushed: () => Promise<void>
  /** Which of these writers can write nothing any more. */
  readonly ended: (writers: readonly string[]) => Promise<readonly string[]>
  /** How many records this process has written: while it stays the same, the journal is looked at seldom. */
  readonly written: () => number
  /** How long `passed` waits, milliseconds of the machine; by default a minute. */
  readonly passedMs?: number
  /** Told when somebody fails (once, not for each try), and when he goes on again (undefined). */
  readonly onProblem: (name: string, problem: unknown) => void
}

/** Milliseconds of the machine between two looks, when this process has written something; and when it has not. */
const LOOK_MS = 100
const SELDOM = 10
/** How long others leave a follower to the process that follows. */
const LEASE_MS = 30_000
/** Longer than a process keeps to itself that it is past what nobody wanted. */
const PASSED_MS = 60_000

/** Follows the journal for everybody in `followers`. */
export function followTrail(parts: FollowingParts): Following {
  const names = new Set(parts.followers.map(({ name }) => name))
  if (names.size < parts.followers.length) throw new Error('two followers of the audit journal have one name')
  // alone: whoever held a follower before is dead
  const positions = new Positions(parts.key, parts.node, parts.alone ? 0 : LEASE_MS)
  const all = parts.followers.map((follower) => new One(follower, { ...parts, positions, leaseMs: LEASE_MS }))
  let timer: NodeJS.Timeout | undefined
  let seen = -1
  let quiet = 0
  let looking: Promise<void> | undefined

  const round = async (force: boolean): Promise<void> => {
    await Promise.all(all.map((one) => one.run(force)))
  }
  const look = (): void => {
    const written = parts.written()
    const due = written !== seen || ++quiet >= SELDOM
    if (!due) return
    seen = written
    quiet = 0
    // Somebody who takes long keeps nobody else waiting: those who are busy are passed over.
    for (const one of all) if (!one.busy) void one.run(false)
  }
  return {
    start() {
      if (all.length > 0) timer ??= setInterval(look, LOOK_MS).unref()
    },
    async stop() {
      clearInterval(timer)
      timer = undefined
      await looking
      await Promise.all(all.map((one) => one.stop()))
    },
    async settle() {
      await parts.flushed()
      looking = round(true)
      await looking
    },
    async passed(name) {
      await parts.flushed()
      const at = parts.followers.findIndex((follower) => follower.name === name)
      if (!(await all[at]?.passed(parts.passedMs ?? PASSED_MS)))
        throw new Error(`${name} has not taken all that is in the audit journal`)
    },
    state: () => all.map((one) => one.state()),
  }
}

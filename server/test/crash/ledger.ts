import assert from 'node:assert/strict'

/** What a client knows of one secret. */
export interface Known {
  readonly description: string
  readonly tag: string
  readonly deleted: boolean
  /** Value by version id (which is the client's token), in the order in which they were put. */
  readonly versions: ReadonlyMap<string, string>
  readonly current: string
  readonly previous: string | undefined
}

/** Undefined: there is no such secret. */
export type State = Known | undefined

/**
 * One secret, or one parameter, with one writer, who waits for each answer: so its state is known, but for the one change that was sent and
 * not acknowledged when the server died. That one is there as a whole or not at all.
 */
export class Ledger<S = State> {
  readonly name: string
  #sure: S | undefined
  /** What it is if the change on its way was made. */
  #perhaps: { readonly state: S | undefined } | undefined
  acknowledged = 0

  constructor(name: string) {
    this.name = name
  }

  get sure(): S | undefined {
    return this.#sure
  }

  /** Sends a change that leads to `next`; when it throws, the change may have been made or not. */
  async change(next: S | undefined, send: () => Promise<unknown>): Promise<void> {
    this.#perhaps = { state: next }
    await send()
    this.#sure = next
    this.#perhaps = undefined
    this.acknowledged++
  }

  /** Holds what the server shows against what is known; from here on it is known. Answers whether a change was open. */
  settle(seen: S | undefined): 'open, made' | 'open, not made' | 'certain' {
    const open = this.#perhaps
    this.#perhaps = undefined
    if (open !== undefined && same(seen, open.state)) {
      this.#sure = seen
      return 'open, made'
    }
    // shows the difference
    assert.deepEqual(comparable(seen), comparable(this.#sure), `${this.name} is not as it was acknowledged`)
    return open === undefined ? 'certain' : 'open, not made'
  }
}

/** Maps say the same in whatever order. */
const comparable = (state: unknown): unknown =>
  JSON.parse(
    JSON.stringify(state ?? null, (_, value) =>
      value instanceof Map ? Object.fromEntries([...value].toSorted()) : value,
    ),
  )
const same = (a: unknown, b: unknown) => JSON.stringify(comparable(a)) === JSON.stringify(comparable(b))

/** The state after a put. Source: staging labels of API_PutSecretValue. */
export function put(state: Known, token: string, value: string): Known {
  return { ...state, versions: new Map([...state.versions, [token, value]]), current: token, previous: state.current }
}

import { systemClock } from '#kernel/clock'
import { SealError } from '#kernel/sealing/error'
import type { KeyringVault } from '#kernel/sealing/keyring'
import {
  keyringOf,
  newestOf,
  type Opening,
  openRoot,
  openTerms,
  readStored,
  rootNumber,
  type Stored,
  successor,
} from '#kernel/sealing/open'
import type { Root } from '#kernel/sealing/root'
import { dropLinks } from '#kernel/sealing/rows.sql'
import type { Vault } from '#kernel/sealing/vault'
import type { Storage } from '#kernel/storage/storage'

/** How often a server looks whether the keys were changed: a new term may be used only long after every server has it. */
const LOOK_MS = 2000
/** How long a new root key lies in the store under the old one, for servers that run. */
export const LINK_MS = 10 * 60_000

/** The keys of a server that runs: it follows what commands beside it, or other nodes, do to them. */
export interface Held {
  readonly vault: Vault
  /** The root key as it is now. */
  root(): Root
  /** Looks now, and takes what is new. Rejects when that can't be opened; then the keys stay as they were. */
  follow(): Promise<void>
  /** Looks again and again, until `close`. */
  start(): void
  /** Why the keys of the store could not be followed at the last look. Words for anybody. */
  trouble(): string | undefined
  close(): void
}

/** What a holder is told. */
export interface Holding extends Opening {
  readonly storage: Storage
  /** A look failed. Told once until one succeeds again. */
  onProblem?(error: unknown): void
  /** The root key is another one now. */
  onRoot?(root: Root): void
}

/** Opens the keys (see `openVault`) and holds them. */
export async function openHeld(holding: Holding): Promise<Held> {
  const { root, stored } = await openRoot(holding)
  try {
    return held(holding, root, stored, keyringOf(root, stored, holding))
  } catch (error) {
    root.forget()
    throw error
  }
}

function held(holding: Holding, first: Root, stored: Stored, vault: KeyringVault): Held {
  const { storage, clock = systemClock, onProblem, onRoot } = holding
  let root = first
  let known = stateOf(stored, clock.now())
  let trouble: string | undefined
  let failing = false
  let timer: NodeJS.Timeout | undefined
  let closed = false

  async function follow(): Promise<void> {
    const found = await storage.unit('read', readStored)
    if (closed) return
    const now = clock.now()
    const state = stateOf(found, now)
    if (state !== known || root.number !== rootNumber(found)) {
      const next = successor(root, found)
      try {
        vault.adopt(openTerms(next, found.terms), newestOf(found.terms, now))
      } catch (error) {
        if (next !== root) next.forget()
        throw error
      }
      known = state
      if (next !== root) {
        root.forget()
        root = next
        onRoot?.(root)
      }
    }
    const before = now - LINK_MS
    if (found.roots.some(({ link, made_at }) => link !== null && Number(made_at) <= before))
      await storage.unit('write', (unit) => unit.run(dropLinks, { before }))
  }

  const look = (): void => {
    follow()
      .then(
        () => {
          failing = false
          trouble = undefined
        },
        (error: unknown) => {
          if (!failing && !closed) onProblem?.(error)
          failing = true
          // of a store that does not answer its own health tells
          trouble = error instanceof SealError ? error.message : undefined
        },
      )
      .finally(() => {
        if (!closed) timer = setTimeout(look, LOOK_MS).unref()
      })
  }

  return {
    vault,
    root: () => root,
    follow,
    start() {
      timer = setTimeout(look, LOOK_MS).unref()
    },
    trouble: () => trouble,
    close() {
      closed = true
      clearTimeout(timer)
      vault.close()
      root.forget()
    },
  }
}

/** What has to change for the keyring to be opened anew. */
const stateOf = (stored: Stored, now: number): string =>
  `${rootNumber(stored)} ${stored.terms.length} ${newestOf(stored.terms, now)}`

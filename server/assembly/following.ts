import type { Follower, Following } from '#kernel/audit/follower'
import { followTrail } from '#kernel/audit/following'
import type { JournalTrail } from '#kernel/audit/journal-trail'
import type { Reading } from '#kernel/audit/reading'
import type { Vault } from '#kernel/sealing/vault'
import type { Storage } from '#kernel/storage/storage'
import type { Plan } from './plan.ts'

interface Parts {
  readonly storage: Storage
  readonly vault: Vault
  readonly trail: JournalTrail
  readonly reading: Reading
  readonly followers: readonly Follower[]
}

/** Puts together who follows the audit trail. */
export function followingOf(
  { clock, random, log }: Plan,
  { storage, vault, trail, reading, followers }: Parts,
): Following {
  return followTrail({
    storage,
    source: reading,
    clock,
    key: vault.macKey('audit/follower'),
    node: random.uuid(),
    alone: storage.engine === 'sqlite',
    followers,
    flushed: () => trail.flushed(),
    ended: (writers) => trail.ended(writers),
    written: () => trail.state().written,
    onProblem: (follower, error) =>
      error === undefined
        ? log.info({ follower }, 'the audit trail is followed again')
        : log.error({ follower, err: error }, 'the audit trail can not be followed; this is tried again'),
  })
}

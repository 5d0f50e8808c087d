import type { Register } from '#kernel/audit/chain'
import { StorageError } from '#kernel/storage/error'

const HINT =
  'strongroom audit verify says what was changed; to begin a new journal move this one aside and start once with --accept-audit-journal'
const ANEW =
  'put the journal back; or, to go on with the one that is there (or a new one), start once with --accept-audit-journal'

/** The register of writers does not carry our MAC: it was altered, or the store's keys are other ones. */
export const registerForged = (): Error =>
  new StorageError('the register of the audit journal is not authentic', { hint: HINT })

/** The head of our own chain does not carry our MAC, or stands lower than we know it did. */
export const headForged = (): Error => new StorageError('the head of this audit chain is not authentic', { hint: HINT })

/** The head of our own chain does not stand where we left it. */
export const headChanged = (): Error =>
  new StorageError('the head of this audit chain was changed by somebody else', { hint: HINT })

export const headRemoved = (): Error =>
  new StorageError('this audit chain was removed while it was in use', { hint: HINT })

/** The main store knows of writers that the journal does not have. */
export const setBack = (known: Register, count: number): Error =>
  new StorageError(
    count === 0
      ? `the audit journal is missing: the store knows one with ${known.count} writers`
      : `the audit journal is not the one that the store knows, or an earlier state of it (writer ${known.count})`,
    { hint: ANEW },
  )

export const noteForged = (): Error =>
  new StorageError('what the store notes about the audit journal is not authentic', { hint: ANEW })

import { StorageError } from '#kernel/storage/error'

const HINT = 'strongroom audit verify says what was changed; move the journal aside to begin a new one'

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

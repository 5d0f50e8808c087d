/** The services that commands call: how requests name them. All speak AWS JSON 1.1 at one address. */
export const SERVICES = {
  secretsmanager: { target: 'secretsmanager', signing: 'secretsmanager' },
  /** Our own operations: of Secrets Manager, but not of AWS. */
  strongroom: { target: 'strongroom', signing: 'strongroom' },
  kms: { target: 'TrentService', signing: 'kms' },
} as const

export type Service = keyof typeof SERVICES

/**
 * A type of the SDK as it is on the wire: moments are seconds since the epoch, bytes are base64, everything may be missing that
 * the service need not say.
 */
export type Wire<T> = T extends Date
  ? number
  : T extends Uint8Array
    ? string
    : T extends readonly (infer E)[]
      ? readonly Wire<E>[]
      : T extends object
        ? { readonly [K in keyof T]: Wire<T[K]> }
        : T

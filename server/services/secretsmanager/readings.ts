import { KeptRows } from '#kernel/storage/kept-rows'
import type { Overflow } from '#kernel/storage/overflow'
import { packing } from './packing.ts'
import { sizeOfPolicy } from './policies.ts'
import type { Reading } from './rows.ts'

/** What a reading costs beside its ciphertext, measured with 100,000 of them. */
const OVERHEAD_BYTES = 1300
/** Key ARNs and sets of labels that are kept to be shared. */
const MOST_COMMON = 1000
/** What is beyond that goes to a file, if there may be one. */
const DEFAULT_BYTES = 16 * 1024 * 1024

/**
 * The rows of current versions that were read lately, still encrypted: what KMS must open stays for KMS to open, as the
 * caller, on every read.
 */
export class Readings extends KeptRows<Reading> {
  /** `open`: a file for what does not fit into `mostBytes` of memory. */
  constructor(open?: () => Overflow | undefined, mostBytes = DEFAULT_BYTES) {
    const overflow = open && { open, ...packing() }
    super({ scope: 'secrets', mostBytes, sizeOf, compact: compacting(), overflow })
  }
}

/** The same in less room: texts that most secrets share are there once, both ciphertexts stand in one buffer. */
function compacting(): (reading: Reading) => Reading {
  const keys = new Map<string, string>()
  const sets = new Map<string, readonly string[]>()
  return ({ secret, version }) => {
    if (version === undefined) return { secret, version }
    const { sealed, dataKey, keyArn, labels } = version
    const bytes = new Uint8Array(sealed.length + dataKey.length)
    bytes.set(sealed)
    bytes.set(dataKey, sealed.length)
    return {
      secret,
      version: {
        ...version,
        keyArn: shared(keys, keyArn, keyArn),
        labels: shared(sets, JSON.stringify(labels), labels),
        sealed: bytes.subarray(0, sealed.length),
        dataKey: bytes.subarray(sealed.length),
      },
    }
  }
}

/** The value that is there for `key`, or this one from now on. */
function shared<T>(values: Map<string, T>, key: string, value: T): T {
  const known = values.get(key)
  if (known !== undefined) return known
  if (values.size >= MOST_COMMON) values.clear()
  values.set(key, value)
  return value
}

function sizeOf({ secret, version }: Reading): number {
  const policy = sizeOfPolicy(secret.policy)
  return OVERHEAD_BYTES + policy + (version === undefined ? 0 : version.sealed.length + version.dataKey.length)
}

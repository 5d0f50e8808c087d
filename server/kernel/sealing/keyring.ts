import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { boundRoom, writeBound } from '#kernel/sealing/bound'
import { SealBroken } from '#kernel/sealing/broken'
import { openMessage, purpose, sealMessage } from '#kernel/sealing/message'
import type { Random } from '#kernel/random'
import type { Vault } from '#kernel/sealing/vault'

const RECORD = purpose('strongroom/vault/v1/record')
const VERSION = 1
/** version(1) | term(4), before the sealed message. */
const HEAD = 5

/** Keyring keys by term. New records are wrapped under the highest; the others stay for reading. */
export type Terms = ReadonlyMap<number, KeyObject>

/** One key of a keyring key's own for a use and a label: `HMAC-SHA-512(key, "strongroom/vault/v1/" use 0x00 label)`. */
function subkey(key: KeyObject, use: 'wrap' | 'mac', label: string): KeyObject {
  const okm = createHmac('sha512', key).update(`strongroom/vault/v1/${use}\0`).update(label, 'utf8').digest()
  const made = createSecretKey(okm.subarray(0, 32))
  okm.fill(0)
  return made
}

/** A vault whose keyring may get more terms. */
export interface KeyringVault extends Vault {
  /** Takes a keyring that has all terms of the one before; from now on new records are wrapped under `newest`. */
  adopt(terms: Terms, newest: number): void
}

/** The vault over an opened keyring; new records are wrapped under the highest term, or under `current`. */
export function vaultOf(terms: Terms, random: Random, current = Math.max(...terms.keys())): KeyringVault {
  let open: Terms | undefined = terms
  let newest = current
  const oldest = Math.min(...terms.keys())
  const derived = new Map<string, KeyObject>()

  function keyFor(term: number, use: 'wrap' | 'mac', label: string): KeyObject {
    if (open === undefined) throw new Error('the vault is closed')
    const name = `${term} ${use} ${label}`
    const known = derived.get(name)
    if (known !== undefined) return known
    const key = open.get(term)
    if (key === undefined) throw new SealBroken()
    const made = subkey(key, use, label)
    derived.set(name, made)
    return made
  }

  function authenticated(term: number, bound: readonly string[]): Buffer {
    const bytes = Buffer.allocUnsafeSlow(HEAD + boundRoom(bound))
    bytes[0] = VERSION
    bytes.writeUInt32BE(term, 1)
    return bytes.subarray(0, writeBound(bytes, HEAD, bound))
  }

  return {
    wrap(label, plaintext, bound) {
      const out = sealMessage(
        keyFor(newest, 'wrap', label),
        RECORD,
        authenticated(newest, bound),
        plaintext,
        random,
        HEAD,
      )
      out[0] = VERSION
      out.writeUInt32BE(newest, 1)
      return out
    },
    unwrap(label, wrapped, bound) {
      if (wrapped.length < HEAD || wrapped[0] !== VERSION) throw new SealBroken()
      const term = Buffer.from(wrapped.buffer, wrapped.byteOffset, wrapped.length).readUInt32BE(1)
      return openMessage(keyFor(term, 'wrap', label), RECORD, authenticated(term, bound), wrapped, HEAD)
    },
    // Of the first term, so that what was derived with it stays the same when the keyring gets a new term.
    macKey: (label) => keyFor(oldest, 'mac', label),
    adopt(next, current) {
      if (open === undefined) return
      open = next
      newest = current
    },
    close() {
      open = undefined
      derived.clear()
    },
  }
}

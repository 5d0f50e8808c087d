import { randomBytes, randomInt, randomUUID } from 'node:crypto'

/** Where chance comes from. Keys, nonces and passwords use it too, so only tests may give another than `systemRandom`. */
export interface Random {
  bytes(size: number): Buffer
  /** A whole number from 0 up to, not including, `end` (≤ 2^48), without bias. */
  below(end: number): number
  /** A version 4 UUID, lower case. */
  uuid(): string
}

/** The operating system's generator. */
export const systemRandom: Random = {
  bytes: (size) => randomBytes(size),
  below: (end) => (end <= 1 ? 0 : randomInt(end)),
  uuid: () => randomUUID(),
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** `length` characters drawn evenly from `alphabet`: for suffixes of ARNs and ids. */
export function text(random: Random, length: number, alphabet = LETTERS): string {
  let out = ''
  for (let i = 0; i < length; i++) out += alphabet[random.below(alphabet.length)]
  return out
}

import type { Random } from '#kernel/random'

/**
 * Shamir's secret sharing over GF(2^8), byte by byte. The field is AES's (x^8 + x^4 + x^3 + x + 1). All arithmetic is by shifts and
 * masks: no table is looked up and no branch is taken by a secret byte. Source: Shamir, How to share a secret (1979).
 */

/** The product of two bytes. */
export function multiply(a: number, b: number): number {
  let left = a
  let product = 0
  for (let bit = 0; bit < 8; bit++) {
    product ^= -((b >> bit) & 1) & left
    left = (left << 1) ^ (-(left >> 7) & 0x11b)
  }
  return product
}

/** `a` to the power of 254: its inverse, and 0 for 0. */
export function invert(a: number): number {
  let power = a
  let result = 1
  for (let bit = 1; bit < 8; bit++) {
    power = multiply(power, power)
    result = multiply(result, power)
  }
  return result
}

/** One point of the polynomials: where, and their values there, one for each byte of the secret. */
export interface Point {
  /** 1 to 255. */
  readonly index: number
  readonly value: Uint8Array
}

/** The most points of one secret: at 0 is the secret itself. */
export const MOST_SHARES = 255

/** Points at 1 to `shares`, of which any `threshold` give the secret, and fewer say nothing of it. */
export function split(secret: Uint8Array, shares: number, threshold: number, random: Random): Point[] {
  if (!(threshold >= 2 && threshold <= shares && shares <= MOST_SHARES))
    throw new Error(`${threshold} of ${shares} shares can not be`)
  const size = secret.length
  const coefficients = random.bytes(size * (threshold - 1))
  const points: Point[] = []
  for (let index = 1; index <= shares; index++) {
    const value = Buffer.allocUnsafeSlow(size)
    for (let at = 0; at < size; at++) {
      let sum = 0
      for (let power = threshold - 2; power >= 0; power--)
        sum = multiply(sum ^ (coefficients[power * size + at] as number), index)
      value[at] = sum ^ (secret[at] as number)
    }
    points.push({ index, value })
  }
  coefficients.fill(0)
  return points
}

/** The secret out of as many points as its threshold. Other points give other bytes, without a sign that they are wrong. */
export function combine(points: readonly Point[]): Buffer {
  const [first] = points
  if (first === undefined) throw new Error('no points')
  if (new Set(points.map(({ index }) => index)).size !== points.length) throw new Error('a point is there twice')
  const secret = Buffer.allocUnsafeSlow(first.value.length).fill(0)
  for (const { index, value } of points) {
    // Lagrange's basis at 0: the product of j / (j - i) over the other indexes j; minus is plus here
    let basis = 1
    for (const other of points)
      if (other.index !== index) basis = multiply(basis, multiply(other.index, invert(other.index ^ index)))
    for (let at = 0; at < secret.length; at++)
      secret[at] = (secret[at] as number) ^ multiply(value[at] as number, basis)
  }
  return secret
}

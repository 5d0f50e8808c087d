import { ApiError } from '#kernel/error'

/** An encryption context as it comes: pairs in any order; none is the same as an empty one. Source: kms.md 4.2. */
export type Pairs = Readonly<Record<string, string>>

/** Bytes of the canonical form at the most. Assumed: AWS takes "a few KB". */
export const MOST_CONTEXT_BYTES = 8192

/** The keys of a context in canonical order, by their UTF-8 bytes. */
export function orderedKeys(context: Pairs): string[] {
  const keys = Object.keys(context)
  if (keys.length === 2) {
    // The one case that every read of a secret is: two pairs.
    if (inOrder(keys[0] as string, keys[1] as string) > 0) keys.reverse()
    return keys
  }
  return keys.length < 2 ? keys : keys.sort(inOrder)
}

/** Compares as the UTF-8 bytes compare: UTF-16 units do the same but for surrogates, which stand for the last planes. */
function inOrder(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

function rank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

/**
 * Throws ValidationException for a context that can't be bound without doubt: too large, or text that is no Unicode (it
 * has no bytes of its own). The texts are ours. Keys that differ by case only are bound as they are; for a policy they
 * are ambiguous (kms.md 17, 11), which the engine sees to.
 */
export function checkContext(context: Pairs | undefined): void {
  if (context === undefined) return
  let size = 4
  let units = 0
  for (const key of Object.keys(context)) {
    const value = context[key] as string
    if (!key.isWellFormed() || !value.isWellFormed())
      throw new ApiError('ValidationException', 'EncryptionContext must be well-formed Unicode.')
    // A UTF-16 unit is three bytes at the most: counting is for the rare context that comes near the bound.
    units += key.length + value.length
    size += 8
    if (units * 3 + size > MOST_CONTEXT_BYTES && bytesOf(context) > MOST_CONTEXT_BYTES)
      throw new ApiError(
        'ValidationException',
        `EncryptionContext must not be larger than ${MOST_CONTEXT_BYTES} bytes.`,
      )
  }
}

/** Size of the canonical form. */
function bytesOf(context: Pairs): number {
  let size = 4
  for (const [key, value] of Object.entries(context)) size += 8 + Buffer.byteLength(key) + Buffer.byteLength(value)
  return size
}

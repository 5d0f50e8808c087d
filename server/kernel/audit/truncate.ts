/** The longest beginning of `text` that is at most `bytes` long in UTF-8 and does not split a character. */
export function cut(text: string, bytes: number): string {
  // A UTF-16 unit becomes at most three bytes.
  if (text.length * 3 <= bytes || Buffer.byteLength(text) <= bytes) return text
  return text.slice(0, encoder.encodeInto(text, new Uint8Array(bytes)).read)
}

const encoder = new TextEncoder()

/** Each try keeps less of every text and every list, until the whole fits. */
const TRIES = [
  { text: 8192, items: 1000 },
  { text: 1024, items: 200 },
  { text: 128, items: 50 },
  { text: 32, items: 10 },
]

/**
 * `value` as JSON of at most `bytes` bytes. What is longer is truncated inside (texts and lists become shorter), so that
 * it stays JSON. Source of the bound: surroundings.md 1.1; how AWS truncates is not published, so this way is ours.
 */
export function sized(value: unknown, bytes: number): string {
  if (value === null || value === undefined) return 'null'
  const whole = JSON.stringify(value)
  if (whole === undefined) return 'null'
  if (whole.length * 3 <= bytes || Buffer.byteLength(whole) <= bytes) return whole
  for (const limits of TRIES) {
    const shorter = JSON.stringify(shorten(JSON.parse(whole), limits))
    if (Buffer.byteLength(shorter) <= bytes) return shorter
  }
  return Array.isArray(value) ? '[]' : '{"truncated":true}'
}

function shorten(value: unknown, limits: { readonly text: number; readonly items: number }): unknown {
  if (typeof value === 'string') return cut(value, limits.text)
  if (Array.isArray(value)) return value.slice(0, limits.items).map((item) => shorten(item, limits))
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).slice(0, limits.items)
  return Object.fromEntries(members.map(([name, member]) => [cut(name, limits.text), shorten(member, limits)]))
}

/** IP addresses and ranges of them, as patterns with `cidr` know them. */

/** An address as a number; `bits`: 32 or 128. */
interface Address {
  readonly bits: 32 | 128
  readonly number: bigint
}

const DECIMAL = /^(0|[1-9][0-9]{0,2})$/
const HEX = /^[0-9a-fA-F]{1,4}$/

function v4(text: string): bigint | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  let number = 0n
  for (const part of parts) {
    if (!DECIMAL.test(part) || Number(part) > 255) return undefined
    number = number * 256n + BigInt(part)
  }
  return number
}

function groups(text: string): string[] {
  return text === '' ? [] : text.split(':')
}

function v6(text: string): bigint | undefined {
  if (text.length > 45) return undefined
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = groups(halves[0] as string)
  const tail = halves.length === 2 ? groups(halves[1] as string) : []
  const all = [...head, ...tail]
  const last = all.at(-1)
  const embedded = last?.includes('.') ? v4(last) : undefined
  if (last?.includes('.')) {
    if (embedded === undefined) return undefined
    const owner = tail.length > 0 ? tail : head
    owner.splice(-1, 1, (embedded >> 16n).toString(16), (embedded & 0xffffn).toString(16))
  }
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  let number = 0n
  for (const group of [...head, ...Array<string>(halves.length === 2 ? missing : 0).fill('0'), ...tail]) {
    if (!HEX.test(group)) return undefined
    number = number * 65536n + BigInt(`0x${group}`)
  }
  return number
}

function addressOf(text: string): Address | undefined {
  const small = v4(text)
  if (small !== undefined) return { bits: 32, number: small }
  const large = text.includes(':') ? v6(text) : undefined
  return large === undefined ? undefined : { bits: 128, number: large }
}

/** Whether a value is an address in a range like `10.0.0.0/24`; or what is wrong with the range, in AWS's words. */
export function rangeTest(range: string): ((value: string) => boolean) | { readonly fault: string } {
  const [base = '', mask, ...more] = range.split('/')
  if (mask === undefined || more.length > 0) return { fault: "Malformed CIDR, one '/' required" }
  const address = addressOf(base)
  if (address === undefined) return { fault: `Nonstandard IP address: ${base}` }
  if (!/^[0-9]{1,3}$/.test(mask)) return { fault: 'Malformed CIDR, mask bits must be an integer' }
  const { bits, number } = address
  // Assumed: the text.
  if (Number(mask) > bits) return { fault: 'Malformed CIDR, mask bits must be between 0 and the number of bits' }
  const free = BigInt(bits - Number(mask))
  const net = number >> free
  return (value) => {
    if (value.length > 45) return false
    const asked = addressOf(value)
    return asked !== undefined && asked.bits === bits && asked.number >> free === net
  }
}

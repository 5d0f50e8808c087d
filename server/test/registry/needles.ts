import { randomBytes } from 'node:crypto'

/** A secret that would be recognised anywhere, in any form in which a program may have written it down. */
export interface Canary {
  readonly name: string
  readonly needles: readonly Needle[]
}

interface Needle {
  readonly form: string
  readonly bytes: Buffer
}

/** A text that nobody else writes: letters and digits only, so that no escaping hides it. */
export function canaryText(): string {
  return `canary${randomBytes(12).toString('hex')}yranac`
}

/** All forms in which a text may be found. */
export function textCanary(name: string, text: string): Canary {
  const bytes = Buffer.from(text)
  const utf16 = Buffer.from(text, 'utf16le')
  const escaped = [...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')
  const percent = [...bytes].map((byte) => `%${byte.toString(16)}`).join('')
  const needles = [
    ...byteForms(bytes),
    { form: 'JSON', bytes: Buffer.from(JSON.stringify(text).slice(1, -1)) },
    { form: 'escaped', bytes: Buffer.from(escaped) },
    { form: 'percent', bytes: Buffer.from(encodeURIComponent(text)) },
    { form: 'percent, every byte', bytes: Buffer.from(percent) },
    { form: 'reversed', bytes: Buffer.from([...text].reverse().join('')) },
    { form: 'UTF-16LE', bytes: utf16 },
    { form: 'UTF-16BE', bytes: Buffer.from(utf16).swap16() },
  ]
  return { name, needles }
}

/** All forms in which bytes may be found. */
export function bytesCanary(name: string, bytes: Uint8Array): Canary {
  const buffer = Buffer.from(bytes)
  const list = [...buffer].join(',')
  return { name, needles: [...byteForms(buffer), { form: 'list of numbers', bytes: Buffer.from(list) }] }
}

function byteForms(bytes: Buffer): Needle[] {
  const forms = [
    { form: 'plain', bytes },
    { form: 'hex', bytes: Buffer.from(bytes.toString('hex')) },
    { form: 'HEX', bytes: Buffer.from(bytes.toString('hex').toUpperCase()) },
  ]
  // In the middle of other base64 there are three ways to be cut into groups; the edges depend on the neighbours.
  for (const before of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
    const inner = text.slice(before === 0 ? 0 : 4, -4)
    forms.push({ form: `base64 after ${before}`, bytes: Buffer.from(inner) })
    forms.push({
      form: `base64url after ${before}`,
      bytes: Buffer.from(inner.replaceAll('+', '-').replaceAll('/', '_')),
    })
  }
  return forms
}

/** Which canaries are in a place, and in which form. Empty when none is. */
export function found(canaries: readonly Canary[], place: string, content: string | Buffer): string[] {
  const haystack = Buffer.from(content as string)
  return canaries.flatMap(({ name, needles }) =>
    needles.filter(({ bytes }) => haystack.includes(bytes)).map(({ form }) => `${name} as ${form} in ${place}`),
  )
}

import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/*
 * Self-signed certificates for tests, made on the spot: no key lies in the repository and no program is needed.
 * DER by hand, X.509 version 3. Source: RFC 5280 4.1, RFC 5758 3.2.
 */

/** A certificate with its key, both in PEM. */
export interface Certified {
  readonly certificate: string
  readonly key: string
}

interface Options {
  readonly from?: Date
  readonly to?: Date
  readonly name?: string
  /** Who signs it, by its name and key; itself when nobody is named. */
  readonly issuer?: { readonly name: string; readonly key: string }
}

/** A P-256 certificate for localhost and 127.0.0.1, which may sign others. */
export function selfSigned(options: Options = {}): Certified {
  const { from = new Date('2020-01-01T00:00:00Z'), to = new Date('2049-12-31T00:00:00Z'), name = 'localhost' } = options
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const ecdsaWithSha256 = sequence(oid('2a8648ce3d040302'))
  const named = (text: string) => sequence(set(sequence(oid('550403'), der(0x0c, Buffer.from(text)))))
  const toBeSigned = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ecdsaWithSha256,
    named(options.issuer?.name ?? name),
    sequence(time(from), time(to)),
    named(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(
      0xa3,
      sequence(
        extension('551d13', sequence(der(0x01, Buffer.from([0xff])))),
        extension('551d11', sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1])))),
      ),
    ),
  )
  const signature = sign('sha256', toBeSigned, options.issuer?.key ?? privateKey)
  const whole = sequence(toBeSigned, ecdsaWithSha256, der(0x03, Buffer.concat([Buffer.from([0]), signature])))
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? []
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

const sequence = (...parts: Buffer[]): Buffer => der(0x30, Buffer.concat(parts))
const set = (part: Buffer): Buffer => der(0x31, part)
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'))
const extension = (id: string, value: Buffer): Buffer => sequence(oid(id), der(0x04, value))

/** UTCTime: two digits of the year, so 1950 to 2049. */
function time(date: Date): Buffer {
  return der(0x17, Buffer.from(`${date.toISOString().slice(2, 19).replaceAll(/[-:T]/g, '')}Z`))
}

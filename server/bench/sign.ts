import { createHash, createHmac } from 'node:crypto'

/** Credentials of the measured server. */
export interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** Signing names by the prefix of the target. */
const SERVICES: Readonly<Record<string, string>> = { TrentService: 'kms', AmazonSSM: 'ssm' }

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()

/** A signed HTTP request as bytes, made ahead of the run: SDK clients would be the bottleneck. */
export function signed(keys: Keys, port: number, target: string, input: unknown, at = new Date()): Buffer {
  const service = SERVICES[target.slice(0, target.indexOf('.'))] ?? 'secretsmanager'
  const date = at.toISOString().replace(/[-:]|\.\d{3}/g, '')
  const day = date.slice(0, 8)
  const body = JSON.stringify(input)
  const host = `127.0.0.1:${port}`
  const names = 'content-type;host;x-amz-date;x-amz-target'
  const headers = `content-type:application/x-amz-json-1.1\nhost:${host}\nx-amz-date:${date}\nx-amz-target:${target}\n`
  const scope = `${day}/us-east-1/${service}/aws4_request`
  const canonical = `POST\n/\n\n${headers}\n${names}\n${sha256(body)}`
  const key = hmac(hmac(hmac(hmac(`AWS4${keys.secretAccessKey}`, day), 'us-east-1'), service), 'aws4_request')
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha256(canonical)}`).toString('hex')
  return Buffer.from(
    `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/x-amz-json-1.1\r\nX-Amz-Target: ${target}\r\n` +
      `X-Amz-Date: ${date}\r\nAuthorization: AWS4-HMAC-SHA256 Credential=${keys.accessKeyId}/${scope}, ` +
      `SignedHeaders=${names}, Signature=${signature}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

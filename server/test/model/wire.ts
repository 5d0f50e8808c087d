import { Agent } from 'node:http'
import { send, signed } from '../registry/client.ts'
import type { Person } from './call.ts'

/** An answer of an operation that AWS does not have. */
export interface Told {
  readonly status: number
  readonly requestId: string
  readonly members: Readonly<Record<string, unknown>>
}

/** A connection for each call: one that waits may be closed by the server just when it is used. */
const agent = new Agent({ keepAlive: false })

/** Calls an operation of the service `strongroom` at a time. Rejects when no whole answer comes. */
export async function ask(
  url: string,
  { credentials }: Pick<Person, 'credentials'>,
  at: number,
  operation: string,
  input: object,
  userAgent = 'model',
): Promise<Told> {
  const port = Number(new URL(url).port)
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-target': `strongroom.${operation}`,
    'user-agent': userAgent,
  }
  const request = signed(port, { headers, body: JSON.stringify(input) }, { credentials, service: 'strongroom', at })
  const { status, text, headers: answered } = await send(agent, port, request)
  const members = JSON.parse(text) as Readonly<Record<string, unknown>>
  return { status, requestId: String(answered['x-amzn-requestid']), members }
}

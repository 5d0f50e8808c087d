import assert from 'node:assert/strict'
import { after } from 'node:test'
import { CloudTrail } from '@aws-sdk/client-cloudtrail'
import { personOf, type Wire, type Wired, wireOf } from '../../../test/conformance/secretsmanager/rig.ts'
import { clientsOf, type Credentials } from '../../../test/conformance/session.ts'
import { type Started, start } from '../../../test/start.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers of every operation; the assertions look at their members
type Out = any

/** Calls of our own operations as they are on the wire: no SDK has them. */
export interface Own {
  (operation: string, input: object, keys?: Credentials): Promise<Out>
  raw(operation: string, input: object, keys?: Credentials): Promise<Wired>
  /** Asserts that it is refused so. */
  refused(code: string, text: string | RegExp, operation: string, input: object, keys?: Credentials): Promise<void>
}

/**
 * A started server whose clock stands still and that keeps so many versions of a secret, official clients of its root, our own operations,
 * and a user of that name. Stopped after the tests of the file.
 */
export async function ownServer(versions: number, user: string) {
  const server = await start({ standing: true, secretLimits: { versions } })
  const clients = clientsOf(server, server.credentials)
  after(async () => {
    clients.destroy()
    await server[Symbol.asyncDispose]()
  })
  return { server, clients, own: ownOf(server), person: await personOf(server, clients, user) }
}

export function ownOf(server: Started, wire: Wire = wireOf(server)): Own {
  const raw = (operation: string, input: object, keys?: Credentials) =>
    wire.send(
      {
        headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `strongroom.${operation}` },
        body: JSON.stringify(input),
      },
      { service: 'strongroom', ...(keys && { keys }) },
    )
  const call = async (operation: string, input: object, keys?: Credentials): Promise<Out> => {
    const { status, json, text } = await raw(operation, input, keys)
    assert.equal(status, 200, text)
    return json
  }
  const refused: Own['refused'] = async (code, text, operation, input, keys) => {
    const { status, json } = await raw(operation, input, keys)
    assert.equal(json?.__type, code, JSON.stringify(json))
    assert.equal(status, 400)
    const told = String(json.Message ?? json.message)
    if (typeof text === 'string') assert.equal(told, text)
    else assert.match(told, text)
  }
  return Object.assign(call, { raw, refused })
}

/** The records of the trail as LookupEvents answers them, newest first, as one JSON text; of a server whose trail is in memory too. */
export async function recordsOf(server: Started): Promise<string> {
  await server.inside.trail.settled()
  const trail = new CloudTrail({ endpoint: server.url, region: 'us-east-1', credentials: server.credentials })
  try {
    const { Events = [] } = await trail.lookupEvents({ MaxResults: 50 })
    return `[${Events.map(({ CloudTrailEvent }) => CloudTrailEvent).join(',')}]`
  } finally {
    trail.destroy()
  }
}

import { after } from 'node:test'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { AwsJson1_0Protocol, AwsQueryProtocol, AwsSmithyRpcV2CborProtocol } from '@aws-sdk/core/protocols'
import { start, type StartOptions } from '../../start.ts'

/** The protocols of CloudWatch's clients: of today's, of older ones, of those to come. Source: surroundings.md 0. */
export const PROTOCOLS = {
  'AWS JSON 1.0': AwsJson1_0Protocol,
  'AWS Query': AwsQueryProtocol,
  'Smithy RPC v2 CBOR': AwsSmithyRpcV2CborProtocol,
} as const

export type ProtocolName = keyof typeof PROTOCOLS

/** A server of a test file's own with a client for each protocol; all end with the file. */
export async function session(options: StartOptions = {}) {
  const server = await start(options)
  const made: CloudWatch[] = []
  const client = (name: ProtocolName = 'AWS JSON 1.0', credentials = server.credentials) => {
    const found = new CloudWatch({
      endpoint: server.url,
      region: 'us-east-1',
      credentials,
      protocol: PROTOCOLS[name],
      maxAttempts: 1,
    })
    made.push(found)
    return found
  }
  after(async () => {
    for (const each of made) each.destroy()
    await server[Symbol.asyncDispose]()
  })
  return { server, client }
}

export const MINUTE = 60_000

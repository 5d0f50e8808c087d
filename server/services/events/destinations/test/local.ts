import assert from 'node:assert/strict'
import { ApiError } from '#kernel/error'
import { rootOf, start } from '../../../../test/start.ts'

export const ACCOUNT = '111122223333'
export const KEY = { ApiKeyAuthParameters: { ApiKeyName: 'x-api-key', ApiKeyValue: 'the-api-key' } }
export const ENDPOINT = 'https://example.com/in'

/** A server without a socket, and its connections and API destinations as the root user asks for them. */
export async function local() {
  const server = await start({ standing: true })
  // biome-ignore lint/suspicious/noExplicitAny: answers of operations of every type
  const ask = (operation: string, input: object, account = ACCOUNT): Promise<any> =>
    server.inside.local(`AWSEvents.${operation}`, input, rootOf(account))
  return {
    server,
    ask,
    async refused(operation: string, input: object, code: string, text: RegExp | string = /./) {
      await assert.rejects(ask(operation, input), (error) => {
        assert.ok(error instanceof ApiError, String(error))
        assert.equal(error.code, code)
        assert.match(error.message, typeof text === 'string' ? new RegExp(text) : text)
        return true
      })
    },
    /** A connection with an API key; answers its ARN. */
    connection: async (Name = 'hooks'): Promise<string> =>
      (await ask('CreateConnection', { Name, AuthorizationType: 'API_KEY', AuthParameters: KEY })).ConnectionArn,
    /** An API destination; answers its ARN. */
    destination: async (ConnectionArn: string, Name = 'hook'): Promise<string> => {
      const input = { Name, ConnectionArn, InvocationEndpoint: ENDPOINT, HttpMethod: 'POST' }
      return (await ask('CreateApiDestination', input)).ApiDestinationArn
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

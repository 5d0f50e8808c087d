import type { Document, MongoClient } from 'mongodb'
import { NotConnected } from './function.ts'

/** Rounds of hashing that a server may ask of us; MongoDB asks for 15,000 and 10,000. */
const MOST_ROUNDS = 1_000_000
const MECHANISMS = ['SCRAM-SHA-1', 'SCRAM-SHA-256'] as const

type Command = (...args: readonly unknown[]) => Promise<Document>

/** What the driver proves a password with, as far as it is needed here. Source: mongodb 7, cmap/auth. */
interface AuthProvider {
  auth(context: { response?: Document; connection: { command: Command } }): Promise<void>
}

interface Inside {
  readonly s: { readonly authProviders: { getOrCreateProvider(name: string, properties: object): AuthProvider } }
}

/**
 * Watches how the driver proves the password. Answers whether it has, by now: it is let in without a proof by a server that
 * calls itself an arbiter.
 *
 * And the driver hashes the password as often as a server says, up to thousands of millions of times, on a thread that the whole
 * process shares and that nothing can stop. So what a server asks for is looked at first. The driver has no setting for it: this
 * reaches inside, and throws when the inside is another one.
 */
export function watchProof(client: MongoClient): () => boolean {
  let proven = false
  const { authProviders } = (client as unknown as Inside).s
  for (const mechanism of MECHANISMS) {
    const provider = authProviders.getOrCreateProvider(mechanism, {})
    const auth = provider.auth.bind(provider)
    provider.auth = async (context) => {
      // what came with hello, before anybody asked
      checked(context.response?.speculativeAuthenticate)
      const { connection } = context
      const command = connection.command.bind(connection)
      connection.command = async (...args) => checked(await command(...args)) as Document
      try {
        await auth(context)
        proven = true
      } finally {
        connection.command = command
      }
    }
  }
  return () => proven
}

const tooMany = () => new NotConnected('other', 'the server asks for more rounds of hashing than it may')

function checked(reply: Document | undefined): Document | undefined {
  if (reply?.payload === undefined) return reply
  const bytes: unknown = reply.payload.buffer ?? reply.payload
  if (!(bytes instanceof Uint8Array)) throw tooMany()
  // of several the driver takes the last one
  for (const [, rounds = ''] of Buffer.from(bytes)
    .toString('latin1')
    .matchAll(/(?:^|,)i=([^,]*)/g))
    if (!/^\d{1,9}$/.test(rounds) || Number(rounds) > MOST_ROUNDS) throw tooMany()
  return reply
}

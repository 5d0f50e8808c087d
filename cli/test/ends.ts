import { after } from 'node:test'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { type Started, type StartOptions, start } from '../../server/test/start.ts'
import type { Io } from '../command.ts'
import { strongroom } from '../strongroom.ts'

/** What a command line did. */
export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** A started server, with whom a command talks by the wire as root unless `env` says otherwise. */
export interface End {
  readonly server: Started
  readonly secrets: SecretsManager
  /** What a shell would have exported; no file of the machine's own is read. */
  readonly env: Readonly<Record<string, string>>
  /** Runs a command line; a person at the terminal answers its questions with `answer`. */
  run(args: readonly string[], more?: { readonly env?: Record<string, string>; readonly answer?: string }): Promise<Ran>
}

/** Starts a server that ends with the test file: to be called at its top, not in a hook. */
export async function endOf(options: StartOptions = {}): Promise<End> {
  const server = await start(options)
  const { credentials } = server
  const secrets = new SecretsManager({ endpoint: server.url, region: 'us-east-1', credentials })
  after(async () => {
    secrets.destroy()
    await server[Symbol.asyncDispose]()
  })
  const env = {
    AWS_ENDPOINT_URL: server.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
  }
  return {
    server,
    secrets,
    env,
    async run(args, { env: more = {}, answer } = {}) {
      let out = ''
      let err = ''
      const io: Io = {
        out: (text) => {
          out += text
        },
        err: (text) => {
          err += text
        },
        env: { ...env, ...more },
        colour: false,
        ...(answer !== undefined && {
          ask: async (question: string) => {
            err += question
            return answer
          },
        }),
      }
      return { code: await strongroom(args, io), out, err }
    },
  }
}

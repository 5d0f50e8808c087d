import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after } from 'node:test'
import { systemRandom } from '#kernel/random'
import type { RawRequest } from '#kernel/signature/request'
import { createAccount } from '../../services/iam/accounts.ts'
import { clientsOf, region } from '../conformance/session.ts'
import { type Answer, connections, draftOf, type Outgoing, refusalOf, send, signed } from '../registry/client.ts'
import { type StartOptions, start } from '../start.ts'

/** Long-term keys, or with a token temporary credentials. */
export interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export type Statement = Readonly<Record<string, unknown>>

export const documentOf = (...Statement: Statement[]): string => JSON.stringify({ Version: '2012-10-17', Statement })

/** A statement that allows; `more`: its conditions. */
export const allow = (Action: unknown, Resource: unknown = '*', Condition?: unknown): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition === undefined ? {} : { Condition }),
})

export const deny = (Action: unknown, Resource: unknown = '*', Condition?: unknown): Statement => ({
  ...allow(Action, Resource, Condition),
  Effect: 'Deny',
})

/** A trust policy for these principals. */
export const trusting = (AWS: unknown, Action: unknown = 'sts:AssumeRole', Condition?: unknown): string =>
  documentOf({
    Effect: 'Allow',
    Principal: { AWS },
    Action,
    ...(Condition === undefined ? {} : { Condition }),
  })

export const READ = 'secretsmanager:GetSecretValue'

/** The credentials of an answer of STS. */
export function keysOf(
  given: {
    AccessKeyId?: string | undefined
    SecretAccessKey?: string | undefined
    SessionToken?: string | undefined
  } = {},
): Keys & { sessionToken: string } {
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = given
  assert.ok(AccessKeyId !== '' && SecretAccessKey !== '' && SessionToken !== '')
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
}

/** What a refused SDK call was refused with; fails when it was not. */
export async function codeOf(answer: Promise<unknown>): Promise<string> {
  return answer.then(
    (value) => assert.fail(`it was let through: ${JSON.stringify(value)}`),
    (error: Error) => error.name,
  )
}

/** A started server with who attacks it; all of it ends with the test file. */
export async function siege(options: StartOptions = {}) {
  const server = await start(options)
  const agent = connections()
  const opened: { destroy(): void }[] = [agent]
  after(async () => {
    for (const each of opened) each.destroy()
    await server[Symbol.asyncDispose]()
  })
  const clients = (keys: Keys = server.credentials) => {
    const made = clientsOf(server, keys)
    opened.push(made)
    return made
  }
  const root = clients()
  let people = 0

  /** A user with one inline policy and an access key. */
  async function person(statements: readonly Statement[] = [], tags: Readonly<Record<string, string>> = {}) {
    const name = `person-${++people}`
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
    const { User } = await root.iam.createUser({ UserName: name, Tags })
    if (statements.length > 0) {
      await root.iam.putUserPolicy({ UserName: name, PolicyName: 'own', PolicyDocument: documentOf(...statements) })
    }
    const { AccessKey } = await root.iam.createAccessKey({ UserName: name })
    const keys: Keys = {
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    }
    return { name, arn: User?.Arn ?? '', id: User?.UserId ?? '', keys, ...clients(keys) }
  }

  /** Replaces the inline policy of a user. */
  const rule = (UserName: string, ...statements: Statement[]) =>
    root.iam.putUserPolicy({ UserName, PolicyName: 'own', PolicyDocument: documentOf(...statements) })

  const entry = (action: string) => {
    const [prefix = '', operation = ''] = action.split(':')
    const service = server.services.find(({ name }) => name === prefix)
    assert.ok(service, action)
    return { service, operation }
  }

  /** A signed request, not sent yet. The token goes into its header, signed. */
  function signedCall(keys: Keys, action: string, input: object, headers: Readonly<Record<string, string>> = {}) {
    const { service, operation } = entry(action)
    const draft = draftOf(service, operation, input as Record<string, unknown>)
    const token = keys.sessionToken === undefined ? {} : { 'x-amz-security-token': keys.sessionToken }
    return signed(
      server.port,
      { ...draft, headers: { ...draft.headers, ...token, ...headers } },
      { credentials: keys, service: service.signingName, region, at: server.clock.now() },
    )
  }

  return {
    server,
    account: server.account,
    root,
    clients,
    person,
    rule,
    entry,
    signedCall,
    secretOf: (name: string) => `arn:aws:secretsmanager:${region}:${server.account}:secret:${name}`,
    send: (outgoing: Outgoing) => send(agent, server.port, outgoing),
    /** One call over the wire, signed rightly, whatever it says. */
    call: (keys: Keys, action: string, input: object = {}, headers: Readonly<Record<string, string>> = {}) =>
      send(agent, server.port, signedCall(keys, action, input, headers)),
    /** Another account; answers its root's keys. */
    async neighbour(account: string): Promise<Keys> {
      const { storage, vault } = server.inside
      const made = await createAccount({ storage, vault, random: systemRandom, now: server.clock.now(), account })
      assert.ok(made.accessKeyId !== undefined && made.secretAccessKey !== undefined)
      return { accessKeyId: made.accessKeyId, secretAccessKey: made.secretAccessKey.reveal() }
    },
  }
}

/** Sends header lines as they are given, repeated ones too. */
export function deliver(
  port: number,
  raw: Pick<RawRequest, 'method' | 'target' | 'headers' | 'body'>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method, target, headers, body } = raw
    const lines = [...headers, 'content-length', String(body.length), 'connection', 'close']
    const req = request({ host: '127.0.0.1', port, method, path: target, headers: lines, agent: false }, (res) => {
      const chunks: Buffer[] = []
      res.on('data', (chunk: Buffer) => chunks.push(chunk))
      res.on('error', reject)
      res.on('end', () =>
        resolve({ status: res.statusCode ?? 0, headers: res.headers, text: Buffer.concat(chunks).toString('utf8') }),
      )
    })
    req.on('error', reject)
    req.end(body)
  })
}

/** An outgoing request with its header lines one after the other. */
export const lines = (outgoing: Outgoing): RawRequestParts => ({
  method: outgoing.method,
  target: outgoing.target,
  headers: Object.entries(outgoing.headers).flat(),
  body: outgoing.body,
})

type RawRequestParts = Pick<RawRequest, 'method' | 'target' | 'headers' | 'body'>

/** The code of a refusal over the wire; `200` when there was none. */
export const outcome = (answer: Answer): string => (answer.status === 200 ? '200' : refusalOf(answer).code)

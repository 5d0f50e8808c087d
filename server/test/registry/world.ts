import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Position } from '#kernel/audit/reader'
import { openFileReader } from '#kernel/audit/sqlite-reader'
import type { AnyOperation } from '#kernel/operation'
import type { Service } from '#kernel/service'
import { type Started, type StartOptions, start } from '../start.ts'
import {
  type Answer,
  type Credentials,
  connections,
  type Draft,
  draftOf,
  EVENT_STREAM,
  refusalOf,
  send,
  signed,
} from './client.ts'

/** One operation of the registry; `operation` is undefined for those that are not there yet. */
export interface Entry {
  readonly service: Service
  readonly name: string
  readonly operation: AnyOperation | undefined
  /** `secretsmanager:GetSecretValue` */
  readonly action: string
}

/** A CloudTrail record, as far as tests look at it. */
export interface AuditRecord {
  readonly eventSource: string
  readonly eventName: string
  readonly eventType: string
  readonly awsRegion: string
  readonly sourceIPAddress: string
  readonly errorCode?: string
  readonly errorMessage?: string
  readonly requestParameters: Readonly<Record<string, unknown>> | null
  readonly responseElements: Readonly<Record<string, unknown>> | null
  readonly requestID: string
  readonly readOnly: boolean
  readonly recipientAccountId: string
  readonly userIdentity: Readonly<Record<string, string>>
}

/** Who calls, and how the trail must name them. */
export interface Who {
  readonly credentials: Credentials
  readonly identity: Readonly<Record<string, string>>
}

/** A started server with callers: its root, a user without any permission, one who is denied everything. */
export interface World extends AsyncDisposable {
  readonly server: Started
  readonly entries: readonly Entry[]
  readonly root: Who
  readonly nobody: Who
  readonly denied: Who
  /** A user who may do everything and has a password, for what the root user may not: see `makerOf`. */
  readonly admin: Who
  /** Calls an operation. */
  call(entry: Entry, input: Readonly<Record<string, unknown>>, who?: Who): Promise<Answer>
  /** Signs a request of one's own for the service and sends it. */
  ask(service: Service, draft: Draft, who?: Who): Promise<Answer>
  send(outgoing: ReturnType<typeof signed>): Promise<Answer>
  /** Calls an operation as root, which must go well; its answer as a value (JSON) or text (XML). */
  done(action: string, input: Readonly<Record<string, unknown>>): Promise<string>
  entry(action: string): Entry
  /** The records that were written since the last time. */
  records(): Promise<readonly AuditRecord[]>
}

/** Runs users' functions without doing anything. */
const idle: NonNullable<StartOptions['sandboxes']> = {
  run: async () => ({
    functionError: undefined,
    payload: Buffer.from('null'),
    logTail: Buffer.alloc(0),
    hide: (text) => text,
  }),
}

/** Whether an answer is the good one of its operation. */
export const isGood = ({ operation, action }: Entry, { status }: Answer): boolean =>
  status === (operation?.rest?.status ?? 200) || (action === 'lambda:Invoke' && [202, 204].includes(status))

/** What the caller of an operation must be allowed, when that has another name. */
export const permissionOf = ({ action }: Entry): string => PERMISSIONS[action] ?? action

const PERMISSIONS: Readonly<Record<string, string>> = {
  'lambda:Invoke': 'lambda:InvokeFunction',
  // And kms:ReEncryptTo, for the other key.
  'kms:ReEncrypt': 'kms:ReEncryptFrom',
}

/** Every operation is called many times in one moment, and every set has a trail of its own. */
const WIDE = { lookupsPerSecond: 1e6, trails: 1e6 }

/** Starts a server on files, so that the trail can be read beside it. */
export async function open(options: Pick<StartOptions, 'level'> = {}): Promise<World> {
  const regions = ['us-east-1', 'us-west-2']
  const server = await start({
    ...options,
    engine: 'file',
    standing: true,
    sandboxes: idle,
    regions,
    trailLimits: WIDE,
  })
  const agent = connections()
  // S3 has no form in common with the others: s3.test.ts says the same of it.
  const entries = entriesOf(server.services.filter(({ xml }) => xml !== true))
  const reader = openFileReader(join(server.directory as string, 'audit.db'))
  let position: Position = new Map()
  const account = server.account
  const root: Who = {
    credentials: server.credentials,
    identity: {
      type: 'Root',
      principalId: account,
      arn: `arn:aws:iam::${account}:root`,
      accountId: account,
      accessKeyId: server.credentials.accessKeyId,
    },
  }
  const ask = (service: Service, draft: Draft, who = root) =>
    send(
      agent,
      server.port,
      signed(server.port, draft, {
        credentials: who.credentials,
        service: service.signingName,
        at: server.clock.now(),
      }),
    )
  const call = ({ service, name }: Entry, input: Readonly<Record<string, unknown>>, who = root) =>
    ask(service, draftOf(service, name, input), who)
  const entry = (action: string): Entry => {
    const found = entries.find((each) => each.action === action)
    assert.ok(found, `there is no operation ${action}`)
    return found
  }
  const done = async (action: string, input: Readonly<Record<string, unknown>>) => {
    const answer = await call(entry(action), input)
    assert.ok(isGood(entry(action), answer), `${action}: ${answer.text}`)
    return answer.text
  }
  const user = async (UserName: string): Promise<Who> => {
    const made = await done('iam:CreateUser', { UserName })
    const key = await done('iam:CreateAccessKey', { UserName })
    const accessKeyId = element(key, 'AccessKeyId')
    return {
      credentials: { accessKeyId, secretAccessKey: element(key, 'SecretAccessKey') },
      identity: {
        type: 'IAMUser',
        principalId: element(made, 'UserId'),
        arn: element(made, 'Arn'),
        accountId: account,
        accessKeyId,
        userName: UserName,
      },
    }
  }
  const nobody = await user('nobody')
  const denied = await user('denied')
  await done('iam:PutUserPolicy', {
    UserName: 'denied',
    PolicyName: 'Nothing',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: '*', Resource: '*' },
        { Effect: 'Deny', Action: '*', Resource: '*' },
      ],
    }),
  })
  const admin = await user('admin')
  await done('iam:AttachUserPolicy', {
    UserName: 'admin',
    PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
  })
  await done('iam:CreateLoginProfile', { UserName: 'admin', Password: PASSWORD })
  const records = async () => {
    await server.inside.trail.settled()
    const all: AuditRecord[] = []
    for (;;) {
      const found = await reader.after(position)
      if (found.records.length === 0) return all
      position = found.position
      for (const { record } of found.records) all.push(JSON.parse(record) as AuditRecord)
    }
  }
  await records()
  return {
    server,
    entries,
    root,
    nobody,
    denied,
    admin,
    call,
    ask,
    send: (outgoing) => send(agent, server.port, outgoing),
    done,
    entry,
    records,
    async [Symbol.asyncDispose]() {
      agent.destroy()
      await reader.close()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** The password of `admin`. */
export const PASSWORD = 'Right-Horse-1'

/**
 * The operations that are here and whose callers sign. Those that take calls of strangers have tests of their own, beside
 * AssumeRoleWithWebIdentity.
 */
export const signable = ({ entries }: Pick<World, 'entries'>): Entry[] =>
  entries.filter(({ operation }) => operation !== undefined && operation.unsigned !== true)

/**
 * The operations in an order in which all can be served: of what an account has but once, the alias goes before another is
 * given, the rules for passwords go last.
 */
export function inOrder(entries: readonly Entry[]): Entry[] {
  const place = ({ name }: Entry) => ({ DeleteAccountAlias: -1, DeleteAccountPasswordPolicy: 1 })[name] ?? 0
  return entries.toSorted((a, b) => place(a) - place(b))
}

/** Who makes good calls of an operation: the root user, but for what it may not do. Sources: access.md 4.1, API_ChangePassword. */
export function makerOf({ action }: Entry, { root, admin }: World): Who {
  return action === 'sts:AssumeRole' || action === 'iam:ChangePassword' ? admin : root
}

function entriesOf(services: readonly Service[]): Entry[] {
  return services.flatMap((service) =>
    [...Object.keys(service.operations), ...service.notYet].map((name) => ({
      service,
      name,
      operation: service.operations[name],
      action: `${service.name}:${name}`,
    })),
  )
}

/** The text of the first element of this name. */
export function element(xml: string, name: string): string {
  const found = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)
  assert.ok(found, `no ${name} in ${xml}`)
  return found[1] as string
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** What every answer carries, whatever it says: its request id, the time, the type of its protocol. */
export function checkFrame(answer: Answer, { service, action, operation }: Entry, nowMs: number): void {
  const { headers } = answer
  assert.match(String(headers['x-amzn-requestid']), UUID, action)
  const date = Date.parse(String(headers.date))
  assert.ok(Math.abs(date - nowMs) < 2000, `${action}: Date ${headers.date}`)
  if (answer.status === 204) assert.equal(answer.text, '', action)
  else if (operation?.streams !== undefined && answer.status === 200) {
    assert.equal(headers['content-type'], EVENT_STREAM, action)
    return
  } else assert.equal(headers['content-type'], typeOf(service, answer), action)
  assert.equal(Number(headers['content-length'] ?? 0), Buffer.byteLength(answer.text), action)
}

/** Whether it is Query that a service answers in: CloudWatch speaks JSON, too. */
const inQuery = ({ query, json }: Service, { headers }: Answer) =>
  query !== undefined && (json === undefined || headers['content-type'] === 'text/xml')

function typeOf(service: Service, answer: Answer): string {
  if (service.rest !== undefined) return 'application/json'
  return inQuery(service, answer) ? 'text/xml' : `application/x-amz-json-${service.json?.version}`
}

/** How a refusal must look. Texts: exact, or a pattern. */
export interface Expected {
  readonly code: string
  readonly status: number
  readonly text: string | RegExp
}

/**
 * Where each service puts the text of an error: its model's errors and AccessDenied, and what the framework in front of it
 * says. Sources: secretsmanager.md 1.3, kms.md 1 and 8.3, access.md 3.1.
 */
function formOf(service: Service, code: string, modelled: boolean, query: boolean): string {
  if (query) return 'xml'
  if (code === 'AccessDeniedException' || service.wording.capital?.has(code) === true) return 'Message'
  return service.wording.modelled === 'Message' && modelled ? 'Message' : 'message'
}

/** Asserts AWS's code, status, text and form. `modelled`: the error is one of the service's own model. */
export function checkRefusal(
  answer: Answer,
  entry: Entry,
  { code, status, text }: Expected,
  more: { readonly modelled?: boolean; readonly namespace?: false } = {},
): void {
  const { service, action } = entry
  const said = `${action}: ${answer.status} ${answer.text}`
  const refusal = refusalOf(answer)
  assert.equal(refusal.code, code, said)
  assert.equal(answer.status, status, said)
  if (typeof text === 'string') assert.equal(refusal.text ?? '', text, said)
  else assert.match(refusal.text ?? '', text, said)
  // Some errors have no text at all. Source: parameterstore.md 1.1.
  const silent = text === '' && service.query === undefined
  assert.equal(
    refusal.form,
    silent ? 'none' : formOf(service, code, more.modelled === true, inQuery(service, answer)),
    said,
  )
  if (service.query === undefined || !inQuery(service, answer)) return
  assert.equal(refusal.xml?.type, 'Sender', said)
  assert.equal(refusal.xml?.requestId, refusal.requestId, said)
  // Nobody knows which service an unsigned form was for: one port serves them all.
  assert.equal(refusal.xml?.namespace, more.namespace === false ? undefined : service.query.namespace, said)
}

/** What services tell of what a call has begun. Source: surroundings.md 1.3, 1.4. */
const SERVICE_EVENTS: Readonly<Record<string, readonly string[]>> = {
  RotateSecret: ['RotationStarted'],
  DeleteSecret: ['StartSecretVersionDelete', 'EndSecretVersionDelete'],
  RestoreSecret: ['CancelSecretVersionDelete'],
  RotateKeyOnDemand: ['RotateKey'],
}

/** Who calls others in the names of the callers of a service: the connections of EventBridge have secrets. */
const BEHALF: Readonly<Record<string, readonly string[]>> = {
  secretsmanager: ['secretsmanager.amazonaws.com'],
  strongroom: ['secretsmanager.amazonaws.com'],
  ssm: ['ssm.amazonaws.com'],
  events: ['events.amazonaws.com', 'secretsmanager.amazonaws.com'],
}

/** Asserts that a call left one record of its own that tells the truth about its answer, and no other but on behalf. */
export function checkRecords(records: readonly AuditRecord[], entry: Entry, answer: Answer, who: Who): AuditRecord {
  const { service, name, action } = entry
  const said = `${action}: ${JSON.stringify(records)}`
  const eventName = entry.operation?.audit?.name ?? name
  const own = records.filter((each) => each.userIdentity.invokedBy === undefined && each.eventName === eventName)
  const [record] = own
  assert.equal(own.length, 1, said)
  assert.ok(record)
  assert.equal(record.eventSource, service.eventSource, said)
  assert.equal(record.requestID, answer.headers['x-amzn-requestid'], said)
  assert.deepEqual(record.userIdentity, who.identity, said)
  assert.equal(record.awsRegion, 'us-east-1', said)
  assert.equal(record.sourceIPAddress, '127.0.0.1', said)
  assert.equal(record.recipientAccountId, who.identity.accountId, said)
  if (answer.status < 300) {
    assert.equal(record.errorCode, undefined, said)
    assert.equal(record.errorMessage, undefined, said)
  } else {
    const { code, text } = refusalOf(answer)
    assert.equal(record.errorCode, code, said)
    assert.equal(record.errorMessage, text || undefined, said)
    assert.equal(record.responseElements, null, said)
  }
  for (const other of records) {
    if (other === record) continue
    if (name === 'BatchGetSecretValue' && other.eventName === 'GetSecretValue') continue
    if (other.eventType === 'AwsServiceEvent') {
      // The service itself says what it does from now on. Source: surroundings.md 1.4.
      assert.ok(SERVICE_EVENTS[name]?.includes(other.eventName), said)
      assert.equal(answer.status, 200, said)
      continue
    }
    // What a service does in the caller's name: KMS under Secrets Manager and Parameter Store. Source: surroundings.md 1.2.
    const invokedBy: string = other.userIdentity.invokedBy ?? ''
    assert.match(other.eventSource, /^(kms|secretsmanager)\.amazonaws\.com$/, said)
    assert.ok(BEHALF[service.name]?.includes(invokedBy), said)
    assert.deepEqual(other.userIdentity, { ...who.identity, invokedBy }, said)
    assert.equal(other.sourceIPAddress, invokedBy, said)
  }
  return record
}

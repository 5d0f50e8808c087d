import type { Unit } from '#kernel/storage/storage'
import type { Within } from './attempts.ts'
import { HOLD_TAG, holdOf } from './model/beyond.ts'
import { type Cell, secretArn } from './model/identity.ts'
import type { FailedTest, Rotation, Run, Watch } from './model/rotation.ts'
import { pendingVersion } from './model/rotation-run.ts'
import { type State, stateOf } from './model/rotation-state.ts'
import { managerOf, type Secret } from './model/secret.ts'
import { byVersion, CURRENT, PENDING, PREVIOUS } from './model/stages.ts'
import type { Policies } from './policies.ts'
import type { Reader } from './rotations.ts'
import * as sql from './rotations.sql.ts'
import type { Found } from './store.ts'

/** What whoever runs the server is told of rotations, and does to them, besides the wire. */

/** One line of the list. */
export interface Listed extends Cell {
  readonly name: string
  readonly arn: string
  readonly state: State
  readonly step: string | undefined
  readonly attempt: number | undefined
  readonly failure: string | undefined
  /** The last test, when it failed. */
  readonly test: FailedTest | undefined
  readonly lastAt: number | undefined
  readonly windowEnd: number | undefined
}

/** Everything of one secret's rotation. Nothing secret. */
export interface Shown extends Listed {
  readonly rotation: Rotation
  readonly run: Omit<Run, 'rotationToken'> | undefined
  readonly watch: Watch | undefined
  /** The labels of each version. */
  readonly versions: Readonly<Record<string, readonly string[]>>
  /** Its tags that rotations look at. */
  readonly tags: Readonly<Record<string, string>>
  /** The keys of those whose value can't be read: they count as not set. */
  readonly ignored: readonly string[]
  readonly deleted: boolean
  readonly owningService: string | undefined
  /** ARN of what its service keeps it for: a registered database. */
  readonly keptFor: string | undefined
  /** ARN of the principal that configured it; of one who is not there any more the unique id. */
  readonly configuredBy: string | undefined
}

/** A reader, and whether he still uses the old version. */
export interface ShownReader extends Reader {
  readonly stages: readonly string[]
  readonly uses: 'current' | 'previous' | 'other'
}

/** A refusal for people. */
export class NotDone extends Error {
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.name = 'NotDone'
    this.hint = hint
  }
}

type Row = { account: string; region: string; secret: string; name: string; suffix: string; deleted_at: number | null }

/** All secrets of this store that have a rotation, by account, region and name; of one account or region if it is given. */
export async function listRotations(
  unit: Unit,
  policies: Policies,
  { account, region, now }: { readonly account?: string; readonly region?: string; readonly now: number },
): Promise<Listed[]> {
  const listed: Listed[] = []
  const { rotations } = policies
  for (let after = { account: '', region: '', secret: '' }; ; ) {
    const rows = await unit.all<Row & sql.RotationRow & sql.JoinedRow>(sql.listRotations, {
      ...{ only_account: account ?? '', only_region: region ?? '' },
      ...{ account: after.account, region: after.region, secret: after.secret, limit: 500 },
    })
    for (const row of rows) {
      const arn = secretArn(row.region, row.account, row.name, row.suffix)
      const holder = { account: row.account, region: row.region, id: row.secret, arn }
      const rotation = rotations.of(holder, row)
      const run = row.run_token === null ? undefined : rotations.run(holder, sql.runOf(row))
      const watch = row.watch_due_by === null ? undefined : rotations.watch(holder, sql.watchOf(row))
      const test =
        row.test_failed_at === null ? undefined : { at: row.test_failed_at, failure: row.test_failure as string }
      if (row.deleted_at === null) listed.push(line({ ...holder, name: row.name }, { rotation, run, watch, test }, now))
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < 500) break
    after = last
  }
  const key = ({ account, region, name }: Listed) => `${account} ${region} ${name}`
  return listed.sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

interface Parts {
  readonly rotation: Rotation
  readonly run: Run | undefined
  readonly watch: Watch | undefined
  readonly test: FailedTest | undefined
}

function line(
  { account, region, name, arn }: Cell & { readonly name: string; readonly arn: string },
  { rotation, run, watch, test }: Parts,
  now: number,
): Listed {
  const state = stateOf(rotation, run, watch, now)
  const { step, attempt, failure } = run ?? {}
  const { lastAt, planned } = rotation
  return { account, region, name, arn, state, step, attempt, failure, test, lastAt, windowEnd: planned?.windowEnd }
}

/** `aws:rds:primaryDBInstanceArn` and its like. */
const KEPT_FOR = /^aws:.*Arn$/

/** What there is to say of one secret's rotation. `none`: what counts as the rotation of a secret that has none; else refused. */
export async function showRotation({ secrets }: Within, name: string, now: number, none?: Rotation): Promise<Shown> {
  const { secret, rotation } = await found(secrets.find(name), name, none)
  const run = await secrets.rotations.run(secret)
  const watch = await secrets.rotations.watch(secret)
  const tags = [...(secret.tags ?? [])]
  const own = tags.filter(([key]) => key.startsWith('strongroom:'))
  const { rotationToken: _, ...told } = run ?? { rotationToken: '' }
  return {
    ...line(secret, { rotation, run, watch, test: await secrets.rotations.failedTest(secret) }, now),
    rotation,
    run: run && (told as Omit<Run, 'rotationToken'>),
    watch,
    versions: byVersion(await secrets.stages(secret)) ?? {},
    tags: Object.fromEntries(own),
    ignored: secret.tags?.has(HOLD_TAG) === true && holdOf(secret.tags) === undefined ? [HOLD_TAG] : [],
    deleted: secret.deletedAt !== undefined,
    owningService: secret.owningService,
    keptFor: secret.owningService === undefined ? undefined : tags.find(([key]) => KEPT_FOR.test(key))?.[1],
    configuredBy: rotation.configuredBy,
  }
}

/** Who reads it. */
export async function showReaders({ secrets }: Within, name: string): Promise<ShownReader[]> {
  const secret = await secrets.find(name)
  if (secret === undefined) throw new NotDone(`there is no secret ${name}`, 'strongroom rotation list')
  const stages = await secrets.stages(secret)
  const labels = byVersion(stages) ?? {}
  const uses = (version: string) =>
    version === stages.get(CURRENT) ? 'current' : version === stages.get(PREVIOUS) ? 'previous' : 'other'
  const readers = await secrets.rotations.readers(secret)
  return readers.map((one) => ({ ...one, stages: labels[one.version] ?? [], uses: uses(one.version) }))
}

/** Has a rotation that waits tried again now, with its token. */
export async function retryRotation({ secrets, rotating }: Within, name: string, now: number): Promise<Secret> {
  const { secret, rotation } = await found(secrets.find(name), name)
  if (secret.deletedAt !== undefined) throw new NotDone(`${name} is marked for deletion`)
  if (!rotation.enabled) throw new NotDone(`rotation of ${name} is off`, 'aws secretsmanager rotate-secret turns it on')
  const run = await secrets.rotations.run(secret)
  if (run === undefined) {
    const pending = pendingVersion(await secrets.stages(secret))
    if (pending === undefined) throw new NotDone(`no rotation of ${name} waits`, 'aws secretsmanager rotate-secret')
    throw new NotDone(
      `the pending version ${pending} of ${name} was made by no rotation`,
      `aws secretsmanager rotate-secret --client-request-token ${pending}   goes on with it`,
    )
  }
  if (run.node !== undefined) {
    throw new NotDone(
      `a function does ${run.step} for ${name} right now`,
      'if its process has died, another one takes it over within a minute',
    )
  }
  await rotating.retry(secret, run, now)
  return secret
}

/** Turns rotation off, as CancelRotateSecret; `drop`: the label AWSPENDING goes too, so that a new rotation can begin. */
export async function cancelRotation(
  { secrets, rotating }: Within,
  name: string,
  drop: boolean,
  now: number,
): Promise<{ readonly secret: Secret; readonly dropped: string | undefined }> {
  const { secret, rotation } = await found(secrets.find(name), name)
  if (secret.owningService !== undefined) throw new NotDone(`${name} is kept and rotated by ${secret.owningService}`)
  await rotating.turnOff(secret, rotation, now)
  const before = await secrets.stages(secret)
  const pending = pendingVersion(before)
  if (drop && pending !== undefined) {
    const after = new Map(before)
    after.delete(PENDING)
    await secrets.saveStages(secret, before, after, now)
  }
  await secrets.changed(secret, now)
  return { secret, dropped: drop ? pending : undefined }
}

/** Sets, or takes away, the tag that holds rotations back for readers of the old version. */
export async function holdRotation(
  { secrets, functions }: Within,
  name: string,
  deadline: string | undefined,
  now: number,
): Promise<Secret> {
  const { secret, rotation } = await found(secrets.find(name), name)
  const by = rotation.functionArn ?? managerOf(secret) ?? ''
  if (deadline !== undefined && functions.endsPrevious?.(by) === true) {
    throw new NotDone(
      `${by} rotates ${name} for a single user: the old password ends with each rotation, so there is nothing to keep for readers`,
      'functions for alternating users (…MultiUser) leave the old password valid until the next rotation',
    )
  }
  const tags = new Map(secret.tags)
  if (deadline === undefined) tags.delete(HOLD_TAG)
  else tags.set(HOLD_TAG, deadline)
  await secrets.save({ ...secret, tags, changedAt: now })
  return secret
}

async function found(
  looked: Promise<Found | undefined>,
  name: string,
  none?: Rotation,
): Promise<{ readonly secret: Found; readonly rotation: Rotation }> {
  const secret = await looked
  if (secret === undefined) throw new NotDone(`there is no secret ${name}`, 'strongroom rotation list')
  const rotation = secret.rotation ?? none
  if (rotation === undefined) {
    throw new NotDone(`${name} has no rotation`, 'aws secretsmanager rotate-secret configures one')
  }
  return { secret, rotation }
}

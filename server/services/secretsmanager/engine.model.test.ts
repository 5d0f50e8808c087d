import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Invoked } from './functions.ts'
import { failed, type Invocation, ROTATOR } from './test/functions.ts'
import { beside, type Trial, token, trial } from './test/trial.ts'

/**
 * Every order in which a rotation, the death of its process, time and people can follow each other, up to a depth: the real
 * engine on a store in memory, with a function whose effects on a database with one password are modelled. States that look
 * alike are gone on from once. After each action it must hold that the database's password is one that the store knows, that no
 * token ever has two values, that labels are legal, and that no schedule is lost.
 */

const SecretId = 'app/db'
/** Events after RotateSecret; 4 take some ten seconds. */
const DEPTH = Number(process.env.MODEL_DEPTH ?? 4)

interface Waiting {
  readonly invocation: Invocation
  readonly answer: (invoked: Invoked) => void
}

interface Version {
  readonly VersionId: string
  readonly VersionStages?: readonly string[]
}

/** The world of one path: processes come and go, the store and the database stay. */
class World {
  readonly first: Trial
  /** The process that lives. */
  node: Trial
  /** Invocations that a living process waits for. */
  waiting: Waiting[] = []
  /** Functions that run on though nobody waits for them. */
  left: Invocation[] = []
  /** The password that the database takes. */
  password = 'one'
  readonly values = new Map<string, string>()
  #made = 0

  constructor(first: Trial) {
    this.first = first
    this.node = first
    first.functions.answer = (invocation) => {
      const { promise, resolve } = Promise.withResolvers<Invoked>()
      this.waiting.push({ invocation, answer: resolve })
      return promise
    }
  }

  next(): string {
    return token(`n${++this.#made}`)
  }

  /** Runs what is due, until a function runs or nothing does. */
  async settle(): Promise<void> {
    await this.node.travel(0)
    let idle = false
    const settled = this.node.service.idle().then(() => {
      idle = true
    })
    while (!idle && this.waiting.length === 0) await new Promise(setImmediate)
    if (idle) await settled
  }

  async versions(): Promise<readonly Version[]> {
    return (await this.node.call('ListSecretVersionIds', { SecretId, IncludeDeprecated: true })).Versions
  }

  async value(version: string): Promise<string | undefined> {
    const rows = await this.rows<{ kind: string }>(`select kind from secret_version where version = '${version}'`)
    if (rows[0] === undefined || rows[0].kind === 'empty') return undefined
    return (await this.node.call('GetSecretValue', { SecretId, VersionId: version })).SecretString
  }

  rows<R = Record<string, unknown>>(sql: string): Promise<R[]> {
    return this.node.storage.unit('read', (unit) => unit.all<R>({ name: sql, sql }, {}))
  }

  /** What a step of a single-user function does to the secret and the database; throws as the API refuses it. */
  async effect({ Step, ClientRequestToken: pending }: Invocation): Promise<void> {
    const versions = await this.versions()
    const holder = (stage: string) => versions.find(({ VersionStages }) => VersionStages?.includes(stage))?.VersionId
    const current = holder('AWSCURRENT') as string
    if (current === pending) return
    if (holder('AWSPENDING') !== pending) throw new Error('not pending')
    const value = await this.value(pending)
    switch (Step) {
      case 'createSecret': {
        if (value !== undefined) return
        const SecretString = `password ${++this.#made}`
        const VersionStages = ['AWSPENDING']
        await this.node.call('PutSecretValue', { SecretId, ClientRequestToken: pending, SecretString, VersionStages })
        return
      }
      case 'setSecret': {
        const known = [value, await this.value(current), await this.value(holder('AWSPREVIOUS') ?? '')]
        if (value === undefined || !known.includes(this.password)) throw new Error('no login')
        this.password = value
        return
      }
      case 'testSecret':
        if (value !== this.password) throw new Error('no login')
        return
      case 'finishSecret': {
        const moved = { MoveToVersionId: pending, RemoveFromVersionId: current }
        await this.node.call('UpdateSecretVersionStage', { SecretId, VersionStage: 'AWSCURRENT', ...moved })
      }
    }
  }
}

const rotation = { RotationLambdaARN: ROTATOR, RotationRules: { ScheduleExpression: 'rate(4 hours)' } }

/** Refusals are answers too; anything else is a failure of ours. */
async function asked(work: Promise<unknown>): Promise<void> {
  await work.catch((error: Error) => assert.equal(error.name, 'ApiError', String(error)))
}

/** Takes the invocation that is waited for; undefined when there is none. */
const taken = (world: World): Waiting | undefined => world.waiting.shift()

/** What can happen next; an action that can't happen now answers false. */
const ACTIONS: Readonly<Record<string, (world: World) => Promise<boolean>>> = {
  /** The function does its step; what it is refused it tells as its failure. */
  async works(world) {
    const one = taken(world)
    if (one === undefined) return false
    one.answer(
      await world.effect(one.invocation).then(
        (): Invoked => ({ ok: true }),
        () => failed(),
      ),
    )
    return true
  },
  async fails(world) {
    const one = taken(world)
    one?.answer(failed())
    return one !== undefined
  },
  /** It does its step, and what it says does not arrive well. */
  async breaks(world) {
    const one = taken(world)
    if (one === undefined) return false
    await world.effect(one.invocation).catch(() => undefined)
    one.answer(failed())
    return true
  },
  /** The process dies; its function does not know. */
  async dies(world) {
    const one = taken(world)
    if (one === undefined || world.left.length > 0) return false
    world.left.push(one.invocation)
    world.node = beside(world.first)
    return true
  },
  /** A function that was left behind does its step after all. */
  async lingers(world) {
    const one = world.left.shift()
    if (one === undefined) return false
    await world.effect(one).catch(() => undefined)
    return true
  },
  async waits(world) {
    if (world.waiting.length > 0) return false
    const [job] = await world.rows<{ at: number | null }>('select min(next_at) as at from job')
    if (job?.at === undefined || job.at === null) return false
    await world.node.travel(Math.max(0, job.at - world.node.clock.now()))
    return true
  },
  async rotate(world) {
    await asked(world.node.call('RotateSecret', { SecretId, ClientRequestToken: world.next(), ...rotation }))
    return true
  },
  async retry(world) {
    const [run] = await world.rows<{ token: string }>('select token from secret_rotation_run')
    if (run === undefined) return false
    await asked(world.node.call('RotateSecret', { SecretId, ClientRequestToken: run.token, ...rotation }))
    return true
  },
  async cancel(world) {
    await asked(world.node.call('CancelRotateSecret', { SecretId }))
    return true
  },
  /** Somebody changes the password of the database and the secret. */
  async put(world) {
    const ClientRequestToken = world.next()
    const SecretString = `by hand ${ClientRequestToken}`
    const put = world.node.call('PutSecretValue', { SecretId, ClientRequestToken, SecretString })
    await asked(put.then(() => (world.password = SecretString)))
    return true
  },
  async unlabel(world) {
    const [held] = await world.rows<{ version: string }>("select version from secret_stage where stage = 'AWSPENDING'")
    if (held === undefined) return false
    const move = { SecretId, VersionStage: 'AWSPENDING', RemoveFromVersionId: held.version }
    await asked(world.node.call('UpdateSecretVersionStage', move))
    return true
  },
  async back(world) {
    const stages = await world.rows<{ stage: string; version: string }>('select stage, version from secret_stage')
    const of = (stage: string) => stages.find((row) => row.stage === stage)?.version
    const moved = { MoveToVersionId: of('AWSPREVIOUS'), RemoveFromVersionId: of('AWSCURRENT') }
    if (moved.MoveToVersionId === undefined) return false
    await asked(world.node.call('UpdateSecretVersionStage', { SecretId, VersionStage: 'AWSCURRENT', ...moved }))
    return true
  },
  async delete(world) {
    await asked(world.node.call('DeleteSecret', { SecretId }))
    return true
  },
}

interface Row {
  readonly [column: string]: string | number | null
}

/** Checks what must hold; answers the state without times and with versions by their order. */
async function checked(world: World, path: string): Promise<string> {
  if ((await world.rows('select id from secret')).length === 0) {
    for (const table of ['secret_version', 'secret_stage', 'secret_rotation', 'secret_rotation_run', 'job'])
      assert.deepEqual(await world.rows(`select * from ${table}`), [], `${path}: ${table}`)
    return 'gone'
  }
  const versions = await world.rows<Row>('select version, kind from secret_version order by created_at, version')
  const stages = await world.rows<Row>('select stage, version from secret_stage order by stage')
  const [rotated] = await world.rows<Row>('select enabled, run_at from secret_rotation')
  const [run] = await world.rows<Row>('select token, step, attempt, failure from secret_rotation_run')
  const jobs = await world.rows<Row>('select kind, due_at from job order by kind')
  const due = (kind: string) => jobs.find((job) => job.kind === `secretsmanager/${kind}`)?.due_at
  const ids = versions.map(({ version }) => version)

  const deleted = (await world.rows('select id from secret where deleted_at is not null')).length
  // Its values can be read again then: nothing else may have changed.
  if (deleted > 0) await world.node.call('RestoreSecret', { SecretId })
  const known: (string | undefined)[] = []
  for (const { version } of versions) {
    const value = await world.value(String(version))
    known.push(value)
    if (value === undefined) continue
    const before = world.values.get(String(version))
    assert.ok(before === undefined || before === value, `${path}: ${version} has had two values`)
    world.values.set(String(version), value)
  }
  assert.ok(known.includes(world.password), `${path}: nobody knows the password of the database`)
  const holders = new Map(stages.map(({ stage, version }) => [stage, version]))
  assert.ok(holders.has('AWSCURRENT'), `${path}: no current version`)
  for (const [stage, version] of holders) assert.ok(ids.includes(version as string), `${path}: ${stage} is on nothing`)
  assert.notEqual(holders.get('AWSCURRENT'), holders.get('AWSPREVIOUS'), `${path}: current is previous`)
  assert.ok(await world.value(String(holders.get('AWSCURRENT'))), `${path}: the current version is empty`)
  const enabled = rotated?.enabled === 1
  assert.equal(due('rotate'), enabled ? rotated?.run_at : undefined, `${path}: the schedule`)
  assert.ok(run === undefined || enabled, `${path}: it rotates though it is off`)
  if (run !== undefined && Number(run.attempt) <= 5)
    assert.notEqual(due('rotation-step'), undefined, `${path}: the step`)

  const index = (version: unknown) => ids.indexOf(version as never)
  return JSON.stringify([
    versions.map(({ kind }) => kind),
    stages.map(({ stage, version }) => [stage, index(version)]),
    [enabled, deleted],
    run && [index(run.token), run.step, run.attempt, run.failure === null],
    jobs.map(({ kind }) => kind),
    known.indexOf(world.password),
    world.waiting.map(({ invocation }) => [invocation.Step, index(invocation.ClientRequestToken)]),
    world.left.map(({ Step, ClientRequestToken }) => [Step, index(ClientRequestToken)]),
  ])
}

/** Does the actions one after the other from the beginning; undefined when the last one can't happen. */
async function walked(path: readonly string[]): Promise<string | undefined> {
  await using first = await trial()
  const world = new World(first)
  await first.made(SecretId)
  await first.call('RotateSecret', { SecretId, ClientRequestToken: world.next(), ...rotation })
  await world.settle()
  for (const name of path) {
    if (!(await (ACTIONS[name] as (world: World) => Promise<boolean>)(world))) return undefined
    await world.settle()
  }
  return await checked(world, path.join(', '))
}

test(`all orders of up to ${DEPTH} events keep a usable password, one value for a token, legal labels and the schedule`, async (t) => {
  const seen = new Set<string>()
  let paths: readonly (readonly string[])[] = [[]]
  let walks = 0
  for (let depth = 0; depth <= DEPTH; depth++) {
    const next: (readonly string[])[] = []
    for (const path of paths) {
      walks++
      const state = await walked(path)
      if (state === undefined || seen.has(state)) continue
      seen.add(state)
      for (const name of Object.keys(ACTIONS)) next.push([...path, name])
    }
    paths = next
  }
  assert.ok(seen.size > 100, `${seen.size} states`)
  t.diagnostic(`${seen.size} states, ${walks} walks`)
})

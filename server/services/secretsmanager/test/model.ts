import assert from 'node:assert/strict'
import { isMainThread, parentPort, workerData } from 'node:worker_threads'
import { RENEW_MS } from '../model/rotation-run.ts'
import { failed, ROTATOR } from './functions.ts'
import { type Waiting, World } from './world.ts'

/**
 * Every order in which a rotation, the death of its process, another process, time and people can follow each other, up to a depth,
 * from several beginnings: the real engine on a store in memory, with a function whose effects on a database with one password are
 * modelled. States that look alike are gone on from once. After each action the invariants below must hold.
 */

const schedule = { RotationLambdaARN: ROTATOR, RotationRules: { ScheduleExpression: 'rate(4 hours)' } }

/** Refusals are answers too; anything else is a failure of ours. */
async function asked(work: Promise<unknown>): Promise<void> {
  await work.catch((error: Error) => assert.equal(error.name, 'ApiError', String(error)))
}

interface Action {
  /** Whether it can happen now. */
  readonly can: (world: World) => Promise<boolean> | boolean
  readonly act: (world: World) => Promise<void>
}

const taken = (world: World): Waiting => world.waiting.shift() as Waiting
const isWaited = (world: World) => world.waiting.length > 0
const always = () => true
const labelled = async (world: World, stage: string) =>
  (await world.rows<{ version: string }>(`select version from secret_stage where stage = '${stage}'`))[0]?.version
const there = async (world: World, sql: string) => (await world.rows(sql)).length > 0

const ACTIONS: Readonly<Record<string, Action>> = {
  /** The function that was begun first does its step; what it is refused it tells as its failure. */
  works: {
    can: isWaited,
    async act(world) {
      const { event, answer } = taken(world)
      answer(
        await world.effect(event).then(
          () => ({ ok: true }) as const,
          () => failed(),
        ),
      )
    },
  },
  fails: { can: isWaited, act: async (world) => taken(world).answer(failed()) },
  /** It does its step, and what it says does not arrive well. */
  breaks: {
    can: isWaited,
    async act(world) {
      const { event, answer } = taken(world)
      await world.effect(event).catch(() => undefined)
      answer(failed())
    },
  },
  throttles: {
    can: isWaited,
    act: async (world) => taken(world).answer({ ok: false, errorType: 'T', errorMessage: '', throttled: true }),
  },
  /** Its process dies; the function does not know. */
  dies: {
    can: (world) => isWaited(world) && world.left.length === 0,
    act: async (world) => world.die((world.waiting[0] as Waiting).node),
  },
  /** A function that was left behind does its step after all. */
  lingers: {
    can: (world) => world.left.length > 0,
    act: async (world) => world.effect(world.left.shift() as never).catch(() => undefined),
  },
  /** The next job falls due: a retry, a window, the end of a lease. Functions that run go on. */
  waits: {
    can: (world) => there(world, 'select kind from job'),
    async act(world) {
      const [job] = await world.rows<{ at: number }>('select min(next_at) as at from job')
      await world.trial.travel(Math.max(0, (job?.at ?? 0) - world.trial.clock.now()))
    },
  },
  /** The other process looks at the jobs from now on. */
  swaps: {
    can: always,
    async act(world) {
      world.runner = 1 - world.runner
    },
  },
  /** A while passes, and the process with the oldest function says that it lives. */
  renews: {
    can: isWaited,
    async act(world) {
      await world.trial.travel(RENEW_MS)
      await world.waiting[0]?.node.trial.service.leases?.renew()
    },
  },
  rotate: {
    can: always,
    act: (world) => asked(world.call('RotateSecret', { ClientRequestToken: world.next(), ...schedule })),
  },
  tests: {
    can: always,
    act: (world) =>
      asked(world.call('RotateSecret', { ClientRequestToken: world.next(), RotateImmediately: false, ...schedule })),
  },
  retry: {
    can: (world) => there(world, "select token from secret_rotation_run where phase <> 'ended'"),
    async act(world) {
      const [run] = await world.rows<{ token: string }>("select token from secret_rotation_run where phase <> 'ended'")
      await asked(world.call('RotateSecret', { ClientRequestToken: run?.token, ...schedule }))
    },
  },
  cancel: { can: always, act: (world) => asked(world.call('CancelRotateSecret')) },
  /** Somebody changes the password of the database and the secret. */
  put: {
    can: always,
    async act(world) {
      const ClientRequestToken = world.next()
      const SecretString = `by hand ${ClientRequestToken}`
      const put = world.call('PutSecretValue', { ClientRequestToken, SecretString })
      await asked(put.then(() => (world.password = SecretString)))
    },
  },
  unlabel: {
    can: async (world) => (await labelled(world, 'AWSPENDING')) !== undefined,
    async act(world) {
      const RemoveFromVersionId = await labelled(world, 'AWSPENDING')
      await asked(world.call('UpdateSecretVersionStage', { VersionStage: 'AWSPENDING', RemoveFromVersionId }))
    },
  },
  back: {
    can: async (world) => (await labelled(world, 'AWSPREVIOUS')) !== undefined,
    async act(world) {
      const MoveToVersionId = await labelled(world, 'AWSPREVIOUS')
      const RemoveFromVersionId = await labelled(world, 'AWSCURRENT')
      const moved = { MoveToVersionId, RemoveFromVersionId }
      await asked(world.call('UpdateSecretVersionStage', { VersionStage: 'AWSCURRENT', ...moved }))
    },
  },
  delete: { can: always, act: (world) => asked(world.call('DeleteSecret')) },
  restore: {
    can: (world) => there(world, 'select id from secret where deleted_at is not null'),
    act: (world) => asked(world.call('RestoreSecret')),
  },
}

/** Beginnings: how far a rotation has come before everything may happen. */
const steps = (count: number) => Array.from({ length: count }, () => 'works')
const BEGINNINGS: readonly (readonly string[])[] = [
  ...[0, 1, 2, 3].map((done) => ['rotate', ...steps(done)]),
  ['tests'],
  // the second rotation, by the schedule, in its second step: there is a previous version
  ['rotate', ...steps(4), 'waits', 'works'],
  // it waits to be tried again, with the password set
  ['rotate', ...steps(2), 'fails'],
  ['rotate', 'dies', 'waits'],
  // another process takes over from one that has stopped, or waits for one that lives
  ['rotate', 'swaps', 'waits'],
  ['rotate', 'renews', 'swaps'],
  ['rotate', ...steps(2), 'cancel'],
]

const isHeld = (holders: ReadonlyMap<unknown, unknown>, token: unknown) =>
  holders.get('AWSPENDING') === token || holders.get('AWSCURRENT') === token

interface Row {
  readonly [column: string]: string | number | null
}

/** Checks what must hold; answers the state without times and with versions by their order. */
async function checked(world: World, path: string): Promise<string> {
  consistent(world, path)
  if (!(await there(world, 'select id from secret'))) {
    for (const table of ['version', 'stage', 'rotation', 'rotation_run', 'rotation_watch'])
      assert.deepEqual(await world.rows(`select * from secret_${table}`), [], `${path}: ${table}`)
    assert.deepEqual(await world.rows('select * from job'), [], `${path}: jobs`)
    return 'gone'
  }
  const versions = await world.rows<Row>('select version, kind from secret_version order by created_at, version')
  const stages = await world.rows<Row>('select stage, version from secret_stage order by stage')
  const [rotated] = await world.rows<Row>('select enabled, run_at from secret_rotation')
  const [run] = await world.rows<Row>("select * from secret_rotation_run where phase <> 'ended'")
  const [watch] = await world.rows<Row>('select due_by from secret_rotation_watch')
  const nodes = await world.rows<Row>('select id, until from rotation_node')
  const jobs = await world.rows<Row>('select kind, due_at from job order by kind')
  const due = (kind: string) => jobs.find((job) => job.kind === `secretsmanager/${kind}`)?.due_at
  const ids = versions.map(({ version }) => version)
  const now = world.trial.clock.now()

  const deleted = await there(world, 'select id from secret where deleted_at is not null')
  // Its values can be read again then: nothing else may have changed.
  if (deleted) await world.call('RestoreSecret')
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
  const current = await world.value(String(holders.get('AWSCURRENT')))
  assert.ok(current, `${path}: the current version is empty`)

  // No lost schedule: what is on has a plan, what runs or waits has a job that looks after it, what is promised is watched.
  const enabled = rotated?.enabled === 1
  assert.equal(due('rotate'), enabled ? rotated?.run_at : undefined, `${path}: the schedule`)
  assert.ok(run === undefined || enabled, `${path}: it rotates though it is off`)
  const parked = run !== undefined && run.node === null && Number(run.attempt) > 5
  assert.equal(due('rotation-step') !== undefined, run !== undefined && !parked, `${path}: the step`)
  assert.equal(watch !== undefined, enabled, `${path}: the promise`)
  const lately = watch !== undefined && Number(watch.due_by) <= now
  assert.ok(!enabled || lately || due('rotation-overdue') === watch?.due_by, `${path}: the watch`)

  // What somebody puts by hand ends the run at once; a run that only waits never waits for what it can't have.
  const ended = path.endsWith('put') || (run?.phase === 'real' && run.node === null && !isHeld(holders, run.token))
  assert.ok(!ended || run === undefined, `${path}: it goes on`)
  // Of a test nothing stays.
  for (const { eventName, call } of world.events) {
    const version = call.requestId.slice(-36)
    if (eventName !== 'TestRotationStarted' || run?.token === version || holders.get('AWSCURRENT') === version) continue
    assert.ok(!ids.includes(version), `${path}: the version of a test is left`)
  }

  // Of processes that live, one at the most has a function of this secret running; the store names it, also when it was ended.
  const lives = (id: string | undefined) => nodes.some((row) => row.id === id && Number(row.until) > now)
  const running = world.waiting.filter(({ node }) => lives(node.trial.service.leases?.node))
  assert.ok(running.length <= 1, `${path}: two functions`)
  const [named] = await world.rows<Row>('select node from secret_rotation_run')
  for (const { node } of running) assert.equal(node.trial.service.leases?.node, named?.node, `${path}: unnamed`)

  // Returned means returned, as long as nothing else works on the database.
  const last = world.events.at(-1)?.eventName
  const quiet = world.waiting.length + world.left.length === 0 && !/back|lingers/.test(path)
  if (last === 'RotationReturned' && quiet) assert.equal(world.password, current, `${path}: not returned`)

  const index = (version: unknown) => ids.indexOf(version as never)
  const short = ({ Step, ClientRequestToken }: { Step: string; ClientRequestToken: string }) => [
    Step,
    index(ClientRequestToken),
  ]
  const place = (id: unknown) => world.nodes.findIndex(({ trial }) => trial.service.leases?.node === id)
  return JSON.stringify([
    versions.map(({ kind }) => kind),
    stages.map(({ stage, version }) => [stage, index(version)]),
    [enabled, deleted, lately],
    run && [run.phase, index(run.token), run.step, run.attempt, run.failure === null, run.node && place(run.node)],
    jobs.map(({ kind }) => kind),
    known.indexOf(world.password),
    world.waiting.map(({ node, event }) => [world.nodes.indexOf(node), ...short(event)]),
    world.nodes.map(({ trial }) => lives(trial.service.leases?.node)),
    world.runner,
    world.left.map(short),
  ])
}

const ENDS = ['RotationSucceeded', 'RotationAbandoned', 'TestRotationSucceeded', 'TestRotationFailed']

/** Each run is told from its beginning, once, to at most one end, and nothing after it; success only of what is current. */
function consistent(world: World, path: string): void {
  const told = new Map<string, string[]>()
  for (const { eventName, call } of world.events) {
    if (!/^(Test)?Rotation/.test(eventName) || eventName === 'RotationOverdue') continue
    const of = told.get(call.requestId) ?? []
    told.set(call.requestId, of)
    of.push(eventName)
  }
  for (const [id, names] of told) {
    const runs: string[][] = []
    for (const name of names) {
      if (name.endsWith('RotationStarted')) runs.push([])
      // A version that no rotation made is told of as a failure of its own.
      else if (runs.length === 0) assert.equal(name, 'RotationFailed', `${path}: ${id} begins with ${name}`)
      runs.at(-1)?.push(name)
    }
    for (const run of runs) {
      const end = run.findIndex((name) => ENDS.includes(name))
      const after = end < 0 ? [] : run.slice(end + 1).filter((name) => name !== 'RotationFailed')
      assert.deepEqual(after, [], `${path}: after its end`)
      assert.ok(run.filter((name) => name === 'RotationSucceeded').length <= 1, `${path}: succeeded twice`)
    }
  }
}

interface Walked {
  readonly state: string
  /** What can happen next. */
  readonly possible: readonly string[]
}

/** Does the actions one after the other from the beginning. */
async function walked(path: readonly string[], returns: boolean): Promise<Walked> {
  await using world = await World.open(returns)
  for (const name of path) {
    await (ACTIONS[name] as Action).act(world)
    await world.settle()
  }
  const possible: string[] = []
  for (const [name, { can }] of Object.entries(ACTIONS)) if (await can(world)) possible.push(name)
  return { state: await checked(world, path.join(', ')), possible }
}

export interface Explored {
  readonly states: number
  readonly walks: number
}

/** Explores everything up to `depth` events behind each beginning. Throws AssertionError with the path at the first that is wrong. */
export async function explore(depth: number, returns: boolean): Promise<Explored> {
  const seen = new Set<string>()
  let paths = BEGINNINGS
  let walks = 0
  for (let at = 0; at <= depth; at++) {
    const next: (readonly string[])[] = []
    for (const path of paths) {
      walks++
      const { state, possible } = await walked(path, returns)
      if (seen.has(state)) continue
      seen.add(state)
      if (at < depth) for (const name of possible) next.push([...path, name])
    }
    paths = next
  }
  return { states: seen.size, walks }
}

// In a thread of its own nothing watches every promise, as the test runner does: twice as fast.
if (!isMainThread) {
  const { depth, returns } = workerData as { readonly depth: number; readonly returns: boolean }
  parentPort?.postMessage(await explore(depth, returns))
}

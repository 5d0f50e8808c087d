import type { AuditEvent } from '#kernel/audit/event'
import type { Random } from '#kernel/random'
import { KEPT_MS, roomForOneMore } from './model/history.ts'
import { tooManyVersions } from './model/refusals.ts'
import type { Rotation, Run } from './model/rotation.ts'
import { countsFromBase, firstStep, holdsOn, LEASE_MS } from './model/rotation-run.ts'
import { plan } from './model/schedule.ts'
import type { Secret } from './model/secret.ts'
import { checkLabels, CURRENT, PENDING, sameStages, type Stages } from './model/stages.ts'
import type { Later } from './jobs.ts'
import { type Failure, rotationEvent, type RotationEventName, type Told } from './rotation-events.ts'
import type { Secrets } from './store.ts'

/** Nothing is configured yet. */
export const NEVER: Rotation = {
  enabled: false,
  functionArn: undefined,
  rules: {},
  lastAt: undefined,
  basedAt: undefined,
  planned: undefined,
  configuredBy: undefined,
}

/** What changes of rotations need of their unit of work. */
export interface RotatingParts {
  readonly secrets: Secrets
  readonly later: Later
  readonly random: Random
  /** The events that the unit leaves in the trail. */
  readonly events: AuditEvent[]
  /** Told of them after the commit. */
  readonly told: Told
  /** Most versions of a secret. */
  readonly versions: number
}

/**
 * The changes that a rotation goes through, each within one unit of work in which the secret is locked. What is enabled and
 * has rules has a planned time and a job for it: no change leaves a secret without its next rotation.
 */
export class Rotating {
  readonly #parts: RotatingParts
  readonly #chance: (below: number) => number

  constructor(parts: RotatingParts) {
    this.#parts = parts
    this.#chance = (below) => parts.random.below(below)
  }

  /**
   * Plans the next rotation from `rotation.basedAt` and writes it all down. Answers what was written. `by`: until when a
   * rotation is promised; `window`: until the end of the planned one; `kept`: what was promised before still is.
   */
  async schedule(
    secret: Secret,
    rotation: Rotation,
    now: number,
    by: 'window' | 'kept' | number = 'window',
  ): Promise<Rotation> {
    const { secrets, later } = this.#parts
    const { automaticallyAfterDays, scheduleExpression } = rotation.rules
    const regular = automaticallyAfterDays !== undefined || scheduleExpression !== undefined
    const basedAt = rotation.basedAt
    const planned =
      rotation.enabled && regular ? plan(rotation.rules, { now, basedAt: basedAt ?? now }, this.#chance) : undefined
    const next = { ...rotation, planned }
    await secrets.rotations.save(secret, next)
    if (planned === undefined) await later.unplan(secret)
    else await later.rotate(secret, planned.runAt)
    if (by !== 'kept') await this.promise(secret, typeof by === 'number' ? by : planned?.windowEnd)
    return next
  }

  /** Promises a rotation by then, or none any more. Nothing is held back from now on. */
  async promise(secret: Secret, dueBy: number | undefined): Promise<void> {
    const { secrets, later } = this.#parts
    await secrets.rotations.saveWatch(secret, dueBy === undefined ? undefined : { dueBy, heldSince: undefined })
    if (dueBy === undefined) await later.unwatch(secret)
    else await later.watch(secret, dueBy)
  }

  /** A due rotation waits for readers of the old version since `since`, at most until `until`. */
  async hold(secret: Secret, since: number, until: number): Promise<void> {
    const { secrets, later } = this.#parts
    await secrets.rotations.saveWatch(secret, { dueBy: until, heldSince: since })
    await later.watch(secret, until)
  }

  /** Has the planned rotation begin at another time. */
  async replan(secret: Secret, rotation: Rotation, runAt: number): Promise<void> {
    const { secrets, later } = this.#parts
    if (rotation.planned === undefined) return
    await secrets.rotations.save(secret, { ...rotation, planned: { ...rotation.planned, runAt } })
    await later.rotate(secret, runAt)
  }

  /** Registers the empty version `token` and the rotation that is to fill it. */
  async begin(secret: Secret, token: string, now: number): Promise<void> {
    const { secrets } = this.#parts
    const before = await secrets.stages(secret)
    checkLabels(before, pendingOn(before, token))
    if (!(await secrets.hasVersion(secret, token))) {
      await this.#room(secret, now)
      const empty = { keyArn: '', defaultKey: false, sealed: new Uint8Array(), dataKey: new Uint8Array() }
      await secrets.insertVersion(secret, { id: token, kind: 'empty', createdAt: now, accessedDay: 0, ...empty })
    }
    await this.#start(secret, token, 'real', now)
  }

  /** Begins the test of a version that holds a copy of the current value. */
  async beginTest(secret: Secret, token: string, now: number): Promise<void> {
    await this.#start(secret, token, 'test', now)
  }

  /** Has the rotation that waits, or none, tried at once with its own token. */
  async retry(secret: Secret, run: Run, now: number): Promise<void> {
    const { secrets, later } = this.#parts
    if (run.node !== undefined) return
    await secrets.rotations.saveRun(secret, { ...this.first(run), notBefore: now })
    await later.step(secret, run.token, now)
  }

  /** The run as it begins, also when it is tried again: with its first step, and nobody's. */
  first(run: Run): Run {
    return { ...run, step: firstStep(run.phase), node: undefined }
  }

  /** Puts the run down for the next window, which begins at about `at`. */
  async park(secret: Secret, run: Run, at: number): Promise<void> {
    const { secrets, later } = this.#parts
    await secrets.rotations.saveRun(secret, { ...this.first(run), notBefore: at })
    await later.unstep(secret)
  }

  /** Puts the attempt that is to come down for `at`. */
  async wait(secret: Secret, run: Run, at: number): Promise<void> {
    const { secrets, later } = this.#parts
    await secrets.rotations.saveRun(secret, { ...this.first(run), notBefore: at })
    await later.step(secret, run.token, at)
  }

  /** Puts it down that `node` tries a step: others look after it from time to time, and take it over when the node is dead. */
  async claim(secret: Secret, run: Run, node: string, now: number): Promise<Run> {
    const { secrets, later, random } = this.#parts
    // A row of before step 0004 has none that counts.
    const rotationToken = run.rotationToken || random.uuid()
    const claimed = { ...run, notBefore: now + LEASE_MS, node, rotationToken }
    await secrets.rotations.saveRun(secret, claimed)
    await later.step(secret, run.token, claimed.notBefore)
    return claimed
  }

  /** Ends the run, however it went; of a test nothing stays. */
  async end(secret: Secret, run: Run, now: number): Promise<void> {
    const { secrets, later } = this.#parts
    await secrets.rotations.removeRun(secret)
    await later.unstep(secret)
    if (run.phase === 'test') await this.#clear(secret, run.token, now)
  }

  /** Ends the run by hand. A function of it may run: whoever waits for it says when it has ended, and no other begins before. */
  async #stop(secret: Secret, run: Run, now: number): Promise<void> {
    await this.end(secret, run, now)
    if (run.node !== undefined) await this.#parts.secrets.rotations.saveEnded(secret, run)
  }

  /** The function of a claimed run has ended, which perhaps is no run any more: the next one may begin. */
  async release(secret: Secret, claimed: Run, now: number): Promise<void> {
    const { secrets, later } = this.#parts
    const ended = await secrets.rotations.ended(secret)
    if (ended?.rotationToken === claimed.rotationToken && ended.node === claimed.node)
      return secrets.rotations.removeRun(secret)
    const run = await secrets.rotations.run(secret)
    if (run === undefined || run.node !== claimed.node || run.rotationToken === claimed.rotationToken) return
    await secrets.rotations.saveRun(secret, { ...run, node: undefined, notBefore: now })
    await later.step(secret, run.token, now)
  }

  /** Gives a rotation up: somebody else has put a value, or taken its label. */
  async abandon(secret: Secret, run: Run, now: number, running = false): Promise<void> {
    const { secrets } = this.#parts
    const before = await secrets.stages(secret)
    if (before.get(PENDING) === run.token && before.get(CURRENT) !== run.token) {
      await secrets.saveStages(secret, before, without(before), now)
    }
    if (running) await this.#stop(secret, run, now)
    else await this.end(secret, run, now)
    this.tell(secret, 'RotationAbandoned', run.token, now)
    const watch = await secrets.rotations.watch(secret)
    const rotation = await secrets.rotations.find(secret)
    // What is overdue stays so; otherwise the next window is what can be expected now.
    if (watch !== undefined && watch.dueBy > now) await this.promise(secret, rotation?.planned?.windowEnd)
  }

  /** Turns rotation off; labels stay, but for those of a test. Source: secretsmanager.md 8.2, rotation.md 3.2. */
  async turnOff(secret: Secret, rotation: Rotation | undefined, now: number): Promise<void> {
    const run = await this.#parts.secrets.rotations.run(secret)
    if (run !== undefined) await this.#stop(secret, run, now)
    await this.#parts.secrets.rotations.saveFailedTest(secret, undefined)
    const off = { ...(rotation ?? NEVER), enabled: false, lastAt: undefined }
    await this.schedule(secret, off, now)
  }

  /**
   * A new current value `version` was put: one that the running rotation did not make ends it, and counts as a rotation
   * itself. Source: rotation.md 3.2, 7.
   */
  async written(secret: Secret, rotation: Rotation | undefined, version: string, now: number): Promise<void> {
    if (rotation === undefined) return
    const run = await this.#parts.secrets.rotations.run(secret)
    if (run?.token === version) return
    await this.#parts.secrets.rotations.saveFailedTest(secret, undefined)
    if (run !== undefined) await this.abandon(secret, run, now, true)
    if (!rotation.enabled) return
    const rebased = { ...rotation, basedAt: now }
    if (countsFromBase(rotation)) await this.schedule(secret, rebased, now)
    else {
      await this.#parts.secrets.rotations.save(secret, rebased)
      await this.promise(secret, rotation.planned?.windowEnd)
    }
  }

  /** Labels were moved by hand: a rotation that only waits has lost its version. One that runs sees it after its step. */
  async labelled(secret: Secret, rotation: Rotation | undefined, stages: Stages, now: number): Promise<void> {
    if (rotation === undefined) return
    const run = await this.#parts.secrets.rotations.run(secret)
    if (run !== undefined && run.node === undefined && !holdsOn(stages, run.token)) await this.abandon(secret, run, now)
  }

  /** Leaves an event in the trail, and tells of it; `failure`: what is told besides. */
  tell(
    secret: Secret,
    name: RotationEventName,
    token: string,
    now: number,
    errorMessage?: string,
    failure?: Failure,
  ): void {
    const more = errorMessage === undefined ? {} : { errorMessage }
    this.#parts.events.push(rotationEvent(secret, name, { token, now, ...more }))
    this.#parts.told(name, secret.arn, failure)
  }

  async #start(secret: Secret, token: string, phase: Run['phase'], now: number): Promise<void> {
    const { secrets, later, random } = this.#parts
    const before = await secrets.stages(secret)
    if (before.get(PENDING) !== token) {
      const after = pendingOn(before, token)
      checkLabels(before, after)
      await secrets.saveStages(secret, before, after, now)
    }
    // The function of a run that was ended may still run: the new one counts as that process's until it says otherwise, or dies.
    const ended = await secrets.rotations.ended(secret)
    await secrets.rotations.saveFailedTest(secret, undefined)
    await secrets.rotations.saveRun(secret, {
      token,
      phase,
      step: firstStep(phase),
      attempt: 1,
      notBefore: now,
      rotationToken: random.uuid(),
      startedAt: now,
      failure: undefined,
      node: ended?.node,
    })
    await later.step(secret, token, now)
    this.tell(secret, phase === 'test' ? 'TestRotationStarted' : 'RotationStarted', token, now)
  }

  /** Takes a test's version away, with what labels it still has. */
  async #clear(secret: Secret, version: string, now: number): Promise<void> {
    const { secrets } = this.#parts
    const before = await secrets.stages(secret)
    // The function of a test has no business with AWSCURRENT; a version that holds it all the same must stay.
    if (before.get(CURRENT) === version) return
    const after = new Map([...before].filter(([, holder]) => holder !== version))
    if (!sameStages(before, after)) await secrets.saveStages(secret, before, after, now)
    await secrets.removeVersion(secret, version, now)
  }

  async #room(secret: Secret, now: number): Promise<void> {
    const { secrets, later, versions } = this.#parts
    const total = await secrets.countVersions(secret)
    if (total < versions) return
    const removable = await secrets.deprecated(secret, now - KEPT_MS, total)
    const { room, prune } = roomForOneMore(total, removable.length, versions)
    if (!room) throw tooManyVersions()
    if (prune) await later.prune(secret, now)
  }
}

function pendingOn(stages: Stages, version: string): Stages {
  const after = new Map(without(stages))
  return after.set(PENDING, version)
}

function without(stages: Stages): Stages {
  const rest = new Map(stages)
  rest.delete(PENDING)
  return rest
}

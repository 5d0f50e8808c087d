import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { systemRandom } from '#kernel/random'
import { ApiError } from '#kernel/error'
import { faulty } from '#kernel/storage/faulty'
import { openPostgres } from '#kernel/storage/postgres/postgres'
import { postgresMissing, startPostgres } from '../../test/postgres.ts'
import { beside, MIGRATIONS, type Opening, type Trial, trial } from './test/trial.ts'

/**
 * Versions, labels and history of parameters against a model, on both engines: one client whose every answer the model knows, then
 * several at once, of whom only what always holds is known.
 */

/** Versions that are kept here, so that short walks forget some. Labels of one version: AWS's. */
const KEPT = 4
const MOST_LABELS = 10
const NAMES = ['/app/one', 'two'] as const
const GOOD = Array.from({ length: 13 }, (_, i) => `label${i}`)
const BAD = ['1st', 'awsome', 'a b']

type Action =
  | { readonly does: 'put'; readonly name: string; readonly overwrite: boolean }
  | { readonly does: 'label'; readonly name: string; readonly version: number | undefined; readonly labels: string[] }
  | { readonly does: 'unlabel'; readonly name: string; readonly version: number; readonly labels: string[] }
  | { readonly does: 'delete'; readonly name: string }
  | { readonly does: 'get'; readonly name: string; readonly given: string }

const name = fc.constantFrom(...NAMES)
const version = fc.integer({ min: 1, max: 8 })
const labels = fc.uniqueArray(fc.constantFrom(...GOOD, ...BAD), { minLength: 1, maxLength: 10 })
const weighed = (deletes: number) =>
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        does: fc.constant('put' as const),
        name,
        overwrite: fc.constantFrom(true, true, true, false),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        does: fc.constant('label' as const),
        name,
        version: fc.option(version, { nil: undefined }),
        labels,
      }),
    },
    { weight: 2, arbitrary: fc.record({ does: fc.constant('unlabel' as const), name, version, labels }) },
    { weight: deletes, arbitrary: fc.record({ does: fc.constant('delete' as const), name }) },
    {
      weight: 3,
      arbitrary: fc.record({
        does: fc.constant('get' as const),
        name,
        given: fc.oneof(
          fc.constant(''),
          version.map((n) => `:${n}`),
          fc.constantFrom(...GOOD).map((label) => `:${label}`),
        ),
      }),
    },
  )

/** Does it; a refusal is answered by its code. */
async function act(one: Trial, action: Action, value: string): Promise<unknown> {
  try {
    switch (action.does) {
      case 'put': {
        const put = { Name: action.name, Value: value, Type: 'String', Overwrite: action.overwrite }
        return (await one.call('PutParameter', put)).Version
      }
      case 'label': {
        const asked = { Name: action.name, Labels: action.labels, ParameterVersion: action.version }
        const { InvalidLabels, ParameterVersion } = await one.call('LabelParameterVersion', asked)
        return [ParameterVersion, [...InvalidLabels].sort()]
      }
      case 'unlabel': {
        const asked = { Name: action.name, Labels: action.labels, ParameterVersion: action.version }
        const { RemovedLabels, InvalidLabels } = await one.call('UnlabelParameterVersion', asked)
        return [[...RemovedLabels].sort(), [...InvalidLabels].sort()]
      }
      case 'delete':
        return await one.call('DeleteParameter', { Name: action.name })
      case 'get': {
        const { Parameter } = await one.call('GetParameter', { Name: `${action.name}${action.given}` })
        return [Parameter.Version, Parameter.Value]
      }
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    return error.code
  }
}

/** A parameter as it must be: what each kept version holds, and where each label is. */
interface Known {
  latest: number
  readonly values: Map<number, string>
  readonly labels: Map<string, number>
}

class Model {
  readonly parameters = new Map<string, Known>()

  act(action: Action, value: string): unknown {
    const known = this.parameters.get(action.name)
    if (action.does === 'put') return this.#put(action, known, value)
    if (known === undefined) return 'ParameterNotFound'
    switch (action.does) {
      case 'label':
        return this.#label(known, action.version ?? known.latest, action.labels)
      case 'unlabel': {
        if (!known.values.has(action.version)) return 'ParameterVersionNotFound'
        const removed = action.labels.filter((label) => known.labels.get(label) === action.version)
        for (const label of removed) known.labels.delete(label)
        return [removed.sort(), action.labels.filter((label) => !removed.includes(label)).sort()]
      }
      case 'delete':
        this.parameters.delete(action.name)
        return {}
      case 'get': {
        const given = action.given.slice(1)
        const number = given === '' ? known.latest : /^\d+$/.test(given) ? Number(given) : known.labels.get(given)
        const found = number === undefined ? undefined : known.values.get(number)
        return found === undefined ? 'ParameterVersionNotFound' : [number, found]
      }
    }
  }

  #put({ name, overwrite }: Extract<Action, { does: 'put' }>, known: Known | undefined, value: string): unknown {
    if (known === undefined) {
      this.parameters.set(name, { latest: 1, values: new Map([[1, value]]), labels: new Map() })
      return 1
    }
    if (!overwrite) return 'ParameterAlreadyExists'
    if (known.values.size === KEPT) {
      const oldest = Math.min(...known.values.keys())
      if ([...known.labels.values()].includes(oldest)) return 'ParameterMaxVersionLimitExceeded'
      known.values.delete(oldest)
    }
    known.values.set(++known.latest, value)
    return known.latest
  }

  #label(known: Known, number: number, asked: readonly string[]): unknown {
    if (!known.values.has(number)) return 'ParameterVersionNotFound'
    const good = asked.filter((label) => GOOD.includes(label))
    const there = [...known.labels].filter(([, on]) => on === number).map(([label]) => label)
    if (new Set([...there, ...good]).size > MOST_LABELS) return 'ParameterVersionLabelLimitExceeded'
    for (const label of good) known.labels.set(label, number)
    return [number, asked.filter((label) => !GOOD.includes(label)).sort()]
  }
}

type Shown = { Version: number; Value: string; Labels: string[] }

/** The history as it is answered; undefined: there is no such parameter. */
async function historyOf(one: Trial, Name: string): Promise<Shown[] | undefined> {
  try {
    return (await one.call('GetParameterHistory', { Name })).Parameters
  } catch (error) {
    if (error instanceof ApiError && error.code === 'ParameterNotFound') return undefined
    throw error
  }
}

async function agree(one: Trial, model: Model): Promise<void> {
  for (const each of NAMES) {
    const known = model.parameters.get(each)
    const expected =
      known &&
      [...known.values].map(([Version, Value]) => {
        const Labels = [...known.labels].filter(([, on]) => on === Version).map(([label]) => label)
        return { Version, Value, Labels: Labels.sort() }
      })
    const history = await historyOf(one, each)
    const shown = history?.map(({ Version, Value, Labels }) => ({ Version, Value, Labels: [...Labels].sort() }))
    assert.deepEqual(shown, expected)
  }
}

async function cleared(one: Trial): Promise<void> {
  await one.call('DeleteParameters', { Names: [...NAMES] })
}

/** One client: every answer, and after it the whole history, is the model's. */
async function walks(one: Trial, numRuns: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(weighed(1), { minLength: 5, maxLength: 25 }), async (actions) => {
      await cleared(one)
      const model = new Model()
      for (const [at, action] of actions.entries()) {
        const value = `value ${at}`
        const expected = model.act(action, value)
        assert.deepEqual(await act(one, action, value), expected, JSON.stringify(action))
        if (action.does !== 'get') await agree(one, model)
      }
    }),
    { numRuns },
  )
}

/** What holds of a history whoever has written it, and in whatever order. */
function holds(history: readonly Shown[]): void {
  assert.ok(history.length >= 1 && history.length <= KEPT, `${history.length} versions`)
  const first = history[0]?.Version ?? 0
  history.forEach(({ Version, Labels }, at) => {
    assert.equal(Version, first + at, 'numbers have no gaps')
    assert.ok(Labels.length <= MOST_LABELS, `${Labels.length} labels on version ${Version}`)
  })
  const all = history.flatMap(({ Labels }) => Labels)
  assert.equal(new Set(all).size, all.length, 'a label is on one version')
  for (const label of all) assert.ok(GOOD.includes(label), label)
}

/** Several clients at once. Without deletions each number is given once, from 1, without gaps; no reader sees half a change. */
async function clients(nodes: readonly Trial[], deletes: number, numRuns: number): Promise<void> {
  const [one] = nodes as [Trial]
  const scripts = fc.array(fc.array(weighed(deletes), { minLength: 4, maxLength: 10 }), {
    minLength: nodes.length,
    maxLength: nodes.length,
  })
  await fc.assert(
    fc.asyncProperty(scripts, async (all) => {
      await cleared(one)
      const given = new Map<string, { number: number; value: string }[]>(NAMES.map((each) => [each, []]))
      let over = false
      const watching = (async () => {
        while (!over) {
          for (const each of NAMES) {
            const history = await historyOf(nodes.at(-1) as Trial, each)
            if (history !== undefined) holds(history)
          }
        }
      })()
      await Promise.all(
        all.map(async (actions, client) => {
          for (const [at, action] of actions.entries()) {
            const value = `value ${client} ${at}`
            const answer = await act(nodes[client] as Trial, action, value)
            if (action.does === 'put' && typeof answer === 'number')
              given.get(action.name)?.push({ number: answer, value })
            if (action.does === 'get' && Array.isArray(answer) && deletes === 0 && /^:\d/.test(action.given)) {
              assert.equal(answer[0], Number(action.given.slice(1)))
            }
          }
        }),
      ).finally(() => {
        over = true
      })
      await watching
      for (const each of NAMES) {
        const history = await historyOf(one, each)
        if (history !== undefined) holds(history)
        if (deletes > 0) continue
        const puts = (given.get(each) ?? []).sort((a, b) => a.number - b.number)
        assert.deepEqual(
          puts.map(({ number }) => number),
          puts.map((_, at) => at + 1),
        )
        assert.equal(history?.at(-1)?.Version, puts.at(-1)?.number)
        for (const { Version, Value } of history ?? []) assert.equal(Value, puts[Version - 1]?.value)
      }
    }),
    { numRuns },
  )
}

const LIMITS = { limits: { versions: KEPT } }

test('SQLite: every answer is the model’s', async () => {
  await using one = await trial(LIMITS)
  await walks(one, 150)
})

test('SQLite: several clients at once give each number once, keep labels on one version and histories whole', async () => {
  await using one = await trial(LIMITS)
  const nodes = [one, one, one, one]
  await clients(nodes, 0, 40)
  await clients(nodes, 2, 30)
})

test('PostgreSQL: the same, with clients on connections of their own', {
  skip: postgresMissing() ?? false,
}, async () => {
  await using server = await startPostgres()
  const url = await server.database()
  const open = (opening: Opening) => openPostgres({ url, random: systemRandom, ...opening })
  await using one = await trial(LIMITS, open)
  await walks(one, 8)
  const again = { migrations: MIGRATIONS, clock: one.clock }
  const others = await Promise.all([1, 2, 3].map(async () => faulty(await open(again))))
  try {
    const nodes = [one, ...others.map((storage) => beside(one, storage, LIMITS))]
    await clients(nodes, 0, 6)
    await clients(nodes, 2, 4)
  } finally {
    for (const storage of others) await storage.close()
  }
})

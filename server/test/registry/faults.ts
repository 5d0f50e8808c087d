import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMetrics } from '#kernel/metrics'
import { type PipelineParts, pipeline } from '#kernel/pipeline'
import { systemRandom } from '#kernel/random'
import { SigningKeys } from '#kernel/signature/keys'
import { rawRequest } from '#kernel/signature/request'
import { type FaultKind, faulty } from '#kernel/storage/faulty'
import { type Answer, draftOf, refusalOf, signed } from './client.ts'
import { inputFor, prepare } from './inputs.ts'
import { keptIn } from './state.ts'
import { type Entry, inOrder, isGood, makerOf, open, signable, type World } from './world.ts'

/** Operations whose every statement, commit and flush fails once. Source: design.md §4. */

export const offered = (world: World) => inOrder(signable(world))

/** A failure of ours: no word but the request id, in the service's form. */
export function isOurFailure(answer: Answer, said: string): void {
  assert.equal(answer.status, 500, `${said}: ${answer.text}`)
  const { code, text } = refusalOf(answer)
  assert.match(
    code,
    /^(InternalFailure|InternalServiceError|InternalServerError|InternalException|InternalServiceFault|InternalError|KMSInternalException)$/,
    said,
  )
  assert.ok((text ?? '').length < 100, `${said}: ${text}`)
}

/** The world's server once more, without a socket, on its store made faulty. */
function spoiled(world: World) {
  const { inside, clock } = world.server
  const storage = faulty(inside.storage)
  /** Set when the fault was one of a flush after the commit: then the change is there, whole. */
  const seen = { afterCommit: false }
  const meter = openMetrics('test').meter('test', 'test')
  const parts: PipelineParts = {
    routes: inside.routes,
    storage: {
      ...storage,
      unit: storage.unit.bind(storage),
      async durable() {
        const { steps } = storage
        try {
          await storage.durable()
        } catch (error) {
          seen.afterCommit = storage.steps > steps
          throw error
        }
      },
    },
    trail: inside.trail,
    clock: { now: () => clock.now() },
    random: systemRandom,
    regions: ['us-east-1'],
    keys: new SigningKeys(),
    find: inside.iam.callers.find,
    encodeDenial: () => '',
    verified: () => {},
    ended: () => {},
    meter: () => meter,
    strict: true,
  }
  const handle = pipeline(parts)
  return {
    storage,
    seen,
    async call(entry: Entry, input: Readonly<Record<string, unknown>>): Promise<Answer> {
      const { service, name } = entry
      const { credentials } = makerOf(entry, world)
      const signing = { credentials, service: service.signingName, at: clock.now() }
      const { method, target, headers, body } = signed(80, draftOf(service, name, input), signing)
      const raw = rawRequest({
        method,
        target,
        headers: Object.entries(headers).flat(),
        body,
        remoteAddress: '127.0.0.1',
        secure: false,
      })
      const reply = await handle(raw)
      const answered = Object.fromEntries(
        reply.headers.flatMap((name, at) => (at % 2 === 0 ? [[name.toLowerCase(), reply.headers[at + 1]]] : [])),
      )
      return { status: reply.status, headers: answered, text: String(reply.body) }
    },
  }
}

/** Makes the next call look everything up. */
const forget = ({ server }: World) =>
  server.inside.storage.unit('write', async (unit) => {
    for (const scope of SCOPES) unit.touch(scope)
  })

/** What is in memory is had anew when one of these was touched. */
const SCOPES = ['iam', 'kms', 'secrets', 'parameters', 'events', 'trails'] as const

/**
 * Makes the tests of one service; `[1, 2]`: of the first half of its operations. Files of few services run side by side:
 * `faults-*.test.ts`.
 */
export function faultsOf(service: string, [part, of]: readonly [number, number] = [1, 1]): void {
  for (const kind of ['error', 'lost'] satisfies FaultKind[]) {
    const half = of === 1 ? '' : ` (${part} of ${of})`
    test(`${service}${half}: whichever statement fails (${kind}), the call fails, nothing is half done, the next call works`, async () => {
      // Each step compares all that is stored, so a few operations share a store, not all of them.
      for (let at = 0; ; at += 20) {
        await using world = await open()
        const { directory = '' } = world.server
        using kept = keptIn(directory)
        const { storage, seen, call } = spoiled(world)
        let label = 0
        let faults = 0
        const some = offered(world)
          .filter((entry) => entry.service.name === service)
          .filter((_, index) => index % of === part - 1)
          .slice(at, at + 20)
        if (some.length === 0) break
        for (const entry of some) {
          const makeSet = () => prepare(world, entry, `${kind[0]}${String(label++).padStart(4, '0')}`)
          let names = await makeSet()
          for (let step = 1; ; step++) {
            assert.ok(step < 200, entry.action)
            // Reads leave their set as it is, so they share one.
            if (step > 1 && entry.operation?.effect === 'write') names = await makeSet()
            else await forget(world)
            const input = inputFor(entry, names)
            const before = kept.now()
            await world.records()
            const from = storage.steps
            seen.afterCommit = false
            storage.failAt(step, kind)
            const answer = await call(entry, input)
            const said = `${entry.action}, step ${step} of ${storage.steps - from}`
            if (isGood(entry, answer)) {
              // The fault was not reached: the operation has fewer steps.
              assert.ok(storage.steps - from < step, said)
              storage.failAt(0)
              break
            }
            faults++
            isOurFailure(answer, said)
            const after = kept.now()
            const done = after !== before && JSON.stringify(after) !== JSON.stringify(before)
            // Only when the answer of the commit itself, or of the flush after it, was lost may the change be there.
            if (done) assert.ok(kind === 'lost' || seen.afterCommit, said)
            const again = await call(entry, input)
            // A change with a token may be asked for again whatever became of it. Source: secretsmanager.md 1.8.
            if (!done || 'ClientRequestToken' in input) assert.ok(isGood(entry, again), `${said}: ${again.text}`)
            else assert.ok(again.status < 500, `${said}: ${again.text}`)
            const records = (await world.records()).filter(
              ({ requestID }) => requestID === answer.headers['x-amzn-requestid'],
            )
            const failures = records.filter(
              ({ eventName, errorCode }) =>
                eventName === (entry.operation?.audit?.name ?? entry.name) && errorCode !== undefined,
            )
            assert.equal(failures.length, 1, `${said}: ${JSON.stringify(records)}`)
          }
        }
        assert.ok(faults > 0)
      }
    })
  }
}

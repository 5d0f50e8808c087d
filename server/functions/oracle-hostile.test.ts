import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Secret } from '#kernel/values/bytes'
import { FunctionFault, NotConnected } from './function.ts'
import { oracle } from './oracle.ts'
import { Oracle } from './test/tns/server.ts'

/** Whoever writes a secret chooses the server that answers: nothing that it says may do more than fail the step. */

const never = new AbortController().signal

const flip = (answer: Buffer, changes: readonly (readonly [number, number])[]): Buffer => {
  const changed = Buffer.from(answer)
  for (const [at, value] of changes) changed[at % changed.length] = value
  return changed
}

test('answers with any bytes changed, cut or added end in a fault, or in nothing; no socket stays', async () => {
  await using server = await Oracle.start()
  const { database, moods } = server
  database.seed('APP', 'own')
  for (const what of ['CREATE SESSION', 'DBA']) database.give('APP', { what, role: what === 'DBA', option: false })
  const secret = {
    engine: 'oracle',
    host: '127.0.0.1',
    port: server.port,
    username: 'app',
    password: new Secret('own'),
    dbname: server.service,
    tls: 'never',
  } as const
  const faults: unknown[] = []
  const byte = fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 4, 127, 128, 253, 254, 255))
  await fc.assert(
    fc.asyncProperty(
      fc.nat(9),
      fc.array(fc.tuple(fc.nat(4000), byte), { maxLength: 4 }),
      fc.oneof(fc.constant(undefined), fc.nat(300)),
      fc.uint8Array({ maxLength: 6 }),
      async (nth, changes, cut, added) => {
        let left = nth
        moods.mangle = (answer) =>
          left-- === 0 ? Buffer.concat([flip(answer, changes).subarray(0, cut), added]) : answer
        try {
          const session = await oracle.connect(secret, never)
          try {
            await session.probe()
            await session.setClone('app', 'APP_CLONE', new Secret('new'))
          } finally {
            await session.close()
          }
        } catch (error) {
          faults.push(error)
          assert.ok(error instanceof NotConnected || error instanceof FunctionFault, String(error))
        }
        await server.idle()
        assert.equal(server.open, 0)
      },
    ),
    { numRuns: 120 },
  )
  assert.ok(faults.length > 30)
})

test('nothing that comes behind an answer, not even behind the last one, is heard outside of the login', async () => {
  await using server = await Oracle.start()
  server.database.seed('APP', 'own')
  server.database.give('APP', { what: 'CREATE SESSION', role: false, option: false })
  const place = {
    engine: 'oracle',
    host: '127.0.0.1',
    port: server.port,
    username: 'app',
    dbname: server.service,
  } as const
  for (const password of ['own', 'wrong'])
    for (let nth = 1; nth <= 6; nth++) {
      server.moods.behind = [nth, Buffer.from([0, 0, 0, 1, 6, 0, 0, 0, 0, 0])]
      const secret = { ...place, password: new Secret(password), tls: 'never' } as const
      const visit = async () => {
        const session = await oracle.connect(secret, never)
        await session.probe().finally(() => session.close())
      }
      await visit().catch((error) => assert.ok(error instanceof NotConnected || error instanceof FunctionFault))
      await server.idle()
    }
  assert.ok(server.logins.some(([, letIn]) => letIn))
})

test('a listener that answers with anything is out of reach', async () => {
  await using server = await Oracle.start()
  const start = fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.constantFrom(...packetStarts()))
  await fc.assert(
    fc.asyncProperty(start, fc.constantFrom('never', 'try'), async (bytes, tls) => {
      server.moods.nonsense = Buffer.from(bytes)
      const secret = { engine: 'oracle', host: '127.0.0.1', username: 'app', password: new Secret('own'), dbname: 'X' }
      await assert.rejects(oracle.connect({ ...secret, port: server.port, tls }, never), NotConnected)
      await server.idle()
    }),
    { numRuns: 200 },
  )
  assert.deepEqual(server.logins, [])
})

/** Packets of every type, too short for what they should hold. */
function packetStarts(): Buffer[] {
  return Array.from({ length: 16 }, (_, type) => Buffer.from([0, 12, 0, 0, type, 0, 0, 0, 0, 0, 0, 0]))
}

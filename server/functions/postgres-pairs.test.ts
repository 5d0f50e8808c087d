import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Secret } from '#kernel/values/bytes'
import { postgresMissing } from '../test/postgres.ts'
import { postgres } from './postgres.ts'
import { fault } from './test/fault.ts'
import { type Rig, startRig } from './test/postgres-rig.ts'

/** Which roles a superuser takes for a pair. Against a real PostgreSQL. */
describe('pairs of roles', { skip: postgresMissing() ?? false }, () => {
  let rig: Rig
  before(async () => {
    rig = await startRig()
    await rig.sql(`CREATE ROLE chief SUPERUSER LOGIN PASSWORD 'of the chief';
      CREATE ROLE clerk CREATEROLE LOGIN PASSWORD 'of the clerk'`)
  })
  after(() => rig[Symbol.asyncDispose]())

  async function as<T>(username: string, act: (session: Awaited<ReturnType<typeof postgres.connect>>) => Promise<T>) {
    const place = { engine: 'postgres', host: '127.0.0.1', port: rig.port, tls: 'try' } as const
    const session = await postgres.connect(
      { ...place, username, password: new Secret(`of the ${username}`) },
      new AbortController().signal,
    )
    try {
      return await act(session)
    } finally {
      await session.close()
    }
  }
  const set = (proven: string, other: string, password: string, by = 'chief') =>
    as(by, (session) => session.setClone(proven, other, new Secret(password)))
  /** Refused by the rotation, told by a dry run, and the password is as it was. */
  async function refused(proven: string, other: string, why: RegExp) {
    await assert.rejects(set(proven, other, 'stolen'), fault(why))
    const found = await as('chief', async (session) => session.examine?.(proven, other))
    assert.match(found?.find(({ state }) => state === 'wrong')?.what ?? '', why)
    assert.equal(await rig.accepts(other, 'stolen'), false)
  }

  for (const by of ['chief', 'clerk'])
    test(`a pair that the function made stays one, whatever its users make: by ${by}`, async () => {
      const app = `app_of_${by}`
      const clone = `${app}_clone`
      await rig.sql(`CREATE ROLE ${app} LOGIN PASSWORD 'own'; CREATE ROLE readers_${by}; GRANT readers_${by} TO ${app};
        GRANT ${app} TO clerk WITH ADMIN OPTION`)
      await set(app, clone, 'first', by)
      await rig.sql(`CREATE TABLE of_${clone} (a int); ALTER TABLE of_${clone} OWNER TO ${clone}`)
      await rig.sql(`GRANT SELECT ON pg_catalog.pg_authid TO ${clone}; CREATE TABLE of_${app} (a int)`)
      await rig.sql(`ALTER TABLE of_${app} OWNER TO ${app}`)
      await set(clone, app, 'second', by)
      await set(app, clone, 'third', by)
      assert.deepEqual(await Promise.all([rig.accepts(app, 'second'), rig.accepts(clone, 'third')]), [true, true])
    })

  test('a pair whose first user has the name of a clone', async () => {
    await rig.sql(`CREATE ROLE odd_clone LOGIN PASSWORD 'own'`)
    await set('odd_clone', 'odd', 'first')
    await set('odd', 'odd_clone', 'second')
    await rig.sql('CREATE TABLE of_odd (a int); ALTER TABLE of_odd OWNER TO odd')
    await set('odd_clone', 'odd', 'third')
    assert.equal(await rig.accepts('odd', 'third'), true)
  })

  test("who makes a role of a fitting name does not get another's password set", async () => {
    await rig.sql(`CREATE ROLE victim LOGIN PASSWORD 'own'; CREATE TABLE t1 (a int); ALTER TABLE t1 OWNER TO victim;
      CREATE ROLE victim_clone LOGIN PASSWORD 'of the attacker'`)
    await refused('victim_clone', 'victim', /is no clone of victim_clone: neither is a member of the other/)
    await rig.sql(`CREATE ROLE prey_clone LOGIN PASSWORD 'own'; CREATE TABLE t2 (a int); ALTER TABLE t2 OWNER TO prey_clone;
      CREATE ROLE prey LOGIN PASSWORD 'of the attacker'`)
    await refused('prey', 'prey_clone', /is no clone of prey: neither is a member of the other/)
    // who administers `prey` makes whomever he likes a member of it
    await rig.sql('GRANT prey TO prey_clone')
    await refused('prey', 'prey_clone', /owns something, or was granted rights .*`strongroom: clone of prey`/)
    await rig.sql('ALTER TABLE t2 OWNER TO chief; GRANT SELECT ON t2 TO prey_clone')
    await refused('prey', 'prey_clone', /owns something, or was granted rights/)
    await rig.sql(`COMMENT ON ROLE prey_clone IS 'strongroom: clone of another'`)
    await refused('prey', 'prey_clone', /owns something, or was granted rights/)
    await rig.sql(`REVOKE SELECT ON t2 FROM prey_clone; CREATE ROLE vault; CREATE ROLE vaulters; GRANT vault TO vaulters;
      GRANT vaulters TO prey_clone; COMMENT ON ROLE prey_clone IS 'strongroom: clone of prey'`)
    await refused('prey', 'prey_clone', /is a member of what prey is not: (vault, vaulters|vaulters, vault)/)
  })

  test('a pair made by hand: the clone is a member of the user, and has nothing of its own or says whose it is', async () => {
    await rig.sql(`CREATE ROLE hand LOGIN PASSWORD 'own'; CREATE ROLE hand_clone LOGIN PASSWORD 'own';
      CREATE ROLE shared; GRANT shared TO hand; GRANT shared TO hand_clone; GRANT hand TO hand_clone`)
    await set('hand', 'hand_clone', 'first')
    await set('hand_clone', 'hand', 'second')
    await rig.sql(`CREATE TABLE t3 (a int); ALTER TABLE t3 OWNER TO hand_clone;
      COMMENT ON ROLE hand_clone IS 'strongroom: clone of hand'`)
    await set('hand', 'hand_clone', 'third')
    assert.deepEqual([await rig.accepts('hand', 'second'), await rig.accepts('hand_clone', 'third')], [true, true])
  })
})

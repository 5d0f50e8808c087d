import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NAME, NOTICE, setUp, startApi } from '../../../../examples/rotating-parameter/setup.ts'
import { start } from '../../start.ts'

/**
 * The rotation by hand of a SecureString: a rule that fires by the clock, a function of the user's own in a process of its own, with the
 * credentials of its role, and a second rule that sees the change. Source: surroundings.md 4; parameterstore.md 17.
 */

test('a SecureString is rotated by a scheduled rule and a function, and another rule sees the change', {
  timeout: 120_000,
}, async () => {
  const execution = { interpreters: { node: [process.execPath], python: [] } }
  // a day behind, so that clients and functions are where the server arrives
  await using server = await start({ execution, hoursAgo: 24 })
  const api = await startApi('first')
  const settings = { endpoint: server.url, region: 'us-east-1', credentials: server.credentials }
  const { ssm, close } = await setUp(settings, { key: 'first', api: api.url, schedule: 'rate(12 hours)' })
  const value = async (selector: string) =>
    (await ssm.getParameter({ Name: `${NAME}${selector}`, WithDecryption: true })).Parameter
  try {
    await server.clock.advance({ hours: 11 })
    assert.equal(api.state.changes, 0, 'the first firing is one period after the rule was made')
    await server.clock.advance({ hours: 12, minutes: 59 })
    const second = await value(':current')
    assert.equal(api.state.changes, 1)
    assert.deepEqual([second?.Version, second?.Value], [2, api.state.key])
    assert.equal((await value(':previous'))?.Value, 'first')
    const notice = (await ssm.getParameter({ Name: NOTICE })).Parameter
    assert.match(notice?.Value ?? '', /^\/shop\/api-key version 2 is current since \d{4}-/)
    assert.equal(notice?.Version, 1)
    await server.clock.advance({ minutes: 70 })
    const third = await value(':current')
    assert.deepEqual([third?.Version, third?.Value, api.state.changes], [3, api.state.key, 2])
    const failed = await server.inside.health()
    assert.equal(failed.ready, true)
    for (const hidden of ['first', second?.Value ?? '', third?.Value ?? '']) {
      assert.ok(hidden.length > 0 && !server.log().includes(`"${hidden}"`))
    }
  } finally {
    close()
    await api.close()
  }
})

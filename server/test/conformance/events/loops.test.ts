import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SSM } from '@aws-sdk/client-ssm'
import { MOST_DEPTH } from '../../../services/events/delivery/matching.ts'
import { type Played, world } from './bus.ts'

/** Trap 21 (surroundings.md 10): targets that cause what their rules match. */

type World = Awaited<ReturnType<typeof world>>

/** Has functions that put the parameter `a` with credentials of their role, as Lambda gives them. */
async function writing(w: World, played: Played, names: readonly string[]) {
  let count = 0
  played.act = async (name, _, runnable, { givenKey }) => {
    if (!names.includes(name)) return
    const credentials = await w.credentialsOf(runnable.role, name)
    await givenKey?.(credentials.accessKeyId)
    const ssm = new SSM({ endpoint: w.server.url, region: 'us-east-1', credentials, maxAttempts: 1 })
    await ssm.putParameter({ Name: 'a', Value: String(++count), Type: 'String', Overwrite: true })
    ssm.destroy()
  }
}

const CHANGE = { source: ['aws.ssm'], 'detail-type': ['Parameter Store Change'] }

test('trap 21: a function that writes the parameter that its rule watches is stopped, told once in log and archive', async () => {
  await using w = await world()
  await w.wired('watch', CHANGE, 'writer')
  await w.mayPut()
  await writing(w, w.played, ['writer'])
  await w.ssm.putParameter({ Name: 'a', Value: 'first', Type: 'String' })
  await w.server.clock.advance({ minutes: 2 })
  assert.equal(w.played.of('writer').length, MOST_DEPTH)
  assert.deepEqual(
    (await w.failed()).map(({ code, rule }) => [code, rule.split('/').at(-1)]),
    [['LOOP_DETECTED', 'watch']],
  )
  assert.equal(w.server.log().split('LOOP_DETECTED').length, 2)
  // what somebody else does begins anew
  await w.ssm.putParameter({ Name: 'a', Value: 'by hand', Type: 'String', Overwrite: true })
  await w.server.clock.advance({ minutes: 2 })
  assert.equal(w.played.of('writer').length, 2 * MOST_DEPTH)
})

test('trap 21: a circle of two rules by the trail is stopped too; a chain without a circle is not', async () => {
  await using w = await world()
  const call = { 'detail-type': ['AWS API Call via CloudTrail'], detail: { eventName: ['PutParameter'] } }
  await w.wired('one', { source: ['aws.ssm'], ...call }, 'writer')
  await w.wired('two', CHANGE, 'reader')
  await w.mayPut()
  await writing(w, w.played, ['writer'])
  await w.ssm.putParameter({ Name: 'a', Value: 'first', Type: 'String' })
  await w.server.clock.advance({ minutes: 2 })
  assert.equal(w.played.of('writer').length, MOST_DEPTH)
  assert.deepEqual([...new Set((await w.failed()).map(({ code }) => code))], ['LOOP_DETECTED'])
})

test('trap 21: two buses that send each other what they get', async () => {
  await using w = await world()
  const bus = (name: string) => `arn:aws:events:us-east-1:${w.server.account}:event-bus/${name}`
  await w.events.createEventBus({ Name: 'there' })
  await w.rule('out', { source: ['my.app'] }, [{ Id: 'bus', Arn: bus('there') }])
  await w.rule('back', { source: ['my.app'] }, [{ Id: 'bus', Arn: bus('default') }], { EventBusName: 'there' })
  await w.events.putEvents({ Entries: [{ Source: 'my.app', DetailType: 'Order', Detail: '{}' }] })
  await w.server.clock.advance({ minutes: 2 })
  assert.deepEqual([(await w.failed()).map(({ code }) => code), await w.waiting()], [['LOOP_DETECTED'], 0])
})

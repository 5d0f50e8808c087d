import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Call } from '#kernel/call'
import type { Alarms } from './alarms.ts'
import { putAlarmTargets } from './target.ts'

test('an alarm whose actions call API destinations of the account is put by who may call these himself', async () => {
  const account = '111122223333'
  const hook = `arn:aws:events:us-east-1:${account}:api-destination/hook/00000000-0000-4000-8000-000000000000`
  const other = hook.replace(account, '444455556666')
  const code = `arn:aws:lambda:us-east-1:${account}:function:f`
  const env = { alarms: { find: async () => undefined } as unknown as Alarms }
  const call = { account, region: 'us-east-1' } as unknown as Call
  const asked = async (actions: object) =>
    (await putAlarmTargets({ AlarmName: 'a', ...actions }, env, call)).map(({ action, resource }) => [action, resource])
  const alarm = [undefined, `arn:aws:cloudwatch:us-east-1:${account}:alarm:a`]
  const invoke = ['events:InvokeApiDestination', hook]
  assert.deepEqual(await asked({}), [alarm])
  assert.deepEqual(await asked({ AlarmActions: [hook, code], OKActions: [hook] }), [alarm, invoke])
  assert.deepEqual(await asked({ InsufficientDataActions: [hook] }), [alarm, invoke])
  // that of another account is called by nobody
  assert.deepEqual(await asked({ OKActions: [other, 'no arn'] }), [alarm])
})

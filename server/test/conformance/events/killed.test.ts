import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { EventBridge } from '@aws-sdk/client-eventbridge'
import { SSM } from '@aws-sdk/client-ssm'
import { Program } from '../program.ts'

/** Every change that was answered is matched exactly once and arrives, though the server is killed again and again. */

const GROUP = '/events/changes'

function clientsOf({ environment }: Program) {
  const config = {
    endpoint: environment.AWS_ENDPOINT_URL as string,
    region: environment.AWS_REGION ?? 'us-east-1',
    credentials: {
      accessKeyId: environment.AWS_ACCESS_KEY_ID as string,
      secretAccessKey: environment.AWS_SECRET_ACCESS_KEY as string,
    },
  }
  return { events: new EventBridge(config), ssm: new SSM(config), logs: new CloudWatchLogs(config) }
}

test('kill -9 while events are on their way: each reaches the log group once', { timeout: 120_000 }, async () => {
  await using program = await Program.start()
  const first = clientsOf(program)
  await first.logs.createLogGroup({ logGroupName: GROUP })
  const [group] = (await first.logs.describeLogGroups({ logGroupNamePrefix: GROUP })).logGroups ?? []
  const EventPattern = JSON.stringify({ source: ['aws.ssm'], 'detail-type': ['Parameter Store Change'] })
  await first.events.putRule({ Name: 'changes', EventPattern })
  await first.events.putTargets({ Rule: 'changes', Targets: [{ Id: 'logs', Arn: group?.logGroupArn ?? '' }] })
  const answered = new Set<string>()
  for (let round = 0; round < 3; round++) {
    const { ssm } = clientsOf(program)
    const puts = Array.from({ length: 12 }, async (_, i) => {
      const Name = `p${round}-${i}`
      await ssm.putParameter({ Name, Value: 'x', Type: 'String' })
      answered.add(Name)
      // the server dies under the rest
      if (answered.size % 12 === 6) await program.killAndRestart()
    })
    await Promise.allSettled(puts)
    ssm.destroy()
  }
  const { logs, ssm } = clientsOf(program)
  const there: string[] = []
  for (let NextToken: string | undefined, more = true; more; more = NextToken !== undefined) {
    const page = await ssm.describeParameters({ MaxResults: 50, ...(NextToken && { NextToken }) })
    there.push(...(page.Parameters ?? []).map(({ Name = '' }) => Name))
    NextToken = page.NextToken
  }
  for (const name of answered) assert.ok(there.includes(name), `${name} was answered`)
  const told = async () => {
    const { events = [] } = await logs.filterLogEvents({ logGroupName: GROUP, limit: 10_000 })
    return events.map(({ message = '' }) => (JSON.parse(message) as { detail: { name: string } }).detail.name)
  }
  let names = await told()
  while (names.length < there.length) {
    await delay(50)
    names = await told()
  }
  assert.deepEqual(names.toSorted(), there.toSorted())
  for (const client of [logs, ssm, ...Object.values(first)]) client.destroy()
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GROUP_ARN, NO_GROUP, trial } from '../test/operation.ts'
import { CreateLogGroup } from './CreateLogGroup.ts'
import { CreateLogStream } from './CreateLogStream.ts'
import { DescribeLogStreams } from './DescribeLogStreams.ts'

test('DescribeLogStreams takes no prefix together with the order of time (API_DescribeLogStreams)', async () => {
  await using one = await trial()
  assert.equal(await one.resource(DescribeLogStreams, { logGroupName: 'g' }), `${GROUP_ARN}:log-stream:`)
  await assert.rejects(one.run(DescribeLogStreams, { logGroupName: 'g' }), NO_GROUP)
  await one.run(CreateLogGroup, { logGroupName: 'g' })
  await one.run(CreateLogStream, { logGroupName: 'g', logStreamName: 's' })
  const { logStreams } = (await one.run(DescribeLogStreams, { logGroupIdentifier: `${GROUP_ARN}:*` })) as {
    logStreams: { logStreamName: string; arn: string; storedBytes: number }[]
  }
  const [{ logStreamName, arn, storedBytes } = {}] = logStreams
  assert.deepEqual([logStreamName, arn, storedBytes], ['s', `${GROUP_ARN}:log-stream:s`, 0])
  const both = { logGroupName: 'g', orderBy: 'LastEventTime', logStreamNamePrefix: 's' }
  await assert.rejects(one.run(DescribeLogStreams, both), {
    message: 'Cannot order by LastEventTime with a logStreamNamePrefix.',
  })
  await assert.rejects(one.run(DescribeLogStreams, {}), { code: 'InvalidParameterException' })
})

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { IAM } from '@aws-sdk/client-iam'
import { SSM } from '@aws-sdk/client-ssm'
import { start } from '../../start.ts'
import { refused, region } from '../session.ts'

/** Public parameters, of which this server has none: what is read, and that nobody may write there. Source: parameterstore.md 12, 2.1. */

const server = await start()
const config = { endpoint: server.url, region, maxAttempts: 1 }
const root = new SSM({ ...config, credentials: server.credentials })
const iam = new IAM({ ...config, credentials: server.credentials })
after(async () => {
  for (const client of [root, iam]) client.destroy()
  await server[Symbol.asyncDispose]()
})

async function person(UserName: string, Action: string, Resource: string): Promise<SSM> {
  await iam.createUser({ UserName })
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] })
  await iam.putUserPolicy({ UserName, PolicyName: 'own', PolicyDocument })
  const { AccessKey } = await iam.createAccessKey({ UserName })
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {}
  return new SSM({ ...config, credentials: { accessKeyId, secretAccessKey } })
}

const IMAGE = '/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64'

test('a public parameter is not there; a path below /aws is empty and no error', async () => {
  await refused(root.getParameter({ Name: IMAGE }), 'ParameterNotFound')
  await refused(root.getParameter({ Name: `arn:aws:ssm:${region}::parameter${IMAGE}` }), 'ParameterNotFound')
  assert.deepEqual((await root.getParameters({ Names: [IMAGE] })).InvalidParameters, [IMAGE])
  for (const Path of [
    '/aws',
    '/aws/',
    '/aws/service',
    '/aws/service/list',
    '/aws/service/global-infrastructure/regions',
  ]) {
    for (const Recursive of [false, true]) {
      const { Parameters, NextToken } = await root.getParametersByPath({ Path, Recursive })
      assert.deepEqual([Parameters, NextToken], [[], undefined], Path)
    }
  }
})

test('trap 41: nobody writes there, the root user neither: F5; and what is not there is neither deleted nor labelled', async () => {
  const admin = await person('admin', '*', '*')
  for (const client of [root, admin]) {
    for (const Name of [IMAGE, '/aws/x/y', '/AWSsomething/x', '/aws/service/x']) {
      await refused(
        client.putParameter({ Name, Value: 'x', Type: 'String' }),
        'AccessDeniedException',
        `No access to reserved parameter name: ${Name.slice(1)}.`,
      )
    }
    await refused(client.deleteParameter({ Name: IMAGE }), 'ParameterNotFound')
    await refused(client.labelParameterVersion({ Name: IMAGE, Labels: ['x'] }), 'ParameterNotFound')
    await refused(client.listTagsForResource({ ResourceType: 'Parameter', ResourceId: IMAGE }), 'InvalidResourceId')
    assert.deepEqual((await client.deleteParameters({ Names: [IMAGE] })).InvalidParameters, [IMAGE])
  }
  admin.destroy()
})

test('permission for public parameters is for an ARN without an account', async () => {
  const reader = await person('reader', 'ssm:GetParameter*', `arn:aws:ssm:${region}::parameter/aws/service/*`)
  await refused(reader.getParameter({ Name: IMAGE }), 'ParameterNotFound')
  assert.deepEqual((await reader.getParameters({ Names: [IMAGE] })).InvalidParameters, [IMAGE])
  assert.deepEqual((await reader.getParametersByPath({ Path: '/aws/service/list' })).Parameters, [])
  await refused(reader.getParameter({ Name: '/mine' }), 'AccessDeniedException')
  const own = await person('own', 'ssm:*', `arn:aws:ssm:${region}:${server.account}:parameter/*`)
  await refused(own.getParameter({ Name: '/mine' }), 'ParameterNotFound')
  await refused(own.getParameter({ Name: IMAGE }), 'AccessDeniedException')
  for (const client of [reader, own]) client.destroy()
})

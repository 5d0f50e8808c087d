import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { connections, send, signed } from '../../registry/client.ts'
import { refused, session } from '../session.ts'

// Tags of parameters, through the SDK. Source: parameterstore.md 7.10, 1.1.

const { ssm, server } = await session()
const agent = connections()
after(() => agent.destroy())
const ResourceType = 'Parameter' as const
const list = async (ResourceId: string) => (await ssm.listTagsForResource({ ResourceType, ResourceId })).TagList

test('tags are given when a parameter is made, added, replaced and taken away', async () => {
  await ssm.putParameter({ Name: '/t/a', Value: 'v', Type: 'String', Tags: [{ Key: 'Env', Value: 'prod' }] })
  await ssm.addTagsToResource({
    ResourceType,
    ResourceId: '/t/a',
    Tags: [
      { Key: 'größe', Value: '' },
      { Key: 'Env', Value: 'test' },
    ],
  })
  assert.deepEqual(await list('/t/a'), [
    { Key: 'Env', Value: 'test' },
    { Key: 'größe', Value: '' },
  ])
  await ssm.removeTagsFromResource({ ResourceType, ResourceId: '/t/a', TagKeys: ['Env', 'nothing'] })
  assert.deepEqual(await list('/t/a'), [{ Key: 'größe', Value: '' }])
  assert.equal((await ssm.getParameter({ Name: '/t/a' })).Parameter?.Version, 1)
})

test('tags and overwrite exclude each other, whether the parameter is there or not; an empty list is none (trap 13)', async () => {
  const put = { Name: '/t/new', Value: 'v', Type: 'String', Overwrite: true } as const
  const text =
    "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource."
  await refused(ssm.putParameter({ ...put, Tags: [{ Key: 'a', Value: 'b' }] }), 'ValidationException', text)
  await ssm.putParameter({ ...put, Tags: [] })
  assert.deepEqual(await list('/t/new'), [])
})

test('what the model does not take is told member by member', async () => {
  const pattern = '^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$'
  await refused(
    ssm.addTagsToResource({ ResourceType, ResourceId: '/t/a', Tags: [{ Key: 'a{b}', Value: 'x' }] }),
    'ValidationException',
    `1 validation error detected: Value 'a{b}' at 'tags.1.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: ${pattern}`,
  )
  await refused(
    ssm.addTagsToResource({ ResourceType: 'Else' as 'Parameter', ResourceId: '/t/a', Tags: [] }),
    'ValidationException',
    /^1 validation error detected: Value 'Else' at 'resourceType' failed to satisfy constraint: Member must satisfy enum value set: \[.*Parameter.*\]$/,
  )
})

test('trap 34: no ParameterNotFound, no text: the body is the code alone', async () => {
  await refused(list('/t/nobody'), 'InvalidResourceId')
  await refused(ssm.listTagsForResource({ ResourceType: 'Document', ResourceId: 'x' }), 'InvalidResourceType')
  const Tags = Array.from({ length: 51 }, (_, i) => ({ Key: `k${i}`, Value: 'v' }))
  await refused(ssm.addTagsToResource({ ResourceType, ResourceId: '/t/a', Tags }), 'TooManyTagsError')
  const bodies = await Promise.all(
    [
      ['ListTagsForResource', { ResourceType, ResourceId: '/t/nobody' }],
      ['ListTagsForResource', { ResourceType: 'Document', ResourceId: 'x' }],
      ['AddTagsToResource', { ResourceType, ResourceId: '/t/a', Tags }],
    ].map(([operation, input]) => raw(operation as string, input)),
  )
  assert.deepEqual(bodies, [
    '{"__type":"InvalidResourceId"}',
    '{"__type":"InvalidResourceType"}',
    '{"__type":"TooManyTagsError"}',
  ])
})

/** The body of an answer as it comes over the wire. */
async function raw(operation: string, input: unknown): Promise<string> {
  const headers = { 'x-amz-target': `AmazonSSM.${operation}`, 'content-type': 'application/x-amz-json-1.1' }
  const draft = { headers, body: JSON.stringify(input) }
  const { credentials, port, clock } = server
  const { text } = await send(agent, port, signed(port, draft, { credentials, service: 'ssm', at: clock.now() }))
  return text
}

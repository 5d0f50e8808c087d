import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '#kernel/call'
import { allow, arnOf, deny, trial, user } from './test/trial.ts'

const mayRead = allow('GetParametersByPath', arnOf('/app*'))

async function names(caller: Caller, strictPaths: boolean, input: object = {}): Promise<string[]> {
  await using one = await trial({ strictPaths })
  for (const name of ['/app/a', '/app/b', '/app/b/c', '/app/d']) await one.put(name)
  await one.call('AddTagsToResource', {
    ResourceType: 'Parameter',
    ResourceId: '/app/d',
    Tags: [{ Key: 'class', Value: 'secret' }],
  })
  const { Parameters } = await one.ask('GetParametersByPath', { Path: '/app', Recursive: true, ...input }, caller)
  return Parameters.map(({ Name }: { Name: string }) => Name)
}

const ALL = ['/app/a', '/app/b', '/app/b/c', '/app/d']

test('trap 35: a deny below the path does not apply, as in AWS (access.md 6, 117)', async () => {
  for (const action of ['GetParameter', 'GetParametersByPath']) {
    assert.deepEqual(await names(user('alice', [mayRead, deny(action, arnOf('/app/b*'))]), false), ALL)
  }
})

test('with --strict-paths a deny of either action hides what it names', async () => {
  for (const action of ['GetParameter', 'GetParametersByPath', '*']) {
    const alice = user('alice', [mayRead, deny(action, arnOf('/app/b*'))])
    assert.deepEqual(await names(alice, true), ['/app/a', '/app/d'])
  }
  assert.deepEqual(await names(user('alice', [mayRead, deny('GetParameters', arnOf('/app/b'))]), true), ALL)
})

test('what is not denied is still read by the path alone', async () => {
  assert.deepEqual(await names(user('alice', [mayRead]), true), ALL)
})

test('with --strict-paths tags of what lies below count, and how it is read', async () => {
  const secret = { Condition: { StringEquals: { 'aws:ResourceTag/class': 'secret' } } }
  const recursive = { Condition: { StringEquals: { 'ssm:Recursive': 'true' } } }
  assert.deepEqual(await names(user('alice', [mayRead, deny('GetParameter', '*', secret)]), true), ALL.slice(0, 3))
  const bob = user('bob', [mayRead, deny('GetParametersByPath', arnOf('/app/a'), recursive)])
  assert.deepEqual(await names(bob, true), ALL.slice(1))
  assert.deepEqual(await names(bob, true, { Recursive: false }), ['/app/a', '/app/b', '/app/d'])
})

test('with --strict-paths tokens do not tell the names that pages hide', async () => {
  await using one = await trial({ strictPaths: true })
  for (const name of ['/app/a', '/app/hidden', '/app/z']) await one.put(name)
  const alice = user('alice', [mayRead, deny('GetParameter', arnOf('/app/hidden'))])
  const first = await one.ask('GetParametersByPath', { Path: '/app', MaxResults: 1 }, alice)
  assert.equal(Buffer.from(first.NextToken, 'base64url').toString('latin1').includes('app'), false)
  const next = { Path: '/app', MaxResults: 1, NextToken: first.NextToken }
  const { Parameters } = await one.ask('GetParametersByPath', next, alice)
  assert.deepEqual(
    Parameters.map(({ Name }: { Name: string }) => Name),
    ['/app/z'],
  )
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '#kernel/error'
import { inheritedTags, sessionTags, withSessionTags } from './tags.ts'

const tag = (Key: string, Value = 'x') => ({ Key, Value })

function refused(work: () => unknown, code: string, text: string): void {
  assert.throws(work, (error) => {
    assert.ok(error instanceof ApiError)
    assert.deepEqual([error.code, error.message, error.status], [code, text, 400])
    return true
  })
}

// Texts: access.md 4.1, recorded.
const DUPLICATE = 'Duplicate tag keys found. Please note that Tag keys are case insensitive.'
const NOT_REQUESTED = 'The specified transitive tag key must be included in the requested tags.'
const CONFLICT =
  "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session."

test('tags of a session keep their case, and keys are unique without it', () => {
  const { tags, transitive } = sessionTags([tag('Team', 'Red'), tag('env', '')], ['TEAM'])
  assert.deepEqual(
    [...tags],
    [
      ['Team', 'Red'],
      ['env', ''],
    ],
  )
  assert.deepEqual([...transitive], ['team'])
  refused(() => sessionTags([tag('a'), tag('A')]), 'InvalidParameterValue', DUPLICATE)
})

test('a transitive key must be one of the requested tags', () => {
  refused(() => sessionTags([tag('a')], ['b']), 'InvalidParameterValue', NOT_REQUESTED)
  refused(() => sessionTags([], ['b']), 'InvalidParameterValue', NOT_REQUESTED)
})

test('inherited tags go on, stay transitive and cannot be replaced', () => {
  const caller = new Map([
    ['Team', 'red'],
    ['env', 'prod'],
  ])
  const inherited = inheritedTags(caller, new Set(['team']))
  assert.deepEqual([...inherited], [['Team', 'red']])
  assert.deepEqual([...inheritedTags(caller, undefined)], [])
  const { tags, transitive } = sessionTags([tag('env', 'dev')], [], inherited)
  assert.deepEqual(
    [...tags],
    [
      ['Team', 'red'],
      ['env', 'dev'],
    ],
  )
  assert.deepEqual([...transitive], ['team'])
  refused(() => sessionTags([tag('TEAM', 'blue')], [], inherited), 'InvalidParameterValue', CONFLICT)
  refused(() => sessionTags([tag('TEAM', 'blue')], ['team'], inherited), 'InvalidParameterValue', CONFLICT)
  refused(() => sessionTags([tag('env')], ['team'], inherited), 'InvalidParameterValue', CONFLICT)
})

test('characters of keys and values are checked', () => {
  const text = (value: string, at: string, repeated: string) =>
    `1 validation error detected: Value '${value}' at '${at}' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]${repeated}`
  refused(() => sessionTags([tag('a*')]), 'ValidationError', text('a*', 'tags.1.member.key', '+'))
  refused(() => sessionTags([tag('b'), tag('a', '?')]), 'ValidationError', text('?', 'tags.2.member.value', '*'))
})

test('tags of a session stand over those of its role, whatever their case', () => {
  const role = new Map([
    ['team', 'red'],
    ['env', 'prod'],
  ])
  assert.deepEqual(
    [...withSessionTags(role, new Map([['TEAM', 'blue']]))],
    [
      ['env', 'prod'],
      ['TEAM', 'blue'],
    ],
  )
  assert.equal(withSessionTags(role, new Map()), role)
})

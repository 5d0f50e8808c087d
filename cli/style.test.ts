import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Shown } from '@strongroom/server/rotation'
import { story, table } from './rotation/words.ts'
import { plain } from './style.ts'

test('what others have written is one line, and obeyed by no terminal', () => {
  assert.equal(plain('größer 日本 -_/+=.@!'), 'größer 日本 -_/+=.@!')
  assert.equal(plain('a\nb\x1b[2J\x9b31m\u202ec'), 'a\\u000ab\\u001b[2J\\u009b31m\\u202ec')
})

test('the error of a function, of the trail and the value of a tag paint no terminal', () => {
  const evil = 'Error: \x1b]0;owned\x07\nlast error      none'
  const shown: Shown = {
    ...{ account: '111122223333', region: 'us-east-1', name: 'prod/db', arn: 'arn', step: 'setSecret', attempt: 2 },
    ...{ failure: evil, test: { at: 0, failure: evil }, lastAt: undefined, windowEnd: undefined },
    ...{ deleted: false, owningService: undefined, keptFor: undefined, configuredBy: undefined, ignored: [] },
    state: { name: 'retrying', next: 0, overdueSince: undefined },
    rotation: {
      ...{ enabled: true, functionArn: 'f', rules: {}, lastAt: undefined, basedAt: undefined, planned: undefined },
      configuredBy: undefined,
    },
    run: {
      ...{ token: 't', phase: 'real', step: 'setSecret', attempt: 2, notBefore: 0, startedAt: 0, node: undefined },
      failure: evil,
    },
    watch: undefined,
    versions: { v1: ['AWSCURRENT', '\x1b[8m'] },
    tags: { 'strongroom:\x1b[2J': '\x1b[2J' },
  }
  const same = (text: string) => text
  const history = [{ time: '2026-01-01T00:00:00Z', event: 'RotationFailed', version: 't', error: evil }]
  const told = table([shown], same) + story(shown, history, same)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
  assert.doesNotMatch(told, /[\x00-\x09\x0b-\x1f\x7f-\x9f]|^last error {6}none/m)
  assert.equal(told.split('Error: \\u001b]0;owned\\u0007\\u000alast error').length, 7)
})

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endOf } from '../test/ends.ts'
import { exactTime, timeOf } from './past.ts'

/* `strongroom history`, `diff`, `rollback` and `restore` against a started server. */

const end = await endOf({ standing: true })
const { secrets, server } = end
const run = (...args: string[]) => end.run(args)
const later = () => server.clock.advance({ seconds: 1 })
const moment = async () => {
  const text = new Date(server.clock.now()).toISOString()
  await later()
  return text
}
const make = (Name: string, value: object | string, more: object = {}) =>
  secrets.createSecret({ Name, SecretString: typeof value === 'string' ? value : JSON.stringify(value), ...more })
const put = async (SecretId: string, value: object | string) => {
  await later()
  return secrets.putSecretValue({ SecretId, SecretString: typeof value === 'string' ? value : JSON.stringify(value) })
}
const value = async (SecretId: string) => (await secrets.getSecretValue({ SecretId })).SecretString

test('history tells who changed what, the newest first, and no value', async () => {
  await make('h/db', 'canary-1', { Description: 'first' })
  await put('h/db', 'canary-2')
  await later()
  await secrets.updateSecret({ SecretId: 'h/db', Description: 'new\u001b[31m' })
  const { code, out, err } = await run('history', 'h/db')
  assert.deepEqual([code, err], [0, ''])
  const [head, , newest, from, changed, , put2] = out.split('\n')
  assert.match(head ?? '', /^h\/db {2}arn:aws:secretsmanager:us-east-1:111122223333:secret:h\/db-\w{6}$/)
  assert.match(newest ?? '', /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC {2}UpdateSecret {2}arn:aws:iam::111122223333:root$/)
  assert.match(from ?? '', /^ {4}from 127\.0\.0\.1, request [0-9a-f-]{36}$/)
  assert.equal(changed, '    Description: first → new\\u001b[31m')
  assert.match(put2 ?? '', /PutSecretValue/)
  assert.doesNotMatch(out, /canary/)
  const lines = (await run('history', 'h/db', '--json', '--limit', '2')).out.trim().split('\n')
  const [one, two] = lines.map((line) => JSON.parse(line))
  assert.equal(lines.length, 2)
  assert.deepEqual(one.changes, [{ member: 'Description', from: 'first', to: 'new\u001b[31m' }])
  assert.equal(two.eventName, 'PutSecretValue')
  assert.equal((await run('history', 'h/db', '--since', '2101-01-01')).err, 'no change is known of that time\n')
  assert.match((await run('history', 'none')).err, /ListSecretHistory: ResourceNotFoundException/)
})

test('diff tells keys and no values; with --reveal the values too', async () => {
  await make('d/db', { user: 'a', password: 'canary-1', port: 1 })
  await put('d/db', { user: 'a', password: 'canary-2', host: 'x' })
  const masked = await run('diff', 'd/db')
  assert.deepEqual([masked.code, masked.err], [0, ''])
  assert.deepEqual(masked.out.split('\n').slice(3, -1).sort(), ['+ /host', '- /port', '~ /password'])
  const shown = (await run('diff', 'd/db', '--reveal')).out
  assert.match(shown, /~ \/password: "canary-1" → "canary-2"/)
  assert.match(shown, /\+ \/host: "x"/)
  const json = JSON.parse((await run('diff', 'd/db', '--from', 'AWSCURRENT', '--json')).out)
  assert.deepEqual([json.identical, json.differences, json.format], [true, [], 'JSON'])
  await make('d/bytes', 'text')
  await secrets.putSecretValue({ SecretId: 'd/bytes', SecretBinary: Buffer.from([1, 2]) })
  assert.match((await run('diff', 'd/bytes')).out, /\n~ \(the whole value\)\n$/)
  assert.match((await run('diff', 'd/bytes', '--reveal')).out, /: text → AQI=\n\(bytes are shown in base64\)\n$/)
  await make('d/written', '{"a": 1, "b": 2.0}')
  await put('d/written', '{"b":2,"a":1}')
  assert.match(
    (await run('diff', 'd/written')).out,
    /\nthe values mean the same: only how the JSON is written differs /,
  )
})

test('rollback and diff take times as history and restore do; a label that is called like one is a label', async () => {
  await make('t/db', 'one')
  const { VersionId } = await put('t/db', 'two')
  await later()
  const printed = (await run('history', 't/db')).out.match(/^.* UTC(?= {2}CreateSecret)/m)?.[0] ?? ''
  const comparedWith = async (...flags: string[]) => {
    const { code, out, err } = await run('diff', 't/db', '--reveal', '--json', ...flags)
    assert.deepEqual([code, err], [0, ''], flags.join(' '))
    const { from, to } = JSON.parse(out).differences[0] ?? {}
    return [from, to]
  }
  // the clock of the server may be within a second: what history prints says whole seconds
  const at = printed.replace(' UTC', '.999')
  assert.deepEqual(await comparedWith('--from', at), ['one', 'two'])
  assert.deepEqual(await comparedWith('--from', at.replace(' ', 'T'), '--to', 'AWSCURRENT'), ['one', 'two'])
  assert.deepEqual(await comparedWith('--from', 'AWSCURRENT', '--to', at), ['two', 'one'])
  const dry = await run('rollback', 't/db', '--to', at, '--dry-run', '--json')
  assert.notEqual(JSON.parse(dry.out).fromVersionId, VersionId)
  assert.equal((await run('rollback', 't/db', '--to', at)).code, 0)
  assert.equal(await value('t/db'), 'one')
  await secrets.updateSecretVersionStage({ SecretId: 't/db', VersionStage: '2h', MoveToVersionId: VersionId })
  await later()
  assert.equal((await run('rollback', 't/db', '--to', '2h')).code, 0)
  assert.equal(await value('t/db'), 'two')
  for (const text of ['2026-02-30', 'yesterday', '2020-01-01']) {
    const { code, err } = await run('rollback', 't/db', '--to', text)
    assert.equal(code, 1)
    assert.match(err, text === '2020-01-01' ? /was current at 2020-01-01T00:00:00.000Z/ : /for staging label: /)
  }
})

test('rollback puts an old value back, says how to undo it, and shows what would change before', async () => {
  await make('r/db', { password: 'canary-1' })
  await put('r/db', { password: 'canary-2' })
  await later()
  const dry = await run('rollback', 'r/db', '--to', 'AWSPREVIOUS', '--dry-run')
  assert.equal(dry.out.split('\n').at(-2), '~ /password')
  assert.match((await value('r/db')) ?? '', /canary-2/)
  const { code, out, err } = await run('rollback', 'r/db', '--to', 'AWSPREVIOUS')
  assert.deepEqual([code, err], [0, ''])
  assert.match(
    out,
    /^r\/db: version \S+ is current, with the value of \S+\n {2}to undo it: strongroom rollback r\/db --to AWSPREVIOUS\n$/,
  )
  assert.match((await value('r/db')) ?? '', /canary-1/)
  assert.doesNotMatch(dry.out + out, /canary/)
  await later()
  const again = JSON.parse((await run('rollback', 'r/db', '--to', 'AWSPREVIOUS', '--json')).out)
  assert.deepEqual(again.labels, ['AWSCURRENT'])
  assert.match((await value('r/db')) ?? '', /canary-2/)
  const refused = await run('rollback', 'r/db', '--to', 'AWSCURRENT')
  assert.equal(refused.code, 1)
  assert.match(refused.err, /RollBackSecret: InvalidRequestException: You can't roll the secret back/)
  assert.deepEqual([(await run('rollback', 'r/db')).code, (await run('rollback', '--to', 'x')).code], [2, 2])
})

test('restore shows the plan, asks, and brings everything back that was agreed to', async () => {
  for (const name of ['app/a', 'app/b', 'other/a']) await make(name, 'one', { Description: 'first' })
  const asOf = await moment()
  await put('app/a', 'two')
  await secrets.updateSecret({ SecretId: 'app/b', Description: 'second' })
  await secrets.updateSecret({ SecretId: 'other/a', Description: 'second' })
  await make('app/new', 'x')
  await later()
  const args = ['restore', '--path', 'app/', '--as-of', asOf]
  const dry = await run(...args, '--dry-run')
  assert.deepEqual([dry.code, dry.err], [0, ''])
  const lines = dry.out.split('\n').map((line) => line.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID'))
  assert.deepEqual(lines, [
    `as of ${exactTime(Date.parse(asOf) / 1000)}: 2 of 3 secrets under app/ would change`,
    '',
    'app/a',
    '  VersionStages/AWSCURRENT: ID → ID',
    '  VersionStages/AWSPREVIOUS: ID → (none)',
    '',
    'app/b',
    '  Description: second → first',
    '',
    'app/new  was made since: it stays (--delete-created deletes it)',
    '',
  ])
  const nobody = await run(...args)
  assert.equal(nobody.code, 2)
  assert.match(nobody.err, /nobody is there to agree/)
  const no = await end.run(args, { answer: 'n' })
  assert.equal(no.code, 1)
  assert.match(no.err, /restore these 2 secrets\? \[y\/N\] nothing was changed\n$/)
  assert.equal(await value('app/a'), 'two')
  const yes = await end.run(args, { answer: 'y' })
  assert.deepEqual([yes.code, yes.out.split('\n').at(-2)], [0, 'restored 2 secrets'])
  assert.equal(await value('app/a'), 'one')
  assert.equal((await secrets.describeSecret({ SecretId: 'other/a' })).Description, 'second')
  assert.match((await run(...args, '--yes')).out, /: 0 of 3 secrets under app\/ would change\n/)
})

test('restore --json for programs; what could not be brought back ends with 1 and is said', async () => {
  await make('j/a', 'one')
  await make('j/gone', 'one')
  const asOf = await moment()
  await put('j/a', 'two')
  await secrets.deleteSecret({ SecretId: 'j/gone', ForceDeleteWithoutRecovery: true })
  await later()
  const done = await run('restore', '--path', 'j/', '--as-of', asOf, '--yes', '--json')
  assert.equal(done.code, 1)
  const answer = JSON.parse(done.out)
  assert.deepEqual([answer.prefix, answer.asOf], ['j/', asOf])
  assert.deepEqual(
    answer.secrets.map(({ name, status }: { name: string; status: string }) => [name, status]),
    [
      ['j/a', 'Restored'],
      ['j/gone', 'Gone'],
    ],
  )
  assert.match(
    (await run('restore', '--path', 'j/', '--as-of', asOf, '--dry-run')).out,
    /j\/gone {2}is gone for good since/,
  )
})

test('restore goes on over many secrets, a few at a time, and says how far it is', async () => {
  for (let at = 0; at < 45; at++) await make(`many/${at}`, 'one')
  const asOf = await moment()
  for (let at = 0; at < 45; at++) await secrets.updateSecret({ SecretId: `many/${at}`, Description: 'x' })
  await later()
  const { code, out, err } = await run('restore', '--path', 'many/', '--as-of', asOf, '--yes')
  assert.equal(code, 0)
  assert.match(out, /restored 45 secrets\n$/)
  assert.match(err, /looked at 40 secrets\nlooked at 45 secrets\n40 of 45 secrets\n45 of 45 secrets\n$/)
})

test('restore --all --delete-created takes away what was made since, as DeleteSecret does', async () => {
  const asOf = await moment()
  await make('late/a', 'x')
  await later()
  const { code, out } = await run('restore', '--all', '--as-of', asOf, '--delete-created', '--yes')
  assert.equal(code, 0)
  assert.match(out, /late\/a {2}was made since: it is deleted\n/)
  assert.match(out, /deleted 1: each can be restored for 30 days\n$/)
  assert.ok((await secrets.describeSecret({ SecretId: 'late/a' })).DeletedDate)
})

test('mistakes of the line end with 2 and change nothing', async () => {
  const wrong = async (text: RegExp, ...args: string[]) => {
    const { code, out, err } = await run('restore', ...args)
    assert.deepEqual([code, out], [2, ''])
    assert.match(err, text)
  }
  await wrong(/say which secrets/, '--as-of', '1h')
  await wrong(/say which secrets/, '--as-of', '1h', '--all', '--path', 'x')
  await wrong(/--as-of TIME/, '--path', 'x')
  await wrong(/--as-of takes a time/, '--path', 'x', '--as-of', 'yesterday')
  await wrong(/not both/, '--path', 'x', '--as-of', '1h', '--yes', '--dry-run')
  await wrong(/with --json say/, '--path', 'x', '--as-of', '1h', '--json')
  await wrong(/what is x\?/, 'x', '--path', 'x', '--as-of', '1h')
  await wrong(/--as-of takes a time/, '--path', 'x', '--as-of', '2026-02-30')
  const none = await run('restore', '--path', 'nowhere/', '--as-of', '1h', '--yes')
  assert.deepEqual([none.code, none.err], [0, ''])
  assert.match(none.out, /^as of .* UTC: no secret under nowhere\/, now or then\n$/)
})

test('times: days, minutes, milliseconds, offsets and spans', () => {
  const wrong = (what: string): never => {
    throw new Error(what)
  }
  const read = (text: string) => new Date(timeOf(text, '--as-of', Date.UTC(2026, 0, 2), wrong)).toISOString()
  assert.equal(read('2026-11-01'), '2026-11-01T00:00:00.000Z')
  assert.equal(read('2026-11-01T10:30'), '2026-11-01T10:30:00.000Z')
  assert.equal(read('2026-11-01 10:30:05.123Z'), '2026-11-01T10:30:05.123Z')
  assert.equal(read('2026-11-01T10:30:00+02:00'), '2026-11-01T08:30:00.000Z')
  assert.equal(read('2026-11-01 10:30:05 UTC'), '2026-11-01T10:30:05.000Z')
  assert.equal(read('24h'), '2026-01-01T00:00:00.000Z')
  // what the plan of a restore prints can be given again
  for (const text of ['2026-11-01 10:30:05 UTC', '2026-11-01 10:30:05.007 UTC'])
    assert.equal(exactTime(Date.parse(read(text)) / 1000), text)
  for (const text of ['2026-13-01', '2026-02-30', '2026-02-29T10:00Z', '2026-11-01T25:00', 'x', '1y', ''])
    assert.throws(() => read(text), /takes a time/)
})

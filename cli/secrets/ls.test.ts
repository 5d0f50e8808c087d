import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { strongroom } from '../strongroom.ts'
import { endOf } from '../test/ends.ts'

/* `strongroom ls` and `strongroom search` against a started server. */

const end = await endOf()
const ls = (...args: string[]) => end.run(['ls', ...args])
const search = (...args: string[]) => end.run(['search', ...args])

before(async () => {
  const { secrets } = end
  await secrets.createSecret({
    Name: 'prod/db/main',
    SecretString: JSON.stringify({ username: 'canary', password: 'canary' }),
    Description: 'the\u001b[31m main one',
    Tags: [
      { Key: 'team', Value: 'payments' },
      { Key: 'stage', Value: 'prod' },
    ],
  })
  await secrets.createSecret({ Name: 'prod/api', SecretString: 'canary', Tags: [{ Key: 'team', Value: 'pay' }] })
  await secrets.createSecret({ Name: 'dev/db/main', SecretString: '{"username":"canary"}' })
  await secrets.createSecret({ Name: 'old', SecretString: 'canary' })
  await secrets.deleteSecret({ SecretId: 'old' })
})

test('ls prints names in order, those of a prefix, with a limit; deleted ones when asked', async () => {
  assert.deepEqual(await ls(), { code: 0, out: 'dev/db/main\nprod/api\nprod/db/main\n', err: '' })
  assert.equal((await ls('prod/')).out, 'prod/api\nprod/db/main\n')
  assert.equal((await ls('--limit', '1')).out, 'dev/db/main\n')
  assert.match((await ls('--deleted')).out, /^dev\/db\/main\nold {2}\(deleted \d{4}-\d\d-\d\d\)\nprod\/api\n/)
  assert.deepEqual(await ls('none/'), { code: 0, out: '', err: "no secret's name begins with none/\n" })
})

test('ls --tree', async () => {
  assert.equal((await ls('--tree')).out, 'dev/\n  db/\n    main\nprod/\n  api\n  db/\n    main\n')
  assert.equal((await ls('--tree', '--depth=1')).out, 'dev/  (1 secret)\nprod/  (2 secrets)\n')
})

test('ls --tag takes the tag as it is, not how it begins', async () => {
  assert.equal((await ls('--tag', 'team')).out, 'prod/api\nprod/db/main\n')
  assert.equal((await ls('--tag', 'team=pay')).out, 'prod/api\n')
  assert.equal((await ls('--tag', 'team=payments', '--tag', 'stage=prod')).out, 'prod/db/main\n')
  assert.equal((await ls('--tag', 'tea')).out, '')
  assert.deepEqual(await ls('--tag', 'größe', 'prod/'), {
    code: 0,
    out: '',
    err: "no secret's name begins with prod/\n",
  })
})

test('ls --long and --json tell what a list shows; nothing paints the terminal, no value is in it', async () => {
  const day = new Date().toISOString().slice(0, 10)
  const { out } = await ls('prod/db', '--long')
  assert.equal(out, `${day}  never       -        prod/db/main  team=payments stage=prod  the\\u001b[31m main one\n`)
  const [first = ''] = (await ls('prod/', '--json')).out.split('\n')
  const { arn, created, changed, versions, ...shown } = JSON.parse(first)
  assert.deepEqual(shown, { name: 'prod/api', tags: { team: 'pay' }, rotates: false })
  assert.match(arn, /:secret:prod\/api-[A-Za-z0-9]{6}$/)
  assert.match(created, /^20\d\d-.*Z$/)
  assert.equal(typeof changed, 'string')
  assert.deepEqual(Object.values(versions), [['AWSCURRENT']])
  assert.doesNotMatch((await ls('--json')).out + out, /canary/)
})

test('ls ends when its reader goes, and waits for a slow one, page by page', async () => {
  for (let at = 0; at < 150; at++)
    await end.secrets.createSecret({ Name: `many/${String(at).padStart(4, '0')}`, SecretString: 'x' })
  let lines = 0
  const io = {
    out: () => void lines++,
    err: () => undefined,
    env: end.env,
    colour: false,
    drained: async () => false,
  }
  assert.equal(await strongroom(['ls', 'many/'], io), 0)
  assert.equal(lines, 99, 'a page but its last one, which may have a namesake on the next')
  assert.equal((await ls('many/')).out.split('\n').length, 151)
})

test('search finds by name, tag, description and key, says where, and never shows a value', async () => {
  const found = await search('prod', 'USER')
  assert.deepEqual(found, { code: 0, out: 'prod/db/main\n  tag stage=prod\n  key /username\n', err: '' })
  assert.equal((await search('main one')).out, 'prod/db/main\n  description the\\u001b[31m main one\n')
  assert.equal((await search('username', '--prefix', 'dev/')).out, 'dev/db/main\n  key /username\n')
  assert.equal((await search('username', '--in', 'name,tag')).err, 'nothing was found\n')
  assert.equal((await search('canary')).out, '')
  assert.equal((await search('old')).out, '')
  assert.equal((await search('old', '--deleted')).out, 'old  (deleted)\n')
  const { arn: _, ...json } = JSON.parse((await search('pay', '--in', 'tag', '--limit', '1', '--json')).out)
  assert.deepEqual(json, { name: 'prod/api', tags: { team: 'pay' }, matches: [{ in: 'tag', key: 'team' }] })
})

test('search counts what it had to pass over', async () => {
  const { secrets } = end
  const ResourcePolicy = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Deny', Principal: '*', Action: 'strongroom:SearchSecretKeys', Resource: '*' },
  })
  await secrets.putResourcePolicy({ SecretId: 'dev/db/main', ResourcePolicy })
  const { out, err } = await search('username', '--prefix', 'dev/')
  assert.deepEqual(
    [out, err],
    ['', 'nothing was found\n1 secret was passed over: you may not look at the names of their keys\n'],
  )
  await secrets.deleteResourcePolicy({ SecretId: 'dev/db/main' })
})

test('a command line that is wrong ends with 2 and says why', async () => {
  for (const [args, what] of [
    [['ls', 'a', 'b'], /what is b\?/],
    [['ls', '--tree', '--json'], /say --tree or --json, not both/],
    [['ls', '--depth', '2'], /--depth is for --tree/],
    [['ls', '--nope'], /there is no flag --nope/],
    [['ls', '--limit', 'x'], /--limit takes a number/],
    [['search'], /say WORDS/],
    [['search', 'a', '--in', 'value'], /--in takes some of name,tag,description,key/],
  ] as const) {
    const { code, err } = await end.run(args)
    assert.equal(code, 2, err)
    assert.match(err, what)
  }
})

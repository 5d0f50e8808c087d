import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { selectedShares } from './test/shares.ts'
import { run as plainRun, running as runningServer } from './test/rig.ts'
import { systemClock } from '../server/kernel/clock.ts'
import { systemRandom } from '../server/kernel/random.ts'
import { bootstrap } from '../server/services/iam/accounts.ts'
import { strongroom } from './strongroom.ts'
import type { Io } from './command.ts'

/** `strongroom seal` and `strongroom unseal` as people run them. */

function temporary() {
  const directory = mkdtempSync(join(tmpdir(), 'strongroom-seal-cli-'))
  return {
    directory,
    data: join(directory, 'data'),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  }
}

/** Runs a command line with an environment, answers to secrets that are asked for, or a terminal. */
async function run(args: readonly string[], more: Partial<Io> & { readonly typed?: readonly string[] } = {}) {
  let out = ''
  let err = ''
  const typed = [...(more.typed ?? [])]
  const asked: string[] = []
  const io: Io = {
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    env: {},
    colour: false,
    ...(more.typed === undefined
      ? {}
      : {
          askSecret: async (prompt: string) => {
            asked.push(prompt)
            return typed.shift() ?? ''
          },
        }),
    ...more,
  }
  return { code: await strongroom(args, io), out, err, asked }
}

const ids = async (data: string): Promise<{ id: string; kind: string; about: string }[]> => {
  const { out } = await run(['seal', 'list', '--data', data, '--json'])
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

test('seal init writes shares to files that nobody else reads, or to a terminal, and nowhere else', async () => {
  using place = temporary()
  const { directory, data } = place
  const out = join(directory, 'shares')
  const init = ['seal', 'init', '--seal', 'shamir', '--shares', '3', '--threshold', '2', '--data', data]
  const piped = await run(init)
  assert.deepEqual([piped.code, piped.out], [2, ''])
  assert.match(piped.err, /shares are shown on a terminal only.*\nhint: write them to files with --out DIR/)
  const written = await run([...init, '--out', out])
  assert.equal(written.code, 0, written.err)
  assert.match(written.out, /^the store is sealed: shamir \(2 of 3 shares, set [0-9a-f]{16}\)\n$/)
  const files = readdirSync(out)
  assert.equal(files.length, 3)
  for (const name of files) {
    assert.equal(statSync(join(out, name)).mode & 0o777, 0o600)
    const text = readFileSync(join(out, name), 'utf8')
    assert.match(text, /^# strongroom: share [123] of 3, any 2 of which unseal the store\nSRS1-[A-Z2-7-]+\n$/)
    assert.ok(!(written.out + written.err).includes(text.split('\n')[1]?.slice(0, 30) as string))
  }
  assert.equal(statSync(out).mode & 0o777, 0o700)
  const again = await run([...init, '--out', join(directory, 'more')])
  assert.deepEqual(
    [again.code, again.err.split('\n')[0]],
    [1, 'error: strongroom seal: the store has its keys already'],
  )
  assert.equal(existsSync(join(directory, 'more')), false)

  using other = temporary()
  const shown = await run(
    ['seal', 'init', '--seal', 'shamir', '--shares', '3', '--threshold', '2', '--data', other.data],
    { terminal: true },
  )
  assert.equal(shown.code, 0, shown.err)
  assert.equal(shown.out.match(/^ {2}SRS1-[A-Z2-7-]+$/gm)?.length, 3)
})

test('shares that can not be written are taken back, and the store gets no keys', async () => {
  using place = temporary()
  const { directory, data } = place
  const out = join(directory, 'shares')
  const there = ['seal', 'init', '--seal', 'shamir', '--shares', '3', '--threshold', '2', '--data', data, '--out']
  writeFileSync(out, '')
  assert.deepEqual((await run([...there, out])).err.split('\n'), [
    `error: strongroom seal: the shares can't be written to ${out}`,
    'hint: name another directory with --out',
    '',
  ])
  // a disk on which there is no room
  const full = await run([...there, '/dev/full'])
  assert.match(full.err, /^error: strongroom seal: the shares can't be written to \/dev\/full\n/)
  assert.equal((await run(['seal', 'list', '--data', data, '--json'])).out, '')
})

test('numbers that make no sense, and what is not for this seal, are usage errors', async () => {
  using place = temporary()
  const init = (...more: string[]) => run(['seal', 'init', '--data', place.data, ...more], { terminal: true })
  for (const [more, said] of [
    [['--seal', 'shamir'], 'say how many: --shares 5 --threshold 3'],
    [['--seal', 'shamir', '--shares', '2', '--threshold', '3'], '3 of 2 shares can never come together'],
    [['--seal', 'shamir', '--shares', '300', '--threshold', '3'], 'there can be at most 255 shares'],
    [['--seal', 'shamir', '--shares', 'x', '--threshold', '3'], '--shares takes a whole number'],
    [['--shares', '5', '--threshold', '3'], '--shares, --threshold and --out are for shamir, not for file'],
    [['--new-seal', 'shamir'], 'init makes the seal that --seal names'],
    [['what'], 'what is what?'],
  ] as const) {
    const { code, err } = await init(...more)
    assert.deepEqual([code, err.split('\n')[0]], [2, `error: strongroom seal: ${said}`])
  }
  assert.equal((await run(['seal'])).code, 2)
  assert.equal((await run(['seal', 'rename'])).code, 2)
  assert.equal(existsSync(place.data), false)
})

test('seals are added, listed, rotated and removed; what can not be is said and changes nothing', async () => {
  using place = temporary()
  const { directory, data } = place
  const there = ['--data', data]
  assert.equal((await run(['seal', 'init', ...there])).code, 0)
  assert.deepEqual(await ids(data).then((all) => all.map(({ id, kind }) => [id, kind])), [['file', 'file']])
  const last = await run(['seal', 'remove', 'file', ...there])
  assert.deepEqual(
    [last.code, last.err],
    [
      1,
      'error: strongroom seal: file is the last seal of the store: without it nobody opens it again\nhint: add another one first: strongroom seal add\n',
    ],
  )
  const unnamed = await run(['seal', 'add', ...there])
  assert.deepEqual(
    [unnamed.code, unnamed.err.split('\n')[0]],
    [2, 'error: strongroom seal: say which seal to add: --new-seal shamir, --new-seal-file FILE, …'],
  )
  assert.equal((await run(['seal', 'add', '--new-seal-file', join(data, 'seal.key'), ...there])).code, 2)

  const out = join(directory, 'shares')
  const added = await run([
    'seal',
    'add',
    '--new-seal',
    'shamir',
    '--shares',
    '3',
    '--threshold',
    '2',
    '--out',
    out,
    ...there,
  ])
  assert.equal(added.code, 0, added.err)
  const passphrase = await run(['seal', 'add', '--new-seal', 'passphrase', '--json', ...there], {
    env: { STRONGROOM_NEW_SEAL_PASSPHRASE: 'five random words or more' },
  })
  assert.equal(passphrase.code, 0, passphrase.err)
  assert.equal(JSON.parse(passphrase.out).kind, 'passphrase')
  assert.deepEqual(
    (await ids(data)).map(({ kind }) => kind),
    ['file', 'passphrase', 'shamir'],
  )

  // the file keeps its name, its key is another one
  const before = readFileSync(join(data, 'seal.key'))
  const rotated = await run(['seal', 'rotate', ...there])
  assert.match(rotated.out, /^file-[0-9a-f]{8} took the place of file\n$/)
  assert.notDeepEqual(readFileSync(join(data, 'seal.key')), before)
  assert.equal(existsSync(join(data, 'seal.key.next')), false)

  // with the shares of before, typed: new ones, and the old are worth nothing
  const shares = selectedShares(out, 2)
  const fresh = join(directory, 'fresh')
  const resharing = await run(['seal', 'rotate', '--seal', 'shamir', '--out', fresh, ...there], {
    typed: ['nonsense', shares[0] as string, shares[0] as string, shares[1] as string],
  })
  assert.equal(resharing.code, 0, resharing.err)
  assert.deepEqual(
    resharing.asked.map((prompt) => prompt.split('\n')),
    [
      ['share 1 of 2: '],
      ['what was typed was not taken: this is no share: it does not begin with SRS1', 'share 1 of 2: '],
      ['share 2 of 2: '],
      [
        `what was typed was not taken: share ${/-(\d)\.txt/.exec(readdirSync(out)[0] as string)?.[1]} was given already`,
        'share 2 of 2: ',
      ],
    ],
  )
  const stale = await run([
    'seal',
    'rekey',
    '--seal',
    'shamir',
    '--seal-share-files',
    readdirSync(out)
      .map((name) => join(out, name))
      .join(','),
    ...there,
  ])
  assert.equal(stale.code, 1)
  assert.match(stale.err, /share 1 is of another set of shares/)
  const rekeyed = await run([
    'seal',
    'rekey',
    '--json',
    '--seal',
    'shamir',
    '--seal-share-files',
    readdirSync(fresh)
      .map((name) => join(fresh, name))
      .join(','),
    ...there,
  ])
  assert.deepEqual(
    [rekeyed.code, JSON.parse(rekeyed.out)],
    [0, { root: 2, term: 2, seals: (await ids(data)).map(({ id }) => id), followed: true }],
  )

  // rows that somebody altered are listed, so that they can be removed
  const database = new DatabaseSync(join(data, 'strongroom.db'))
  const put = database.prepare('insert into seal (id, kind, parameters, wrapped_root) values (?, ?, ?, ?)')
  for (const kind of ['file', 'shamir', 'kms', 'pkcs11']) put.run(`bad-${kind}`, kind, '{', Buffer.alloc(0))
  database.close()
  const bad = (await ids(data)).filter(({ about }) => about === 'altered in the store').map(({ id }) => id)
  assert.deepEqual(bad, ['bad-file', 'bad-kms', 'bad-pkcs11', 'bad-shamir'])
  for (const id of bad) assert.equal((await run(['seal', 'remove', id, ...there])).code, 0, id)

  const shamir = (await ids(data)).find(({ kind }) => kind === 'shamir')?.id as string
  const removed = await run(['seal', 'remove', shamir, ...there])
  assert.deepEqual(
    [removed.code, removed.out],
    [0, `${shamir} no longer opens the store; who had it and a copy of the store still can: strongroom seal rekey\n`],
  )
  const cut = await run(['seal', 'rekey', '--no-follow', ...there])
  assert.match(
    cut.out,
    /^the store has root key 3, which .* opens?; .*\nservers that run have to be started anew, now\n$/,
  )
  const wrong = await run(['seal', 'rekey', '--seal', 'passphrase', ...there], {
    env: { STRONGROOM_SEAL_PASSPHRASE: 'another passphrase than that' },
  })
  assert.deepEqual(
    [wrong.code, wrong.err.split('\n')[0]],
    [1, 'error: strongroom seal: the passphrase seal does not open this store: wrong key'],
  )
})

test('every problem of a new seal is told at once, under the names it is given by', async () => {
  using place = temporary()
  assert.equal((await run(['seal', 'init', '--data', place.data])).code, 0)
  const { code, err } = await run([
    'seal',
    'add',
    '--new-seal',
    'kms',
    '--new-seal-kms-endpoint',
    'http://192.0.2.1',
    '--data',
    place.data,
  ])
  assert.equal(code, 2)
  assert.match(err, /--new-seal-kms-endpoint is plain http to another machine/)
  assert.match(err, /--new-seal-kms-key is missing/)
  assert.match(err, /--new-seal-kms-credentials-file is missing .*STRONGROOM_NEW_SEAL_KMS_ACCESS_KEY_ID/)
})

test('seal drill proves a copy, notes it in the live store, and refuses the store itself and a copy that was altered', async () => {
  using place = temporary()
  const { directory, data } = place
  const { seeded } = await import('./test/shares.ts')
  await seeded(data)
  const copy = join(directory, 'backup.db')
  const source = new DatabaseSync(join(data, 'strongroom.db'))
  source.exec(`vacuum into '${copy}'`)
  source.close()
  const proven = await run(['seal', 'drill', '--copy', copy, '--data', data, '--json'])
  assert.equal(proven.code, 0, proven.err)
  const { provenAt, ...what } = JSON.parse(proven.out)
  assert.deepEqual(what, { seal: 'file', terms: 1, materials: { opened: 2, all: 2 }, values: { opened: 3, all: 3 } })
  assert.ok(Math.abs(Date.parse(provenAt) - Date.now()) < 60_000)
  assert.ok(!(proven.out + proven.err).includes('hunter'))
  assert.deepEqual(readdirSync(directory).sort(), ['backup.db', 'data'])
  assert.match(
    (await run(['seal', 'drill', '--copy', copy, '--data', data])).out,
    /^the copy opens with the file seal: keyring of 1 term, 2 of 2 key materials, 3 of 3 values of secrets\nnoted as proven at /,
  )

  const itself = await run(['seal', 'drill', '--copy', data, '--data', data])
  assert.deepEqual(
    [itself.code, itself.err.split('\n')[0]],
    [1, `error: strongroom seal: ${data}/strongroom.db is the store itself`],
  )
  assert.equal((await run(['seal', 'drill', '--data', data])).code, 2)
  assert.match((await run(['seal', 'drill', '--copy', '/dev/null', '--data', data])).err, /\/dev\/null is no file/)

  const altered = join(directory, 'altered.db')
  for (const [sql, said] of [
    [
      'update secret_version set sealed = zeroblob(length(sealed)) where rowid = 1',
      /the value of arn:aws:secretsmanager:us-east-1:111122223333:secret:\S+, version \S+ does not open/,
    ],
    [
      'update kms_material set wrapped = zeroblob(length(wrapped))',
      /the material [0-9a-f]{64} of the KMS key \S+ does not open/,
    ],
    ["update kms_key set state = 'Disabled'", /the material [0-9a-f]{64} of the KMS key \S+ does not open/],
    ['update keyring set wrapped = zeroblob(112)', /term 1 of the keyring was altered in the store/],
    ['update seal set wrapped_root = zeroblob(112)', /the file seal does not open this store: wrong key/],
  ] as const) {
    copyFileSync(copy, altered)
    const database = new DatabaseSync(altered)
    database.exec(sql)
    database.close()
    const { code, err } = await run(['seal', 'drill', '--copy', altered, '--data', data])
    assert.equal(code, 1, sql)
    assert.match(err, said)
  }
  // another installation's key file
  using other = temporary()
  assert.equal((await run(['seal', 'init', '--data', other.data])).code, 0)
  const foreign = await run([
    'seal',
    'drill',
    '--copy',
    copy,
    '--data',
    other.data,
    '--seal-file',
    join(data, 'seal.key'),
  ])
  assert.match(
    foreign.err,
    /the copy opens, but not the live store \(the file seal does not open this store: wrong key\): the drill was not noted/,
  )
})

test('unseal takes shares from files, standard input and the terminal only, and says what is wrong with the command line', async () => {
  const wrong = async (...args: string[]) => {
    const { code, err } = await plainRun('unseal', ...args)
    return [code, err.split('\n')[0]]
  }
  assert.deepEqual(await wrong('SRS1-AAAA'), [
    2,
    'error: strongroom unseal: a share on the command line is read by every process of the machine: use --share-file',
  ])
  assert.deepEqual(await wrong('--share', 'x'), [2, 'error: strongroom unseal: --share is not a flag'])
  assert.deepEqual(await wrong('--url', 'ftp://x'), [
    2,
    'error: strongroom unseal: --url takes a URL like https://secrets.example.com:4566',
  ])
  assert.deepEqual(await wrong('--url'), [2, 'error: strongroom unseal: --url needs a value'])
  assert.deepEqual(await wrong('--url', 'http://127.0.0.1:1'), [
    1,
    'error: strongroom unseal: http://127.0.0.1:1 can not be asked: nobody answers at its addresses',
  ])
  assert.deepEqual(await wrong('--url', 'http://192.0.2.1'), [
    1,
    'error: strongroom unseal: http://192.0.2.1 can not be asked: 192.0.2.1 has an address that is not public',
  ])
})

test('unseal gives shares to a sealed server, and its exit code says whether it is open', async () => {
  using place = temporary()
  const { directory, data } = place
  const out = join(directory, 'shares')
  await run(['seal', 'init', '--seal', 'shamir', '--shares', '4', '--threshold', '3', '--data', data, '--out', out])
  const files = readdirSync(out)
    .sort()
    .map((name) => join(out, name))
  const { sealedServer } = await import('./test/shares.ts')
  await using server = await sealedServer(data)
  const url = ['--url', server.url]
  assert.deepEqual(await run(['unseal', '--status', ...url]).then(({ code, out }) => [code, out]), [
    3,
    'sealed: 0 of 3 shares were given\n',
  ])
  const first = await run(['unseal', '--share-file', files[1] as string, '--json', ...url])
  assert.equal(first.code, 3)
  const { nonce, ...progress } = JSON.parse(first.out)
  assert.deepEqual([progress, typeof nonce], [{ sealed: true, threshold: 3, shares: 4, given: [2] }, 'string'])
  const twice = await run(['unseal', '--share-file', files[1] as string, ...url])
  assert.deepEqual(
    [twice.code, twice.err],
    [
      1,
      `error: strongroom unseal: ${files[1]}: share 2 was given already\nhint: sealed: 1 of 3 shares were given (share 2)\n`,
    ],
  )
  const open = join(directory, 'open.txt')
  writeFileSync(open, readFileSync(files[0] as string), { mode: 0o644 })
  assert.match(
    (await run(['unseal', '--share-file', open, ...url])).err,
    /the share file .*open.txt may be read or written by others\nhint: chmod 600/,
  )
  const typed = await run(['unseal', ...url], { typed: ['what?', selectedShares(out, 4)[3] as string, ''] })
  assert.deepEqual([typed.code, typed.out], [3, 'sealed: 2 of 3 shares were given (share 2, share 4)\n'])
  assert.match(typed.err, /^what was typed: this is no share: it does not begin with SRS1\n$/)
  assert.deepEqual(
    await run(['unseal', '--share-file', files[0] as string, ...url]).then(({ code, out }) => [code, out]),
    [0, 'the store is unsealed\n'],
  )
  assert.deepEqual(await run(['unseal', '--status', ...url]).then(({ code, out }) => [code, out]), [
    0,
    'the store is unsealed\n',
  ])
  // a server that has no such path is only unsealed when it is one of ours
  const stranger = createServer((_, response) => response.writeHead(404).end('{}')).listen(0, '127.0.0.1')
  await once(stranger, 'listening')
  const { port } = stranger.address() as AddressInfo
  const lost = await run(['unseal', '--status', '--url', `http://127.0.0.1:${port}`])
  stranger.close()
  assert.deepEqual(
    [lost.code, lost.err],
    [
      1,
      `error: strongroom unseal: http://127.0.0.1:${port} does not answer as a sealed strongroom does (status 404)\nhint: is it the right URL?\n`,
    ],
  )
})

test('what is done to seals beside a running server is in the trail of the first account, and the server works on', async () => {
  await using running = await runningServer()
  const { directory: data, server } = running
  const { storage, vault } = server
  await bootstrap({ storage, vault, random: systemRandom, now: systemClock.now(), account: '111122223333' })
  const wrapped = vault.wrap('x', Buffer.from('record'), ['id'])
  const there = ['--data', data]
  assert.deepEqual(
    [(await run(['seal', 'rekey', ...there])).out],
    [
      'the store has root key 2, which file opens; from a minute on new records are wrapped under term 2 of the keyring\n',
    ],
  )
  const other = join(data, 'other.key')
  const { id } = JSON.parse((await run(['seal', 'add', '--new-seal-file', other, '--json', ...there])).out)
  assert.equal((await run(['seal', 'remove', 'file', '--data', data, '--seal-file', other])).code, 0)
  const foreign = await run(['seal', 'rotate', 'none', '--data', data, '--seal-file', other])
  assert.deepEqual(
    [foreign.code, foreign.err.split('\n')[0]],
    [1, 'error: strongroom seal: the store has no seal none'],
  )
  await server.held.follow()
  assert.equal(server.held.root().number, 2)
  assert.equal(server.vault.unwrap('x', wrapped, ['id']).toString(), 'record')
  await server.trail.sweep()
  const { out } = await run(['audit', 'tail', '-n', '100', '--json', '--data', data, '--seal-file', other])
  const events = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ eventSource }) => eventSource === 'seal.strongroom')
  assert.deepEqual(
    events.map(({ eventName, requestParameters, recipientAccountId }) => [
      eventName,
      requestParameters,
      recipientAccountId,
    ]),
    [
      ['RekeySeal', { rootKey: 2, term: 2, seals: 'file' }, '111122223333'],
      ['AddSeal', { seal: id }, '111122223333'],
      ['RemoveSeal', { seal: 'file' }, '111122223333'],
    ],
  )
  assert.equal((await run(['audit', 'verify', '--data', data, '--seal-file', other])).code, 0)
})

test('a key file is rotated by its own seal only', async () => {
  using place = temporary()
  const there = ['--data', place.data]
  await run(['seal', 'init', ...there])
  const { id } = JSON.parse(
    (await run(['seal', 'add', '--new-seal-file', join(place.directory, 'o.key'), '--json', ...there])).out,
  )
  const { code, err } = await run(['seal', 'rotate', id, ...there])
  assert.deepEqual(
    [code, err.split('\n')[0]],
    [1, `error: strongroom seal: ${place.data}/seal.key is the key file of file, not of ${id}`],
  )
  const moved = await run(['seal', 'rotate', id, '--new-seal-file', join(place.directory, 'p.key'), ...there])
  assert.match(moved.out, new RegExp(`^file-[0-9a-f]{8} took the place of ${id}\n$`))
  assert.equal(
    (await run(['seal', 'rekey', '--data', place.data, '--seal-file', join(place.directory, 'p.key')])).code,
    0,
  )
})

test('a key file behind a link gets its new key where the old one lay, and the link stays', async () => {
  using place = temporary()
  const { directory, data } = place
  const [real, link] = [join(directory, 'elsewhere.key'), join(directory, 'link.key')]
  assert.equal((await run(['seal', 'init', '--data', data, '--seal-file', real])).code, 0)
  symlinkSync(real, link)
  const old = readFileSync(real)
  assert.equal((await run(['seal', 'rotate', '--data', data, '--seal-file', link])).code, 0)
  assert.ok(lstatSync(link).isSymbolicLink())
  assert.notDeepEqual(readFileSync(real), old)
  assert.equal((await run(['seal', 'rekey', '--data', data, '--seal-file', real])).code, 0)
  assert.deepEqual(readdirSync(directory).sort(), ['data', 'elsewhere.key', 'link.key'])
})

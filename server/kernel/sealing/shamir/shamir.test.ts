import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SettableClock } from '#kernel/clock'
import { systemRandom as random } from '#kernel/random'
import { combine, invert, multiply, split } from '#kernel/sealing/shamir/field'
import { ATTEMPT_MS, Gathering, type ShareSet } from '#kernel/sealing/shamir/gathering'
import { newShares, sharesFrom, wrongNumbers } from '#kernel/sealing/shamir/seal'
import { NoShare, readShare, shareText } from '#kernel/sealing/shamir/share'
import { Secret } from '#kernel/values/bytes'

test('products and inverses are those of AES (FIPS 197, 4.2 and 4.2.1; 0x53 and 0xca)', () => {
  assert.equal(multiply(0x57, 0x83), 0xc1)
  assert.equal(multiply(0x57, 0x13), 0xfe)
  assert.equal(multiply(0x57, 0x02), 0xae)
  assert.equal(invert(0x53), 0xca)
  for (let a = 1; a < 256; a++) assert.equal(multiply(a, invert(a)), 1)
  assert.equal(invert(0), 0)
})

test('inverses give the S-box of AES (FIPS 197, 5.1.1 and figure 7)', () => {
  const box = (a: number) => {
    const b = invert(a)
    const turned = (by: number) => ((b << by) | (b >> (8 - by))) & 255
    return b ^ turned(1) ^ turned(2) ^ turned(3) ^ turned(4) ^ 0x63
  }
  assert.deepEqual([0x00, 0x01, 0x53, 0x9a, 0xff].map(box), [0x63, 0x7c, 0xed, 0xb8, 0x16])
})

test('any threshold of shares gives the secret, and one fewer does not', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc
        .integer({ min: 2, max: 8 })
        .chain((shares) => fc.tuple(fc.constant(shares), fc.integer({ min: 2, max: shares }))),
      fc.infiniteStream(fc.nat(1000)),
      (secret, [shares, threshold], draws) => {
        const points = split(secret, shares, threshold, random)
        const some = points
          .map((point) => ({ point, by: draws.next().value as number }))
          .sort((a, b) => a.by - b.by)
          .map(({ point }) => point)
        assert.deepEqual(combine(some.slice(0, threshold)), Buffer.from(secret))
        assert.deepEqual(combine(some), Buffer.from(secret))
        assert.notDeepEqual(combine(some.slice(0, threshold - 1)), Buffer.from(secret))
      },
    ),
    { numRuns: 50 },
  )
})

test('one share fewer than the threshold fits every secret equally well', () => {
  // of a one-byte secret with two shares: for each value there is exactly one polynomial through the known point
  const [point] = split(Uint8Array.of(7), 2, 2, random)
  const secrets = new Set(
    Array.from({ length: 256 }, (_, other) => combine([point as never, { index: 2, value: Uint8Array.of(other) }])[0]),
  )
  assert.equal(secrets.size, 256)
})

test('a polynomial through known points: 2 of 3, by hand', () => {
  // f(x) = 0x2a + 0x03·x: f(1) = 0x29, f(2) = 0x2c, f(3) = 0x2f
  const known = { ...random, bytes: () => Buffer.of(0x03) }
  assert.deepEqual(
    split(Uint8Array.of(0x2a), 3, 2, known).map(({ index, value }) => [index, value[0]]),
    [
      [1, 0x29],
      [2, 0x2c],
      [3, 0x2f],
    ],
  )
})

const share = {
  threshold: 3,
  index: 2,
  set: '0123456789abcdef',
  value: Buffer.from(Array.from({ length: 32 }, (_, at) => at * 8 + 1)),
}

test('a share is this text, for good', () => {
  const text = shareText(share)
  assert.equal(
    text,
    'SRS1-AEBQ-EAJD-IVTY-TK6N-54AQ-SEIZ-EEUT-COKB-JFIV-SYLJ-OF4Y-DCMR-TGQ2-TMNZ-YHE5-DWPB-5HY7-TLV6-C4NA',
  )
  assert.match(text, /^SRS1(-[A-Z2-7]{4}){19}$/)
  assert.deepEqual(readShare(text), share)
})

test('a share may be typed in lower case, with blanks and line ends', () => {
  assert.deepEqual(readShare(` ${shareText(share).toLowerCase().replaceAll('-', ' ')}\n`), share)
})

test('each mistake of one character in a share is found, and nothing of the share is told', () => {
  const text = shareText(share)
  for (let at = 5; at < text.length; at++) {
    if (text[at] === '-') continue
    for (const other of ['A', '7', '1', 'é', '?'])
      if (other !== text[at]) assert.throws(() => readShare(text.slice(0, at) + other + text.slice(at + 1)), NoShare)
  }
  assert.throws(() => readShare('hunter2'), { message: 'it does not begin with SRS1' })
  assert.throws(() => readShare(text.slice(0, -1)), { message: 'it has 75 characters after SRS1, not 76' })
  assert.throws(() => readShare(text.repeat(100)), { message: 'it is longer than a share' })
  fc.assert(
    fc.property(fc.string(), (any) => assert.throws(() => readShare(`SRS1${any}`), NoShare)),
    { numRuns: 200 },
  )
})

test('numbers of shares that make no sense are refused', () => {
  assert.equal(wrongNumbers(5, 3), undefined)
  assert.equal(wrongNumbers(256, 3), 'there can be at most 255 shares')
  assert.equal(wrongNumbers(5, 1), 'a threshold below 2 is no sharing: take a key file')
  assert.equal(wrongNumbers(2, 3), '3 of 2 shares can never come together')
})

/** A set of five shares, of which three open it. */
async function made() {
  let texts: readonly Secret[] = []
  const seal = newShares({
    shares: 5,
    threshold: 3,
    issue: async (issued) => {
      texts = issued.shares
      return issued.shares
    },
  })
  const { key, parameters } = await seal.make(random)
  const row = { id: 'shamir', parameters }
  assert.ok((await seal.open([row]))[0]?.key.equals(key))
  return { key, row, texts: texts.map((text) => text.reveal()) }
}

test('gathering: shares count once each, wrong ones are named, and the last one opens', async () => {
  const { key, row, texts } = await made()
  const other = await made()
  const gathering = new Gathering(random)
  assert.deepEqual(gathering.give(texts[0] as string), {
    taken: false,
    reason: 'the store is not opened yet: try again',
  })
  const opened = gathering.seal().open([row])
  assert.deepEqual(gathering.progress(), { sealed: true, threshold: 3, shares: 5, given: [] })
  assert.deepEqual(gathering.give(texts[3] as string), { taken: true })
  const { nonce, ...progress } = gathering.progress()
  assert.match(nonce ?? '', /^[0-9a-f-]{36}$/)
  assert.deepEqual(progress, { sealed: true, threshold: 3, shares: 5, given: [4] })
  assert.deepEqual(gathering.give(texts[3] as string, nonce), { taken: false, reason: 'share 4 was given already' })
  assert.match(
    JSON.stringify(gathering.give(other.texts[0] as string)),
    /share 1 is of another set of shares \([0-9a-f]{16}\), not of this store's/,
  )
  assert.match(JSON.stringify(gathering.give('SRS1-AAAA')), /this is no share: it has 4 characters/)
  // a share with a good checksum that somebody made up
  const forged = readShare(texts[1] as string)
  forged.value[0] = (forged.value[0] as number) ^ 1
  assert.deepEqual(gathering.give(shareText(forged)), {
    taken: false,
    reason: 'share 2 is not the one that was made: something in it was changed',
  })
  const lower = { ...readShare(texts[1] as string), threshold: 2 }
  assert.equal(gathering.give(shareText(lower)).taken, false)
  assert.deepEqual(gathering.give(texts[0] as string, 'another attempt'), {
    taken: false,
    reason: 'the attempt that it was given for is over: begin another one',
  })
  assert.equal(gathering.give(texts[0] as string, nonce).taken, true)
  assert.deepEqual(gathering.progress().given, [1, 4])
  assert.equal(gathering.give(texts[4] as string, nonce).taken, true)
  const [found] = await opened
  assert.ok(found?.key.equals(key))
  assert.deepEqual(gathering.progress(), { sealed: false, given: [] })
  assert.equal(gathering.give(texts[1] as string).taken, false)
})

test('an attempt that nobody goes on with is over after half an hour, and its shares are forgotten', async () => {
  const { row, texts } = await made()
  const clock = new SettableClock(0)
  const gathering = new Gathering(random, clock)
  void gathering.seal().open([row])
  gathering.give(texts[0] as string)
  const { nonce } = gathering.progress()
  clock.set(ATTEMPT_MS)
  assert.equal(gathering.progress().nonce, nonce)
  clock.set(ATTEMPT_MS + 1)
  assert.deepEqual(gathering.progress(), { sealed: true, threshold: 3, shares: 5, given: [] })
  assert.equal(gathering.give(texts[1] as string, nonce).taken, false)
  gathering.give(texts[1] as string)
  assert.notEqual(gathering.progress().nonce, nonce)
  gathering.forget()
})

test('two sets of shares: whichever comes together first opens', async () => {
  const [one, other] = [await made(), await made()]
  const gathering = new Gathering(random)
  const opened = gathering.seal().open([one.row, { ...other.row, id: 'other' }])
  for (const text of [one.texts[0], other.texts[0], other.texts[1], one.texts[1], other.texts[4]])
    gathering.give(text as string)
  const [found] = await opened
  assert.equal(found?.id, 'other')
  assert.ok(found.key.equals(other.key))
})

test('parameters that were altered in the store are refused', async () => {
  const { row } = await made()
  const good = JSON.parse(row.parameters) as ShareSet
  for (const bad of [
    { threshold: 1 },
    { threshold: 6 },
    { shares: 4 },
    { hashes: [] },
    { set: '../..' },
    { hashes: 7 },
    { shares: 1e9 },
  ])
    assert.throws(
      () => void new Gathering(random).seal().open([{ id: 'x', parameters: JSON.stringify({ ...good, ...bad }) }]),
      /are not ones that this program writes/,
    )
  for (const parameters of ['', '{', '7', 'null'])
    assert.throws(
      () => void new Gathering(random).seal().open([{ id: 'x', parameters }]),
      /are not ones that this program writes/,
    )
})

test('a row that was altered does not keep the shares of another set out', async () => {
  const { key, row, texts } = await made()
  const gathering = new Gathering(random)
  const opened = gathering.seal().open([{ id: 'bad', parameters: '{' }, row])
  for (const text of texts.slice(0, 3)) assert.deepEqual(gathering.give(text), { taken: true })
  assert.ok((await opened)[0]?.key.equals(key))
})

test('a command collects shares until there are enough, and says what is missing', async () => {
  const { key, row, texts } = await made()
  const from = (list: readonly string[]) => {
    const left = [...list]
    return sharesFrom({
      async next() {
        const text = left.shift()
        return text === undefined ? undefined : { text: new Secret(text), name: 'a file' }
      },
    })
  }
  const [found] = await from(texts.slice(2)).open([row])
  assert.ok(found?.key.equals(key))
  await assert.rejects(from(texts.slice(3)).open([row]), { message: '2 of the 3 shares that it takes were given' })
  await assert.rejects(from(['nothing']).open([row]), {
    message: 'a file: this is no share: it does not begin with SRS1',
  })
  await assert.rejects(from([]).make(random), {
    message: 'this store has no keys yet, and their shares are made by a command of their own',
  })
})

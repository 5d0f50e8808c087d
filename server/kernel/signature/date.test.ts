import assert from 'node:assert/strict'
import { test } from 'node:test'
import { basicDate, parseDate } from './date.ts'

const SECONDS = Date.UTC(2026, 0, 2, 3, 4, 5) / 1000

test('parseDate reads the basic, the extended and, for the Date header, the HTTP form', () => {
  const read = { seconds: SECONDS, basic: '20260102T030405Z' }
  assert.deepEqual(parseDate('20260102T030405Z'), read)
  assert.deepEqual(parseDate('2026-01-02T03:04:05Z'), read)
  assert.deepEqual(parseDate('2026-01-02T03:04:05.678Z'), read)
  assert.deepEqual(parseDate('Fri, 02 Jan 2026 03:04:05 GMT', true), read)
  assert.equal(parseDate('Fri, 02 Jan 2026 03:04:05 GMT'), undefined)
  assert.equal(parseDate('20240229T000000Z')?.seconds, Date.UTC(2024, 1, 29) / 1000)
})

test('parseDate refuses what is no date', () => {
  for (const text of [
    '',
    '20260102',
    '20260102T030405',
    '20260102T030405z',
    '20260102 030405Z',
    '2026010aT030405Z',
    '20260132T030405Z',
    '20260230T000000Z',
    '20230229T000000Z',
    '20261301T000000Z',
    '20260001T000000Z',
    '20260100T000000Z',
    '20260102T240000Z',
    '20260102T036000Z',
    '20260102T030460Z',
    '00260102T030405Z',
    '-0260102T030405Z',
    '+20260102T03040Z',
    '2026-01-02T03:04:05+00:00',
    '2026-01-02',
    '20260102T030405Z ',
    'Fri, 02 Foo 2026 03:04:05 GMT',
    'Friday, 02-Jan-26 03:04:05 GMT',
  ]) {
    assert.equal(parseDate(text, true), undefined, text)
  }
})

test('basicDate writes what parseDate reads', () => {
  assert.equal(basicDate(SECONDS), '20260102T030405Z')
  assert.equal(parseDate(basicDate(SECONDS))?.seconds, SECONDS)
})

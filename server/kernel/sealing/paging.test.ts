import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import { ApiError } from '#kernel/error'
import { pageOf, pagingWith } from './paging.ts'

const paging = pagingWith(createSecretKey(Buffer.alloc(32, 1)), () => new ApiError('InvalidToken', 'no token of ours'))
const all = ['a', 'b', 'c', 'd', 'e']
const load = async (after: string | undefined, most: number) =>
  all.filter((item) => after === undefined || item > after).slice(0, most)
const page = (token: string | undefined, most: number, bound = ['all']) =>
  pageOf(paging, { token, most, bound }, load, (item) => item)

test('pages follow each other, and the last one has no token, be it full or not', async () => {
  for (const most of [1, 2, 3, 5, 6]) {
    const pages: string[][] = []
    let token: string | undefined
    do {
      const { items, next } = await page(token, most)
      pages.push(items)
      token = next
    } while (token !== undefined)
    assert.deepEqual(pages.flat(), all)
    assert.equal(pages.length, Math.ceil(all.length / most))
  }
})

test('a token of another question is refused in the words of the service, or of the operation', async () => {
  const { next = '' } = await page(undefined, 2)
  await assert.rejects(page(next, 2, ['others']), { code: 'InvalidToken' })
  const refusal = () => new ApiError('InvalidParameterValue', 'of another list')
  assert.throws(() => paging.open(next, ['others'], refusal), { code: 'InvalidParameterValue' })
})

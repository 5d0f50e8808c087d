import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Migration } from '#kernel/storage/migration'
import { type Row, type Storage, statement, type Unit } from '#kernel/storage/storage'

/** A store made for one test, and a way to open it once more: another node, or the next start. */
export interface Opened extends AsyncDisposable {
  readonly storage: Storage
  /** Only asked of a store that `can` what it is for. */
  again(migrations?: readonly Migration[]): Promise<Storage>
}

/** What the kind of store allows: to be there after a restart, to be open in several processes at once. */
export interface Abilities {
  readonly restarts: boolean
  readonly nodes: boolean
}

/** The table that the suite works on. */
export const contractMigrations: readonly Migration[] = [
  {
    name: 'contract/0001-item',
    sql: `-- a comment; with a semicolon
create table item (
  account text not null,
  name text not null,
  size bigint,
  body bytea,
  note text,
  primary key (account, name)
);
create index item_by_size on item (account, size);
`,
  },
]

const put = statement(
  'contract/put',
  `insert into item (account, name, size, body, note) values (:account, :name, :size, :body, :note)
   on conflict (account, name) do update set size = excluded.size, body = excluded.body, note = excluded.note`,
)
const insert = statement('contract/insert', 'insert into item (account, name, size) values (:account, :name, :size)')
const find = statement(
  'contract/find',
  'select name, size, body, note from item where account = :account and name = :name',
)
const lock = statement('contract/lock', 'select size from item where account = :account and name = :name for update')
const list = statement('contract/list', 'select name from item where account = :account order by name collate bytes')
const resize = statement('contract/resize', 'update item set size = :size where account = :account and name = :name')
const remove = statement('contract/remove', 'delete from item where account = :account and name = :name')
const removeAll = statement('contract/remove-all', 'delete from item where account = :account')
const grow = statement(
  'contract/grow',
  'update item set size = size + 1 where account = :account and name = :name returning name, size',
)
const count = statement(
  'contract/count',
  `select count(*) as n, sum(size) as total, exists (select 1 from item where account = :account) as there,
   ':name' as literal from item where account = :account`,
)
const like = statement('contract/like', "select name from item where account = :account and name like :prefix || '%'")
const page = statement(
  'contract/page',
  'select name from item where account = :account order by size limit :limit offset :offset',
)

const account = '111122223333'
const item = (
  name: string,
  more: Partial<Record<'size' | 'body' | 'note', number | Uint8Array | string | null>> = {},
) => ({
  account,
  name,
  size: null,
  body: null,
  note: null,
  ...more,
})

const names = (storage: Storage) =>
  storage.unit('read', async (unit) => (await unit.all<{ name: string }>(list, { account })).map(({ name }) => name))
const sizeOf = (storage: Storage, name: string) =>
  storage.unit('read', async (unit) => (await unit.get<{ size: number }>(find, { account, name }))?.size)
const add = (storage: Storage, ...wanted: string[]) =>
  storage.unit('write', async (unit) => {
    for (const name of wanted) await unit.run(put, item(name, { size: 0 }))
  })

class Planned extends Error {}

/** What every store must hold, whatever the engine. `name` comes first in the names of the tests. */
export function storageContract(
  name: string,
  can: Abilities,
  open: (migrations: readonly Migration[]) => Promise<Opened>,
): void {
  const holds = (what: string, check: (storage: Storage, opened: Opened) => Promise<void>) =>
    test(`${name}: ${what}`, async () => {
      await using opened = await open(contractMigrations)
      await check(opened.storage, opened)
    })

  holds('what a unit wrote is there for the next one', async (storage) => {
    assert.equal(await storage.unit('write', async (unit) => unit.run(put, item('a', { size: 7, note: 'x' }))), 1)
    const row = await storage.unit('read', (unit) => unit.get(find, { account, name: 'a' }))
    assert.deepEqual(row, { name: 'a', size: 7, body: null, note: 'x' })
    assert.equal(await storage.unit('read', (unit) => unit.get(find, { account, name: 'b' })), undefined)
  })

  holds('a unit sees its own writes; one that throws leaves nothing', async (storage) => {
    await add(storage, 'kept')
    const failing = storage.unit('write', async (unit) => {
      await unit.run(put, item('a'))
      await unit.run(remove, { account, name: 'kept' })
      assert.equal((await unit.all(list, { account })).length, 1)
      throw new Planned()
    })
    await assert.rejects(failing, Planned)
    assert.deepEqual(await names(storage), ['kept'])
  })

  holds('a unit of which a statement failed can not commit, even when the error was caught', async (storage) => {
    await add(storage, 'a')
    const failing = storage.unit('write', async (unit) => {
      await unit.run(put, item('b'))
      await unit.run(insert, { account, name: 'a', size: 'no number' }).catch(() => undefined)
      await assert.rejects(unit.run(put, item('c')))
    })
    await assert.rejects(failing)
    assert.deepEqual(await names(storage), ['a'])
  })

  holds('a read unit does not write', async (storage) => {
    await add(storage, 'a')
    await assert.rejects(storage.unit('read', (unit) => unit.run(remove, { account, name: 'a' })))
    await assert.rejects(storage.unit('read', (unit) => unit.get(grow, { account, name: 'a' })))
    await assert.rejects(storage.unit('read', (unit) => unit.all(grow, { account, name: 'a' })))
    assert.equal(await sizeOf(storage, 'a'), 0)
  })

  holds('a unit that is over takes no statement', async (storage) => {
    for (const effect of ['read', 'write'] as const) {
      let kept: Unit | undefined
      await storage.unit(effect, async (unit) => {
        kept = unit
      })
      await assert.rejects(async () => kept?.get(find, { account, name: 'a' }), /the unit is over/)
    }
  })

  holds('nobody sees a unit before it commits, and a read unit sees one state', async (storage) => {
    await add(storage, 'a')
    const written = Promise.withResolvers<void>()
    const writing = storage.unit('write', async (unit) => {
      await unit.run(resize, { account, name: 'a', size: 1 })
      written.resolve()
      for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve))
      await unit.run(resize, { account, name: 'a', size: 2 })
    })
    await written.promise
    const read = storage.unit('read', async (unit) => {
      const before = await unit.get(find, { account, name: 'a' })
      for (let turns = 0; turns < 50; turns++) await new Promise((resolve) => setImmediate(resolve))
      return [before, await unit.get(find, { account, name: 'a' })]
    })
    const [[before, after]] = (await Promise.all([read, writing])) as unknown as [[Row, Row]]
    assert.deepEqual(after, before)
    assert.ok(before.size === 0 || before.size === 2, `saw ${before.size}`)
    assert.equal(await sizeOf(storage, 'a'), 2)
  })

  holds('64 units at once that lock a row, read it and write it lose no update', async (storage) => {
    await add(storage, 'a')
    await Promise.all(
      Array.from({ length: 64 }, () =>
        storage.unit('write', async (unit) => {
          const row = await unit.get<{ size: number }>(lock, { account, name: 'a' })
          await new Promise((resolve) => setImmediate(resolve))
          await unit.run(resize, { account, name: 'a', size: (row?.size ?? 0) + 1 })
        }),
      ),
    )
    assert.equal(await sizeOf(storage, 'a'), 64)
  })

  holds('of units that make the same row at once one makes it and the others, run again, find it', async (storage) => {
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () =>
        storage.unit('write', async (unit) => {
          if ((await unit.get(find, { account, name: 'a' })) !== undefined) return 'found'
          await unit.run(insert, { account, name: 'a', size: 1 })
          return 'made'
        }),
      ),
    )
    assert.deepEqual(outcomes.toSorted(), [...new Array(7).fill('found'), 'made'])
  })

  holds('units that lock two rows in opposite order both get through', async (storage) => {
    await add(storage, 'a', 'b')
    const both = (first: string, second: string) =>
      storage.unit('write', async (unit) => {
        await unit.get(grow, { account, name: first })
        for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve))
        await unit.get(grow, { account, name: second })
      })
    await Promise.all([both('a', 'b'), both('b', 'a'), both('a', 'b'), both('b', 'a')])
    assert.deepEqual([await sizeOf(storage, 'a'), await sizeOf(storage, 'b')], [4, 4])
  })

  holds(
    'a touched scope has a new generation after the commit, the others and failed units have not',
    async (storage) => {
      const before = { iam: storage.generation('iam'), kms: storage.generation('kms') }
      await storage.unit('write', async (unit) => {
        await unit.run(put, item('a'))
        unit.touch('iam')
        unit.touch('iam')
        assert.equal(unit.generation('iam'), before.iam)
        assert.equal(storage.generation('iam'), before.iam)
      })
      assert.ok(storage.generation('iam') > before.iam)
      assert.equal(storage.generation('kms'), before.kms)
      const failing = storage.unit('write', async (unit) => {
        unit.touch('kms')
        throw new Planned()
      })
      await assert.rejects(failing, Planned)
      assert.equal(storage.generation('kms'), before.kms)
    },
  )

  if (can.nodes)
    holds('another node notices a touched scope within a second', async (storage, { again }) => {
      const other = await again()
      try {
        const before = { iam: other.generation('iam'), kms: other.generation('kms') }
        await storage.unit('write', async (unit) => {
          await unit.run(put, item('a'))
          unit.touch('kms')
        })
        const started = performance.now()
        while (other.generation('kms') === before.kms) {
          assert.ok(performance.now() - started < 1000, 'not noticed in a second')
          await new Promise((resolve) => setImmediate(resolve))
        }
        assert.equal(other.generation('iam'), before.iam)
        assert.deepEqual(await names(other), ['a'])
        await other.durable()
      } finally {
        await other.close()
      }
    })

  holds('work for after the commit runs then, in order, and not when the unit fails', async (storage) => {
    const seen: string[] = []
    await storage.unit('write', async (unit) => {
      unit.afterCommit(() => seen.push('first'))
      unit.afterCommit(() => {
        throw new Planned()
      })
      unit.afterCommit(() => seen.push('second'))
      await unit.run(put, item('a'))
      assert.deepEqual(seen, [])
    })
    assert.deepEqual(seen, ['first', 'second'])
    const failing = storage.unit('write', async (unit) => {
      unit.afterCommit(() => seen.push('never'))
      throw new Planned()
    })
    await assert.rejects(failing, Planned)
    await storage.unit('read', async (unit) => unit.afterCommit(() => seen.push('read')))
    assert.deepEqual(seen, ['first', 'second', 'read'])
  })

  holds(
    'work for before the commit is of the unit, in order; one that fails takes the unit with it',
    async (storage) => {
      const seen: string[] = []
      await storage.unit('write', async (unit) => {
        unit.beforeCommit(async () => {
          seen.push('first')
          await unit.run(put, item('b'))
        })
        unit.beforeCommit(async () => void seen.push('second'))
        unit.afterCommit(() => seen.push('committed'))
        await unit.run(put, item('a'))
        seen.push('done')
      })
      assert.deepEqual(seen, ['done', 'first', 'second', 'committed'])
      assert.deepEqual(await names(storage), ['a', 'b'])
      const spoilt = storage.unit('write', async (unit) => {
        unit.beforeCommit(async () => {
          await unit.run(put, item('c'))
          throw new Planned()
        })
        await unit.run(put, item('d'))
      })
      await assert.rejects(spoilt, Planned)
      const failing = storage.unit('write', async (unit) => {
        unit.beforeCommit(async () => void seen.push('never'))
        throw new Planned()
      })
      await assert.rejects(failing, Planned)
      assert.equal(seen.includes('never'), false)
      assert.deepEqual(await names(storage), ['a', 'b'])
    },
  )

  holds('text is ordered by its UTF-8 bytes', async (storage) => {
    const wanted = ['', '-', '/a', 'A', 'Z', '_', 'a', 'a-b', 'a/b', 'ab', 'z', 'é', '\u{FFFD}', '\u{1F600}']
    await add(storage, ...wanted.toReversed())
    assert.deepEqual(await names(storage), wanted)
  })

  holds(
    'texts come back as they were, also NUL, quotes, the empty one and ours that look like parameters',
    async (storage) => {
      const texts = [
        '',
        ' ',
        "it's",
        '"',
        ':name',
        '$1',
        '?1',
        '\\',
        '%',
        '\0',
        'a\0b',
        '\x01',
        '\x01\x01\x02\0',
        'é😀',
        'x'.repeat(65_536),
      ]
      for (const note of texts) {
        await storage.unit('write', (unit) => unit.run(put, item('t', { note })))
        assert.equal(
          (await storage.unit('read', (unit) => unit.get<{ note: string }>(find, { account, name: 't' })))?.note,
          note,
        )
      }
    },
  )

  holds('blobs come back as they were, as Buffers', async (storage) => {
    for (const body of [
      Buffer.alloc(0),
      Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
      Buffer.alloc(70_000, 0xff),
    ]) {
      await storage.unit('write', (unit) => unit.run(put, item('b', { body: new Uint8Array(body) })))
      const row = await storage.unit('read', (unit) => unit.get(find, { account, name: 'b' }))
      assert.deepEqual(row, { name: 'b', size: null, body, note: null })
    }
  })

  holds(
    'whole numbers up to 2^53 - 1 come back as they were; others and missing parameters are refused',
    async (storage) => {
      for (const size of [0, 1, -1, 2 ** 31, -(2 ** 40), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
        await storage.unit('write', (unit) => unit.run(put, item('n', { size })))
        assert.equal(await sizeOf(storage, 'n'), size)
      }
      for (const size of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, undefined as unknown as number])
        await assert.rejects(
          storage.unit('write', (unit) => unit.run(put, { ...item('n'), size })),
          /parameter :size/,
        )
    },
  )

  holds('a text does not go into a column of numbers', async (storage) => {
    await assert.rejects(storage.unit('write', (unit) => unit.run(put, item('n', { size: 'many' }))))
  })

  holds(
    'counts, sums and truth are numbers, literals stay, limits are parameters, like minds the case',
    async (storage) => {
      assert.deepEqual(await storage.unit('read', (unit) => unit.get(count, { account })), {
        n: 0,
        total: null,
        there: 0,
        literal: ':name',
      })
      await storage.unit('write', async (unit) => {
        for (const [i, name] of ['ab', 'Ab', 'b'].entries()) await unit.run(put, item(name, { size: i + 1 }))
      })
      assert.deepEqual(await storage.unit('read', (unit) => unit.get(count, { account })), {
        n: 3,
        total: 6,
        there: 1,
        literal: ':name',
      })
      assert.deepEqual(await storage.unit('read', (unit) => unit.all(like, { account, prefix: 'a' })), [{ name: 'ab' }])
      assert.deepEqual(await storage.unit('read', (unit) => unit.all(page, { account, limit: 1, offset: 1 })), [
        { name: 'Ab' },
      ])
    },
  )

  holds('run tells how many rows changed; returning answers them', async (storage) => {
    await add(storage, 'a', 'b')
    assert.equal(await storage.unit('write', (unit) => unit.run(resize, { account, name: 'none', size: 1 })), 0)
    assert.deepEqual(await storage.unit('write', (unit) => unit.get(grow, { account, name: 'a' })), {
      name: 'a',
      size: 1,
    })
    assert.equal(await storage.unit('write', (unit) => unit.run(removeAll, { account })), 2)
    assert.deepEqual(await names(storage), [])
  })

  holds('all is durable when durable settles, for one and for many at once', async (storage) => {
    await storage.durable()
    await Promise.all(
      Array.from({ length: 32 }, async (_, i) => {
        await add(storage, `n${i}`)
        await storage.durable()
      }),
    )
    assert.equal((await names(storage)).length, 32)
  })

  holds('a closed store is not healthy and takes no unit', async (storage) => {
    assert.equal(await storage.healthy(), true)
    await storage.close()
    await storage.close()
    assert.equal(await storage.healthy(), false)
    await assert.rejects(names(storage))
  })

  if (can.restarts)
    holds('what was written is there after the next start', async (storage, { again }) => {
      await add(storage, 'a')
      await storage.durable()
      await storage.close()
      const next = await again()
      assert.deepEqual(await names(next), ['a'])
      await next.close()
    })

  if (can.restarts)
    holds('a newer program adds its migrations; the older one then refuses the store', async (storage, { again }) => {
      await add(storage, 'a')
      await storage.close()
      const newer = [
        ...contractMigrations,
        { name: 'contract/0002-more', sql: 'create table more (id text not null, primary key (id));' },
      ]
      await (await again(newer)).close()
      await assert.rejects(again(), (error: Error & { hint?: string }) => {
        assert.match(error.message, /newer version of strongroom.*contract\/0002-more/)
        assert.match(error.hint ?? '', /newer version/)
        return true
      })
    })

  if (can.restarts)
    holds('a migration that was edited is refused, and one that fails leaves nothing', async (storage, { again }) => {
      await storage.close()
      const edited = contractMigrations.map((migration) => ({ ...migration, sql: `${migration.sql}\n-- edited` }))
      await assert.rejects(again(edited), /contract\/0001-item is not the one that was applied/)
      const failing = [
        ...contractMigrations,
        { name: 'contract/0002-bad', sql: 'create table half (id text);\ncreate nonsense;' },
      ]
      await assert.rejects(again(failing), /contract\/0002-bad/)
      const mended = [...contractMigrations, { name: 'contract/0002-bad', sql: 'create table half (id text);' }]
      await (await again(mended)).close()
    })

  holds('any mix of units, kept and failed, leaves what a map would hold', async (storage) => {
    const key = fc.constantFrom('a', 'b', 'c')
    const step = fc.oneof(
      fc.record({ put: key, size: fc.maxSafeInteger() }),
      fc.record({ remove: key }),
      fc.record({ touch: fc.constantFrom('iam' as const, 'kms' as const) }),
    )
    const plan = fc.array(fc.record({ steps: fc.array(step, { maxLength: 4 }), fails: fc.boolean() }), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(plan, async (units) => {
        await storage.unit('write', (unit) => unit.run(removeAll, { account }))
        let model = new Map<string, number>()
        for (const { steps, fails } of units) {
          const next = new Map(model)
          const done = storage.unit('write', async (unit) => {
            for (const each of steps) {
              if ('put' in each) await unit.run(put, item(each.put, { size: each.size }))
              else if ('remove' in each) await unit.run(remove, { account, name: each.remove })
              else unit.touch(each.touch)
              if ('put' in each) next.set(each.put, each.size)
              else if ('remove' in each) next.delete(each.remove)
            }
            if (fails) throw new Planned()
          })
          if (fails) await assert.rejects(done, Planned)
          else await done
          if (!fails) model = next
        }
        const left = await names(storage)
        assert.deepEqual(left, [...model.keys()].toSorted())
        for (const each of left) assert.equal(await sizeOf(storage, each), model.get(each))
      }),
      { numRuns: 30 },
    )
  })
}

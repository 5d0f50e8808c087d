/* Does one change of seals and dies by SIGKILL before or after a chosen step of the store: killed.test.ts runs it. */
import { join } from 'node:path'
import { systemClock } from '#kernel/clock'
import { systemRandom } from '#kernel/random'
import { addSeal, rekey, removeSeal } from '#kernel/sealing/change'
import { openRoot } from '#kernel/sealing/open'
import { rotateFile } from '#kernel/sealing/rotate-file'
import { migrations } from '#kernel/sealing/schema'
import { fileSeal } from '#kernel/sealing/seal'
import { openSqlite } from '#kernel/storage/sqlite/sqlite'
import type { Statement, Storage, Unit } from '#kernel/storage/storage'

const [what = '', folder = '', at = ''] = process.argv.slice(2)
let steps = 0

/** A step is a statement or a commit; the process is gone before the step that was chosen. */
function step(): void {
  if (++steps === Number(at)) process.kill(process.pid, 'SIGKILL')
}

function counting(storage: Storage): Storage {
  const wrap = (unit: Unit): Unit => ({
    effect: unit.effect,
    get(statement: Statement, parameters) {
      step()
      return unit.get(statement, parameters)
    },
    all(statement: Statement, parameters) {
      step()
      return unit.all(statement, parameters)
    },
    run(statement: Statement, parameters) {
      step()
      return unit.run(statement, parameters)
    },
    touch: (scope) => unit.touch(scope),
    generation: (scope) => unit.generation(scope),
    beforeCommit: (work) => unit.beforeCommit(work),
    afterCommit: (work) => unit.afterCommit(work),
  })
  return {
    engine: storage.engine,
    async unit(effect, work) {
      const done = await storage.unit(effect, async (unit) => {
        const result = await work(wrap(unit))
        step()
        return result
      })
      step()
      return done
    },
    durable() {
      step()
      return storage.durable()
    },
    generation: (scope) => storage.generation(scope),
    healthy: () => storage.healthy(),
    close: () => storage.close(),
  }
}

const clock = systemClock
const real = await openSqlite({ file: join(folder, 'strongroom.db'), migrations, clock, shared: true })
const random = systemRandom
const seal = fileSeal(join(folder, 'seal.key'))
const opened = await openRoot({ storage: real, seal, random })
const storage = counting(real)
const change = { storage, opened, random }
switch (what) {
  case 'rotate':
    await rotateFile({ storage, random }, join(folder, 'seal.key'))
    break
  case 'add':
    await addSeal(change, fileSeal(join(folder, 'third.key')))
    break
  case 'remove':
    await removeSeal(change, opened.stored.seals.find(({ id }) => id !== opened.by?.row.id)?.id as string)
    break
  case 'rekey':
    await rekey(change)
}
await real.close()
process.stdout.write(`${steps}\n`)

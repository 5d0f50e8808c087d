import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startDatabase } from './database.ts'
import { soak } from './rounds.ts'

/*
 * The long soak of rotations: npm run rotation:soak -- [--rotations 200] [--engine postgres|mariadb] [--mode kill|cut] [--seed N]
 * Without engine and mode, all four. Prints figures; ends with an error at the first login that is refused, and then keeps the
 * data directory.
 */
const { values } = parseArgs({
  options: {
    rotations: { type: 'string', default: '200' },
    engine: { type: 'string' },
    mode: { type: 'string' },
    seed: { type: 'string', default: String(process.pid) },
  },
})
for (const engine of ['postgres', 'mariadb'] as const) {
  if ((values.engine ?? engine) !== engine) continue
  for (const mode of ['kill', 'cut'] as const) {
    if ((values.mode ?? mode) !== mode) continue
    const directory = mkdtempSync(join(tmpdir(), 'strongroom-rotation-'))
    const rotations = Number(values.rotations)
    process.stdout.write(`${rotations} rotations on ${engine}, ${mode}, seed ${values.seed}, in ${directory}\n`)
    await using database = await startDatabase(engine)
    const figures = await soak({
      directory,
      database,
      mode,
      rotations,
      seed: Number(values.seed),
      onRotation({ rotations: done, blows, connections, seconds }) {
        if ((done + 1) % 20 === 0)
          process.stdout.write(`  ${done + 1} rotations, ${blows} blows, ${connections} connections, ${seconds} s\n`)
      },
    })
    process.stdout.write(`${JSON.stringify(figures)}\n`)
    rmSync(directory, { recursive: true, force: true })
  }
}

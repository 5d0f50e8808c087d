import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startPostgres } from '../postgres.ts'
import { crash } from './crash.ts'

/*
 * The long crash test: npm run crash -- --kills 100 [--seed N] [--writers N] [--postgres]
 * Prints figures; ends with an error at the first loss, and then keeps the data directory.
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(process.pid) },
    writers: { type: 'string', default: '8' },
    postgres: { type: 'boolean', default: false },
  },
})
const directory = mkdtempSync(join(tmpdir(), 'strongroom-crash-'))
await using postgres = values.postgres ? await startPostgres({ fsync: 'on' }) : undefined
const database = await postgres?.database()
process.stdout.write(`kills ${values.kills}, seed ${values.seed}, writers ${values.writers}, in ${directory}\n`)
const figures = await crash({
  directory,
  ...(database === undefined ? {} : { database }),
  kills: Number(values.kills),
  seed: Number(values.seed),
  writers: Number(values.writers),
  onKill: ({ kills, acknowledged, openMade, openNotMade }) => {
    process.stdout.write(`  ${kills} kills, ${acknowledged} acknowledged, open: ${openMade} made, ${openNotMade} not\n`)
  },
})
process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`)
rmSync(directory, { recursive: true, force: true })

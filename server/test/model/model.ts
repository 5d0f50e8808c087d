import { parseArgs } from 'node:util'
import { startPostgres } from '../postgres.ts'
import { model } from './rounds.ts'

/*
 * The long model test: npm run model -- [--runs 200] [--seed N] [--path P] [--postgres] [--nodes 2] [--no-crashes] [--name-reuse] [--no-shrink]
 * Prints figures; a sequence that the model can't explain ends it, shrunk, with the seed and path that replay it.
 */
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(process.pid) },
    path: { type: 'string' },
    postgres: { type: 'boolean', default: false },
    nodes: { type: 'string' },
    crashes: { type: 'boolean', default: true },
    shrink: { type: 'boolean', default: true },
    'name-reuse': { type: 'boolean', default: false },
  },
  allowNegative: true,
})
await using postgres = values.postgres ? await startPostgres({ fsync: 'on' }) : undefined
const nodes = Number(values.nodes ?? (values.postgres ? '2' : '1'))
process.stdout.write(
  `${values.runs} sequences, seed ${values.seed}, ${values.postgres ? 'postgres' : 'sqlite'}, ${nodes} nodes\n`,
)
const figures = await model({
  runs: Number(values.runs),
  seed: Number(values.seed),
  path: values.path,
  database: await postgres?.database(),
  nodes,
  crashes: values.crashes,
  shrinks: values.shrink,
  nameReuse: values['name-reuse'],
  onSequence(now) {
    if (now.sequences % 20 === 0) process.stdout.write(`  ${JSON.stringify(now)}\n`)
  },
})
process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`)

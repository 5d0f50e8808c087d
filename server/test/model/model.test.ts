import { test } from 'node:test'
import { postgresMissing, startPostgres } from '../postgres.ts'
import { model } from './rounds.ts'

// The long form is `npm run model -- --runs 500 [--postgres]`; a red run prints what replays it.
const seed = Number(process.env.MODEL_SEED ?? process.pid)

test('sqlite: what several clients do to few secrets is explained by the model, with kills in between', async (t) => {
  t.diagnostic(`MODEL_SEED=${seed}`)
  const figures = await model({ runs: 60, seed, nodes: 1, crashes: true, within: 9000 })
  t.diagnostic(JSON.stringify(figures))
})

test('postgres, two nodes: what several clients do to few secrets is explained by the model, with kills in between', {
  skip: postgresMissing() ?? false,
}, async (t) => {
  t.diagnostic(`MODEL_SEED=${seed}`)
  await using postgres = await startPostgres()
  const database = await postgres.database()
  const figures = await model({ runs: 20, seed, database, nodes: 2, crashes: true, within: 7000 })
  t.diagnostic(JSON.stringify(figures))
})

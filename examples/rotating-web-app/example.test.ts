import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { postgresMissing } from '../../server/test/postgres.ts'
import { Program } from '../../server/test/program.ts'

interface Visit {
  readonly version: string
  readonly user: string
  readonly visits: number
}

test('no page fails while the password changes, by two users in turn', {
  skip: postgresMissing() ?? false,
}, async () => {
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' }
  await using example = new Program(path.join(import.meta.dirname, 'start.ts'), ['--every', '1'], env)
  const url = await example.says(/The application: (\S+)/)
  const versions = new Set<string>()
  const users = new Set<string>()
  let visits = 0
  while (versions.size < 4) {
    const answer = await fetch(`${url}/visit.json`)
    const text = await answer.text()
    assert.equal(answer.status, 200, `${text}${example.errors}`)
    const visit = JSON.parse(text) as Visit
    visits += 1
    assert.equal(visit.visits, visits)
    versions.add(visit.version)
    users.add(visit.user)
  }
  assert.deepEqual([...users].toSorted(), ['app', 'app_clone'])
  const page = await (await fetch(url)).text()
  for (const version of [...versions].slice(-1)) assert.match(page, new RegExp(version))
  example.child.kill('SIGTERM')
  assert.deepEqual(await example.exited, [0, null], example.errors)
})

test('Ctrl-C, which everything in its group hears, ends it cleanly', { skip: postgresMissing() ?? false }, async () => {
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' }
  await using example = new Program(path.join(import.meta.dirname, 'start.ts'), [], env, { detached: true })
  const url = await example.says(/The application: (\S+)/)
  assert.equal((await fetch(url)).status, 200)
  process.kill(-(example.child.pid as number), 'SIGINT')
  assert.deepEqual(await example.exited, [0, null], example.errors)
  assert.equal(example.errors, '')
  // nothing of it is left: the application takes no more connections
  await assert.rejects(fetch(url))
})

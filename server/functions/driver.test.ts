import assert from 'node:assert/strict'
import { test } from 'node:test'
import { driver } from './driver.ts'
import { fault } from './test/fault.ts'

test('a driver that is not installed is named; what else is wrong with it stays what it is', async () => {
  const missing: string = '@strongroom/no-such-driver'
  await assert.rejects(
    driver(missing, 'NoSuch', () => import(missing)),
    fault(
      'The package @strongroom/no-such-driver, which rotation on NoSuch needs, is not installed beside the server',
      'Runtime.ImportModuleError',
    ),
  )
  const broken = new Error('the driver is broken')
  await assert.rejects(
    driver('x', 'x', () => Promise.reject(broken)),
    broken,
  )
  assert.equal(await driver('x', 'x', async () => 1), 1)
})

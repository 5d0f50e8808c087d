import { test } from 'node:test'
import { trial } from '../test/trial.ts'

test('the permissions at an alias go with it; one that is not there is as good as deleted', async () => {
  await using t = await trial()
  const fun = { FunctionName: 'fun' }
  await t.made({ Publish: true })
  const create = () => t.call('CreateAlias', { ...fun, Name: 'live', FunctionVersion: '1' })
  await create()
  await t.call('AddPermission', {
    ...fun,
    Qualifier: 'live',
    StatementId: 's',
    Action: 'lambda:InvokeFunction',
    Principal: '*',
  })
  await t.call('DeleteAlias', { ...fun, Name: 'live' })
  await t.refused('GetAlias', { ...fun, Name: 'live' }, 'ResourceNotFoundException')
  await t.call('DeleteAlias', { ...fun, Name: 'live' })
  await create()
  await t.refused('GetPolicy', { ...fun, Qualifier: 'live' }, 'ResourceNotFoundException')
  await t.refused('DeleteAlias', { FunctionName: 'none', Name: 'live' }, 'ResourceNotFoundException')
})

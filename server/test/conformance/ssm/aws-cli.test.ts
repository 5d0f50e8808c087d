import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Program } from '../program.ts'
import { available, type Ended, run } from '../tool.ts'

/** A shell's line into words: single quotes only. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

test('the AWS CLI walks through parameters, and finds them after kill -9 and a new start', async (t) => {
  if (!(await available(t, 'aws', ['--version']))) return
  await using program = await Program.start()
  const aws = (line: string): Promise<Ended> => run('aws', ['ssm', ...words(line)], program.environment)
  const answer = async (line: string) => {
    const ended = await aws(line)
    assert.equal(ended.code, 0, `aws ssm ${line}:\n${ended.stderr}`)
    return ended.stdout.trim() === '' ? undefined : JSON.parse(ended.stdout)
  }
  const fails = async (line: string, text: string) => {
    const ended = await aws(line)
    assert.notEqual(ended.code, 0)
    assert.ok(ended.stderr.includes(text), ended.stderr)
  }

  const put = await answer("put-parameter --name /app/db/password --type SecureString --value 'first one'")
  assert.deepEqual(put, { Version: 1, Tier: 'Standard' })
  await fails(
    'put-parameter --name /app/db/password --type SecureString --value x',
    'An error occurred (ParameterAlreadyExists) when calling the PutParameter operation: The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
  )
  await answer("put-parameter --name /app/db/password --value 'second one' --overwrite")
  await answer('label-parameter-version --name /app/db/password --parameter-version 1 --labels stable')
  await answer("put-parameter --name /app/hosts --type StringList --value 'a, b,,c' --tags Key=team,Value=blue")

  const values = async () => {
    const read = async (name: string) => (await answer(`get-parameter --name ${name} --with-decryption`)).Parameter
    const [newest, labelled, first] = [
      await read('/app/db/password'),
      await read('/app/db/password:stable'),
      await read('/app/db/password:01'),
    ]
    const batch = await answer('get-parameters --names /app/hosts /app/gone')
    return [
      newest.Value,
      labelled.Value,
      labelled.Selector,
      first.Selector,
      batch.Parameters[0].Value,
      batch.InvalidParameters,
    ]
  }
  const expected = ['second one', 'first one', ':stable', ':01', 'a, b,,c', ['/app/gone']]
  assert.deepEqual(await values(), expected)
  await program.killAndRestart()
  assert.deepEqual(await values(), expected)

  const below = await answer('get-parameters-by-path --path /app --recursive --with-decryption')
  assert.deepEqual(
    below.Parameters.map(({ Name, Value }: { Name: string; Value: string }) => [Name, Value]),
    [
      ['/app/db/password', 'second one'],
      ['/app/hosts', 'a, b,,c'],
    ],
  )
  const history = await answer('get-parameter-history --name /app/db/password --with-decryption')
  assert.deepEqual(
    history.Parameters.map(({ Value, Labels }: { Value: string; Labels: string[] }) => [Value, Labels]),
    [
      ['first one', ['stable']],
      ['second one', []],
    ],
  )
  const described = await answer('describe-parameters --parameter-filters Key=Name,Option=BeginsWith,Values=/app/db')
  assert.deepEqual([described.Parameters.length, described.Parameters[0].KeyId], [1, 'alias/aws/ssm'])
  const tags = await answer('list-tags-for-resource --resource-type Parameter --resource-id /app/hosts')
  assert.deepEqual(tags.TagList, [{ Key: 'team', Value: 'blue' }])

  await answer('delete-parameter --name /app/hosts')
  const deleted = await answer('delete-parameters --names /app/hosts /app/db/password')
  assert.deepEqual(deleted, { DeletedParameters: ['/app/db/password'], InvalidParameters: ['/app/hosts'] })
  await fails(
    'get-parameter --name /app/db/password',
    'An error occurred (ParameterNotFound) when calling the GetParameter operation:',
  )
})

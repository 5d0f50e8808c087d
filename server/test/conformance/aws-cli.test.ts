import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Program } from './program.ts'
import { available, type Ended, run } from './tool.ts'

/** A shell's line into words: single quotes only. */
function words(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
}

test('the AWS CLI walks through a secret, and finds it after kill -9 and a new start', async (t) => {
  if (!(await available(t, 'aws', ['--version']))) return
  await using program = await Program.start()

  const aws = (line: string): Promise<Ended> => run('aws', ['secretsmanager', ...words(line)], program.environment)
  const answer = async (line: string) => {
    const ended = await aws(line)
    assert.equal(ended.code, 0, `aws secretsmanager ${line}:\n${ended.stderr}`)
    return JSON.parse(ended.stdout)
  }

  const created = await answer(`create-secret --name avApiKey --secret-string '{"api_key":"super-secret"}'`)
  assert.match(created.ARN, /:secret:avApiKey-[A-Za-z0-9]{6}$/)
  const { SecretList } = await answer('list-secrets')
  assert.deepEqual(
    SecretList.map(({ Name }: { Name: string }) => Name),
    ['avApiKey'],
  )
  const updated = await answer(`update-secret --secret-id avApiKey --secret-string '{"api_key":"secret_v2"}'`)
  assert.equal(updated.ARN, created.ARN)

  const values = async () => {
    const current = await answer('get-secret-value --secret-id avApiKey')
    const previous = await answer('get-secret-value --secret-id avApiKey --version-stage AWSPREVIOUS')
    return [current.SecretString, current.VersionStages, previous.SecretString, previous.VersionId]
  }
  const expected = ['{"api_key":"secret_v2"}', ['AWSCURRENT'], '{"api_key":"super-secret"}', created.VersionId]
  assert.deepEqual(await values(), expected)
  await program.killAndRestart()
  assert.deepEqual(await values(), expected)

  const deleted = await answer('delete-secret --secret-id avApiKey')
  assert.equal(deleted.Name, 'avApiKey')
  const refused = await aws('get-secret-value --secret-id avApiKey')
  assert.notEqual(refused.code, 0)
  assert.match(
    refused.stderr,
    /An error occurred \(InvalidRequestException\) when calling the GetSecretValue operation: You can't perform this operation on the secret because it was marked for deletion\./,
  )
  await program.killAndRestart()
  assert.deepEqual((await answer('list-secrets')).SecretList, [])
  assert.equal((await answer('restore-secret --secret-id avApiKey')).ARN, created.ARN)
  assert.deepEqual(await values(), expected)
})

import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { Program } from '../../server/test/program.ts'

/** The AWS provider comes from Terraform's registry: where there is no Terraform, it is told, and nothing else can be shown. */
test('Terraform applies, applies again without a difference, and destroys; where it is not, that is said', {
  timeout: 300_000,
}, async (t) => {
  const { PATH = '', HOME = '', TF_CLI_CONFIG_FILE } = process.env
  // Terraform and its provider are programs in Go that read a large schema at each step: GOGC spares a third of their time.
  const env = { PATH, HOME, GOGC: '800', ...(TF_CLI_CONFIG_FILE !== undefined && { TF_CLI_CONFIG_FILE }) }
  await using example = new Program(path.join(import.meta.dirname, 'start.ts'), ['--quick'], env)
  const [code] = await example.exited
  if (code === 2) {
    t.diagnostic(example.errors)
    assert.match(
      example.errors,
      /(neither terraform nor tofu runs here|the AWS provider is not to be had here)\nhint: /,
    )
    return
  }
  assert.equal(code, 0, example.errors)
  assert.match(example.output, /apply: as it should be\napply again: as it should be/)
  assert.match(example.output, /destroy: as it should be\n$/)
})

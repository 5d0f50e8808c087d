import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Trial, token, trial } from '../test/trial.ts'

/**
 * The smallest model of a secret's labels: who is current, who was before, where the others are. Written apart from
 * model/stages.ts, from the sentences of secretsmanager.md 4.2 and 4.3.
 */
class Model {
  readonly versions = new Set<string>()
  readonly holders: Record<string, string> = {}
  deleted = false

  put(version: string, labels: string[]): void {
    if (this.deleted) return
    const asked = this.versions.size === 0 ? [...labels, 'AWSCURRENT'] : labels
    const repeated = this.versions.has(version)
    this.versions.add(version)
    const old = this.holders.AWSCURRENT
    for (const label of asked) this.holders[label] = version
    if (!asked.includes('AWSCURRENT')) return
    if (old !== undefined && old !== version) this.holders.AWSPREVIOUS = old
    const spared = repeated && this.holders.AWSPENDING === version
    if (!asked.includes('AWSPENDING') && !spared) delete this.holders.AWSPENDING
  }

  move(label: string, from: string | undefined, to: string | undefined): void {
    const known = (id: string | undefined) => id === undefined || this.versions.has(id)
    const holder = this.holders[label]
    if (this.deleted || !known(from) || !known(to) || (from === undefined && to === undefined)) return
    if (label === 'AWSCURRENT' && to === undefined) return
    if (from !== undefined && from !== holder) return
    if (from === undefined && holder !== undefined && holder !== to) return
    if (to === undefined) {
      delete this.holders[label]
      return
    }
    this.holders[label] = to
    if (label === 'AWSCURRENT' && holder !== undefined && holder !== to) this.holders.AWSPREVIOUS = holder
  }
}

const version = fc.constantFrom('v1', 'v2', 'v3', 'v4')
const label = fc.constantFrom('AWSCURRENT', 'AWSPREVIOUS', 'AWSPENDING', 'MINE', 'YOURS')
const command = fc.oneof(
  fc.record({ do: fc.constant('put' as const), version, labels: fc.option(fc.uniqueArray(label, { minLength: 1 })) }),
  fc.record({ do: fc.constant('update' as const), version }),
  fc.record({ do: fc.constant('move' as const), label, from: fc.option(version), to: fc.option(version) }),
  fc.record({ do: fc.constantFrom('delete' as const, 'restore' as const) }),
)
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never

async function perform(t: Trial, SecretId: string, model: Model, asked: Command): Promise<void> {
  switch (asked.do) {
    case 'put': {
      const known = model.versions.has(asked.version)
      // A repeated put without labels changes nothing; one with labels adds them.
      if (asked.labels || !known) model.put(asked.version, asked.labels ?? ['AWSCURRENT'])
      await t.put(asked.version, asked.labels ? { VersionStages: asked.labels } : {}, SecretId)
      return
    }
    case 'update':
      if (!model.versions.has(asked.version)) model.put(asked.version, ['AWSCURRENT'])
      await t.call('UpdateSecret', {
        SecretId,
        ClientRequestToken: token(asked.version),
        SecretString: `value of ${asked.version}`,
      })
      return
    case 'move': {
      const { label: VersionStage, from, to } = asked
      model.move(VersionStage, from ?? undefined, to ?? undefined)
      await t.call('UpdateSecretVersionStage', {
        SecretId,
        VersionStage,
        ...(from && { RemoveFromVersionId: token(from) }),
        ...(to && { MoveToVersionId: token(to) }),
      })
      return
    }
    case 'delete':
      model.deleted = true
      await t.call('DeleteSecret', { SecretId })
      return
    case 'restore':
      model.deleted = false
      await t.call('RestoreSecret', { SecretId })
  }
}

test('whatever is put, updated, moved, deleted and restored: the labels are the model’s, each on one version', async () => {
  await using t = await trial()
  let run = 0
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 12 }), async (commands) => {
      const SecretId = `property/${run++}`
      await t.call('CreateSecret', { Name: SecretId })
      const model = new Model()
      for (const asked of commands) {
        await perform(t, SecretId, model, asked).catch((error: { code?: string }) => {
          assert.match(error.code ?? String(error), /^(Invalid(Parameter|Request)|ResourceNotFound)Exception$/)
        })
        const expected: Record<string, string[]> = {}
        for (const [stage, id] of Object.entries(model.holders)) {
          expected[id] ??= []
          expected[id].push(stage)
        }
        const labels = Object.fromEntries(Object.entries(expected).map(([id, list]) => [id, list.sort().join(' ')]))
        assert.deepEqual(await t.labels(SecretId), labels)
        const current = model.deleted ? undefined : await t.call('GetSecretValue', { SecretId }).catch(() => undefined)
        const holder = model.deleted ? undefined : model.holders.AWSCURRENT
        assert.equal(current?.VersionId, holder && token(holder), 'a read sees the last change')
        const all = Object.values(await t.labels(SecretId)).flatMap((list) => list.split(' '))
        assert.equal(new Set(all).size, all.length, 'a label is on one version only')
        assert.ok(model.versions.size === 0 || all.includes('AWSCURRENT'), 'a secret with a version has a current one')
      }
    }),
    { numRuns: 150 },
  )
})

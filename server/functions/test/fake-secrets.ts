import { randomInt } from 'node:crypto'
import { ApiError } from '#kernel/error'
import { Secret } from '#kernel/values/bytes'
import type { FunctionContext, FunctionEvent, PasswordOptions, RotationFunction, SecretsClient } from '../function.ts'

interface Version {
  value?: string
  stages: Set<string>
}

/** Secrets Manager in small: versions and labels by its rules, for functions under test. Source: rotation.md 3.3. */
export class FakeSecrets implements SecretsClient {
  readonly #secrets = new Map<string, Map<string, Version>>()
  readonly #disabled = new Set<string>()
  /** Options that passwords were asked for with. */
  readonly asked: PasswordOptions[] = []
  /** Passwords to give out before any is made up. */
  readonly passwords: string[] = []

  put(arn: string, id: string, value: string, ...stages: string[]): void {
    const versions = this.#secrets.get(arn) ?? new Map<string, Version>()
    this.#secrets.set(arn, versions)
    versions.set(id, { value, stages: new Set() })
    for (const stage of stages) this.#move(arn, stage, id)
  }

  /** What RotateSecret does: a version without a value, labelled AWSPENDING. */
  begin(arn: string, token: string): void {
    const versions = this.#of(arn)
    if (!versions.has(token)) versions.set(token, { stages: new Set() })
    this.#move(arn, 'AWSPENDING', token)
  }

  disable(arn: string): void {
    this.#disabled.add(arn)
  }

  /** The JSON of the version with this label. */
  // biome-ignore lint/suspicious/noExplicitAny: whatever the test has put there
  json(arn: string, stage: string): any {
    return JSON.parse(this.text(arn, stage))
  }

  text(arn: string, stage: string): string {
    return [...this.#of(arn).values()].find(({ stages }) => stages.has(stage))?.value ?? 'null'
  }

  stages(arn: string): Record<string, string[]> {
    const labelled = [...this.#of(arn)].filter(([, { stages }]) => stages.size > 0)
    return Object.fromEntries(labelled.map(([id, { stages }]) => [id, [...stages].toSorted()]))
  }

  async describeSecret(arn: string) {
    return { RotationEnabled: !this.#disabled.has(arn), VersionIdsToStages: this.stages(arn) }
  }

  async getSecretValue(arn: string, { VersionId, VersionStage }: { VersionId?: string; VersionStage?: string }) {
    const found = [...this.#of(arn)].find(
      ([id, { stages }]) =>
        (VersionId === undefined || id === VersionId) && (VersionStage === undefined || stages.has(VersionStage)),
    )
    if (found?.[1].value === undefined)
      throw new ApiError('ResourceNotFoundException', "Secrets Manager can't find the specified secret value")
    return new Secret(found[1].value)
  }

  async putSecretValue(arn: string, token: string, value: Secret, stages: readonly string[]): Promise<void> {
    const version = this.#of(arn).get(token)
    if (version?.value !== undefined && version.value !== value.reveal())
      throw new ApiError('ResourceExistsException', 'the version has a value')
    this.#of(arn).set(token, { value: value.reveal(), stages: version?.stages ?? new Set() })
    for (const stage of stages) this.#move(arn, stage, token)
  }

  async updateSecretVersionStage(arn: string, stage: string, to: string, from: string | undefined): Promise<void> {
    const holder = [...this.#of(arn)].find(([, { stages }]) => stages.has(stage))?.[0]
    if (holder !== from) throw new ApiError('InvalidParameterException', 'the label is on another version')
    this.#move(arn, stage, to)
  }

  async getRandomPassword(options: PasswordOptions): Promise<Secret> {
    this.asked.push(options)
    const given = this.passwords.shift()
    if (given !== undefined) return new Secret(given)
    const printable = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i))
    const alphabet = printable.filter((character) => !options.ExcludeCharacters.includes(character))
    return new Secret(
      Array.from({ length: options.PasswordLength }, () => alphabet[randomInt(alphabet.length)]).join(''),
    )
  }

  #of(arn: string): Map<string, Version> {
    const versions = this.#secrets.get(arn)
    if (versions === undefined)
      throw new ApiError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")
    return versions
  }

  #move(arn: string, stage: string, to: string): void {
    const versions = this.#of(arn)
    const from = [...versions.values()].find(({ stages }) => stages.has(stage))
    const target = versions.get(to)
    if (target === undefined) throw new ApiError('ResourceNotFoundException', 'no such version')
    if (from === target) return
    from?.stages.delete(stage)
    target.stages.add(stage)
    if (stage !== 'AWSCURRENT' || from === undefined) return
    for (const { stages } of versions.values()) stages.delete('AWSPREVIOUS')
    from.stages.add('AWSPREVIOUS')
    from.stages.delete('AWSPENDING')
  }
}

export const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const

/** Runs steps of a function one after another; answers the lines of its log. */
export async function run(
  rotate: RotationFunction,
  secrets: SecretsClient,
  event: Omit<FunctionEvent, 'Step'>,
  steps: readonly string[] = STEPS,
  environment: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const lines: string[] = []
  const context: FunctionContext = {
    secrets,
    environment: new Map(Object.entries(environment)),
    log: (line) => void lines.push(line),
    signal: new AbortController().signal,
  }
  for (const Step of steps) await rotate({ ...event, Step }, context)
  return lines
}

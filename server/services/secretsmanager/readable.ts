import { decide } from '#kernel/authorization/authorize'
import type { Call } from '#kernel/call'
import { ApiError } from '#kernel/error'
import type { Env } from './operation.ts'
import type { AskedValue, ReadableSecrets, SecretValue } from './port.ts'
import { openReading, selectionOf } from './reading.ts'
import { onSecret, onVersion } from './recorded.ts'
import { denied } from './refusal.ts'
import { ownerOf, type SecretTarget, targetOf } from './target.ts'

const READ = 'secretsmanager:GetSecretValue'

/** See `ReadableSecrets`: GetSecretValue within another service's call, with the permission that it needs and the event that it leaves. */
export class Readable implements ReadableSecrets {
  readonly #env: Env
  /** The request as it comes here: the same caller, through the asking service. */
  readonly #call: Call

  constructor(env: Env, call: Call) {
    this.#env = env
    this.#call = call
  }

  async value(asked: AskedValue): Promise<SecretValue> {
    const { secrets, random } = this.#env
    const call = this.#call
    const { SecretId, VersionId, VersionStage } = asked
    const event: Call['events'][number] = {
      call,
      eventSource: 'secretsmanager.amazonaws.com',
      eventName: 'GetSecretValue',
      readOnly: true,
      requestParameters: {
        secretId: SecretId,
        ...(VersionId !== undefined && { versionId: VersionId }),
        ...(VersionStage !== undefined && { versionStage: VersionStage }),
      },
      responseElements: null,
    }
    let target: SecretTarget | undefined
    try {
      const reading = await secrets.read(selectionOf(asked))
      target = targetOf(SecretId, reading?.secret, call, random, {
        context: { 'secretsmanager:VersionId': VersionId, 'secretsmanager:VersionStage': VersionStage },
      })
      const decision = decide(call, 'secretsmanager', READ, target)
      if (!decision.allowed) throw denied(decision, call, READ, target, random)
      const value = await openReading(reading, asked, this.#env, call)
      const owner = ownerOf(SecretId, call)
      const additional = onVersion(asked, value, call, target)
      call.events.push({
        ...event,
        ...(additional === undefined ? {} : { additionalEventData: additional }),
        ...(owner === call.account ? {} : { owner }),
      })
      return value
    } catch (error) {
      if (error instanceof ApiError) {
        const additional = onSecret(asked, undefined, call, target)
        call.events.push({
          ...event,
          ...(additional === undefined ? {} : { additionalEventData: additional }),
          errorCode: error.code,
          ...(error.message === '' ? {} : { errorMessage: error.message }),
        })
      }
      throw error
    }
  }
}

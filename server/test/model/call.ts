/** Calls of Secrets Manager as sequences make them, and what came of them. */

/** A value in either kind. */
export interface Value {
  readonly kind: 'string' | 'binary'
  /** Text, or bytes in base64. */
  readonly text: string
}

export const contentOf = ({ kind, text }: Value): string => `${kind} ${text}`

interface Named {
  /** As it is sent: a name, an ARN, or one without its suffix. */
  readonly id: string
}

/** A call; tokens and version ids are those that are sent. */
export type Call =
  | {
      readonly op: 'create'
      readonly name: string
      readonly token: string
      readonly value?: Value | undefined
      readonly description?: string | undefined
      readonly kmsKeyId?: string | undefined
      readonly tags?: Readonly<Record<string, string>> | undefined
    }
  | (Named & {
      readonly op: 'put'
      readonly token: string
      readonly value: Value
      readonly stages?: readonly string[] | undefined
    })
  | (Named & {
      readonly op: 'update'
      readonly token: string
      readonly value?: Value | undefined
      readonly description?: string | undefined
      readonly kmsKeyId?: string | undefined
    })
  | (Named & {
      readonly op: 'stage'
      readonly stage: string
      readonly to?: string | undefined
      readonly from?: string | undefined
    })
  | (Named & { readonly op: 'delete'; readonly days?: number | undefined; readonly force?: boolean | undefined })
  | (Named & { readonly op: 'restore' | 'cancel' | 'unpolicy' | 'describe' })
  | (Named & { readonly op: 'tag'; readonly tags: Readonly<Record<string, string>> })
  | (Named & { readonly op: 'untag'; readonly keys: readonly string[] })
  | (Named & { readonly op: 'policy'; readonly document: string })
  | (Named & {
      readonly op: 'rotate'
      readonly token: string
      readonly functionArn?: string | undefined
      readonly days?: number | undefined
      readonly immediately?: boolean | undefined
    })
  | (Named & { readonly op: 'get'; readonly version?: string | undefined; readonly stage?: string | undefined })

/** Members of an answer that are looked at. */
export interface Answer {
  readonly ARN?: string | undefined
  readonly Name?: string | undefined
  readonly VersionId?: string | undefined
  readonly VersionStages?: readonly string[] | undefined
  /** As `Version.content`. */
  readonly content?: string | undefined
  readonly CreatedDate?: number | undefined
  readonly DeletionDate?: number | undefined
  readonly DeletedDate?: number | undefined
}

/** What came of a call: an answer, a refusal, or nothing, since the server died. */
export type Outcome =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'refused'; readonly code: string; readonly text: string }
  | { readonly kind: 'lost' }

/** A call that was made. */
export interface Made {
  readonly call: Call
  readonly outcome: Outcome
  /** Ticks of one clock, on which what came first is earlier. Without an answer it never ended. */
  readonly began: number
  readonly ended: number
  /** By which its record in the audit trail is found: the answer's request id, and the User-Agent of the call. */
  readonly requestId?: string | undefined
  readonly agent: string
}

export const OPERATIONS = {
  create: 'CreateSecret',
  put: 'PutSecretValue',
  update: 'UpdateSecret',
  stage: 'UpdateSecretVersionStage',
  delete: 'DeleteSecret',
  restore: 'RestoreSecret',
  cancel: 'CancelRotateSecret',
  unpolicy: 'DeleteResourcePolicy',
  describe: 'DescribeSecret',
  tag: 'TagResource',
  untag: 'UntagResource',
  policy: 'PutResourcePolicy',
  rotate: 'RotateSecret',
  get: 'GetSecretValue',
} as const satisfies Record<Call['op'], string>

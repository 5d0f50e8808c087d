/** Calls of Secrets Manager, and of our own operations on secrets, as sequences make them, and what came of them. */
import { createHash } from 'node:crypto'
import type { Secret } from './secret.ts'

/** A value in either kind. */
export interface Value {
  readonly kind: 'string' | 'binary'
  /** Text, or bytes in base64. */
  readonly text: string
}

/** What stands for a value: itself, or of a long one its digest. */
export const contentOf = ({ kind, text }: Value): string =>
  `${kind} ${text.length > 200 ? createHash('sha256').update(text).digest('hex') : text}`

/** How secrets were at a time, by ARN; one that is not in it was not there. */
export interface Then {
  readonly at: number
  readonly secrets: ReadonlyMap<string, Secret>
}

/** A version as ImportSecret has it. */
export interface Brought {
  readonly id: string
  readonly value: Value
  readonly labels: readonly string[]
  /** Milliseconds; undefined: now. */
  readonly createdAt?: number | undefined
}

/** What a dry run of RestoreSecrets has listed: its tokens, and how the secrets were when it did, by ARN. */
export interface Plan {
  readonly tokens: ReadonlyMap<string, string>
  readonly secrets: ReadonlyMap<string, Secret>
  readonly asOf: Then
  readonly deleteCreated: boolean
}

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
  /** `asOf`: where `to` is a time. */
  | (Named & { readonly op: 'rollback'; readonly token: string; readonly to: string; readonly asOf?: Then | undefined })
  | {
      readonly op: 'import'
      readonly name: string
      readonly versions: readonly Brought[]
      readonly description?: string | undefined
      readonly kmsKeyId?: string | undefined
      readonly tags?: Readonly<Record<string, string>> | undefined
      readonly policy?: string | undefined
      readonly rotation?: { readonly functionArn: string; readonly days: number } | undefined
      readonly onConflict?: 'Fail' | 'Skip' | 'Overwrite' | undefined
      readonly whole?: boolean | undefined
      readonly dryRun?: boolean | undefined
    }
  /** RestoreSecrets under the name alone, or under a prefix of several; a dry run may ask for one secret after the other. */
  | {
      readonly op: 'goback'
      readonly name: string
      readonly prefix?: string | undefined
      readonly pages?: boolean | undefined
      readonly asOf: Then
      /** It is later than now. */
      readonly future?: boolean | undefined
      readonly dryRun: boolean
      readonly deleteCreated: boolean
      readonly plan?: Plan | undefined
    }

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
  readonly FromVersionId?: string | undefined
  readonly Outcome?: string | undefined
  /** In the order of the alphabet. */
  readonly Changes?: readonly string[] | undefined
  /** By ARN. */
  readonly Secrets?: readonly Item[] | undefined
  readonly Unchanged?: number | undefined
  readonly NotPermitted?: number | undefined
  readonly NextToken?: string | undefined
}

/** A secret in the answer of RestoreSecrets; changes by member, labels by name. */
export interface Item {
  readonly ARN: string
  readonly Name: string
  readonly Status: string
  readonly Changes: readonly { readonly Member: string; readonly From?: string; readonly To?: string }[]
  readonly NotKept?: readonly { readonly VersionStage: string; readonly VersionId: string }[] | undefined
  readonly FromHistory?: readonly string[] | undefined
  readonly KnownSince?: number | undefined
  readonly GoneDate?: number | undefined
  readonly PlanToken?: string | undefined
  readonly ErrorCode?: string | undefined
}

/** What came of a call: an answer, a refusal, or nothing, since the server died. */
export type Outcome =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'refused'; readonly code: string; readonly text: string }
  | { readonly kind: 'lost' }

/** A principal that makes calls, as the history tells of it. */
export interface Person {
  readonly arn: string
  readonly id: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

/** A call that was made. */
export interface Made {
  readonly call: Call
  /** Who made it. */
  readonly by: Person
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
  rollback: 'RollBackSecret',
  import: 'ImportSecret',
  goback: 'RestoreSecrets',
} as const satisfies Record<Call['op'], string>

export type Op = Call['op']
export type Of<Which extends Op> = Extract<Call, { readonly op: Which }>

const OWN = ['rollback', 'import', 'goback'] as const
export type OwnOp = (typeof OWN)[number]
/** Whether AWS does not have it. */
export const isOwn = (op: Op): op is OwnOp => (OWN as readonly Op[]).includes(op)
/** Whether it makes a secret of its name when there is none. */
export const makes = (op: Op): op is 'create' | 'import' => op === 'create' || op === 'import'

/** How a secret is rotated, and what a rotation is while it runs. Source: rotation.md 1 to 7, secretsmanager.md 10. */

/** The steps of a rotation, in their order and AWS's spelling. Source: rotation.md 3.1. */
export const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const
/** Beyond AWS: `checkSecret` asks another function for its judgement, `returnSecret` sets the old password again. */
export type Step = (typeof STEPS)[number] | 'checkSecret' | 'returnSecret'

/** When a secret is rotated: by days or by an expression, never both. As it was given. */
export interface RotationRules {
  readonly automaticallyAfterDays?: number | undefined
  /** `rate(10 days)`, `cron(0 16 1,15 * ? *)` */
  readonly scheduleExpression?: string | undefined
  /** `3h` */
  readonly duration?: string | undefined
}

/** When the next rotation may start, and when it will. Milliseconds. */
export interface Planned {
  readonly windowStart: number
  /** Exclusive; NextRotationDate is its last second. */
  readonly windowEnd: number
  /** A moment of chance within the window. */
  readonly runAt: number
}

/** The rotation of a secret as it was configured. */
export interface Rotation {
  readonly enabled: boolean
  /** ARN of the rotation function; kept when rotation is turned off. */
  readonly functionArn: string | undefined
  readonly rules: RotationRules
  /** When the last rotation succeeded; undefined before, and after rotation was turned off. */
  readonly lastAt: number | undefined
  /** From when rate() and days are counted: the last rotation, or a value that was put by hand. */
  readonly basedAt: number | undefined
  readonly planned: Planned | undefined
  /** Unique id of the principal that configured it: with whose rights a built-in function reads the secret of the superuser. */
  readonly configuredBy: string | undefined
}

/** A rotation that runs, or waits to be tried again. It keeps its token until it has succeeded or is given up. */
export interface Run {
  /** The version that it fills: the ClientRequestToken of RotateSecret. */
  readonly token: string
  /** `test`: RotateImmediately=false, only testSecret on a copy of the current value. */
  readonly phase: 'real' | 'test'
  /** The step that is tried now; persisted before the function is invoked. */
  readonly step: Step
  /** 1 for the first. */
  readonly attempt: number
  /** Milliseconds. */
  readonly notBefore: number
  /** Proves a PutSecretValue of another account's function. */
  readonly rotationToken: string
  readonly startedAt: number
  /** Why the last attempt failed, without anything secret. */
  readonly failure: string | undefined
  /** The incarnation of a process that tries it right now; undefined while it waits. */
  readonly node: string | undefined
}

/** A test that failed, of the rotation and the value as they are. */
export interface FailedTest {
  /** Milliseconds. */
  readonly at: number
  /** Why, without anything secret. */
  readonly failure: string
}

/** What was promised of a secret's rotation. Milliseconds. */
export interface Watch {
  /** When a rotation must have ended well at the latest: the end of its window. It is overdue from then on. */
  readonly dueBy: number
  /** Since when the rotation that is due waits for readers of the old version; undefined: it does not. */
  readonly heldSince: number | undefined
}

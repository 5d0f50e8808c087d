/** A managed policy of AWS, that every account has: `arn:aws:iam::aws:policy/…`. */
export interface AwsManagedPolicy {
  readonly name: string
  /** `/`, `/service-role/` … */
  readonly path: string
  readonly arn: string
  /** Of our own making: AWS's ids are not told. Attachments are authenticated with it, so it never changes. */
  readonly id: string
  readonly description: string
  readonly document: string
}

/** A statement as the tables beside this file write it. `resource`: everything, when left out. */
export interface Grant {
  readonly allow: readonly string[] | string
  readonly on?: readonly string[] | string
  readonly when?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>
}

/** What a managed policy of AWS permits, in statements that allow. `code`: 14 letters or digits of its id. */
export function permitting(
  name: string,
  code: string,
  description: string,
  grants: readonly Grant[],
  path = '/',
): AwsManagedPolicy {
  const Statement = grants.map(({ allow, on = '*', when }) => ({
    Effect: 'Allow',
    Action: allow,
    Resource: on,
    ...(when !== undefined && { Condition: when }),
  }))
  return written(name, code, description, Statement, path)
}

/** The same from statements as a document has them. */
export function written(
  name: string,
  code: string,
  description: string,
  Statement: readonly Readonly<Record<string, unknown>>[],
  path = '/',
): AwsManagedPolicy {
  return {
    name,
    path,
    arn: `arn:aws:iam::aws:policy${path}${name}`,
    id: `ANPAAWS${code}`,
    description,
    document: JSON.stringify({ Version: '2012-10-17', Statement }),
  }
}

/** Several actions of one service: `of('kms', 'List*')` is `kms:List*`. */
export function of(service: string, ...actions: readonly string[]): string[] {
  return actions.map((action) => `${service}:${action}`)
}

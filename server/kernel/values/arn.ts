/** The six parts of an Amazon Resource Name; `resource` keeps its colons and slashes. */
export interface Arn {
  readonly partition: string
  readonly service: string
  readonly region: string
  readonly account: string
  readonly resource: string
}

/** Splits `arn:partition:service:region:account:resource`; undefined when it is no ARN. */
export function parseArn(text: string): Arn | undefined {
  if (!text.startsWith('arn:')) return undefined
  const at: number[] = []
  for (let from = 0; at.length < 5; ) {
    const colon = text.indexOf(':', from)
    if (colon < 0) return undefined
    at.push(colon)
    from = colon + 1
  }
  const [a, b, c, d, e] = at as [number, number, number, number, number]
  return {
    partition: text.slice(a + 1, b),
    service: text.slice(b + 1, c),
    region: text.slice(c + 1, d),
    account: text.slice(d + 1, e),
    resource: text.slice(e + 1),
  }
}

/** Writes an ARN in the `aws` partition. Region and account may be empty (`iam` has no region). */
export function arn(service: string, region: string, account: string, resource: string): string {
  return `arn:aws:${service}:${region}:${account}:${resource}`
}

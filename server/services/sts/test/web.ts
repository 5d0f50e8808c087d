import { Providers } from '../../iam/providers.ts'
import type { KeysOptions } from '../oidc/keys.ts'
import { type Issuer, type IssuerKey, issuer, mint, newKey } from './issuer.ts'
import { ACCOUNT, type Trial, trial } from './trial.ts'

/** Audience that the account has registered. */
export const CLIENT = 'sts.amazonaws.com'
/** Made once: RSA keys take a while. */
export const KEY: IssuerKey = newKey('RS256')

/** STS, an identity provider that the account 111122223333 has registered, and a role that trusts it. */
export class WebTrial implements AsyncDisposable {
  readonly sts: Trial
  readonly issuer: Issuer
  readonly provider: string
  readonly reports: string[]

  constructor(sts: Trial, one: Issuer, provider: string, reports: string[]) {
    this.sts = sts
    this.issuer = one
    this.provider = provider
    this.reports = reports
  }

  /** Seconds since the epoch. */
  get now(): number {
    return Math.floor(this.sts.iam.clock.now() / 1000)
  }

  /** Claims of a good token, with more. */
  claims(more: object = {}): Record<string, unknown> {
    const { now } = this
    return { iss: this.issuer.url, sub: 'repo:a', aud: CLIENT, exp: now + 600, iat: now, ...more }
  }

  token(more: object = {}, header: object = {}): string {
    return mint(KEY, this.claims(more), header)
  }

  /** A trust policy for the provider; conditions by the names of claims. */
  trust(condition: object = {}, Action: unknown = 'sts:AssumeRoleWithWebIdentity'): string {
    const Condition = Object.fromEntries(
      Object.entries(condition).map(([operator, keys]) => [
        operator,
        Object.fromEntries(Object.entries(keys).map(([key, value]) => [this.named(key), value])),
      ]),
    )
    const Statement = [{ Effect: 'Allow', Principal: { Federated: this.provider }, Action, Condition }]
    return JSON.stringify({ Version: '2012-10-17', Statement })
  }

  /** `sub` is `localhost:1234:sub`; others stay. */
  named(key: string): string {
    return key.includes(':') ? key : `${this.issuer.name}:${key}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.issuer[Symbol.asyncDispose]()
    await this.sts[Symbol.asyncDispose]()
  }
}

export async function webTrial(
  options: Partial<KeysOptions> = {},
  { plain = false, keys = [KEY] } = {},
): Promise<WebTrial> {
  const one = await issuer([...keys], { plain })
  const reports: string[] = []
  const report = (url: string, reason: string) => reports.push(`${url}: ${reason}`)
  const sts = await trial({ oidc: { privateIssuers: true, ca: one.certificate, report, ...options } })
  const provider = await register(sts, one.name)
  return new WebTrial(sts, one, provider, reports)
}

/** Registers a provider, also with a port, which IAM's own operation does not allow. Answers its ARN. */
export async function register(
  sts: Trial,
  url: string,
  clientIds = [CLIENT],
  thumbprints: string[] = [],
  account = ACCOUNT,
) {
  const { storage, vault, clock } = sts.iam
  await storage.unit('write', (unit) =>
    new Providers(unit, account, vault).add({ url, clientIds, thumbprints, tags: new Map(), createdAt: clock.now() }),
  )
  return `arn:aws:iam::${account}:oidc-provider/${url}`
}

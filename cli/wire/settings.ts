import { exit, Failure } from '../command.ts'

/** Where a command's calls go and who makes them, as the command line says; the rest comes from environment and profile. */
export interface WireSettings {
  /** `https://secrets.example.com`, or `aws` for AWS itself. */
  readonly endpointUrl?: string | undefined
  /** A profile of the files of the AWS CLI. */
  readonly profile?: string | undefined
  readonly region?: string | undefined
  /** A file with certificate authorities in PEM. */
  readonly caBundle?: string | undefined
}

const NAMES = { endpointUrl: 'endpoint-url', profile: 'profile', region: 'region', caBundle: 'ca-bundle' } as const

/** The flags that every command on the wire takes, each with a value; `side` for those of another end: `to` → `--to-profile`. */
export const wireFlags = (side?: string): readonly string[] =>
  Object.values(NAMES).map((name) => `--${side === undefined ? '' : `${side}-`}${name}`)

/** What the help of every command on the wire says about them. */
export const wireHelp = `--endpoint-url URL       where the server is; default: AWS_ENDPOINT_URL_SECRETS_MANAGER, AWS_ENDPOINT_URL, or the
                         profile's endpoint_url. "aws" means AWS itself
--profile NAME, --region REGION, --ca-bundle FILE
                         as for the AWS CLI, with its variables (AWS_PROFILE, AWS_REGION, AWS_CA_BUNDLE …) and files
`

/** Takes these flags out of what was read off a command line. */
export function wireSettings(values: ReadonlyMap<string, string>, side?: string): WireSettings {
  const found: Record<string, string> = {}
  for (const [key, name] of Object.entries(NAMES)) {
    const value = values.get(`--${side === undefined ? '' : `${side}-`}${name}`)
    if (value !== undefined) found[key] = value
  }
  return found
}

/** A setting that cannot be worked with. */
export const unusable = (what: string, hint: string): Failure => new Failure(what, hint, exit.usage)

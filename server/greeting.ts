import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import path from 'node:path'
import type { Secret } from '#kernel/values/bytes'

/** Where a start writes what a person reads. */
export interface Console {
  out(text: string): void
}

/** The root credentials that a start shows. */
export interface RootCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
}

interface Started {
  readonly url: string
  readonly region: string
  readonly account: string
}

/** The line that tools wait for. */
export const readyLine = (url: string): string => `strongroom: ready on ${url}\n`

/** Where the root credentials of a data directory are. */
export const credentialsPath = (directory: string): string => path.join(directory, 'root-credentials')

/** The file with the root credentials, while it is there. */
export function existingCredentials(directory: string): string | undefined {
  const file = credentialsPath(directory)
  return existsSync(file) ? file : undefined
}

/**
 * Keeps the root credentials of the first start in a file that only this user can read, in the form that a shell can
 * source; durable when this returns. To be called before the store keeps them: when the start dies in between, the next
 * one is a first start again and replaces the file; the other way round nobody would know the credentials.
 */
export function writeRootCredentials(directory: string, root: RootCredentials): void {
  const target = credentialsPath(directory)
  const draft = `${target}.new`
  rmSync(draft, { force: true })
  const file = openSync(draft, 'wx', 0o600)
  try {
    writeSync(file, exported(root, ''))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(draft, target)
  const folder = openSync(directory, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/**
 * What the first start of `serve` says: all that is needed to send a first request. `made` holds the credentials that
 * this start made, which are shown this once; those that came from the environment are not repeated.
 */
export function firstStart(
  started: Started & { readonly made: RootCredentials | undefined; readonly directory: string },
): string {
  const { url, region, account, made, directory } = started
  const credentials =
    made === undefined
      ? '  # AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are those that STRONGROOM_ROOT_… gave to this start\n'
      : exported(made)
  const keeping =
    made === undefined
      ? ''
      : `The secret access key is not shown again. It stands in ${credentialsPath(directory)}, readable by this user only.\n`
  return `Strongroom is new here: account ${account} was made, with its root credentials. Paste into a shell:

${credentials}${endpoint(url, region)}
and store a first secret:

${FIRST_COMMAND}
${keeping}Root may do everything: make users with policies for daily work, and keep the root credentials in a safe place.

${readyLine(url)}`
}

/** What later starts of `serve` say: no secret. `credentialsFile` is named only while it is there. */
export function laterStart(started: Started & { readonly credentialsFile: string | undefined }): string {
  const { url, region, account, credentialsFile } = started
  const where = credentialsFile === undefined ? '' : ` Its root credentials are in ${credentialsFile}`
  return `Account ${account}.${where}

${endpoint(url, region)}
${readyLine(url)}`
}

/** What `dev` says. Without `root` every credential counts as root, so any will do. */
export function devStart(started: Started & { readonly root?: RootCredentials | undefined }): string {
  const { url, region, account, root } = started
  const credentials =
    root === undefined
      ? `  export AWS_ACCESS_KEY_ID=${account}\n  export AWS_SECRET_ACCESS_KEY=anything\n`
      : exported(root)
  return `Strongroom for development: in memory, gone when it stops. Paste into a shell:

${credentials}${endpoint(url, region)}
and store a first secret:

${FIRST_COMMAND}
${readyLine(url)}`
}

const FIRST_COMMAND = `  aws secretsmanager create-secret --name first --secret-string '{"api_key":"super-secret"}'\n`

function exported(root: RootCredentials, indent = '  '): string {
  const secret = quoted(root.secretAccessKey.reveal())
  return `${indent}export AWS_ACCESS_KEY_ID=${root.accessKeyId}\n${indent}export AWS_SECRET_ACCESS_KEY=${secret}\n`
}

function endpoint(url: string, region: string): string {
  return `  export AWS_ENDPOINT_URL=${url}\n  export AWS_DEFAULT_REGION=${region}\n`
}

/** A word as a POSIX shell takes it literally. */
function quoted(text: string): string {
  return /^[A-Za-z0-9+/=_.-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

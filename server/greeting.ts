import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
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

/** What a server says that waits for the shares of its seal. */
export const sealedStart = (url: string): string =>
  `strongroom: sealed on ${url}\n\nWhoever has a share of the seal gives it:\n  strongroom unseal --url ${url}\n`

const file = (directory: string, name: string): string => path.join(directory, name)
/** The first line of a credentials file, by which it is known whose they are. */
const ownerLine = (account: string): string => `# root of account ${account}\n`

/** Where the root credentials of an account are, while they are there. Another account's file is not named. */
export function credentialsFile(directory: string, account: string): string | undefined {
  for (const name of [`root-credentials-${account}`, 'root-credentials']) {
    const found = file(directory, name)
    if (existsSync(found) && readFileSync(found, 'utf8').startsWith(ownerLine(account))) return found
  }
  return undefined
}

/**
 * Keeps the root credentials of a new account in a file that only this user can read, in the form that a shell can
 * source; durable when this returns. The first account's are in `root-credentials`, a further one's in
 * `root-credentials-ACCOUNT`, then with a number: what is there is the only copy, and is never replaced. To be called before the store keeps
 * them: when the start dies in between, the next one makes others; the other way round nobody would know them.
 */
export function writeRootCredentials(directory: string, account: string, root: RootCredentials): string {
  const names = ['root-credentials', `root-credentials-${account}`]
  for (let n = 2; names.every((name) => existsSync(file(directory, name))); n++) {
    names.push(`root-credentials-${account}-${n}`)
  }
  const target = names.map((name) => file(directory, name)).find((name) => !existsSync(name)) as string
  const draft = `${target}.new`
  rmSync(draft, { force: true })
  const written = openSync(draft, 'wx', 0o600)
  try {
    writeSync(written, ownerLine(account) + exported(root, ''))
    fsyncSync(written)
  } finally {
    closeSync(written)
  }
  renameSync(draft, target)
  const folder = openSync(directory, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
  return target
}

/**
 * What the first start of `serve` says: all that is needed to send a first request. `made` holds the credentials that
 * this start made, which are shown this once; those that came from the environment are not repeated.
 */
export function firstStart(
  started: Started & { readonly made: RootCredentials | undefined; readonly credentialsFile: string | undefined },
): string {
  const { url, region, account, made, credentialsFile } = started
  const credentials =
    made === undefined
      ? '  # AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are those that STRONGROOM_ROOT_… gave to this start\n'
      : exported(made)
  const keeping =
    made === undefined
      ? ''
      : `The secret access key is not shown again. It stands in ${credentialsFile}, readable by this user only.\n`
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
  return `  export AWS_ENDPOINT_URL=${url}\n  export AWS_DEFAULT_REGION=${region}\n  export AWS_REGION=${region}\n`
}

/** A word as a POSIX shell takes it literally. */
function quoted(text: string): string {
  return /^[A-Za-z0-9+/=_.-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

import { dirname } from 'node:path'
import type { Secret } from '#kernel/values/bytes'
import type { Runnable } from '../services/lambda/sandboxes.ts'
import type { Interpreter } from './interpreters.ts'

/** Temporary credentials of an execution role. */
export interface RoleCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
  readonly sessionToken: Secret
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** Where functions reach this server. */
export interface Endpoint {
  readonly url: string
  /** Certificate authority in PEM, besides the public ones, when the server's certificate needs one. */
  readonly ca?: string | undefined
}

export interface Surroundings {
  readonly runnable: Runnable
  readonly interpreter: Interpreter
  readonly credentials: RoleCredentials
  readonly endpoint: Endpoint
  readonly stream: string
  readonly api: string
  /** Path of our own bootstrap at the Runtime API. */
  readonly token: string | undefined
  /** Folders of the sandbox. */
  readonly code: string
  readonly runtime: string
  readonly scratch: string
  /** A file with the authority of `endpoint`. */
  readonly caFile: string | undefined
}

/** Names that functions can't set. Source: Lambda's list of reserved variables; rotation.md 15.3. */
const OURS =
  /^(AWS_LAMBDA_|_HANDLER$|_X_AMZN_TRACE_ID$|AWS_EXECUTION_ENV$|AWS_(DEFAULT_)?REGION$|AWS_(ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)$|LAMBDA_(TASK_ROOT|RUNTIME_DIR)$|_STRONGROOM_)/

/** The whole environment of a function: nothing of the server's own is in it. Source: rotation.md 15.3. */
export function environmentOf(given: Surroundings): Record<string, string> {
  const { runnable, interpreter, credentials, endpoint, stream, code, runtime, scratch, caFile } = given
  const { region, memoryMb } = runnable
  const environment: Record<string, string> = {
    PATH: [...pathOf(interpreter), '/usr/local/bin', '/usr/bin', '/bin'].join(':'),
    LD_LIBRARY_PATH: `${code}:${code}/lib`,
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    HOME: scratch,
    TMPDIR: scratch,
    AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
    AWS_ENDPOINT_URL: endpoint.url,
    SECRETS_MANAGER_ENDPOINT: endpoint.url,
    ...(interpreter.kind === 'node' ? { NODE_PATH: `${code}/node_modules` } : {}),
    ...(interpreter.kind === 'python' ? { PYTHONPATH: code, PYTHONDONTWRITEBYTECODE: '1' } : {}),
    ...(caFile === undefined ? {} : { NODE_EXTRA_CA_CERTS: caFile, AWS_CA_BUNDLE: caFile }),
  }
  for (const [name, value] of runnable.environment) if (!OURS.test(name)) environment[name] = value.reveal()
  return {
    ...environment,
    AWS_LAMBDA_FUNCTION_NAME: runnable.name,
    AWS_LAMBDA_FUNCTION_VERSION: runnable.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: runnable.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: stream,
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_RUNTIME_API: given.api,
    AWS_EXECUTION_ENV: `AWS_Lambda_${runnable.runtime}`,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey.reveal(),
    AWS_SESSION_TOKEN: credentials.sessionToken.reveal(),
    _HANDLER: runnable.handler,
    LAMBDA_TASK_ROOT: code,
    LAMBDA_RUNTIME_DIR: runtime,
    ...(given.token === undefined ? {} : { _STRONGROOM_SANDBOX: `/${given.token}` }),
  }
}

/** Functions that call `node` or `python3` get the one that runs them. */
const pathOf = ({ file }: Interpreter): string[] => (file === '' ? [] : [dirname(file)])

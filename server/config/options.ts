/** The two ways to run the server. */
export type Mode = 'serve' | 'dev'

/** One setting as a person meets it: `--listen ADDRESS`, or its environment variable STRONGROOM_LISTEN. */
export interface Option {
  readonly modes: readonly Mode[]
  /** Placeholder of its value in the help; a switch has none. */
  readonly value?: string
  readonly summary: string
  /** What holds when it is not given, for the help. */
  readonly otherwise?: string
  /** What to say when it is given to the other mode. */
  readonly elsewhere?: string
}

const both: readonly Mode[] = ['serve', 'dev']
const serve: readonly Mode[] = ['serve']
const dev: readonly Mode[] = ['dev']
const inMemory = 'dev keeps everything in memory and forgets it'

/** All flags by name, in the order of the help. */
export const options = {
  listen: {
    modes: both,
    value: 'ADDRESS',
    summary: 'where to listen; port 0 picks a free one',
    otherwise: '127.0.0.1:4566',
  },
  data: {
    modes: serve,
    value: 'DIR',
    summary: 'directory of the store, the seal key and the root credentials',
    otherwise: '.strongroom',
    elsewhere: inMemory,
  },
  database: {
    modes: serve,
    value: 'URL',
    summary: 'keep the store in PostgreSQL (postgres://user@host/name) instead of a file in DIR',
    elsewhere: inMemory,
  },
  region: {
    modes: both,
    value: 'REGIONS',
    summary: 'regions that are served, comma separated; the first is the default one',
    otherwise: 'us-east-1',
  },
  account: {
    modes: both,
    value: 'ID',
    summary: 'account id of 12 digits',
    otherwise: 'made on the first start; dev: 000000000000',
  },
  'tls-cert': {
    modes: serve,
    value: 'FILE',
    summary: 'certificate chain in PEM; read again on SIGHUP',
    elsewhere: 'dev listens on loopback only and speaks plain HTTP',
  },
  'tls-key': {
    modes: serve,
    value: 'FILE',
    summary: "the certificate's private key in PEM; read again on SIGHUP",
    elsewhere: 'dev listens on loopback only and speaks plain HTTP',
  },
  'insecure-listen-without-tls': {
    modes: serve,
    summary: 'listen beyond loopback without TLS: whoever is on the way reads every secret and may change requests',
    elsewhere: 'dev listens on loopback only',
  },
  'trusted-proxy': {
    modes: serve,
    value: 'NETWORKS',
    summary: 'proxies whose X-Forwarded-For and X-Forwarded-Proto are believed (aws:SourceIp, aws:SecureTransport)',
    otherwise: 'none',
    elsewhere: 'dev listens on loopback only',
  },
  'private-endpoint': {
    modes: serve,
    value: 'FILE',
    summary:
      'make this listener a private endpoint: JSON {"id": "vpce-…", "vpc": "vpc-…", "policy": {…}}; its policy bounds every call, and conditions see aws:SourceVpce instead of aws:SourceIp',
    elsewhere: 'dev listens on loopback only',
  },
  'oidc-jwks': {
    modes: both,
    value: 'PATH',
    summary:
      'public keys of identity providers that are never asked for them: a file or a directory of files {"issuer": "https://…", "keys": […]}',
  },
  'oidc-ca': {
    modes: both,
    value: 'FILE',
    summary: 'certificate authorities in PEM that identity providers may have, besides the public ones',
  },
  'oidc-private-issuers': {
    modes: both,
    summary: 'fetch keys of identity providers from private addresses too, and by plain http on this machine',
  },
  'rotation-environment': {
    modes: both,
    value: 'FILE',
    summary:
      'environment of the built-in rotation functions: JSON {"PASSWORD_LENGTH": "40", "EXCLUDE_CHARACTERS": "…", "DB_CA_FILE": "…"}; an object under the name of a function is for that one',
  },
  'webhook-private-hosts': {
    modes: both,
    value: 'HOSTS',
    summary:
      'names, addresses and networks that webhooks (of rotations, API destinations of EventBridge) may call although they are private, comma separated',
    otherwise: 'none',
  },
  functions: {
    modes: both,
    value: 'SWITCH',
    summary:
      "run users' functions (AWS Lambda) as processes of this machine: on or off; see docs/how-to/run-functions.md",
    otherwise: 'on where each gets a user of its own (run by root, on Linux), and for dev; else off',
  },
  'function-sandboxes': {
    modes: both,
    value: 'N',
    summary:
      'functions of one account that run at once, per process; of all accounts a third more, with those that wait for an event',
    otherwise: '10',
  },
  'function-python': {
    modes: both,
    value: 'FILE',
    summary: 'the interpreter that runs functions in Python, one with boto3',
    otherwise: 'the first python3 of PATH that the users of functions can run',
  },
  'function-endpoint': {
    modes: both,
    value: 'URL',
    summary: "where functions reach this server: with TLS, by the name in the server's certificate",
    otherwise: 'the address it listens on',
  },
  'function-ca': {
    modes: both,
    value: 'FILE',
    summary: "certificate authority in PEM that signed the server's certificate, for functions",
    otherwise: 'a certificate that signs itself is its own',
  },
  'function-directory': {
    modes: both,
    value: 'DIR',
    summary: 'where the code and the scratch files of running functions lie',
    otherwise: 'DIR/functions; run by root: /var/lib/strongroom-functions',
  },
  seal: {
    modes: serve,
    value: 'KIND',
    summary:
      'what opens the root key of the encryption: file, passphrase, shamir (starts sealed, see strongroom unseal), kms or pkcs11; see docs/how-to/seal-and-unseal.md',
    otherwise: 'what the settings below are of; without them file',
    elsewhere: inMemory,
  },
  'seal-file': {
    modes: serve,
    value: 'FILE',
    summary: 'file with the root key of the encryption; made on the first start with mode 0600',
    otherwise: 'DIR/seal.key',
    elsewhere: inMemory,
  },
  'seal-passphrase-file': {
    modes: serve,
    value: 'FILE',
    summary: 'derive the root key from the passphrase in FILE (or in STRONGROOM_SEAL_PASSPHRASE) instead',
    elsewhere: inMemory,
  },
  'seal-share-files': {
    modes: serve,
    value: 'FILES',
    summary:
      'files with shares of a shamir seal, comma separated: for commands and drills, since a server that reads its own shares is sealed no better than by a file',
    otherwise: 'commands ask at the terminal',
    elsewhere: inMemory,
  },
  'seal-kms-endpoint': {
    modes: serve,
    value: 'URL',
    summary: 'another service with the wire of AWS KMS, whose key opens the root key',
    elsewhere: inMemory,
  },
  'seal-kms-key': {
    modes: serve,
    value: 'KEY',
    summary: 'id, ARN or alias of that key, which is symmetric',
    elsewhere: inMemory,
  },
  'seal-kms-region': {
    modes: serve,
    value: 'REGION',
    summary: 'the region that calls to it are signed for',
    otherwise: 'the first of --region',
    elsewhere: inMemory,
  },
  'seal-kms-credentials-file': {
    modes: serve,
    value: 'FILE',
    summary: "its credentials, in a file of mode 0600 like AWS's credentials file",
    elsewhere: inMemory,
  },
  'seal-kms-ca': {
    modes: serve,
    value: 'FILE',
    summary: 'certificate authorities in PEM that it may have, besides the public ones',
    elsewhere: inMemory,
  },
  'seal-pkcs11-module': {
    modes: serve,
    value: 'FILE',
    summary: 'library of a hardware token (PKCS #11), whose key opens the root key',
    elsewhere: inMemory,
  },
  'seal-pkcs11-token': {
    modes: serve,
    value: 'LABEL',
    summary: 'the label of the token',
    elsewhere: inMemory,
  },
  'seal-pkcs11-key': {
    modes: serve,
    value: 'LABEL',
    summary: 'the label of the AES key in it; made on the first start, and not to be taken out',
    otherwise: 'strongroom-seal',
    elsewhere: inMemory,
  },
  'seal-pkcs11-pin-file': {
    modes: serve,
    value: 'FILE',
    summary: "the PIN of the token's user, in a file of mode 0600",
    elsewhere: inMemory,
  },
  'drill-every': {
    modes: serve,
    value: 'SPAN',
    summary: 'health has a note when the last proven drill (strongroom seal drill) is longer ago than this',
    otherwise: '90d',
    elsewhere: inMemory,
  },
  'audit-retention': {
    modes: serve,
    value: 'SPAN',
    summary:
      'take records out of the audit journal that are older, 90d at least: when everything that follows it has taken them',
    otherwise: 'everything is kept',
    elsewhere: inMemory,
  },
  'accept-audit-journal': {
    modes: serve,
    summary: 'start although the audit journal is gone or set back, and go on with what is there; give it once',
    elsewhere: inMemory,
  },
  workers: {
    modes: serve,
    value: 'N',
    summary: 'processes that share the port',
    otherwise: '1',
    elsewhere: 'dev is one process',
  },
  'request-rates': {
    modes: both,
    value: 'RATES',
    summary:
      "requests a second to Secrets Manager that an account may make in a region, per process: 'aws' for AWS's figures, OPERATION=N for others, comma separated (aws,GetSecretValue=500)",
    otherwise: 'no limit',
  },
  'secrets-per-account': {
    modes: both,
    value: 'N',
    summary: 'secrets that an account may have in a region',
    otherwise: "500000, AWS's figure",
  },
  'name-reuse': {
    modes: both,
    summary:
      'let the name of a secret that is scheduled for deletion be used again; the old secret stays restorable by its ARN. AWS does not',
  },
  history: {
    modes: both,
    value: 'SPAN',
    summary:
      "how long the history of secrets is kept: who changed what, and the values of pruned versions; 'off': who made a version, as long as it is there",
    otherwise: '1y',
  },
  'history-versions': {
    modes: both,
    value: 'N',
    summary:
      'versions of a secret that keep their value, the newest; AWS keeps about 100, and what is pruned beyond stays in the history alone',
    otherwise: '100',
  },
  'parameter-throughput': {
    modes: both,
    value: 'N',
    summary:
      'transactions a second of Parameter Store (GetParameter, GetParameters, PutParameter; GetParametersByPath) that an account may make in a region, per process; with its setting high-throughput-enabled more, as in AWS, whose N is 40',
    otherwise: 'no limit',
  },
  'strict-paths': {
    modes: both,
    summary:
      'hide parameters that a caller is denied (ssm:GetParametersByPath or ssm:GetParameter) where the path above is read, too; AWS does not',
  },
  'max-connections': {
    modes: serve,
    value: 'N',
    summary: 'connections held open at most, per process',
    otherwise: '4096',
  },
  'shutdown-grace': {
    modes: both,
    value: 'SPAN',
    summary: 'how long requests in flight may take to finish',
    otherwise: '30s',
  },
  enforce: {
    modes: dev,
    summary: 'refuse unknown credentials instead of taking them for the root of the account',
    elsewhere: 'serve always enforces',
  },
  seed: {
    modes: dev,
    value: 'FILE',
    summary: 'JSON file with what the store holds at the start and after a reset',
    elsewhere: 'serve starts from its store',
  },
  'trail-folder': {
    modes: both,
    value: 'DIR',
    summary:
      'where log files of trails (AWS CloudTrail) are delivered, a subfolder for each bucket; none: only to --trail-s3',
    otherwise: 'DIR/trails; dev: in memory',
  },
  'trail-s3': {
    modes: both,
    value: 'URL',
    summary: "deliver log files of trails to buckets on a server that speaks S3's wire too, such as https://minio:9000",
    otherwise: 'only to the folder',
  },
  'trail-s3-region': {
    modes: both,
    value: 'REGION',
    summary: 'region that requests to --trail-s3 are signed for',
    otherwise: 'the default region',
  },
  'trail-s3-credentials-file': {
    modes: both,
    value: 'FILE',
    summary: "access key for --trail-s3, in a file like AWS's credentials file",
    otherwise: 'STRONGROOM_TRAIL_S3_ACCESS_KEY_ID and STRONGROOM_TRAIL_S3_SECRET_ACCESS_KEY',
  },
  'trail-retention': {
    modes: both,
    value: 'SPAN',
    summary: 'how long delivered log files and digests stay in the folder, such as 400d',
    otherwise: 'for ever',
  },
  'audit-export': {
    modes: both,
    value: 'TARGETS',
    summary:
      'hand every record of the audit trail on, comma separated: file:PATH[?mib=100&keep=30], syslog://HOST, syslog+tcp://HOST, syslog+tls://HOST, https://…',
    otherwise: 'nowhere',
  },
  'audit-export-headers-file': {
    modes: both,
    value: 'FILE',
    summary: 'headers of exports over HTTP, one on a line, such as Authorization: Bearer …',
    otherwise: 'STRONGROOM_AUDIT_EXPORT_HEADERS; without it none',
  },
  'outlet-ca': {
    modes: both,
    value: 'FILE',
    summary: 'certificate authorities in PEM that --trail-s3 and --audit-export may have, besides the public ones',
  },
  'otlp-endpoint': {
    modes: both,
    value: 'URL',
    summary:
      'send traces of requests to an OpenTelemetry collector (OTLP over HTTP, JSON): its address without /v1/traces, such as http://localhost:4318',
    otherwise: 'OTEL_EXPORTER_OTLP_ENDPOINT; without it no traces',
  },
  'otlp-sample': {
    modes: both,
    value: 'SHARE',
    summary: 'the part of the requests that is traced, of those that bring no traceparent: 0 to 1',
    otherwise: '1',
  },
  'log-level': {
    modes: both,
    value: 'LEVEL',
    summary: 'debug, info, warn, error or silent',
    otherwise: 'info',
  },
  config: {
    modes: both,
    value: 'FILE',
    summary: 'JSON file with these settings by their names; flags and environment win',
  },
} as const satisfies Record<string, Option>

export type OptionName = keyof typeof options
export const optionNames = Object.keys(options) as readonly OptionName[]

/** `tls-cert` → `STRONGROOM_TLS_CERT` */
export function variableOf(name: string): string {
  return `STRONGROOM_${name.toUpperCase().replaceAll('-', '_')}`
}

/** Settings that have only a variable: a command line is read by every process of the machine. */
export const variablesOnly = {
  STRONGROOM_SEAL_PASSPHRASE: 'derive the root key of the encryption from this passphrase',
  STRONGROOM_SEAL_KMS_ACCESS_KEY_ID: 'access key id for the other KMS that opens the root key',
  STRONGROOM_SEAL_KMS_SECRET_ACCESS_KEY: 'secret access key for it',
  STRONGROOM_SEAL_KMS_SESSION_TOKEN: 'session token for it, when the credentials are temporary',
  STRONGROOM_SEAL_PKCS11_PIN: "PIN of the token's user",
  STRONGROOM_TRAIL_S3_ACCESS_KEY_ID: 'access key id for --trail-s3',
  STRONGROOM_TRAIL_S3_SECRET_ACCESS_KEY: 'secret access key for it',
  STRONGROOM_TRAIL_S3_SESSION_TOKEN: 'session token for it, when the credentials are temporary',
  STRONGROOM_AUDIT_EXPORT_HEADERS: 'headers of exports over HTTP, one on a line',
  STRONGROOM_OTLP_HEADERS: 'headers for the OpenTelemetry collector, name=value,name=value',
  STRONGROOM_ROOT_ACCESS_KEY_ID: 'access key id of the root credentials, on the first start',
  STRONGROOM_ROOT_SECRET_ACCESS_KEY: 'secret access key of the root credentials, on the first start',
} as const

/** The flags of a mode as lines for its help. */
export function optionHelp(mode: Mode): string {
  const lines: string[] = []
  for (const name of optionNames) {
    const option: Option = options[name]
    if (!option.modes.includes(mode)) continue
    lines.push(`  --${name}${option.value === undefined ? '' : ` ${option.value}`}`)
    lines.push(`      ${option.summary}`)
    const otherwise = option.otherwise === undefined ? '' : `default: ${option.otherwise}; `
    lines.push(`      (${otherwise}${variableOf(name)})`)
  }
  return lines.join('\n')
}

/** The settings that have only a variable, as lines for the help. */
export function variableHelp(): string {
  return Object.entries(variablesOnly)
    .map(([variable, summary]) => `  ${variable}\n      ${summary}`)
    .join('\n')
}

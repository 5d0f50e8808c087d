import { loadSharedConfigFiles } from '@smithy/core/config'
import { unusable } from './settings.ts'

type Env = Readonly<Record<string, string | undefined>>

/** A profile of the AWS CLI's files: config and credentials put together. */
export interface Profile {
  readonly name: string
  readonly values: Readonly<Record<string, string | undefined>>
  /** `endpoint_url` of the section `[services …]` that the profile names, for Secrets Manager. */
  readonly serviceEndpoint: string | undefined
}

/** Where the files lie, as the libraries that read them want it said. */
export function filesOf(env: Env): { readonly filepath?: string; readonly configFilepath?: string } {
  const { AWS_SHARED_CREDENTIALS_FILE: filepath, AWS_CONFIG_FILE: configFilepath } = env
  return { ...(filepath && { filepath }), ...(configFilepath && { configFilepath }) }
}

/** Reads the profile; one that was named must be there, `default` need not. Throws Failure. */
export async function readProfile(named: string | undefined, env: Env): Promise<Profile> {
  const { configFile, credentialsFile } = await loadSharedConfigFiles({ ...filesOf(env), ignoreCache: true })
  const name = named ?? 'default'
  const [config, credentials] = [configFile[name], credentialsFile[name]]
  if (named !== undefined && config === undefined && credentials === undefined) {
    const known = Object.keys({ ...configFile, ...credentialsFile }).filter(
      (key) => !/^(services|sso-session)\./.test(key),
    )
    const hint = known.length === 0 ? 'aws configure makes one' : `there are: ${known.slice(0, 20).join(', ')}`
    throw unusable(`there is no profile ${named.slice(0, 100)} in the AWS CLI's files`, hint)
  }
  const services = config?.services
  return {
    name,
    values: { ...config, ...credentials },
    serviceEndpoint:
      services === undefined ? undefined : configFile[`services.${services}`]?.['secrets_manager.endpoint_url'],
  }
}

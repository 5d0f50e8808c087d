/** A managed policy of AWS, that every account has: `arn:aws:iam::aws:policy/…`. */
export interface AwsManagedPolicy {
  readonly name: string
  /** `/`, `/service-role/` … */
  readonly path: string
  readonly arn: string
  /** Of our own making: AWS's ids are not told. */
  readonly id: string
  readonly description: string
  readonly document: string
}

const everything: AwsManagedPolicy = {
  name: 'AdministratorAccess',
  path: '/',
  arn: 'arn:aws:iam::aws:policy/AdministratorAccess',
  id: 'ANPAAWSADMINISTRATORA',
  description: 'Everything, on everything.',
  document: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}',
}

/** By their ARN. */
export const awsManaged: ReadonlyMap<string, AwsManagedPolicy> = new Map([[everything.arn, everything]])

import { faultsOf } from './faults.ts'

faultsOf('secretsmanager')
faultsOf('strongroom')
faultsOf('ssm')
faultsOf('rds')
faultsOf('redshift')
faultsOf('redshift-serverless')

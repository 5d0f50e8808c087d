import { faultsOf } from './faults.ts'

faultsOf('kms')
faultsOf('lambda')
faultsOf('sts')

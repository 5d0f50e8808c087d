import { faultsOf } from './faults.ts'

faultsOf('iam')

import { faultsOf } from './faults.ts'

faultsOf('events')
faultsOf('logs')

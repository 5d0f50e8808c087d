import { check } from './test/cases.ts'
import { early } from './test/early-cases.ts'

/** The decision cases of access.md section 6 about who asks and who allows: 1 to 83, each with its number there. */

check(early)

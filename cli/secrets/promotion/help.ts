import { wireHelp } from '../../wire/client.ts'

/** The flags that `copy` and `promote` share. */
export const sharedHelp = (
  parts: string,
): string => `--with PARTS             what is brought along, some of value,description,tags,labels,policy. Default: ${parts}
                         Tags and labels over there besides stay; a policy is never taken away, and a public one never put.
                         Without value nothing is made that is not there
--stage LABEL            which version's value: the one with this label. Default: AWSCURRENT
--as LABEL               the label that it gets over there. Default: AWSCURRENT. Another one leaves what is current alone;
                         the first version of a secret that is made is AWSCURRENT too
--only PATTERN, --except PATTERN
                         only secrets with such names, or none of them; * is anything; again for several
--everything             all secrets, instead of SOURCE and TARGET; to another server
--unread                 do not read and compare values over there: a new version in any case. For who may write, but not read there
--into-rotating          also new values for secrets that rotate by themselves
--to-kms-key-id KEY      the key of secrets that are made. Default: the source's within one server, else the default key there
--keys                   tell which keys of JSON values differ; never what they hold
--dry-run                the plan only
--yes                    do it without asking
--json                   one JSON object for each secret, one per line; with --dry-run or --yes
--to-endpoint-url URL, --to-profile NAME, --to-region REGION, --to-ca-bundle FILE
                         another server, account or region to go to. What is not said is as with the first; what the profile says
                         goes before the environment
${wireHelp}`

/** What `strongroom seal --help` prints. */
export const help =
  (): string => `usage: strongroom seal init --seal KIND [flags of the seal] [--shares N --threshold K [--out DIR]]
       strongroom seal list [--json]
       strongroom seal add --new-seal KIND [flags of the new seal] [--shares N --threshold K [--out DIR]]
       strongroom seal remove ID
       strongroom seal rotate [ID] [--new-seal KIND ...] [--shares N --threshold K [--out DIR]]
       strongroom seal rekey [--no-follow]
       strongroom seal drill --copy FILE | --copy-database

A seal opens the root key of the store, and with it everything. There may be several at once, each of which opens it: to change from
one to another, to have one for the day when the other is lost. Only the wrapping of the root key changes then, no value is encrypted
anew. Where the store is and which seal opens it now is said as for strongroom serve (--data, --database, --seal ...); the flags of a
new seal are the same with new before: --new-seal kms --new-seal-kms-endpoint URL, STRONGROOM_NEW_SEAL_PASSPHRASE. All but init works
while the server runs, which needs no restart.

init       Makes the keys of a new store. For a shamir seal this comes before the first start; the others are made by that.
list       Prints the seals of the store; needs none of them.
add        Adds a seal. Before it counts the root key is opened with it.
remove     Takes one away: not the last one, and not the one that this very command opens the store with. Whoever has had the removed
           seal and a copy of the store has the root key; rekey makes that worth nothing for what comes later.
rotate     Puts a new one in the place of the one that opens the store, or of ID. A key file keeps its name and gets a new key;
           shares are made anew, so that old ones are worth nothing; a passphrase needs --new-seal-passphrase-file.
rekey      Makes a new root key and a new key of the keyring, under which new records are wrapped from a minute on. What is there
           stays readable. Servers that run follow by themselves: for ten minutes the new root key lies under the old one too. With
           --no-follow it does not, and they have to be started anew (health says not ready until then):
           for when somebody has the old root key and may come by the store.
drill      Proves that a backup and the seal open together what is in them, prints nothing of it, and notes the date in the live
           store: health shows it. Of KMS key material and values of secrets 50 each are opened.
--shares N, --threshold K   how many shares of a shamir seal there are, and how many of them unseal the store; up to 255
--out DIR                   write the shares to files of mode 0600 there; without it they are shown on the terminal, this once
--copy FILE                 the backup's strongroom.db
--copy-database             the backup is restored to the database whose URL is in STRONGROOM_COPY_DATABASE
--json                      one JSON object for each line

examples:
  strongroom seal init --seal shamir --shares 5 --threshold 3
  strongroom seal add --new-seal kms --new-seal-kms-endpoint https://kms.eu-central-1.amazonaws.com --new-seal-kms-key alias/strongroom \\
    --new-seal-kms-credentials-file /etc/strongroom/kms-credentials
  strongroom seal rotate --data /var/lib/strongroom --seal-file /etc/strongroom/seal.key
  strongroom seal drill --copy /backup/strongroom.db --seal shamir

exit codes: 0 done, 1 failed and nothing was changed (standard error says why), 2 the command line or the environment is wrong
`

/** Every option of every command: one word means the same wherever it is taken. */
export type TextOption =
  | 'about'
  | 'account'
  | 'agree'
  | 'app-password-file'
  | 'at'
  | 'at-sequence'
  | 'automatic'
  | 'config'
  | 'copy'
  | 'country'
  | 'credentials-file'
  | 'data'
  | 'directory'
  | 'escrow-file'
  | 'every'
  | 'fingerprint'
  | 'from'
  | 'home'
  | 'host'
  | 'key-file'
  | 'kit'
  | 'kit-file'
  | 'kit-html'
  | 'label'
  | 'limit'
  | 'lock'
  | 'lock-days'
  | 'message'
  | 'new-password-file'
  | 'operator-kit'
  | 'output'
  | 'password-file'
  | 'port'
  | 'region'
  | 'router'
  | 'signature'
  | 'since'
  | 'sums'
  | 'to'
  | 'to-sequence'
  | 'url'
  | 'vault'
  | 'vault-id'
  | 'version-id'
  | 'within';

export type FlagOption =
  | 'bring-back'
  | 'changed'
  | 'commit'
  | 'force'
  | 'help'
  | 'if-absent'
  | 'json'
  | 'no-wait'
  | 'once'
  | 'operator'
  | 'parents'
  | 'plan'
  | 'repair'
  | 'status'
  | 'trash';

export type OptionName = TextOption | FlagOption;

export interface OptionSpec {
  readonly kind: 'text' | 'flag';
  readonly short?: string;
  /** May be given again and again. */
  readonly many?: true;
  /** What stands for the value in a usage line. */
  readonly value?: string;
  readonly help: string;
}

export const optionSpecs: Readonly<Record<OptionName, OptionSpec>> = {
  about: {
    kind: 'text',
    value: 'FILE',
    help: 'what its maker says that the image does (update.json), from the signed list',
  },
  account: { kind: 'text', value: 'NAME', help: 'open the vaults of this account' },
  agree: {
    kind: 'text',
    value: 'HASH',
    help: 'the hash of what was shown, or its first 12 digits: yes to exactly that',
  },
  'app-password-file': { kind: 'text', value: 'FILE', help: 'prove with the app password in the first line of FILE' },
  at: { kind: 'text', value: 'TIME', help: 'as it was then (2026-11-20T10:00:00Z; without a zone: local time)' },
  'at-sequence': { kind: 'text', value: 'N', help: 'as it was after entry N of the journal (see `coffre log`)' },
  automatic: { kind: 'text', value: 'on|off', help: 'whether a session sweeps by itself when it is time' },
  'bring-back': { kind: 'flag', help: 'put back what is gone, as new entries' },
  changed: {
    kind: 'flag',
    help: 'with --bring-back: the earlier content of changed files becomes the current one too',
  },
  commit: { kind: 'flag', help: 'write the newest format from here on' },
  config: { kind: 'text', value: 'FILE', help: 'settings of the server and the reaper' },
  copy: {
    kind: 'text',
    value: 'DIR',
    help: 'also on a copy in this folder that the instance does not have (several: with commas between)',
  },
  country: { kind: 'text', value: 'CC', help: 'the country that the place is in, as two letters (CH)' },
  'credentials-file': {
    kind: 'text',
    value: 'FILE',
    help: 'what opens the bucket, as JSON (otherwise the AWS_ variables)',
  },
  data: { kind: 'text', value: 'DIR', help: 'the data folder (otherwise COFFRE_DATA, otherwise ./data)' },
  directory: { kind: 'text', value: 'URL', help: 'the ACME directory of the authority' },
  'escrow-file': { kind: 'text', value: 'FILE', help: 'the offline key that the owner agreed to (an age identity)' },
  every: { kind: 'text', value: 'SECONDS', help: 'how long to wait between two rounds (60 unless set)' },
  force: { kind: 'flag', help: 'replace files that are there already' },
  fingerprint: {
    kind: 'text',
    value: 'HEX',
    help: 'the SHA-256 of the certificate, or its beginning, as read on the router',
  },
  from: {
    kind: 'text',
    many: true,
    value: 'COPY',
    help: 'a copy (a folder or s3://HOST/BUCKET), or a data folder; may be repeated',
  },
  help: { kind: 'flag', short: 'h', help: 'show this' },
  home: { kind: 'text', value: 'DIR', help: 'the folder of the home hub (otherwise COFFRE_HOME, otherwise ./home)' },
  host: { kind: 'text', value: 'ADDRESS', help: 'the address to listen on' },
  'if-absent': { kind: 'flag', help: 'refuse when the name is taken, instead of adding a version' },
  json: { kind: 'flag', help: 'machine-readable, on standard output' },
  'key-file': {
    kind: 'text',
    value: 'FILE',
    help: 'the instance key (otherwise COFFRE_KEY_FILE, otherwise DIR.key beside DIR)',
  },
  kit: { kind: 'text', value: 'FILE', help: 'the recovery kit' },
  'kit-file': { kind: 'text', value: 'FILE', help: 'the recovery kit' },
  'kit-html': { kind: 'text', value: 'FILE', help: 'also write the kit as a page to print, with a QR code' },
  label: { kind: 'text', value: 'TEXT', help: 'what it is called: what an app password is for, a name for a copy' },
  limit: { kind: 'text', value: 'N', help: 'at most N entries (50 unless set, 10000 at most)' },
  lock: { kind: 'text', value: 'compliance|governance', help: 'lock each object of the bucket against removal' },
  'lock-days': { kind: 'text', value: 'N', help: 'for so many days from when it was written (30 unless set)' },
  message: { kind: 'text', value: 'TEXT', help: 'what people read meanwhile' },
  'new-password-file': { kind: 'text', value: 'FILE', help: 'the new password is the first line of FILE' },
  once: { kind: 'flag', help: 'one round, and no more' },
  'operator-kit': { kind: 'text', value: 'FILE', help: 'an operator kit, in place of the instance key' },
  operator: { kind: 'flag', help: 'confirm as the operator of the instance' },
  output: { kind: 'text', short: 'o', value: 'FILE|DIR|-', help: 'where to (- is standard output)' },
  'no-wait': { kind: 'flag', help: 'do not wait until the copy is whole' },
  parents: { kind: 'flag', short: 'p', help: 'make folders above it too; one that is there already is no error' },
  'password-file': {
    kind: 'text',
    value: 'FILE',
    help: 'the password is the first line of FILE (- is standard input)',
  },
  plan: { kind: 'flag', help: 'say what would be done, and do nothing' },
  region: { kind: 'text', value: 'NAME', help: 'the region of the bucket (us-east-1 unless set)' },
  port: { kind: 'text', value: 'N', help: 'the port to listen on' },
  repair: { kind: 'flag', help: 'write damaged and missing chunks again, from --from' },
  router: { kind: 'text', value: 'NAME', help: 'which router (the only one unless set)' },
  signature: { kind: 'text', value: 'FILE', help: 'the signature of the list (sha256sums.sig)' },
  sums: { kind: 'text', value: 'FILE', help: 'the list of hashes of a release (sha256sums)' },
  status: { kind: 'flag', help: 'say how the last one ended, or what it waits for' },
  since: { kind: 'text', value: 'TIME', help: 'what was there then and is gone or changed now' },
  to: { kind: 'text', value: 'TIME|PATH', help: 'the instant, or the place, to bring it back to' },
  'to-sequence': { kind: 'text', value: 'N', help: 'as it was after entry N of the journal (see `coffre log`)' },
  trash: { kind: 'flag', help: 'also what is in the trash' },
  url: { kind: 'text', value: 'URL', help: 'the WebDAV address of the vault (https://HOST/dav/NAME/files/)' },
  vault: { kind: 'text', value: 'files|documents', help: 'which vault (files unless set)' },
  'vault-id': { kind: 'text', value: 'ID', help: 'one vault only, by its id' },
  within: { kind: 'text', value: 'SECONDS', help: 'how long the router waits for a confirmation (90 unless set)' },
  'version-id': { kind: 'text', value: 'ID', help: 'an earlier version (see `coffre versions`)' },
};

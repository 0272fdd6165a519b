import { present } from '../base/assert.ts';
import { type CredentialId, credentialIdOf, type NodeId, type VaultId } from '../base/ids.ts';
import { linkKey, linkProof } from '../crypto/credential-keys.ts';
import { x25519Public } from '../crypto/primitives.ts';
import { appPasswordBytes, encodeAppPassword } from '../format/app-password.ts';
import type { GrantLimit, GrantRight, InstanceOperation } from '../format/instance-operations.ts';
import { hasControlCharacter } from './account-commands.ts';
import type { Instance } from './instance.ts';
import type { CredentialRecord, Grant } from './instance-view.ts';
import { assertFresh, credentialOperation, endCredentials, type NewCredential, wrapFor } from './new-epochs.ts';
import type { Unlocked } from './proofs.ts';

/** A link, docs/format.md §4 and §8: a credential that somebody without an account holds. */
export interface LinkRecord extends CredentialRecord {
  readonly grant: Grant;
}

export interface LinkRequest {
  readonly vault: VaultId;
  readonly node: NodeId;
  readonly right: GrantRight;
  /** What visitors see as its title; the instance knows it. */
  readonly title: string;
  readonly password: string | undefined;
  readonly endsMs: number | undefined;
  /** Of a link that receives. */
  readonly limit: GrantLimit | undefined;
}

export type CreateLinkResult =
  | { readonly kind: 'created'; readonly credential: CredentialId; readonly token: string }
  | {
      readonly kind: 'refused';
      readonly why: 'bad-title' | 'bad-password' | 'over-already' | 'too-many' | 'upgrade-needed';
    };

/** What links are stored as came with this format of the data folder. */
const linksFormat = 3;
const maxLinks = 200;
const maxTitleLength = 100;
const maxPasswordLength = 1024;

export async function createLink(instance: Instance, owner: Unlocked, request: LinkRequest): Promise<CreateLinkResult> {
  const problem = await problemOf(instance, owner, request);
  if (problem !== undefined) return { kind: 'refused', why: problem };
  assertFresh(instance, owner);
  const id = credentialIdOf(instance.newId());
  const token = instance.parts.random.bytes(appPasswordBytes);
  const { password } = request;
  const parameters = password === undefined ? undefined : { salt: instance.newId(), ...instance.parts.passwordCost };
  const stretched =
    password === undefined || parameters === undefined
      ? undefined
      : { text: password, salt: parameters.salt, cost: parameters };
  const key = await linkKey(token, id, stretched);
  const credential: NewCredential = {
    id,
    kind: 'link',
    publicKey: x25519Public(key.expose()),
    label: request.title,
    password: parameters,
  };
  const { vault, node, right, endsMs, limit } = request;
  const proof = linkProof(token, id);
  const operations: InstanceOperation[] = [
    credentialOperation(owner.account.id, credential),
    { o: 'grant', credential: id, vault, node, right, proof, endsMs, limit },
  ];
  // What is received is sealed to the vault's public key: such a link holds no key of the vault.
  if (right === 'read') {
    const secrets = present(owner.vaults.get(vault), 'secrets of a vault that is open');
    operations.push({
      o: 'wrap',
      credential: id,
      vault,
      epoch: secrets.epoch,
      box: wrapFor(instance, credential, vault, secrets),
    });
  }
  await instance.change(owner.credential.id, () => operations);
  return { kind: 'created', credential: id, token: encodeAppPassword(token) };
}

type Why = Extract<CreateLinkResult, { readonly kind: 'refused' }>['why'];

async function problemOf(instance: Instance, owner: Unlocked, request: LinkRequest): Promise<Why | undefined> {
  const { title, password, endsMs } = request;
  if (Number(await instance.parts.journal.meta('format')) < linksFormat) return 'upgrade-needed';
  if (title.trim() === '' || title.length > maxTitleLength || hasControlCharacter(title)) return 'bad-title';
  if (password !== undefined && (password === '' || password.length > maxPasswordLength || !password.isWellFormed()))
    return 'bad-password';
  if (endsMs !== undefined && endsMs <= instance.parts.clock.nowMs()) return 'over-already';
  return linksOf(instance, owner).length >= maxLinks ? 'too-many' : undefined;
}

/** Those that were not ended, also when their time is over. */
export function linksOf(instance: Instance, owner: Unlocked): readonly LinkRecord[] {
  return instance.view.credentialsOf(owner.account.id).flatMap((each) => asLink(each) ?? []);
}

export function asLink(record: CredentialRecord | undefined): LinkRecord | undefined {
  return record?.kind === 'link' && record.grant !== undefined ? { ...record, grant: record.grant } : undefined;
}

/**
 * Ends links. Those that read held the key of their vault: it gets a new epoch, one for all that end together. What was read
 * before is not taken back.
 */
export function endLinks(instance: Instance, owner: Unlocked, links: readonly LinkRecord[]): Promise<void> {
  return endCredentials(instance, owner, links);
}
